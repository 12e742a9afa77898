package vault

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/providers/internal/providertest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func start(t *testing.T, s *server, st style, props map[string]string) *Provider {
	t.Helper()
	return providertest.Configured(t, newProvider(st), map[string]string{"vault.address": s.URL, "vault.token": "root-token", "vault.max.retries": "0"}, props)
}

func get(t *testing.T, p connect.ConfigProvider, path string, keys ...string) connect.ConfigData {
	t.Helper()
	data, err := p.Get(t.Context(), path, keys)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestKeyValueEngines(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.put("secret/app/db", map[string]any{"password": "pw2", "port": 5432, "none": nil, "list": []int{1}})
	s.put("secret/app/db?version=3", map[string]any{"password": "pw2-v3"})
	s.put("old/app/db", map[string]any{"password": "pw1"})
	for name, c := range map[string]struct {
		props  map[string]string
		hidden bool
		path   string
		want   map[string]string
		ttl    time.Duration
	}{
		"asked version 2":  {path: "secret/app/db", want: map[string]string{"password": "pw2", "port": "5432", "list": "[1]"}},
		"asked version 1":  {path: "old/app/db", want: map[string]string{"password": "pw1"}, ttl: 2764800 * time.Second},
		"assumed":          {hidden: true, path: "secret/app/db", want: map[string]string{"password": "pw2", "port": "5432", "list": "[1]"}},
		"written as API":   {path: "secret/data/app/db", want: map[string]string{"password": "pw2", "port": "5432", "list": "[1]"}},
		"configured 1":     {props: map[string]string{"vault.engine.version": "1"}, path: "old/app/db", want: map[string]string{"password": "pw1"}, ttl: 2764800 * time.Second},
		"configured 2":     {props: map[string]string{"vault.secrets.version": "2", "vault.prefixpath": "secret"}, path: "secret/app/db", want: map[string]string{"password": "pw2", "port": "5432", "list": "[1]"}},
		"parameters":       {path: "secret/app/db?version=3&ttl=60000", want: map[string]string{"password": "pw2-v3"}, ttl: time.Minute},
		"ttl":              {props: map[string]string{"ttl.ms": "5"}, path: "secret/app/db?version=3", want: map[string]string{"password": "pw2-v3"}, ttl: 5 * time.Millisecond},
		"ttl of Lenses":    {props: map[string]string{"secret.default.ttl": "6"}, path: "secret/app/db?version=3", want: map[string]string{"password": "pw2-v3"}, ttl: 6 * time.Millisecond},
		"in its namespace": {props: map[string]string{"vault.namespace": "team"}, path: "secret/app/db?version=3", want: map[string]string{"password": "pw2-v3"}},
	} {
		s.mu.Lock()
		s.mountsHidden = c.hidden
		s.mu.Unlock()
		p := start(t, s, style{}, c.props)
		providertest.Lookup{Path: c.path, Want: connect.ConfigData{Values: c.want, TTL: c.ttl}}.Check(t, name, p)
	}
	s.mu.Lock()
	s.mountsHidden = false
	s.mu.Unlock()
	if got := get(t, start(t, s, style{}, nil), "old/app/db", "password", "missing").Values; len(got) != 1 {
		t.Errorf("got %v", got)
	}
}

func TestEveryMethodLogsIn(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.put("secret/x", map[string]any{"k": "v"})
	token := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(token, []byte("pod-token\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, props := range map[string]map[string]string{
		"token":              {},
		"token of Confluent": {"vault.token": "", "vault.auth.token": "root-token", "vault.auth.method": "Token"},
		"approle":            {"vault.auth.method": "approle", "app.role.id": "role", "app.role.secret.id": "approle-secret"},
		"AppRole":            {"vault.auth.method": "AppRole", "vault.auth.role": "role", "vault.auth.secret": "approle-secret", "vault.auth.mount": "approle"},
		"login.by":           {"vault.login.by": "AppRole", "vault.auth.role": "role", "vault.auth.secret": "approle-secret"},
		"kubernetes":         {"vault.auth.method": "kubernetes", "kubernetes.role": "role", "kubernetes.token.path": token},
		"jwt":                {"vault.auth.method": "jwt", "jwt.role": "role", "jwt": "a-jwt"},
		"gcp":                {"vault.auth.method": "gcp", "gcp.role": "role", "gcp.jwt": "a-jwt"},
		"userpass":           {"vault.auth.method": "userpass", "username": "me/you", "password": "user-password"},
		"LDAP":               {"vault.auth.method": "LDAP", "vault.auth.username": "me", "vault.auth.password": "user-password"},
		"Certificate":        {"vault.auth.method": "Certificate", "vault.auth.role": "role"},
		"github":             {"vault.auth.method": "github", "github.token": "github-token"},
		"awsiam":             {"vault.auth.method": "awsiam", "aws.role": "role", "aws.request.url": "dQ==", "aws.request.body": "Yg==", "aws.request.headers": `{"X":"y"}`},
	} {
		p := start(t, s, style{}, props)
		if got := get(t, p, "secret/x", "k").Values["k"]; got != "v" {
			t.Errorf("%s: got %q", name, got)
		}
	}
}

func TestMistakesAreNamedWithoutSecrets(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.put("secret/x", map[string]any{"k": "v"})
	for want, props := range map[string]map[string]string{
		"vault.address is no URL of a Vault server":                                                   {"vault.address": "vault"},
		"vault.token or the environment variable VAULT_TOKEN must be set for vault.auth.method=token": {"vault.token": ""},
		"permission denied":                            {"vault.token": "wrong-token"},
		"Valid methods are token, approle":             {"vault.auth.method": "magic"},
		"app.role.id or vault.auth.role must be set":   {"vault.auth.method": "approle"},
		"invalid role or secret ID":                    {"vault.auth.method": "approle", "app.role.id": "role", "app.role.secret.id": "wrong-secret"},
		"Failed to load kubernetes token file [/none]": {"vault.auth.method": "kubernetes", "kubernetes.role": "r", "kubernetes.token.path": "/none"},
		"Valid versions are 1 and 2":                   {"vault.engine.version": "3"},
		"Cannot read the trusted certificates /none":   {"vault.pem": "/none"},
	} {
		all := map[string]string{"vault.address": s.URL, "vault.token": "root-token", "vault.max.retries": "0"}
		maps.Copy(all, props)
		providertest.Refuses(t, newProvider(style{}), all, want, "wrong-")
	}
	p := start(t, s, style{needsAllKeys: true}, nil)
	for path, want := range map[string]string{
		"secret/none":       "Vault path 'secret/none' was not found",
		"secret/../sys/raw": "must not hold the parts",
		"secret/x":          "Key(s) 'missing' are missing for request 'secret/x'",
		"secret/x?ttl=a":    "Invalid value a for configuration ttl: Could not parse to long.",
	} {
		if _, err := p.Get(t.Context(), path, []string{"k", "missing"}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: want %s, got %v", path, want, err)
		}
	}
}

func TestRequestsAreRepeated(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.put("secret/x", map[string]any{"k": "v"})
	p := start(t, s, style{}, map[string]string{"vault.max.retries": "2", "vault.retry.interval.ms": "1", "vault.engine.version": "2"})
	s.mu.Lock()
	s.failures = 2
	s.mu.Unlock()
	if got := get(t, p, "secret/x", "k").Values["k"]; got != "v" {
		t.Errorf("got %q", got)
	}
	s.mu.Lock()
	s.failures = 3
	s.mu.Unlock()
	if _, err := p.Get(t.Context(), "secret/x", nil); err == nil || !strings.Contains(err.Error(), "Vault is sealed") {
		t.Errorf("got %v", err)
	}
}

func TestRevokedTokensAreReplaced(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.put("secret/x", map[string]any{"k": "v"})
	p := start(t, s, style{}, map[string]string{"vault.auth.method": "approle", "app.role.id": "role", "app.role.secret.id": "approle-secret", "vault.engine.version": "2"})
	s.mu.Lock()
	s.tokens["token-1"].revoked = true
	s.mu.Unlock()
	if got := get(t, p, "secret/x", "k").Values["k"]; got != "v" || s.seen("POST auth/approle/login") != 2 {
		t.Errorf("got %q", got)
	}
}

func TestTokensAreRenewed(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	p := start(t, s, style{}, map[string]string{"vault.auth.method": "approle", "app.role.id": "role", "app.role.secret.id": "approle-secret"})
	if wait, ok := p.session.next(time.Hour); !ok || wait > 40*time.Minute {
		t.Errorf("next renewal in %s, %v", wait, ok)
	}
	now := time.Now().Add(40 * time.Minute)
	p.session.mu.Lock()
	p.session.now = func() time.Time { return now }
	p.session.mu.Unlock()
	if err := p.session.refresh(t.Context()); err != nil || s.seen("POST auth/token/renew-self") != 1 || s.seen("POST auth/approle/login") != 1 {
		t.Errorf("got %v, %v", err, s.requests)
	}
	// Near the greatest age of the token Vault renews it by what is left.
	s.mu.Lock()
	s.tokens["token-1"].ttl = 60
	s.mu.Unlock()
	if err := p.session.refresh(t.Context()); err != nil || s.seen("POST auth/approle/login") != 2 {
		t.Errorf("got %v, %v", err, s.requests)
	}
	s.mu.Lock()
	s.tokens["root-token"].ttl = 3600
	s.mu.Unlock()
	if _, ok := start(t, s, style{}, nil).session.next(time.Hour); ok {
		t.Error("a token that cannot be renewed is to be renewed")
	}
}

func TestLeasesAreKeptRenewedAndReplaced(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	p := start(t, s, style{}, nil)
	now := time.Now()
	at := func(d time.Duration) {
		p.session.mu.Lock()
		p.session.now = func() time.Time { return now.Add(d) }
		p.session.mu.Unlock()
	}
	at(0)
	want := func(password string, ttl time.Duration, renewals int) {
		t.Helper()
		data := get(t, p, "database/creds/role", "password")
		if data.Values["password"] != password || data.TTL != ttl || s.seen("PUT sys/leases/renew") != renewals {
			t.Errorf("got %v for %s, %d renewals", data.Values, data.TTL, s.seen("PUT sys/leases/renew"))
		}
	}
	want("generated-1", 40*time.Minute, 0)
	at(10 * time.Minute)
	want("generated-1", 30*time.Minute, 0)
	at(40 * time.Minute)
	want("generated-1", 40*time.Minute, 1)
	// The lease comes near its greatest age: Vault grants no more than what is left.
	s.mu.Lock()
	s.leaseAge = 600
	s.mu.Unlock()
	at(80 * time.Minute)
	want("generated-2", 40*time.Minute, 2)
	at(3 * time.Hour)
	want("generated-3", 40*time.Minute, 2)
}

func TestValuesOfLensesAreDecoded(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	dir := t.TempDir()
	s.put("secret/x", map[string]any{"base64_a": "aGk=", "utf8_file_b": "text", "BASE64_FILE_c": "aGk=", "plain": "p"})
	p := start(t, s, style{decodes: true}, map[string]string{"file.write": "true", "file.dir": dir})
	b, c := filepath.Join(dir, "secrets", "secret", "x", "utf8_file_b"), filepath.Join(dir, "secrets", "secret", "x", "base64_file_c")
	want := map[string]string{"base64_a": "hi", "utf8_file_b": b, "BASE64_FILE_c": c, "plain": "p"}
	if diff := cmp.Diff(want, get(t, p, "secret/x").Values); diff != "" {
		t.Error(diff)
	}
	s.put("secret/y", map[string]any{"utf8_file_b": "of y"})
	s.put("secret/y?version=3", map[string]any{"utf8_file_b": "of y before"})
	other := get(t, p, "/secret/y", "utf8_file_b").Values["utf8_file_b"]
	before := get(t, p, "secret/y?version=3", "utf8_file_b").Values["utf8_file_b"]
	for file, want := range map[string]string{b: "text", c: "hi", other: "of y", before: "of y before"} {
		text, err := os.ReadFile(file)
		if err != nil || string(text) != want {
			t.Errorf("%s: %q, %v", file, text, err)
		}
	}
	if _, err := start(t, s, style{decodes: true}, nil).Get(t.Context(), "secret/x", nil); err == nil {
		t.Error("a file was written without file.write")
	}
}
