package file_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/connecttest"
	"github.com/moldau/moldau/connectors/file"
)

func plugin(t *testing.T, kind connect.Kind) connect.Plugin {
	t.Helper()
	for _, p := range file.Plugins() {
		if p.Kind == kind {
			return p
		}
	}
	t.Fatalf("no %s plugin", kind)
	return connect.Plugin{}
}

func TestSourceContract(t *testing.T) {
	path := filepath.Join(t.TempDir(), "in.txt")
	lines := []string{"one", "", "three äöü", "four\ttab", strings.Repeat("long ", 2000), "bad \uFFFD utf-8", "seven", "eight", "nine", "ten"}
	text := strings.Join(lines[:5], "\n") + "\nbad \xff utf-8\r\nseven\reight\nnine\nten\nhalf a li"
	write(t, path, text)
	connecttest.Source(t, connecttest.SourceCase{
		Plugin: plugin(t, connect.KindSource),
		Props:  map[string]string{"name": "s", "file": path, "topic": "t"},
		Want:   lines,
	})
}

func TestSinkContract(t *testing.T) {
	path := filepath.Join(t.TempDir(), "out.txt")
	connecttest.Sink(t, connecttest.SinkCase{
		Plugin:   plugin(t, connect.KindSink),
		Props:    map[string]string{"name": "k", "file": path},
		Contents: func(t *testing.T) []string { return strings.Split(strings.TrimSuffix(read(t, path), "\n"), "\n") },
	})
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
