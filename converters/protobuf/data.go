package protobuf

import (
	"strings"

	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/converters/protobuf/internal/protofile"
	"github.com/moldau/moldau/internal/javafmt"
)

// Names that Confluent's ProtobufData gives to what Protobuf or Connect has no word for.
const (
	namespace    = "io.confluent.connect.protobuf"
	defaultName  = "ConnectDefault"
	enumParam    = namespace + ".Enum"
	unionName    = namespace + ".Union"
	unionPrefix  = unionName + "."
	tagParam     = namespace + ".Tag"
	typeParam    = namespace + ".Type"
	wrapperParam = namespace + ".Wrapper"

	generalizedUnion = "org.apache.kafka.connect.data.Union"
	generalizedEnum  = "org.apache.kafka.connect.data.Enum"
	variantName      = "org.apache.kafka.connect.data.Variant"

	precisionParam = "connect.decimal.precision"
	precisionProp  = "precision"
	scaleProp      = "scale"
	connectType    = "connect.type"
	connectInt8    = "int8"
	connectInt16   = "int16"

	keyField   = "key"
	valueField = "value"
)

// Full names of the messages that stand for Connect's logical types, and the files that declare them.
const (
	decimalType   = "confluent.type.Decimal"
	variantType   = "confluent.type.Variant"
	dateType      = "google.type.Date"
	timeType      = "google.type.TimeOfDay"
	timestampType = "google.protobuf.Timestamp"
	wrappersFile  = "google/protobuf/wrappers.proto"
)

// filesOf says which file declares a message that generated schemas use.
var filesOf = map[string]string{
	decimalType: "confluent/type/decimal.proto", variantType: "confluent/type/variant.proto", dateType: "google/type/date.proto",
	timeType: "google/type/timeofday.proto", timestampType: "google/protobuf/timestamp.proto",
	"google.protobuf.DoubleValue": wrappersFile, "google.protobuf.FloatValue": wrappersFile, "google.protobuf.Int64Value": wrappersFile,
	"google.protobuf.UInt64Value": wrappersFile, "google.protobuf.Int32Value": wrappersFile, "google.protobuf.UInt32Value": wrappersFile,
	"google.protobuf.BoolValue": wrappersFile, "google.protobuf.StringValue": wrappersFile, "google.protobuf.BytesValue": wrappersFile,
}

// wrapperKinds are the types below the messages that wrap a scalar.
var wrapperKinds = map[string]data.Kind{
	"google.protobuf.DoubleValue": data.Float64Kind, "google.protobuf.FloatValue": data.Float32Kind, "google.protobuf.Int64Value": data.Int64Kind,
	"google.protobuf.UInt64Value": data.Int64Kind, "google.protobuf.Int32Value": data.Int32Kind, "google.protobuf.UInt32Value": data.Int64Kind,
	"google.protobuf.BoolValue": data.BoolKind, "google.protobuf.StringValue": data.StringKind, "google.protobuf.BytesValue": data.BytesKind,
}

// wrapperOf are the messages that wrap a scalar, by its type.
var wrapperOf = map[data.Kind]string{
	data.Int8Kind: "google.protobuf.Int32Value", data.Int16Kind: "google.protobuf.Int32Value", data.Int32Kind: "google.protobuf.Int32Value",
	data.Int64Kind: "google.protobuf.Int64Value", data.Float32Kind: "google.protobuf.FloatValue", data.Float64Kind: "google.protobuf.DoubleValue",
	data.BoolKind: "google.protobuf.BoolValue", data.StringKind: "google.protobuf.StringValue", data.BytesKind: "google.protobuf.BytesValue",
}

