package registry_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/moldau/moldau/converters/internal/registry/registrytest"
)

// jwt returns a token with these claims and no signature worth its name.
func jwt(claims string) string {
	part := base64.RawURLEncoding.EncodeToString
	return part([]byte(`{"alg":"none"}`)) + "." + part([]byte(claims)) + "." + part([]byte("x"))
}

func lasting(d time.Duration) string {
	return jwt(fmt.Sprintf(`{"sub":"me","scope":["a","b"],"exp":%d}`, time.Now().Add(d).Unix()))
}

// authority answers requests for tokens.
type authority struct {
	*httptest.Server
	asked  atomic.Int32
	answer func(w http.ResponseWriter, r *http.Request, n int)
}

func newAuthority(t *testing.T, answer func(w http.ResponseWriter, r *http.Request, n int)) *authority {
	a := &authority{answer: answer}
	a.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { a.answer(w, r, int(a.asked.Add(1))) }))
	t.Cleanup(a.Close)
	return a
}

func give(w http.ResponseWriter, token string) { fmt.Fprintf(w, `{"access_token":%q}`, token) }

func TestOAuth(t *testing.T) {
	t.Parallel()
	token := lasting(time.Hour)
	var form, method, user, metadata string
	a := newAuthority(t, func(w http.ResponseWriter, r *http.Request, _ int) {
		id, secret, _ := r.BasicAuth()
		form, method, user, metadata = r.FormValue("grant_type")+" "+r.FormValue("scope"), r.Method, id+":"+secret, r.Header.Get("Metadata")
		give(w, token)
	})
	jaas := `org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required clientId="me" clientSecret='s"1' scope=a extension_identityPoolId="pool-2";`
	for name, x := range map[string]struct {
		props                  []string
		form, user, pool, meta string
	}{
		"OAUTHBEARER": {[]string{"bearer.auth.credentials.source", "OAUTHBEARER", "bearer.auth.issuer.endpoint.url", a.URL, "bearer.auth.client.id", "me",
			"bearer.auth.client.secret", "s:1", "bearer.auth.scope", "a b", "bearer.auth.identity.pool.id", "pool-1"}, "client_credentials a b", "me:s:1", "pool-1", ""},
		"inherited": {[]string{"bearer.auth.credentials.source", "SASL_OAUTHBEARER_INHERIT", "sasl.jaas.config", jaas, "sasl.oauthbearer.token.endpoint.url", a.URL},
			"client_credentials a", `me:s"1`, "pool-2", ""},
		"UAMI": {[]string{"bearer.auth.credentials.source", "UAMI", "bearer.auth.uami.endpoint.url", a.URL, "bearer.auth.uami.endpoint.query", "resource=x"},
			" ", ":", "", "true"},
	} {
		r := registrytest.New(t)
		var headers []string
		r.Intercept = func(_ http.ResponseWriter, r *http.Request) bool {
			headers = []string{r.Header.Get("Authorization"), r.Header.Get("target-sr-cluster"), r.Header.Get("Confluent-Identity-Pool-Id")}
			return false
		}
		before := a.asked.Load()
		c := newClient(t, append(x.props, "schema.registry.url", r.URL, "bearer.auth.logical.cluster", "lsrc-1")...)
		for _, subject := range []string{"a", "b"} {
			if _, err := c.Register(intSchema(subject), false); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
		if want := []string{"Bearer " + token, "lsrc-1", x.pool}; !slices.Equal(headers, want) {
			t.Errorf("%s: headers %q, want %q", name, headers, want)
		}
		if form != x.form || user != x.user || metadata != x.meta || (method == http.MethodGet) != (name == "UAMI") {
			t.Errorf("%s: asked with %s %q as %q, metadata %q", name, method, form, user, metadata)
		}
		if n := a.asked.Load() - before; n != 1 {
			t.Errorf("%s: asked for %d tokens", name, n)
		}
	}
}

func TestOAuthFailures(t *testing.T) {
	t.Parallel()
	var next func(w http.ResponseWriter, n int)
	a := newAuthority(t, func(w http.ResponseWriter, _ *http.Request, n int) { next(w, n) })
	r := registrytest.New(t)
	props := []string{"schema.registry.url", r.URL, "bearer.auth.credentials.source", "OAUTHBEARER", "bearer.auth.issuer.endpoint.url", a.URL,
		"bearer.auth.client.id", "me", "bearer.auth.client.secret", "sesame"}
	for want, answer := range map[string]func(w http.ResponseWriter, n int){
		`{"invalid_client" - "unknown"}`: func(w http.ResponseWriter, _ int) {
			w.WriteHeader(http.StatusUnauthorized)
			fmt.Fprint(w, `{"error":"invalid_client","error_description":"unknown"}`)
		},
		"did not contain an access_token": func(w http.ResponseWriter, n int) {
			if n > 1 {
				w.WriteHeader(http.StatusForbidden) // ends the attempts
			}
			fmt.Fprint(w, `{}`)
		},
		"Malformed JWT":               func(w http.ResponseWriter, _ int) { give(w, "opaque") },
		"exp value must be non-null":  func(w http.ResponseWriter, _ int) { give(w, jwt(`{"sub":"me"}`)) },
		"sub value must be non-null":  func(w http.ResponseWriter, _ int) { give(w, jwt(`{"exp":1}`)) },
		"sub value must be non-empty": func(w http.ResponseWriter, _ int) { give(w, jwt(`{"exp":1,"sub":""}`)) },
		"must not contain duplicates": func(w http.ResponseWriter, _ int) { give(w, jwt(`{"exp":1,"sub":"x","scope":["a"," a"]}`)) },
		"exp value must be non-neg":   func(w http.ResponseWriter, _ int) { give(w, jwt(`{"exp":-1,"sub":"x"}`)) },
	} {
		next = answer
		a.asked.Store(0)
		_, err := newClient(t, props...).Register(intSchema("a"), false)
		text := ""
		for e := err; e != nil; {
			text += e.Error() + "\n"
			u, ok := e.(interface{ Unwrap() error })
			if !ok {
				break
			}
			e = u.Unwrap()
		}
		if want == "did not contain an access_token" {
			want = "response code 403"
		}
		if !strings.Contains(text, want) || strings.Contains(text, "sesame") {
			t.Errorf("want %s, got %s", want, text)
		}
	}
	if len(r.Requests()) != 0 {
		t.Errorf("the registry was asked without a token: %q", r.Requests())
	}
	// What may pass is asked for again.
	next = func(w http.ResponseWriter, n int) {
		if n == 1 {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		give(w, lasting(time.Hour))
	}
	a.asked.Store(0)
	if _, err := newClient(t, props...).Register(intSchema("a"), false); err != nil || a.asked.Load() != 2 {
		t.Errorf("asked %d times: %v", a.asked.Load(), err)
	}
	// A token that is over is asked for anew.
	next = func(w http.ResponseWriter, _ int) { give(w, lasting(-time.Second)) }
	a.asked.Store(0)
	c := newClient(t, props...)
	for _, subject := range []string{"a", "b", "c"} {
		if _, err := c.Register(intSchema(subject), false); err != nil {
			t.Error(err)
		}
	}
	if n := a.asked.Load(); n != 3 {
		t.Errorf("asked for %d tokens", n)
	}
}
