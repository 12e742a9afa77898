package slots

import "unsafe"

const (
	firstBytes = 256
	slabBytes  = 64 << 10
	// keptLarge bounds the memory of large pieces that an empty Bytes keeps to be used again.
	keptLarge = 1 << 20
)

// Bytes cuts text and byte strings from slabs that are entered in a Table. The zero Bytes is ready.
type Bytes struct {
	slab []byte
	used int
	ref  uint32
	// next is the size of the next slab.
	next int
	// full are the slabs of usual size that were begun, the open one included; spare are those that wait to be used again.
	full, spare [][]byte
	// large are pieces with memory of their own, spareLarge those that wait to be used again.
	large, spareLarge [][]byte
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
			own := y.takeLarge(n)
			return own, Ref(t.Add(unsafe.Pointer(unsafe.SliceData(own))), 0)
		}
		y.open(t, n)
	}
	at := y.used
	y.used += n
	return y.slab[at : at+n : at+n], Ref(y.ref, uint32(at))
}

// takeLarge returns n bytes with memory of their own.
func (y *Bytes) takeLarge(n int) []byte {
	for i, spare := range y.spareLarge {
		if cap(spare) >= n {
			y.spareLarge[i] = y.spareLarge[len(y.spareLarge)-1]
			y.spareLarge = y.spareLarge[:len(y.spareLarge)-1]
			y.large = append(y.large, spare)
			return spare[:n:n]
		}
	}
	// Sizes differ a little from batch to batch: rounded up, the piece fits the next one too.
	own := make([]byte, (n+slabBytes-1)/slabBytes*slabBytes)
	y.large = append(y.large, own)
	return own[:n:n]
}

func (y *Bytes) open(t *Table, n int) {
	y.used = 0
	if last := len(y.spare) - 1; last >= 0 {
		y.slab, y.spare = y.spare[last], y.spare[:last]
	} else {
		y.slab = make([]byte, min(max(y.next, firstBytes, n), slabBytes))
		y.next = 2 * len(y.slab)
	}
	if len(y.slab) == slabBytes {
		y.full = append(y.full, y.slab)
	}
	y.ref = t.Add(unsafe.Pointer(unsafe.SliceData(y.slab)))
}

// Reset makes the slabs taken so far free again. Nothing may refer to their bytes any more.
func (y *Bytes) Reset() {
	kept := 0
	y.spareLarge = Recycle(y.spareLarge, nil)
	for _, spare := range y.spareLarge {
		kept += cap(spare)
	}
	for i, own := range y.large {
		if kept+cap(own) <= keptLarge {
			kept += cap(own)
			y.spareLarge = append(y.spareLarge, own)
		}
		y.large[i] = nil
	}
	y.large = y.large[:0]
	y.spare = Recycle(y.spare, y.full)
	if y.slab == nil && len(y.spare) == 0 {
		y.next = 0
	}
	y.full, y.slab, y.used = y.full[:0], nil, 0
}

// Whole makes all slabs of usual size, which Overwrite reaches.
func (y *Bytes) Whole() { y.next = slabBytes }

// Overwrite fills the slabs of usual size, and pieces with memory of their own, with a byte that no text has.
func (y *Bytes) Overwrite() {
	for _, slabs := range [...][][]byte{y.full, y.large} {
		for _, slab := range slabs {
			for i := range slab {
				slab[i] = 0xff
			}
		}
	}
}
