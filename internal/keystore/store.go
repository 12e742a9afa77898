// Package keystore reads private keys and certificates in the forms that Java clients take: PEM, JKS and PKCS12, keys encrypted or not. Where a
// message of Java says what is wrong it is that message.
package keystore

import (
	"bytes"
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/pavlo-v-chernykh/keystore-go/v4"
	"software.sslmate.com/src/go-pkcs12"
)

// Content is what a keystore or truststore file holds.
type Content struct {
	// Keys are the private keys, each with the chain of its certificates.
	Keys []tls.Certificate
	// Trusted are the certificates to trust.
	Trusted []*x509.Certificate
}

// errStorePassword is the message of Java's KeyStore.load.
var errStorePassword = errors.New("keystore password was incorrect")

// errKeyPassword stands for Java's UnrecoverableKeyException.
var errKeyPassword = errors.New("the password of the private key was incorrect (ssl.key.password)")

// Read reads a JKS or PKCS12 file. As in Java (keystore.type.compat) either type reads both formats. A nil password skips the
// integrity check, which suffices for truststores; a nil key password is the store's.
func Read(path, typ string, password, keyPassword *string) (*Content, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	switch strings.ToUpper(typ) {
	case "JKS", "PKCS12":
	default:
		return nil, errors.New(typ + " not found, known are JKS, PKCS12 and PEM")
	}
	switch {
	case bytes.HasPrefix(data, []byte{0xfe, 0xed, 0xfe, 0xed}):
		return readJKS(data, password, keyPassword)
	case bytes.HasPrefix(data, []byte{0xce, 0xce, 0xce, 0xce}):
		return nil, errors.New("it is a JCEKS keystore; convert it with keytool -importkeystore -deststoretype PKCS12")
	case len(data) == 0:
		return nil, errors.New("the file is empty")
	case data[0] != 0x30:
		return nil, errors.New("Invalid keystore format: the file is neither JKS nor PKCS12")
	}
	return readPKCS12(data, password, keyPassword)
}

func readJKS(data []byte, password, keyPassword *string) (*Content, error) {
	store := keystore.New(keystore.WithOrderedAliases(), keystore.WithCaseExactAliases())
	var secret []byte
	if password != nil {
		secret = []byte(*password)
	}
	if err := store.Load(bytes.NewReader(data), secret); err != nil {
		// Entries are read before the digest over password and content is compared.
		mismatch := err.Error() == "got invalid digest"
		switch {
		case mismatch && password != nil:
			return nil, errStorePassword
		case !mismatch:
			return nil, fmt.Errorf("Invalid keystore format: %w", err)
		}
	}
	if keyPassword != nil {
		secret = []byte(*keyPassword)
	}
	content := &Content{}
	for _, alias := range store.Aliases() {
		if store.IsTrustedCertificateEntry(alias) {
			entry, err := store.GetTrustedCertificateEntry(alias)
			if err != nil {
				return nil, fmt.Errorf("entry %s: %w", alias, err)
			}
			c, err := x509.ParseCertificate(entry.Certificate.Content)
			if err != nil {
				return nil, fmt.Errorf("entry %s: %w", alias, err)
			}
			content.Trusted = append(content.Trusted, c)
			continue
		}
		chain, err := store.GetPrivateKeyEntryCertificateChain(alias)
		if err != nil {
			return nil, fmt.Errorf("entry %s: %w", alias, err)
		}
		var certificates []*x509.Certificate
		for _, c := range chain {
			parsed, err := x509.ParseCertificate(c.Content)
			if err != nil {
				return nil, fmt.Errorf("entry %s: %w", alias, err)
			}
			certificates = append(certificates, parsed)
		}
		if password == nil { // a truststore: the key itself is not needed, nor can it be decrypted
			content.Trusted = append(content.Trusted, certificates[:min(1, len(certificates))]...)
			continue
		}
		entry, err := store.GetPrivateKeyEntry(alias, secret)
		if err != nil {
			return nil, fmt.Errorf("entry %s: %w", alias, errKeyPassword)
		}
		key, err := x509.ParsePKCS8PrivateKey(entry.PrivateKey)
		if err != nil {
			return nil, fmt.Errorf("entry %s: %w", alias, err)
		}
		certificate, err := pair(key, certificates)
		if err != nil {
			return nil, fmt.Errorf("entry %s: %w", alias, err)
		}
		content.Keys = append(content.Keys, certificate)
	}
	return content, nil
}

