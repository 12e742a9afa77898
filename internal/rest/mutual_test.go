package rest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"maps"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/moldau/moldau/internal/kafka"
)

// authority signs certificates for the workers of a test.
type authority struct {
	key  *ecdsa.PrivateKey
	cert *x509.Certificate
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test CA"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageCertSign}
	a.cert, a.key = a.sign(t, template)
	return a
}

func (a *authority) sign(t *testing.T, template *x509.Certificate) (*x509.Certificate, *ecdsa.PrivateKey) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	parent, signer := a.cert, a.key
	if parent == nil {
		parent, signer = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert, key
}

func certPEM(c *x509.Certificate) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw}))
}

// keys returns the properties of a worker with a certificate for 127.0.0.1, or for another name, signed by a; it trusts what trusted signs.
func (a *authority) keys(t *testing.T, prefix, name string, trusted *authority) map[string]string {
	t.Helper()
	template := &x509.Certificate{SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: "worker"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}}
	if ip := net.ParseIP(name); ip != nil {
		template.IPAddresses = []net.IP{ip}
	} else {
		template.DNSNames = []string{name}
	}
	cert, key := a.sign(t, template)
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return map[string]string{
		prefix + "ssl.keystore.type":              "PEM",
		prefix + "ssl.keystore.key":               string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})),
		prefix + "ssl.keystore.certificate.chain": certPEM(cert),
		prefix + "ssl.truststore.type":            "PEM",
		prefix + "ssl.truststore.certificates":    certPEM(trusted.cert),
	}
}

func and(props map[string]string, pairs ...string) map[string]string {
	out := maps.Clone(props)
	for i := 0; i < len(pairs); i += 2 {
		out[pairs[i]] = pairs[i+1]
	}
	return out
}

// TestMutualTLS forwards from a worker with plain HTTP to one that demands a certificate.
func TestMutualTLS(t *testing.T) {
	t.Parallel()
	const prefix, ip = "listeners.https.", "127.0.0.1"
	const handshake = ioFailed + "javax.net.ssl.SSLHandshakeException: "
	a, other := newAuthority(t), newAuthority(t)
	leader := and(a.keys(t, prefix, ip, a), "listeners", "https://127.0.0.1:0", prefix+"ssl.client.auth", "required")
	elsewhere := and(a.keys(t, prefix, "elsewhere", a), "listeners", "https://127.0.0.1:0", prefix+"ssl.client.auth", "requested")
	for name, c := range map[string]struct {
		leader, follower map[string]string
		want             string
	}{
		"with a prefix":                 {leader, a.keys(t, prefix, "x", a), "204"},
		"without":                       {leader, a.keys(t, "", "x", a), "204"},
		"the prefix counts alone":       {leader, and(a.keys(t, "", "x", a), prefix+"ssl.protocol", "TLSv1.3"), handshake + "PKIX path building failed: sun.security.provider.certpath.SunCertPathBuilderException: unable to find valid certification path to requested target"},
		"no certificate":                {leader, map[string]string{"ssl.truststore.type": "PEM", "ssl.truststore.certificates": certPEM(a.cert)}, handshake + "Received fatal alert: certificate_required"},
		"a certificate nobody trusts":   {leader, other.keys(t, prefix, "x", a), handshake + "Received fatal alert: unknown_ca"},
		"a leader that nobody trusts":   {leader, a.keys(t, prefix, "x", other), handshake + "PKIX path building failed: sun.security.provider.certpath.SunCertPathBuilderException: unable to find valid certification path to requested target"},
		"a leader of another name":      {elsewhere, a.keys(t, prefix, "x", a), handshake + "No subject alternative names matching IP address 127.0.0.1 found"},
		"names unchecked":               {elsewhere, and(a.keys(t, prefix, "x", a), prefix+"ssl.endpoint.identification.algorithm", ""), "204"},
		"names unchecked without these": {elsewhere, and(a.keys(t, prefix, "x", a), "ssl.endpoint.identification.algorithm", ""), handshake + "No subject alternative names matching IP address 127.0.0.1 found"},
		"keys that cannot be read":      {leader, map[string]string{"ssl.keystore.type": "PEM", "ssl.keystore.key": "x"}, "Failed to start RestClient: SSL private key is specified, but certificate chain is not specified."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, _ := newServer(t, c.leader, nil)
			s.RegisterResources(&member{elsewhere: here})
			url := s.AdvertisedURL().String()
			if !strings.HasPrefix(url, "https://127.0.0.1:") {
				t.Errorf("the leader's URL is %s", url)
			}
			follower, _ := newServer(t, c.follower, nil)
			follower.RegisterResources(&member{elsewhere: redirectTo(&url)})
			want := c.want
			if want != "204" {
				want = problem(500, want)
			}
			if got := ask(t, http.MethodPut, follower.URLs()[0]+"/connectors/c/stop", ""); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		})
	}
}

