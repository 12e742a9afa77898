package rest

import (
	"context"
	"crypto/ecdsa"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"log/slog"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/moldau/moldau/internal/herder"
)

// client returns a certificate of a client.
func (a *authority) client(t *testing.T, name string) tls.Certificate {
	t.Helper()
	cert, key := a.sign(t, &x509.Certificate{SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name, Organization: []string{"Example"}},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}})
	return tls.Certificate{Certificate: [][]byte{cert.Raw}, PrivateKey: key}
}

func (a *authority) transport(certificates ...tls.Certificate) *http.Transport {
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	return &http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{RootCAs: pool, Certificates: certificates}}
}

const certificateRoles = `
roles:
  all: [{connectors: ["*"], verbs: [view, edit, operate, offsets, admin]}]
  orders: [{connectors: ["orders-*"], verbs: [operate]}]
bindings:
  - {role: all, users: [root]}
  - {role: orders, certificates: ["CN=ci,O=Example"]}
`

func TestCertificatesLogIn(t *testing.T) {
	t.Parallel()
	a, other := newAuthority(t), newAuthority(t)
	s, _ := newServer(t, and(a.keys(t, "", "127.0.0.1", a), "listeners", "https://127.0.0.1:0", "ssl.client.auth", "requested",
		certificateLogin, "true", usersFile, write(t, "users", "root=x\nCN\\=ci,O\\=Example=x\n"), rolesFile, write(t, "roles", certificateRoles)), nil)
	s.RegisterResources(newOwner())
	url := s.URLs()[0]
	few, _ := newServer(t, and(a.keys(t, "", "127.0.0.1", a), "listeners", "https://127.0.0.1:0", "ssl.client.auth", "requested",
		certificateLogin, "true", "moldau.rest.limit.connections", "5"), nil)
	few.RegisterResources(newOwner())
	if got := sendAs(t, a.transport(a.client(t, "ci")), "GET", few.URLs()[0]+"/connectors", "", ""); got.status != 200 {
		t.Errorf("with a limit of connections: %v", got)
	}
	for name, c := range map[string]struct {
		transport             *http.Transport
		authorization, method string
		path, want            string
		status                int
	}{
		"a certificate":                 {a.transport(a.client(t, "ci")), "", "GET", "/connectors", `["orders-a"]`, 200},
		"another certificate":           {a.transport(a.client(t, "cd")), "", "GET", "/connectors", `[]`, 200},
		"none":                          {a.transport(), "", "GET", "/connectors", "", 401},
		"a password goes first":         {a.transport(a.client(t, "ci")), basic("root", "x"), "GET", "/connectors", `["orders-a","stock"]`, 200},
		"a wrong password is not saved": {a.transport(a.client(t, "ci")), basic("root", "y"), "GET", "/connectors", "", 401},
		"a user of the subject's name":  {a.transport(), basic("CN=ci,O=Example", "x"), "GET", "/connectors", `[]`, 200},
	} {
		got := sendAs(t, c.transport, c.method, url+c.path, c.authorization, "")
		if got.status != c.status || c.want != "" && got.body != c.want {
			t.Errorf("%s: got %v", name, got)
		}
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url+"/connectors", nil)
	if err != nil {
		t.Fatal(err)
	}
	if res, err := a.transport(other.client(t, "ci")).RoundTrip(req); err == nil {
		res.Body.Close()
		t.Errorf("a certificate of another authority: %s", res.Status)
	}
}

// TestCertificatesAreMapped: names by the rules of brokers; whom no rule names is not let in.
func TestCertificatesAreMapped(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	props := func(rules string) map[string]string {
		return and(a.keys(t, "", "127.0.0.1", a), "listeners", "https://127.0.0.1:0", "ssl.client.auth", "requested", certificateLogin, "true",
			certificateRules, rules, rolesFile, write(t, "roles", strings.ReplaceAll(certificateRoles, "CN=ci,O=Example", "ci@example")))
	}
	s, _ := newServer(t, props("RULE:^CN=empty,.*$//, RULE:^CN=([a-z]+),O=(.*)$/$1@$2/L"), nil)
	s.RegisterResources(newOwner())
	for name, want := range map[string]string{
		"ci": `200 ["orders-a"]`, "cd": `200 []`,
		"CI": "401 no name", "a,O=Example": "401 no name", "empty": "401 no name",
	} {
		got := sendAs(t, a.transport(a.client(t, name)), http.MethodGet, s.URLs()[0]+"/connectors", "", "")
		text := strings.TrimSuffix(strings.TrimPrefix(got.body, `{"error_code":401,"message":"The client certificate has `), ` here."}`)
		if strconv.Itoa(got.status)+" "+text != want {
			t.Errorf("%s: got %v, want %s", name, got, want)
		}
	}
	for rules, want := range map[string]string{"": "there is no rule", "CN": "Invalid rule: `CN`, unmatched substring: `CN`", "RULE:(/x/": "Unclosed group"} {
		if _, err := New(Config{Values: values(t, props(rules))}); err == nil || !strings.Contains(err.Error(), "configuration "+certificateRules+": ") || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %s", rules, err, want)
		}
	}
}

