package registry_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/moldau/moldau/converters/internal/registry"
	"github.com/moldau/moldau/converters/internal/registry/registrytest"
)

func TestMissingIsRemembered(t *testing.T) {
	t.Parallel()
	ask := func(c *registry.Client) {
		for range 3 {
			_, _ = c.ByID(7, "")
			_, _ = c.ByGUID("x")
			_, _ = c.Lookup(intSchema("none"), false, false)
			_, _ = c.ByVersion("none", 3)
		}
	}
	r := registrytest.New(t)
	r.Intercept = func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodGet && r.URL.Query().Has("deleted") {
			registrytest.Fail(w, http.StatusNotFound, 40402, "Version not found.")
			return true
		}
		return false
	}
	ask(newClient(t, "schema.registry.url", r.URL))
	if n := len(r.Requests()); n != 12 {
		t.Errorf("by default asked %d times", n)
	}
	before := len(r.Requests())
	ask(newClient(t, "schema.registry.url", r.URL, "missing.id.cache.ttl.sec", "60", "missing.version.cache.ttl.sec", "60", "missing.schema.cache.ttl.sec", "60"))
	if n := len(r.Requests()) - before; n != 4 {
		t.Errorf("asked %d times for four things", n)
	}
	before = len(r.Requests())
	ask(newClient(t, "schema.registry.url", r.URL, "missing.id.cache.ttl.sec", "60", "missing.cache.size", "0"))
	if n := len(r.Requests()) - before; n != 12 {
		t.Errorf("without room asked %d times", n)
	}
}

func TestLatestIsRemembered(t *testing.T) {
	t.Parallel()
	for ttl, want := range map[string]int{"-1": 1, "60": 1, "0": 3} {
		r := registrytest.New(t)
		r.Add("a", *intSchema("a"))
		c := newClient(t, "schema.registry.url", r.URL, "latest.cache.ttl.sec", ttl)
		for range 3 {
			if s, err := c.Latest("a"); err != nil || s.Version != 1 {
				t.Fatalf("got %v, %v", s, err)
			}
		}
		if n := len(r.Requests()); n != want {
			t.Errorf("%s: asked %d times", ttl, n)
		}
		// What is registered through the client counts at once.
		if _, err := c.Register(&registry.Schema{Subject: "a", Type: "AVRO", Text: `"long"`}, false); err != nil {
			t.Fatal(err)
		}
		if s, err := c.Latest("a"); err != nil || s.Version != 2 {
			t.Errorf("%s: got %v, %v", ttl, s, err)
		}
	}
}

func TestProxy(t *testing.T) {
	t.Parallel()
	r := registrytest.New(t)
	var asked []string
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		asked = append(asked, request.RequestURI)
		r.ServeHTTP(w, request)
	}))
	t.Cleanup(proxy.Close)
	at, err := url.Parse(proxy.URL)
	if err != nil {
		t.Fatal(err)
	}
	c := newClient(t, "schema.registry.url", "http://registry.invalid:8081", "proxy.host", at.Hostname(), "proxy.port", at.Port())
	if _, err := c.Register(intSchema("a"), false); err != nil || len(asked) != 1 || asked[0] != "http://registry.invalid:8081/subjects/a/versions?normalize=false" {
		t.Errorf("asked %q: %v", asked, err)
	}
	// Without a port there is no proxy.
	if _, err := newClient(t, "schema.registry.url", r.URL, "proxy.host", at.Hostname()).Register(intSchema("a"), false); err != nil || len(asked) != 1 {
		t.Errorf("asked %q: %v", asked, err)
	}
}
