package jsonschema

import (
	"strings"

	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/internal/javafmt"
)

// Names that Confluent's JsonSchemaData gives to what JSON Schema or Connect has no word for.
const (
	namespace   = "io.confluent.connect.json"
	idParam     = namespace + ".Id"
	enumParam   = namespace + ".Enum"
	unionName   = namespace + ".OneOf"
	unionField  = unionName + ".field."
	idPrefix    = "#id"
	nullSymbol  = "<NULL>"
	keyField    = "key"
	valueField  = "value"
	extrasField = "__connect_additional_properties__"

	generalizedUnion  = "org.apache.kafka.connect.data.Union"
	generalizedEnum   = "org.apache.kafka.connect.data.Enum"
	generalizedPrefix = "connect_union_"
	generalizedField  = "connect_union_field_"

	variantName = "org.apache.kafka.connect.data.Variant"
)

const (
	additionalKey    = "object.additional.properties"
	nonRequiredKey   = "use.optional.for.nonrequired"
	modernKey        = "ignore.modern.dialects"
	decimalKey       = "decimal.format"
	singletonKey     = "flatten.singleton.unions"
	preserveKey      = "preserve.additional.properties"
	generalizedKey   = "generalized.sum.type.support"
	ignoreDefaultKey = "ignore.default.for.nullables"
	cacheSizeKey     = "schemas.cache.config"

	indentKey  = "json.indent.output"
	invalidKey = "json.fail.invalid.schema"
)

// Options are the settings that decide how Connect data and JSON Schema correspond.
type Options struct {
	// Closed says in the schemas of structs that an object has no other members.
	Closed bool
	// OptionalNonRequired makes fields optional that a schema does not require.
	OptionalNonRequired bool
	// OldDialects reads schemas of newer drafts as if they were of draft 7.
	OldDialects bool
	// NumericDecimals writes decimals as numbers.
	NumericDecimals bool
	// KeepSingletonUnions keeps a union of one member a union.
	KeepSingletonUnions bool
	// KeepAdditional keeps members of objects that the schema permits and does not name.
	KeepAdditional bool
	// Generalized uses the notation of unions and enums that all of Confluent's converters share.
	Generalized bool
	// IgnoreDefaults writes a null of an optional field as null, whatever its default.
	IgnoreDefaults bool
	// CacheSize bounds the schemas that are kept in compiled form.
	CacheSize int
}

func optionsOf(v *config.Values) Options {
	return Options{
		Closed:              !v.Bool(additionalKey),
		OptionalNonRequired: v.Bool(nonRequiredKey),
		OldDialects:         v.Bool(modernKey),
		NumericDecimals:     strings.EqualFold(v.String(decimalKey), "NUMERIC"),
		KeepSingletonUnions: !v.Bool(singletonKey),
		KeepAdditional:      v.Bool(preserveKey),
		Generalized:         v.Bool(generalizedKey),
		IgnoreDefaults:      v.Bool(ignoreDefaultKey),
		CacheSize:           v.Int(cacheSizeKey),
	}
}

// Data translates schemas and values between Connect and JSON Schema, as Confluent's JsonSchemaData does. It is used by one goroutine.
type Data struct{ opts Options }

// NewData returns a Data of the options.
func NewData(opts Options) *Data { return &Data{opts: opts} }

func dataException(message string) error {
	return javafmt.NewException(javafmt.DataException, message, nil)
}

func nullPointer(message string) error {
	return javafmt.NewException(javafmt.NullPointerException, message, nil)
}

func illegalArgument(message string, cause error) error {
	return javafmt.NewException(javafmt.IllegalArgument, message, cause)
}

func (d *Data) enumParam() string {
	if d.opts.Generalized {
		return generalizedEnum
	}
	return enumParam
}

func isUnion(s *data.Schema) bool {
	if s.Kind() != data.StructKind {
		return false
	}
	_, generalized := s.Param(generalizedUnion)
	return generalized || s.HasName() && s.Name() == unionName
}

func isEnum(s *data.Schema) bool {
	if s.Kind() != data.StringKind {
		return false
	}
	_, generalized := s.Param(generalizedEnum)
	_, own := s.Param(enumParam)
	return generalized || own
}

func isVariant(s *data.Schema) bool { return s.HasName() && s.Name() == variantName }

// isExtras reports whether a field holds the members that the schema does not name.
func (d *Data) isExtras(f data.Field) bool {
	s := f.Schema
	return d.opts.KeepAdditional && f.Name == extrasField && s.Kind() == data.MapKind && s.Key() != nil && s.Key().Kind() == data.StringKind &&
		s.Elem() != nil && isVariant(s.Elem())
}

// objectMode reports whether a map is an object; others are arrays of entries.
func objectMode(s *data.Schema) bool {
	return s.Key() != nil && s.Key().Kind() == data.StringKind && !s.Key().Optional()
}
