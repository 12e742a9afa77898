package data

import (
	"iter"
)

// Bits of Row.class. The low bits number the Java class.
const (
	classMask = 0x1f
	// plainMap marks a map without shape.
	plainMap = 0x80
	// dictionary marks a plain map whose keys are all strings.
	dictionary = 0x40
)

// indexedMap is how many entries a plain map has before it gets a keyIndex.
const indexedMap = 16

// Len returns how many entries there are.
func (m *Map) Len() int {
	if m == nil {
		return 0
	}
	return int(m.n)
}

// Row returns the storage of a schemaless object: a map whose keys form a Layout. It is nil for other maps: those with keys that are no
// strings, with very many keys, or beyond the bound of Shapes.
func (m *Map) Row() *Row {
	if m == nil || m.layout == nil {
		return nil
	}
	return (*Row)(m)
}

// Value returns the map as a value; a nil map is null.
func (m *Map) Value() Value { return rowValue(MapKind, (*Row)(m)) }

// Key returns the key of an entry.
func (m *Map) Key(i int) Value {
	if uint(i) >= uint(m.n) {
		panic("data: index of an entry out of range")
	}
	if m.layout != nil {
		return String(m.layout.fields[i].Name)
	}
	return (*Row)(m).value(2 * i)
}

// At returns the value of an entry.
func (m *Map) At(i int) Value {
	if uint(i) >= uint(m.n) {
		panic("data: index of an entry out of range")
	}
	if m.layout != nil {
		return (*Row)(m).value(i)
	}
	return (*Row)(m).value(2*i + 1)
}

// StringKeys reports whether every key is a string. An empty map has such keys only.
func (m *Map) StringKeys() bool { return m == nil || m.layout != nil || m.class&dictionary != 0 }

// Index returns the entry of a string key, -1 where there is none.
func (m *Map) Index(key string) int {
	switch {
	case m == nil:
		return -1
	case m.layout != nil:
		return m.layout.Index(key)
	}
	return (*Row)(m).findKey(String(key))
}

// Get returns the value of a string key; ok is false where there is no such entry.
func (m *Map) Get(key string) (v Value, ok bool) {
	i := m.Index(key)
	if i < 0 {
		return Null, false
	}
	return m.At(i), true
}

// Field returns the value of a string key, null where there is no such entry.
func (m *Map) Field(key string) Value {
	v, _ := m.Get(key)
	return v
}

// Find returns the value of a key of any kind; ok is false where there is no such entry.
func (m *Map) Find(key Value) (v Value, ok bool) {
	if text, is := key.Text(); is {
		return m.Get(text)
	}
	if m == nil || m.layout != nil {
		return Null, false
	}
	if i := (*Row)(m).findKey(key); i >= 0 {
		return m.At(i), true
	}
	return Null, false
}

// All yields the entries in insertion order. JavaOrder gives the order where Java's is visible.
func (m *Map) All() iter.Seq2[Value, Value] {
	return func(yield func(Value, Value) bool) {
		for i := range m.Len() {
			if !yield(m.Key(i), m.At(i)) {
				return
			}
		}
	}
}

// newRow takes a row and its slots from the arena.
func (a *Arena) newRow(l *Layout, n, slotCount int) *Row {
	r := a.rows.take()
	r.layout, r.arena, r.n = l, a, uint32(n)
	r.first = a.slots.Take(slotCount)
	return r
}
