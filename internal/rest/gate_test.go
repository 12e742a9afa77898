package rest

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/google/go-cmp/cmp"

	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/internal/herder"
	"github.com/moldau/moldau/internal/kafka"
)

// owner is a herder with two connectors.
type owner struct {
	member
	configs map[string]config.Props
}

func newOwner() *owner {
	return &owner{member{elsewhere: here}, map[string]config.Props{
		"orders-a": config.PropsOf(map[string]string{"name": "orders-a", "connection.password": "hunter2", "topics": "t"}),
		"stock":    config.PropsOf(map[string]string{"name": "stock"}),
	}}
}

func (o *owner) Server() herder.ServerInfo { return herder.ServerInfo{Version: "4.3.1"} }
func (o *owner) Connectors(context.Context) ([]string, error) {
	return []string{"orders-a", "stock"}, nil
}

func (o *owner) ConnectorConfig(_ context.Context, name string) (config.Props, error) {
	if props := o.configs[name]; props != nil {
		return props, nil
	}
	return nil, herder.NotFound("Connector %s not found", name)
}

func (o *owner) Connector(ctx context.Context, name string) (*herder.ConnectorInfo, error) {
	if _, err := o.ConnectorConfig(ctx, name); err != nil {
		return nil, err
	}
	return &herder.ConnectorInfo{Name: name, Tasks: []herder.TaskID{}}, nil
}

func (o *owner) PutConnector(_ context.Context, name string, props config.Props, _ herder.TargetState, _ bool) (*herder.ConnectorInfo, bool, error) {
	return &herder.ConnectorInfo{Name: name, Config: props, Tasks: []herder.TaskID{}}, o.configs[name] == nil, nil
}

func (o *owner) ValidateConfig(context.Context, config.Props) (*config.Infos, error) {
	return &config.Infos{Name: "validated"}, nil
}

func (o *owner) Logger(string) (herder.LoggerLevel, bool) {
	return herder.LoggerLevel{Level: "INFO"}, true
}

// write puts a file into a folder of the test.
func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// issuer signs tokens.
type issuer struct {
	key  *ecdsa.PrivateKey
	keys string // file
}

func newIssuer(t *testing.T) *issuer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: &key.PublicKey, KeyID: "k"}}})
	if err != nil {
		t.Fatal(err)
	}
	return &issuer{key, write(t, "jwks.json", string(text))}
}

func (i *issuer) props() map[string]string {
	return map[string]string{oidcPrefix + "issuer": "https://idp", oidcPrefix + "audience": "moldau", oidcPrefix + "jwks.file": i.keys}
}

// token is an Authorization header.
func (i *issuer) token(t *testing.T, name, audience string, groups ...string) string {
	t.Helper()
	return i.tokenOf(t, "https://idp", name, audience, groups...)
}

func (i *issuer) tokenOf(t *testing.T, issuer, name, audience string, groups ...string) string {
	t.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: i.key, KeyID: "k"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal(map[string]any{"iss": issuer, "aud": audience, "sub": name, "groups": groups, "exp": time.Now().Add(time.Hour).Unix()})
	if err != nil {
		t.Fatal(err)
	}
	signed, err := signer.Sign(raw)
	if err != nil {
		t.Fatal(err)
	}
	text, err := signed.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return "Bearer " + text
}

func basic(user, password string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password))
}

// seen is what a client sees.
type seen struct {
	status     int
	challenges []string
	body       string
	headers    http.Header
}

func sendAs(t *testing.T, client http.RoundTripper, method, url, authorization, body string) seen {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", jsonType)
	}
	if authorization != "" {
		req.Header.Set("Authorization", authorization)
	}
	if client == nil {
		client = &http.Transport{DisableKeepAlives: true}
	}
	res, err := client.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return seen{res.StatusCode, res.Header.Values("WWW-Authenticate"), string(text), res.Header}
}

