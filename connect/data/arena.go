package data

import (
	"unsafe"

	"github.com/moldau/moldau/internal/slots"
)

// Arena holds the structs, maps, lists and texts of one batch of records. One goroutine at a time builds in it; what is built may be read by
// any goroutine, also while more is built. Its memory is plain garbage-collected memory that is not used again by itself: a value that is kept
// stays valid and keeps the arena, with the buffers its texts point into, alive. Detach frees a kept value from it.
type Arena struct {
	slots  slots.Slab
	table  slots.Table
	text   slots.Bytes
	rows   rowSlab
	shapes *Shapes
	spans  SpanDecoder

	// view is the buffer that was entered last: texts inside it need no entry of their own.
	view    unsafe.Pointer
	viewLen uintptr
	viewRef uint32
	// foreign is the base pointer that was copied last from another arena.
	foreign    unsafe.Pointer
	foreignRef uint32
}

// SpanDecoder decodes spans: text of a record that a converter has checked and stored without building the values it stands for. Any number
// of goroutines call DecodeSpan at any time; what it returns is not kept, so that a span read twice is decoded twice. text and the schema (nil in
// schemaless objects) are those of StructBuilder.Span. It cannot fail: the text was checked when it was stored.
type SpanDecoder interface {
	DecodeSpan(schema *Schema, text []byte) Value
}

// NewArena returns an empty arena.
func NewArena() *Arena { return &Arena{shapes: sharedShapes} }

// UseShapes makes the arena intern the shapes of schemaless objects in x.
func (a *Arena) UseShapes(x *Shapes) { a.shapes = x }

// Shapes returns where the arena interns the shapes of schemaless objects.
func (a *Arena) Shapes() *Shapes { return a.shapes }

// UseSpans sets who decodes the spans that are stored in the arena, before the first span. The first one stays: others may be reading already.
func (a *Arena) UseSpans(d SpanDecoder) {
	if a.spans == nil {
		a.spans = d
	}
}

// Reset makes the arena empty, so that its memory is used again. Only a caller that knows that nothing built in it is referenced any more may
// do so.
func (a *Arena) Reset() {
	a.slots.Reset()
	a.table.Reset()
	a.text.Reset()
	a.rows.reset()
	a.view, a.viewLen, a.foreign = nil, 0, nil
}

const (
	firstRows = 2
	slabRows  = 256
)

// rowSlab cuts rows from slabs.
type rowSlab struct {
	free []Row
	next int
	// full are the slabs of usual size that were begun, the open one included; spare are those that wait to be used again.
	full, spare [][]Row
}

func (s *rowSlab) take() *Row {
	if len(s.free) == 0 {
		s.open()
	}
	r := &s.free[0]
	s.free = s.free[1:]
	return r
}

func (s *rowSlab) open() {
	if last := len(s.spare) - 1; last >= 0 {
		s.free, s.spare = s.spare[last], s.spare[:last]
		clear(s.free)
		s.full = append(s.full, s.free)
		return
	}
	n := max(s.next, firstRows)
	s.free = make([]Row, n)
	if n == slabRows {
		s.full = append(s.full, s.free)
	}
	s.next = min(4*n, slabRows)
}

func (s *rowSlab) reset() {
	s.spare = append(s.spare, s.full...)
	clear(s.full)
	s.full, s.free = s.full[:0], nil
}

// View enters a buffer that texts will be views of. The buffer must not change any more. Values and setters that refer to memory inside the
// buffer viewed last are stored without a copy and without an entry of their own.
func (a *Arena) View(buf []byte) {
	if len(buf) == 0 {
		return
	}
	a.view, a.viewLen = unsafe.Pointer(unsafe.SliceData(buf)), uintptr(len(buf))
	a.viewRef = a.table.Add(a.view)
}

// Bytes copies b into the arena.
func (a *Arena) Bytes(b []byte) Value { return a.copied(BytesKind, b) }

// Text copies s into the arena.
func (a *Arena) Text(s string) Value {
	return a.copied(StringKind, unsafe.Slice(unsafe.StringData(s), len(s)))
}

func (a *Arena) copied(k Kind, b []byte) Value {
	if len(b) == 0 {
		return text(k, nil, 0)
	}
	ref := a.text.Copy(&a.table, b)
	return pointer(k, 0, len(b), a.table.Resolve(ref))
}

// slot stores a value: a scalar as it is, a reference by an entry in the table or an offset into the viewed buffer.
func (a *Arena) slot(v Value) slots.Slot {
	if v.p == nil {
		return slots.Slot{N: v.n, M: v.m}
	}
	return slots.Slot{N: a.ref(v.p), M: v.m}
}

func (a *Arena) ref(p unsafe.Pointer) uint64 {
	if off := uintptr(p) - uintptr(a.view); off < a.viewLen && off <= 1<<32-1 {
		return slots.Ref(a.viewRef, uint32(off))
	}
	return slots.Ref(a.table.Add(p), 0)
}

// copySlot returns the slot of another row as a slot of this arena: the same in the same arena; otherwise the pointer it refers to is entered
// here, once for consecutive slots of one buffer.
func (a *Arena) copySlot(from *Row, s slots.Slot) slots.Slot {
	if from.arena == a || slots.Flags(s.M)&refFlag == 0 {
		return s
	}
	if Kind(slots.Kind(s.M)) == spanKind && a.spans == nil {
		a.spans = from.arena.spans
	}
	number, offset := slots.SplitRef(s.N)
	base := from.arena.table.Get(number)
	if base != a.foreign {
		a.foreign, a.foreignRef = base, a.table.Add(base)
	}
	return slots.Slot{N: slots.Ref(a.foreignRef, offset), M: s.M}
}

func (a *Arena) span(span []byte, canonical bool) slots.Slot {
	if len(span) == 0 || a.spans == nil {
		panic("data: an empty span, or one in an arena without SpanDecoder")
	}
	flags := uint8(refFlag)
	if canonical {
		flags |= canonicalFlag
	}
	return slots.Slot{N: a.ref(unsafe.Pointer(unsafe.SliceData(span))), M: slots.Tag(uint8(spanKind), flags, uint32(len(span)))}
}

// copies reports whether copySlot gives a slot that reads the same here: it does not for a span that other code would decode, or that would be
// decoded by another schema.
func (a *Arena) copies(from *Row, s slots.Slot, have, want *Schema) bool {
	return Kind(slots.Kind(s.M)) != spanKind || have == want && (from.arena == a || a.spans == nil || a.spans == from.arena.spans)
}

// decodeSpan returns the value of a span. It is built outside the arena, which another goroutine may be building in.
func (r *Row) decodeSpan(i int, s *slots.Slot) Value {
	return r.arena.spans.DecodeSpan(r.schemaAt(i), unsafe.Slice((*byte)(r.arena.table.Resolve(s.N)), int(slots.High(s.M))))
}

// Span returns the text of a slot that is not decoded yet. canonical says that it is exactly what the decoder's own encoder would write.
func (r *Row) Span(i int) (span []byte, canonical, ok bool) {
	s := slots.At(r.first, i)
	if Kind(slots.Kind(s.M)) != spanKind {
		return nil, false, false
	}
	return unsafe.Slice((*byte)(r.arena.table.Resolve(s.N)), int(slots.High(s.M))), slots.Flags(s.M)&canonicalFlag != 0, true
}
