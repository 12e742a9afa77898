package rest

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/moldau/moldau/internal/rest/roles"
)

// TestEveryRouteHasAVerb keeps a new route from being open to everybody, or to nobody.
func TestEveryRouteHasAVerb(t *testing.T) {
	t.Parallel()
	all := Routes()
	if len(all) < 40 {
		t.Fatalf("%d routes only were looked at", len(all))
	}
	for _, r := range all {
		if r.Verb == roles.None {
			t.Errorf("%s %s has no verb: say in its declaration what a client must be allowed to for it", r.Method, r.Path)
		}
		named := strings.HasPrefix(r.Path, "/connectors/{}") || strings.Contains(r.Path, "{connector}")
		if about := r.Verb == roles.View || r.Verb == roles.Operate || r.Verb == roles.Offsets; about && !named {
			t.Errorf("%s %s names no connector, so that %s cannot be checked", r.Method, r.Path, r.Verb)
		}
		if r.Verb == roles.Open && r.Path != "/livez" && r.Path != "/readyz" {
			t.Errorf("%s %s needs no login: say so in docs/security.md and here", r.Method, r.Path)
		}
	}
	// What servers really register is among them.
	for _, pairs := range []map[string]string{nil, {"admin.listeners": "http://127.0.0.1:0"}} {
		s, _ := newServer(t, pairs, func(c *Config) { c.Metrics, c.Bundle = http.NotFoundHandler(), http.NotFoundHandler() })
		s.RegisterResources(&stub{})
		a := s.api.Load()
		for _, r := range append(a.main.routes(), a.admin.routes()...) {
			if !slices.Contains(all, r) {
				t.Errorf("%s %s is none of Routes", r.Method, r.Path)
			}
		}
	}
}
