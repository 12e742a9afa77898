package vault

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// server is as much of Vault's API as the provider uses: answers and refusals are those of Vault 1.21.
type server struct {
	*httptest.Server
	t *testing.T

	mu       sync.Mutex
	tokens   map[string]*issued
	made     int
	requests []string
	bodies   []string
	// secrets are by mount and path; versions of engines by mount.
	kv      map[string]map[string]any
	engines map[string]string
	leases  map[string]int
	// mountsHidden makes sys/internal/ui/mounts refuse, as a narrow policy can.
	mountsHidden bool
	failures     int
	leaseAge     int64
}

type issued struct {
	ttl       int64
	renewable bool
	revoked   bool
}

func newServer(t *testing.T) *server {
	t.Helper()
	s := &server{t: t, tokens: map[string]*issued{"root-token": {}}, kv: map[string]map[string]any{}, leases: map[string]int{}, leaseAge: 3600,
		engines: map[string]string{"secret": "2", "old": "1"}}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

func (s *server) put(path string, data map[string]any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kv[path] = data
}

func (s *server) seen(prefix string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, r := range s.requests {
		if strings.HasPrefix(r, prefix) {
			n++
		}
	}
	return n
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	path := strings.TrimPrefix(r.URL.Path, "/v1/")
	s.requests = append(s.requests, r.Method+" "+path)
	var body map[string]any
	// A GET has none.
	_ = json.NewDecoder(r.Body).Decode(&body)
	text, _ := json.Marshal(body)
	s.bodies = append(s.bodies, string(text))
	if s.failures > 0 {
		s.failures--
		s.refuse(w, http.StatusServiceUnavailable, "Vault is sealed")
		return
	}
	if ns := r.Header.Get("X-Vault-Namespace"); ns != "" && ns != "team" {
		s.refuse(w, http.StatusNotFound)
		return
	}
	if strings.HasPrefix(path, "auth/") && strings.Contains(path, "/login") {
		s.login(w, path, body)
		return
	}
	token := s.tokens[r.Header.Get("X-Vault-Token")]
	if token == nil || token.revoked {
		s.refuse(w, http.StatusForbidden, "permission denied")
		return
	}
	switch {
	case path == "auth/token/lookup-self":
		s.answer(w, map[string]any{"data": map[string]any{"ttl": token.ttl, "renewable": token.renewable}})
	case path == "auth/token/renew-self":
		s.answer(w, map[string]any{"auth": map[string]any{"client_token": r.Header.Get("X-Vault-Token"), "lease_duration": token.ttl, "renewable": token.renewable}})
	case path == "sys/leases/renew":
		s.answer(w, map[string]any{"lease_id": body["lease_id"], "lease_duration": s.leaseAge, "renewable": true})
	case strings.HasPrefix(path, "sys/internal/ui/mounts/"):
		s.mounts(w, strings.TrimPrefix(path, "sys/internal/ui/mounts/"))
	case strings.HasPrefix(path, "database/creds/"):
		s.leases[path]++
		s.answer(w, map[string]any{"lease_id": fmt.Sprint(path, "/", s.leases[path]), "lease_duration": 3600, "renewable": true,
			"data": map[string]any{"username": "u", "password": fmt.Sprint("generated-", s.leases[path])}})
	default:
		s.read(w, r, path)
	}
}

func (s *server) mounts(w http.ResponseWriter, path string) {
	mount, _, _ := strings.Cut(path, "/")
	version, ok := s.engines[mount]
	if !ok || s.mountsHidden {
		s.refuse(w, http.StatusForbidden, "preflight capability check returned 403, please ensure client's policies grant access to path \""+path+"/\"")
		return
	}
	s.answer(w, map[string]any{"data": map[string]any{"path": mount + "/", "type": "kv", "options": map[string]any{"version": version}}})
}

func (s *server) read(w http.ResponseWriter, r *http.Request, path string) {
	mount, rest, _ := strings.Cut(path, "/")
	v2 := s.engines[mount] == "2"
	if v2 {
		var ok bool
		if rest, ok = strings.CutPrefix(rest, "data/"); !ok {
			w.WriteHeader(http.StatusNotFound)
			fmt.Fprint(w, `{"errors":[],"warnings":["Invalid path for a versioned K/V secrets engine."]}`)
			return
		}
	}
	data, ok := s.kv[mount+"/"+rest+strings.TrimSuffix("?"+r.URL.RawQuery, "?")]
	if !ok {
		s.refuse(w, http.StatusNotFound)
		return
	}
	if v2 {
		s.answer(w, map[string]any{"data": map[string]any{"data": data, "metadata": map[string]any{"version": 1}}})
		return
	}
	s.answer(w, map[string]any{"lease_duration": 2764800, "data": data})
}

// logins are what each method's login must send.
var logins = map[string]map[string]any{
	"auth/approle/login":         {"role_id": "role", "secret_id": "approle-secret"},
	"auth/kubernetes/login":      {"role": "role", "jwt": "pod-token"},
	"auth/jwt/login":             {"role": "role", "jwt": "a-jwt"},
	"auth/gcp/login":             {"role": "role", "jwt": "a-jwt"},
	"auth/userpass/login/me/you": {"password": "user-password"},
	"auth/ldap/login/me":         {"password": "user-password"},
	"auth/cert/login":            {"name": "role"},
	"auth/github/login":          {"token": "github-token"},
	"auth/aws/login": {"role": "role", "iam_http_request_method": "POST", "iam_request_url": "dQ==", "iam_request_body": "Yg==",
		"iam_request_headers": map[string]any{"X": "y"}},
}

func (s *server) login(w http.ResponseWriter, path string, body map[string]any) {
	want, _ := json.Marshal(logins[path])
	got, _ := json.Marshal(body)
	if logins[path] == nil || string(got) != string(want) {
		s.refuse(w, http.StatusBadRequest, "invalid role or secret ID")
		return
	}
	s.made++
	token := fmt.Sprint("token-", s.made)
	s.tokens[token] = &issued{ttl: 3600, renewable: true}
	s.answer(w, map[string]any{"auth": map[string]any{"client_token": token, "lease_duration": 3600, "renewable": true}})
}

func (s *server) answer(w http.ResponseWriter, body map[string]any) {
	if err := json.NewEncoder(w).Encode(body); err != nil {
		s.t.Error(err)
	}
}

func (s *server) refuse(w http.ResponseWriter, status int, reasons ...string) {
	w.WriteHeader(status)
	if reasons == nil {
		reasons = []string{}
	}
	s.answer(w, map[string]any{"errors": reasons})
}
