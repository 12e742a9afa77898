package data

import (
	"unsafe"

	"github.com/moldau/moldau/internal/slots"
)

// The flag that slots' readers know by its name there.
var _ = [1]struct{}{}[refFlag-slots.Refers]

// RawStruct returns a struct of a schema's layout whose slots the caller fills, before anybody else sees it, with values that fit their fields;
// what is left out is null. The caller says by it that no required field without a default will be null.
func (a *Arena) RawStruct(_ slots.Inside, l *Layout) (*Struct, *slots.Slot) {
	r := a.newRow(l, len(l.fields), len(l.fields))
	r.complete = true
	return (*Struct)(r), r.first
}

// Raw returns the slots of the struct that is being built, which the caller may fill with values that fit their fields, as the setters do.
func (b *StructBuilder) Raw(slots.Inside) *slots.Slot { return b.row.first }

// RawList returns a list of n elements whose slots the caller fills before anybody else sees it.
func (a *Arena) RawList(_ slots.Inside, n int) (*List, *slots.Slot) {
	r := a.rows.take()
	r.arena, r.first, r.n = a, a.slots.Take(n), uint32(n)
	return (*List)(r), r.first
}

// RawSlot returns the slot that stores a value in the arena.
func (a *Arena) RawSlot(_ slots.Inside, v Value) slots.Slot { return a.slot(v) }

// RawChild returns the slot that stores a struct or list of the arena.
func (a *Arena) RawChild(_ slots.Inside, k Kind, r *Row) slots.Slot {
	return slots.Slot{N: a.rowRef(r), M: slots.Tag(uint8(k), refFlag, 0)}
}

// RawLast is RawChild for the struct or list that was begun last in the arena.
func (a *Arena) RawLast(_ slots.Inside, k Kind) slots.Slot {
	s := &a.rows
	if s.number == 0 {
		s.number = a.table.Add(unsafe.Pointer(unsafe.SliceData(s.slab))) + 1
	}
	return slots.Slot{N: slots.Ref(s.number-1, uint32(s.used-1)*uint32(unsafe.Sizeof(Row{}))), M: slots.Tag(uint8(k), refFlag, 0)}
}

// RawRef returns the Ref of the first byte of b, which is not empty. Those of the following ones differ by their distance.
func (a *Arena) RawRef(_ slots.Inside, b []byte) uint64 { return a.table.RefBytes(b) }

// Raw returns the slots of a struct or list, and the table that they refer to.
func (r *Row) Raw(slots.Inside) (*slots.Slot, *slots.Table) { return r.first, &r.arena.table }

// Row returns the storage of the list.
func (l *List) Row() *Row { return (*Row)(l) }

// RawChild returns what a slot that holds a struct, list or map refers to.
func (r *Row) RawChild(_ slots.Inside, s *slots.Slot) *Row { return (*Row)(r.arena.table.Resolve(s.N)) }
