package data

import (
	"strconv"

	"github.com/moldau/moldau/internal/javafmt"
)

// Names of Connect's logical types, and the parameter of a decimal's scale.
const (
	DecimalName   = "org.apache.kafka.connect.data.Decimal"
	DateName      = "org.apache.kafka.connect.data.Date"
	TimeName      = "org.apache.kafka.connect.data.Time"
	TimestampName = "org.apache.kafka.connect.data.Timestamp"

	ScaleParam = "scale"
)

const millisPerDay = 24 * 60 * 60 * 1000

// valueKind returns the kind of host values. In Java the name alone decides which classes are accepted, whatever the type below it.
func valueKind(k Kind, name string) Kind {
	switch name {
	case DecimalName:
		return DecimalKind
	case DateName:
		return DateKind
	case TimeName:
		return TimeKind
	case TimestampName:
		return TimestampKind
	}
	return k
}

// DecimalBuilder starts the schema of decimals of a scale.
func DecimalBuilder(scale int32) *SchemaBuilder {
	return NewSchema(BytesKind).Name(DecimalName).Param(ScaleParam, strconv.Itoa(int(scale))).Version(1)
}

// DecimalSchema returns the schema of decimals of a scale.
func DecimalSchema(scale int32) *Schema { return DecimalBuilder(scale).MustBuild() }

// DateBuilder starts the schema of dates.
func DateBuilder() *SchemaBuilder { return NewSchema(Int32Kind).Name(DateName).Version(1) }

// TimeBuilder starts the schema of times of day.
func TimeBuilder() *SchemaBuilder { return NewSchema(Int32Kind).Name(TimeName).Version(1) }

// TimestampBuilder starts the schema of timestamps.
func TimestampBuilder() *SchemaBuilder { return NewSchema(Int64Kind).Name(TimestampName).Version(1) }

func dataException(message string) error {
	return &javafmt.Exception{Class: javafmt.DataException, Message: message}
}

// DecimalScale returns the scale that a decimal schema states.
func DecimalScale(s *Schema) (int32, error) {
	if !s.hasParams {
		return 0, &javafmt.Exception{Class: javafmt.NullPointerException,
			Message: `Cannot invoke "java.util.Map.get(Object)" because the return value of "org.apache.kafka.connect.data.Schema.parameters()" is null`}
	}
	text, ok := s.Param(ScaleParam)
	if !ok {
		return 0, dataException("Invalid Decimal schema: scale parameter not found.")
	}
	scale, err := strconv.ParseInt(text, 10, 32)
	if err != nil {
		return 0, &javafmt.Exception{Class: javafmt.DataException, Message: "Invalid scale parameter found in Decimal schema: ",
			Cause: &javafmt.Exception{Class: javafmt.NumberFormatException, Message: "For input string: \"" + text + "\""}}
	}
	return int32(scale), nil
}

// DecimalToBytes encodes a decimal as Connect's wire form: the unscaled value in two's complement, big-endian, as short as possible. The scale
// must be that of the schema.
func DecimalToBytes(s *Schema, d Decimal) ([]byte, error) {
	scale, err := DecimalScale(s)
	if err != nil {
		return nil, err
	}
	if d.Scale() != scale {
		return nil, dataException("Decimal value has mismatching scale for given Decimal schema. Schema has scale " +
			strconv.Itoa(int(scale)) + ", value has scale " + strconv.Itoa(int(d.Scale())) + ".")
	}
	return AppendTwosComplement(nil, d), nil
}

// DecimalFromBytes decodes what DecimalToBytes wrote.
func DecimalFromBytes(s *Schema, b []byte) (Decimal, error) {
	scale, err := DecimalScale(s)
	if err != nil {
		return Decimal{}, err
	}
	if len(b) == 0 {
		return Decimal{}, &javafmt.Exception{Class: javafmt.NumberFormatException, Message: "Zero length BigInteger"}
	}
	return DecimalFromTwosComplement(b, scale), nil
}

// DateToDays returns the wire form of a DateKind value of a schema: days since the epoch.
func DateToDays(s *Schema, v Value) (int32, error) {
	if s.name != DateName {
		return 0, dataException("Requested conversion of Date object but the schema does not match.")
	}
	ms, _ := v.Millis()
	if ms%millisPerDay != 0 {
		return 0, dataException("Kafka Connect Date type should not have any time fields set to non-zero values.")
	}
	return int32(ms / millisPerDay), nil
}

// DateFromDays is the inverse of DateToDays.
func DateFromDays(s *Schema, days int32) (Value, error) {
	if s.name != DateName {
		return Null, dataException("Requested conversion of Date object but the schema does not match.")
	}
	return DateMillis(int64(days) * millisPerDay), nil
}

// TimeToMillis returns the wire form of a TimeKind value of a schema: milliseconds since midnight.
func TimeToMillis(s *Schema, v Value) (int32, error) {
	if s.name != TimeName {
		return 0, dataException("Requested conversion of Time object but the schema does not match.")
	}
	ms, _ := v.Millis()
	if ms < 0 || ms > millisPerDay {
		return 0, dataException("Kafka Connect Time type should not have any date fields set to non-zero values.")
	}
	return int32(ms), nil
}

// TimeFromMillis is the inverse of TimeToMillis.
func TimeFromMillis(s *Schema, ms int32) (Value, error) {
	if s.name != TimeName {
		return Null, dataException("Requested conversion of Date object but the schema does not match.")
	}
	if ms < 0 || ms > millisPerDay {
		return Null, dataException("Time values must use number of milliseconds greater than 0 and less than 86400000")
	}
	return TimeMillis(int64(ms)), nil
}

// TimestampToMillis returns the wire form of a TimestampKind value of a schema: milliseconds since the epoch.
func TimestampToMillis(s *Schema, v Value) (int64, error) {
	if s.name != TimestampName {
		return 0, dataException("Requested conversion of Timestamp object but the schema does not match.")
	}
	ms, _ := v.Millis()
	return ms, nil
}

// TimestampFromMillis is the inverse of TimestampToMillis.
func TimestampFromMillis(s *Schema, ms int64) (Value, error) {
	if s.name != TimestampName {
		return Null, dataException("Requested conversion of Timestamp object but the schema does not match.")
	}
	return TimestampMillis(ms), nil
}
