package data

import (
	"cmp"
	"math"
	"strings"

	"github.com/moldau/moldau/internal/javafmt"
)

// JavaHash returns hashCode of the Java object that stands for the value. Java gives an array of bytes an identity; here it has a hash of its
// content, so that equal values have equal hashes.
func (v Value) JavaHash() int32 {
	switch v.Kind() {
	case BoolKind:
		return javafmt.HashBoolean(v.n != 0)
	case Int8Kind, Int16Kind, Int32Kind:
		return int32(v.n)
	case Int64Kind, DateKind, TimeKind, TimestampKind:
		return javafmt.HashLong(int64(v.n))
	case Float32Kind:
		return javafmt.HashFloat(math.Float32frombits(uint32(v.n)))
	case Float64Kind:
		return javafmt.HashDouble(math.Float64frombits(v.n))
	case StringKind:
		s, _ := v.Text()
		return javafmt.HashCode(s)
	case BytesKind:
		b, _ := v.Bytes()
		if v.Buffer() == nil {
			return hashBytes(b)
		}
		h := int32(1)
		for i := len(b) - 1; i >= 0; i-- {
			h = 31*h + int32(int8(b[i]))
		}
		return h
	case DecimalKind:
		d, _ := v.Decimal()
		return hashDecimal(d)
	case ListKind:
		h := int32(1)
		for _, e := range v.List().All() {
			h = 31*h + e.JavaHash()
		}
		return h
	case MapKind:
		h := int32(0)
		for k, e := range v.Map().All() {
			h += k.JavaHash() ^ e.JavaHash()
		}
		return h
	case StructKind:
		h := int32(1)
		for _, e := range v.Struct().All() {
			h = 31*h + e.JavaHash()
		}
		return h
	}
	return 0
}

func hashBytes(b []byte) int32 {
	h := int32(1)
	for _, c := range b {
		h = 31*h + int32(int8(c))
	}
	return h
}

// hashDecimal is BigDecimal.hashCode.
func hashDecimal(d Decimal) int32 {
	if x, ok := d.Small(); ok && x != math.MinInt64 {
		u := uint64(x)
		if x < 0 {
			u = uint64(-x)
		}
		h := int32(uint32(u>>32)*31 + uint32(u))
		if x < 0 {
			h = -h
		}
		return 31*h + d.Scale()
	}
	return d.java().HashCode()
}

// compareKeys orders keys of one Java class as compareTo does, where the class has it, and others in some order. It gives 0 for equal keys only.
func compareKeys(a, b Value) int {
	if a.Equal(b) {
		return 0
	}
	if a.Kind() != b.Kind() {
		return int(a.Kind()) - int(b.Kind())
	}
	c := 0
	switch a.Kind() {
	case BoolKind, Int8Kind, Int16Kind, Int32Kind, Int64Kind, DateKind, TimeKind, TimestampKind:
		c = cmp.Compare(int64(a.n), int64(b.n))
	case Float32Kind, Float64Kind:
		x, _ := a.Float64()
		y, _ := b.Float64()
		c = javafmt.CompareDoubles(x, y)
	case StringKind:
		x, _ := a.Text()
		y, _ := b.Text()
		c = javafmt.CompareStrings(x, y)
	case DecimalKind:
		c = Decimal{a}.Cmp(Decimal{b})
	default:
		c = strings.Compare(a.String(), b.String())
	}
	if c == 0 {
		return -1
	}
	return c
}
