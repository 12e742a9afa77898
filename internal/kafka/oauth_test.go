package kafka

import (
	"context"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

const oauthModule = oauthPackage + "OAuthBearerLoginModule required"

// loginOf returns what a mechanism is built from.
func loginOf(t *testing.T, mechanism, jaas string, system map[string]string, pairs ...string) Login {
	t.Helper()
	props := with(map[string]string{"bootstrap.servers": "b:1", "security.protocol": "SASL_SSL", "sasl.mechanism": mechanism}, pairs...)
	config, err := ParseConfig(AdminClient, props)
	if err != nil {
		t.Fatal(err)
	}
	modules, err := ParseJAASConfig(jaas)
	if err != nil {
		t.Fatal(err)
	}
	return Login{Mechanism: mechanism, Module: modules[0], logins: &logins{}, system: system, warn: func(string, string) {}, Property: func(name string) string {
		switch v := config.value(name).(type) {
		case nil:
			return ""
		case []string:
			return strings.Join(v, ",")
		default:
			return show(v)
		}
	}}
}

func fileOf(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func jwt(claims map[string]any) string {
	payload, _ := json.Marshal(claims)
	encode := base64.RawURLEncoding.EncodeToString
	return encode([]byte(`{"alg":"RS256"}`)) + "." + encode(payload) + ".c2ln"
}

// What is wrong in the configuration is said when the client is made, with the key.
func TestOAuthConfigurations(t *testing.T) {
	t.Parallel()
	const endpoint = "https://idp/token"
	system := map[string]string{"org.apache.kafka.sasl.oauthbearer.allowed.urls": endpoint + ", ftp://x, file:/no/such, " + "file:/", "org.apache.kafka.sasl.oauthbearer.allowed.files": ""}
	key := fileOf(t, "key", "no key")
	allowedKey := with(system, "org.apache.kafka.sasl.oauthbearer.allowed.files", key)
	secured := []string{"sasl.login.callback.handler.class", oauthHandler}
	at := func(url string, more ...string) []string {
		return append(append([]string{tokenEndpoint, url}, secured...), more...)
	}
	for name, c := range map[string]struct {
		jaas   string
		system map[string]string
		props  []string
		key    string
		want   string
	}{
		"other module":       {"a.B required;", nil, nil, "sasl.jaas.config", "No LoginModule found for a.B: mechanism OAUTHBEARER takes "},
		"unsecured, nobody":  {oauthModule + ";", nil, nil, "sasl.jaas.config", "unsecured tokens need the option unsecuredLoginStringClaim_sub"},
		"handler forgotten":  {oauthModule + ";", nil, []string{tokenEndpoint, endpoint}, "sasl.jaas.config", "set sasl.login.callback.handler.class=" + oauthHandler},
		"unsecured iat":      {oauthModule + ` unsecuredLoginStringClaim_sub="a" unsecuredLoginNumberClaim_iat="1";`, nil, nil, "sasl.jaas.config", "Cannot explicitly set the 'iat' claim"},
		"unsecured number":   {oauthModule + ` unsecuredLoginStringClaim_sub="a" unsecuredLoginNumberClaim_n="x";`, nil, nil, "sasl.jaas.config", "unsecuredLoginNumberClaim_n is no number: x"},
		"unsecured lifetime": {oauthModule + ` unsecuredLoginStringClaim_sub="a" unsecuredLoginLifetimeSeconds="x";`, nil, nil, "sasl.jaas.config", "unsecuredLoginLifetimeSeconds is no number: x"},
		"extension name":     {oauthModule + ` unsecuredLoginStringClaim_sub="a" unsecuredLoginExtension_auth="x";`, nil, nil, "sasl.jaas.config", "Extension name auth is invalid"},
		"extension value":    {oauthModule + ` unsecuredLoginStringClaim_sub="a" unsecuredLoginExtension_x="";`, nil, nil, "sasl.jaas.config", "Extension value for extension x is invalid"},
		"no endpoint":        {oauthModule + ";", nil, secured, tokenEndpoint, "The OAuth configuration option sasl.oauthbearer.token.endpoint.url value is required"},
		"not allowed": {oauthModule + ";", nil, at(endpoint), tokenEndpoint, "Invalid value https://idp/token for configuration sasl.oauthbearer.token.endpoint.url: " +
			"The URL cannot be accessed due to restrictions. Update the system property 'org.apache.kafka.sasl.oauthbearer.allowed.urls' to allow the URL to be accessed."},
		"no protocol": {oauthModule + ";", system, at("idp/token"), tokenEndpoint, "contains a URL (idp/token) that is malformed: no protocol: idp/token"},
		"ftp":         {oauthModule + ";", system, at("ftp://x"), tokenEndpoint, `contains an invalid protocol (ftp); only "http", "https", and "file" protocol are supported`},
		"no file":     {oauthModule + ";", system, at("file:/no/such"), tokenEndpoint, "contains a file (/no/such) that doesn't exist"},
		"a directory": {oauthModule + ";", system, at("file:/"), tokenEndpoint, "references a directory (/), not a file"},
		"no client":   {oauthModule + ";", system, at(endpoint), "sasl.oauthbearer.client.credentials.client.id", "sasl.oauthbearer.client.credentials.client.id value is required (or the option clientId"},
		"no secret":   {oauthModule + ` clientId="a";`, system, at(endpoint), "sasl.oauthbearer.client.credentials.client.secret", "sasl.oauthbearer.client.credentials.client.secret value is required"},
		"retriever":   {oauthModule + ` clientId="a" clientSecret="hunter2";`, system, at(endpoint, "sasl.oauthbearer.jwt.retriever.class", "a.B"), "sasl.oauthbearer.jwt.retriever.class", "a.B is a Java class"},
		"validator":   {oauthModule + ` clientId="a" clientSecret="hunter2";`, system, at(endpoint, "sasl.oauthbearer.jwt.validator.class", oauthPackage+"BrokerJwtValidator"), "sasl.oauthbearer.jwt.validator.class", "is a Java class"},
		"no key": {oauthModule + ";", system, at(endpoint, "sasl.oauthbearer.jwt.retriever.class", oauthPackage+"JwtBearerJwtRetriever"), "sasl.oauthbearer.assertion.private.key.file",
			"The OAuth configuration option sasl.oauthbearer.assertion.private.key.file value is required"},
		"key not allowed": {oauthModule + ";", system, at(endpoint, "sasl.oauthbearer.assertion.private.key.file", key, "sasl.oauthbearer.assertion.claim.iss", "i"), "sasl.oauthbearer.assertion.private.key.file",
			"The file cannot be accessed due to restrictions."},
		"damaged key": {oauthModule + ";", allowedKey, at(endpoint, "sasl.oauthbearer.assertion.private.key.file", key, "sasl.oauthbearer.assertion.claim.iss", "i"), "sasl.oauthbearer.assertion.private.key.file",
			"(sasl.oauthbearer.assertion.private.key.file): it is neither PEM nor base64"},
		"endpoint's truststore": {oauthModule + ` clientId="a" clientSecret="hunter2" ssl.truststore.location="/no/such" ssl.truststore.password="pw";`, system, at(endpoint), "", "options of the login module: Failed to load SSL truststore /no/such"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := oauthLogin(loginOf(t, "OAUTHBEARER", c.jaas, c.system, c.props...))
			var e *ConfigError
			if err == nil || !strings.Contains(err.Error(), c.want) || c.key != "" && (!errors.As(err, &e) || e.Key != c.key) {
				t.Errorf("%v (%+v)\nwant %s", err, e, c.want)
			}
			if err != nil && strings.Contains(err.Error(), "hunter2") {
				t.Errorf("the secret is in: %v", err)
			}
		})
	}
}

// endpoint answers token requests and remembers the last.
func endpoint(t *testing.T, answer func(n int64, w http.ResponseWriter, r *http.Request)) (string, *atomic.Int64) {
	t.Helper()
	var asked atomic.Int64
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer(asked.Add(1), w, r)
	}))
	t.Cleanup(s.Close)
	return s.URL + "/token", &asked
}

