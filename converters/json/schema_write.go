package json

import (
	"strconv"

	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/internal/jsonscan"
)

func typeName(k data.Kind) string {
	for name, kind := range typeNames {
		if kind == k {
			return name
		}
	}
	return ""
}

// appendSchema appends the JSON form of a schema without its closing brace, so that the name of a field may follow.
func (f *format) appendSchema(dst []byte, s *data.Schema) ([]byte, error) {
	var err error
	dst = append(dst, `{"type":"`...)
	dst = append(dst, typeName(s.Kind())...)
	dst = append(dst, '"')
	switch s.Kind() {
	case data.ListKind:
		dst, err = f.appendNested(dst, `,"items":`, s.Elem())
	case data.MapKind:
		if dst, err = f.appendNested(dst, `,"keys":`, s.Key()); err == nil {
			dst, err = f.appendNested(dst, `,"values":`, s.Elem())
		}
	case data.StructKind:
		dst, err = f.appendFields(dst, s)
	}
	if err != nil {
		return dst, err
	}
	dst = append(dst, `,"optional":`...)
	dst = strconv.AppendBool(dst, s.Optional())
	if s.HasName() {
		dst = jsonscan.AppendQuoted(append(dst, `,"name":`...), s.Name())
	}
	if version, ok := s.Version(); ok {
		dst = strconv.AppendInt(append(dst, `,"version":`...), int64(version), 10)
	}
	if s.HasDoc() {
		dst = jsonscan.AppendQuoted(append(dst, `,"doc":`...), s.Doc())
	}
	if s.HasParams() {
		dst = appendParams(dst, s)
	}
	if v, ok := s.Default(); ok {
		e, err := f.compile(s)
		if err != nil {
			return dst, err
		}
		return e.append(append(dst, `,"default":`...), v)
	}
	return dst, nil
}

func appendParams(dst []byte, s *data.Schema) []byte {
	dst = append(dst, `,"parameters":{`...)
	for i, p := range s.ParamList() {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(jsonscan.AppendQuoted(dst, p.Key), ':')
		if p.Null {
			dst = append(dst, "null"...)
		} else {
			dst = jsonscan.AppendQuoted(dst, p.Value)
		}
	}
	return append(dst, '}')
}

func (f *format) appendNested(dst []byte, member string, s *data.Schema) ([]byte, error) {
	dst = append(dst, member...)
	if s == nil {
		return append(dst, "null"...), nil
	}
	dst, err := f.appendSchema(dst, s)
	return append(dst, '}'), err
}

func (f *format) appendFields(dst []byte, s *data.Schema) ([]byte, error) {
	dst = append(dst, `,"fields":[`...)
	for i, field := range s.Fields() {
		if i > 0 {
			dst = append(dst, ',')
		}
		var err error
		if dst, err = f.appendSchema(dst, field.Schema); err != nil {
			return dst, err
		}
		dst = append(jsonscan.AppendQuoted(append(dst, `,"field":`...), field.Name), '}')
	}
	return append(dst, ']'), nil
}
