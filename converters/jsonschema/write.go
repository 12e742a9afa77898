package jsonschema

import (
	"encoding/base64"
	"math"
	"strconv"

	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/internal/javafmt"
	"github.com/moldau/moldau/internal/jsonscan"
)

var errTooDeep = javafmt.NewException("com.fasterxml.jackson.core.exc.StreamConstraintsException", "Document nesting depth (1001) exceeds the maximum allowed "+
	"(1000, from `StreamWriteConstraints.getMaxNestingDepth()`)", nil)

// absent reports whether a value is not written at all: null where the schema has neither a default nor is optional.
func (e *encoder) absent(v data.Value) bool {
	if e.schema == nil || e.optional || !e.def.IsNull() {
		return false
	}
	if v.IsNull() {
		return true
	}
	return e.op == writeUnion && v.Struct() != nil && e.member(v.Struct()) < 0
}

// member returns the field of a union's struct that is written, -1 for none.
func (e *encoder) member(s *data.Struct) int {
	for i := range e.fields {
		if !s.At(i).IsNull() || !e.fields[i].def.IsNull() {
			return i
		}
	}
	return -1
}

// append appends the JSON of a value that is not absent; in lists and maps those are null. depth is how many arrays and objects enclose it.
func (e *encoder) append(dst []byte, v data.Value, depth int) ([]byte, error) {
	k := v.Kind()
	if k == data.NullKind {
		if v = e.def; v.IsNull() {
			return append(dst, "null"...), nil
		}
		k = v.Kind()
	}
	if e.op == writeAny {
		return e.any(dst, v, depth)
	}
	if k != e.kind {
		if !k.IsTemporal() || !e.kind.IsTemporal() {
			if e.op == writeBytes && k == data.DecimalKind {
				d, _ := v.Decimal()
				return d.AppendString(dst), nil
			}
			return dst, e.mismatch(v)
		}
	}
	switch e.op {
	case writeText:
		s, _ := v.Text()
		return jsonscan.AppendQuoted(dst, s), nil
	case writeInteger:
		x, _ := v.Int64()
		return strconv.AppendInt(dst, x, 10), nil
	case writeBool:
		b, _ := v.Bool()
		return strconv.AppendBool(dst, b), nil
	case writeFloat, writeBytes:
		return appendScalar(dst, v), nil
	case writeDecimal:
		d, _ := v.Decimal()
		return e.decimal(dst, d)
	case writeTemporal:
		return e.temporal(dst, v)
	}
	if depth++; depth > jsonscan.MaxDepth {
		return dst, errTooDeep
	}
	switch e.op {
	case writeStruct:
		return e.structure(dst, v.Struct(), depth)
	case writeUnion:
		return e.union(dst, v.Struct(), depth-1)
	case writeVariant:
		return e.variant(dst, v.Struct())
	case writeList:
		return e.list(dst, v.List(), depth)
	case writeObject:
		return e.object(dst, v.Map(), depth)
	}
	return e.entries(dst, v.Map(), depth)
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
	if e.op == writeVariant {
		return dataException("Invalid type for Variant, expected Struct but was " + class)
	}
	return dataException("Invalid type for " + e.schema.Kind().String() + ": " + class)
}

func (e *encoder) decimal(dst []byte, d data.Decimal) ([]byte, error) {
	if e.opts.NumericDecimals {
		return d.AppendString(dst), nil
	}
	if e.scaleErr != nil || d.Scale() != e.scale {
		_, err := data.DecimalToBytes(e.schema, d)
		return dst, err
	}
	var scratch [32]byte
	b := data.AppendTwosComplement(scratch[:0], d)
	dst = append(dst, '"')
	return append(base64.StdEncoding.AppendEncode(dst, b), '"'), nil
}

func (e *encoder) temporal(dst []byte, v data.Value) ([]byte, error) {
	switch e.kind {
	case data.DateKind:
		days, err := data.DateToDays(e.schema, v)
		return strconv.AppendInt(dst, int64(days), 10), err
	case data.TimeKind:
		ms, err := data.TimeToMillis(e.schema, v)
		return strconv.AppendInt(dst, int64(ms), 10), err
	}
	ms, err := data.TimestampToMillis(e.schema, v)
	return strconv.AppendInt(dst, ms, 10), err
}
