// Package registry is the client of a Confluent Schema Registry, and what the converters that need one have in common: their settings, the frame
// around their data, and the names of subjects.
package registry

import "github.com/moldau/moldau/connect/config"

// Names of the settings.
const (
	urlKey           = "schema.registry.url"
	randomizeKey     = "schema.registry.url.randomize"
	capacityKey      = "max.schemas.per.subject"
	normalizeKey     = "normalize.schemas"
	registerKey      = "auto.register.schemas"
	useIDKey         = "use.schema.id"
	useGUIDKey       = "use.schema.guid"
	idStrictKey      = "id.compatibility.strict"
	latestKey        = "use.latest.version"
	latestStrictKey  = "latest.compatibility.strict"
	latestTTLKey     = "latest.cache.ttl.sec"
	metadataKey      = "use.latest.with.metadata"
	basicSourceKey   = "basic.auth.credentials.source"
	oldUserInfoKey   = "schema.registry.basic.auth.user.info"
	userInfoKey      = "basic.auth.user.info"
	bearerSourceKey  = "bearer.auth.credentials.source"
	bearerTokenKey   = "bearer.auth.token"
	bearerClusterKey = "bearer.auth.logical.cluster"
	bearerPoolKey    = "bearer.auth.identity.pool.id"
	saslJaasKey      = "sasl.jaas.config"
	proxyHostKey     = "proxy.host"
	proxyPortKey     = "proxy.port"
	connectTimeKey   = "http.connect.timeout.ms"
	readTimeKey      = "http.read.timeout.ms"
	retriesKey       = "max.retries"
	waitKey          = "retries.wait.ms"
	maxWaitKey       = "retries.max.wait.ms"
	headerPrefix     = "request.header."

	strategySuffix     = ".subject.name.strategy"
	serializerSuffix   = ".schema.id.serializer"
	deserializerSuffix = ".schema.id.deserializer"

	sslPrefix = "schema.registry."
)

// Classes of framing and of subject names.
const (
	prefixSerializer   = "io.confluent.kafka.serializers.schema.id.PrefixSchemaIdSerializer"
	headerSerializer   = "io.confluent.kafka.serializers.schema.id.HeaderSchemaIdSerializer"
	dualDeserializer   = "io.confluent.kafka.serializers.schema.id.DualSchemaIdDeserializer"
	prefixDeserializer = "io.confluent.kafka.serializers.schema.id.PrefixSchemaIdDeserializer"
	configDeserializer = "io.confluent.kafka.serializers.schema.id.ConfigSchemaIdDeserializer"

	topicStrategy       = "io.confluent.kafka.serializers.subject.TopicNameStrategy"
	recordStrategy      = "io.confluent.kafka.serializers.subject.RecordNameStrategy"
	topicRecordStrategy = "io.confluent.kafka.serializers.subject.TopicRecordNameStrategy"
)

// Keys returns the declarations of the settings that all converters with a registry share.
func Keys() []config.Key {
	keys := []config.Key{
		{
			Name: urlKey, Type: config.List, Default: config.NoDefault, Importance: config.High, DisplayName: "Schema Registry URLs",
			Doc: "The URLs of the registry, separated by commas. When one does not answer the next is asked. A URL may hold user and password; " +
				"they are used and never logged.",
		},
		{
			Name: randomizeKey, Type: config.Boolean, Default: false, Importance: config.Low,
			Doc: "Whether the first request goes to any of the URLs, which spreads many tasks over them, instead of to the first one.",
		},
		{
			Name: capacityKey, Type: config.Int, Default: 1000, Importance: config.Low, Validator: config.AtLeast(int32(1)),
			Doc: "How many schemas of the registry are remembered.",
		},
		{
			Name: registerKey, Type: config.Boolean, Default: true, Importance: config.Medium,
			Doc: "Whether schemas are registered under their subject when data of them is written. It wins over the other ways to choose a schema, so " +
				"set it to false with use.latest.version or use.schema.id.",
		},
		{
			Name: normalizeKey, Type: config.Boolean, Default: false, Importance: config.Medium,
			Doc: "Whether the registry brings schemas to a normal form before it registers or looks them up, in which orders without meaning do not count.",
		},
		{
			Name: latestKey, Type: config.Boolean, Default: false, Importance: config.Low,
			Doc: "Whether data is written by the latest schema of the subject, whatever the schema of the data. Needs auto.register.schemas=false.",
		},
		{
			Name: latestStrictKey, Type: config.Boolean, Default: true, Importance: config.Low,
			Doc: "With use.latest.version: whether data whose schema the latest one cannot read is refused.",
		},
		{
			Name: latestTTLKey, Type: config.Int, Default: -1, Importance: config.Low,
			Doc: "With use.latest.version: after how many seconds the latest schema is asked for again; -1 is never.",
		},
		{
			Name: metadataKey, Default: nil, Importance: config.Low,
			Doc: "Data is written by the latest schema of the subject that has this property in its metadata, given as name=value.",
		},
		{
			Name: useIDKey, Type: config.Int, Default: -1, Importance: config.Low,
			Doc: "The id of the schema by which data is written, whatever the schema of the data; -1 for none. Needs auto.register.schemas=false. With " +
				"ConfigSchemaIdDeserializer it is also the schema of data that is read.",
		},
		{
			Name: useGUIDKey, Default: nil, Importance: config.Low,
			Doc: "The same as use.schema.id, by the GUID that newer registries give to a schema.",
		},
		{
			Name: idStrictKey, Type: config.Boolean, Default: true, Importance: config.Low,
			Doc: "With use.schema.id or use.schema.guid: whether data whose schema that one cannot read is refused.",
		},
	}
	keys = append(keys, framingKeys()...)
	keys = append(keys, authKeys()...)
	keys = append(keys, httpKeys()...)
	return append(keys, tlsKeys()...)
}

