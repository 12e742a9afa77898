package full_test

import (
	"testing"

	"github.com/moldau/moldau/connect/connecttest"
	"github.com/moldau/moldau/internal/plugin"
	"github.com/moldau/moldau/plugins/full"
)

func TestEveryPluginIsDescribedAndFound(t *testing.T) {
	plugins := full.Plugins()
	registry, err := plugin.New("4.3.1", plugins...)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range plugins {
		connecttest.Plugin(t, p)
		if found, ok := registry.Find(p.Kind, p.Class); !ok || found.Class != p.Class {
			t.Errorf("%s %s is not found", p.Kind, p.Class)
		}
	}
}
