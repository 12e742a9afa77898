package data

// The schemas without name that Java's Schema interface names.
var (
	Int8Schema    = NewSchema(Int8Kind).MustBuild()
	Int16Schema   = NewSchema(Int16Kind).MustBuild()
	Int32Schema   = NewSchema(Int32Kind).MustBuild()
	Int64Schema   = NewSchema(Int64Kind).MustBuild()
	Float32Schema = NewSchema(Float32Kind).MustBuild()
	Float64Schema = NewSchema(Float64Kind).MustBuild()
	BoolSchema    = NewSchema(BoolKind).MustBuild()
	StringSchema  = NewSchema(StringKind).MustBuild()
	BytesSchema   = NewSchema(BytesKind).MustBuild()

	OptionalInt8Schema    = Int8Schema.AsOptional(true)
	OptionalInt16Schema   = Int16Schema.AsOptional(true)
	OptionalInt32Schema   = Int32Schema.AsOptional(true)
	OptionalInt64Schema   = Int64Schema.AsOptional(true)
	OptionalFloat32Schema = Float32Schema.AsOptional(true)
	OptionalFloat64Schema = Float64Schema.AsOptional(true)
	OptionalBoolSchema    = BoolSchema.AsOptional(true)
	OptionalStringSchema  = StringSchema.AsOptional(true)
	OptionalBytesSchema   = BytesSchema.AsOptional(true)

	DateSchema      = DateBuilder().MustBuild()
	TimeSchema      = TimeBuilder().MustBuild()
	TimestampSchema = TimestampBuilder().MustBuild()

	OptionalDateSchema      = DateSchema.AsOptional(true)
	OptionalTimeSchema      = TimeSchema.AsOptional(true)
	OptionalTimestampSchema = TimestampSchema.AsOptional(true)
)

// SchemaOfKind returns the required schema without name of a primitive kind, of DateKind, TimeKind or TimestampKind; nil for other kinds.
func SchemaOfKind(k Kind) *Schema {
	switch k {
	case Int8Kind:
		return Int8Schema
	case Int16Kind:
		return Int16Schema
	case Int32Kind:
		return Int32Schema
	case Int64Kind:
		return Int64Schema
	case Float32Kind:
		return Float32Schema
	case Float64Kind:
		return Float64Schema
	case BoolKind:
		return BoolSchema
	case StringKind:
		return StringSchema
	case BytesKind:
		return BytesSchema
	case DateKind:
		return DateSchema
	case TimeKind:
		return TimeSchema
	case TimestampKind:
		return TimestampSchema
	}
	return nil
}