// signers is a group that signs with one key.
type signers struct{ key string }

func (g signers) Signs() bool { return g.key != "" }

func (g signers) mac(text []byte) []byte {
	mac := hmac.New(sha256.New, []byte(g.key))
	mac.Write(text)
	return mac.Sum(nil)
}

func (g signers) SignText(text []byte, headers http.Header) error {
	headers.Set(signatureHeader, base64.StdEncoding.EncodeToString(g.mac(text)))
	headers.Set(algorithmHeader, "HmacSHA256")
	return nil
}

func (g signers) CheckText(text []byte, signature *herder.Signature) error {
	if !hmac.Equal(g.mac(text), signature.MAC) {
		return errors.New("wrong signature")
	}
	return nil
}

// TestPrincipalsTravel sends requests on from a worker that knows the client by its certificate.
func TestPrincipalsTravel(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	audit := filepath.Join(t.TempDir(), "audit.jsonl")
	props := func(more ...string) map[string]string {
		return and(and(a.keys(t, "", "127.0.0.1", a), "listeners", "https://127.0.0.1:0", "ssl.client.auth", "requested", certificateLogin, "true",
			usersFile, write(t, "users", "root=x\n"), rolesFile, write(t, "roles", certificateRoles)), more...)
	}
	for name, c := range map[string]struct {
		leader, follower Group
		want             int
	}{
		"one key":     {signers{"k"}, signers{"k"}, 204},
		"another key": {signers{"k"}, signers{"x"}, 503},
		"no key":      {signers{}, signers{}, 403}, // the follower's own certificate may do nothing
		"no group":    {nil, signers{"k"}, 403},
	} {
		leader, _ := newServer(t, props("moldau.rest.audit.file", audit), nil)
		serving := &owner{member: member{elsewhere: here}}
		if c.leader != nil {
			leader.RegisterGroup(c.leader)
		}
		leader.RegisterResources(serving)
		url := leader.AdvertisedURL().String()
		follower, _ := newServer(t, props("moldau.rest.audit.file", audit+"2"), nil)
		follower.RegisterGroup(c.follower)
		follower.RegisterResources(&member{elsewhere: redirectTo(&url)})
		got := sendAs(t, a.transport(a.client(t, "ci")), http.MethodPut, follower.URLs()[0]+"/connectors/orders-a/stop", "", "")
		if got.status != c.want || (got.headers.Get("Retry-After") != "") != (c.want == 503) {
			t.Errorf("%s: got %v", name, got)
		}
		// Who has no certificate of the group's authority cannot pass himself off as anybody by the header alone.
		forged := vouch{Kind: "certificate", Name: "CN=ci,O=Example", Client: "x", At: time.Now().UnixMilli()}
		header := base64.RawURLEncoding.EncodeToString([]byte(asText(forged)))
		for _, key := range []string{"", "guess"} {
			h := http.Header{}
			if err := (signers{key}).SignText(vouchText(leader.WorkerID(), "PUT", []string{"connectors", "orders-a", "stop"}, "", header), h); err != nil {
				t.Fatal(err)
			}
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPut, leader.URLs()[0]+"/connectors/orders-a/stop", nil)
			if err != nil {
				t.Fatal(err)
			}
			req.Header = h
			req.Header.Set(vouchHeader, header)
			res, err := a.transport().RoundTrip(req)
			if err != nil {
				t.Fatal(err)
			}
			res.Body.Close()
			want := http.StatusUnauthorized
			if c.leader != nil && c.leader.Signs() {
				want = http.StatusServiceUnavailable // the key may have been replaced
			}
			if res.StatusCode != want {
				t.Errorf("%s: a forged header: %s", name, res.Status)
			}
		}
	}
	text, err := os.ReadFile(audit)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), `"principal":"CN=ci,O=Example","login":"certificate","client":"127.0.0.1","forwarded":true,"verb":"operate","connector":"orders-a"`) {
		t.Errorf("the leader's audit: %s", text)
	}
}