func retriever(t *testing.T, url, jaas string, more ...string) func(context.Context) (string, error) {
	t.Helper()
	l := loginOf(t, "OAUTHBEARER", jaas, map[string]string{"org.apache.kafka.sasl.oauthbearer.allowed.urls": url},
		append([]string{tokenEndpoint, url, "sasl.login.callback.handler.class", oauthHandler, "sasl.login.retry.backoff.ms", "1", "sasl.login.retry.backoff.max.ms", "30000"}, more...)...)
	fetch, err := newTokenRetriever(l)
	if err != nil {
		t.Fatal(err)
	}
	return fetch
}

func TestTokenEndpoint(t *testing.T) {
	t.Parallel()
	const jaas = oauthModule + ` clientId="the client" clientSecret="s3:cret" scope="a b";`
	t.Run("credentials, after two failures", func(t *testing.T) {
		t.Parallel()
		url, asked := endpoint(t, func(n int64, w http.ResponseWriter, r *http.Request) {
			id, secret, _ := r.BasicAuth()
			if r.Method != http.MethodPost || id != "the client" || secret != "s3:cret" || r.PostFormValue("grant_type") != "client_credentials" || r.PostFormValue("scope") != "a b" {
				w.WriteHeader(http.StatusBadRequest)
			} else if n < 3 {
				w.WriteHeader(http.StatusServiceUnavailable)
			} else {
				fmt.Fprint(w, `{"access_token":" the.token.x ","expires_in":3600}`)
			}
		})
		if token, err := retriever(t, url, jaas)(t.Context()); err != nil || token != "the.token.x" || asked.Load() != 3 {
			t.Errorf("%q, %v after %d requests", token, err, asked.Load())
		}
	})
	t.Run("properties win, and are encoded", func(t *testing.T) {
		t.Parallel()
		url, _ := endpoint(t, func(_ int64, w http.ResponseWriter, r *http.Request) {
			if id, secret, _ := r.BasicAuth(); id == "i+d" && secret == "s%2F" {
				fmt.Fprint(w, `{"id_token":"t"}`)
			}
		})
		token, err := retriever(t, url, jaas, "sasl.oauthbearer.client.credentials.client.id", "i d", "sasl.oauthbearer.client.credentials.client.secret", "s/",
			"sasl.oauthbearer.header.urlencode", "true")(t.Context())
		if err != nil || token != "t" {
			t.Errorf("%q, %v", token, err)
		}
	})
	for name, c := range map[string]struct {
		code int
		body string
		want string
	}{
		"refused":  {401, `{"error":"invalid_client","error_description":"no"}`, `The response code 401 and error response {"invalid_client" - "no"} was encountered reading the token endpoint response; will not attempt further retries`},
		"okta":     {403, `{"errorCode":"E1","errorSummary":"s"}`, `{"E1" - "s"}`},
		"text":     {400, "go away", "{go away}"},
		"redirect": {302, "", "The response code 302 "},
		"no token": {200, `{"token":"s3cret"}`, "The token endpoint response did not contain a valid JWT"},
		"no JSON":  {200, "s3cret", "The token endpoint response is no JSON object"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url, asked := endpoint(t, func(_ int64, w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(c.code)
				fmt.Fprint(w, c.body)
			})
			_, err := retriever(t, url, jaas)(t.Context())
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), tokenEndpoint) || strings.Contains(err.Error(), "cret") || asked.Load() != 1 {
				t.Errorf("%v after %d requests", err, asked.Load())
			}
		})
	}
	t.Run("client goes", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancel(t.Context())
		url, _ := endpoint(t, func(_ int64, w http.ResponseWriter, _ *http.Request) {
			cancel()
			w.WriteHeader(http.StatusBadGateway)
		})
		if _, err := retriever(t, url, jaas)(ctx); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
}

