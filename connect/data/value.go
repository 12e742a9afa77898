package data

import (
	"math"
	"time"
	"unsafe"

	"github.com/moldau/moldau/internal/slots"
)

// Value is a value of Connect data: a small immutable handle, passed by value. The zero Value is null. Values cannot be compared with ==; see
// Equal. Accessors never convert: they say false (or give nil) where the value is of another kind.
type Value struct {
	_ [0]func()
	// p is the memory of kinds that refer to some, nil otherwise and for empty text.
	p unsafe.Pointer
	// n is the bits of a scalar, the unscaled value of a small decimal, the milliseconds of dates.
	n uint64
	// m holds kind, flags and length or scale, as in a slot.
	m uint64
}

// Flags in the second word of slots and values.
const (
	// refFlag marks values that refer to memory.
	refFlag = 1 << iota
	// bigFlag marks a decimal whose unscaled value is a *big.Int.
	bigFlag
	// bufferFlag marks bytes that are a *Buffer.
	bufferFlag
	// canonicalFlag marks a span that is exactly what its encoder writes; see StructBuilder.Span.
	canonicalFlag
)

// Kind returns the kind of the value.
func (v Value) Kind() Kind { return Kind(slots.Kind(v.m)) }

// IsNull reports whether the value is null.
func (v Value) IsNull() bool { return slots.Kind(v.m) == uint8(NullKind) }

func (v Value) high() uint32 { return slots.High(v.m) }

func (v Value) flagged(flag uint8) bool { return slots.Flags(v.m)&flag != 0 }

// Bool returns the value of a BoolKind.
func (v Value) Bool() (b, ok bool) { return v.n != 0, v.Kind() == BoolKind }

// Int64 returns the value of an Int8Kind, Int16Kind, Int32Kind or Int64Kind.
func (v Value) Int64() (int64, bool) {
	if k := v.Kind(); k < Int8Kind || k > Int64Kind {
		return 0, false
	}
	return int64(v.n), true
}

// Int32 returns the value of an Int8Kind, Int16Kind or Int32Kind.
func (v Value) Int32() (int32, bool) {
	if k := v.Kind(); k < Int8Kind || k > Int32Kind {
		return 0, false
	}
	return int32(v.n), true
}

// Float32 returns the value of a Float32Kind.
func (v Value) Float32() (float32, bool) {
	if v.Kind() != Float32Kind {
		return 0, false
	}
	return math.Float32frombits(uint32(v.n)), true
}

// Float64 returns the value of a Float32Kind or Float64Kind; both are exact.
func (v Value) Float64() (float64, bool) {
	switch v.Kind() {
	case Float32Kind:
		return float64(math.Float32frombits(uint32(v.n))), true
	case Float64Kind:
		return math.Float64frombits(v.n), true
	}
	return 0, false
}

// Text returns the value of a StringKind. It may share the buffer of its record.
func (v Value) Text() (string, bool) {
	if v.Kind() != StringKind {
		return "", false
	}
	return unsafe.String((*byte)(v.p), int(v.high())), true
}

// Bytes returns the value of a BytesKind, read-only. It may share the buffer of its record.
func (v Value) Bytes() ([]byte, bool) {
	if v.Kind() != BytesKind {
		return nil, false
	}
	if b := v.Buffer(); b != nil {
		return b.Array[b.Pos:b.Limit:b.Limit], true
	}
	return v.memory(), true
}

// memory returns the bytes a text, bytes or span refers to. Empty bytes are not nil: nil is null to many callers.
func (v Value) memory() []byte {
	n := int(v.high())
	if n == 0 {
		return []byte{}
	}
	return unsafe.Slice((*byte)(v.p), n)
}

// Buffer returns the Buffer behind a BytesKind that was made by BufferOf, nil otherwise.
func (v Value) Buffer() *Buffer {
	if v.Kind() != BytesKind || !v.flagged(bufferFlag) {
		return nil
	}
	return (*Buffer)(v.p)
}

// Struct returns the value of a StructKind, nil otherwise. The methods of a nil Struct give nulls.
func (v Value) Struct() *Struct {
	if v.Kind() != StructKind {
		return nil
	}
	return (*Struct)(v.p)
}

// Map returns the value of a MapKind, nil otherwise. The methods of a nil Map give nulls.
func (v Value) Map() *Map {
	if v.Kind() != MapKind {
		return nil
	}
	return (*Map)(v.p)
}

// List returns the value of a ListKind, nil otherwise. The methods of a nil List give nulls.
func (v Value) List() *List {
	if v.Kind() != ListKind {
		return nil
	}
	return (*List)(v.p)
}

// Decimal returns the value of a DecimalKind.
func (v Value) Decimal() (Decimal, bool) {
	if v.Kind() != DecimalKind {
		return Decimal{}, false
	}
	return Decimal{v: v}, true
}

// Millis returns the milliseconds since the epoch of a DateKind, TimeKind or TimestampKind.
func (v Value) Millis() (int64, bool) { return int64(v.n), v.Kind().IsTemporal() }

// Time returns the value of a DateKind, TimeKind or TimestampKind in UTC.
func (v Value) Time() (time.Time, bool) {
	if !v.Kind().IsTemporal() {
		return time.Time{}, false
	}
	return time.UnixMilli(int64(v.n)).UTC(), true
}

// Foreign returns the value of a ForeignKind, nil otherwise.
func (v Value) Foreign() *Foreign {
	if v.Kind() != ForeignKind {
		return nil
	}
	return (*Foreign)(v.p)
}

// Buffer is a view of an array of bytes that Java would hold as a ByteBuffer. Connect accepts it wherever it accepts bytes, but not everywhere
// with the same result: some converters write the whole array, whatever the position and limit.
type Buffer struct {
	Array      []byte
	Pos, Limit int
}

// Foreign stands for an object that is no Connect data. Code that rejects values says its class and text.
type Foreign struct {
	// Class is the name of the Java class.
	Class string
	// Text is what toString gives.
	Text string
	// Number is set where the object is an integer of arbitrary size (java.math.BigInteger).
	Number Decimal
}
