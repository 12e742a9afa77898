package data

import (
	"github.com/moldau/moldau/internal/slots"
)

// ListBuilder collects the elements of a list. Several builders of one arena may be open at a time. A builder is used by one goroutine and not
// after Build.
type ListBuilder struct {
	arena *Arena
	first *slots.Slot
	n     int
	room  int
	class uint8
}

// List starts a list; n is the number of elements to expect, 0 where it is not known.
func (a *Arena) List(n int) ListBuilder {
	return ListBuilder{arena: a, first: a.slots.Take(n), room: n}
}

// ListOf returns a list of values.
func ListOf(values ...Value) Value {
	b := NewArena().List(len(values))
	for _, v := range values {
		b.Append(v)
	}
	return b.Build().Value()
}

func (b *ListBuilder) next() *slots.Slot {
	if b.n == b.room {
		b.room = max(4, 2*b.n)
		b.first = b.arena.slots.Grow(b.first, b.n, b.room)
	}
	s := slots.At(b.first, b.n)
	b.n++
	return s
}

// Append adds an element, which may be of any arena; text shares its memory.
func (b *ListBuilder) Append(v Value) { *b.next() = b.arena.slot(v) }

// AppendText adds a copy of s in the arena.
func (b *ListBuilder) AppendText(s string) { b.Append(b.arena.Text(s)) }

// Len returns how many elements there are so far.
func (b *ListBuilder) Len() int { return b.n }

// Build returns the list.
func (b *ListBuilder) Build() *List {
	r := b.arena.rows.take()
	r.arena, r.first, r.n, r.class = b.arena, b.first, uint32(b.n), b.class
	return (*List)(r)
}
