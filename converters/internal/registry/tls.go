package registry

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"os"
	"strings"

	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/internal/keystore"
)

// tlsConfig reads schema.registry.ssl.*, which have the meaning of Kafka's ssl.*.
func tlsConfig(v *config.Values) (*tls.Config, error) {
	text := func(name string) string { return v.String(clientPrefix + name) }
	secret := func(name string) string { return v.Password(clientPrefix + name).Reveal() }
	c := &tls.Config{MinVersion: tls.VersionTLS12}
	roots, err := trusted(text("ssl.truststore.type"), text("ssl.truststore.location"), secret("ssl.truststore.password"), secret("ssl.truststore.certificates"))
	if err != nil {
		return nil, config.Invalid(clientPrefix+"ssl.truststore.location", text("ssl.truststore.location"), err.Error())
	}
	if roots != nil {
		c.RootCAs = x509.NewCertPool()
		for _, t := range roots {
			c.RootCAs.AddCert(t)
		}
	}
	c.Certificates, err = keys(text("ssl.keystore.type"), text("ssl.keystore.location"), secret("ssl.keystore.password"), secret("ssl.key.password"),
		secret("ssl.keystore.key"), secret("ssl.keystore.certificate.chain"))
	if err != nil {
		return nil, config.Invalid(clientPrefix+"ssl.keystore.location", text("ssl.keystore.location"), err.Error())
	}
	if check := text("ssl.endpoint.identification.algorithm"); check == "" || check == "none" {
		c.InsecureSkipVerify = true // of the name only: the certificate is verified below
		c.VerifyConnection = func(state tls.ConnectionState) error {
			options := x509.VerifyOptions{Roots: c.RootCAs, Intermediates: x509.NewCertPool()}
			for _, x := range state.PeerCertificates[1:] {
				options.Intermediates.AddCert(x)
			}
			_, err := state.PeerCertificates[0].Verify(options)
			return err
		}
	}
	return c, nil
}

// trusted reads the certificates to trust, nil for those of the system.
func trusted(kind, location, password, text string) ([]*x509.Certificate, error) {
	switch {
	case text != "":
		return keystore.PEMCertificates(text)
	case location == "":
		return nil, nil
	case strings.EqualFold(kind, "PEM"):
		content, err := os.ReadFile(location)
		if err != nil {
			return nil, err
		}
		return keystore.PEMCertificates(string(content))
	}
	content, err := keystore.Read(location, kind, given(password), nil)
	if err != nil {
		return nil, err
	}
	for _, k := range content.Keys { // Java trusts the certificates of key entries as well
		content.Trusted = append(content.Trusted, k.Leaf)
	}
	if len(content.Trusted) == 0 {
		return nil, errors.New("it holds no trusted certificate")
	}
	return content.Trusted, nil
}

// keys reads the key and certificates that the registry may ask for, nil where there are none.
func keys(kind, location, password, keyPassword, keyText, chainText string) ([]tls.Certificate, error) {
	pem := func(key, chain string) ([]tls.Certificate, error) {
		c, err := keystore.PEMKey(key, chain, given(keyPassword))
		return []tls.Certificate{c}, err
	}
	switch {
	case keyText != "":
		return pem(keyText, chainText)
	case location == "":
		return nil, nil
	case strings.EqualFold(kind, "PEM"):
		content, err := os.ReadFile(location)
		if err != nil {
			return nil, err
		}
		return pem(string(content), string(content))
	}
	content, err := keystore.Read(location, kind, &password, given(keyPassword))
	if err != nil {
		return nil, err
	}
	if len(content.Keys) == 0 {
		return nil, errors.New("it holds no private key")
	}
	return content.Keys, nil
}

// given returns a password, nil where none is set.
func given(password string) *string {
	if password == "" {
		return nil
	}
	return &password
}
