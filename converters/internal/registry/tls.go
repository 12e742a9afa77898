package registry

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/moldau/moldau/connect/config"
	"github.com/pavlo-v-chernykh/keystore-go/v4"
	"software.sslmate.com/src/go-pkcs12"
)

// tlsConfig reads schema.registry.ssl.*, which have the meaning of Kafka's ssl.*.
func tlsConfig(v *config.Values) (*tls.Config, error) {
	text := func(name string) string { return v.String(sslPrefix + name) }
	secret := func(name string) string { return v.Password(sslPrefix + name).Reveal() }
	c := &tls.Config{MinVersion: tls.VersionTLS12}
	trusted, err := trustedFrom(text("ssl.truststore.type"), text("ssl.truststore.location"), secret("ssl.truststore.password"), secret("ssl.truststore.certificates"))
	if err != nil {
		return nil, config.Invalid(sslPrefix+"ssl.truststore.location", text("ssl.truststore.location"), err.Error())
	}
	if trusted != nil {
		c.RootCAs = x509.NewCertPool()
		for _, t := range trusted {
			c.RootCAs.AddCert(t)
		}
	}
	password := secret("ssl.key.password")
	if password == "" {
		password = secret("ssl.keystore.password")
	}
	key, err := keyFrom(text("ssl.keystore.type"), text("ssl.keystore.location"), secret("ssl.keystore.password"), password,
		secret("ssl.keystore.key"), secret("ssl.keystore.certificate.chain"))
	if err != nil {
		return nil, config.Invalid(sslPrefix+"ssl.keystore.location", text("ssl.keystore.location"), err.Error())
	}
	if key != nil {
		c.Certificates = []tls.Certificate{*key}
	}
	if text("ssl.endpoint.identification.algorithm") == "" {
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

func trustedFrom(kind, location, password, text string) ([]*x509.Certificate, error) {
	if text != "" {
		return certificates([]byte(text))
	}
	if location == "" {
		return nil, nil
	}
	content, err := os.ReadFile(location)
	if err != nil {
		return nil, err
	}
	switch {
	case strings.EqualFold(kind, "PEM"):
		return certificates(content)
	case isJKS(content):
		store := keystore.New(keystore.WithOrderedAliases(), keystore.WithCaseExactAliases())
		if err := store.Load(bytes.NewReader(content), []byte(password)); err != nil && (password != "" || err.Error() != "got invalid digest") {
			return nil, errors.New("keystore password was incorrect, or the file is damaged")
		}
		var out []*x509.Certificate
		for _, alias := range store.Aliases() {
			if entry, err := store.GetTrustedCertificateEntry(alias); err == nil {
				c, err := x509.ParseCertificate(entry.Certificate.Content)
				if err != nil {
					return nil, fmt.Errorf("entry %s: %w", alias, err)
				}
				out = append(out, c)
			}
		}
		return out, nil
	}
	return pkcs12.DecodeTrustStore(content, password)
}

func isJKS(content []byte) bool { return bytes.HasPrefix(content, []byte{0xfe, 0xed, 0xfe, 0xed}) }

// spaced restores the line ends of PEM text that was given in one line.
func spaced(text []byte) []byte {
	if bytes.Count(text, []byte("\n")) > 1 {
		return text
	}
	var out []byte
	for _, part := range strings.SplitAfter(string(text), "-----") {
		if part = strings.TrimSpace(part); part != "-----" && !strings.HasSuffix(part, "-----") {
			out = append(out, part...)
			continue
		}
		label, dashes := strings.TrimSuffix(part, "-----"), "-----"
		switch {
		case label == "":
			out = append(out, '\n')
			out = append(out, dashes...)
		case strings.HasPrefix(label, "BEGIN ") || strings.HasPrefix(label, "END "):
			out = append(out, label+dashes+"\n"...)
		default:
			out = append(out, strings.Join(strings.Fields(label), "\n")+"\n"+dashes...)
		}
	}
	return out
}

func certificates(text []byte) ([]*x509.Certificate, error) {
	var out []*x509.Certificate
	for rest := spaced(text); ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		if block.Type == "CERTIFICATE" {
			c, err := x509.ParseCertificate(block.Bytes)
			if err != nil {
				return nil, err
			}
			out = append(out, c)
		}
	}
	if len(out) == 0 {
		return nil, errors.New("No matching CERTIFICATE entries in PEM file")
	}
	return out, nil
}

func keyFrom(kind, location, password, keyPassword, keyText, chainText string) (*tls.Certificate, error) {
	if keyText != "" {
		return pemKey([]byte(keyText), []byte(chainText))
	}
	if location == "" {
		return nil, nil
	}
	content, err := os.ReadFile(location)
	if err != nil {
		return nil, err
	}
	switch {
	case strings.EqualFold(kind, "PEM"):
		return pemKey(content, content)
	case isJKS(content):
		return jksKey(content, password, keyPassword)
	}
	key, leaf, others, err := pkcs12.DecodeChain(content, password)
	if err != nil {
		return nil, err
	}
	out := &tls.Certificate{PrivateKey: key, Leaf: leaf, Certificate: [][]byte{leaf.Raw}}
	for _, c := range others {
		out.Certificate = append(out.Certificate, c.Raw)
	}
	return out, nil
}

func pemKey(key, chain []byte) (*tls.Certificate, error) {
	if bytes.Contains(key, []byte("ENCRYPTED")) {
		return nil, errors.New("the private key is encrypted; give it in a PKCS12 keystore, or decrypt it with openssl pkcs8")
	}
	c, err := tls.X509KeyPair(spaced(chain), spaced(key))
	return &c, err
}

func jksKey(content []byte, password, keyPassword string) (*tls.Certificate, error) {
	store := keystore.New(keystore.WithOrderedAliases(), keystore.WithCaseExactAliases())
	if err := store.Load(bytes.NewReader(content), []byte(password)); err != nil {
		return nil, errors.New("keystore password was incorrect, or the file is damaged")
	}
	for _, alias := range store.Aliases() {
		if !store.IsPrivateKeyEntry(alias) {
			continue
		}
		entry, err := store.GetPrivateKeyEntry(alias, []byte(keyPassword))
		if err != nil {
			return nil, fmt.Errorf("entry %s: the password of the private key was incorrect", alias)
		}
		key, err := x509.ParsePKCS8PrivateKey(entry.PrivateKey)
		if err != nil {
			return nil, fmt.Errorf("entry %s: %w", alias, err)
		}
		out := &tls.Certificate{PrivateKey: key}
		for _, c := range entry.CertificateChain {
			out.Certificate = append(out.Certificate, c.Content)
		}
		return out, nil
	}
	return nil, errors.New("it holds no private key")
}