func TestLogins(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	s, out := newServer(t, and(i.props(), usersFile, write(t, "users", "ann=secret\n")), nil)
	s.RegisterResources(newOwner())
	const challengeBasic, challengeBearer = `Basic realm="Moldau", charset="UTF-8"`, `Bearer realm="Moldau"`
	for name, c := range map[string]struct {
		authorization, path, want string
		bearer                    string
	}{
		"nothing":              {"", "/connectors", loginNeeded, challengeBearer},
		"unknown path":         {"", "/nowhere", loginNeeded, challengeBearer},
		"wrong password":       {basic("ann", "Secret"), "/connectors", "The user or the password is wrong.", challengeBearer},
		"unknown user":         {basic("bob", "secret"), "/connectors", "The user or the password is wrong.", challengeBearer},
		"no user":              {basic("", "secret"), "/connectors", "The user or the password is wrong.", challengeBearer},
		"bad Base64":           {"Basic !!!", "/connectors", "The user or the password is wrong.", challengeBearer},
		"another scheme":       {"Digest x", "/connectors", "The scheme of the Authorization header is not accepted here.", challengeBearer},
		"scheme only":          {"Bearer", "/connectors", "The bearer token is not accepted: the token is malformed.", challengeBearer + `, error="invalid_token", error_description="the token is malformed"`},
		"for another audience": {i.token(t, "ann", "shop"), "/connectors", "The bearer token is not accepted: the token is for another audience.", challengeBearer + `, error="invalid_token", error_description="the token is for another audience"`},
		"user":                 {basic("ann", "secret"), "/connectors", "", ""},
		"lower case":           {strings.Replace(basic("ann", "secret"), "Basic", "basic", 1), "/connectors", "", ""},
		"token":                {i.token(t, "x", "moldau"), "/connectors", "", ""},
	} {
		got := sendAs(t, nil, http.MethodGet, s.URLs()[0]+c.path, c.authorization, "")
		if c.want == "" {
			if got.status != http.StatusOK || got.challenges != nil {
				t.Errorf("%s: got %v", name, got)
			}
			continue
		}
		want := seen{status: 401, challenges: []string{c.bearer, challengeBasic}, body: `{"error_code":401,"message":"` + c.want + `"}`, headers: got.headers}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(seen{})); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	for _, secret := range []string{"secret", "Secret", base64.StdEncoding.EncodeToString([]byte("ann:secret")), i.token(t, "x", "moldau")[7:40]} {
		if strings.Contains(out.String(), secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
	if got := ask(t, http.MethodGet, s.URLs()[0]+"/connectors", "", "Authorization", basic("ann", "secret"), "Authorization", "Basic x"); !strings.HasPrefix(got, "401 ") {
		t.Errorf("two headers: got %s", got)
	}
}

const testRoles = `
roles:
  orders: [{connectors: ["orders-*"], verbs: [edit, operate, offsets]}]
  reader: [{connectors: ["*"], verbs: [view]}]
  admin: [{verbs: [admin]}]
bindings:
  - {role: orders, users: [ann]}
  - {role: reader, users: [rob], groups: [staff]}
  - {role: admin, users: [root]}
`

func TestRolesDecide(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	file := write(t, "roles.yaml", testRoles)
	s, out := newServer(t, and(i.props(), usersFile, write(t, "users", "ann=a\nrob=r\nroot=x\nnew=n\n"), rolesFile, file),
		func(c *Config) {
			c.Metrics = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "metrics") })
		})
	s.RegisterResources(newOwner())
	ann, rob, root, staff := basic("ann", "a"), basic("rob", "r"), basic("root", "x"), i.token(t, "t", "moldau", "staff")
	lacks := func(text string) string { return problem(403, strings.ReplaceAll(text, `"`, `\"`)) }
	check := func(who, method, path, body, want string) {
		t.Helper()
		if got := ask(t, method, s.URLs()[0]+path, body, "Authorization", who); !strings.HasPrefix(got, want) {
			t.Errorf("%s %s: got %s, want %s", method, path, got, want)
		}
	}
	check(ann, "GET", "/connectors", "", `200 ["orders-a"]`)
	check(ann, "GET", "/connectors?expand=info", "", `200 {"orders-a":{`)
	check(rob, "GET", "/connectors", "", `200 ["orders-a","stock"]`)
	check(staff, "GET", "/connectors", "", `200 ["orders-a","stock"]`)
	check(root, "GET", "/connectors", "", `200 []`)
	check(basic("new", "n"), "GET", "/connectors?expand=status", "", `200 {}`)
	check(ann, "GET", "/connectors/stock", "", lacks(`ann lacks the verb view for the connector "stock"`))
	check(ann, "GET", "/connectors/stock/config", "", "403 ")
	check(ann, "GET", "/connectors/none/config", "", "403 ") // what is there and what is not looks the same
	check(rob, "GET", "/connectors/none/config", "", "404 ")
	check(ann, "PUT", "/connectors/orders-b/config", "{}", "201 ")
	check(ann, "PUT", "/connectors/stock/config", "{}", lacks(`ann lacks the verb edit for the connector "stock"`))
	check(rob, "PUT", "/connectors/orders-a/config", "{}", lacks(`rob lacks the verb edit for the connector "orders-a"`))
	check(ann, "POST", "/connectors", `{"name":"orders-b","config":{}}`, "201 ")
	check(ann, "POST", "/connectors", `{"name":" orders-b ","config":{}}`, "201 ")
	check(ann, "POST", "/connectors", `{"name":"stock","config":{}}`, lacks(`ann lacks the verb edit for the connector "stock"`))
	check(ann, "POST", "/connectors", `{"name":"orders-b","config":{"name":"stock"}}`, "400 ")
	check(rob, "POST", "/connectors", `{"name":"stock","config":{}}`, lacks(`rob lacks the verb edit for any connector`))
	check(ann, "DELETE", "/connectors/stock", "", "403 ")
	check(ann, "DELETE", "/connectors/orders-a", "", "204")
	check(rob, "DELETE", "/connectors/orders-a/offsets", "", lacks(`rob lacks the verb offsets for the connector "orders-a"`))
	check(ann, "DELETE", "/connectors/orders-a/offsets", "", "200 ")
	check(rob, "PUT", "/connectors/orders-a/stop", "", lacks(`rob lacks the verb operate for the connector "orders-a"`))
	check(ann, "PUT", "/connectors/orders-a/stop", "", "204")
	check(ann, "PUT", "/connectors/orders-a%3Bx/stop", "", "204") // a semicolon that is part of the name
	check(ann, "PUT", "/connectors/stock;orders-a/stop", "", "403 ")
	check(ann, "PUT", "/connector-plugins/X/config/validate", `{"name":"orders-a"}`, "200 ")
	check(ann, "PUT", "/connector-plugins/X/config/validate", `{"name":"stock"}`, "403 ")
	check(ann, "PUT", "/connector-plugins/X/config/validate", `{}`, "200 ")
	check(rob, "PUT", "/connector-plugins/X/config/validate", `{}`, "403 ")
	check(ann, "GET", "/admin/loggers/root", "", lacks(`ann lacks the verb admin`))
	check(root, "GET", "/admin/loggers/root", "", "200 ")
	check(ann, "GET", "/metrics", "", lacks(`ann lacks the verb view of all connectors`))
	check(rob, "GET", "/metrics", "", "200 metrics")
	check(ann, "OPTIONS", "/connectors", "", "200 ")
	check(ann, "GET", "/nowhere", "", "404 ")
	check(ann, "PUT", "/connectors/orders-a/fence", "", "403 ")
	check(ann, "POST", "/connectors/orders-a/tasks", "[]", "403 ")
	check("", "POST", "/connectors/orders-a/tasks", "[]", "401 ")
	check("", "PUT", "/connectors/orders-a/fence", "", "401 ")

	change := func(text string) {
		t.Helper()
		// As tools do that change a file at once.
		if err := os.WriteFile(file+".new", []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(file+".new", file); err != nil {
			t.Fatal(err)
		}
	}
	change(strings.Replace(testRoles, "users: [rob]", "users: [rob, new]", 1))
	check(basic("new", "n"), "GET", "/connectors", "", `200 ["orders-a","stock"]`)
	change("roles: [")
	check(basic("new", "n"), "GET", "/connectors", "", `200 ["orders-a","stock"]`)
	check(ann, "DELETE", "/connectors/stock", "", "403 ")
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	check(ann, "DELETE", "/connectors/stock", "", "403 ")
	change(testRoles)
	check(basic("new", "n"), "GET", "/connectors", "", `200 []`)
	if log := out.String(); strings.Count(log, "ERROR moldau.rest.roles.file: the changed file is not used, its former content stays in use: ") != 2 {
		t.Errorf("the log: %s", log)
	}
}

