package javafmt

import (
	"cmp"
	"math"
	"math/bits"
)

// DefaultCapacity is the number of buckets of new HashMap().
const DefaultCapacity = 16

// The thresholds of java.util.HashMap: a bucket of more than eight entries becomes a tree where the table has 64 buckets, else the table grows;
// splitting turns a tree of up to six entries back into a list.
const (
	treeifyThreshold   = 8
	untreeifyThreshold = 6
	minTreeifyCapacity = 64
	maximumCapacity    = 1 << 30
)

// Keys says how keys of type K hash and compare in Java.
type Keys[K any] struct {
	// Hash is hashCode.
	Hash func(K) int32
	// Compare is compareTo, which must give 0 for equal keys only. Java asks it in buckets that became trees.
	Compare func(a, b K) int
}

// StringKeys are the keys of a HashMap<String, ?>.
func StringKeys() Keys[string] {
	return Keys[string]{Hash: HashCode, Compare: CompareStrings}
}

// LongKeys are the keys of a HashMap<Long, ?>.
func LongKeys() Keys[int64] {
	return Keys[int64]{Hash: HashLong, Compare: cmp.Compare[int64]}
}

// IntKeys are the keys of a HashMap<Integer, ?>, of Short and Byte as well.
func IntKeys() Keys[int32] {
	return Keys[int32]{Hash: func(i int32) int32 { return i }, Compare: cmp.Compare[int32]}
}

// DoubleKeys are the keys of a HashMap<Double, ?>.
func DoubleKeys() Keys[float64] {
	return Keys[float64]{Hash: HashDouble, Compare: CompareDoubles}
}

// HashLong returns Long.hashCode.
func HashLong(v int64) int32 { return int32(v ^ int64(uint64(v)>>32)) }

// HashDouble returns Double.hashCode; every NaN has the same.
func HashDouble(f float64) int32 {
	return HashLong(int64(doubleBits(f)))
}

// HashFloat returns Float.hashCode; every NaN has the same.
func HashFloat(f float32) int32 {
	if f != f {
		return 0x7fc00000
	}
	return int32(math.Float32bits(f))
}

// HashBoolean returns Boolean.hashCode.
func HashBoolean(b bool) int32 {
	if b {
		return 1231
	}
	return 1237
}

// CompareDoubles is Double.compare: -0.0 is less than 0.0, NaN equals itself and is greater than all others.
func CompareDoubles(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return cmp.Compare(int64(doubleBits(a)), int64(doubleBits(b)))
}

// doubleBits is Double.doubleToLongBits.
func doubleBits(f float64) uint64 {
	if f != f {
		return 0x7ff8000000000000
	}
	return math.Float64bits(f)
}

// HashMap holds entries in the order in which java.util.HashMap iterates over them. It is for one goroutine.
type HashMap[K, V any] struct {
	keys  Keys[K]
	table []*entry[K, V]
	// capacity is the size the table gets on the first Put.
	capacity int
	size     int
}

// NewHashMap returns an empty map as new HashMap(capacity) makes it; DefaultCapacity gives the map of new HashMap().
func NewHashMap[K, V any](keys Keys[K], capacity int) *HashMap[K, V] {
	return &HashMap[K, V]{keys: keys, capacity: tableSize(capacity)}
}

// tableSize is the power of two that holds capacity buckets.
func tableSize(capacity int) int {
	if capacity <= 1 {
		return 1
	}
	return min(1<<bits.Len(uint(capacity-1)), maximumCapacity)
}

// CopyCapacity returns the capacity for NewHashMap that new HashMap(Map) uses for a map of size entries.
func CopyCapacity(size int) int {
	if size == 0 {
		return DefaultCapacity
	}
	return int(float32(size)/0.75 + 1)
}

// SetCapacity returns the capacity that new HashSet(Collection) uses for a collection of size elements.
func SetCapacity(size int) int {
	return max(int(float32(size)/0.75)+1, DefaultCapacity)
}

