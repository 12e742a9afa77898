package servers

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var escapeProperty = strings.NewReplacer(`\`, `\\`, "\n", `\n`)

// Properties writes a properties file in a directory of the test, and returns its path.
func Properties(t testing.TB, name string, props map[string]string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	writeProperties(t, path, props)
	return path
}

func writeProperties(t testing.TB, path string, props map[string]string) {
	t.Helper()
	var b strings.Builder
	for _, k := range slices.Sorted(maps.Keys(props)) {
		b.WriteString(k + "=" + escapeProperty.Replace(props[k]) + "\n")
	}
	if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}