func TestNobodyNeedsToLogIn(t *testing.T) {
	t.Parallel()
	s, _ := newServer(t, map[string]string{rolesFile: write(t, "roles.json",
		`{"roles":{"r":[{"connectors":["*"],"verbs":["view"]}]},"bindings":[{"role":"r","anyone":true}]}`)}, nil)
	s.RegisterResources(newOwner())
	if got := ask(t, "GET", s.URLs()[0]+"/connectors", ""); got != `200 ["orders-a","stock"]` {
		t.Error(got)
	}
	if got := ask(t, "DELETE", s.URLs()[0]+"/connectors/stock", ""); got != problem(403, `anonymous lacks the verb edit for the connector \"stock\"`) {
		t.Error(got)
	}
}

// TestJavasUsersHaveRoles: the users of Java's extension, too.
func TestJavasUsersHaveRoles(t *testing.T) {
	t.Parallel()
	for users, want := range map[string]string{"ann=a\n": "", "# nobody\n": "any name and password would pass"} {
		jaas, err := kafka.ParseJAASFile(`KafkaConnect { org.apache.kafka.connect.rest.basic.auth.extension.PropertyFileLoginModule required file="`+
			write(t, "users", users)+`"; };`, func(string) (string, bool) { return "", false })
		if err != nil {
			t.Fatal(err)
		}
		pairs := map[string]string{"rest.extension.classes": basicAuthExtension, rolesFile: write(t, "roles", testRoles)}
		if want != "" {
			if _, err := New(Config{Values: values(t, pairs), JAAS: jaas}); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("got %v, want %s", err, want)
			}
			continue
		}
		s, _ := newServer(t, pairs, func(c *Config) { c.JAAS = jaas })
		s.RegisterResources(newOwner())
		if got := ask(t, "GET", s.URLs()[0]+"/connectors", "", "Authorization", basic("ann", "a")); got != `200 ["orders-a"]` {
			t.Error(got)
		}
		if got := ask(t, "GET", s.URLs()[0]+"/nowhere", "", "Authorization", basic("ann", "b")); !strings.HasPrefix(got, "401 ") {
			t.Error(got)
		}
	}
}

