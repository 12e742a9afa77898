package logs

import (
	"os"
	"strings"
	"testing"
)

// TestPageNamesLoggers: docs/logs.md has every logger that something of ours writes under.
func TestPageNamesLoggers(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/logs.md")
	if err != nil {
		t.Fatal(err)
	}
	for name := range Names() {
		if !strings.Contains(string(page), "\n| `"+name+"` |") {
			t.Errorf("docs/logs.md lacks the logger %s", name)
		}
	}
}
