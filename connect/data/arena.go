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
	poison bool
}

// SpanDecoder decodes spans: text of a record that a converter has checked and stored without building the values it stands for. Any number
// of goroutines call DecodeSpan at any time; what it returns is not kept, so that a span read twice is decoded twice. text and the schema (nil in
// schemaless objects) are those of StructBuilder.Span. The value is built in the arena, which is nil where none may be used. It cannot fail: the
// text was checked when it was stored.
type SpanDecoder interface {
	DecodeSpan(a *Arena, schema *Schema, text []byte) Value
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

// Empty reports whether nothing was built in the arena since it was made or reset.
func (a *Arena) Empty() bool { return a.rows.slab == nil && a.table.Len() == 0 }

// Poison makes each later Reset overwrite what was built, so that a test sees who still refers to it: structs have lost their schema, maps and lists
// their elements, and no text is what it was. It is called before anything is built.
func (a *Arena) Poison() {
	a.poison = true
	a.slots.Whole()
	a.text.Whole()
	a.rows.next = slabRows
}

// Reset makes the arena empty, so that its memory is used again. Only a caller that knows that nothing built in it is referenced any more may
// do so.
func (a *Arena) Reset() {
	if a.poison {
		a.slots.Overwrite()
		a.text.Overwrite()
		for _, slab := range a.rows.full {
			clear(slab)
		}
		defer a.Poison()
	}
	a.slots.Reset()
	a.table.Reset()
	a.text.Reset()
	a.rows.reset()
}

const (
	firstRows = 2
	slabRows  = 256
)

// rowSlab cuts rows from slabs.
type rowSlab struct {
	// slab is the open one, of which used rows were taken. A number takes no write barrier, as a pointer would.
	slab []Row
	used int
	next int
	// number is that of the open slab in the arena's table and one more, 0 until a slot refers to one of its rows.
	number uint32
	// full are the slabs of usual size that were begun, the open one included; spare are those that wait to be used again.
	full, spare [][]Row
}

func (s *rowSlab) take() *Row {
	if s.used == len(s.slab) {
		s.open()
	}
	s.used++
	return &s.slab[s.used-1]
}

func (s *rowSlab) open() {
	if last := len(s.spare) - 1; last >= 0 {
		s.slab, s.spare, s.used, s.number = s.spare[last], s.spare[:last], 0, 0
		clear(s.slab)
		s.full = append(s.full, s.slab)
		return
	}
	n := max(s.next, firstRows)
	s.slab, s.used, s.number = make([]Row, n), 0, 0
	if n == slabRows {
		s.full = append(s.full, s.slab)
	}
	s.next = min(4*n, slabRows)
}

func (s *rowSlab) reset() {
	s.spare = slots.Recycle(s.spare, s.full)
	if s.slab == nil && len(s.spare) == 0 {
		s.next = 0
	}
	s.full, s.slab, s.used = s.full[:0], nil, 0
}

// rowRef returns the Ref of a row. The rows of the open slab share an entry of the table.
func (a *Arena) rowRef(r *Row) uint64 {
	s := &a.rows
	offset := uintptr(unsafe.Pointer(r)) - uintptr(unsafe.Pointer(unsafe.SliceData(s.slab)))
	if offset >= uintptr(len(s.slab))*unsafe.Sizeof(Row{}) {
		return slots.Ref(a.table.Add(unsafe.Pointer(r)), 0)
	}
	if s.number == 0 {
		s.number = a.table.Add(unsafe.Pointer(unsafe.SliceData(s.slab))) + 1
	}
	return slots.Ref(s.number-1, uint32(offset))
}

// View enters a buffer that texts will be views of. The buffer must not change any more. Values and setters that refer to memory inside the
// buffer viewed last are stored without a copy and without an entry of their own.
func (a *Arena) View(buf []byte) { a.table.View(buf) }

// Bytes copies b into the arena.
func (a *Arena) Bytes(b []byte) Value {
	if len(b) == 0 {
		return BytesOf(nil)
	}
	return a.value(a.bytesSlot(b))
}

// Text copies s into the arena.
func (a *Arena) Text(s string) Value {
	if s == "" {
		return String("")
	}
	return a.value(a.textSlot(s))
}

func (a *Arena) bytesSlot(b []byte) slots.Slot {
	return slots.Slot{N: a.text.Copy(&a.table, b), M: slots.Tag(uint8(BytesKind), refFlag, length(len(b)))}
}

func (a *Arena) textBytesSlot(s []byte) slots.Slot {
	return slots.Slot{N: a.text.Copy(&a.table, s), M: slots.Tag(uint8(StringKind), refFlag, length(len(s)))}
}

func (a *Arena) textSlot(s string) slots.Slot {
	return slots.Slot{N: a.text.CopyString(&a.table, s), M: slots.Tag(uint8(StringKind), refFlag, length(len(s)))}
}

// value returns what a slot of the arena stands for; it is no span.
func (a *Arena) value(s slots.Slot) Value {
	if slots.Flags(s.M)&refFlag == 0 {
		return Value{n: s.N, m: s.M}
	}
	return Value{p: a.table.Resolve(s.N), m: s.M}
}

// slot stores a value: a scalar as it is, a reference by an entry in the table or an offset into the viewed buffer.
func (a *Arena) slot(v Value) slots.Slot {
	if v.p == nil {
		return slots.Slot{N: v.n, M: v.m}
	}
	if k := v.Kind(); k >= ListKind && k <= StructKind {
		return slots.Slot{N: a.rowRef((*Row)(v.p)), M: v.m}
	}
	return slots.Slot{N: a.table.Ref(v.p), M: v.m}
}

// copySlot returns the slot of another row as a slot of this arena.
func (a *Arena) copySlot(from *Row, s slots.Slot) slots.Slot {
	if from.arena == a || slots.Flags(s.M)&refFlag == 0 {
		return s
	}
	if Kind(slots.Kind(s.M)) == spanKind && a.spans == nil {
		a.spans = from.arena.spans
	}
	return slots.Slot{N: a.table.Adopt(&from.arena.table, s.N), M: s.M}
}

func (a *Arena) span(span []byte, canonical bool) slots.Slot {
	if len(span) == 0 || a.spans == nil {
		panic("data: an empty span, or one in an arena without SpanDecoder")
	}
	flags := uint8(refFlag)
	if canonical {
		flags |= canonicalFlag
	}
	return slots.Slot{N: a.table.RefBytes(span), M: slots.Tag(uint8(spanKind), flags, length(len(span)))}
}

// copies reports whether copySlot gives a slot that reads the same here: it does not for a span that other code would decode, or that would be
// decoded by another schema.
func (a *Arena) copies(from *Row, s slots.Slot, have, want *Schema) bool {
	return Kind(slots.Kind(s.M)) != spanKind || have == want && (from.arena == a || a.spans == nil || a.spans == from.arena.spans)
}

// decodeSpan returns the value of a span. It is built in a, or nowhere of use to others where that is nil.
func (r *Row) decodeSpan(a *Arena, i int, s *slots.Slot) Value {
	text := r.arena.table.Bytes(s.N, slots.High(s.M))
	if r.layout != nil && (text[0] == '{' || text[0] == '[') {
		r.layout.want(i)
	}
	return r.arena.spans.DecodeSpan(a, r.schemaAt(i), text)
}

// Text returns the text that the row was read from, where it is exactly what its encoder writes for it.
func (r *Row) Text() (text []byte, ok bool) {
	if !r.texted {
		return nil, false
	}
	s := slots.At(r.first, int(r.n))
	return r.arena.table.Bytes(s.N, slots.High(s.M)), true
}

// Span returns the text of a slot that is not decoded yet. canonical says that it is exactly what the decoder's own encoder would write.
func (r *Row) Span(i int) (span []byte, canonical, ok bool) {
	s := slots.At(r.first, i)
	if Kind(slots.Kind(s.M)) != spanKind {
		return nil, false, false
	}
	return r.arena.table.Bytes(s.N, slots.High(s.M)), slots.Flags(s.M)&canonicalFlag != 0, true
}
