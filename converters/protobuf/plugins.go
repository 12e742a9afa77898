package protobuf

import (
	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/converters/internal/describe"
	"github.com/moldau/moldau/converters/internal/registry"
)

const class = "io.confluent.connect.protobuf.ProtobufConverter"

// Plugins returns the converter. Confluent's is no header converter.
func Plugins() []connect.Plugin {
	def := definition()
	return []connect.Plugin{{
		Kind: connect.KindConverter, Class: class, Config: def,
		Doc:          "Converts values to and from Protobuf whose schemas a Confluent Schema Registry holds, or any registry with its interface.",
		NewConverter: func() connect.Converter { return &Converter{def: def} },
	}}
}

func definition() *config.Def {
	flag := func(name string, def bool, doc string) config.Key {
		return config.Key{Name: name, Type: config.Boolean, Default: def, Importance: config.Medium, Doc: doc}
	}
	own := []config.Key{
		flag(enhancedKey, false, "Whether the names of messages, enums and oneofs that are read keep their packages."),
		flag(scrubKey, false, "Whether characters that Protobuf does not allow in names are replaced. Without, such names are refused."),
		flag(intEnumsKey, false, "Whether enums are read as their numbers. Without, they are read as the names of their values."),
		flag(optionalKey, false, "Whether optional fields are written with the keyword optional, and only fields with it are read as optional."),
		flag(proto2Key, true, "Whether optional fields of proto2 that are not set are read as null. Without, they are read as their defaults."),
		flag(wrappersKey, false, "Whether optional scalars are written as wrapper messages such as google.protobuf.StringValue, and such messages are read as "+
			"optional scalars."),
		flag(rawWrappersKey, true, "Whether a wrapper message is read as the scalar in it. Without, it is read as a struct."),
		flag(structForNullKey, false, "Whether messages that are not set are read as structs of defaults. Without, they are read as null."),
		flag(unionIndexKey, true, "Whether the field for a oneof has the index of the oneof at the end of its name, as in payload_0."),
		flag(flattenKey, false, "Whether the members of oneofs are read as fields of the struct around them. Without, each oneof is a struct of its own."),
		flag(generalizedKey, false, "Whether unions and enums have the form in Connect that the converters of Avro and JSON Schema use too."),
		flag(ignoreDefaultKey, false, "Whether a null of an optional field with a default is written as null. Without, it is written as the default."),
		{
			Name: cacheSizeKey, Type: config.Int, Default: 1000, Importance: config.Low,
			Doc: "How many schemas are kept in compiled form. It matters where the records of a topic have very many schemas.",
		},
		flag(lookupOnlyKey, false, "Whether the schemas that a schema imports are only looked up in the registry, also where auto.register.schemas or "+
			"use.latest.version is true."),
		{
			Name: skipKnownKey, Type: config.Boolean, Default: true, Importance: config.Low,
			Doc: "Whether imports that every user of Protobuf has, those of google/ and confluent/, are left out of the references of a schema. Without, they " +
				"become subjects of the registry too.",
		},
		{
			Name: referenceKey, Type: config.Class, AnyClass: true, Default: defaultReferences, Importance: config.Low,
			Validator: config.Lambda(checkReferenceStrategy, func() string { return "" }),
			Doc: "How the subjects of imports are named: by the path of the import (DefaultReferenceSubjectNameStrategy), or by the path with dots for " +
				"slashes and without .proto (QualifiedReferenceSubjectNameStrategy), each in io.confluent.kafka.serializers.subject.",
		},
		{
			Name: indexesKey, Default: nil, Importance: config.Low,
			Doc: "With ConfigSchemaIdDeserializer: which message of the schema data is of, as the positions of the message and those around it in the " +
				"schema, from the outermost, separated by commas. The first message without it.",
		},
	}
	return describe.Def(append(registry.Keys(), own...)...)
}

func checkReferenceStrategy(name string, value any) error {
	class, _ := value.(config.ClassName)
	if class == defaultReferences || class == qualifiedReferences {
		return nil
	}
	return config.Invalid(name, string(class), "Class "+string(class)+" could not be found.")
}
