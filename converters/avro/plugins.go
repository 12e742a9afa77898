package avro

import (
	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/converters/internal/describe"
	"github.com/moldau/moldau/converters/internal/registry"
)

const class = "io.confluent.connect.avro.AvroConverter"

// Plugins returns the converter. Confluent's is no header converter.
func Plugins() []connect.Plugin {
	def := definition()
	return []connect.Plugin{{
		Kind: connect.KindConverter, Class: class, Config: def,
		Doc:          "Converts values to and from Avro whose schemas a Confluent Schema Registry holds, or any registry with its interface.",
		NewConverter: func() connect.Converter { return &Converter{def: def} },
	}}
}

func definition() *config.Def {
	flag := func(name string, def bool, doc string) config.Key {
		return config.Key{Name: name, Type: config.Boolean, Default: def, Importance: config.Medium, Doc: doc}
	}
	own := []config.Key{
		flag(enhancedKey, false, "Whether enums stay enums, and the members of a union keep the namespaces of their names."),
		flag(metaDataKey, true, "Whether Avro schemas carry what Connect knows beyond Avro, in properties such as connect.name and connect.parameters. "+
			"Without, a schema that was written and read has lost it."),
		flag(scrubKey, false, "Whether characters that Avro does not allow in names of records and fields are replaced. Without, such names are refused."),
		flag(discardDocKey, false, "Whether a field's documentation is that of Connect's schema of it, and the documentation of types stays apart."),
		flag(optionalKeysKey, false, "Whether a map with optional string keys becomes an Avro map. Without, it becomes an array of entries."),
		flag(singletonKey, true, "Whether a union of one member is read as that member. Without, it is read as a struct of one field."),
		flag(generalizedKey, false, "Whether unions and enums have the form in Connect that the converters of Protobuf and JSON Schema use too."),
		flag(ignoreDefaultKey, false, "Whether a null of an optional field with a default is written as null. Without, it is written as the default."),
		{
			Name: cacheSizeKey, Type: config.Int, Default: 1000, Importance: config.Low,
			Doc: "How many schemas are kept in compiled form. It matters where the records of a topic have very many schemas.",
		},
	}
	return describe.Def(append(registry.Keys(), own...)...)
}
