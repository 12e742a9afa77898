package transforms

import "github.com/moldau/moldau/connect/data"

// mostKnown bounds how many schemas or layouts a transformation remembers the outcome for. A topic rarely has more than a few at a time.
const mostKnown = 256

// known remembers what a transformation worked out for a schema or layout. Both are interned, so the same one is the same pointer; the one seen
// last is found without a lookup.
type known[K comparable, T any] struct {
	last    K
	lastOut T
	all     map[K]T
}

type (
	// bySchema remembers a plan for each schema.
	bySchema[T any] = known[*data.Schema, T]
	// schemaCache remembers what schema a transformation makes of a schema.
	schemaCache = bySchema[*data.Schema]
	// byShape remembers a plan for each kind of schemaless object.
	byShape[T any] = known[shape, T]
)

// shape tells apart schemaless objects by their keys and the order in which Java iterates over them.
type shape struct {
	layout *data.Layout
	order  uint16
}

// shapeOf returns the shape of a map; ok is false where it has none.
func shapeOf(m *data.Map) (s shape, ok bool) {
	row := m.Row()
	if row == nil {
		return shape{}, false
	}
	return shape{row.Layout(), m.JavaOrderID()}, true
}

// get returns what build makes of k, which is not the zero K, from memory where it can. Failures are not remembered.
func (c *known[K, T]) get(k K, build func(K) (T, error)) (T, error) {
	if k == c.last {
		return c.lastOut, nil
	}
	out, ok := c.all[k]
	if !ok {
		var err error
		if out, err = build(k); err != nil {
			return out, err
		}
		if c.all == nil || len(c.all) >= mostKnown {
			c.all = map[K]T{}
		}
		c.all[k] = out
	}
	c.last, c.lastOut = k, out
	return out, nil
}
