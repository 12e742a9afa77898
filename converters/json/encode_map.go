package json

import (
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/internal/jsonscan"
)

// appendMap appends a map with a schema: an object where its keys are strings, else a list of pairs.
func (e *encoder) appendMap(dst []byte, m *data.Map) ([]byte, error) {
	if e.key == nil || e.schema.Key().Kind() != data.StringKind {
		return e.appendPairs(dst, m)
	}
	if w := e.shapes.of(m, &e.shapes.root); w != nil && e.key.kind == data.StringKind {
		dst = append(dst, '{')
		for n, i := range w.order {
			var err error
			dst = append(dst, w.open[n]...)
			if dst, err = e.appendElem(dst, m.At(i)); err != nil {
				return dst, err
			}
		}
		return append(dst, '}'), nil
	}
	if m.StringKeys() && e.key.kind == data.StringKind {
		dst = append(dst, '{')
		for n, i := range m.JavaOrder() {
			if n > 0 {
				dst = append(dst, ',')
			}
			key, _ := m.Key(i).Text()
			dst = append(jsonscan.AppendQuoted(dst, key), ':')
			var err error
			if dst, err = e.appendElem(dst, m.At(i)); err != nil {
				return dst, err
			}
		}
		return append(dst, '}'), nil
	}
	return e.appendOddKeys(dst, m)
}

// appendPairs appends [[key,value],...].
func (e *encoder) appendPairs(dst []byte, m *data.Map) ([]byte, error) {
	dst = append(dst, '[')
	for n, i := range m.JavaOrder() {
		if n > 0 {
			dst = append(dst, ',')
		}
		var err error
		dst = append(dst, '[')
		if e.key == nil {
			dst, err = e.appendSchemaless(dst, m.Key(i))
		} else {
			dst, err = e.key.append(dst, m.Key(i))
		}
		if err != nil {
			return dst, err
		}
		if dst, err = e.appendElem(append(dst, ','), m.At(i)); err != nil {
			return dst, err
		}
		dst = append(dst, ']')
	}
	return append(dst, ']'), nil
}

// appendOddKeys appends an object whose keys are not all strings, although the schema says so: nulls, and logical types on top of strings. Two
// keys of one text become one member.
func (e *encoder) appendOddKeys(dst []byte, m *data.Map) ([]byte, error) {
	type member struct{ key, value []byte }
	var members []member
	places := map[string]int{}
	for _, i := range m.JavaOrder() {
		key, err := e.key.append(nil, m.Key(i))
		if err != nil {
			return dst, err
		}
		if key[0] != '"' {
			key = append(append([]byte{'"'}, key...), '"')
		}
		value, err := e.appendElem(nil, m.At(i))
		if err != nil {
			return dst, err
		}
		if at, known := places[string(key)]; known {
			members[at].value = value
			continue
		}
		places[string(key)] = len(members)
		members = append(members, member{key, value})
	}
	dst = append(dst, '{')
	for i, x := range members {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, x.key...)
		dst = append(dst, ':')
		dst = append(dst, x.value...)
	}
	return append(dst, '}'), nil
}

// shapeWriter is how objects of one shape are written.
type shapeWriter struct {
	// order is the order of a HashMap, or of insertion, as indexes of entries; open the commas, names and colons in that order.
	order []int
	open  []string
	// key is the shape, members those of the objects that stood at the entries last, in the order of open.
	key     shapeKey
	members []*shapeWriter
}

// shapeKey tells shapes apart that differ in their order only.
type shapeKey struct {
	layout *data.Layout
	order  uint16
}

// maxShapeWriters bounds the shapes that are remembered.
const maxShapeWriters = 4096

type shapeWriters struct {
	byShape map[shapeKey]*shapeWriter
	// root is the shape of the objects that were no members of others last.
	root *shapeWriter
}

// of returns how a map is written, nil where it has no shape. last is the place that remembers what the map before it was.
func (x *shapeWriters) of(m *data.Map, last **shapeWriter) *shapeWriter {
	row := m.Row()
	if row == nil {
		return nil
	}
	k := shapeKey{row.Layout(), m.JavaOrderID()}
	if w := *last; w != nil && w.key == k {
		return w
	}
	w := x.byShape[k]
	if w == nil {
		w = &shapeWriter{order: m.JavaOrder(), key: k, members: make([]*shapeWriter, row.Len())}
		for n, i := range w.order {
			open := string(jsonscan.AppendQuoted(nil, k.layout.Name(i))) + ":"
			if n > 0 {
				open = "," + open
			}
			w.open = append(w.open, open)
		}
		if x.byShape == nil || len(x.byShape) >= maxShapeWriters {
			x.byShape = map[shapeKey]*shapeWriter{}
		}
		x.byShape[k] = w
	}
	*last = w
	return w
}

// appendSchemaless appends a value without schema.
func (f *format) appendSchemaless(dst []byte, v data.Value) ([]byte, error) {
	return f.appendAny(dst, v, &f.shapes.root)
}

func (f *format) appendAny(dst []byte, v data.Value, last **shapeWriter) ([]byte, error) {
	switch v.Kind() {
	case data.NullKind:
		return append(dst, "null"...), nil
	case data.StringKind:
		s, _ := v.Text()
		return jsonscan.AppendQuoted(dst, s), nil
	case data.MapKind:
		return f.appendSchemalessMap(dst, v.Map(), last)
	case data.ListKind:
		return f.appendSchemalessList(dst, v.List(), last)
	case data.StructKind:
		// A struct has a schema, which cannot equal none.
		return dst, dataException("Mismatching schema.")
	case data.DecimalKind, data.DateKind, data.TimeKind, data.TimestampKind, data.ForeignKind:
		return dst, dataException("Java class class " + v.JavaClass() + " does not have corresponding schema type.")
	}
	return appendScalar(dst, v), nil
}

func (f *format) appendSchemalessList(dst []byte, l *data.List, last **shapeWriter) ([]byte, error) {
	dst = append(dst, '[')
	for i := range l.Len() {
		if i > 0 {
			dst = append(dst, ',')
		}
		var err error
		if dst, err = f.appendAny(dst, l.At(i), last); err != nil {
			return dst, err
		}
	}
	return append(dst, ']'), nil
}

func (f *format) appendSchemalessMap(dst []byte, m *data.Map, last **shapeWriter) ([]byte, error) {
	w := f.shapes.of(m, last)
	switch {
	case w == nil && !m.StringKeys():
		return (&encoder{format: f}).appendPairs(dst, m)
	case w == nil:
		dst = append(dst, '{')
		for n, i := range m.JavaOrder() {
			if n > 0 {
				dst = append(dst, ',')
			}
			key, _ := m.Key(i).Text()
			dst = append(jsonscan.AppendQuoted(dst, key), ':')
			var err error
			if dst, err = f.appendSchemaless(dst, m.At(i)); err != nil {
				return dst, err
			}
		}
		return append(dst, '}'), nil
	}
	dst = append(dst, '{')
	row := m.Row()
	for n, i := range w.order {
		dst = append(dst, w.open[n]...)
		if span, canonical, ok := row.Span(i); ok && canonical {
			dst = append(dst, span...)
			continue
		}
		var err error
		if dst, err = f.appendAny(dst, row.At(i), &w.members[n]); err != nil {
			return dst, err
		}
	}
	return append(dst, '}'), nil
}