func readPKCS12(data []byte, password, keyPassword *string) (*Content, error) {
	secret := ""
	if password != nil {
		secret = *password
	}
	if keyPassword != nil && *keyPassword != secret {
		return nil, errKeyPassword // keys of a PKCS12 store are encrypted with the password of the store
	}
	if trusted, err := pkcs12.DecodeTrustStore(data, secret); err == nil {
		return &Content{Trusted: trusted}, nil
	} else if errors.Is(err, pkcs12.ErrIncorrectPassword) || errors.Is(err, pkcs12.ErrDecryption) {
		if password == nil {
			return nil, errors.New("it is encrypted and no password is set (ssl.truststore.password)")
		}
		return nil, errStorePassword
	} else if strings.Contains(err.Error(), "not marked as trusted") && keyless(data, secret) {
		return nil, errors.New("its certificates are not marked as trusted, so Java trusts none of them; put them in with keytool -importcert")
	}
	if key, leaf, others, err := pkcs12.DecodeChain(data, secret); err == nil {
		certificate, err := pair(key, append([]*x509.Certificate{leaf}, others...))
		if err != nil {
			return nil, err
		}
		return &Content{Keys: []tls.Certificate{certificate}}, nil
	}
	// Several keys, or certificates that Java did not mark as trusted: only this function of the library gives them all.
	//lint:ignore SA1019 it is deprecated for the headers of its blocks, which are not looked at
	blocks, err := pkcs12.ToPEM(data, secret)
	if err != nil {
		return nil, fmt.Errorf("Invalid keystore format: %w", err)
	}
	var keys []crypto.PrivateKey
	var certificates []*x509.Certificate
	for _, block := range blocks {
		if block.Type == "CERTIFICATE" {
			c, err := x509.ParseCertificate(block.Bytes)
			if err != nil {
				return nil, err
			}
			certificates = append(certificates, c)
			continue
		}
		key, err := parsePrivateKey(block.Bytes)
		if err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	content := &Content{}
	if len(keys) == 0 {
		content.Trusted = certificates
	}
	for _, key := range keys {
		certificate, err := pair(key, certificates)
		if err != nil {
			return nil, err
		}
		certificate.Certificate = chainOf(certificate.Leaf, certificates)
		content.Keys = append(content.Keys, certificate)
	}
	return content, nil
}

// keyless reports whether a PKCS12 store holds certificates only.
func keyless(data []byte, password string) bool {
	_, _, _, err := pkcs12.DecodeChain(data, password)
	return err != nil && strings.Contains(err.Error(), "private key missing")
}

// chainOf follows the issuers of a certificate through a set of certificates.
func chainOf(leaf *x509.Certificate, among []*x509.Certificate) [][]byte {
	chain := [][]byte{leaf.Raw}
	for at := leaf; len(chain) <= len(among); {
		var issuer *x509.Certificate
		for _, c := range among {
			if c != at && bytes.Equal(c.RawSubject, at.RawIssuer) && at.CheckSignatureFrom(c) == nil {
				issuer = c
			}
		}
		if issuer == nil {
			break
		}
		chain = append(chain, issuer.Raw)
		at = issuer
	}
	return chain
}

// pair joins a private key with its chain, whose first certificate must belong to the key; others may come in any order.
func pair(key crypto.PrivateKey, chain []*x509.Certificate) (tls.Certificate, error) {
	signer, ok := key.(crypto.Signer)
	if !ok {
		return tls.Certificate{}, fmt.Errorf("a private key of type %T cannot sign", key)
	}
	public, ok := signer.Public().(interface{ Equal(crypto.PublicKey) bool })
	if !ok {
		return tls.Certificate{}, fmt.Errorf("a private key of type %T is not supported", key)
	}
	certificate := tls.Certificate{PrivateKey: key}
	for _, c := range chain {
		if certificate.Leaf == nil && public.Equal(c.PublicKey) {
			certificate.Leaf = c
			certificate.Certificate = append([][]byte{c.Raw}, certificate.Certificate...)
			continue
		}
		certificate.Certificate = append(certificate.Certificate, c.Raw)
	}
	if certificate.Leaf == nil {
		return tls.Certificate{}, fmt.Errorf("no certificate belongs to the private key")
	}
	return certificate, nil
}
