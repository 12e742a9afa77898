package slots

import (
	"math/bits"
	"unsafe"
)

// tableFirst is the size of the first chunk of a Table; each further chunk has twice the size of the one before.
const tableFirst = 4

// Table numbers the pointers that slots refer to: buffers, rows, big integers. Entries never change or move once added, so slots may be read by
// one goroutine while another goroutine, the arena's owner, adds entries.
type Table struct {
	chunks [28]*unsafe.Pointer
	n      uint32
}

// Add keeps p alive and returns its number.
func (t *Table) Add(p unsafe.Pointer) uint32 {
	i := t.n
	k, at := chunk(i)
	if t.chunks[k] == nil {
		t.chunks[k] = &make([]unsafe.Pointer, tableFirst<<k)[0]
	}
	*(*unsafe.Pointer)(unsafe.Add(unsafe.Pointer(t.chunks[k]), uintptr(at)*unsafe.Sizeof(p))) = p
	t.n++
	return i
}

// Get returns the pointer of a number that Add returned.
func (t *Table) Get(i uint32) unsafe.Pointer {
	k, at := chunk(i)
	return *(*unsafe.Pointer)(unsafe.Add(unsafe.Pointer(t.chunks[k]), uintptr(at)*unsafe.Sizeof(uintptr(0))))
}

// Resolve returns the address a Ref stands for.
func (t *Table) Resolve(n uint64) unsafe.Pointer {
	p, offset := SplitRef(n)
	return unsafe.Add(t.Get(p), uintptr(offset))
}

// Len returns how many pointers there are.
func (t *Table) Len() int { return int(t.n) }

// Reset forgets all pointers. Nothing may ask for them any more.
func (t *Table) Reset() {
	for k, first := range t.chunks {
		if first == nil {
			break
		}
		clear(unsafe.Slice(first, tableFirst<<k))
	}
	t.n = 0
}

func chunk(i uint32) (k int, at uint32) {
	k = bits.Len32(i/tableFirst+1) - 1
	return k, i - tableFirst*(1<<k-1)
}
