package plugin

import (
	"strings"

	"github.com/moldau/moldau/connect"
)

// Similar returns at most three classes of the kinds, those whose names are nearest to that of the name where any is near: for hints in errors.
func (r *Registry) Similar(name string, kinds ...connect.Kind) []string {
	const most = 3
	var nearest []string
	best := -1
	for _, p := range r.All(kinds...) {
		want, have := lastPart(name), lastPart(p.Class)
		if !strings.Contains(want, "$") {
			have, _, _ = strings.Cut(have, "$")
		}
		far := distance(strings.ToLower(want), strings.ToLower(have))
		far = min(far, distance(strings.ToLower(prune(want, p.Kind)), strings.ToLower(prune(have, p.Kind))))
		if far > len(want)/4 || want == "" || best >= 0 && far > best {
			continue
		}
		if far != best {
			best, nearest = far, nil
		}
		nearest = append(nearest, p.Class)
	}
	return nearest[:min(len(nearest), most)]
}

// lastPart is a class name without its package, with the classes it is nested in.
func lastPart(class string) string { return class[strings.LastIndexByte(class, '.')+1:] }
