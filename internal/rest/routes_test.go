package rest

import (
	"net/http"
	"testing"

	own "github.com/moldau/moldau/internal/rest/api"
	"github.com/moldau/moldau/internal/rest/roles"
)

// TestEveryRouteHasAVerb keeps a new route from being open to everybody, or to nobody.
func TestEveryRouteHasAVerb(t *testing.T) {
	t.Parallel()
	s, _ := newServer(t, nil, func(c *Config) { c.Metrics = http.NotFoundHandler() })
	s.RegisterResources(&stub{})
	a := s.api.Load()
	seen := 0
	for _, r := range append(append(router{}, a.main...), a.admin...) {
		for method, way := range r.methods {
			seen++
			if way.verb == roles.None {
				t.Errorf("%s /%v has no verb: say in its declaration what a client must be allowed to for it", method, r.pattern)
			}
			if way.run == nil && r.raw == nil {
				t.Errorf("%s /%v has no endpoint", method, r.pattern)
			}
			if about := way.verb == roles.View || way.verb == roles.Operate || way.verb == roles.Offsets; about && (len(r.pattern) == 0 || r.pattern[0] != "connectors") {
				t.Errorf("%s /%v names no connector, so that %s cannot be checked", method, r.pattern, way.verb)
			}
		}
	}
	for _, r := range own.New(own.Config{}).Routes() {
		seen++
		if r.Verb == roles.None {
			t.Errorf("%s has no verb", r.Pattern)
		}
	}
	if seen < 30 {
		t.Fatalf("%d routes only were looked at", seen)
	}
	if way := a.main[2].methods[http.MethodHead]; way.verb != roles.Known {
		t.Errorf("HEAD has the verb %s, GET has known", way.verb)
	}
}
