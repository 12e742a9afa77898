package vectors

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"strconv"

	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/internal/javafmt"
)

// EncodeValue writes a value in the recorded form. declared is the schema of its place, nil where there is none: a struct that has it states no
// schema of its own.
func EncodeValue(v data.Value, declared *data.Schema) any {
	number := func(form string) any {
		n, _ := v.Int64()
		return map[string]any{form: json.Number(strconv.FormatInt(n, 10))}
	}
	switch v.Kind() {
	case data.BoolKind:
		b, _ := v.Bool()
		return b
	case data.Int8Kind:
		return number("i8")
	case data.Int16Kind:
		return number("i16")
	case data.Int32Kind:
		return number("i32")
	case data.Int64Kind:
		n, _ := v.Int64()
		return map[string]any{"i64": strconv.FormatInt(n, 10)}
	case data.Float32Kind:
		f, _ := v.Float32()
		return map[string]any{"f32": javafmt.FormatFloat(f), "bits": fmt.Sprintf("%08x", math.Float32bits(f))}
	case data.Float64Kind:
		f, _ := v.Float64()
		return map[string]any{"f64": javafmt.FormatDouble(f), "bits": fmt.Sprintf("%016x", math.Float64bits(f))}
	case data.StringKind:
		s, _ := v.Text()
		return s
	case data.BytesKind:
		if b := v.Buffer(); b != nil {
			return map[string]any{"buffer": base64.StdEncoding.EncodeToString(b.Array), "pos": b.Pos, "limit": b.Limit}
		}
		b, _ := v.Bytes()
		return map[string]any{"bytes": base64.StdEncoding.EncodeToString(b)}
	case data.DecimalKind:
		d, _ := v.Decimal()
		return map[string]any{"dec": d.Unscaled().String(), "scale": d.Scale()}
	case data.DateKind, data.TimeKind, data.TimestampKind:
		ms, _ := v.Millis()
		return map[string]any{"date": strconv.FormatInt(ms, 10)}
	case data.ListKind:
		return encodeList(v, declared)
	case data.MapKind:
		return encodeMap(v, declared)
	case data.StructKind:
		return encodeStruct(v.Struct(), declared)
	case data.ForeignKind:
		return encodeForeign(v.Foreign())
	}
	return nil
}

func encodeForeign(f *data.Foreign) any {
	switch f.Class {
	case "java.lang.Character":
		return map[string]any{"char": f.Text}
	case "java.math.BigInteger":
		return map[string]any{"bigint": f.Text}
	}
	return map[string]any{"object": f.Class, "text": f.Text}
}

func encodeList(v data.Value, declared *data.Schema) any {
	list := []any{}
	for _, e := range v.List().All() {
		list = append(list, EncodeValue(e, elementSchema(declared)))
	}
	if class := v.JavaClass(); class != "java.util.ArrayList" {
		return map[string]any{"list": list, "class": class}
	}
	return map[string]any{"list": list}
}

func encodeMap(v data.Value, declared *data.Schema) any {
	var keySchema *data.Schema
	if declared != nil {
		keySchema = declared.Key()
	}
	entries := []any{}
	for _, i := range v.Map().JavaOrder() {
		entries = append(entries, []any{EncodeValue(v.Map().Key(i), keySchema), EncodeValue(v.Map().At(i), elementSchema(declared))})
	}
	switch class := v.JavaClass(); class {
	case "java.util.HashMap":
		return map[string]any{"hashmap": entries}
	case "java.util.LinkedHashMap":
		return map[string]any{"map": entries}
	default:
		return map[string]any{"map": entries, "class": class}
	}
}

func encodeStruct(s *data.Struct, declared *data.Schema) any {
	values := []any{}
	for i := range s.Len() {
		values = append(values, EncodeValue(s.At(i), s.Schema().Fields()[i].Schema))
	}
	if s.Schema().Equal(declared) {
		return map[string]any{"struct": values}
	}
	return map[string]any{"struct": values, "schema": EncodeSchema(s.Schema())}
}

// FailureOf returns what a Func returns for an error of the Go code: a Failure with the Java class and words it carries.
func FailureOf(err error) error {
	if err == nil {
		return nil
	}
	return &Failure{Class: javafmt.ClassOf(err), Message: err.Error()}
}
