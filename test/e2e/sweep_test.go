//go:build unix

package e2e

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/moldau/moldau/internal/rest"
	"github.com/moldau/moldau/internal/rest/roles"
)

// scanned are paths that scanners try, beyond the routes there are.
var scanned = []string{"/.env", "/.git/config", "/actuator/env", "/actuator/heapdump", "/jolokia/", "/jolokia/read/java.lang:type=Memory", "/debug/pprof/",
	"/debug/vars", "/metrics/", "/METRICS", "/metrics;x", "/admin", "/admin/", "/admin/loggers/", "/admin/loggers;x=1", "/api", "/api/", "/api/dlq/", "/api/v1/connectors",
	"/connectors/", "/connectors;x", "/connectors?expand=info&expand=status", "/connectors/planted;x", "/connectors/planted/config?forward=true",
	"/connectors/planted/tasks-config", "/connector-plugins?connectorsOnly=false", "/swagger.json", "/openapi.yaml", "/application.wadl", "/favicon.ico", "/index.html",
	"/console", "/login", "/server-status", "/cgi-bin/test", "/livez/", "/readyz/../connectors", "/livez;/connectors", "/x/../connectors", "/..;/connectors",
	"/connectors/..%2f..%2fetc%2fpasswd", "/%2e%2e/connectors", "//connectors", "/connectors%00", "/connectors/planted%0d%0aX: y"}