func TestAssertions(t *testing.T) {
	t.Parallel()
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	ecKey := newAuthority(t).key
	der, err := x509.MarshalPKCS8PrivateKey(rsaKey)
	if err != nil {
		t.Fatal(err)
	}
	bare := fileOf(t, "rsa", base64.StdEncoding.EncodeToString(der)) // as Java wants it in early releases
	pemKey := fileOf(t, "ec", keyPEM(t, ecKey))
	template := fileOf(t, "template", `{"header":{"kid":"k1"},"payload":{"sub":"from-file","list":[1,2]}}`)
	file := fileOf(t, "assertion", "ready.made.assertion\n")
	system := func(url string) map[string]string {
		return map[string]string{"org.apache.kafka.sasl.oauthbearer.allowed.urls": url, "org.apache.kafka.sasl.oauthbearer.allowed.files": strings.Join([]string{bare, pemKey, template, file}, ",")}
	}
	verify := func(t *testing.T, assertion, algorithm string) map[string]any {
		t.Helper()
		parts := strings.Split(assertion, ".")
		if len(parts) != 3 {
			t.Fatalf("%q", assertion)
		}
		signature, err := base64.RawURLEncoding.DecodeString(parts[2])
		if err != nil {
			t.Fatal(err)
		}
		digest := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
		if algorithm == "RS256" {
			if err := rsa.VerifyPKCS1v15(&rsaKey.PublicKey, 5 /* crypto.SHA256 */, digest[:], signature); err != nil {
				t.Error(err)
			}
		} else if !ecdsa.Verify(&ecKey.PublicKey, digest[:], new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])) {
			t.Error("the signature is wrong")
		}
		var header map[string]any
		text, _ := base64.RawURLEncoding.DecodeString(parts[0])
		if json.Unmarshal(text, &header) != nil || header["alg"] != algorithm || header["typ"] != "JWT" {
			t.Errorf("header %s", text)
		}
		claims, err := jwtClaims(assertion)
		if err != nil {
			t.Fatal(err)
		}
		return claims
	}
	const a = "sasl.oauthbearer.assertion."
	for name, c := range map[string]struct {
		retriever string
		props     []string
		check     func(t *testing.T, form url.Values)
	}{
		"jwt-bearer RS256": {"JwtBearerJwtRetriever", []string{a + "private.key.file", bare, a + "claim.iss", "me", a + "claim.aud", "idp", a + "claim.exp.seconds", "60", a + "claim.jti.include", "true", "sasl.oauthbearer.scope", "x"}, func(t *testing.T, form url.Values) {
			claims := verify(t, form.Get("assertion"), "RS256")
			if form.Get("grant_type") != "urn:ietf:params:oauth:grant-type:jwt-bearer" || form.Get("scope") != "x" || claims["iss"] != "me" || claims["aud"] != "idp" || claims["jti"] == nil ||
				claims["exp"].(float64)-claims["iat"].(float64) != 60 || claims["iat"].(float64)-claims["nbf"].(float64) != 60 {
				t.Errorf("%v %v", form, claims)
			}
		}},
		"jwt-bearer ES256, template": {"JwtBearerJwtRetriever", []string{a + "private.key.file", pemKey, a + "algorithm", "ES256", a + "template.file", template, a + "claim.sub", "from-property"}, func(t *testing.T, form url.Values) {
			if claims := verify(t, form.Get("assertion"), "ES256"); claims["sub"] != "from-file" || claims["list"] == nil {
				t.Errorf("%v", claims)
			}
		}},
		"jwt-bearer, file": {"JwtBearerJwtRetriever", []string{a + "file", file}, func(t *testing.T, form url.Values) {
			if form.Get("assertion") != "ready.made.assertion" {
				t.Errorf("%v", form)
			}
		}},
		"client assertion": {"DefaultJwtRetriever", []string{a + "file", file, "sasl.oauthbearer.client.credentials.client.id", "id"}, func(t *testing.T, form url.Values) {
			if form.Get("grant_type") != "client_credentials" || form.Get("client_assertion") != "ready.made.assertion" || form.Get("client_id") != "id" ||
				form.Get("client_assertion_type") != "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" {
				t.Errorf("%v", form)
			}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			forms := make(chan url.Values, 1)
			at, _ := endpoint(t, func(_ int64, w http.ResponseWriter, r *http.Request) {
				_ = r.ParseForm()
				forms <- r.PostForm
				fmt.Fprint(w, `{"access_token":"t"}`)
			})
			l := loginOf(t, "OAUTHBEARER", oauthModule+";", system(at), append([]string{tokenEndpoint, at, "sasl.oauthbearer.jwt.retriever.class", oauthPackage + c.retriever}, c.props...)...)
			fetch, err := newTokenRetriever(l)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := fetch(t.Context()); err != nil {
				t.Fatal(err)
			}
			c.check(t, <-forms)
		})
	}
	// Keys that cannot be used name the key that holds them.
	encrypted, err := os.ReadFile(stores + "aes256.key")
	if err != nil {
		t.Fatal(err)
	}
	locked := fileOf(t, "locked", string(encrypted))
	for _, c := range []struct {
		path, want string
		props      []string
	}{
		{locked, "the password of the private key is missing or wrong (" + a + "private.key.passphrase)", nil},
		{locked, "the password of the private key is missing or wrong (" + a + "private.key.passphrase)", []string{a + "private.key.passphrase", "no"}},
		{bare, "does not suit " + a + "algorithm=ES256", []string{a + "algorithm", "ES256"}},
	} {
		l := loginOf(t, "OAUTHBEARER", oauthModule+";", map[string]string{"org.apache.kafka.sasl.oauthbearer.allowed.files": c.path}, append([]string{a + "private.key.file", c.path}, c.props...)...)
		if _, err := newAssertion(l); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v\nwant %s", err, c.want)
		}
	}
	l := loginOf(t, "OAUTHBEARER", oauthModule+";", map[string]string{"org.apache.kafka.sasl.oauthbearer.allowed.files": locked}, a+"private.key.file", locked, a+"private.key.passphrase", "keypw", a+"algorithm", "ES256")
	if _, err := newAssertion(l); err != nil {
		t.Error(err)
	}
	if block, _ := pem.Decode(encrypted); block == nil {
		t.Error("the test's key is no PEM")
	}
}