// TestVouchesAreForOneRequest: what a worker signed for one request is good for no other, at no other worker, and not for long. As keys are replaced and
// clocks differ, whoever comes by another worker is told to try again rather than that he is unknown.
func TestVouchesAreForOneRequest(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "audit.jsonl")
	s, _ := newServer(t, map[string]string{usersFile: write(t, "users", "root=x\n"), "moldau.rest.limit.body.bytes": "100", "moldau.rest.audit.file": file}, nil)
	g := signers{"k"}
	s.RegisterGroup(g)
	s.RegisterResources(newOwner())
	type sent struct {
		method, path, body, authorization string
		signed                            []string
		query, signedBody, worker         string
		at                                time.Duration
		kind                              string
	}
	config := func(c sent) sent { // a good request but for what c says
		if c.method == "" {
			c.method = "PUT"
		}
		if c.path == "" {
			c.path = "/connectors/stock/config?forward=true"
		}
		if c.signed == nil {
			c.signed = []string{"connectors", "stock", "config"}
		}
		if c.query == "" {
			c.query = "forward=true"
		}
		if c.body == "" {
			c.body = `{"a":"b"}`
		}
		if c.signedBody == "" {
			c.signedBody = `{"a":"b"}`
		}
		if c.worker == "" {
			c.worker = s.WorkerID()
		}
		if c.kind == "" {
			c.kind = "basic"
		}
		return c
	}
	for name, c := range map[string]struct {
		sent
		want int
	}{
		"the request itself":          {sent{}, 200},
		"another connector":           {sent{path: "/connectors/orders-a/config?forward=true"}, 503},
		"another method":              {sent{method: "PATCH"}, 503},
		"another query":               {sent{path: "/connectors/stock/config?forward=false"}, 503},
		"no query":                    {sent{path: "/connectors/stock/config"}, 503},
		"another body":                {sent{body: `{"a":"c"}`}, 503},
		"a body that is too large":    {sent{body: `{"a":"` + strings.Repeat("c", 100) + `"}`}, 413},
		"for another worker":          {sent{worker: "127.0.0.1:1"}, 503},
		"later":                       {sent{at: -time.Hour}, 503},
		"from the future":             {sent{at: time.Hour}, 503},
		"a joined path":               {sent{signed: []string{"connectors", "stock/config"}}, 503},
		"an unknown login":            {sent{kind: "guess"}, 503},
		"later, with a login":         {sent{at: -time.Hour, authorization: basic("root", "x")}, 200},
		"later, with a wrong login":   {sent{at: -time.Hour, authorization: basic("root", "y")}, 401},
		"another body, with a login":  {sent{body: `{"a":"c"}`, authorization: basic("root", "x")}, 200},
		"another query and the login": {sent{path: "/connectors/stock/config", authorization: basic("root", "x")}, 200},
	} {
		r := config(c.sent)
		sum := sha256.Sum256([]byte(r.signedBody))
		header := base64.RawURLEncoding.EncodeToString([]byte(asText(map[string]any{"kind": r.kind, "name": "root", "client": "x", "at": time.Now().Add(r.at).UnixMilli(), "body": sum[:]})))
		req, err := http.NewRequestWithContext(t.Context(), r.method, s.URLs()[0]+r.path, strings.NewReader(r.body))
		if err != nil {
			t.Fatal(err)
		}
		if err := g.SignText(vouchText(r.worker, "PUT", r.signed, r.query, header), req.Header); err != nil {
			t.Fatal(err)
		}
		req.Header.Set(vouchHeader, header)
		req.Header.Set("Content-Type", jsonType)
		if r.authorization != "" {
			req.Header.Set("Authorization", r.authorization)
		}
		res, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != c.want || (res.Header.Get("Retry-After") != "") != (c.want == 503) {
			t.Errorf("%s: %s, Retry-After %q", name, res.Status, res.Header.Get("Retry-After"))
		}
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), `"status":503,"result":"denied","reason":"Another worker sent this request on`) {
		t.Errorf("the audit: %s", text)
	}
}

