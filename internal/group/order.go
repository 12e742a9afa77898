package group

import (
	"cmp"
	"slices"

	"github.com/moldau/moldau/internal/javafmt"
	"github.com/moldau/moldau/internal/kafka"
)

// compareTasks is ConnectorTaskId.compareTo.
func compareTasks(a, b kafka.Task) int {
	return cmp.Or(javafmt.CompareStrings(a.Connector, b.Connector), cmp.Compare(a.Task, b.Task))
}

// taskKeys says how a java.util.HashMap orders tasks.
func taskKeys() javafmt.Keys[kafka.Task] {
	return javafmt.Keys[kafka.Task]{
		Hash:    func(t kafka.Task) int32 { return 31*javafmt.HashCode(t.Connector) + int32(t.Task) },
		Compare: compareTasks,
	}
}

func connectorKeys() javafmt.Keys[string] { return javafmt.StringKeys() }

// setOf makes a set of lists.
func setOf[T comparable](lists ...[]T) map[T]bool {
	set := map[T]bool{}
	for _, list := range lists {
		for _, e := range list {
			set[e] = true
		}
	}
	return set
}

// unique returns a copy of the list without repetitions.
func unique[T comparable](list []T) []T {
	out := make([]T, 0, len(list))
	seen := make(map[T]bool, len(list))
	for _, e := range list {
		if !seen[e] {
			seen[e] = true
			out = append(out, e)
		}
	}
	return out
}

// without returns what is in none of the sets, in order.
func without[T comparable](list []T, sets ...map[T]bool) []T {
	var out []T
	for _, e := range list {
		if !slices.ContainsFunc(sets, func(s map[T]bool) bool { return s[e] }) {
			out = append(out, e)
		}
	}
	return out
}

// within returns those of the list that are in the set.
func within[T comparable](list []T, set map[T]bool) []T {
	var out []T
	for _, e := range list {
		if set[e] {
			out = append(out, e)
		}
	}
	return out
}

// inHashSet returns those of the list that are in the set, in the order of a HashSet made of the list.
func inHashSet[T comparable](list []T, set map[T]bool, keys javafmt.Keys[T]) []T {
	if len(list) == 0 || len(set) == 0 {
		return nil
	}
	m := javafmt.NewHashMap[T, bool](keys, javafmt.SetCapacity(len(list)))
	for _, e := range list {
		m.Put(e, true)
	}
	var out []T
	for e := range m.All {
		if set[e] {
			out = append(out, e)
		}
	}
	return out
}

// sorted returns the members of a set in order.
func sorted[T comparable](set map[T]bool, compare func(a, b T) int) []T {
	out := make([]T, 0, len(set))
	for e := range set {
		out = append(out, e)
	}
	slices.SortFunc(out, compare)
	return out
}