// TestForwardingTLS is RestForwardingIntegrationTest: leaders and followers with plain, TLS or both listeners, whichever is advertised.
func TestForwardingTLS(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	keys := and(a.keys(t, "listeners.https.", "127.0.0.1", a), "listeners.https.ssl.client.auth", "required")
	const plain, secure = "http://127.0.0.1:0", "https://127.0.0.1:0"
	tlsOf := func(t *testing.T) *tls.Config {
		settings, err := kafka.ClientTLS(keys, "listeners.https.", nil)
		if err != nil {
			t.Fatal(err)
		}
		return settings.ClientConfig("127.0.0.1")
	}
	for name, c := range map[string]struct{ leader, advertised, scheme string }{
		"plain":            {plain, "", "http"},
		"tls":              {secure, "", "https"},
		"both":             {secure + "," + plain, "", "http"},
		"both, tls wanted": {plain + "," + secure, "HTTPS", "https"},
		"both, plain":      {plain + "," + secure, "http", "http"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pairs := and(keys, "listeners", c.leader)
			if c.advertised != "" {
				pairs["rest.advertised.listener"] = strings.ToLower(c.advertised)
			}
			s, _ := newServer(t, pairs, nil)
			s.RegisterResources(&member{elsewhere: here})
			url := s.AdvertisedURL()
			if url.Scheme != c.scheme {
				t.Errorf("the leader's URL is %s", url)
			}
			text := url.String()
			follower, _ := newServer(t, and(keys, "listeners", secure), nil)
			follower.RegisterResources(&member{elsewhere: redirectTo(&text)})
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPut, follower.URLs()[0]+"/connectors/c/config", strings.NewReader("{}"))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Content-Type", "application/json")
			res, err := (&http.Transport{DisableKeepAlives: true, TLSClientConfig: tlsOf(t)}).RoundTrip(req)
			if err != nil {
				t.Fatal(err)
			}
			_ = res.Body.Close()
			if want := follower.URLs()[0] + "/connectors/c"; res.StatusCode != http.StatusCreated || res.Header.Get("Location") != want {
				t.Errorf("got %d %s, want 201 %s", res.StatusCode, res.Header.Get("Location"), want)
			}
		})
	}
}

// TestBasicAuthInAGroup: what a client may do on the leader it may do through a follower, and internal requests need no user.
func TestBasicAuthInAGroup(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	users := filepath.Join(dir, "users.properties")
	if err := os.WriteFile(users, []byte("ann=secret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	jaas, err := kafka.ParseJAASFile(`KafkaConnect { org.apache.kafka.connect.rest.basic.auth.extension.PropertyFileLoginModule required file="`+users+`"; };`,
		func(string) (string, bool) { return "", false })
	if err != nil {
		t.Fatal(err)
	}
	withUsers := func(c *Config) { c.JAAS = jaas }
	pairs := map[string]string{"rest.extension.classes": basicAuthExtension}
	leader, _ := newServer(t, pairs, withUsers)
	m := &member{elsewhere: here}
	leader.RegisterResources(m)
	url := leader.AdvertisedURL().String()
	follower, _ := newServer(t, pairs, withUsers)
	follower.RegisterResources(&member{elsewhere: redirectTo(&url)})
	open, _ := newServer(t, nil, nil)
	open.RegisterResources(&member{elsewhere: redirectTo(&url)})

	const ann = "Basic YW5uOnNlY3JldA=="
	stop := "/connectors/c/stop"
	for _, c := range []struct{ base, path, method, header, want string }{
		{follower.URLs()[0], stop, http.MethodPut, ann, "204"},
		{follower.URLs()[0], stop, http.MethodPut, "", "401 " + unauthorized},
		{open.URLs()[0], stop, http.MethodPut, ann, "204"},
		{open.URLs()[0], stop, http.MethodPut, "Basic eDp5", problem(500, ioFailed+noChallenge)},
		{leader.URLs()[0], "/connectors/c/fence", http.MethodPut, "", "204"},
		{follower.URLs()[0], "/connectors/c/fence", http.MethodPut, "", "204"},
		{leader.URLs()[0], "/connectors/c/tasks", http.MethodGet, "", "401 " + unauthorized},
	} {
		var headers []string
		if c.header != "" {
			headers = []string{"Authorization", c.header}
		}
		if got := ask(t, c.method, c.base+c.path, "", headers...); !strings.HasPrefix(got, c.want) {
			t.Errorf("%s %s%s as %q: got %s, want %s", c.method, c.base, c.path, c.header, got, c.want)
		}
	}
	if err := follower.Client().PutTaskConfigs(t.Context(), url, "c", []map[string]string{{}}, nil); err != nil {
		t.Error(err)
	}
}
