package workerconfig

import (
	"github.com/moldau/moldau/connect/config"
)

// tlsKeys are the keys of TLS towards brokers and, with the prefix listeners.https., of the REST server (SslConfigs).
func tlsKeys() []config.Key {
	return []config.Key{
		{Name: "ssl.protocol", Default: "TLSv1.3", Importance: config.Medium,
			Doc: "TLS version preferred for connections."},
		{Name: "ssl.provider", Importance: config.Medium,
			Doc:      "Name of the Java security provider.",
			NoEffect: "TLS is Go's own, Java's security providers do not exist here."},
		{Name: "ssl.cipher.suites", Type: config.List, Default: []string{}, Validator: config.AnyNonDuplicateValues(true, false),
			Doc: "Cipher suites to accept, in the names of Java; empty accepts the secure ones."},
		{Name: "ssl.enabled.protocols", Type: config.List, Default: []string{"TLSv1.2", "TLSv1.3"}, Validator: config.AnyNonDuplicateValues(true, false), Importance: config.Medium,
			Doc: "TLS versions to accept."},
		{Name: "ssl.keystore.type", Default: "JKS", Importance: config.Medium,
			Doc: "Format of the key store: JKS, PKCS12 or PEM."},
		{Name: "ssl.keystore.location", Importance: config.High,
			Doc: "File of the key store with this side's certificate and key."},
		{Name: "ssl.keystore.password", Type: config.Password, Importance: config.High,
			Doc: "Password of the key store; not used with PEM."},
		{Name: "ssl.key.password", Type: config.Password, Importance: config.High,
			Doc: "Password of the private key in the key store or of an encrypted PEM key."},
		{Name: "ssl.keystore.key", Type: config.Password, Importance: config.High,
			Doc: "Private key as PEM text (PKCS#8), in place of a file."},
		{Name: "ssl.keystore.certificate.chain", Type: config.Password, Importance: config.High,
			Doc: "Certificate and its chain as PEM text, in place of a file."},
		{Name: "ssl.truststore.certificates", Type: config.Password, Importance: config.High,
			Doc: "Trusted certificates as PEM text, in place of a file."},
		{Name: "ssl.truststore.type", Default: "JKS", Importance: config.Medium,
			Doc: "Format of the trust store: JKS, PKCS12 or PEM."},
		{Name: "ssl.truststore.location", Importance: config.High,
			Doc: "File of the trust store; null trusts the system's authorities."},
		{Name: "ssl.truststore.password", Type: config.Password, Importance: config.High,
			Doc: "Password of the trust store; without it the store's integrity is not checked."},
		{Name: "ssl.keymanager.algorithm", Default: "SunX509",
			Doc:      "Java's key manager algorithm.",
			NoEffect: "TLS is Go's own, it has one way to choose certificates."},
		{Name: "ssl.trustmanager.algorithm", Default: "PKIX",
			Doc:      "Java's trust manager algorithm.",
			NoEffect: "TLS is Go's own, it has one way to check certificates."},
		{Name: "ssl.endpoint.identification.algorithm", Default: "https",
			Doc: "https checks that the server's certificate names its host; empty does not check."},
		{Name: "ssl.secure.random.implementation",
			Doc:      "Java's random number generator for TLS.",
			NoEffect: "random numbers come from the operating system."},
		{Name: "ssl.engine.factory.class", Type: config.Class, AnyClass: true,
			Doc: "Java class that makes TLS engines."},
	}
}
