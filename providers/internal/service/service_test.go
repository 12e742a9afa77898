package service

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func TestRequests(t *testing.T) {
	t.Parallel()
	var calls atomic.Int32
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		calls.Add(1)
		switch r.URL.Path {
		case "/ok":
			_, _ = io.WriteString(w, `{"a":"b"}`)
		case "/busy":
			w.WriteHeader(http.StatusTooManyRequests)
			_, _ = io.WriteString(w, "a-secret")
		case "/plain":
			_, _ = io.WriteString(w, "a-secret")
		case "/down":
			http.Redirect(w, r, "http://127.0.0.1:1/x", http.StatusTemporaryRedirect)
		case "/round":
			http.Redirect(w, r, "/round", http.StatusTemporaryRedirect)
		case "/large":
			_, _ = w.Write(make([]byte, mostBytes+1))
		default:
			w.WriteHeader(http.StatusForbidden)
		}
	}))
	t.Cleanup(s.Close)
	get := func(ctx context.Context, c *Client, path string, out any) error {
		return c.JSON(ctx, func(ctx context.Context) (*http.Request, error) {
			return http.NewRequestWithContext(ctx, http.MethodGet, s.URL+path+"?password=a-secret", nil)
		}, out)
	}
	c := NewClient(Options{TLS: s.Client().Transport.(*http.Transport).TLSClientConfig, Attempts: 3, Wait: time.Millisecond, Direct: true})
	defer c.Close()
	for path, want := range map[string]struct {
		text  string
		calls int32
	}{
		"/ok":        {"", 1},
		"/busy":      {"/busy: HTTP status 429", 3},
		"/plain":     {"/plain: the answer is not the JSON that the service documents", 1},
		"/down":      {"refusing a redirect from https to http", 1},
		"/round":     {"more than 3 redirects", 3},
		"/large":     {"the answer is larger than", 1},
		"/forbidden": {"HTTP status 403", 1},
	} {
		calls.Store(0)
		var out map[string]string
		err := get(t.Context(), c, path, &out)
		if want.text == "" {
			if err != nil || out["a"] != "b" {
				t.Errorf("%s: got %v, %v", path, out, err)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), want.text) || strings.Contains(err.Error(), "a-secret") || calls.Load() < want.calls {
			t.Errorf("%s: got %v after %d calls", path, err, calls.Load())
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := get(ctx, c, "/busy", nil); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	strict := NewClient(Options{Attempts: 5, Wait: time.Hour, Direct: true})
	defer strict.Close()
	if err := get(t.Context(), strict, "/ok", nil); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("got %v", err)
	}
}

func TestTLSMistakes(t *testing.T) {
	t.Parallel()
	for want, settings := range map[string]TLS{
		"Cannot read the truststore /none":         {TrustStore: "/none"},
		"Cannot read the trusted certificates":     {TrustPEM: "/none"},
		"Cannot read the keystore /none.p12":       {KeyStore: "/none.p12", KeyStorePassword: "x"},
		"Cannot read the client certificate /none": {KeyPEM: "/none"},
	} {
		if _, err := settings.Config(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v", want, err)
		}
	}
	if c, err := (TLS{}).Config(); c != nil || err != nil {
		t.Errorf("got %v, %v", c, err)
	}
	if c, err := (TLS{SkipVerify: true}).Config(); err != nil || !c.InsecureSkipVerify {
		t.Errorf("got %v, %v", c, err)
	}
}

func TestFilesStayBelowTheirDirectory(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{"a": "/d/a", "a/b": "/d/a/b", "../a": "", "/a": "", "a/../../b": "", "": ""} {
		if got := FileIn("/d", name); got != want {
			t.Errorf("%s: got %q", name, got)
		}
	}
	if FileIn("", "a") != "" {
		t.Error("a file without a directory")
	}
}
