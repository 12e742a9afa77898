package data

import (
	"github.com/moldau/moldau/internal/slots"
)

// MapBuilder collects the entries of a map. A key that is put again keeps its place and gets the new value. Several builders of one arena may
// be open at a time. A builder is used by one goroutine and not after Build.
type MapBuilder struct {
	arena *Arena
	// node is the shape so far, nil once the keys do not form one.
	node *shape
	// first holds values only while there is a shape, keys and values in turn after that.
	first   *slots.Slot
	n       int
	room    int
	class   uint8
	buckets uint8
	index   *keyIndex
	other   bool
}

// Map starts a map or schemaless object; n is the number of entries to expect, 0 where it is not known.
func (a *Arena) Map(n int) MapBuilder {
	return MapBuilder{arena: a, node: &a.shapes.root, first: a.slots.Take(n), room: n}
}

// MapOf returns a map of keys and values in turn. It panics where their number is odd.
func MapOf(keysAndValues ...Value) Value {
	if len(keysAndValues)%2 != 0 {
		panic("data: a key without a value")
	}
	b := NewArena().Map(len(keysAndValues) / 2)
	for i := 0; i < len(keysAndValues); i += 2 {
		b.Put(keysAndValues[i], keysAndValues[i+1])
	}
	return b.Build().Value()
}

// Put sets the value of a key of any kind.
func (b *MapBuilder) Put(key, v Value) {
	if text, ok := key.Text(); ok {
		b.put(text, key, b.arena.slot(v))
		return
	}
	b.unshape()
	b.other = true
	s := b.arena.slot(v)
	if i := b.findKey(key); i >= 0 {
		*slots.At(b.first, 2*i+1) = s
		return
	}
	b.append(key, s)
}

// Set sets the value of a string key. The key is copied where it has to be.
func (b *MapBuilder) Set(key string, v Value) { b.put(key, Null, b.arena.slot(v)) }

// Copy sets the value of a string key to a slot of another row: nothing is encoded again, and a span stays a span where it can.
func (b *MapBuilder) Copy(key string, from *Row, j int) {
	s := *slots.At(from.first, j)
	if !b.arena.copies(from, s, from.schemaAt(j), nil) {
		b.Set(key, from.value(j))
		return
	}
	b.put(key, Null, b.arena.copySlot(from, s))
}

// Span sets the value of a string key to text that the arena's SpanDecoder decodes, without schema, when the value is read; see
// StructBuilder.Span.
func (b *MapBuilder) Span(key string, span []byte, canonical bool) {
	b.put(key, Null, b.arena.span(span, canonical))
}

// put sets the value of a string key; stored is the key as a value that may be kept, null where it must be copied.
func (b *MapBuilder) put(key string, stored Value, s slots.Slot) {
	if b.node != nil {
		// A key that continues the shape is new to it.
		if next := b.arena.shapes.child(b.node, key); next != nil {
			b.extend(next, s)
			return
		}
	}
	if i := b.find(key); i >= 0 {
		if b.node == nil {
			i = 2*i + 1
		}
		*slots.At(b.first, i) = s
		return
	}
	if b.node != nil {
		if next := b.arena.shapes.grow(b.node, key); next != nil {
			b.extend(next, s)
			return
		}
		b.unshape()
	}
	if stored.IsNull() {
		stored = b.arena.Text(key)
	}
	b.append(stored, s)
}

func (b *MapBuilder) extend(next *shape, s slots.Slot) {
	b.node = next
	b.reserve(1)
	*slots.At(b.first, b.n) = s
	b.n++
}

// append adds an entry whose key is not there yet.
func (b *MapBuilder) append(key Value, s slots.Slot) {
	if b.n >= indexedMap && b.index == nil {
		b.index = indexKeys(b.view(), b.n)
	}
	if b.index != nil {
		b.index.add(key, b.n)
	}
	b.reserve(2)
	*slots.At(b.first, 2*b.n) = b.arena.slot(key)
	*slots.At(b.first, 2*b.n+1) = s
	b.n++
}

// reserve makes room for one more entry of the given number of slots.
func (b *MapBuilder) reserve(width int) {
	used := b.n * width
	if used+width > b.room {
		b.room = max(4*width, 2*used)
		b.first = b.arena.slots.Grow(b.first, used, b.room)
	}
}

// view returns the keys and values so far as a row.
func (b *MapBuilder) view() *Row {
	return &Row{arena: b.arena, first: b.first, n: uint32(b.n), index: b.index}
}

func (b *MapBuilder) findKey(key Value) int { return b.view().findKey(key) }

func (b *MapBuilder) find(key string) int {
	if b.node == nil {
		return b.findKey(String(key))
	}
	for n := b.node; n.n > 0; n = n.parent {
		if n.key == key {
			return n.n - 1
		}
	}
	return -1
}

// unshape turns the entries so far into keys and values in turn.
func (b *MapBuilder) unshape() {
	if b.node == nil {
		return
	}
	room := max(2*b.room, 2*b.n+2)
	first := b.arena.slots.Take(room)
	for n := b.node; n.n > 0; n = n.parent {
		*slots.At(first, 2*(n.n-1)) = b.arena.slot(String(n.key))
		*slots.At(first, 2*(n.n-1)+1) = *slots.At(b.first, n.n-1)
	}
	b.node, b.first, b.room = nil, first, room
}

// Len returns how many entries there are so far.
func (b *MapBuilder) Len() int { return b.n }

// JavaHashMap records that Java would hold the map in a HashMap made with the initial capacity; 0 is the default. See Map.JavaOrder.
func (b *MapBuilder) JavaHashMap(capacity int) {
	b.class, b.buckets = b.class&^classMask|classHashMap, tableSizeLog(capacity)
}

// JavaLinkedHashMap records that Java would hold the map in a LinkedHashMap, whose order is that of insertion.
func (b *MapBuilder) JavaLinkedHashMap() { b.class = b.class&^classMask | classLinkedHashMap }

// Build returns the map.
func (b *MapBuilder) Build() *Map {
	r := b.arena.rows.take()
	r.arena, r.first, r.n, r.index, r.buckets = b.arena, b.first, uint32(b.n), b.index, b.buckets
	r.class = b.class
	if b.node != nil {
		r.layout = b.arena.shapes.layoutOf(b.node)
	} else {
		r.class |= plainMap
		if !b.other {
			r.class |= dictionary
		}
	}
	return (*Map)(r)
}
