package plugin

import (
	"fmt"
	"strings"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/internal/javafmt"
)

// unknownConnector builds the error of org.apache.kafka.connect.runtime.isolation.Plugins.newConnector; clients match on its first
// words. The list of connectors follows in Java's own form, and a hint after it where a native class is near.
func (r *Registry) unknownConnector(name string) error {
	var b strings.Builder
	fmt.Fprintf(&b, "Failed to find any class that implements Connector and which name matches %s, available connectors are: ", name)
	for i, p := range r.All(connect.KindSink, connect.KindSource) {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "PluginDesc{klass=class %s, name='%s', version='%s', encodedVersion=%s, type=%s, typeName='%s', location='classpath'}",
			p.Class, p.Class, p.Version, p.Version, p.Kind, p.Kind)
	}
	if near := r.Near(name); near != "" {
		fmt.Fprintf(&b, ". Did you mean %s?", near)
	}
	return javafmt.NewException(javafmt.ConnectException, b.String(), nil)
}

// Near returns the class of the connector whose simple name is nearest to that of the name, "" where none is near.
func (r *Registry) Near(name string) string {
	want := strings.ToLower(prune(SimpleName(name), connect.KindSource))
	best, bestDistance := "", len(want)/3+1
	if want == "" {
		return ""
	}
	for _, p := range r.All(connect.KindSink, connect.KindSource) {
		have := strings.ToLower(prune(SimpleName(p.Class), p.Kind))
		if d := distance(want, have); d < bestDistance {
			best, bestDistance = p.Class, d
		}
	}
	return best
}

// distance is the number of single-character edits between two short texts (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range a {
		diagonal := row[0]
		row[0] = i + 1
		for j := range b {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			next := min(row[j+1]+1, row[j]+1, diagonal+cost)
			diagonal, row[j+1] = row[j+1], next
		}
	}
	return row[len(b)]
}
