package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The pages must say what the declarations say.
func TestPagesAreUpToDate(t *testing.T) {
	t.Parallel()
	for _, p := range pages() {
		text, err := os.ReadFile(filepath.Join("..", "..", "docs", "reference", p.file))
		if err != nil {
			t.Error(err)
			continue
		}
		want, err := p.merge(string(text))
		if err != nil {
			t.Error(err)
			continue
		}
		if diff := cmp.Diff(want, string(text)); diff != "" {
			t.Errorf("docs/reference/%s differs from the declarations; run: go run ./internal/docgen\n%s", p.file, diff)
		}
	}
}

// Every page that is generated has a line in docs/configuration.md.
func TestPagesAreListed(t *testing.T) {
	t.Parallel()
	index, err := os.ReadFile(filepath.Join("..", "..", "docs", "configuration.md"))
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join("..", "..", "docs", "reference", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) != len(pages()) {
		t.Errorf("docs/reference has %d files, %d are generated", len(files), len(pages()))
	}
	for _, p := range pages() {
		if !strings.Contains(string(index), "(reference/"+p.file+")") {
			t.Errorf("docs/configuration.md does not link to reference/%s", p.file)
		}
	}
}
