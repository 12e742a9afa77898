package transforms

import "github.com/moldau/moldau/connect/data"

// mostSchemas bounds how many schemas a transformation remembers the outcome for. A topic rarely has more than a few at a time.
const mostSchemas = 256

// bySchema remembers what a transformation worked out for a schema: the schema it makes of it, or a plan with more in it. Schemas are interned,
// so the same schema is the same pointer; the one seen last is found without a lookup.
type bySchema[T any] struct {
	last    *data.Schema
	lastOut T
	all     map[*data.Schema]T
}

// schemaCache remembers what schema a transformation makes of a schema.
type schemaCache = bySchema[*data.Schema]

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
