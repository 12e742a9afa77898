// Package registry is the client of a Confluent Schema Registry, and what the converters that need one have in common: their settings, the frame
// around their data, and the names of subjects.
package registry

import "github.com/moldau/moldau/connect/config"

// Names of the settings.
const (
	urlKey          = "schema.registry.url"
	randomizeKey    = "schema.registry.url.randomize"
	capacityKey     = "max.schemas.per.subject"
	normalizeKey    = "normalize.schemas"
	registerKey     = "auto.register.schemas"
	useIDKey        = "use.schema.id"
	useGUIDKey      = "use.schema.guid"
	idStrictKey     = "id.compatibility.strict"
	latestKey       = "use.latest.version"
	latestStrictKey = "latest.compatibility.strict"
	latestTTLKey    = "latest.cache.ttl.sec"
	latestSizeKey   = "latest.cache.size"
	metadataKey     = "use.latest.with.metadata"
	tagsKey         = "propagate.schema.tags"
	contextKey      = "context.name.strategy"
	headerPrefix    = "request.header."

	strategySuffix     = ".subject.name.strategy"
	serializerSuffix   = ".schema.id.serializer"
	deserializerSuffix = ".schema.id.deserializer"

	// clientPrefix may stand before the keys of the client: those of authKeys, httpKeys and, always, tlsKeys.
	clientPrefix = "schema.registry."
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

	noContext = "io.confluent.kafka.serializers.context.NullContextNameStrategy"
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
			Name: tagsKey, Type: config.Boolean, Default: false, Importance: config.Low,
			Doc: "Whether a schema that is registered takes over the tags of the version before it.",
		},
		{
			Name: contextKey, Type: config.Class, AnyClass: true, Default: noContext, Importance: config.Medium, Validator: className(noContext),
			Doc: "Which context of the registry the subjects are in. NullContextNameStrategy is the default one; name another one in the URL " +
				"(http://HOST:8081/contexts/.NAME), since classes of one's own cannot be loaded.",
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
			Name: latestSizeKey, Type: config.Int, Default: 1000, Importance: config.Low, Validator: config.AtLeast(int32(0)),
			Doc: "With use.latest.version: for how many schemas and topics the latest schema is remembered.",
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