// TestBadStores: what is wrong with the TLS of a listener names the key, and nothing of the content.
func TestBadStores(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	good, stranger := a.keys(t, "", "127.0.0.1", a), a.keys(t, "", "127.0.0.1", a)
	for name, c := range map[string]struct {
		props map[string]string
		want  string
	}{
		"no keystore":             {nil, "ssl.keystore.location"},
		"no such file":            {map[string]string{"ssl.keystore.location": "/nowhere/k.jks", "ssl.keystore.password": "hunter2"}, "ssl.keystore.location"},
		"no JKS":                  {map[string]string{"ssl.keystore.location": write(t, "k.jks", "not a store"), "ssl.keystore.password": "hunter2"}, "ssl.keystore.location"},
		"no PKCS12":               {map[string]string{"ssl.keystore.location": write(t, "k.p12", "\x30\x82hunter2"), "ssl.keystore.password": "hunter2", "ssl.keystore.type": "PKCS12"}, "ssl.keystore.location"},
		"an empty file":           {map[string]string{"ssl.keystore.location": write(t, "k.p12", ""), "ssl.keystore.password": "hunter2", "ssl.keystore.type": "PKCS12"}, "ssl.keystore.location"},
		"no PEM key":              {and(good, "ssl.keystore.key", "hunter2"), "ssl.keystore.key"},
		"a broken PEM key":        {and(good, "ssl.keystore.key", "-----BEGIN PRIVATE KEY-----\naHVudGVyMg==\n-----END PRIVATE KEY-----"), "ssl.keystore.key"},
		"a broken chain":          {and(good, "ssl.keystore.certificate.chain", "-----BEGIN CERTIFICATE-----\naHVudGVyMg==\n-----END CERTIFICATE-----"), "ssl.keystore.certificate.chain"},
		"a chain of another key":  {and(good, "ssl.keystore.certificate.chain", stranger["ssl.keystore.certificate.chain"]), "ssl.keystore"},
		"a key without its chain": {and(good, "ssl.keystore.certificate.chain", ""), "ssl.keystore.certificate.chain"},
		"a broken truststore":     {and(good, "ssl.truststore.certificates", "hunter2"), "ssl.truststore.certificates"},
		"an unknown kind":         {and(good, "ssl.keystore.type", "BCFKS"), "key store type is BCFKS"},
		"an unknown protocol":     {and(good, "ssl.enabled.protocols", "SSLv3"), "ssl.enabled.protocols"},
		"an unknown suite":        {and(good, "ssl.cipher.suites", "hunter2_SUITE"), "ssl.cipher.suites"},
	} {
		for _, prefix := range []string{"", "listeners.https."} {
			props := map[string]string{"listeners": "https://127.0.0.1:0"}
			for k, v := range c.props {
				props[prefix+k] = v
			}
			s, err := New(Config{Values: values(t, props), Logger: slog.New(slog.DiscardHandler)})
			if err == nil {
				if err = s.Start(); err == nil {
					t.Errorf("%s: the server started", name)
					_ = s.Stop(context.Background())
					continue
				}
			}
			if !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "hunter2") && !strings.Contains(c.want, "cipher") {
				t.Errorf("%s: got %v, want %s", name, err, c.want)
			}
		}
	}
}

// TestListenersReadStoresAgain changes the certificate of a running listener, to one that has expired, to garbage, and to a good one.
func TestListenersReadStoresAgain(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	file := filepath.Join(t.TempDir(), "server.pem")
	var serial int64
	put := func(until time.Time) {
		serial++
		cert, key := a.sign(t, &x509.Certificate{SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: "worker"}, DNSNames: []string{"localhost"},
			NotBefore: time.Now().Add(-2 * time.Hour), NotAfter: until, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}})
		putStore(t, file, pemOf(t, key)+certPEM(cert))
	}
	put(time.Now().Add(time.Hour))
	s, out := newServer(t, map[string]string{"listeners": "https://127.0.0.1:0", "ssl.keystore.type": "PEM", "ssl.keystore.location": file}, nil)
	address := strings.TrimPrefix(s.URLs()[0], "https://")
	shown := func() (serial int64) {
		t.Helper()
		c, err := tls.Dial("tcp", address, &tls.Config{InsecureSkipVerify: true})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		return c.ConnectionState().PeerCertificates[0].SerialNumber.Int64()
	}
	if got := shown(); got != 1 {
		t.Errorf("certificate %d", got)
	}
	put(time.Now().Add(-time.Hour))
	if got := shown(); got != 2 || !strings.Contains(out.String(), "ssl.keystore.location ("+file+"): the certificate of CN=worker expired on ") {
		t.Errorf("certificate %d; %s", got, out)
	}
	putStore(t, file, "garbage")
	if got := shown(); got != 2 || !strings.Contains(out.String(), "changed files are not used") {
		t.Errorf("certificate %d; %s", got, out)
	}
	put(time.Now().Add(time.Hour))
	if got := shown(); got != 3 {
		t.Errorf("certificate %d", got)
	}
}

// putStore replaces a file, with a time that differs from that of the one before even where clocks of file systems are coarse.
func putStore(t *testing.T, path, text string) {
	t.Helper()
	then := time.Now()
	if info, err := os.Stat(path); err == nil {
		then = info.ModTime().Add(time.Second)
	}
	if err := os.WriteFile(path+".new", []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(path+".new", then, then); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
}

func pemOf(t *testing.T, key *ecdsa.PrivateKey) string {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}
