package values

import (
	"math/big"

	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/internal/javafmt"
)

func dataException(message string, cause error) error {
	return &javafmt.Exception{Class: javafmt.DataException, Message: message, Cause: cause}
}

func unable(v data.Value, to string, cause error) error {
	return dataException("Unable to convert "+v.String()+" (class "+v.JavaClass()+") to "+to, cause)
}

func errNull() error {
	return dataException("Unable to convert a null value to a schema that requires a value", nil)
}

// parsedText returns what a string stands for; Java trips over the literal null.
func parsedText(v data.Value) (data.Value, error) {
	text, ok := v.Text()
	if !ok {
		return v, nil
	}
	schema, p := Parse(text)
	if schema == nil {
		return data.Null, &javafmt.Exception{Class: javafmt.NullPointerException,
			Message: `Cannot invoke "org.apache.kafka.connect.data.SchemaAndValue.value()" because "parsed" is null`}
	}
	return p, nil
}

// Convert converts a value to the type of a schema. from is the schema of the value, nil where it is not known.
func Convert(to, from *data.Schema, v data.Value) (data.Value, error) {
	if v.IsNull() {
		if to.Optional() {
			return data.Null, nil
		}
		return data.Null, errNull()
	}
	switch to.Kind() {
	case data.BytesKind:
		if to.Name() == data.DecimalName {
			return toDecimal(to, v)
		}
		return toBytes(to, v)
	case data.StringKind:
		return ToString(from, v)
	case data.BoolKind:
		return ToBool(from, v)
	case data.Int8Kind:
		return ToInt8(from, v)
	case data.Int16Kind:
		return ToInt16(from, v)
	case data.Int32Kind:
		switch to.Name() {
		case data.DateName:
			return toDate(to, from, v)
		case data.TimeName:
			return toTime(to, from, v)
		}
		return ToInt32(from, v)
	case data.Int64Kind:
		if to.Name() == data.TimestampName {
			return toTimestamp(to, from, v)
		}
		return ToInt64(from, v)
	case data.Float32Kind:
		return ToFloat32(from, v)
	case data.Float64Kind:
		return ToFloat64(from, v)
	case data.ListKind:
		return ToList(from, v)
	case data.MapKind:
		return ToMap(from, v)
	}
	return ToStruct(from, v)
}

// ToBool converts a value to BoolKind: text true and false, and numbers. A null stays null, here and in the functions below.
func ToBool(from *data.Schema, v data.Value) (data.Value, error) {
	if v.IsNull() || v.Kind() == data.BoolKind {
		return v, nil
	}
	p, err := parsedText(v)
	if err != nil || p.Kind() == data.BoolKind {
		return p, err
	}
	x, err := asLong(v, from, nil)
	return data.Bool(x != 0), err
}

// ToInt8 converts a value to Int8Kind; larger numbers lose their high bits.
func ToInt8(from *data.Schema, v data.Value) (data.Value, error) {
	return toInteger(from, v, data.Int8Kind)
}

// ToInt16 converts a value to Int16Kind; larger numbers lose their high bits.
func ToInt16(from *data.Schema, v data.Value) (data.Value, error) {
	return toInteger(from, v, data.Int16Kind)
}

// ToInt32 converts a value to Int32Kind; larger numbers lose their high bits.
func ToInt32(from *data.Schema, v data.Value) (data.Value, error) {
	return toInteger(from, v, data.Int32Kind)
}

// ToInt64 converts a value to Int64Kind; larger decimals lose their high bits.
func ToInt64(from *data.Schema, v data.Value) (data.Value, error) {
	return toInteger(from, v, data.Int64Kind)
}

func toInteger(from *data.Schema, v data.Value, k data.Kind) (data.Value, error) {
	if v.IsNull() || v.Kind() == k {
		return v, nil
	}
	x, err := asLong(v, from, nil)
	if err != nil {
		return data.Null, err
	}
	switch k {
	case data.Int8Kind:
		return data.Int8(int8(x)), nil
	case data.Int16Kind:
		return data.Int16(int16(x)), nil
	case data.Int32Kind:
		return data.Int32(int32(x)), nil
	}
	return data.Int64(x), nil
}

// ToFloat32 converts a value to Float32Kind.
func ToFloat32(from *data.Schema, v data.Value) (data.Value, error) {
	if v.IsNull() || v.Kind() == data.Float32Kind {
		return v, nil
	}
	x, err := asDouble(v, from)
	return data.Float32(float32(x)), err
}

// ToFloat64 converts a value to Float64Kind.
func ToFloat64(from *data.Schema, v data.Value) (data.Value, error) {
	if v.IsNull() || v.Kind() == data.Float64Kind {
		return v, nil
	}
	x, err := asDouble(v, from)
	return data.Float64(x), err
}

// ToString converts a value to its text form; see Append.
func ToString(_ *data.Schema, v data.Value) (data.Value, error) {
	if v.IsNull() || v.Kind() == data.StringKind {
		return v, nil
	}
	b, err := Append(nil, v)
	return data.TextOf(b), err
}

// The types of ToList, ToMap and ToStruct, as messages name them.
const (
	listType   = "Schema{ARRAY}"
	mapType    = "Schema{MAP}"
	structType = "Schema{STRUCT}"
)

