package javafmt

import (
	"cmp"
	"slices"
)

// HashOrder returns the order in which a HashMap with that capacity iterates over keys put in the order given: indexes into keys, of a repeated
// key the first.
func HashOrder(keys []string, capacity int) []int {
	// Up to eight entries no bucket becomes a tree or makes the table grow, and entries of a bucket stand in the order of insertion.
	if len(keys) <= treeifyThreshold {
		return shortOrder(keys, capacity)
	}
	m := NewHashMap[string, int](StringKeys(), capacity)
	for i, k := range keys {
		if _, ok := m.Get(k); !ok {
			m.Put(k, i)
		}
	}
	order := make([]int, 0, m.Len())
	for _, i := range m.All {
		order = append(order, i)
	}
	return order
}

func shortOrder(keys []string, capacity int) []int {
	var hashes [treeifyThreshold]uint32
	order := make([]int, 0, len(keys))
	for i, k := range keys {
		if slices.Contains(keys[:i], k) {
			continue
		}
		h := uint32(HashCode(k))
		hashes[i] = h ^ h>>16
		order = append(order, i)
	}
	size := tableSize(capacity)
	for len(order) > size*3/4 {
		size *= 2
	}
	mask := uint32(size - 1)
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(hashes[a]&mask, hashes[b]&mask) })
	return order
}
