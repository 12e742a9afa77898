package servers

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/pavlo-v-chernykh/keystore-go/v4"
	"software.sslmate.com/src/go-pkcs12"
)

// StorePassword protects every key store, trust store and key in them.
const StorePassword = "changeit"

// Certs are the files of a certificate authority and of the certificates it gave to a server (localhost, 127.0.0.1) and a client
// (CN=test), each in the three forms that Java clients take.
type Certs struct {
	CA                   string // PEM
	TrustP12, TrustJKS   string
	Server, Client       string // PEM: certificate chain
	ServerKey, ClientKey string // PEM: PKCS #8
	ServerP12, ClientP12 string
	ServerJKS, ClientJKS string
	ClientPEM            string // PEM: key and chain in one file, as ssl.keystore.type=PEM wants it
}

type signed struct {
	key  *rsa.PrivateKey
	cert *x509.Certificate
}

// NewCerts makes new certificates in a directory.
func NewCerts(t testing.TB, dir string) Certs {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	ca := sign(t, 1, "Moldau test CA", nil)
	server := sign(t, 2, "localhost", &ca)
	client := sign(t, 3, "test", &ca)
	put := func(name string, data []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	chain := func(s signed) []byte {
		return append(pemOf("CERTIFICATE", s.cert.Raw), pemOf("CERTIFICATE", ca.cert.Raw)...)
	}
	trustP12, err := pkcs12.Modern2023.EncodeTrustStore([]*x509.Certificate{ca.cert}, StorePassword)
	if err != nil {
		t.Fatal(err)
	}
	c := Certs{
		CA:        put("ca.crt", pemOf("CERTIFICATE", ca.cert.Raw)),
		TrustP12:  put("trust.p12", trustP12),
		TrustJKS:  put("trust.jks", trustJKS(t, ca)),
		Server:    put("server.crt", chain(server)),
		Client:    put("client.crt", chain(client)),
		ServerKey: put("server.key", keyPEM(t, server)),
		ClientKey: put("client.key", keyPEM(t, client)),
		ServerP12: put("server.p12", keyP12(t, server, ca)),
		ClientP12: put("client.p12", keyP12(t, client, ca)),
		ServerJKS: put("server.jks", keyJKS(t, server, ca)),
		ClientJKS: put("client.jks", keyJKS(t, client, ca)),
	}
	c.ClientPEM = put("client.pem", append(keyPEM(t, client), chain(client)...))
	return c
}

func sign(t testing.TB, serial int64, name string, by *signed) signed {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(serial),
		Subject:      pkix.Name{CommonName: name},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().AddDate(10, 0, 0),
	}
	if by == nil {
		c.IsCA, c.BasicConstraintsValid, c.KeyUsage = true, true, x509.KeyUsageCertSign|x509.KeyUsageCRLSign
		by = &signed{key, c}
	} else {
		c.DNSNames, c.IPAddresses = []string{"localhost"}, []net.IP{net.IPv4(127, 0, 0, 1)}
		c.KeyUsage, c.ExtKeyUsage = x509.KeyUsageDigitalSignature|x509.KeyUsageKeyEncipherment, []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}
	}
	raw, err := x509.CreateCertificate(rand.Reader, c, by.cert, &key.PublicKey, by.key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(raw)
	if err != nil {
		t.Fatal(err)
	}
	return signed{key, cert}
}

func pemOf(typ string, data []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: typ, Bytes: data})
}

func pkcs8(t testing.TB, s signed) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(s.key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func keyPEM(t testing.TB, s signed) []byte { return pemOf("PRIVATE KEY", pkcs8(t, s)) }

func keyP12(t testing.TB, s, ca signed) []byte {
	t.Helper()
	data, err := pkcs12.Modern2023.Encode(s.key, s.cert, []*x509.Certificate{ca.cert}, StorePassword)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func keyJKS(t testing.TB, s, ca signed) []byte {
	t.Helper()
	ks := keystore.New()
	entry := keystore.PrivateKeyEntry{CreationTime: time.Now(), PrivateKey: pkcs8(t, s), CertificateChain: []keystore.Certificate{
		{Type: "X509", Content: s.cert.Raw}, {Type: "X509", Content: ca.cert.Raw},
	}}
	if err := ks.SetPrivateKeyEntry("key", entry, []byte(StorePassword)); err != nil {
		t.Fatal(err)
	}
	return storeJKS(t, ks)
}

func trustJKS(t testing.TB, ca signed) []byte {
	t.Helper()
	ks := keystore.New()
	entry := keystore.TrustedCertificateEntry{CreationTime: time.Now(), Certificate: keystore.Certificate{Type: "X509", Content: ca.cert.Raw}}
	if err := ks.SetTrustedCertificateEntry("ca", entry); err != nil {
		t.Fatal(err)
	}
	return storeJKS(t, ks)
}

func storeJKS(t testing.TB, ks keystore.KeyStore) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := ks.Store(&b, []byte(StorePassword)); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