// ToList returns a list as it is, and the list that a text stands for.
func ToList(_ *data.Schema, v data.Value) (data.Value, error) {
	return toContainer(v, data.ListKind, listType)
}

// ToMap returns a map as it is, and the map that a text stands for.
func ToMap(_ *data.Schema, v data.Value) (data.Value, error) {
	return toContainer(v, data.MapKind, mapType)
}

func toContainer(v data.Value, k data.Kind, name string) (data.Value, error) {
	if v.IsNull() {
		return data.Null, errNull()
	}
	p, err := parsedText(v)
	if err != nil || p.Kind() == k {
		return p, err
	}
	return data.Null, unable(p, name, nil)
}

// ToStruct returns a struct as it is.
func ToStruct(_ *data.Schema, v data.Value) (data.Value, error) {
	switch {
	case v.IsNull():
		return data.Null, errNull()
	case v.Kind() == data.StructKind:
		return v, nil
	}
	return data.Null, unable(v, structType, nil)
}

// ToDecimal converts numbers, text and bytes to a decimal; only bytes take the scale, other values keep the one they have.
func ToDecimal(_ *data.Schema, v data.Value, scale int32) (data.Value, error) {
	if v.IsNull() {
		return data.Null, errNull()
	}
	return toDecimal(data.DecimalSchema(scale), v)
}

func toDecimal(to *data.Schema, v data.Value) (data.Value, error) {
	switch v.Kind() {
	case data.BytesKind:
		b, _ := v.Bytes()
		d, err := data.DecimalFromBytes(to, b)
		return d.Value(), err
	case data.DecimalKind:
		return v, nil
	case data.StringKind:
		text, _ := v.Text()
		d, err := javafmt.ParseDecimal(text)
		if err != nil {
			return data.Null, err
		}
		return data.DecimalOf(d.Unscaled, d.Scale), nil
	}
	if x, ok := numberOf(v); ok {
		d, err := javafmt.DecimalValueOf(x.double())
		if err != nil {
			return data.Null, err
		}
		return data.DecimalOf(d.Unscaled, d.Scale), nil
	}
	return data.Null, unable(v, to.String(), nil)
}

func toBytes(to *data.Schema, v data.Value) (data.Value, error) {
	switch v.Kind() {
	case data.BytesKind:
		b, _ := v.Bytes()
		return data.BytesOf(b), nil
	case data.DecimalKind:
		d, _ := v.Decimal()
		b, err := data.DecimalToBytes(to, d)
		return data.BytesOf(b), err
	}
	return data.Null, unable(v, to.String(), nil)
}

// numeric is a value that is a java.lang.Number.
type numeric struct {
	v   data.Value
	dec *javafmt.Decimal
}

func isBigInteger(f *data.Foreign) bool { return f.Class == "java.math.BigInteger" }

func numberOf(v data.Value) (numeric, bool) {
	switch k := v.Kind(); {
	case isNumber(k):
		return numeric{v: v}, true
	case k == data.DecimalKind:
		d, _ := v.Decimal()
		return numeric{dec: &javafmt.Decimal{Unscaled: d.Unscaled(), Scale: d.Scale()}}, true
	case k == data.ForeignKind && isBigInteger(v.Foreign()):
		return numeric{dec: &javafmt.Decimal{Unscaled: new(big.Int).Set(v.Foreign().Number.Unscaled())}}, true
	}
	return numeric{}, false
}

// long is Number.longValue.
func (n numeric) long() int64 {
	if n.dec != nil {
		return n.dec.Int64()
	}
	if x, ok := n.v.Int64(); ok {
		return x
	}
	f, _ := n.v.Float64()
	return javafmt.ToInt64(f)
}

// double is Number.doubleValue.
func (n numeric) double() float64 {
	if n.dec != nil {
		return n.dec.Float64()
	}
	if x, ok := n.v.Int64(); ok {
		return float64(x)
	}
	f, _ := n.v.Float64()
	return f
}

func asLong(v data.Value, from *data.Schema, cause error) (int64, error) {
	if n, ok := numberOf(v); ok {
		return n.long(), nil
	}
	if text, ok := v.Text(); ok {
		d, err := javafmt.ParseDecimal(text)
		if err == nil {
			return d.Int64(), nil
		}
		cause = err
	}
	if from == nil {
		return 0, unable(v, "a number", cause)
	}
	if v.Kind().IsTemporal() {
		switch from.Name() {
		case data.DateName:
			x, err := data.DateToDays(from, v)
			return int64(x), err
		case data.TimeName:
			x, err := data.TimeToMillis(from, v)
			return int64(x), err
		case data.TimestampName:
			return data.TimestampToMillis(from, v)
		}
	}
	return 0, unable(v, from.String(), cause)
}

func asDouble(v data.Value, from *data.Schema) (float64, error) {
	if n, ok := numberOf(v); ok {
		return n.double(), nil
	}
	var cause error
	if text, ok := v.Text(); ok {
		d, err := javafmt.ParseDecimal(text)
		if err == nil {
			return d.Float64(), nil
		}
		cause = err
	}
	x, err := asLong(v, from, cause)
	return float64(x), err
}
