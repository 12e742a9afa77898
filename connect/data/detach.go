package data

import (
	"math/big"

	"github.com/moldau/moldau/internal/slots"
)

// Detach returns a deep copy that shares no memory with the records the value came from. Use it for values that are kept for long.
func (v Value) Detach() Value {
	switch v.Kind() {
	case StringKind, BytesKind:
		if b := v.Buffer(); b != nil {
			return BufferOf(&Buffer{Array: append([]byte(nil), b.Array...), Pos: b.Pos, Limit: b.Limit})
		}
		if v.p == nil {
			return v
		}
		return text(v.Kind(), &append([]byte(nil), v.memory()...)[0], int(v.high()))
	case DecimalKind:
		if v.p != nil {
			return DecimalOf(new(big.Int).Set((*big.Int)(v.p)), Decimal{v}.Scale())
		}
	case ListKind, MapKind, StructKind:
		return NewArena().Copy(v)
	}
	return v
}

// Copy returns a deep copy of a value that is stored in the arena and shares no memory with the records it came from.
func (a *Arena) Copy(v Value) Value {
	switch v.Kind() {
	case StringKind, BytesKind:
		if v.p == nil || v.flagged(bufferFlag) {
			return v.Detach()
		}
		if s, ok := v.Text(); ok {
			return a.Text(s)
		}
		return a.Bytes(v.memory())
	case ListKind, MapKind, StructKind:
		return rowValue(v.Kind(), a.copyRow((*Row)(v.p)))
	}
	return v.Detach()
}

func (a *Arena) copyRow(from *Row) *Row {
	r := a.rows.take()
	*r = *from
	n := from.slotCount()
	r.arena, r.first, r.texted = a, a.slots.Take(n), false
	for i := range n {
		s := *slots.At(from.first, i)
		if slots.Flags(s.M)&refFlag != 0 {
			s = a.slot(a.Copy(from.value(i)))
		}
		*slots.At(r.first, i) = s
	}
	if from.index != nil {
		r.index = indexKeys(r, int(r.n))
	}
	return r
}

// Edit is a change of one field for Struct.With.
type Edit struct {
	Name  string
	Value Value
}

// With returns a copy of the struct with other values in some fields. It is for code that changes a struct here and there; code on the hot path
// builds structs in the arena of its batch.
func (s *Struct) With(edits ...Edit) (*Struct, error) {
	a := NewArena()
	b := a.Fill(s.layout)
	b.CopyRange(0, (*Row)(s), 0, s.Len())
	for _, e := range edits {
		b.Put(e.Name, e.Value)
	}
	return b.Build()
}
