package registry

import "github.com/moldau/moldau/connect/config"

// Names of the settings of connections. The prefix schema.registry. may stand before each.
const (
	proxyHostKey      = "proxy.host"
	proxyPortKey      = "proxy.port"
	connectTimeKey    = "http.connect.timeout.ms"
	readTimeKey       = "http.read.timeout.ms"
	retriesKey        = "max.retries"
	waitKey           = "retries.wait.ms"
	maxWaitKey        = "retries.max.wait.ms"
	missingSizeKey    = "missing.cache.size"
	missingIDKey      = "missing.id.cache.ttl.sec"
	missingVersionKey = "missing.version.cache.ttl.sec"
	missingSchemaKey  = "missing.schema.cache.ttl.sec"
	apacheKey         = "use.apache.http.client"
)

func httpKeys() []config.Key {
	millis := func(name string, def int, doc string) config.Key {
		return config.Key{Name: name, Type: config.Int, Default: def, Importance: config.Low, Validator: config.AtLeast(int32(0)), Doc: doc}
	}
	seconds := func(name, what string) config.Key {
		return config.Key{
			Name: name, Type: config.Long, Default: 0, Importance: config.Low, Validator: config.AtLeast(int64(0)),
			Doc: "For how many seconds it is remembered " + what + "; 0 asks the registry each time.",
		}
	}
	return []config.Key{
		millis(connectTimeKey, 60000, "How many milliseconds a connection to the registry may take; 0 is no limit."),
		millis(readTimeKey, 60000, "How many milliseconds the registry may take for an answer; 0 is no limit."),
		millis(retriesKey, 3, "How often a request is repeated that failed in a way that may pass."),
		millis(waitKey, 1000, "How many milliseconds at most pass before the first repetition; for each further one it is twice as much."),
		millis(maxWaitKey, 20000, "How many milliseconds at most pass before any repetition."),
		{
			Name: missingSizeKey, Type: config.Int, Default: 10000, Importance: config.Low, Validator: config.AtLeast(int32(0)),
			Doc: "How many answers that something is not there are remembered.",
		},
		seconds(missingIDKey, "that there is no schema of an id"),
		seconds(missingVersionKey, "that a subject has no version of a number"),
		seconds(missingSchemaKey, "that a subject does not have a schema"),
		{
			Name: apacheKey, Type: config.Boolean, Default: false, Importance: config.Low,
			Doc: "Has no effect: connections to the registry are always kept and used again.",
		},
		{Name: proxyHostKey, Default: "", Importance: config.Low, Doc: "The host of an HTTP proxy through which the registry is reached; empty for none."},
		{Name: proxyPortKey, Type: config.Int, Default: -1, Importance: config.Low, Doc: "The port of the proxy; without one there is no proxy."},
	}
}

// tlsKeys are Kafka's ssl.* settings behind schema.registry.
func tlsKeys() []config.Key {
	text := func(name string, def any, doc string) config.Key {
		return config.Key{Name: clientPrefix + name, Default: def, Importance: config.Medium, Doc: doc}
	}
	secret := func(name, doc string) config.Key {
		return config.Key{Name: clientPrefix + name, Type: config.Password, Default: nil, Importance: config.Medium, Doc: doc}
	}
	return []config.Key{
		text("ssl.truststore.type", "JKS", "The format of the truststore: JKS, PKCS12 or PEM."),
		text("ssl.truststore.location", nil, "The file of the certificates to trust. Without one those of the system are."),
		secret("ssl.truststore.password", "The password of the truststore."),
		secret("ssl.truststore.certificates", "The certificates to trust, as PEM text, in place of a file."),
		text("ssl.keystore.type", "JKS", "The format of the keystore: JKS, PKCS12 or PEM."),
		text("ssl.keystore.location", nil, "The file of the key and certificate that the registry may ask for."),
		secret("ssl.keystore.password", "The password of the keystore."),
		secret("ssl.keystore.key", "The private key, as PEM text, in place of a file."),
		secret("ssl.keystore.certificate.chain", "The certificates of the key, as PEM text, in place of a file."),
		secret("ssl.key.password", "The password of the private key, where it is not that of the keystore."),
		text("ssl.endpoint.identification.algorithm", "https", "How the host name of the registry is checked against its certificate; empty or none turns the check off."),
	}
}
