package kafka

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"

	"github.com/moldau/moldau/internal/keystore"
)

// keySource names the property that holds the private key, with the file where it is one.
func (s *tlsSettings) keySource() string {
	if s.keystoreLocation != nil {
		return s.prefix + "ssl.keystore.location (" + *s.keystoreLocation + ")"
	}
	if s.keystoreKey != nil {
		return s.prefix + "ssl.keystore.certificate.chain"
	}
	return s.prefix + "ssl.keystore.location (not set)"
}

func (s *tlsSettings) trustSource() string {
	if s.truststoreLocation != nil {
		return s.prefix + "ssl.truststore.location (" + *s.truststoreLocation + ")"
	}
	if s.truststoreCertificates != nil {
		return s.prefix + "ssl.truststore.certificates"
	}
	return "the system's certificates (" + s.prefix + "ssl.truststore.location is not set)"
}

// loadKeys is DefaultSslEngineFactory.createKeystore with its messages. Without a keystore there are no keys, which clients of
// brokers that ask for no certificate need not have.
func (s *tlsSettings) loadKeys() ([]tls.Certificate, error) {
	bad := func(key, text string) ([]tls.Certificate, error) { return nil, &ConfigError{s.prefix + key, text} }
	location, password := s.keystoreLocation, s.keystorePassword
	switch {
	case s.keystoreKey != nil:
		switch {
		case s.keystoreType != "PEM":
			return bad("ssl.keystore.key", "SSL private key can be specified only for PEM, but key store type is "+s.keystoreType+".")
		case s.keystoreChain == nil:
			return bad("ssl.keystore.certificate.chain", "SSL private key is specified, but certificate chain is not specified.")
		case location != nil:
			return bad("ssl.keystore.location", "Both SSL key store location and separate private key are specified.")
		case password != nil:
			return bad("ssl.keystore.password", "SSL key store password cannot be specified with PEM format, only key password may be specified.")
		}
		certificate, err := keystore.PEMKey(*s.keystoreKey, *s.keystoreChain, s.keyPassword)
		if err != nil {
			return bad("ssl.keystore.key", "Invalid PEM keystore configs ("+s.prefix+"ssl.keystore.key, "+s.prefix+"ssl.keystore.certificate.chain): "+err.Error())
		}
		return []tls.Certificate{certificate}, nil
	case s.keystoreChain != nil:
		return bad("ssl.keystore.key", "SSL certificate chain is specified, but private key is not specified")
	case s.keystoreType == "PEM" && location != nil:
		if password != nil {
			return bad("ssl.keystore.password", "SSL key store password cannot be specified with PEM format, only key password may be specified")
		}
		text, err := os.ReadFile(*location)
		var certificate tls.Certificate
		if err == nil {
			certificate, err = keystore.PEMKey(string(text), string(text), s.keyPassword)
		}
		if err != nil {
			return bad("ssl.keystore.location", fmt.Sprintf("Failed to load PEM SSL keystore %s (%sssl.keystore.location): %v", *location, s.prefix, err))
		}
		return []tls.Certificate{certificate}, nil
	case location == nil && password != nil:
		return bad("ssl.keystore.location", "SSL key store is not specified, but key store password is specified.")
	case location != nil && password == nil:
		return bad("ssl.keystore.password", "SSL key store is specified, but key store password is not specified.")
	case location == nil:
		return nil, nil
	}
	content, err := keystore.Read(*location, s.keystoreType, password, s.keyPassword)
	if err != nil {
		return bad("ssl.keystore.location", fmt.Sprintf("Failed to load SSL keystore %s of type %s (%sssl.keystore.location): %v", *location, s.keystoreType, s.prefix, err))
	}
	if len(content.Keys) == 0 {
		return bad("ssl.keystore.location", fmt.Sprintf("The SSL keystore %s (%sssl.keystore.location) holds no private key", *location, s.prefix))
	}
	return content.Keys, nil
}

// loadTrusted is DefaultSslEngineFactory.createTruststore; nil stands for the system's certificates.
func (s *tlsSettings) loadTrusted() ([]*x509.Certificate, error) {
	bad := func(key, text string) ([]*x509.Certificate, error) { return nil, &ConfigError{s.prefix + key, text} }
	location, password := s.truststoreLocation, s.truststorePassword
	switch {
	case s.truststoreCertificates != nil:
		switch {
		case s.truststoreType != "PEM":
			return bad("ssl.truststore.certificates", "SSL trust store certs can be specified only for PEM, but trust store type is "+s.truststoreType+".")
		case location != nil:
			return bad("ssl.truststore.location", "Both SSL trust store location and separate trust certificates are specified.")
		case password != nil:
			return bad("ssl.truststore.password", "SSL trust store password cannot be specified for PEM format.")
		}
		certificates, err := keystore.PEMCertificates(*s.truststoreCertificates)
		if err != nil {
			return bad("ssl.truststore.certificates", "Invalid PEM truststore configs ("+s.prefix+"ssl.truststore.certificates): "+err.Error())
		}
		return certificates, nil
	case s.truststoreType == "PEM" && location != nil:
		if password != nil {
			return bad("ssl.truststore.password", "SSL trust store password cannot be specified for PEM format.")
		}
		text, err := os.ReadFile(*location)
		var certificates []*x509.Certificate
		if err == nil {
			certificates, err = keystore.PEMCertificates(string(text))
		}
		if err != nil {
			return bad("ssl.truststore.location", fmt.Sprintf("Failed to load PEM SSL truststore %s (%sssl.truststore.location): %v", *location, s.prefix, err))
		}
		return certificates, nil
	case location == nil && password != nil:
		return bad("ssl.truststore.location", "SSL trust store is not specified, but trust store password is specified.")
	case location == nil:
		return nil, nil
	}
	content, err := keystore.Read(*location, s.truststoreType, password, nil)
	if err != nil {
		return bad("ssl.truststore.location", fmt.Sprintf("Failed to load SSL truststore %s of type %s (%sssl.truststore.location): %v", *location, s.truststoreType, s.prefix, err))
	}
	trusted := content.Trusted
	for _, k := range content.Keys { // Java trusts the certificates of key entries as well
		trusted = append(trusted, k.Leaf)
	}
	if len(trusted) == 0 {
		return bad("ssl.truststore.location", fmt.Sprintf("The SSL truststore %s (%sssl.truststore.location) holds no trusted certificate", *location, s.prefix))
	}
	return trusted, nil
}

// loadOwn returns what a listener's keystore holds to trust, nil without one. Who has no truststore trusts that: Connect's REST server and the
// client that calls other workers are of Jetty, whose SslContextFactory.loadTrustStore falls back to the keystore.
func (s *tlsSettings) loadOwn(keys []tls.Certificate) ([]*x509.Certificate, error) {
	if !s.listener || s.keystoreLocation == nil {
		return nil, nil
	}
	var trusted []*x509.Certificate
	for _, k := range keys {
		trusted = append(trusted, k.Leaf)
	}
	if s.keystoreType == "PEM" {
		return trusted, nil
	}
	content, err := keystore.Read(*s.keystoreLocation, s.keystoreType, s.keystorePassword, s.keyPassword)
	if err != nil {
		return nil, &ConfigError{s.prefix + "ssl.keystore.location", fmt.Sprintf("Failed to load SSL keystore %s of type %s (%sssl.keystore.location): %v",
			*s.keystoreLocation, s.keystoreType, s.prefix, err)}
	}
	return append(trusted, content.Trusted...), nil
}
