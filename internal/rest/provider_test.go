package rest

import (
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// TestProvidersAreTrustedByTheirOwnKeys fetches keys from an issuer whose certificate moldau.rest.oidc.ssl vouches for, and by nothing else.
func TestProvidersAreTrustedByTheirOwnKeys(t *testing.T) {
	t.Parallel()
	a, other, i := newAuthority(t), newAuthority(t), newIssuer(t)
	keys, err := os.ReadFile(i.keys)
	if err != nil {
		t.Fatal(err)
	}
	cert, key := a.sign(t, &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "idp"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}})
	clients := x509.NewCertPool()
	clients.AddCert(a.cert)
	for name, c := range map[string]struct {
		ask   tls.ClientAuthType
		props map[string]string
		want  int
	}{
		"its authority":              {tls.NoClientCert, map[string]string{"ssl.truststore.type": "PEM", "ssl.truststore.location": write(t, "idp.pem", certPEM(a.cert))}, 200},
		"as text":                    {tls.NoClientCert, map[string]string{"ssl.truststore.type": "PEM", "ssl.truststore.certificates": certPEM(a.cert)}, 200},
		"another authority":          {tls.NoClientCert, map[string]string{"ssl.truststore.type": "PEM", "ssl.truststore.certificates": certPEM(other.cert)}, 503},
		"the system's authorities":   {tls.NoClientCert, nil, 503},
		"with a certificate of ours": {tls.RequireAndVerifyClientCert, a.keys(t, "", "127.0.0.1", a), 200},
		"without the certificate":    {tls.RequireAndVerifyClientCert, map[string]string{"ssl.truststore.type": "PEM", "ssl.truststore.certificates": certPEM(a.cert)}, 503},
	} {
		var asked atomic.Int32
		var idp *httptest.Server
		idp = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			asked.Add(1)
			if r.URL.Path != "/.well-known/openid-configuration" {
				_, _ = w.Write(keys)
				return
			}
			about, _ := json.Marshal(map[string]string{"issuer": idp.URL, "jwks_uri": idp.URL + "/keys"})
			_, _ = w.Write(about)
		}))
		idp.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug)
		idp.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{cert.Raw}, PrivateKey: key}}, ClientAuth: c.ask, ClientCAs: clients}
		idp.StartTLS()
		props := map[string]string{oidcPrefix + "issuer": idp.URL, oidcPrefix + "audience": "moldau"}
		for k, v := range c.props {
			props[oidcPrefix+k] = v
		}
		// The plain keys are of brokers and listeners, and say nothing of the provider.
		props["ssl.truststore.type"], props["ssl.truststore.certificates"] = "PEM", certPEM(a.cert)
		s, out := newServer(t, props, nil)
		s.RegisterResources(newOwner())
		got := sendAs(t, nil, http.MethodGet, s.URLs()[0]+"/connectors", i.tokenOf(t, idp.URL, "ann", "moldau"), "")
		if got.status != c.want || c.want == 200 && asked.Load() != 2 || c.want != 200 && (asked.Load() != 0 || got.headers.Get("Retry-After") == "") {
			t.Errorf("%s: got %v after %d requests; %s", name, got, asked.Load(), out)
		}
		if warned := strings.Contains(out.String(), "WARN The keys that tokens of the REST API are checked with cannot be had"); warned != (c.want != 200) {
			t.Errorf("%s: the log: %s", name, out)
		}
		idp.Close()
	}
}
