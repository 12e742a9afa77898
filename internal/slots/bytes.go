package slots

import "unsafe"

const (
	firstBytes = 256
	slabBytes  = 64 << 10
)

// Bytes cuts text and byte strings from slabs that are entered in a Table. The zero Bytes is ready.
type Bytes struct {
	slab []byte
	used int
	ref  uint32
}

// Copy copies b and returns the Ref of the copy.
func (y *Bytes) Copy(t *Table, b []byte) uint64 {
	to, ref := y.Take(t, len(b))
	copy(to, b)
	return ref
}

// CopyString copies s and returns the Ref of the copy.
func (y *Bytes) CopyString(t *Table, s string) uint64 {
	to, ref := y.Take(t, len(s))
	copy(to, s)
	return ref
}

// Take returns n bytes to be filled by the caller before anybody reads them, and their Ref.
func (y *Bytes) Take(t *Table, n int) ([]byte, uint64) {
	if n > len(y.slab)-y.used {
		if n > slabBytes/4 {
			own := make([]byte, n)
			return own, Ref(t.Add(unsafe.Pointer(unsafe.SliceData(own))), 0)
		}
		size := min(max(2*len(y.slab), firstBytes, n), slabBytes)
		y.slab, y.used = make([]byte, size), 0
		y.ref = t.Add(unsafe.Pointer(unsafe.SliceData(y.slab)))
	}
	at := y.used
	y.used += n
	return y.slab[at : at+n : at+n], Ref(y.ref, uint32(at))
}
