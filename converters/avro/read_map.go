package avro

import (
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/internal/javafmt"
)

// mapEntry is an entry of a map that is being read.
type mapEntry struct {
	key   []byte
	value data.Value
}

func (d *Decoder) mapping(p *readPlan) data.Value {
	base := len(d.entries)
	first := d.block(1+p.elem.least, 0)
	for n := first; n > 0; n = d.block(1+p.elem.least, 0) {
		for range n {
			key := d.take(d.long())
			v := d.value(p.elem)
			if d.bad != nil {
				return data.Null
			}
			d.entries = append(d.entries, mapEntry{key, v})
		}
	}
	entries := d.entries[base:]
	b := d.arena.Map(len(entries))
	if len(entries) < 2 {
		for _, e := range entries {
			b.Put(text(e.key), e.value)
		}
	} else {
		// Avro's library puts the entries into a HashMap of its own kind of text, from which they come into that of Connect.
		for _, i := range d.order.of(entries, first) {
			b.Put(text(entries[i].key), entries[i].value)
		}
	}
	b.JavaHashMap(b.Len())
	clear(entries)
	d.entries = d.entries[:base]
	return b.Build().Value()
}

func text(b []byte) data.Value {
	if validText(b) {
		return data.TextOf(b)
	}
	return data.String(javafmt.DecodeUTF8(b))
}

// mapOrder works out the order in which Java iterates over a HashMap with keys of Avro's class Utf8.
type mapOrder struct {
	order   []int
	buckets []uint32
}

// mostSorted is how many entries are sorted; larger maps are built.
const mostSorted = 48

// of returns the indexes of the entries that count: for keys that occur twice the first place and the last value are one, which is why the value is
// moved there.
func (o *mapOrder) of(entries []mapEntry, capacity int) []int {
	if len(entries) > mostSorted {
		return ofLarge(entries, capacity)
	}
	o.order = o.order[:0]
	o.buckets = o.buckets[:0]
	for i := range entries {
		if j := indexOf(entries[:i], entries[i].key); j >= 0 {
			entries[j].value = entries[i].value
			continue
		}
		o.order = append(o.order, i)
	}
	mask := uint32(tableSize(capacity, len(o.order)) - 1)
	for _, i := range o.order {
		h := uint32(hashUTF8(entries[i].key))
		o.buckets = append(o.buckets, (h^h>>16)&mask)
	}
	for i := 1; i < len(o.order); i++ {
		for j := i; j > 0 && o.buckets[j] < o.buckets[j-1]; j-- {
			o.buckets[j], o.buckets[j-1] = o.buckets[j-1], o.buckets[j]
			o.order[j], o.order[j-1] = o.order[j-1], o.order[j]
		}
	}
	return o.order
}

func indexOf(entries []mapEntry, key []byte) int {
	for j := range entries {
		if string(entries[j].key) == string(key) {
			return j
		}
	}
	return -1
}

// tableSize returns how many buckets a HashMap that was made with a capacity has once it holds n entries.
func tableSize(capacity, n int) int {
	size := 1
	for size < capacity {
		size *= 2
	}
	for n > size*3/4 {
		size *= 2
	}
	return size
}

// hashUTF8 is Utf8.hashCode of Avro's library.
func hashUTF8(b []byte) int32 {
	h := int32(1)
	for _, c := range b {
		h = h*31 + int32(int8(c))
	}
	return h
}

func ofLarge(entries []mapEntry, capacity int) []int {
	keys := javafmt.Keys[string]{
		Hash:    func(s string) int32 { return hashUTF8([]byte(s)) },
		Compare: javafmt.CompareStrings,
	}
	m := javafmt.NewHashMap[string, int](keys, capacity)
	for i, e := range entries {
		if j, ok := m.Get(string(e.key)); ok {
			entries[j].value = e.value
			continue
		}
		m.Put(string(e.key), i)
	}
	order := make([]int, 0, len(entries))
	for _, i := range m.All {
		order = append(order, i)
	}
	return order
}
