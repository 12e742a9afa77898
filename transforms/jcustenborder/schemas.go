package jcustenborder

import "github.com/moldau/moldau/connect/data"

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

// sameNamed starts a struct schema with the name and optionality of another, which is all that most transformations here keep.
func sameNamed(s *data.Schema) *data.SchemaBuilder {
	b := data.NewSchema(data.StructKind).SetOptional(s.Optional())
	if s.Name() != "" {
		b.Name(s.Name())
	}
	return b
}

// copyField sets a field to the field of the same index of s, with its default for a null.
func copyField(b *data.StructBuilder, s *data.Struct, i int) {
	if row := s.Row(); !row.IsNull(i) {
		b.Copy(i, row, i)
		return
	}
	b.Set(i, s.Get(i))
}
