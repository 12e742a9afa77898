package data

import (
	"math"
	"math/big"
	"time"

	"github.com/moldau/moldau/internal/javafmt"
	"github.com/moldau/moldau/internal/slots"
)

// StructBuilder fills the fields of one struct, or the values of one schemaless object of a known layout. Setters check the type of what they
// set, as Java's Struct.put does, and keep the first error for Build. A builder is used by one goroutine and not after Build.
type StructBuilder struct {
	row *Row
	err error
}

// NewStruct starts a struct outside any batch. A schema that is not of a struct is an error of Build.
func NewStruct(schema *Schema) *StructBuilder {
	b := NewArena().Struct(schema)
	return &b
}

// Struct starts a struct in the arena. A schema that is not of a struct is an error of Build.
func (a *Arena) Struct(schema *Schema) StructBuilder {
	if schema == nil || schema.layout == nil {
		return StructBuilder{row: a.newRow(&Layout{}, 0, 0), err: dataException("Not a struct schema: " + schema.String())}
	}
	return a.Fill(schema.layout)
}

// Fill starts a struct or, where the layout is a shape, a schemaless object.
func (a *Arena) Fill(l *Layout) StructBuilder {
	return StructBuilder{row: a.newRow(l, len(l.fields), len(l.fields))}
}

// FillText is Fill for a struct that is read from text that is exactly what the reader's own encoder writes for it; Row.Text gives it back.
func (a *Arena) FillText(l *Layout, text []byte) StructBuilder {
	n := len(l.fields)
	r := a.newRow(l, n, n+1)
	r.texted = true
	*slots.At(r.first, n) = slots.Slot{N: a.table.RefBytes(text), M: slots.Tag(uint8(spanKind), refFlag, length(len(text)))}
	return StructBuilder{row: r}
}

// FillLike starts a schemaless object with the keys of m, which has a shape, in the order in which m holds them; Java iterates over both alike.
func (a *Arena) FillLike(m *Map) StructBuilder {
	b := a.Fill(m.layout)
	b.row.class, b.row.buckets = m.class, m.buckets
	return b
}

// StructOf returns a struct with the values of its fields in their order.
func StructOf(schema *Schema, values ...Value) (*Struct, error) {
	b := NewStruct(schema)
	for i, v := range values {
		b.Set(i, v)
	}
	return b.Build()
}

// MustStruct is StructOf for values known to fit; it panics on an error.
func MustStruct(schema *Schema, values ...Value) *Struct {
	s, err := StructOf(schema, values...)
	if err != nil {
		panic("data: " + err.Error())
	}
	return s
}

// Arena returns the arena the struct is built in.
func (b *StructBuilder) Arena() *Arena { return b.row.arena }

// Layout returns the fields to be set.
func (b *StructBuilder) Layout() *Layout { return b.row.layout }

// Err returns the first error so far.
func (b *StructBuilder) Err() error { return b.err }

func (b *StructBuilder) fail(err error) {
	if b.err == nil {
		b.err = err
	}
}

// Put sets a field by name.
func (b *StructBuilder) Put(name string, v Value) *StructBuilder {
	i := b.row.layout.Index(name)
	if i < 0 {
		b.fail(dataException(name + " is not a valid field name"))
		return b
	}
	return b.Set(i, v)
}

// Set sets a field. The value may be of any arena; text shares its memory.
func (b *StructBuilder) Set(i int, v Value) *StructBuilder {
	f := &b.row.layout.fields[i]
	if f.Schema != nil {
		if want := f.Schema.valueKind; v.Kind() != want || want >= ListKind && want <= StructKind {
			if err := ValidateField(f.Name, f.Schema, v); err != nil {
				b.fail(err)
				return b
			}
			v = temporalAs(v, want)
		}
	}
	*slots.At(b.row.first, i) = b.row.arena.slot(v)
	return b
}

