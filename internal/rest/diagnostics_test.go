package rest

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/moldau/moldau/internal/kafka"
)

type prober struct{ live, ready atomic.Pointer[[]Check] }

func (p *prober) Live() []Check  { return *p.live.Load() }
func (p *prober) Ready() []Check { return *p.ready.Load() }

func withInside(p *prober, jaas *kafka.JAAS) func(*Config) {
	return func(c *Config) {
		c.JAAS = jaas
		c.Prober = p
		c.Bundle = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "all of it") })
	}
}

// oneUser is a JAAS file for basic authentication.
func oneUser(t *testing.T) *kafka.JAAS {
	t.Helper()
	users := filepath.Join(t.TempDir(), "users.properties")
	if err := os.WriteFile(users, []byte("ann=secret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	jaas, err := kafka.ParseJAASFile(`KafkaConnect { org.apache.kafka.connect.rest.basic.auth.extension.PropertyFileLoginModule required file="`+users+`"; };`,
		func(string) (string, bool) { return "", false })
	if err != nil {
		t.Fatal(err)
	}
	return jaas
}

func newProber() *prober {
	p := &prober{}
	p.live.Store(&[]Check{{Name: "herder", OK: true}})
	p.ready.Store(&[]Check{{Name: "herder", OK: true}, {Name: "group", Reason: "not joined yet"}})
	return p
}

// TestProbes: they answer from the beginning, without a login, and say why.
func TestProbes(t *testing.T) {
	t.Parallel()
	p := newProber()
	jaas := oneUser(t)
	s, _ := newServer(t, map[string]string{"rest.extension.classes": basicAuthExtension, "admin.listeners": "http://127.0.0.1:0"}, withInside(p, jaas))
	check := func(url, accept string, wantStatus int, want string) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
		if err != nil {
			t.Fatal(err)
		}
		if accept != "" {
			req.Header.Set("Accept", accept)
		}
		res, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		if err != nil || res.StatusCode != wantStatus || string(body) != want {
			t.Errorf("%s: got %d %s %v, want %d %s", url, res.StatusCode, body, err, wantStatus, want)
		}
	}
	for range 2 {
		for _, url := range []string{s.URLs()[0], s.AdminURLs()[0]} {
			check(url+"/livez", "", 200, `{"status":"ok","checks":[{"name":"herder","ok":true}]}`)
			check(url+"/readyz", "application/json", 503, `{"status":"failing","checks":[{"name":"herder","ok":true},{"name":"group","ok":false,"reason":"not joined yet"}]}`)
			check(url+"/readyz", "text/plain", 503, "failing\n+ herder\n- group: not joined yet\n")
			if status, _, _ := do(t, http.MethodPost, url+"/livez", ""); status != http.StatusMethodNotAllowed {
				t.Errorf("POST: %d", status)
			}
			if status, _, body := do(t, http.MethodHead, url+"/livez", ""); status != 200 || body != "" {
				t.Errorf("HEAD: %d %s", status, body)
			}
		}
		s.RegisterResources(&stub{})
	}
	p.live.Store(&[]Check{{Name: "herder", Reason: "stuck"}})
	check(s.URLs()[0]+"/livez", "", 503, `{"status":"failing","checks":[{"name":"herder","ok":false,"reason":"stuck"}]}`)
}

