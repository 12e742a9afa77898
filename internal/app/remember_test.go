package app

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/moldau/moldau/internal/herder"
)

func TestRememberedConnectorsAreReadAsConnectorFiles(t *testing.T) {
	dir := t.TempDir()
	h := &rememberingHerder{dir: dir}
	for _, name := range []string{"plain", "a/b c", "..", "ü%2F"} {
		path := h.file(name)
		if filepath.Dir(path) != dir {
			t.Fatalf("%q is kept in %s, outside the folder", name, path)
		}
		if err := replaceFile(path, []byte(`{"name":"n","config":{"connector.class":"X","tasks.max":"2"},"initial_state":"PAUSED"}`)); err != nil {
			t.Fatal(err)
		}
		c, err := readConnectorFile(path)
		if err != nil || c.name != "n" || c.target != herder.TargetPaused || c.props.Text("tasks.max") != "2" {
			t.Errorf("%q read back: %+v, %v", name, c, err)
		}
		if got := h.target(name); got != herder.TargetPaused {
			t.Errorf("target of %q is %s", name, got)
		}
	}
	if left, err := filepath.Glob(filepath.Join(dir, "*.tmp")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	if got := h.target("none"); got != herder.TargetStarted {
		t.Errorf("target of a connector without a file is %s", got)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 4 {
		t.Errorf("%d files for 4 connectors, %v", len(entries), err)
	}
}
