package json

import (
	"encoding/base64"
	"math"
	"strconv"

	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/internal/javafmt"
	"github.com/moldau/moldau/internal/jsonscan"
)

// format is how values are written.
type format struct {
	// numeric is decimal.format NUMERIC.
	numeric bool
	// replaceNulls is replace.null.with.default.
	replaceNulls bool
	// shapes holds what is known of schemaless objects.
	shapes shapeWriters
	// scratch is for keys and decimals.
	scratch []byte
}

// encoder writes values of one schema.
type encoder struct {
	*format
	schema *data.Schema
	// kind is that of the logical type where the schema's name is one, else that of the schema.
	kind   data.Kind
	fields []fieldEncoder
	key    *encoder
	elem   *encoder
	// null is written for a null; without it and without nullErr a null is an error.
	null    []byte
	nullErr error
	// scale of a decimal, and why there is none.
	scale    int32
	scaleErr error
	// decimals says that texts hold decimals in base64, which are wrong where they are written as numbers.
	decimals bool
}

// compile works out how values of a schema are written.
func (f *format) compile(s *data.Schema) (*encoder, error) {
	if s.Cyclic() {
		return nil, dataException("Recursive schemas have no JSON form: " + s.String())
	}
	e := &encoder{format: f, schema: s, kind: s.ValueKind()}
	var err error
	switch e.kind {
	case data.DecimalKind:
		e.scale, e.scaleErr = data.DecimalScale(s)
		e.decimals = true
	case data.StructKind:
		for i, field := range s.Fields() {
			open := string(jsonscan.AppendQuoted(nil, field.Name)) + ":"
			if i > 0 {
				open = "," + open
			}
			x, err := f.compile(field.Schema)
			if err != nil {
				return nil, err
			}
			e.fields = append(e.fields, f.field(open, x))
			e.decimals = e.decimals || x.decimals
		}
	case data.ListKind:
		e.elem, err = f.compileNested(e, s.Elem())
	case data.MapKind:
		if e.key, err = f.compileNested(e, s.Key()); err == nil {
			e.elem, err = f.compileNested(e, s.Elem())
		}
	}
	if err != nil {
		return nil, err
	}
	v, hasDefault := s.Default()
	switch {
	case hasDefault && f.replaceNulls:
		e.null, e.nullErr = e.append(nil, v)
	case s.Optional():
		e.null = []byte("null")
	default:
		e.nullErr = dataException("Conversion error: null value for field that is required and has no default value")
	}
	return e, nil
}

func (f *format) compileNested(parent *encoder, s *data.Schema) (*encoder, error) {
	if s == nil {
		return nil, nil
	}
	e, err := f.compile(s)
	if err == nil {
		parent.decimals = parent.decimals || e.decimals
	}
	return e, err
}

// append appends a value. A nil encoder writes values without schema.
func (e *encoder) append(dst []byte, v data.Value) ([]byte, error) {
	k := v.Kind()
	if k == data.NullKind {
		return append(dst, e.null...), e.nullErr
	}
	if k != e.kind {
		if !k.IsTemporal() || !e.kind.IsTemporal() {
			return dst, e.mismatch(v)
		}
		k = e.kind
	}
	switch k {
	case data.StringKind:
		s, _ := v.Text()
		return jsonscan.AppendQuoted(dst, s), nil
	case data.StructKind:
		return e.appendStruct(dst, v.Struct())
	case data.ListKind:
		return e.appendList(dst, v.List())
	case data.MapKind:
		return e.appendMap(dst, v.Map())
	case data.DecimalKind:
		d, _ := v.Decimal()
		return e.appendDecimal(dst, d)
	case data.DateKind:
		days, err := data.DateToDays(e.schema, v)
		return strconv.AppendInt(dst, int64(days), 10), err
	case data.TimeKind:
		ms, err := data.TimeToMillis(e.schema, v)
		return strconv.AppendInt(dst, int64(ms), 10), err
	case data.TimestampKind:
		ms, _ := v.Millis()
		return strconv.AppendInt(dst, ms, 10), nil
	}
	return appendScalar(dst, v), nil
}

// appendScalar appends a boolean, number or bytes.
func appendScalar(dst []byte, v data.Value) []byte {
	switch v.Kind() {
	case data.BoolKind:
		b, _ := v.Bool()
		return strconv.AppendBool(dst, b)
	case data.Float32Kind:
		f, _ := v.Float32()
		if f-f != 0 {
			return append(javafmt.AppendFloat(append(dst, '"'), f), '"')
		}
		return javafmt.AppendFloat(dst, f)
	case data.Float64Kind:
		f, _ := v.Float64()
		if math.IsNaN(f - f) {
			return append(javafmt.AppendDouble(append(dst, '"'), f), '"')
		}
		return javafmt.AppendDouble(dst, f)
	case data.BytesKind:
		b, _ := v.Bytes()
		if buffer := v.Buffer(); buffer != nil {
			// Java writes the whole array, whatever the position and limit.
			b = buffer.Array
		}
		dst = append(dst, '"')
		return append(base64.StdEncoding.AppendEncode(dst, b), '"')
	}
	x, _ := v.Int64()
	return strconv.AppendInt(dst, x, 10)
}

// mismatch returns the error for a value that is not of the schema's type.
func (e *encoder) mismatch(v data.Value) error {
	class := "class " + v.JavaClass()
	switch e.kind {
	case data.DecimalKind:
		return dataException("Invalid type for Decimal, expected BigDecimal but was " + class)
	case data.DateKind:
		return dataException("Invalid type for Date, expected Date but was " + class)
	case data.TimeKind:
		return dataException("Invalid type for Time, expected Date but was " + class)
	case data.TimestampKind:
		return dataException("Invalid type for Timestamp, expected Date but was " + class)
	case data.BytesKind:
		return dataException("Invalid type for bytes type: " + class)
	}
	return dataException("Invalid type for " + e.kind.String() + ": " + class)
}

func (e *encoder) appendDecimal(dst []byte, d data.Decimal) ([]byte, error) {
	if e.numeric {
		return d.AppendString(dst), nil
	}
	if e.scaleErr != nil || d.Scale() != e.scale {
		_, err := data.DecimalToBytes(e.schema, d)
		return dst, err
	}
	e.scratch = data.AppendTwosComplement(e.scratch[:0], d)
	dst = append(dst, '"')
	return append(base64.StdEncoding.AppendEncode(dst, e.scratch), '"'), nil
}

func (e *encoder) appendStruct(dst []byte, s *data.Struct) ([]byte, error) {
	if s.Schema() != e.schema && !s.Schema().Equal(e.schema) {
		return dst, dataException("Mismatching schema.")
	}
	row := s.Row()
	if !e.numeric || !e.decimals {
		if text, ok := row.Text(); ok {
			return append(dst, text...), nil
		}
		row.Layout().Encoded()
	}
	dst, err := e.appendFields(append(dst, '{'), row)
	if err != nil {
		return dst, err
	}
	return append(dst, '}'), nil
}

func (e *encoder) appendList(dst []byte, l *data.List) ([]byte, error) {
	dst = append(dst, '[')
	for i := range l.Len() {
		if i > 0 {
			dst = append(dst, ',')
		}
		var err error
		if dst, err = e.appendElem(dst, l.At(i)); err != nil {
			return dst, err
		}
	}
	return append(dst, ']'), nil
}

func (e *encoder) appendElem(dst []byte, v data.Value) ([]byte, error) {
	if e.elem == nil {
		return e.appendSchemaless(dst, v)
	}
	return e.elem.append(dst, v)
}
