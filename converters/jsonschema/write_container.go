package jsonschema

import (
	"strconv"

	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/converters/jsonschema/internal/variant"
	"github.com/moldau/moldau/internal/jsonscan"
)

func (e *encoder) mismatching(s *data.Struct) bool {
	return s.Schema() != e.schema && !s.Schema().Equal(e.schema)
}

func (e *encoder) structure(dst []byte, s *data.Struct, depth int) ([]byte, error) {
	if e.mismatching(s) {
		return dst, dataException("Mismatching schema.")
	}
	row := s.Row()
	start := len(dst)
	for i := range e.fields {
		f := &e.fields[i]
		v := row.At(i)
		if f.skip || (v.IsNull() || f.op == writeUnion) && f.absent(v) {
			continue
		}
		dst = append(dst, f.open...)
		var err error
		switch {
		case v.Kind() != f.kind:
			dst, err = f.append(dst, v, depth)
		case f.op == writeText:
			// What most fields are is written here, which saves a call.
			text, _ := v.Text()
			dst = jsonscan.AppendQuoted(dst, text)
		case f.op == writeInteger:
			x, _ := v.Int64()
			dst = strconv.AppendInt(dst, x, 10)
		default:
			dst, err = f.append(dst, v, depth)
		}
		if err != nil {
			return dst, err
		}
	}
	if e.extras >= 0 {
		var err error
		if dst, err = e.additional(dst, row.At(e.extras).Map()); err != nil {
			return dst, err
		}
	}
	if len(dst) == start {
		return append(dst, '{', '}'), nil
	}
	// The comma before the first member.
	dst[start] = '{'
	return append(dst, '}'), nil
}

// additional appends the members that the schema does not name.
func (e *encoder) additional(dst []byte, m *data.Map) ([]byte, error) {
	if m == nil {
		return dst, nil
	}
	for _, i := range m.JavaOrder() {
		key, _ := m.Key(i).Text()
		dst = append(jsonscan.AppendQuoted(append(dst, ','), key), ':')
		var err error
		if dst, err = e.fields[e.extras].elem.append(dst, m.At(i), 0); err != nil {
			return dst, err
		}
	}
	return dst, nil
}

// union appends the first member of a union's struct that is not null.
func (e *encoder) union(dst []byte, s *data.Struct, depth int) ([]byte, error) {
	if e.mismatching(s) {
		return dst, dataException("Mismatching schema.")
	}
	if i := e.member(s); i >= 0 {
		return e.fields[i].append(dst, s.At(i), depth+1)
	}
	return e.append(dst, data.Null, depth)
}

func (e *encoder) variant(dst []byte, s *data.Struct) ([]byte, error) {
	metadata, ok := s.Field(variant.MetadataField).Bytes()
	value, alsoOK := s.Field(variant.ValueField).Bytes()
	if !ok || !alsoOK {
		return dst, nullPointer("a variant without " + variant.MetadataField + " or " + variant.ValueField)
	}
	return variant.AppendJSON(dst, metadata, value)
}

func (e *encoder) list(dst []byte, l *data.List, depth int) ([]byte, error) {
	dst = append(dst, '[')
	for i := range l.Len() {
		if i > 0 {
			dst = append(dst, ',')
		}
		var err error
		if dst, err = e.elem.append(dst, l.At(i), depth); err != nil {
			return dst, err
		}
	}
	return append(dst, ']'), nil
}

// object appends a map with string keys.
func (e *encoder) object(dst []byte, m *data.Map, depth int) ([]byte, error) {
	dst = append(dst, '{')
	for n, i := range m.JavaOrder() {
		if n > 0 {
			dst = append(dst, ',')
		}
		key, ok := m.Key(i).Text()
		if !ok {
			if m.Key(i).IsNull() {
				return dst, nullPointer("a null as key of a map")
			}
			return dst, e.key.mismatch(m.Key(i))
		}
		dst = append(jsonscan.AppendQuoted(dst, key), ':')
		var err error
		if dst, err = e.elem.append(dst, m.At(i), depth); err != nil {
			return dst, err
		}
	}
	return append(dst, '}'), nil
}

// entries appends a map with other keys: as an array of objects.
func (e *encoder) entries(dst []byte, m *data.Map, depth int) ([]byte, error) {
	dst = append(dst, '[')
	for n, i := range m.JavaOrder() {
		if n > 0 {
			dst = append(dst, ',')
		}
		var err error
		if dst, err = e.key.append(append(dst, `{"key":`...), m.Key(i), depth+1); err != nil {
			return dst, err
		}
		if dst, err = e.elem.append(append(dst, `,"value":`...), m.At(i), depth+1); err != nil {
			return dst, err
		}
		dst = append(dst, '}')
	}
	return append(dst, ']'), nil
}

// any appends a value without schema.
func (e *encoder) any(dst []byte, v data.Value, depth int) ([]byte, error) {
	switch v.Kind() {
	case data.StringKind:
		s, _ := v.Text()
		return jsonscan.AppendQuoted(dst, s), nil
	case data.MapKind, data.ListKind:
		if depth++; depth > jsonscan.MaxDepth {
			return dst, errTooDeep
		}
		switch m := v.Map(); {
		case m == nil:
			return e.list(dst, v.List(), depth)
		case m.StringKeys():
			return e.object(dst, m, depth)
		default:
			return e.entries(dst, m, depth)
		}
	case data.StructKind:
		// A struct has a schema, which cannot equal none.
		return dst, dataException("Mismatching schema.")
	case data.DecimalKind, data.DateKind, data.TimeKind, data.TimestampKind, data.ForeignKind:
		return dst, dataException("Java class class " + v.JavaClass() + " does not have corresponding schema type.")
	}
	return appendScalar(dst, v), nil
}