// temporalAs gives a date the kind that the schema of its place says. Java has one class for all three.
func temporalAs(v Value, want Kind) Value {
	if k := v.Kind(); k != want && k.IsTemporal() && want.IsTemporal() {
		v.m = uint64(want)
	}
	return v
}

// scalar sets a field of a kind that needs no memory.
func (b *StructBuilder) scalar(i int, k Kind, n uint64) *StructBuilder {
	if !b.fits(i, k) {
		return b.Set(i, scalar(k, n))
	}
	*slots.At(b.row.first, i) = slots.Slot{N: n, M: uint64(k)}
	return b
}

// Null sets a field to null.
func (b *StructBuilder) Null(i int) *StructBuilder { return b.Set(i, Null) }

// Bool sets a field.
func (b *StructBuilder) Bool(i int, x bool) *StructBuilder { return b.scalar(i, BoolKind, Bool(x).n) }

// Int8 sets a field.
func (b *StructBuilder) Int8(i int, x int8) *StructBuilder { return b.scalar(i, Int8Kind, uint64(x)) }

// Int16 sets a field.
func (b *StructBuilder) Int16(i int, x int16) *StructBuilder {
	return b.scalar(i, Int16Kind, uint64(x))
}

// Int32 sets a field.
func (b *StructBuilder) Int32(i int, x int32) *StructBuilder {
	return b.scalar(i, Int32Kind, uint64(x))
}

// Int64 sets a field.
func (b *StructBuilder) Int64(i int, x int64) *StructBuilder {
	return b.scalar(i, Int64Kind, uint64(x))
}

// Float32 sets a field.
func (b *StructBuilder) Float32(i int, x float32) *StructBuilder {
	return b.scalar(i, Float32Kind, uint64(math.Float32bits(x)))
}

// Float64 sets a field.
func (b *StructBuilder) Float64(i int, x float64) *StructBuilder {
	return b.scalar(i, Float64Kind, math.Float64bits(x))
}

// Text sets a field to a copy of s in the arena.
func (b *StructBuilder) Text(i int, s string) *StructBuilder {
	if s == "" || !b.fits(i, StringKind) {
		return b.Set(i, String(s))
	}
	*slots.At(b.row.first, i) = b.row.arena.textSlot(s)
	return b
}

// TextBytes is Text for a text in bytes.
func (b *StructBuilder) TextBytes(i int, s []byte) *StructBuilder {
	if len(s) == 0 || !b.fits(i, StringKind) {
		return b.Set(i, String(string(s)))
	}
	*slots.At(b.row.first, i) = b.row.arena.textBytesSlot(s)
	return b
}

// Bytes sets a field to a copy of x in the arena.
func (b *StructBuilder) Bytes(i int, x []byte) *StructBuilder {
	if len(x) == 0 || !b.fits(i, BytesKind) {
		return b.Set(i, BytesOf(x))
	}
	*slots.At(b.row.first, i) = b.row.arena.bytesSlot(x)
	return b
}

// fits reports whether a field takes scalars of a kind.
func (b *StructBuilder) fits(i int, k Kind) bool {
	s := b.row.layout.fields[i].Schema
	return s == nil || s.valueKind == k
}

// TextView sets a field to s itself, best a part of the buffer that Arena.View entered.
func (b *StructBuilder) TextView(i int, s []byte) *StructBuilder { return b.Set(i, TextOf(s)) }

// Decimal sets a field.
func (b *StructBuilder) Decimal(i int, unscaled *big.Int, scale int32) *StructBuilder {
	return b.Set(i, DecimalOf(unscaled, scale))
}

// Time sets a field whose schema is a date, time or timestamp; in a schemaless object it sets a timestamp.
func (b *StructBuilder) Time(i int, t time.Time) *StructBuilder {
	k := TimestampKind
	if s := b.row.layout.fields[i].Schema; s != nil {
		k = s.valueKind
	}
	switch k {
	case DateKind:
		return b.Set(i, DateOf(t))
	case TimeKind:
		return b.Set(i, TimeOf(t))
	}
	return b.Set(i, TimestampOf(t))
}

