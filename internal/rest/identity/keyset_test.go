package identity

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// TestKeysAreRotated drives a key set through a provider that comes up late, rotates, and goes away.
func TestKeysAreRotated(t *testing.T) {
	t.Parallel()
	first, second := newKeys(t), newKeys(t)
	one, two := first.published(t), []byte(strings.ReplaceAll(string(second.published(t)), `"kid":"`, `"kid":"new-`))
	synctest.Test(t, func(t *testing.T) {
		var asked int
		var answer []byte
		life, end := context.WithCancel(context.Background())
		set := &keySet{refresh: time.Hour, log: slog.New(slog.NewTextHandler(io.Discard, nil)), life: life, fetch: func(context.Context) ([]byte, error) {
			asked++
			if answer == nil {
				return nil, errors.New("the provider is away")
			}
			return answer, nil
		}}
		defer set.jobs.Wait()
		defer end()
		find := func(id string, want int, unavailable bool, calls int) {
			t.Helper()
			before := asked
			got, err := set.find(context.Background(), id, jose.ES256)
			synctest.Wait()
			if len(got) != want || IsUnavailable(err) != unavailable || asked-before != calls {
				t.Fatalf("%s: got %d keys, %v, after %d requests; want %d, unavailable %v, %d requests", id, len(got), err, asked-before, want, unavailable, calls)
			}
		}
		find("ec", 0, true, 1)
		find("ec", 0, true, 0) // the pause between attempts
		time.Sleep(firstPause)
		find("ec", 0, true, 1)
		time.Sleep(firstPause)
		find("ec", 0, true, 0) // which grows
		time.Sleep(longestPause)
		answer = one
		find("ec", 1, false, 1)
		find("ec", 1, false, 0)
		find("new-ec", 0, false, 0) // made up keys are asked for once in a while only
		time.Sleep(freshPause)
		find("new-ec", 0, false, 1)
		answer = two
		time.Sleep(freshPause)
		find("new-ec", 1, false, 1)
		find("ec", 0, false, 0)
		answer = nil
		time.Sleep(time.Hour)
		find("new-ec", 1, false, 1) // old keys stay in use, whatever the provider does
		find("new-ec", 1, false, 0)
		time.Sleep(longestUse)
		find("new-ec", 0, true, 1) // for a day
		answer = one
		time.Sleep(longestPause)
		find("ec", 1, false, 1)
	})
}

// TestDiscovery asks a provider over HTTP.
func TestDiscovery(t *testing.T) {
	t.Parallel()
	k := newKeys(t)
	published := k.published(t)
	var about atomic.Pointer[string]
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/realms/x/.well-known/openid-configuration":
			_, _ = io.WriteString(w, *about.Load())
		case "/keys":
			_, _ = w.Write(published)
		case "/moved":
			http.Redirect(w, r, "/keys", http.StatusFound)
		case "/away":
			http.Redirect(w, r, "http://idp.example.org/keys", http.StatusFound)
		case "/large":
			_, _ = w.Write(make([]byte, largestAnswer+1))
		default:
			http.NotFound(w, r)
		}
	}))
	defer server.Close()
	at := server.URL + "/realms/x"
	document := func(issuer, keys string) string { return `{"issuer":"` + issuer + `","jwks_uri":"` + keys + `"}` }
	for name, c := range map[string]struct{ document, direct, want string }{
		"discovered":          {document: document(at, server.URL+"/keys")},
		"redirect":            {document: document(at, server.URL+"/moved")},
		"direct":              {direct: server.URL + "/keys"},
		"redirect to http":    {direct: server.URL + "/away", want: "is not https"},
		"not found":           {direct: server.URL + "/none", want: "answers 404 Not Found"},
		"too much":            {direct: server.URL + "/large", want: "answers more than"},
		"of another issuer":   {document: document(server.URL, server.URL+"/keys"), want: "speaks for the issuer"},
		"keys over http":      {document: document(at, "http://idp.example.org/keys"), want: "is not https"},
		"no keys":             {document: `{"issuer":"` + at + `"}`, want: "is no URL"},
		"document that fails": {document: "<html>", want: "answers no JSON object"},
	} {
		if c.document != "" {
			about.Store(&c.document)
		}
		p := &provider{issuer: at, keys: c.direct, client: newClient(nil)}
		text, err := p.fetch(t.Context())
		switch {
		case c.want == "" && (err != nil || string(text) != string(published)):
			t.Errorf("%s: %v %s", name, err, text)
		case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%s: got %v, want %s", name, err, c.want)
		}
	}
	// The whole way, with tokens of the discovered issuer.
	good := document(at, server.URL+"/keys")
	about.Store(&good)
	cfg := config("")
	cfg.Issuer = at
	v, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	p, err := v.Verify(t.Context(), sign(t, jose.RS256, k.rsa, "rsa", claims(map[string]any{"iss": at})))
	if err != nil || p.Name != "ann" {
		t.Fatalf("got %v, %v", p, err)
	}
	cfg.KeysURL = "http://127.0.0.1:1/keys"
	away, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer away.Close()
	if _, err := away.Verify(t.Context(), sign(t, jose.RS256, k.rsa, "rsa", claims(nil))); !IsUnavailable(err) {
		t.Fatalf("got %v, want that tokens cannot be checked", err)
	}
}
