package servers

import (
	"crypto/subtle"
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"strings"
	"testing"
)

// Front says what a proxy in front of an HTTP server asks for.
type Front struct {
	// User and Password are asked for with basic authentication where User is set.
	User, Password string
	// Token is asked for as a bearer token where it is set.
	Token string
	// Headers must be there with these values.
	Headers map[string]string
	// Certs, where it is set, makes the proxy speak TLS with the server's certificate.
	Certs *Certs
	// ClientCertificate, with Certs, makes it ask for a certificate of the same authority.
	ClientCertificate bool
}

// Front starts a proxy in front of the registry, which ends with the test, and returns the value for schema.registry.url.
func (r *RegistryNode) Front(t testing.TB, f Front) string {
	t.Helper()
	target, err := url.Parse(r.url)
	if err != nil {
		t.Fatal(err)
	}
	return f.Start(t, &url.URL{Scheme: target.Scheme, Host: target.Host}) + target.Path
}

// Start starts a proxy in front of the server at target, which ends with the test, and returns its URL.
func (f Front) Start(t testing.TB, target *url.URL) string {
	t.Helper()
	transport := &http.Transport{}
	proxy := &httputil.ReverseProxy{Transport: transport, Rewrite: func(p *httputil.ProxyRequest) {
		p.SetURL(target)
		p.Out.Header.Del("Authorization")
	}}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !f.admits(r) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = w.Write([]byte(`{"error_code":401,"message":"Unauthorized"}`)) // the client may be gone
			return
		}
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(func() {
		server.Close()
		transport.CloseIdleConnections()
	})
	if f.Certs == nil {
		server.Start()
		return server.URL
	}
	pair, err := tls.LoadX509KeyPair(f.Certs.Server, f.Certs.ServerKey)
	if err != nil {
		t.Fatal(err)
	}
	server.TLS = &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}
	if f.ClientCertificate {
		authority, err := os.ReadFile(f.Certs.CA)
		if err != nil {
			t.Fatal(err)
		}
		server.TLS.ClientCAs, server.TLS.ClientAuth = x509.NewCertPool(), tls.RequireAndVerifyClientCert
		server.TLS.ClientCAs.AppendCertsFromPEM(authority)
	}
	server.StartTLS()
	return server.URL
}

// admits reports whether a request has what the proxy asks for.
func (f Front) admits(r *http.Request) bool {
	for name, value := range f.Headers {
		if r.Header.Get(name) != value {
			return false
		}
	}
	if f.User != "" {
		user, password, _ := r.BasicAuth()
		return user == f.User && password == f.Password
	}
	if f.Token == "" {
		return true
	}
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	return ok && subtle.ConstantTimeCompare([]byte(token), []byte(f.Token)) == 1
}