func TestTokensAreChecked(t *testing.T) {
	t.Parallel()
	p := jwtParser{sub: "sub", scope: "scope"}
	future := time.Now().Add(time.Hour).Unix()
	for text, want := range map[string]string{
		"":      "Malformed JWT provided; expected three sections (header, payload, and signature)",
		"a.b":   "Malformed JWT provided",
		"a..c":  "Malformed JWT provided",
		"a.?.c": "its payload is no base64url",
		"a." + base64.RawURLEncoding.EncodeToString([]byte("[1]")) + ".c":                       "its payload is no JSON object",
		jwt(map[string]any{"sub": "a"}):                                                         "exp value must be non-null",
		jwt(map[string]any{"exp": future}):                                                      "sub value must be non-null, non-empty, and non-whitespace",
		jwt(map[string]any{"exp": future, "sub": " "}):                                          "sub value must be non-null, non-empty, and non-whitespace",
		jwt(map[string]any{"exp": "x", "sub": "a"}):                                             "exp value must be a number",
		jwt(map[string]any{"exp": -1, "sub": "a"}):                                              `exp value must be non-negative; value given was "-1000"`,
		jwt(map[string]any{"exp": future, "sub": "a", "scope": []string{"x", "x"}}):             "scope value must not contain duplicates - x already present",
		jwt(map[string]any{"exp": future, "sub": "a", "scope": ""}):                             "scope value must be non-null",
		jwt(map[string]any{"exp": future, "sub": "a", "iat": future, "scope": []string{"x y"}}): "",
	} {
		_, err := p.parse(text)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

// A token is kept, renewed before it expires, and an endpoint that refuses is not asked again and again.
func TestTokensAreRenewed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		asked := 0
		var failure error
		life := 1000 * time.Second
		s := &tokenSource{turn: newTurn(), now: time.Now, refresh: refreshWindow{factor: 0.8, jitter: 0, least: 60 * time.Second, buffer: 100 * time.Second},
			restraint: restraint{initial: 100 * time.Millisecond, limit: 10 * time.Second},
			fetch: func(context.Context) (string, error) {
				asked++
				return fmt.Sprint("token ", asked), failure
			},
			parse: func(text string) (*oauthToken, error) {
				return &oauthToken{text, time.Now(), time.Now().Add(life)}, nil
			}}
		want := func(token string, requests int) {
			t.Helper()
			got, err := s.token(t.Context())
			if got != token || (err == nil) != (token != "") || asked != requests {
				t.Errorf("%q, %v after %d requests; want %q after %d", got, err, asked, token, requests)
			}
		}
		want("token 1", 1)
		time.Sleep(799 * time.Second)
		want("token 1", 1)
		time.Sleep(2 * time.Second)
		want("token 2", 2)
		failure = errors.New("refused")
		time.Sleep(801 * time.Second)
		want("token 2", 3) // the old one serves on
		want("token 2", 3) // and is not asked for at once
		time.Sleep(15 * time.Second)
		want("token 2", 4)
		time.Sleep(200 * time.Second) // it expired
		want("", 5)
		for range 100 {
			want("", 5)
		}
		failure = nil
		time.Sleep(15 * time.Second)
		want("token 6", 6)
		life = 30 * time.Second // shorter than what the settings want
		time.Sleep(801 * time.Second)
		want("token 7", 7)
		time.Sleep(16 * time.Second)
		want("token 8", 8)
		life = -time.Second
		time.Sleep(31 * time.Second)
		want("", 9)
	})
}

