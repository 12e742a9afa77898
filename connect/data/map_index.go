package data

// keyIndex finds the entries of a large map without shape by their keys.
type keyIndex struct {
	texts map[string]int32
	// scalars are keys that need no memory, by their two words.
	scalars map[[2]uint64]int32
	// others are lists, structs and the like, by hash.
	others map[int32][]int32
}

// indexKeys indexes the first n entries of a row of keys and values in turn.
func indexKeys(r *Row, n int) *keyIndex {
	x := &keyIndex{}
	for i := range n {
		x.add(r.value(2*i), i)
	}
	return x
}

// add enters a key that is not in the index yet. A text shares the memory of the key.
func (x *keyIndex) add(key Value, i int) {
	if text, ok := key.Text(); ok {
		if x.texts == nil {
			x.texts = map[string]int32{}
		}
		x.texts[text] = int32(i)
		return
	}
	if words, ok := scalarKey(key); ok {
		if x.scalars == nil {
			x.scalars = map[[2]uint64]int32{}
		}
		x.scalars[words] = int32(i)
		return
	}
	if x.others == nil {
		x.others = map[int32][]int32{}
	}
	h := key.JavaHash()
	x.others[h] = append(x.others[h], int32(i))
}

// find returns the entry of a key in the row that is indexed, -1 where there is none.
func (x *keyIndex) find(r *Row, key Value) int {
	if text, ok := key.Text(); ok {
		if i, ok := x.texts[text]; ok {
			return int(i)
		}
		return -1
	}
	if words, ok := scalarKey(key); ok {
		if i, ok := x.scalars[words]; ok {
			return int(i)
		}
		return -1
	}
	for _, i := range x.others[key.JavaHash()] {
		if r.value(2 * int(i)).Equal(key) {
			return int(i)
		}
	}
	return -1
}

// scalarKey returns two words that are the same for equal keys; ok is false for keys that are compared otherwise.
func scalarKey(v Value) (words [2]uint64, ok bool) {
	switch {
	case v.p != nil || v.Kind() == BytesKind:
		return words, false
	case v.Kind().IsTemporal():
		return [2]uint64{v.n, uint64(TimestampKind)}, true
	case isNaN(v):
		return [2]uint64{0, v.m | 1<<63}, true
	}
	return [2]uint64{v.n, v.m}, true
}

// findKey returns the entry of a key in a row of keys and values in turn, -1 where there is none.
func (r *Row) findKey(key Value) int {
	if r.index != nil {
		return r.index.find(r, key)
	}
	for i := range int(r.n) {
		if r.value(2 * i).Equal(key) {
			return i
		}
	}
	return -1
}
