package debezium

import (
	"github.com/moldau/moldau/connect/data"
)

// mostSchemas bounds how many schemas a transformation remembers the outcome for. A topic rarely has more than a few at a time.
const mostSchemas = 256

// bySchema remembers what a transformation worked out for a schema. Schemas are interned, so the same schema is the same pointer; the one seen
// last is found without a lookup.
type bySchema[T any] struct {
	last    *data.Schema
	lastOut T
	all     map[*data.Schema]T
}

// get returns what build makes of s, from memory where it can. Failures are not remembered.
func (c *bySchema[T]) get(s *data.Schema, build func(*data.Schema) (T, error)) (T, error) {
	if s == c.last && s != nil {
		return c.lastOut, nil
	}
	out, ok := c.all[s]
	if !ok {
		var err error
		if out, err = build(s); err != nil {
			return out, err
		}
		if c.all == nil || len(c.all) >= mostSchemas {
			c.all = map[*data.Schema]T{}
		}
		c.all[s] = out
	}
	c.last, c.lastOut = s, out
	return out, nil
}

// copyFields sets the first fields of a new struct, which are those of s, in their order. Nulls become their fields' defaults where that is
// asked for, and are refused for required fields, as by Java's put.
func copyFields(b *data.StructBuilder, s *data.Struct, replaceNulls bool) {
	row, from := s.Row(), 0
	for i := range s.Len() {
		if !row.IsNull(i) {
			continue
		}
		b.CopyRange(from, row, from, i-from)
		if replaceNulls {
			b.Set(i, s.Get(i))
		} else {
			b.Null(i)
		}
		from = i + 1
	}
	b.CopyRange(from, row, from, s.Len()-from)
}

// withFields adds the fields of s to b.
func withFields(b *data.SchemaBuilder, s *data.Schema) *data.SchemaBuilder {
	for _, f := range s.Fields() {
		b.Field(f.Name, f.Schema)
	}
	return b
}

// basics returns a builder with type, name, version, documentation and parameters of a schema (Connect's SchemaUtil.copySchemaBasics). That of a
// struct has no fields.
func basics(s *data.Schema) *data.SchemaBuilder {
	switch s.Kind() {
	case data.ListKind:
		return data.NewListSchema(s.Elem()).CopyBasics(s)
	case data.MapKind:
		return data.NewMapSchema(s.Key(), s.Elem()).CopyBasics(s)
	}
	return data.NewSchema(s.Kind()).CopyBasics(s)
}

// sameFields returns s as a struct of a schema that has the same fields.
func sameFields(a *data.Arena, s *data.Struct, schema *data.Schema) (*data.Struct, error) {
	b := a.Struct(schema)
	copyFields(&b, s, true)
	return b.BuildPartial()
}
