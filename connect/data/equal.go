package data

import (
	"bytes"
	"math"
)

// Equal reports whether the values are equal as Java's equals has it: numbers of different width differ, NaN equals NaN, 0.0 differs from -0.0,
// decimals of different scale differ, maps do not depend on their order, structs need equal schemas. Bytes are compared by content, as
// Struct.equals does.
func (v Value) Equal(o Value) bool { return v.equal(o, false) }

// equal compares; strict tells apart what equals does not: order of maps, kinds of dates, bits of NaN.
func (v Value) equal(o Value, strict bool) bool {
	k := v.Kind()
	if k != o.Kind() && (strict || !k.IsTemporal() || !o.Kind().IsTemporal()) {
		return false
	}
	switch k {
	case NullKind:
		return true
	case BoolKind, Int8Kind, Int16Kind, Int32Kind, Int64Kind, DateKind, TimeKind, TimestampKind:
		return v.n == o.n
	case Float32Kind:
		return v.n == o.n || !strict && isNaN(v) && isNaN(o)
	case Float64Kind:
		return v.n == o.n || !strict && isNaN(v) && isNaN(o)
	case StringKind:
		a, _ := v.Text()
		b, _ := o.Text()
		return a == b
	case BytesKind:
		if (v.Buffer() == nil) != (o.Buffer() == nil) {
			return false
		}
		a, _ := v.Bytes()
		b, _ := o.Bytes()
		return bytes.Equal(a, b)
	case DecimalKind:
		a, _ := v.Decimal()
		b, _ := o.Decimal()
		return a.Equal(b)
	case ListKind:
		return v.p == o.p || listsEqual(v.List(), o.List(), strict)
	case MapKind:
		return v.p == o.p || mapsEqual(v.Map(), o.Map(), strict)
	case StructKind:
		return v.p == o.p || structsEqual(v.Struct(), o.Struct(), strict)
	case ForeignKind:
		return v.Foreign().Class == o.Foreign().Class && v.Foreign().Text == o.Foreign().Text
	}
	return false
}

func isNaN(v Value) bool {
	f, _ := v.Float64()
	return math.IsNaN(f)
}

func listsEqual(a, b *List, strict bool) bool {
	if a.Len() != b.Len() {
		return false
	}
	for i := range a.Len() {
		if !a.At(i).equal(b.At(i), strict) {
			return false
		}
	}
	return true
}

func mapsEqual(a, b *Map, strict bool) bool {
	if a.Len() != b.Len() {
		return false
	}
	if strict && (a.class&classMask != b.class&classMask || a.buckets != b.buckets) {
		return false
	}
	for i := range a.Len() {
		if strict {
			if !a.Key(i).equal(b.Key(i), true) || !a.At(i).equal(b.At(i), true) {
				return false
			}
			continue
		}
		e, ok := b.Find(a.Key(i))
		if !ok || !e.Equal(a.At(i)) {
			return false
		}
	}
	return true
}

// Equal is Struct.equals in Java: equal schemas and equal values; defaults do not stand in for nulls.
func (s *Struct) Equal(o *Struct) bool { return s.Value().Equal(o.Value()) }

func structsEqual(a, b *Struct, strict bool) bool {
	if strict && a.Schema() != b.Schema() || !a.Schema().Equal(b.Schema()) {
		return false
	}
	for i := range a.Len() {
		if !a.At(i).equal(b.At(i), strict) {
			return false
		}
	}
	return true
}