// TestSweepWithoutLogin asks for everything there is in every way, as nobody, as somebody with wrong or forged credentials, and as somebody without
// roles: nothing but what is open on purpose may answer, and no answer may tell anything of the worker.
func TestSweepWithoutLogin(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	in := write(t, dir, "in.txt", "a line\n")
	audit := filepath.Join(dir, "audit.jsonl")
	p := moldau(t, dir, "standalone", worker(t, dir,
		"moldau.rest.users.file="+write(t, dir, "users", "root=plantedpassword\nguest=guestpassword\n"),
		"moldau.rest.roles.file="+write(t, dir, "roles.yaml", `
roles: {all: [{connectors: ["*"], verbs: [view, operate, edit, offsets, admin]}], none: []}
bindings: [{role: all, users: [root]}, {role: none, users: [guest]}]
`), "moldau.rest.oidc.issuer=https://idp.invalid", "moldau.rest.oidc.audience=moldau", "moldau.rest.oidc.jwks.file="+write(t, dir, "jwks.json", testKeys),
		"moldau.rest.limit.failed.logins.per.minute=0", "moldau.rest.audit.file="+audit),
		properties(t, dir, "planted", map[string]string{"connector.class": "FileStreamSource", "file": in, "topic": "sweep", "db.password": "plantedsecret"}))
	base := p.prints(`REST server listening at (http://[^ ,]+)/, advertising`)[1]
	send := func(method, path string, headers map[string]string) (int, http.Header, string) {
		t.Helper()
		var body io.Reader
		if method == http.MethodPost || method == http.MethodPut || method == http.MethodPatch {
			body = strings.NewReader(`{"name":"swept","config":{"name":"swept","connector.class":"FileStreamSource"},"offsets":[],"level":"DEBUG"}`)
		}
		req, err := http.NewRequestWithContext(t.Context(), method, base+"/", body)
		if err != nil {
			t.Fatal(err)
		}
		req.URL.Opaque = path // as it is written
		req.Header.Set("Content-Type", "application/json")
		for name, value := range headers {
			req.Header.Set(name, value)
		}
		res, err := http.DefaultTransport.RoundTrip(req)
		if err != nil {
			t.Fatalf("%s %s: %v", method, path, err)
		}
		defer res.Body.Close()
		text, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return res.StatusCode, res.Header, string(text)
	}
	root := map[string]string{"Authorization": "Basic cm9vdDpwbGFudGVkcGFzc3dvcmQ="}
	p.await("the connector", func() error {
		status, _, body := send(http.MethodGet, "/connectors/planted/status", root)
		if status != http.StatusOK || strings.Count(body, "RUNNING") != 2 {
			return fmt.Errorf("%d %s", status, body)
		}
		return nil
	})
	leaks := regexp.MustCompile(`planted|swept|FileStream|goroutine|\.go:|` + regexp.QuoteMeta(dir) + `|4\.3\.1|kafka_cluster|sweep`)
	methods := []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "GETT"}
	var paths []string
	open := map[string]bool{"/livez/": true}
	for _, r := range rest.Routes() {
		path := regexp.MustCompile(`\{[a-z]*\}`).ReplaceAllString(strings.ReplaceAll(r.Path, "/tasks/{}", "/tasks/0"), "planted")
		if !slices.Contains(paths, path) {
			paths = append(paths, path)
		}
		open[path] = open[path] || r.Verb == roles.Open
	}
	refusals := 0
	for who, headers := range map[string]map[string]string{
		"nobody":         {},
		"wrong password": {"Authorization": "Basic cm9vdDp3cm9uZw=="},
		"empty basic":    {"Authorization": "Basic Og=="},
		"alg none":       {"Authorization": "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJyb290IiwiYXVkIjoibW9sZGF1IiwiaXNzIjoiaHR0cHM6Ly9pZHAuaW52YWxpZCIsImV4cCI6NDEwMjQ0NDgwMH0."},
		"another worker": {"X-Connect-Authorization": "AAAA", "X-Connect-Request-Signature-Algorithm": "HmacSHA256", "X-Moldau-Forwarded": "eyJraW5kIjoiYmFzaWMiLCJuYW1lIjoicm9vdCJ9"},
		"headers of proxies": {"X-Forwarded-User": "root", "X-Remote-User": "root", "X-Original-URL": "/livez", "X-Rewrite-URL": "/livez", "X-HTTP-Method-Override": "GET",
			"X-Forwarded-For": "127.0.0.1", "Forwarded": "for=127.0.0.1"},
	} {
		for _, path := range append(slices.Clone(paths), scanned...) {
			for _, method := range methods {
				status, h, body := send(method, path, headers)
				// What Jetty refuses before anything else is refused as ever.
				if !open[path] && status != http.StatusUnauthorized && !(status == http.StatusBadRequest && strings.ContainsAny(path, "%;/")) {
					t.Errorf("%s: %s %s: got %d %s", who, method, path, status, body)
				}
				if status == http.StatusUnauthorized {
					refusals++
					if h.Get("Www-Authenticate") == "" || h.Get("X-Content-Type-Options") != "nosniff" {
						t.Errorf("%s: %s %s: headers %v", who, method, path, h)
					}
				}
				told := strings.ReplaceAll(body, path, "")
				if found := leaks.FindString(told + fmt.Sprint(h)); found != "" || h.Get("Server") != "" || h.Get("Allow") != "" && !open[path] {
					t.Errorf("%s: %s %s tells %q: %v %s", who, method, path, found, h, body)
				}
			}
		}
	}
	if refusals < 2000 {
		t.Errorf("%d refusals only", refusals)
	}
	guest := map[string]string{"Authorization": "Basic Z3Vlc3Q6Z3Vlc3RwYXNzd29yZA=="}
	for _, r := range rest.Routes() {
		if r.Verb <= roles.Known {
			continue
		}
		path := regexp.MustCompile(`\{[a-z]*\}`).ReplaceAllString(strings.ReplaceAll(r.Path, "/tasks/{}", "/tasks/0"), "planted")
		status, _, body := send(r.Method, path, guest)
		if status != http.StatusForbidden || r.Method != http.MethodHead && !strings.Contains(body, "guest lacks the verb "+r.Verb.String()) {
			t.Errorf("without roles: %s %s: got %d %s", r.Method, path, status, body)
		}
	}
	if status, _, body := send(http.MethodGet, "/connectors?expand=info", guest); status != http.StatusOK || body != "{}" {
		t.Errorf("without roles: the list is %d %s", status, body)
	}
	if status, _, body := send(http.MethodGet, "/connectors/planted/status", root); status != http.StatusOK || strings.Count(body, "RUNNING") != 2 {
		t.Errorf("after the sweep: %d %s", status, body)
	}
	if status, _, body := send(http.MethodGet, "/connectors", root); status != http.StatusOK || body != `["planted"]` {
		t.Errorf("after the sweep: %d %s", status, body)
	}
	if code := p.stop(syscall.SIGTERM); code != 143 {
		t.Errorf("exit code %d", code)
	}
	written, err := os.ReadFile(audit)
	if err != nil {
		t.Fatal(err)
	}
	denied := 0
	for line := range strings.SplitSeq(strings.TrimSpace(string(written)), "\n") {
		var e struct{ Result string }
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		if e.Result == "denied" {
			denied++
		}
	}
	if denied < refusals {
		t.Errorf("%d requests were refused, the audit has %d", refusals, denied)
	}
	for name, text := range map[string]string{"audit": string(written), "log": p.out.String()} {
		if strings.Contains(text, "plantedsecret") || strings.Contains(text, "plantedpassword") || strings.Contains(text, "cm9vdDp") {
			t.Errorf("a secret is in the %s", name)
		}
	}
}

// testKeys is a key set whose private key nobody has.
const testKeys = `{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"k","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}`
