package transforms

import "github.com/moldau/moldau/internal/javafmt"

// hashSetOrder returns names in the order of Java's new HashSet<>(names).
func hashSetOrder(names []string) []string {
	order := javafmt.HashOrder(names, javafmt.SetCapacity(len(names)))
	out := make([]string, len(order))
	for i, n := range order {
		out[i] = names[n]
	}
	return out
}