// TestDiagnosticsAreForTheInside: what shows the inside of the process is on admin.listeners, and without them on loopback for the machine itself.
func TestDiagnosticsAreForTheInside(t *testing.T) {
	t.Parallel()
	paths := []string{"/admin/support-bundle", "/admin/pprof", "/admin/pprof/heap", "/admin/pprof/goroutine?debug=2", "/admin/pprof/profile?seconds=0.01"}
	jaas := oneUser(t)
	for name, c := range map[string]struct {
		config map[string]string
		header [2]string
		host   string
		// main and admin are the statuses on listeners and admin.listeners.
		main, admin int
	}{
		"admin listener":          {config: map[string]string{"admin.listeners": "http://127.0.0.1:0"}, main: 404, admin: 200},
		"admin listener for all":  {config: map[string]string{"admin.listeners": "http://0.0.0.0:0"}, main: 404, admin: 200},
		"admin with a login":      {config: map[string]string{"admin.listeners": "http://127.0.0.1:0", "rest.extension.classes": basicAuthExtension}, main: 404, admin: 401},
		"none":                    {config: map[string]string{"admin.listeners": ""}, main: 404},
		"shared":                  {main: 200},
		"shared, name":            {host: "localhost:8083", main: 200},
		"shared, IPv6":            {host: "[::1]:8083", main: 200},
		"shared, foreign name":    {host: "evil.example.com:8083", main: 404},
		"shared, behind a proxy":  {header: [2]string{"X-Forwarded-For", "10.1.2.3"}, main: 404},
		"shared, with a login":    {config: map[string]string{"rest.extension.classes": basicAuthExtension}, main: 401},
		"shared, all interfaces":  {config: map[string]string{"listeners": "http://0.0.0.0:0"}, main: 404},
		"shared, no address":      {config: map[string]string{"listeners": "http://:0"}, main: 404},
		"admin, though forwarded": {config: map[string]string{"admin.listeners": "http://127.0.0.1:0"}, header: [2]string{"Via", "1.1 x"}, main: 404, admin: 200},
	} {
		s, _ := newServer(t, c.config, withInside(newProber(), jaas))
		s.RegisterResources(&stub{})
		get := func(listener, path string, want int) {
			t.Helper()
			_, port, _ := strings.Cut(strings.TrimPrefix(listener, "http://"), ":")
			if i := strings.LastIndexByte(port, ':'); i >= 0 {
				port = port[i+1:]
			}
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://127.0.0.1:"+port+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			req.Host = c.host
			if c.header[0] != "" {
				req.Header.Set(c.header[0], c.header[1])
			}
			res, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			// Two tests cannot take a profile of the processor at the same time.
			if body, err := io.ReadAll(res.Body); err != nil || res.StatusCode != want && res.StatusCode != http.StatusConflict {
				t.Errorf("%s: %s%s: got %d %.200s %v, want %d", name, listener, path, res.StatusCode, body, err, want)
			}
		}
		for _, path := range paths {
			get(s.URLs()[0], path, c.main)
			for _, admin := range s.AdminURLs() {
				get(admin, path, c.admin)
			}
		}
	}
}

// TestDiagnosticsBehindNginx: a request as nginx sends it on by default is like one of the machine itself but for its version.
func TestDiagnosticsBehindNginx(t *testing.T) {
	t.Parallel()
	s, _ := newServer(t, nil, withInside(newProber(), nil))
	s.RegisterResources(&stub{})
	address := strings.TrimPrefix(s.URLs()[0], "http://")
	for head, want := range map[string]string{
		"HTTP/1.0\r\nHost: " + address + "\r\nConnection: close":                             "404",
		"HTTP/1.1\r\nHost: " + address + "\r\nConnection: close":                             "200",
		"HTTP/1.1\r\nHost: " + address + "\r\nX-Forwarded-Proto: https\r\nConnection: close": "404",
		"HTTP/1.1\r\nHost: " + address + "\r\nX-Real-IP: 10.1.2.3\r\nConnection: close":      "404",
	} {
		for _, path := range []string{"/admin/support-bundle", "/admin/pprof"} {
			got := raw(t, address, "GET "+path+" "+head+"\r\n\r\n")
			if at := strings.Index(got, " "); at < 0 || !strings.HasPrefix(got[at+1:], want) {
				t.Errorf("%s %s: want %s, got %.200s", path, head, want, got)
			}
		}
	}
}

func TestProfiles(t *testing.T) {
	t.Parallel()
	s, _ := newServer(t, map[string]string{"admin.listeners": "http://127.0.0.1:0"}, nil)
	s.RegisterResources(&stub{})
	url := s.AdminURLs()[0] + "/admin/pprof"
	for path, want := range map[string]string{"": "/admin/pprof/heap\n", "/goroutine?debug=1": "goroutine profile: total"} {
		if status, _, body := do(t, http.MethodGet, url+path, ""); status != 200 || !strings.Contains(body, want) {
			t.Errorf("%s: %d %.300s", path, status, body)
		}
	}
	for _, seconds := range []string{"-1", "0", "x", "NaN", "1e9", "Inf"} {
		if status, _, body := do(t, http.MethodGet, url+"/profile?seconds="+seconds, ""); status != 400 || !strings.Contains(body, "at most 120") {
			t.Errorf("seconds=%s: %d %s", seconds, status, body)
		}
	}
	if status, _, _ := do(t, http.MethodGet, url+"/nothing", ""); status != 404 {
		t.Errorf("a profile that does not exist: %d", status)
	}
}
