package slots

import (
	"math"
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
	// open is the last chunk, of which used entries were taken and room are left.
	open       *unsafe.Pointer
	used, room uint32

	// view is the buffer that was entered last: what lies inside it needs no entry of its own.
	view    unsafe.Pointer
	viewLen uintptr
	viewRef uint32
	// adopted is the pointer of another table that was entered last.
	adopted    unsafe.Pointer
	adoptedRef uint32
}

// Add keeps p alive and returns its number.
func (t *Table) Add(p unsafe.Pointer) uint32 {
	if t.room == 0 {
		t.grow()
	}
	*(*unsafe.Pointer)(unsafe.Add(unsafe.Pointer(t.open), uintptr(t.used)*unsafe.Sizeof(p))) = p
	t.n, t.used, t.room = t.n+1, t.used+1, t.room-1
	return t.n - 1
}

// grow opens the next chunk.
func (t *Table) grow() {
	k, _ := chunk(t.n)
	if t.chunks[k] == nil {
		t.chunks[k] = &make([]unsafe.Pointer, tableFirst<<k)[0]
	}
	t.open, t.used, t.room = t.chunks[k], 0, tableFirst<<k
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

// View enters a buffer, so that memory inside it is referred to by an offset. A part of the buffer entered last needs no entry of its own.
func (t *Table) View(buf []byte) {
	if len(buf) == 0 || uintptr(unsafe.Pointer(unsafe.SliceData(buf)))-uintptr(t.view) < t.viewLen {
		return
	}
	t.view, t.viewLen = unsafe.Pointer(unsafe.SliceData(buf)), uintptr(len(buf))
	t.viewRef = t.Add(t.view)
}

// Ref keeps p alive and returns its Ref: an offset into the buffer viewed last, or an entry of its own.
func (t *Table) Ref(p unsafe.Pointer) uint64 {
	if offset := uintptr(p) - uintptr(t.view); offset < t.viewLen && offset <= math.MaxUint32 {
		return Ref(t.viewRef, uint32(offset))
	}
	return Ref(t.Add(p), 0)
}

// RefBytes is Ref for the memory of b, which is not empty.
func (t *Table) RefBytes(b []byte) uint64 { return t.Ref(unsafe.Pointer(unsafe.SliceData(b))) }

// Adopt returns a Ref of another table as one of this table. Consecutive ones into one buffer share an entry.
func (t *Table) Adopt(from *Table, n uint64) uint64 {
	number, offset := SplitRef(n)
	if p := from.Get(number); p != t.adopted {
		t.adopted, t.adoptedRef = p, t.Add(p)
	}
	return Ref(t.adoptedRef, offset)
}

// Bytes returns the n bytes at a Ref.
func (t *Table) Bytes(ref uint64, n uint32) []byte {
	return unsafe.Slice((*byte)(t.Resolve(ref)), int(n))
}

// Cursor reads the bytes of a Table. Those that lie behind the same pointer as the ones before, as the texts of a record mostly do, are found
// without the table. It is made by Table.Cursor and used by one goroutine.
type Cursor struct {
	table *Table
	p     unsafe.Pointer
	// number is that of p.
	number uint32
}

// Cursor returns a cursor of the table.
func (t *Table) Cursor() Cursor { return Cursor{table: t, number: math.MaxUint32} }

// Bytes returns the n bytes at a Ref.
func (c *Cursor) Bytes(ref uint64, n uint32) []byte {
	if number := uint32(ref >> 32); number != c.number {
		c.p, c.number = c.table.Get(number), number
	}
	return unsafe.Slice((*byte)(unsafe.Add(c.p, uintptr(uint32(ref)))), int(n))
}

// Len returns how many pointers there are.
func (t *Table) Len() int { return int(t.n) }

// Reset forgets all pointers. Nothing may ask for them any more. Of the chunks it keeps those that were in use and the one behind them.
func (t *Table) Reset() {
	last, _ := chunk(t.n)
	for k, first := range t.chunks {
		switch {
		case first == nil:
		case k <= last:
			clear(unsafe.Slice(first, tableFirst<<k))
		case k > last+1:
			t.chunks[k] = nil
		}
	}
	*t = Table{chunks: t.chunks}
}

func chunk(i uint32) (k int, at uint32) {
	k = bits.Len32(i/tableFirst+1) - 1
	return k, i - tableFirst*(1<<k-1)
}
