package smt

import "github.com/moldau/moldau/connect/data"

// mostKnown bounds how many schemas or layouts a transformation remembers the outcome for. A topic rarely has more than a few at a time.
const mostKnown = 256

// Known remembers what a transformation worked out for a schema or layout. Both are interned, so the same one is the same pointer; the one seen
// last is found without a lookup. The zero value is empty. It is for one goroutine.
type Known[K comparable, T any] struct {
	last    K
	lastOut T
	all     map[K]T
}

type (
	// BySchema remembers a plan for each schema.
	BySchema[T any] = Known[*data.Schema, T]
	// SchemaCache remembers what schema a transformation makes of a schema.
	SchemaCache = BySchema[*data.Schema]
	// ByShape remembers a plan for each kind of schemaless object.
	ByShape[T any] = Known[Shape, T]
)

// Get returns what build makes of k, from memory where it can. Failures are not remembered.
func (c *Known[K, T]) Get(k K, build func(K) (T, error)) (T, error) {
	if k == c.last && c.all != nil {
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

// Shape tells apart schemaless objects by their keys and the order in which Java iterates over them.
type Shape struct {
	layout *data.Layout
	order  uint16
}

// ShapeOf returns the shape of a map; ok is false where it has none.
func ShapeOf(m *data.Map) (s Shape, ok bool) {
	row := m.Row()
	if row == nil {
		return Shape{}, false
	}
	return Shape{row.Layout(), m.JavaOrderID()}, true
}
