package values

import (
	"encoding/base64"

	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/internal/javafmt"
)

// Append appends the text form of a value, which Parse reads again as far as it can: text as it is, but quoted inside lists, maps and structs;
// bytes in base64; dates by their value, see DatePattern. It fails for what is no Connect data.
func Append(dst []byte, v data.Value) ([]byte, error) { return appendValue(dst, v, false) }

func appendValue(dst []byte, v data.Value, embedded bool) ([]byte, error) {
	switch v.Kind() {
	case data.StringKind:
		s, _ := v.Text()
		return appendText(dst, s, embedded), nil
	case data.BytesKind:
		b, _ := v.Bytes()
		if buffer := v.Buffer(); buffer != nil {
			// Utils.readBytes(buffer) of Java starts at the first byte, whatever the position.
			b = buffer.Array[:buffer.Limit]
		}
		if embedded {
			dst = append(dst, '"')
		}
		dst = base64.StdEncoding.AppendEncode(dst, b)
		if embedded {
			dst = append(dst, '"')
		}
		return dst, nil
	case data.DateKind, data.TimeKind, data.TimestampKind:
		return appendDate(dst, v), nil
	case data.ListKind:
		return appendList(dst, v.List())
	case data.MapKind:
		return appendMap(dst, v.Map())
	case data.StructKind:
		return appendStruct(dst, v.Struct())
	case data.ForeignKind:
		if f := v.Foreign(); !isBigInteger(f) {
			return dst, &javafmt.Exception{Class: javafmt.DataException, Message: "Failed to serialize unexpected value type " + f.Class + ": " + f.Text}
		}
	}
	return v.AppendString(dst), nil
}

// appendText puts embedded text in quotes, with a backslash before quotes and backslashes. Parse does not take the backslashes out again, as Java
// does not.
func appendText(dst []byte, s string, embedded bool) []byte {
	if !embedded {
		return append(dst, s...)
	}
	dst = append(dst, '"')
	for i := range len(s) {
		if s[i] == '"' || s[i] == '\\' {
			dst = append(dst, '\\')
		}
		dst = append(dst, s[i])
	}
	return append(dst, '"')
}

func appendList(dst []byte, l *data.List) (_ []byte, err error) {
	dst = append(dst, '[')
	for i, e := range l.All() {
		if i > 0 {
			dst = append(dst, ',')
		}
		if dst, err = appendValue(dst, e, true); err != nil {
			return dst, err
		}
	}
	return append(dst, ']'), nil
}

func appendMap(dst []byte, m *data.Map) (_ []byte, err error) {
	dst = append(dst, '{')
	for n, i := range m.JavaOrder() {
		if n > 0 {
			dst = append(dst, ',')
		}
		if dst, err = appendValue(dst, m.Key(i), true); err != nil {
			return dst, err
		}
		dst = append(dst, ':')
		if dst, err = appendValue(dst, m.At(i), true); err != nil {
			return dst, err
		}
	}
	return append(dst, '}'), nil
}

func appendStruct(dst []byte, s *data.Struct) (_ []byte, err error) {
	dst = append(dst, '{')
	for i := range s.Len() {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(appendText(dst, s.Name(i), true), ':')
		if dst, err = appendValue(dst, s.Get(i), true); err != nil {
			return dst, err
		}
	}
	return append(dst, '}'), nil
}