func TestGateConfigurations(t *testing.T) {
	t.Parallel()
	for want, pairs := range map[string]map[string]string{
		"configuration moldau.rest.roles.file: open ": {rolesFile: "/nowhere/roles"},
		"no role \"x\"": {rolesFile: write(t, "roles", "roles: {}\nbindings: [{role: x, anyone: true}]")},
		"configuration moldau.rest.users.file: open ":                                  {usersFile: "/nowhere/users"},
		"configuration moldau.rest.certificate.login: it needs an https listener with": {certificateLogin: "true"},
		"configuration moldau.rest.oidc.audience: is needed":                           {oidcPrefix + "issuer": "https://idp"},
		"moldau.rest.oidc.ssl.truststore.location":                                     {oidcPrefix + "issuer": "https://idp", oidcPrefix + "audience": "a", oidcPrefix + "ssl.truststore.location": "/nowhere/trust.jks"},
	} {
		if _, err := New(Config{Values: values(t, pairs)}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

// TestUsersOfTheExtensionThatAreNone: Java's login module takes any password then, which must be no way around another login.
func TestUsersOfTheExtensionThatAreNone(t *testing.T) {
	t.Parallel()
	jaas, err := kafka.ParseJAASFile(`KafkaConnect { org.apache.kafka.connect.rest.basic.auth.extension.PropertyFileLoginModule required file="`+write(t, "users", "")+`"; };`,
		func(string) (string, bool) { return "", false })
	if err != nil {
		t.Fatal(err)
	}
	extension := map[string]string{"rest.extension.classes": basicAuthExtension}
	a := newAuthority(t)
	for name, pairs := range map[string]map[string]string{
		"tokens":       newIssuer(t).props(),
		"certificates": and(a.keys(t, "", "127.0.0.1", a), "listeners", "https://127.0.0.1:0", "ssl.client.auth", "requested", certificateLogin, "true"),
		"roles":        {rolesFile: write(t, "roles", testRoles)},
	} {
		s, err := New(Config{Values: values(t, and(pairs, pairsOf(extension)...)), JAAS: jaas, Logger: slog.New(slog.DiscardHandler)})
		if err == nil {
			s.gate.close()
		}
		if err == nil || !strings.Contains(err.Error(), "configuration rest.extension.classes: the users") {
			t.Errorf("%s: got %v", name, err)
		}
	}
	s, _ := newServer(t, extension, func(c *Config) { c.JAAS = jaas })
	s.RegisterResources(newOwner())
	if got := sendAs(t, nil, "GET", s.URLs()[0]+"/connectors", basic("a", "b"), ""); got.status != 200 {
		t.Errorf("as in Java: %v", got)
	}
}
