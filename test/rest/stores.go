package rest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"

	"software.sslmate.com/src/go-pkcs12"
)

// makeStores makes what the profile https makes with openssl and keytool: server.p12, trust.p12 with the client's certificate, client.pem, and
// other.pem that the server does not trust.
func makeStores(dir string) error {
	const password = "changeit"
	server, err := newPair("localhost")
	if err != nil {
		return err
	}
	client, err := newPair("client")
	if err != nil {
		return err
	}
	other, err := newPair("other")
	if err != nil {
		return err
	}
	keys, err := pkcs12.Modern.Encode(server.key, server.cert, nil, password)
	if err != nil {
		return err
	}
	trust, err := pkcs12.Modern.EncodeTrustStore([]*x509.Certificate{client.cert}, password)
	if err != nil {
		return err
	}
	clientPEM, err := client.pem()
	if err != nil {
		return err
	}
	otherPEM, err := other.pem()
	if err != nil {
		return err
	}
	for name, data := range map[string][]byte{"server.p12": keys, "trust.p12": trust, "client.pem": clientPEM, "other.pem": otherPEM} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// pair is a key with its self-signed certificate.
type pair struct {
	key  *ecdsa.PrivateKey
	cert *x509.Certificate
}

func newPair(name string) (*pair, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(24 * time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, DNSNames: []string{"localhost"},
		IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return nil, err
	}
	cert, err := x509.ParseCertificate(der)
	return &pair{key, cert}, err
}

func (p *pair) pem() ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(p.key)
	if err != nil {
		return nil, err
	}
	out := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
	return append(out, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: p.cert.Raw})...), nil
}
