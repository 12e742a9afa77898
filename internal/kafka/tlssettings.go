package kafka

import (
	"crypto/tls"
	"slices"
	"strings"
)

// tlsSettings are the ssl.* properties of a client or of a listener; nil is Java's null.
type tlsSettings struct {
	prefix            string // of the keys, for messages
	listener          bool   // of the REST server and of its client
	protocol          string
	enabledProtocols  []string
	cipherSuites      []string
	endpointAlgorithm string
	clientAuth        string

	keystoreType, truststoreType         string
	keystoreLocation, truststoreLocation *string
	keystorePassword, truststorePassword *string
	keyPassword                          *string
	keystoreKey, keystoreChain           *string
	truststoreCertificates               *string
}

// sslSettings picks the ssl.* properties of a client.
func (c *Config) sslSettings() *tlsSettings {
	nullable := func(name string) *string {
		if text, ok := c.value(name).(string); ok {
			return &text
		}
		return nil
	}
	return &tlsSettings{
		protocol:               c.text("ssl.protocol"),
		enabledProtocols:       c.list("ssl.enabled.protocols"),
		cipherSuites:           c.list("ssl.cipher.suites"),
		endpointAlgorithm:      c.text("ssl.endpoint.identification.algorithm"),
		clientAuth:             "none",
		keystoreType:           c.text("ssl.keystore.type"),
		keystoreLocation:       nullable("ssl.keystore.location"),
		keystorePassword:       nullable("ssl.keystore.password"),
		keyPassword:            nullable("ssl.key.password"),
		keystoreKey:            nullable("ssl.keystore.key"),
		keystoreChain:          nullable("ssl.keystore.certificate.chain"),
		truststoreType:         c.text("ssl.truststore.type"),
		truststoreLocation:     nullable("ssl.truststore.location"),
		truststorePassword:     nullable("ssl.truststore.password"),
		truststoreCertificates: nullable("ssl.truststore.certificates"),
	}
}

// listenerSettings picks the ssl.* properties of a listener as AbstractConfig.valuesWithPrefixAllOrNothing does: when any key
// carries the prefix, only those count; otherwise the keys without it do.
func listenerSettings(properties map[string]string, prefix string) (*tlsSettings, error) {
	used := ""
	ssl := map[string]string{"bootstrap.servers": "unused:1"}
	for name := range properties {
		if strings.HasPrefix(name, prefix) {
			used = prefix
		}
	}
	for name, value := range properties {
		if name, ok := strings.CutPrefix(name, used); ok && strings.HasPrefix(name, "ssl.") {
			ssl[name] = value
		}
	}
	config, err := ParseConfig(AdminClient, ssl)
	if err != nil {
		if e, ok := err.(*ConfigError); ok {
			return nil, &ConfigError{used + e.Key, strings.ReplaceAll(e.Text, e.Key, used+e.Key)}
		}
		return nil, err
	}
	s := config.sslSettings()
	s.prefix, s.listener = used, true
	s.clientAuth = "none"
	if value, given := ssl["ssl.client.auth"]; given {
		s.clientAuth = trimJava(value)
		if why := (oneOf{"required", "requested", "none"}).check("", s.clientAuth); why != "" {
			return nil, invalid(used+"ssl.client.auth", s.clientAuth, why)
		}
	}
	return s, nil
}

var protocolVersions = map[string]uint16{
	"TLSv1":   tls.VersionTLS10,
	"TLSv1.1": tls.VersionTLS11,
	"TLSv1.2": tls.VersionTLS12,
	"TLSv1.3": tls.VersionTLS13,
}

// versions returns the lowest and highest protocol version of ssl.enabled.protocols.
func (s *tlsSettings) versions() (lowest, highest uint16, err error) {
	if !slices.Contains([]string{"TLS", "SSL", "SSLv2", "SSLv3", "DTLS"}, s.protocol) && protocolVersions[s.protocol] == 0 {
		return 0, 0, invalid(s.prefix+"ssl.protocol", s.protocol, s.protocol+" SSLContext not available")
	}
	if len(s.enabledProtocols) == 0 {
		return tls.VersionTLS12, tls.VersionTLS13, nil
	}
	for _, name := range s.enabledProtocols {
		version, known := protocolVersions[name]
		if !known {
			return 0, 0, invalid(s.prefix+"ssl.enabled.protocols", name, "Unsupported protocol "+name+", known are TLSv1, TLSv1.1, TLSv1.2 and TLSv1.3")
		}
		if lowest == 0 || version < lowest {
			lowest = version
		}
		highest = max(highest, version)
	}
	return lowest, highest, nil
}

// suites translates ssl.cipher.suites, whose Java names are the registered ones. TLS 1.3 suites cannot be chosen one by one, so
// naming only such suites, or none, narrows the protocol versions instead.
func (s *tlsSettings) suites(lowest, highest uint16, warn func(key, reason string)) ([]uint16, uint16, uint16, error) {
	if len(s.cipherSuites) == 0 {
		return nil, lowest, highest, nil
	}
	name := s.prefix + "ssl.cipher.suites"
	var ids []uint16
	modern := false
	for _, suite := range s.cipherSuites {
		i := slices.IndexFunc(allSuites(), func(c *tls.CipherSuite) bool { return c.Name == javaSuite(suite) })
		switch {
		case i < 0:
			warn(name, "the cipher suite "+suite+" is not available")
		case slices.Contains(allSuites()[i].SupportedVersions, tls.VersionTLS13):
			modern = true
		default:
			ids = append(ids, allSuites()[i].ID)
		}
	}
	switch {
	case !modern && len(ids) == 0:
		return nil, 0, 0, invalid(name, strings.Join(s.cipherSuites, ","), "none of the cipher suites is available")
	case !modern:
		highest = min(highest, tls.VersionTLS12)
	case len(ids) == 0:
		lowest = max(lowest, tls.VersionTLS13)
	}
	if lowest > highest {
		return nil, 0, 0, invalid(name, strings.Join(s.cipherSuites, ","), "none of the cipher suites belongs to a protocol of "+s.prefix+"ssl.enabled.protocols")
	}
	return ids, lowest, highest, nil
}

// javaSuite is the registered name of a suite; Java calls the oldest ones SSL_.
func javaSuite(name string) string {
	if rest, old := strings.CutPrefix(name, "SSL_"); old {
		return "TLS_" + rest
	}
	return name
}

func allSuites() []*tls.CipherSuite { return append(tls.CipherSuites(), tls.InsecureCipherSuites()...) }
