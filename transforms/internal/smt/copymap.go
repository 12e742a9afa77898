package smt

import (
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/internal/javafmt"
)

// MapCopier copies schemaless objects as Java's new HashMap<>(map) does. The order in which Java iterates over the original shows in the order
// of keys that share a bucket of the copy, so the copier remembers it.
type MapCopier struct{ orders ByShape[[]int] }

// Copy starts a map with the entries of m and room for more.
func (c *MapCopier) Copy(a *data.Arena, m *data.Map, more int) data.MapBuilder {
	b := c.Start(a, m, more)
	row := m.Row()
	for _, i := range c.Order(m) {
		CopyEntry(&b, m, row, i)
	}
	return b
}

// Start starts a map of the size that a copy of m has.
func (c *MapCopier) Start(a *data.Arena, m *data.Map, more int) data.MapBuilder {
	b := a.Map(m.Len() + more)
	b.JavaHashMap(javafmt.CopyCapacity(m.Len()))
	return b
}

// Order returns the order in which Java iterates over a map.
func (c *MapCopier) Order(m *data.Map) []int {
	s, ok := ShapeOf(m)
	if !ok {
		return m.JavaOrder()
	}
	// No error is possible.
	order, _ := c.orders.Get(s, func(Shape) ([]int, error) { return m.JavaOrder(), nil })
	return order
}

// CopyEntry puts one entry of m, whose row is given. Entries of a row are copied as they are stored, without decoding them.
func CopyEntry(b *data.MapBuilder, m *data.Map, row *data.Row, i int) {
	if row != nil {
		b.Copy(row.Layout().Name(i), row, i)
		return
	}
	b.Put(m.Key(i), m.At(i))
}
