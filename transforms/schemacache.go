package transforms

import "github.com/moldau/moldau/connect/data"

// mostSchemas bounds how many schemas a transformation remembers the outcome for. A topic rarely has more than a few at a time.
const mostSchemas = 256

// schemaCache remembers what a transformation makes of a schema. Schemas are interned, so the same schema is the same pointer; the one seen
// last is found without a lookup.
type schemaCache struct {
	last, lastOut *data.Schema
	all           map[*data.Schema]*data.Schema
}

// get returns what build makes of s, from memory where it can.
func (c *schemaCache) get(s *data.Schema, build func(*data.Schema) (*data.Schema, error)) (*data.Schema, error) {
	if s == c.last && s != nil {
		return c.lastOut, nil
	}
	out, ok := c.all[s]
	if !ok {
		var err error
		if out, err = build(s); err != nil {
			return nil, err
		}
		if c.all == nil || len(c.all) >= mostSchemas {
			c.all = map[*data.Schema]*data.Schema{}
		}
		c.all[s] = out
	}
	c.last, c.lastOut = s, out
	return out, nil
}
