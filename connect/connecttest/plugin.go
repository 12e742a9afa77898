package connecttest

import (
	"strings"
	"testing"

	"github.com/moldau/moldau/connect"
)

// Plugin checks a descriptor: a Java class name, documentation for the plugin and each of its keys, and exactly the constructors of its
// kind, each of which makes new instances.
func Plugin(t *testing.T, p connect.Plugin) {
	t.Helper()
	if !strings.Contains(p.Class, ".") || strings.ContainsAny(p.Class, " /") {
		t.Errorf("class %q is no full Java class name", p.Class)
	}
	if len(p.Doc) < 20 {
		t.Errorf("%s: documentation is missing or too short: %q", p.Class, p.Doc)
	}
	if p.Config != nil {
		for _, key := range p.Config.Keys() {
			if key.Doc == "" && !key.Internal {
				t.Errorf("%s: key %s has no documentation", p.Class, key.Name)
			}
		}
	}
	constructors := map[string]bool{
		"connector":        p.NewConnector != nil,
		"source task":      p.NewSourceTask != nil,
		"sink task":        p.NewSinkTask != nil,
		"converter":        p.NewConverter != nil,
		"header converter": p.NewHeaderConverter != nil,
		"transformation":   p.NewTransformation != nil,
		"predicate":        p.NewPredicate != nil,
		"config provider":  p.NewConfigProvider != nil,
	}
	wanted := map[connect.Kind][]string{
		connect.KindSource:          {"connector", "source task"},
		connect.KindSink:            {"connector", "sink task"},
		connect.KindConverter:       {"converter"},
		connect.KindHeaderConverter: {"header converter"},
		connect.KindTransformation:  {"transformation"},
		connect.KindPredicate:       {"predicate"},
		connect.KindConfigProvider:  {"config provider"},
	}[p.Kind]
	if wanted == nil {
		t.Fatalf("%s: unknown kind %q", p.Class, p.Kind)
	}
	for _, name := range wanted {
		if !constructors[name] {
			t.Errorf("%s: a %s plugin needs a constructor of its %s", p.Class, p.Kind, name)
		}
		delete(constructors, name)
	}
	for name, set := range constructors {
		if set {
			t.Errorf("%s: a %s plugin has no %s", p.Class, p.Kind, name)
		}
	}
	if (p.Kind == connect.KindSource || p.Kind == connect.KindSink) && p.TaskClass == "" {
		t.Errorf("%s: task class is missing", p.Class)
	}
}
