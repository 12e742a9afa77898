package json

import (
	"strings"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/converters/internal/describe"
)

const (
	class = "org.apache.kafka.connect.json.JsonConverter"

	schemasEnable    = "schemas.enable"
	schemasCacheSize = "schemas.cache.size"
	schemaContent    = "schema.content"
	decimalFormat    = "decimal.format"
	replaceNull      = "replace.null.with.default"
)

// Plugins returns the converter and the header converter.
func Plugins() []connect.Plugin {
	def := definition()
	return describe.Plugins(class, "Converts values to and from JSON, with the schema beside each value or without schema.", def,
		func() connect.Converter { return &Converter{def: def} })
}

func isNumeric(format string) bool { return strings.EqualFold(format, "NUMERIC") }

func definition() *config.Def {
	const schemas, serialization = "Schemas", "Serialization"
	return describe.Def(
		config.Key{
			Name: schemasEnable, Type: config.Boolean, Default: true, Importance: config.High, Group: schemas, Width: config.WidthMedium,
			DisplayName: "Enable Schemas",
			Doc: "Whether each value is an object with the members schema and payload. Without, a value is written as plain JSON and read without schema; " +
				"reading plain JSON while this is true fails.",
		},
		config.Key{
			Name: schemasCacheSize, Type: config.Int, Default: 1000, Importance: config.High, Group: schemas, Order: 1, Width: config.WidthMedium,
			DisplayName: "Schema Cache Size",
			Doc:         "How many schemas are kept in parsed form. It matters where the records of a topic have many different schemas.",
		},
		config.Key{
			Name: schemaContent, Default: nil, Importance: config.High, Group: schemas, Order: 2, Width: config.WidthMedium,
			DisplayName: "Schema Content",
			Doc: "The schema, as JSON, of all values that are read. Set, each value as a whole is the payload; not set, each value brings its schema. " +
				"It has no effect on writing, nor where schemas.enable is false.",
		},
		config.Key{
			Name: decimalFormat, Default: "BASE64", Validator: config.CaseInsensitiveValidString("BASE64", "NUMERIC"), Group: serialization,
			Width: config.WidthMedium, DisplayName: "Decimal Format",
			Doc: "How decimals are written, in any case: BASE64 is the exact form that Connect has always used, NUMERIC a JSON number that other programs " +
				"can read. Both are read, whatever this says.",
		},
		config.Key{
			Name: replaceNull, Type: config.Boolean, Default: true, Group: serialization, Order: 1, Width: config.WidthMedium,
			DisplayName: "Replace null with default",
			Doc:         "Whether a null takes the default of its field, where it has one, when it is read and written. Otherwise it stays null.",
		},
	)
}
