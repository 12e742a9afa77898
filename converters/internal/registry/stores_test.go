package registry_test

import (
	"bytes"
	"crypto/x509"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/moldau/moldau/converters/internal/registry/registrytest"
	"github.com/pavlo-v-chernykh/keystore-go/v4"
	"software.sslmate.com/src/go-pkcs12"
)

func TestStores(t *testing.T) {
	t.Parallel()
	server := httptest.NewTLSServer(registrytest.New(t))
	t.Cleanup(server.Close)
	certificate := server.Certificate()
	password := "changeit"
	jks := keystore.New()
	if err := jks.SetTrustedCertificateEntry("ca", keystore.TrustedCertificateEntry{CreationTime: time.Unix(0, 0),
		Certificate: keystore.Certificate{Type: "X.509", Content: certificate.Raw}}); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := jks.Store(&out, []byte(password)); err != nil {
		t.Fatal(err)
	}
	p12, err := pkcs12.Modern.EncodeTrustStore([]*x509.Certificate{certificate}, password)
	if err != nil {
		t.Fatal(err)
	}
	keyP12, err := pkcs12.Modern.Encode(server.TLS.Certificates[0].PrivateKey, certificate, nil, password)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, content := range map[string][]byte{"trust.jks": out.Bytes(), "trust.p12": p12, "key.p12": keyP12} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, x := range []struct{ kind, file string }{{"JKS", "trust.jks"}, {"PKCS12", "trust.p12"}} {
		c := newClient(t, "schema.registry.url", server.URL, "schema.registry.ssl.truststore.type", x.kind,
			"schema.registry.ssl.truststore.location", filepath.Join(dir, x.file), "schema.registry.ssl.truststore.password", password,
			"schema.registry.ssl.keystore.type", "PKCS12", "schema.registry.ssl.keystore.location", filepath.Join(dir, "key.p12"),
			"schema.registry.ssl.keystore.password", password)
		if _, err := c.Register(intSchema(x.kind), false); err != nil {
			t.Errorf("%s: %v", x.kind, err)
		}
		if _, err := settings(t, "schema.registry.url", server.URL, "schema.registry.ssl.truststore.type", x.kind,
			"schema.registry.ssl.truststore.location", filepath.Join(dir, x.file), "schema.registry.ssl.truststore.password", "wrong"); err == nil {
			t.Errorf("%s: a wrong password is taken", x.kind)
		}
	}
}

func TestEncryptedPEM(t *testing.T) {
	t.Parallel()
	const stores = "../../../internal/kafka/testdata/stores/" // its README says how they were made
	key, err := os.ReadFile(stores + "aes256.key")
	if err != nil {
		t.Fatal(err)
	}
	chain, err := os.ReadFile(stores + "ec.pem")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "client.pem")
	if err := os.WriteFile(file, append(key, chain...), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, props := range [][]string{
		{"schema.registry.ssl.keystore.key", string(key), "schema.registry.ssl.keystore.certificate.chain", string(chain)},
		{"schema.registry.ssl.keystore.location", file},
	} {
		props = append(props, "schema.registry.url", "https://host", "schema.registry.ssl.keystore.type", "PEM")
		s, err := settings(t, append(props, "schema.registry.ssl.key.password", "keypw")...)
		if err != nil || len(s.TLS.Certificates) != 1 {
			t.Errorf("%v", err)
		}
		for _, wrong := range []string{"", "x"} {
			if _, err := settings(t, append(props, "schema.registry.ssl.key.password", wrong)...); err == nil {
				t.Errorf("the key is read with password %q", wrong)
			}
		}
	}
}
