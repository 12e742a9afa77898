package jsonschema

import (
	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/converters/internal/describe"
	"github.com/moldau/moldau/converters/internal/registry"
)

const class = "io.confluent.connect.json.JsonSchemaConverter"

// Plugins returns the converter. Confluent's is no header converter.
func Plugins() []connect.Plugin {
	def := definition()
	return []connect.Plugin{{
		Kind: connect.KindConverter, Class: class, Config: def,
		Doc: "Converts values to and from JSON whose schemas, in JSON Schema, a Confluent Schema Registry holds, or any registry with its interface. " +
			"It needs values with a schema.",
		NewConverter: func() connect.Converter { return &Converter{def: def} },
	}}
}

func flag(name string, def bool, doc string) config.Key {
	return config.Key{Name: name, Type: config.Boolean, Default: def, Importance: config.Medium, Doc: doc}
}

func definition() *config.Def {
	own := []config.Key{
		flag(additionalKey, true, "Whether the schemas of structs permit members that they do not name."),
		flag(nonRequiredKey, false, "Whether a property that a schema does not list as required is read as an optional field. Without, only what may be null is optional."),
		flag(modernKey, false, "Whether schemas of the drafts 2019-09 and 2020-12 are read as if they were of draft 7."),
		{
			Name: decimalKey, Default: "BASE64", Validator: config.CaseInsensitiveValidString("BASE64", "NUMERIC"), Importance: config.Low,
			Doc: "How decimals are written, in any case: BASE64 is the form that Connect has always used, NUMERIC a JSON number that other programs can read. " +
				"Both are read, whatever this says.",
		},
		flag(singletonKey, true, "Whether a union of one member is read as that member. Without, it is read as a struct of one field."),
		flag(preserveKey, false, "Whether members of an object that its schema permits and does not name are kept, in the field "+extrasField+". Without, they are dropped."),
		flag(generalizedKey, false, "Whether unions and enums have the form in Connect that the converters of Avro and Protobuf use too."),
		flag(ignoreDefaultKey, false, "Whether a null of an optional field with a default is written as null. Without, it is written as the default."),
		{
			Name: cacheSizeKey, Type: config.Int, Default: 1000, Importance: config.Low,
			Doc: "How many schemas are kept in compiled form. It matters where the records of a topic have very many schemas.",
		},
		flag(invalidKey, false, "Whether data is checked against its schema, with all that the schema demands, when it is written and read. It costs much time."),
		flag(indentKey, false, "Whether the JSON is written in many lines, for people."),
	}
	return describe.Def(append(append(registry.Keys(), own...), withoutEffect()...)...)
}

// withoutEffect are settings of Confluent's serializers that work on Java's objects, and have no effect in a converter there either.
func withoutEffect() []config.Key {
	const why = " It is accepted for configurations that have it; as in Confluent's converter it has no effect, "
	unknown := flag("json.fail.unknown.properties", true, "Whether reading fails at members that a Java class lacks."+why+"since no Java class is involved.")
	dates := flag("json.write.dates.iso8601", false, "Whether dates are written as text."+why+"since a converter writes dates as numbers.")
	envelope := flag("json.envelope.detection", true, "Whether objects with the members schema and payload bring their schema."+why+
		"since a converter gets schema and value apart.")
	nullables := flag("json.oneof.for.nullables", true, "Whether schemas made of Java classes have oneOf for what may be null."+why+
		"since schemas are made of Connect's.")
	before := flag("json.validate.before.domain.rules", false, "Whether data is checked before the registry's rules change it."+why+
		"since rules of the registry are not applied.")
	return []config.Key{
		unknown, dates, envelope, nullables, before,
		{
			Name: "json.schema.spec.version", Default: "draft_7", Importance: config.Medium,
			Doc: "The draft of schemas that are made of Java classes." + why + "since schemas are made of Connect's, and name no draft.",
		},
		{
			Name: "json.schema.scan.packages", Type: config.List, Default: "", Importance: config.Low,
			Doc: "Where Java annotations are looked for." + why + "since no Java class is involved.",
		},
		{
			Name: "json.default.property.inclusion", Default: nil, Importance: config.Medium,
			Doc: "Which properties of Java objects are written." + why + "since no Java class is involved.",
		},
		{
			Name: "json.key.type", Default: "java.lang.Object", Importance: config.Medium,
			Doc: "The Java class of keys." + why + "since no Java class is involved.",
		},
		{
			Name: "json.value.type", Default: "java.lang.Object", Importance: config.Medium,
			Doc: "The Java class of values." + why + "since no Java class is involved.",
		},
		{
			Name: "type.property", Default: "javaType", Importance: config.Medium,
			Doc: "The member of a schema that names the Java class of its data. It has no effect: such data is read like any other.",
		},
		{
			Name: "json.type.allowed.packages", Type: config.List, Default: "*", Importance: config.Medium,
			Doc: "Which Java classes a schema may name. It has no effect: such data is read like any other.",
		},
	}
}