// Options are the settings that decide how Connect data and Protobuf correspond.
type Options struct {
	// Enhanced keeps the packages of names.
	Enhanced bool
	// Scrub replaces what Protobuf does not allow in names.
	Scrub bool
	// IntEnums reads enums as their numbers.
	IntEnums bool
	// Optional gives optional fields the keyword optional, and reads only such fields as optional.
	Optional bool
	// NoProto2Optional reads fields of proto2 that are not set as their defaults.
	NoProto2Optional bool
	// Wrappers makes wrapper messages of optional scalars, and the other way round.
	Wrappers bool
	// KeepRawWrappers reads a wrapper message as a struct.
	KeepRawWrappers bool
	// StructForNull reads messages that are not set as structs of defaults.
	StructForNull bool
	// NoUnionIndex leaves the index out of the names of oneofs.
	NoUnionIndex bool
	// Flatten reads the members of oneofs as fields of the struct around them.
	Flatten bool
	// Generalized uses the notation of unions and enums that all of Confluent's converters share.
	Generalized bool
	// IgnoreDefaults writes a null as null, whatever its default.
	IgnoreDefaults bool
	// CacheSize bounds the schemas that are kept in compiled form.
	CacheSize int
}

const (
	enhancedKey      = "enhanced.protobuf.schema.support"
	scrubKey         = "scrub.invalid.names"
	intEnumsKey      = "int.for.enums"
	optionalKey      = "optional.for.nullables"
	proto2Key        = "optional.for.proto2"
	wrappersKey      = "wrapper.for.nullables"
	rawWrappersKey   = "wrapper.for.raw.primitives"
	structForNullKey = "generate.struct.for.nulls"
	unionIndexKey    = "generate.index.for.unions"
	flattenKey       = "flatten.unions"
	generalizedKey   = "generalized.sum.type.support"
	ignoreDefaultKey = "ignore.default.for.nullables"
	cacheSizeKey     = "schemas.cache.config"
)

func optionsOf(v *config.Values) Options {
	return Options{
		Enhanced: v.Bool(enhancedKey), Scrub: v.Bool(scrubKey), IntEnums: v.Bool(intEnumsKey), Optional: v.Bool(optionalKey),
		NoProto2Optional: !v.Bool(proto2Key), Wrappers: v.Bool(wrappersKey), KeepRawWrappers: !v.Bool(rawWrappersKey),
		StructForNull: v.Bool(structForNullKey), NoUnionIndex: !v.Bool(unionIndexKey), Flatten: v.Bool(flattenKey),
		Generalized: v.Bool(generalizedKey), IgnoreDefaults: v.Bool(ignoreDefaultKey), CacheSize: v.Int(cacheSizeKey),
	}
}

// Data translates schemas and values between Connect and Protobuf, as Confluent's ProtobufData does. It is used by one goroutine.
type Data struct{ opts Options }

// NewData returns a Data of the options.
func NewData(opts Options) *Data { return &Data{opts: opts} }

// File is a linked Protobuf schema.
type File = protofile.File

// Message is a message of a Protobuf schema.
type Message = protofile.Message

const (
	illegalArgument = "java.lang.IllegalArgumentException"
	invalidProtocol = "com.google.protobuf.InvalidProtocolBufferException"
)

func dataException(message string) error {
	return javafmt.NewException(javafmt.DataException, message, nil)
}

func nullPointer(message string) error {
	return javafmt.NewException(javafmt.NullPointerException, message, nil)
}

func argumentError(message string) error {
	return javafmt.NewException(illegalArgument, message, nil)
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
	return s.HasName() && strings.HasPrefix(s.Name(), unionName) || s.Kind() == data.StructKind && hasParam(s, generalizedUnion)
}

func isVariant(s *data.Schema) bool {
	return s.Kind() == data.StructKind && s.HasName() && s.Name() == variantName
}

// isLogical reports whether a schema has the name of a logical type, which decides in Java whatever the type is.
func isLogical(s *data.Schema) bool {
	if !s.HasName() {
		return false
	}
	switch s.Name() {
	case data.DecimalName, data.DateName, data.TimeName, data.TimestampName:
		return true
	}
	return false
}

func (d *Data) enumParam() string {
	if d.opts.Generalized {
		return generalizedEnum
	}
	return enumParam
}

// wraps reports whether a scalar is written in a wrapper message. The members of oneofs are so only where they were read so.
func (d *Data) wraps(s *data.Schema, member bool) bool {
	if !d.opts.Wrappers || !s.Optional() {
		return false
	}
	marker, _ := s.Param(wrapperParam)
	return !member || strings.EqualFold(marker, "true")
}
