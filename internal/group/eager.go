package group

import (
	"slices"

	"github.com/moldau/moldau/internal/javafmt"
)

// AssignEager deals connectors, then tasks, to the members in turn, both in order (EagerAssignor). The result has an entry for every member.
func AssignEager(configured Configured, members []string) map[string]Work {
	members = slices.Clone(members)
	slices.SortFunc(members, javafmt.CompareStrings)
	out := make(map[string]Work, len(members))
	for _, m := range members {
		out[m] = Work{}
	}
	if len(members) == 0 {
		return out
	}
	all := configured.work()
	turn := 0
	next := func() string {
		turn++
		return members[(turn-1)%len(members)]
	}
	for _, c := range all.Connectors {
		m := next()
		w := out[m]
		w.Connectors = append(w.Connectors, c)
		out[m] = w
	}
	for _, t := range all.Tasks {
		m := next()
		w := out[m]
		w.Tasks = append(w.Tasks, t)
		out[m] = w
	}
	return out
}