// Span sets a field to text that the arena's SpanDecoder decodes when the field is read. The caller has checked that the text stands for a valid,
// non-null value of the field's schema. canonical says that the text is exactly what the decoder's own encoder would write.
func (b *StructBuilder) Span(i int, span []byte, canonical bool) *StructBuilder {
	*slots.At(b.row.first, i) = b.row.arena.span(span, canonical)
	return b
}

// Copy sets a field to a field of another row, by its slot: nothing is encoded again, and a span stays a span where it can. Where the schemas of
// the fields are not the same the type is checked.
func (b *StructBuilder) Copy(i int, from *Row, j int) *StructBuilder {
	s := *slots.At(from.first, j)
	have, want := from.layout.fields[j].Schema, b.row.layout.fields[i].Schema
	if want != nil && have != want && !sameSlots(have, want, s) || !b.row.arena.copies(from, s, have, want) {
		return b.Set(i, from.value(j))
	}
	*slots.At(b.row.first, i) = b.row.arena.copySlot(from, s)
	return b
}

// sameSlots reports whether a slot of one schema is one of the other without a look at the value: both are of one primitive type and differ in
// documentation, defaults and the like.
func sameSlots(have, want *Schema, s slots.Slot) bool {
	return have != nil && have.kind == want.kind && have.valueKind == want.valueKind && have.kind.IsPrimitive() &&
		(want.optional || Kind(slots.Kind(s.M)) != NullKind)
}

// CopyRange is Copy for n fields that follow each other in both rows and have the same schemas there. It does not check types.
func (b *StructBuilder) CopyRange(i int, from *Row, j, n int) *StructBuilder {
	if n == 0 {
		return b
	}
	to, src := slots.Run(slots.At(b.row.first, i), n), slots.Run(slots.At(from.first, j), n)
	if from.arena == b.row.arena {
		copy(to, src)
		return b
	}
	for k := range to {
		b.Copy(i+k, from, j+k)
	}
	return b
}

// At returns what a field was set to so far.
func (b *StructBuilder) At(i int) Value { return b.row.At(i) }

// Build returns the struct. It fails with the first error of a setter, or where a required field without default was not set.
func (b *StructBuilder) Build() (*Struct, error) {
	s, err := b.BuildPartial()
	if err != nil {
		return nil, err
	}
	if err := s.Validate(); err != nil {
		return nil, err
	}
	b.row.complete = true
	return s, nil
}

// MustBuild is Build for values known to fit; it panics on an error.
func (b *StructBuilder) MustBuild() *Struct {
	s, err := b.Build()
	if err != nil {
		panic("data: " + err.Error())
	}
	return s
}

// BuildPartial is Build without the check for required fields: as in Java, a struct may lack them until a converter writes it.
func (b *StructBuilder) BuildPartial() (*Struct, error) {
	if b.err != nil {
		return nil, b.err
	}
	if b.row.layout.schema == nil {
		return nil, &javafmt.Exception{Class: javafmt.IllegalState, Message: "a schemaless object is built by BuildMap"}
	}
	return (*Struct)(b.row), nil
}

// BuildMap returns the schemaless object of a layout that is a shape. Values that were not set are null.
func (b *StructBuilder) BuildMap() *Map { return (*Map)(b.row) }

// Validate is Struct.validate in Java: every field must have a value that fits, or a default where it has none.
func (s *Struct) Validate() error {
	if s.complete {
		return nil
	}
	r := (*Row)(s)
	for i := range r.layout.fields {
		if Kind(slots.Kind(slots.At(r.first, i).M)) != NullKind {
			continue
		}
		f := &r.layout.fields[i]
		if f.Schema.optional || f.Schema.hasDefault {
			continue
		}
		return ValidateField(f.Name, f.Schema, Null)
	}
	return nil
}
