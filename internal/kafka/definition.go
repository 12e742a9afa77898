package kafka

import (
	"slices"

	"github.com/moldau/moldau/connect/config"
)

// Definition returns the declaration of a client's keys, for answers about connector overrides. It declares names, types and defaults; values
// are checked by ParseConfig.
func Definition(c Client) *config.Def {
	d := config.NewDef()
	for _, k := range keysOf(c) {
		declared := config.Key{Name: k.name, Type: configTypes[k.typ], Default: k.def, Importance: importanceOf(k.name, c), Doc: docOf(k, c), Order: -1}
		switch k.def {
		case none:
			declared.Default = nil
		case required:
			declared.Default = config.NoDefault
		}
		d.Define(declared)
	}
	return d
}

var configTypes = map[keyType]config.Type{typeBoolean: config.Boolean, typeString: config.String, typeInt: config.Int, typeShort: config.Short,
	typeLong: config.Long, typeDouble: config.Double, typeList: config.List, typeClass: config.Class, typePassword: config.Password}

func docOf(k key, c Client) string {
	switch k.treatment.kind {
	case isInert:
		return "Setting of the Kafka " + c.String() + ", accepted without effect: " + k.treatment.reason + "."
	case isRefused:
		return "Setting of the Kafka " + c.String() + " that cannot be used here: " + k.treatment.reason + "."
	}
	return "Setting of the Kafka " + c.String() + "; meaning and unit are those of Apache Kafka."
}

// importanceOf returns how likely a user has to set a key.
func importanceOf(name string, c Client) config.Importance {
	switch {
	case name == "retries" && c == AdminClient, name == "client.id" && c == Consumer:
		return config.Low
	case slices.Contains(highKeys, name):
		return config.High
	case slices.Contains(mediumKeys, name):
		return config.Medium
	}
	return config.Low
}

// The importance that Kafka gives its keys; all others are low.
var (
	highKeys = []string{
		"bootstrap.controllers", "bootstrap.servers", "buffer.memory", "compression.type", "fetch.min.bytes", "group.id", "group.protocol",
		"heartbeat.interval.ms", "key.deserializer", "key.serializer", "max.partition.fetch.bytes", "retries", "sasl.oauthbearer.expected.audience",
		"sasl.oauthbearer.expected.issuer", "session.timeout.ms", "ssl.key.password", "ssl.keystore.certificate.chain", "ssl.keystore.key",
		"ssl.keystore.location", "ssl.keystore.password", "ssl.truststore.certificates", "ssl.truststore.location", "ssl.truststore.password",
		"value.deserializer", "value.serializer",
	}
	mediumKeys = []string{
		"allow.auto.create.topics", "auto.offset.reset", "batch.size", "client.dns.lookup", "client.id", "compression.gzip.level",
		"compression.lz4.level", "compression.zstd.level", "connections.max.idle.ms", "default.api.timeout.ms", "delivery.timeout.ms",
		"enable.auto.commit", "exclude.internal.topics", "fetch.max.bytes", "group.instance.id", "group.remote.assignor", "isolation.level",
		"linger.ms", "max.block.ms", "max.poll.interval.ms", "max.poll.records", "max.request.size", "partition.assignment.strategy",
		"partitioner.class", "partitioner.ignore.keys", "receive.buffer.bytes", "request.timeout.ms", "sasl.client.callback.handler.class",
		"sasl.jaas.config", "sasl.kerberos.service.name", "sasl.login.callback.handler.class", "sasl.login.class", "sasl.mechanism",
		"sasl.oauthbearer.assertion.algorithm", "sasl.oauthbearer.assertion.claim.aud", "sasl.oauthbearer.assertion.claim.iss",
		"sasl.oauthbearer.assertion.claim.jti.include", "sasl.oauthbearer.assertion.claim.sub", "sasl.oauthbearer.assertion.file",
		"sasl.oauthbearer.assertion.private.key.file", "sasl.oauthbearer.assertion.private.key.passphrase",
		"sasl.oauthbearer.assertion.template.file", "sasl.oauthbearer.client.credentials.client.id",
		"sasl.oauthbearer.client.credentials.client.secret", "sasl.oauthbearer.jwks.endpoint.url", "sasl.oauthbearer.jwt.retriever.class",
		"sasl.oauthbearer.jwt.validator.class", "sasl.oauthbearer.scope", "sasl.oauthbearer.token.endpoint.url", "security.protocol",
		"send.buffer.bytes", "share.acknowledgement.mode", "share.acquire.mode", "socket.connection.setup.timeout.max.ms",
		"socket.connection.setup.timeout.ms", "ssl.enabled.protocols", "ssl.keystore.type", "ssl.protocol", "ssl.provider", "ssl.truststore.type",
	}
)