func framingKeys() []config.Key {
	var keys []config.Key
	for _, side := range []string{"key", "value"} {
		keys = append(keys,
			config.Key{
				Name: side + strategySuffix, Type: config.Class, AnyClass: true, Default: topicStrategy, Importance: config.Medium,
				Validator: className(topicStrategy, recordStrategy, topicRecordStrategy),
				Doc: "How the subject of a " + side + "'s schema is named: TopicNameStrategy (TOPIC-" + side + "), RecordNameStrategy (the full name of the " +
					"record) or TopicRecordNameStrategy (TOPIC-NAME), each in io.confluent.kafka.serializers.subject.",
			},
			config.Key{
				Name: side + serializerSuffix, Type: config.Class, AnyClass: true, Default: prefixSerializer, Importance: config.Medium,
				Validator: className(prefixSerializer, headerSerializer),
				Doc: "Where the id of a " + side + "'s schema is written: before the data (PrefixSchemaIdSerializer) or, as a GUID, in a header of the record " +
					"(HeaderSchemaIdSerializer), each in io.confluent.kafka.serializers.schema.id.",
			},
			config.Key{
				Name: side + deserializerSuffix, Type: config.Class, AnyClass: true, Default: dualDeserializer, Importance: config.Medium,
				Validator: className(dualDeserializer, prefixDeserializer, configDeserializer),
				Doc: "Where the id of a " + side + "'s schema is looked for: in the header and then before the data (DualSchemaIdDeserializer), before the data " +
					"only (PrefixSchemaIdDeserializer), or nowhere, since use.schema.id or use.schema.guid says it (ConfigSchemaIdDeserializer).",
			})
	}
	return keys
}

func authKeys() []config.Key {
	return []config.Key{
		{
			Name: basicSourceKey, Default: "URL", Importance: config.Medium, Validator: config.ValidString("URL", "USER_INFO", "SASL_INHERIT"),
			Doc: "Where user and password come from: the URL, basic.auth.user.info (USER_INFO) or sasl.jaas.config (SASL_INHERIT).",
		},
		{
			Name: userInfoKey, Type: config.Password, Default: "", Importance: config.Medium,
			Doc: "User and password as USER:PASSWORD, with basic.auth.credentials.source=USER_INFO.",
		},
		{
			Name: oldUserInfoKey, Type: config.Password, Default: "", Importance: config.Medium, Deprecated: "use basic.auth.user.info",
			Doc: "The older name of basic.auth.user.info, which it wins over.",
		},
		{
			Name: saslJaasKey, Type: config.Password, Default: nil, Importance: config.Low,
			Doc: "With SASL_INHERIT: the login as for Kafka, whose username and password are used.",
		},
		{
			Name: bearerSourceKey, Default: nil, Importance: config.Medium, Validator: config.ValidStringOrNull("STATIC_TOKEN"),
			Doc: "Set to STATIC_TOKEN, requests carry the token of bearer.auth.token. It cannot be combined with basic authentication.",
		},
		{
			Name: bearerTokenKey, Type: config.Password, Default: "", Importance: config.Medium,
			Doc: "The token that requests carry with bearer.auth.credentials.source=STATIC_TOKEN.",
		},
		{
			Name: bearerClusterKey, Default: nil, Importance: config.Medium,
			Doc: "The value of the header target-sr-cluster, by which Confluent Cloud finds the registry that a token is for.",
		},
		{
			Name: bearerPoolKey, Default: nil, Importance: config.Medium,
			Doc: "The value of the header Confluent-Identity-Pool-Id, for tokens of an identity pool.",
		},
	}
}

func httpKeys() []config.Key {
	millis := func(name string, def int, doc string) config.Key {
		return config.Key{Name: name, Type: config.Int, Default: def, Importance: config.Low, Validator: config.AtLeast(int32(0)), Doc: doc}
	}
	return []config.Key{
		millis(connectTimeKey, 60000, "How many milliseconds a connection to the registry may take; 0 is no limit."),
		millis(readTimeKey, 60000, "How many milliseconds the registry may take for an answer; 0 is no limit."),
		millis(retriesKey, 3, "How often a request is repeated that failed in a way that may pass."),
		millis(waitKey, 1000, "How many milliseconds at most pass before the first repetition; for each further one it is twice as much."),
		millis(maxWaitKey, 20000, "How many milliseconds at most pass before any repetition."),
		{Name: proxyHostKey, Default: "", Importance: config.Low, Doc: "The host of an HTTP proxy through which the registry is reached; empty for none."},
		{Name: proxyPortKey, Type: config.Int, Default: -1, Importance: config.Low, Doc: "The port of the proxy."},
	}
}

// tlsKeys are Kafka's ssl.* settings behind schema.registry.
func tlsKeys() []config.Key {
	text := func(name string, def any, doc string) config.Key {
		return config.Key{Name: sslPrefix + name, Default: def, Importance: config.Medium, Doc: doc}
	}
	secret := func(name, doc string) config.Key {
		return config.Key{Name: sslPrefix + name, Type: config.Password, Default: nil, Importance: config.Medium, Doc: doc}
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
		text("ssl.endpoint.identification.algorithm", "https", "How the host name of the registry is checked against its certificate; empty turns the check off."),
	}
}

// className accepts the names of classes that are there.
func className(names ...string) config.Validator {
	return config.Lambda(func(name string, value any) error {
		class, _ := value.(config.ClassName)
		for _, n := range names {
			if string(class) == n {
				return nil
			}
		}
		return config.Invalid(name, string(class), "Class "+string(class)+" could not be found.")
	}, func() string { return "" })
}
