// Package jsontext writes values as JSON for columns of that type: as a person would write them, not as JsonConverter encodes them.
package jsontext

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"strconv"

	"github.com/moldau/moldau/connect/data"
)

// Append appends a value. Decimals are numbers, points in time texts in ISO 8601, bytes are in base64. An error is a value that JSON cannot hold.
func Append(dst []byte, v data.Value) ([]byte, error) {
	switch v.Kind() {
	case data.NullKind:
		return append(dst, "null"...), nil
	case data.BoolKind, data.Int8Kind, data.Int16Kind, data.Int32Kind, data.Int64Kind:
		return v.AppendString(dst), nil
	case data.Float32Kind, data.Float64Kind:
		f, bits := 0.0, 64
		if x, ok := v.Float32(); ok {
			f, bits = float64(x), 32
		} else {
			f, _ = v.Float64()
		}
		if math.IsNaN(f) || math.IsInf(f, 0) {
			return dst, fmt.Errorf("JSON has no number %v", f)
		}
		return strconv.AppendFloat(dst, f, 'g', -1, bits), nil
	case data.DecimalKind:
		d, _ := v.Decimal()
		return append(dst, d.PlainString()...), nil
	case data.StringKind:
		s, _ := v.Text()
		return quoted(dst, s)
	case data.BytesKind:
		b, _ := v.Bytes()
		dst = append(dst, '"')
		dst = base64.StdEncoding.AppendEncode(dst, b)
		return append(dst, '"'), nil
	case data.DateKind, data.TimeKind, data.TimestampKind:
		t, _ := v.Time()
		form := map[data.Kind]string{data.DateKind: `"2006-01-02"`, data.TimeKind: `"15:04:05.999"`, data.TimestampKind: `"2006-01-02T15:04:05.999Z07:00"`}[v.Kind()]
		return t.UTC().AppendFormat(dst, form), nil
	case data.ListKind:
		return list(dst, v.List())
	case data.MapKind:
		return object(dst, v.Map())
	case data.StructKind:
		return fields(dst, v.Struct())
	}
	return dst, fmt.Errorf("a value of type %s has no form in JSON", v.Kind())
}

func list(dst []byte, l *data.List) (_ []byte, err error) {
	dst = append(dst, '[')
	for i, x := range l.All() {
		if i > 0 {
			dst = append(dst, ',')
		}
		if dst, err = Append(dst, x); err != nil {
			return dst, err
		}
	}
	return append(dst, ']'), nil
}

func object(dst []byte, m *data.Map) (_ []byte, err error) {
	dst = append(dst, '{')
	first := true
	for k, x := range m.All() {
		if !first {
			dst = append(dst, ',')
		}
		first = false
		if dst, err = quoted(dst, k.String()); err != nil {
			return dst, err
		}
		dst = append(dst, ':')
		if dst, err = Append(dst, x); err != nil {
			return dst, err
		}
	}
	return append(dst, '}'), nil
}

func fields(dst []byte, s *data.Struct) (_ []byte, err error) {
	dst = append(dst, '{')
	for i := range s.Len() {
		if i > 0 {
			dst = append(dst, ',')
		}
		if dst, err = quoted(dst, s.Name(i)); err != nil {
			return dst, err
		}
		dst = append(dst, ':')
		if dst, err = Append(dst, s.Get(i)); err != nil {
			return dst, err
		}
	}
	return append(dst, '}'), nil
}

func quoted(dst []byte, s string) ([]byte, error) {
	b, err := json.Marshal(s)
	return append(dst, b...), err
}