// Len returns the number of entries.
func (m *HashMap[K, V]) Len() int { return m.size }

// Get returns the value of k and whether there is one.
func (m *HashMap[K, V]) Get(k K) (v V, ok bool) {
	if e := m.find(m.spread(k), k); e != nil {
		return e.value, true
	}
	return v, false
}

// All calls yield for each entry in Java's order.
func (m *HashMap[K, V]) All(yield func(K, V) bool) {
	for _, e := range m.table {
		for ; e != nil; e = e.next {
			if !yield(e.key, e.value) {
				return
			}
		}
	}
}

// Put sets the value of k. A key that is there keeps its place.
func (m *HashMap[K, V]) Put(k K, v V) {
	h := m.spread(k)
	if m.table == nil {
		m.table = make([]*entry[K, V], m.capacity)
	}
	i := h & uint32(len(m.table)-1)
	if first := m.table[i]; first != nil && first.tree {
		if e, fresh := m.putTree(first, h, k); fresh {
			e.value = v
		} else {
			e.value = v
			return
		}
	} else {
		n := 0
		at := &m.table[i]
		for ; *at != nil; at = &(*at).next {
			if (*at).hash == h && m.keys.Compare((*at).key, k) == 0 {
				(*at).value = v
				return
			}
			n++
		}
		*at = &entry[K, V]{hash: h, key: k, value: v}
		if n >= treeifyThreshold {
			m.treeifyBucket(h)
		}
	}
	m.size++
	if m.size > len(m.table)*3/4 {
		m.grow()
	}
}

// Remove takes k out.
func (m *HashMap[K, V]) Remove(k K) {
	h := m.spread(k)
	e := m.find(h, k)
	if e == nil {
		return
	}
	m.size--
	if e.tree {
		m.removeTree(e)
		return
	}
	at := &m.table[h&uint32(len(m.table)-1)]
	for *at != e {
		at = &(*at).next
	}
	*at = e.next
}

// spread mixes the upper half of the hash code into the lower, which selects the bucket.
func (m *HashMap[K, V]) spread(k K) uint32 {
	h := uint32(m.keys.Hash(k))
	return h ^ h>>16
}

func (m *HashMap[K, V]) find(h uint32, k K) *entry[K, V] {
	if m.table == nil {
		return nil
	}
	for e := m.table[h&uint32(len(m.table)-1)]; e != nil; e = e.next {
		if e.hash == h && m.keys.Compare(e.key, k) == 0 {
			return e
		}
	}
	return nil
}

// grow doubles the table. Each bucket falls into two that keep the order of their entries.
func (m *HashMap[K, V]) grow() {
	old := m.table
	if len(old) >= maximumCapacity {
		return
	}
	m.table = make([]*entry[K, V], 2*len(old))
	for i, first := range old {
		var halves [2][]*entry[K, V]
		for e := first; e != nil; e = e.next {
			half := 0
			if e.hash&uint32(len(old)) != 0 {
				half = 1
			}
			halves[half] = append(halves[half], e)
		}
		for half, entries := range halves {
			if len(entries) > 0 {
				m.setBucket(i+half*len(old), entries, first.tree, len(halves[1-half]) == 0)
			}
		}
	}
}

// setBucket links entries as bucket i. Of a tree, a part of up to six entries becomes a list; a whole tree stays as it is.
func (m *HashMap[K, V]) setBucket(i int, entries []*entry[K, V], wasTree, whole bool) {
	link(entries)
	m.table[i] = entries[0]
	if !wasTree {
		return
	}
	switch {
	case len(entries) <= untreeifyThreshold:
		untreeify(entries[0])
	case !whole:
		m.treeify(i)
	}
}

func link[K, V any](entries []*entry[K, V]) {
	for i, e := range entries {
		e.prev, e.next = nil, nil
		if i > 0 {
			e.prev = entries[i-1]
			e.prev.next = e
		}
	}
}