// All clients with the same login share it.
func TestLoginsAreShared(t *testing.T) {
	t.Parallel()
	token := jwt(map[string]any{"sub": "a", "exp": time.Now().Add(time.Hour).Unix()})
	url, asked := endpoint(t, func(_ int64, w http.ResponseWriter, _ *http.Request) { fmt.Fprintf(w, `{"access_token":"%s"}`, token) })
	l := loginOf(t, "OAUTHBEARER", oauthModule+` clientId="a" clientSecret="b" extension_logicalCluster="lkc";`, map[string]string{"org.apache.kafka.sasl.oauthbearer.allowed.urls": url},
		tokenEndpoint, url, "sasl.login.callback.handler.class", oauthHandler3)
	for range 3 {
		m, err := oauthLogin(l)
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			_, first, err := m.Authenticate(t.Context(), "b:1")
			if err != nil || !strings.Contains(string(first), token) || !strings.Contains(string(first), "\x01logicalCluster=lkc\x01") {
				t.Fatalf("%q, %v", first, err)
			}
		}
		defer m.(interface{ Close() }).Close()
	}
	if asked.Load() != 1 || len(l.logins.shared) != 1 {
		t.Errorf("%d requests, %d logins", asked.Load(), len(l.logins.shared))
	}
}

func TestLeases(t *testing.T) {
	t.Parallel()
	var all logins
	built, closed := 0, 0
	make := func() *lease[*counted] {
		return &lease[*counted]{logins: &all, key: "k", build: func() *counted { built++; return &counted{&closed} }}
	}
	a, b, unused := make(), make(), make()
	for _, l := range []*lease[*counted]{a, b, a} {
		if _, err := l.get(); err != nil {
			t.Fatal(err)
		}
	}
	unused.Close()
	a.Close()
	a.Close()
	if closed != 0 {
		t.Error("closed while it is used")
	}
	b.Close()
	if built != 1 || closed != 1 || len(all.shared) != 0 {
		t.Errorf("built %d, closed %d", built, closed)
	}
	if _, err := b.get(); err == nil {
		t.Error("a closed lease gives a login")
	}
}

type counted struct{ closed *int }

func (c *counted) close() { *c.closed++ }
