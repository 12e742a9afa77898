package rest

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/moldau/moldau/internal/kafka"
)

// What is below /api is answered by its handler, behind authentication, not on admin listeners, and not before the herder is there.
func TestOwnPaths(t *testing.T) {
	t.Parallel()
	users := filepath.Join(t.TempDir(), "users.properties")
	if err := os.WriteFile(users, []byte("ann=secret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	jaas, err := kafka.ParseJAASFile(`KafkaConnect { org.apache.kafka.connect.rest.basic.auth.extension.PropertyFileLoginModule required file="`+users+`"; };`,
		func(string) (string, bool) { return "", false })
	if err != nil {
		t.Fatal(err)
	}
	own := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.WriteString(w, "own "+r.Method+" "+r.URL.Path); err != nil {
			t.Error(err)
		}
	})
	s, _ := newServer(t, map[string]string{"rest.extension.classes": basicAuthExtension, "admin.listeners": "http://127.0.0.1:0"}, func(c *Config) { c.JAAS = jaas })
	const ann = "Basic YW5uOnNlY3JldA=="
	check := func(base, method, path, header, want string) {
		t.Helper()
		var headers []string
		if header != "" {
			headers = []string{"Authorization", header}
		}
		if got := ask(t, method, base+path, "", headers...); !strings.HasPrefix(got, want) {
			t.Errorf("%s %s as %q: got %s, want %s", method, path, header, got, want)
		}
	}
	main, admin := s.URLs()[0], s.AdminURLs()[0]
	s.RegisterAPI(own)
	check(main, http.MethodGet, "/api/dlq", ann, "404 ")
	s.RegisterResources(&stub{})
	check(main, http.MethodGet, "/api/dlq", ann, "200 own GET /api/dlq")
	check(main, http.MethodPost, "/api/dlq/a%20b/redrive", ann, "200 own POST /api/dlq/a b/redrive")
	check(main, http.MethodGet, "/api/dlq", "", "401 "+unauthorized)
	check(main, http.MethodPost, "/api/x", "Basic eDp5", "401 "+unauthorized)
	check(main, http.MethodGet, "/apis", ann, "404 ")
	check(main, http.MethodGet, "/api%2Fdlq", ann, "400 ")
	check(admin, http.MethodGet, "/api/dlq", ann, "404 ")
	bare, _ := newServer(t, nil, nil)
	bare.RegisterResources(&stub{})
	check(bare.URLs()[0], http.MethodGet, "/api/dlq", "", "404 ")
}
