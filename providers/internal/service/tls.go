package service

import (
	"crypto/tls"
	"crypto/x509"
	"os"
	"strings"

	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/internal/keystore"
)

// TLS are settings of a TLS client. Empty ones are not set.
type TLS struct {
	// SkipVerify trusts every certificate.
	SkipVerify bool
	// TrustPEM is a file of trusted certificates; CertPEM and KeyPEM are files of the client's own, the same where one holds both.
	TrustPEM, CertPEM, KeyPEM string
	// TrustStore and KeyStore are JKS or PKCS12 files, which win over PEM files.
	TrustStore, TrustStorePassword string
	KeyStore, KeyStorePassword     string
}

// Config returns the settings for a client, nil where all are the system's.
func (t TLS) Config() (*tls.Config, error) {
	if t == (TLS{}) {
		return nil, nil
	}
	c := &tls.Config{InsecureSkipVerify: t.SkipVerify}
	var err error
	if c.RootCAs, err = t.trusted(); err != nil {
		return nil, err
	}
	own, err := t.own()
	if err != nil {
		return nil, err
	}
	if own != nil {
		c.Certificates = []tls.Certificate{*own}
	}
	return c, nil
}

func (t TLS) trusted() (*x509.CertPool, error) {
	var certificates []*x509.Certificate
	switch {
	case t.TrustStore != "":
		content, err := keystore.Read(t.TrustStore, storeType(t.TrustStore), optional(t.TrustStorePassword), nil)
		if err != nil {
			return nil, Failed("Cannot read the truststore "+t.TrustStore, err)
		}
		certificates = content.Trusted
	case t.TrustPEM != "":
		text, err := os.ReadFile(t.TrustPEM)
		if err == nil {
			certificates, err = keystore.PEMCertificates(string(text))
		}
		if err != nil {
			return nil, Failed("Cannot read the trusted certificates "+t.TrustPEM, err)
		}
	default:
		return nil, nil
	}
	pool := x509.NewCertPool()
	for _, certificate := range certificates {
		pool.AddCert(certificate)
	}
	return pool, nil
}

func (t TLS) own() (*tls.Certificate, error) {
	switch {
	case t.KeyStore != "":
		content, err := keystore.Read(t.KeyStore, storeType(t.KeyStore), optional(t.KeyStorePassword), nil)
		if err != nil {
			return nil, Failed("Cannot read the keystore "+t.KeyStore, err)
		}
		if len(content.Keys) == 0 {
			return nil, config.Failed("The keystore " + t.KeyStore + " holds no private key")
		}
		return &content.Keys[0], nil
	case t.CertPEM != "" || t.KeyPEM != "":
		chain, key := t.CertPEM, t.KeyPEM
		if chain == "" {
			chain = key
		}
		if key == "" {
			key = chain
		}
		own, err := tls.LoadX509KeyPair(chain, key)
		if err != nil {
			return nil, Failed("Cannot read the client certificate "+chain+" with the key "+key, err)
		}
		return &own, nil
	}
	return nil, nil
}

func storeType(path string) string {
	if lower := strings.ToLower(path); strings.HasSuffix(lower, ".p12") || strings.HasSuffix(lower, ".pfx") || strings.HasSuffix(lower, ".pkcs12") {
		return "PKCS12"
	}
	return "JKS"
}

func optional(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}
