package plugin

import (
	"slices"
	"testing"

	"github.com/moldau/moldau/connect"
)

func TestSimilarNamesClassesOfTheKind(t *testing.T) {
	t.Parallel()
	transformation := func(class string) connect.Plugin {
		return connect.Plugin{Kind: connect.KindTransformation, Class: class}
	}
	r, err := New("1", transformation("org.a.Cast$Key"), transformation("org.a.Cast$Value"), transformation("org.a.Flatten$Value"),
		connect.Plugin{Kind: connect.KindPredicate, Class: "org.a.Kast"}, connect.Plugin{Kind: connect.KindSink, Class: "org.a.FileStreamSinkConnector"})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string][]string{
		"com.b.Cast":          {"org.a.Cast$Key", "org.a.Cast$Value"},
		"org.a.Cst$Value":     {"org.a.Cast$Value"},
		"Flaten$Value":        {"org.a.Flatten$Value"},
		"com.b.Unheard":       nil,
		"":                    nil,
		"org.a.Kast$Value":    {"org.a.Cast$Value"},
		"com.b.FileStremSink": {"org.a.FileStreamSinkConnector"},
	} {
		if got := r.Similar(name, connect.KindTransformation, connect.KindSink); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
}
