package devbroker

import (
	"crypto/tls"
	"crypto/x509"
	"os"
	"testing"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl/scram"

	"github.com/moldau/moldau/test/servers"
)

// Tests of clients want listeners with TLS and logins; the guard works below both.
func TestTLSAndLogin(t *testing.T) {
	certs := servers.NewCerts(t, t.TempDir())
	pair, err := tls.LoadX509KeyPair(certs.Server, certs.ServerKey)
	must(t, err)
	b := start(t, Config{
		InMemory: true, TLS: &tls.Config{Certificates: []tls.Certificate{pair}},
		Options: []kfake.Opt{kfake.EnableSASL(), kfake.Superuser("SCRAM-SHA-512", "admin", "secret")},
	})
	pool := x509.NewCertPool()
	ca, err := os.ReadFile(certs.CA)
	must(t, err)
	pool.AppendCertsFromPEM(ca)
	secured := func(password string) *kgo.Client {
		return client(t, b.Addr(), kgo.DialTLSConfig(&tls.Config{RootCAs: pool}), kgo.AllowAutoTopicCreation(),
			kgo.SASL(scram.Auth{User: "admin", Pass: password}.AsSha512Mechanism()))
	}
	produce(t, secured("secret"), "t", 0, 3)
	if err := secured("wrong").Ping(t.Context()); err == nil {
		t.Error("a wrong password was accepted")
	}
	if err := client(t, b.Addr(), kgo.RequestRetries(0)).Ping(t.Context()); err == nil {
		t.Error("plain text was accepted")
	}
}
