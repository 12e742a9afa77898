package data

import (
	"math"
	"math/big"
	"time"
	"unsafe"

	"github.com/moldau/moldau/internal/slots"
)

// Null is the null value.
var Null Value

func scalar(k Kind, n uint64) Value { return Value{n: n, m: uint64(k)} }

func pointer(k Kind, flags uint8, high int, p unsafe.Pointer) Value {
	return Value{p: p, m: slots.Tag(uint8(k), flags|refFlag, uint32(high))}
}

// maxLength is the length of the longest text and bytes a value can hold.
const maxLength = math.MaxUint32

func text(k Kind, p *byte, n int) Value {
	if n == 0 {
		return Value{m: uint64(k)}
	}
	return pointer(k, 0, int(length(n)), unsafe.Pointer(p))
}

// length refuses texts whose length a slot cannot hold.
func length(n int) uint32 {
	if uint64(n) > maxLength {
		panic("data: text or bytes of more than 4 GiB")
	}
	return uint32(n)
}

func rowValue(k Kind, r *Row) Value {
	if r == nil {
		return Null
	}
	return pointer(k, 0, 0, unsafe.Pointer(r))
}

// Bool returns a value of BoolKind.
func Bool(b bool) Value {
	if b {
		return scalar(BoolKind, 1)
	}
	return scalar(BoolKind, 0)
}

// Int8 returns a value of Int8Kind.
func Int8(x int8) Value { return scalar(Int8Kind, uint64(x)) }

// Int16 returns a value of Int16Kind.
func Int16(x int16) Value { return scalar(Int16Kind, uint64(x)) }

// Int32 returns a value of Int32Kind.
func Int32(x int32) Value { return scalar(Int32Kind, uint64(x)) }

// Int64 returns a value of Int64Kind.
func Int64(x int64) Value { return scalar(Int64Kind, uint64(x)) }

// Float32 returns a value of Float32Kind.
func Float32(x float32) Value { return scalar(Float32Kind, uint64(math.Float32bits(x))) }

// Float64 returns a value of Float64Kind.
func Float64(x float64) Value { return scalar(Float64Kind, math.Float64bits(x)) }

// String returns a value of StringKind that shares s.
func String(s string) Value { return text(StringKind, unsafe.StringData(s), len(s)) }

// TextOf returns a value of StringKind that shares b, which must not change any more.
func TextOf(b []byte) Value { return text(StringKind, unsafe.SliceData(b), len(b)) }

// BytesOf returns a value of BytesKind that shares b, which must not change any more. A nil b is empty bytes, not null.
func BytesOf(b []byte) Value { return text(BytesKind, unsafe.SliceData(b), len(b)) }

// BufferOf returns a value of BytesKind that Java would hold as a ByteBuffer.
func BufferOf(b *Buffer) Value {
	if b.Pos < 0 || b.Pos > b.Limit || b.Limit > len(b.Array) {
		panic("data: position and limit of a buffer outside its array")
	}
	return pointer(BytesKind, bufferFlag, b.Limit-b.Pos, unsafe.Pointer(b))
}

// ForeignOf returns a value of ForeignKind.
func ForeignOf(f *Foreign) Value { return pointer(ForeignKind, 0, 0, unsafe.Pointer(f)) }

// DateOf returns a value of DateKind: the day of t in UTC.
func DateOf(t time.Time) Value {
	ms := t.UnixMilli()
	day := ms / millisPerDay
	if ms%millisPerDay < 0 {
		day--
	}
	return DateMillis(day * millisPerDay)
}

// TimeOf returns a value of TimeKind: the time of day of t in UTC.
func TimeOf(t time.Time) Value {
	ms := t.UnixMilli() % millisPerDay
	if ms < 0 {
		ms += millisPerDay
	}
	return TimeMillis(ms)
}

// TimestampOf returns a value of TimestampKind: t, to the millisecond.
func TimestampOf(t time.Time) Value { return TimestampMillis(t.UnixMilli()) }

// DateMillis returns a value of DateKind from milliseconds since the epoch, as java.util.Date has them.
func DateMillis(ms int64) Value { return scalar(DateKind, uint64(ms)) }

// TimeMillis returns a value of TimeKind from milliseconds since the epoch, as java.util.Date has them.
func TimeMillis(ms int64) Value { return scalar(TimeKind, uint64(ms)) }

// TimestampMillis returns a value of TimestampKind from milliseconds since the epoch.
func TimestampMillis(ms int64) Value { return scalar(TimestampKind, uint64(ms)) }

// TemporalMillis returns a value of DateKind, TimeKind or TimestampKind from milliseconds since the epoch.
func TemporalMillis(k Kind, ms int64) Value {
	if !k.IsTemporal() {
		panic("data: " + k.String() + " is no kind of a date")
	}
	return scalar(k, uint64(ms))
}

// DecimalOf returns a value of DecimalKind: unscaled times ten to the power of -scale. It shares unscaled, which must not change any more.
func DecimalOf(unscaled *big.Int, scale int32) Value {
	if unscaled.IsInt64() {
		return SmallDecimal(unscaled.Int64(), scale)
	}
	return pointer(DecimalKind, bigFlag, int(uint32(scale)), unsafe.Pointer(unscaled))
}

// SmallDecimal returns a value of DecimalKind: unscaled times ten to the power of -scale.
func SmallDecimal(unscaled int64, scale int32) Value {
	return Value{n: uint64(unscaled), m: slots.Tag(uint8(DecimalKind), 0, uint32(scale))}
}

// Primitive lists the Go types that Of takes.
type Primitive interface {
	bool | int8 | int16 | int32 | int64 | int | float32 | float64 | string
}

// Of returns x as the value of the kind that corresponds to its type; an int becomes Int64Kind.
func Of[T Primitive](x T) Value {
	switch x := any(x).(type) {
	case bool:
		return Bool(x)
	case int8:
		return Int8(x)
	case int16:
		return Int16(x)
	case int32:
		return Int32(x)
	case int64:
		return Int64(x)
	case int:
		return Int64(int64(x))
	case float32:
		return Float32(x)
	case float64:
		return Float64(x)
	case string:
		return String(x)
	}
	return Null
}
