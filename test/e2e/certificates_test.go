//go:build unix

package e2e

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// authority signs the certificates of a test.
type authority struct {
	t    *testing.T
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{t: t}
	a.cert, a.key = a.sign(&x509.Certificate{Subject: pkix.Name{CommonName: "CA"}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign})
	return a
}

func (a *authority) sign(template *x509.Certificate) (*x509.Certificate, *ecdsa.PrivateKey) {
	a.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	template.SerialNumber = big.NewInt(time.Now().UnixNano())
	template.NotBefore, template.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	parent, signer := a.cert, a.key
	if parent == nil {
		parent, signer = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	if err != nil {
		a.t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		a.t.Fatal(err)
	}
	return cert, key
}

// worker writes the stores of a worker and returns its keys.
func (a *authority) worker(dir string) []string {
	a.t.Helper()
	cert, key := a.sign(&x509.Certificate{Subject: pkix.Name{CommonName: "worker", Organization: []string{"Example"}}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}})
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		a.t.Fatal(err)
	}
	block := func(kind string, der []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
	}
	return []string{
		"listeners=https://127.0.0.1:0",
		"listeners.https.ssl.keystore.type=PEM",
		"listeners.https.ssl.keystore.location=" + write(a.t, dir, "worker.pem", block("PRIVATE KEY", der)+block("CERTIFICATE", cert.Raw)),
		"listeners.https.ssl.truststore.type=PEM",
		"listeners.https.ssl.truststore.location=" + write(a.t, dir, "trust.pem", block("CERTIFICATE", a.cert.Raw)),
		"listeners.https.ssl.client.auth=requested",
	}
}

// client returns a client with a certificate, or without one where name is "".
func (a *authority) client(name string) *http.Client {
	a.t.Helper()
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	settings := &tls.Config{RootCAs: pool}
	if name != "" {
		cert, key := a.sign(&x509.Certificate{Subject: pkix.Name{CommonName: name, Organization: []string{"Example"}}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}})
		settings.Certificates = []tls.Certificate{{Certificate: [][]byte{cert.Raw}, PrivateKey: key}}
	}
	return &http.Client{Timeout: patience, Transport: &http.Transport{TLSClientConfig: settings, DisableKeepAlives: true}}
}

// audited is a line of an audit.
type audited struct {
	RequestID string `json:"request_id"`
	Worker    string
	Principal string
	Login     string
	Client    string
	Forwarded bool
	Verb      string
	Connector string
	Method    string
	Path      string
	Status    int
	Result    string
}

func auditOf(t *testing.T, path string) (all []audited) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		var e audited
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		all = append(all, e)
	}
	return all
}

// TestCertificatesInAGroup: who shows a certificate to one worker is the same one to the worker that carries the request out, whose own certificate
// may do nothing, and both write the same id down.
func TestCertificatesInAGroup(t *testing.T) {
	t.Parallel()
	bootstrap, a := broker(t), newAuthority(t)
	in := write(t, t.TempDir(), "in.txt", "a line\n")
	var workers [2]*process
	var bases, audits [2]string
	for i := range workers {
		dir := t.TempDir()
		audits[i] = filepath.Join(dir, "audit.jsonl")
		workers[i] = moldau(t, dir, "distributed", member(t, dir, bootstrap, "certificates", append(a.worker(dir),
			"moldau.rest.certificate.login=true",
			"moldau.rest.certificate.mapping.rules=RULE:^CN=(.*?),O=Example$/$1@example/L",
			"moldau.rest.audit.file="+audits[i],
			"moldau.rest.roles.file="+write(t, dir, "roles.yaml", `
roles: {orders: [{connectors: ["orders-*"], verbs: [operate, edit]}]}
bindings: [{role: orders, certificates: [ci@example]}]
`))...))
	}
	for i, w := range workers {
		bases[i] = w.prints(`REST server listening at (https://[^ ,]+)/, advertising`)[1]
	}
	send := func(c *http.Client, method, url, id, body string) (int, string, error) {
		req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
		if err != nil {
			return 0, "", err
		}
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("X-Request-Id", id)
		res, err := c.Do(req)
		if err != nil {
			return 0, "", err
		}
		defer res.Body.Close()
		text, err := io.ReadAll(res.Body)
		if got := res.Header.Get("X-Request-Id"); err == nil && got != id {
			err = fmt.Errorf("the answer has the request id %q, want %q", got, id)
		}
		return res.StatusCode, string(text), err
	}
	ci := a.client("CI")
	// eventually asks until the answer has the status; a group may be in the middle of a rebalance.
	eventually := func(i, want int, method, path, id, body string) {
		t.Helper()
		workers[i].await(method+" "+path, func() error {
			status, text, err := send(ci, method, bases[i]+path, id, body)
			if err == nil && status != want {
				err = fmt.Errorf("%d %s", status, text)
			}
			return err
		})
	}
	for i := range workers {
		eventually(i, 404, http.MethodDelete, "/connectors/orders-none", "join", "")
	}
	eventually(0, 201, http.MethodPut, "/connectors/orders-a/config", "create", asJSON(t, source(in, "certificates")))
	eventually(0, 204, http.MethodPut, "/connectors/orders-a/stop", "from-0", "")
	eventually(1, 204, http.MethodPut, "/connectors/orders-a/stop", "from-1", "")
	for i, base := range bases {
		for name, c := range map[string]struct {
			client *http.Client
			path   string
			want   int
		}{
			"nobody":             {a.client(""), "/connectors/orders-a/stop", 401},
			"another":            {a.client("cd"), "/connectors/orders-a/stop", 403},
			"a worker":           {a.client("worker"), "/connectors/orders-a/stop", 403},
			"another connector":  {ci, "/connectors/stock/stop", 403},
			"an internal route":  {ci, "/connectors/orders-a/fence", 403},
			"an unsigned worker": {a.client("worker"), "/connectors/orders-a/fence", 403},
		} {
			if status, text, err := send(c.client, http.MethodPut, base+c.path, "refused", ""); err != nil || status != c.want {
				t.Errorf("worker %d, %s: got %d %s, %v, want %d", i, name, status, text, err, c.want)
			}
		}
	}
	for _, w := range workers {
		if code := w.stop(syscall.SIGTERM); code != 143 {
			t.Errorf("exit code %d", code)
		}
	}
	// The leader stops connectors, so that the request to the other worker is in both audits.
	logs := [2][]audited{auditOf(t, audits[0]), auditOf(t, audits[1])}
	sentOn := 0
	for asked, id := range []string{"from-0", "from-1"} {
		for i, log := range logs {
			host := strings.TrimPrefix(bases[i], "https://")
			for _, e := range log {
				if e.RequestID != id || e.Status != 204 {
					continue
				}
				want := audited{RequestID: id, Worker: host, Principal: "ci@example", Login: "certificate", Client: "127.0.0.1", Forwarded: i != asked,
					Verb: "operate", Connector: "orders-a", Method: "PUT", Path: "/connectors/orders-a/stop", Status: 204, Result: "done"}
				if e != want {
					t.Errorf("worker %d: got %+v, want %+v", i, e, want)
				}
				if i != asked {
					sentOn++
				}
			}
		}
	}
	if sentOn != 1 {
		t.Errorf("%d requests were sent on, want 1:\n%+v\n%+v", sentOn, logs[0], logs[1])
	}
	for i, log := range logs {
		for _, e := range log {
			if e.RequestID == "refused" && (e.Result != "denied" || e.Forwarded) {
				t.Errorf("worker %d: %+v", i, e)
			}
		}
	}
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
