package keystore

import (
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// pemEntry follows org.apache.kafka.common.security.ssl.DefaultSslEngineFactory.PemParser: any blank may stand where files have
// line ends, because properties and connector JSON often lose those.
var pemEntry = regexp.MustCompile(`-+BEGIN\s+([A-Z0-9 ]+?)\s*-+\s+((?:[A-Za-z-]+:[^\n]*\n)*)([A-Za-z0-9/+=\s]*?)-+END\s+[A-Z0-9 ]+?\s*-+`)

type pemBlock struct {
	label string
	data  []byte
}

// pemBlocks returns the entries whose label ends with a text, in order.
func pemBlocks(text, label string) ([]pemBlock, error) {
	var blocks []pemBlock
	for _, m := range pemEntry.FindAllStringSubmatch(text, -1) {
		if !strings.HasSuffix(m[1], label) {
			continue
		}
		if strings.Contains(m[2], "ENCRYPTED") {
			return nil, errors.New("the key is encrypted in the old PEM way; convert it to PKCS#8 with openssl pkcs8 -topk8")
		}
		data, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(m[3]), ""))
		if err != nil {
			return nil, fmt.Errorf("the %s entry is no base64", m[1])
		}
		blocks = append(blocks, pemBlock{m[1], data})
	}
	if len(blocks) == 0 {
		return nil, errors.New("No matching " + label + " entries in PEM file")
	}
	return blocks, nil
}

// PEMCertificates returns the certificates of a text, at least one.
func PEMCertificates(text string) ([]*x509.Certificate, error) {
	blocks, err := pemBlocks(text, "CERTIFICATE")
	if err != nil {
		return nil, err
	}
	var certificates []*x509.Certificate
	for i, block := range blocks {
		c, err := x509.ParseCertificate(block.data)
		if err != nil {
			return nil, fmt.Errorf("certificate %d: %w", i+1, err)
		}
		certificates = append(certificates, c)
	}
	return certificates, nil
}

// PEMKey reads the private key of one text and the certificate chain of another, which may be the same.
func PEMKey(keyText, chainText string, password *string) (tls.Certificate, error) {
	blocks, err := pemBlocks(keyText, "PRIVATE KEY")
	if err != nil {
		return tls.Certificate{}, err
	}
	if len(blocks) != 1 {
		return tls.Certificate{}, fmt.Errorf("Expected one private key, but found %d", len(blocks))
	}
	der := blocks[0].data
	if blocks[0].label == "ENCRYPTED PRIVATE KEY" {
		if password == nil {
			return tls.Certificate{}, errors.New("the private key is encrypted and ssl.key.password is not set")
		}
		if der, err = decryptPKCS8(der, *password); err != nil {
			return tls.Certificate{}, err
		}
	}
	key, err := parsePrivateKey(der)
	if err != nil {
		return tls.Certificate{}, err
	}
	chain, err := PEMCertificates(chainText)
	if err != nil {
		return tls.Certificate{}, err
	}
	return pair(key, chain)
}

// parsePrivateKey reads PKCS#8, which Java asks for, and the older forms for RSA and EC.
func parsePrivateKey(der []byte) (crypto.PrivateKey, error) {
	key, err := x509.ParsePKCS8PrivateKey(der)
	if err == nil {
		return key, nil
	}
	if key, err := x509.ParsePKCS1PrivateKey(der); err == nil {
		return key, nil
	}
	if key, err := x509.ParseECPrivateKey(der); err == nil {
		return key, nil
	}
	return nil, err
}

// ErrKeyPassword says that a private key is encrypted and the password is missing or wrong.
var ErrKeyPassword = errKeyPassword

// PKCS8Key reads one private key: PEM, or the base64 of its PKCS#8 form alone.
func PKCS8Key(text string, password *string) (crypto.PrivateKey, error) {
	encrypted := password != nil
	var der []byte
	if strings.Contains(text, "-----BEGIN") {
		blocks, err := pemBlocks(text, "PRIVATE KEY")
		if err != nil {
			return nil, err
		}
		if len(blocks) != 1 {
			return nil, fmt.Errorf("Expected one private key, but found %d", len(blocks))
		}
		der, encrypted = blocks[0].data, blocks[0].label == "ENCRYPTED PRIVATE KEY"
	} else {
		var err error
		if der, err = base64.StdEncoding.DecodeString(strings.Join(strings.Fields(text), "")); err != nil {
			return nil, errors.New("it is neither PEM nor base64")
		}
	}
	if encrypted {
		if password == nil {
			return nil, errKeyPassword
		}
		var err error
		if der, err = decryptPKCS8(der, *password); err != nil {
			return nil, err
		}
	}
	return parsePrivateKey(der)
}
