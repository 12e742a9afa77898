package rest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/internal/logs"
)

// events are those of an audit's file.
func events(t *testing.T, file string) (out []map[string]any) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.SplitSeq(strings.TrimSpace(string(text)), "\n") {
		var e map[string]any
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatalf("%v in %q", err, line)
		}
		out = append(out, e)
	}
	return out
}

// TestChangedSecretsAreAudited: that a password changed shows by its key's name, though answers hide both.
func TestChangedSecretsAreAudited(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "audit.jsonl")
	s, _ := newServer(t, map[string]string{"moldau.rest.audit.file": file}, func(c *Config) { c.Masker = passwords{} })
	o := newOwner()
	o.configs["orders-a"] = config.PropsOf(map[string]string{"name": "orders-a", "password": "hunter2", "topics": "t"})
	s.RegisterResources(Guard(o, logs.NewRedactor(), passwords{}, true))
	base := s.URLs()[0] + "/connectors"
	want := []string{"[password]", "[password topics]", "[topics]", "[name password]"}
	for _, c := range []struct{ method, path, body string }{
		{"PUT", "/orders-a/config", `{"name":"orders-a","password":"hunter3","topics":"t"}`},
		{"PUT", "/orders-a/config", `{"name":"orders-a","password":"hunter3","topics":"u"}`},
		{"PUT", "/orders-a/config", `{"name":"orders-a","password":"hunter2","topics":"u"}`},
		{"POST", "", `{"name":"fresh","config":{"name":"fresh","password":"hunter4"}}`},
	} {
		if status, _, body := do(t, c.method, base+c.path, c.body); status >= 300 || strings.Contains(body, "hunter") {
			t.Errorf("%s %s: %d %s", c.method, c.body, status, body)
		}
	}
	got := events(t, file)
	if len(got) != len(want) {
		t.Fatalf("got %v", got)
	}
	for i, e := range got {
		if fmt.Sprint(e["changed"]) != want[i] || strings.Contains(fmt.Sprint(e), "hunter") {
			t.Errorf("event %d: %v, want %s", i, e, want[i])
		}
	}
}

// TestReadsOfDataAreAudited: who takes the inside of the process or letters is written down, who looks at states is not.
func TestReadsOfDataAreAudited(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "audit.jsonl")
	s, _ := newServer(t, map[string]string{"moldau.rest.audit.file": file}, withInside(newProber(), nil))
	s.RegisterAPI(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) }))
	s.RegisterResources(newOwner())
	var want []string
	for _, c := range []struct {
		path    string
		audited bool
	}{
		{"/connectors", false}, {"/connectors/stock", false}, {"/admin/support-bundle", true}, {"/admin/pprof/heap", true}, {"/admin/pprof", true},
		{"/api/dlq", false}, {"/api/dlq/stock", true}, {"/api/dlq/stock/0/1", true}, {"/livez", false},
	} {
		if status, _, body := do(t, http.MethodGet, s.URLs()[0]+c.path, ""); status != http.StatusOK {
			t.Errorf("%s: %d %s", c.path, status, body)
		}
		if c.audited {
			want = append(want, c.path)
		}
	}
	var got []string
	for _, e := range events(t, file) {
		got = append(got, fmt.Sprint(e["path"]))
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
