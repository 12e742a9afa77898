package avro

import (
	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/converters/avro/internal/avsc"
	"github.com/moldau/moldau/internal/javafmt"
)

// Names that Confluent's AvroData gives to what Avro or Connect has no word for.
const (
	namespace       = "io.confluent.connect.avro"
	defaultName     = "ConnectDefault"
	defaultFullName = namespace + "." + defaultName
	mapEntryName    = "MapEntry"

	unionName         = namespace + ".Union"
	enumParam         = namespace + ".Enum"
	generalizedUnion  = "org.apache.kafka.connect.data.Union"
	generalizedEnum   = "org.apache.kafka.connect.data.Enum"
	generalizedPrefix = "connect_union_"
	generalizedField  = "connect_union_field_"

	recordDocParam    = namespace + ".record.doc"
	fieldDocParam     = namespace + ".field.doc."
	fieldDefaultParam = namespace + ".field.default"
	enumDocParam      = namespace + ".enum.doc."
	enumDefaultParam  = namespace + ".enum.default."

	connectName         = "connect.name"
	connectDoc          = "connect.doc"
	connectVersion      = "connect.version"
	connectDefault      = "connect.default"
	connectParameters   = "connect.parameters"
	connectInternalType = "connect.internal.type"
	connectType         = "connect.type"
	connectRecordDoc    = "connect.record.doc"
	connectEnumDoc      = "connect.enum.doc"
	fixedSizeParam      = "connect.fixed.size"
	precisionParam      = "connect.decimal.precision"

	logicalTypeProp  = "logicalType"
	scaleProp        = "scale"
	precisionProp    = "precision"
	defaultPrecision = 64
)

// Options are the settings that decide how Connect data and Avro correspond.
type Options struct {
	// Enhanced keeps enums, and the namespaces of a union's members.
	Enhanced bool
	// NoMetaData leaves Connect's names, versions, parameters and the like out of Avro schemas.
	NoMetaData bool
	// Scrub replaces what Avro does not allow in names.
	Scrub bool
	// DiscardTypeDoc takes the documentation of fields, not that of their types.
	DiscardTypeDoc bool
	// OptionalMapKeys makes an Avro map of a map with optional string keys.
	OptionalMapKeys bool
	// KeepSingletonUnions keeps a union of one member a union.
	KeepSingletonUnions bool
	// Generalized uses the notation of unions and enums that all of Confluent's converters share.
	Generalized bool
	// IgnoreDefaults writes a null of an optional field as null, whatever its default.
	IgnoreDefaults bool
	// CacheSize bounds the schemas that are kept in compiled form.
	CacheSize int
}

const (
	enhancedKey      = "enhanced.avro.schema.support"
	metaDataKey      = "connect.meta.data"
	scrubKey         = "scrub.invalid.names"
	discardDocKey    = "discard.type.doc.default"
	optionalKeysKey  = "allow.optional.map.keys"
	singletonKey     = "flatten.singleton.unions"
	generalizedKey   = "generalized.sum.type.support"
	ignoreDefaultKey = "ignore.default.for.nullables"
	cacheSizeKey     = "schemas.cache.config"
)

func optionsOf(v *config.Values) Options {
	return Options{
		Enhanced:            v.Bool(enhancedKey),
		NoMetaData:          !v.Bool(metaDataKey),
		Scrub:               v.Bool(scrubKey),
		DiscardTypeDoc:      v.Bool(discardDocKey),
		OptionalMapKeys:     v.Bool(optionalKeysKey),
		KeepSingletonUnions: !v.Bool(singletonKey),
		Generalized:         v.Bool(generalizedKey),
		IgnoreDefaults:      v.Bool(ignoreDefaultKey),
		CacheSize:           v.Int(cacheSizeKey),
	}
}

// Data translates schemas and values between Connect and Avro, as Confluent's AvroData does. It is used by one goroutine.
type Data struct {
	opts Options
	// unions counts the unions that got a name of the generalized notation.
	unions int
}

// NewData returns a Data of the options.
func NewData(opts Options) *Data { return &Data{opts: opts} }

func dataException(message string) error {
	return javafmt.NewException(javafmt.DataException, message, nil)
}

func nullPointer(message string) error {
	return javafmt.NewException(javafmt.NullPointerException, message, nil)
}

func (d *Data) enumParam() string {
	if d.opts.Generalized {
		return generalizedEnum
	}
	return enumParam
}

// stringKeys reports whether a map is an Avro map.
func (d *Data) stringKeys(s *data.Schema) bool {
	return s.Key().Kind() == data.StringKind && (!s.Key().Optional() || d.opts.OptionalMapKeys)
}

func hasParam(s *data.Schema, key string) bool {
	for _, p := range s.ParamList() {
		if p.Key == key {
			return true
		}
	}
	return false
}

func isUnion(s *data.Schema) bool {
	return s.HasName() && s.Name() == unionName || s.Kind() == data.StructKind && hasParam(s, generalizedUnion)
}

func isEnum(s *data.Schema) bool {
	return s.Kind() == data.StringKind && (hasParam(s, generalizedEnum) || hasParam(s, enumParam))
}

func isFixed(s *data.Schema) bool {
	return s.Kind() == data.BytesKind && s.HasName() && hasParam(s, fixedSizeParam)
}

// Schema is an Avro schema.
type Schema = avsc.Schema

// ParseSchema parses the text of an Avro schema and refuses names that Avro does not allow.
func ParseSchema(text string) (*Schema, error) { return avsc.ParseStrict(text) }
