package data

import (
	"math"
	"strconv"

	"github.com/moldau/moldau/internal/javafmt"
)

// String returns what AppendString appends.
func (v Value) String() string {
	if s, ok := v.Text(); ok {
		return s
	}
	return string(v.AppendString(nil))
}

// AppendString appends toString of the Java object that stands for the value: text as it is, Struct{a=1,b=x} without nulls, maps in Java's
// order, dates in the zone of the process, and for arrays of bytes a made-up identity as in [B@1b2c3d.
func (v Value) AppendString(dst []byte) []byte {
	switch v.Kind() {
	case NullKind:
		return append(dst, "null"...)
	case BoolKind:
		return strconv.AppendBool(dst, v.n != 0)
	case Int8Kind, Int16Kind, Int32Kind, Int64Kind:
		return strconv.AppendInt(dst, int64(v.n), 10)
	case Float32Kind:
		return javafmt.AppendFloat(dst, math.Float32frombits(uint32(v.n)))
	case Float64Kind:
		return javafmt.AppendDouble(dst, math.Float64frombits(v.n))
	case StringKind:
		s, _ := v.Text()
		return append(dst, s...)
	case BytesKind:
		return appendBytesIdentity(dst, v)
	case DecimalKind:
		return Decimal{v}.AppendString(dst)
	case DateKind, TimeKind, TimestampKind:
		return appendDate(dst, int64(v.n))
	case ListKind:
		return v.List().appendString(dst)
	case MapKind:
		return v.Map().appendString(dst)
	case StructKind:
		return v.Struct().AppendString(dst)
	case ForeignKind:
		return append(dst, v.Foreign().Text...)
	}
	return dst
}

// appendBytesIdentity appends what Object.toString gives: Java's hash there is an arbitrary number, ours is that of the content.
func appendBytesIdentity(dst []byte, v Value) []byte {
	if b := v.Buffer(); b != nil {
		dst = append(dst, "java.nio.HeapByteBuffer[pos="...)
		dst = strconv.AppendInt(dst, int64(b.Pos), 10)
		dst = append(dst, " lim="...)
		dst = strconv.AppendInt(dst, int64(b.Limit), 10)
		dst = append(dst, " cap="...)
		dst = strconv.AppendInt(dst, int64(len(b.Array)), 10)
		return append(dst, ']')
	}
	dst = append(dst, "[B@"...)
	return strconv.AppendUint(dst, uint64(uint32(v.JavaHash())&math.MaxInt32), 16)
}

// appendDate appends java.util.Date.toString. It prints the year without leading zeros, and years before the year 1 like those after it.
func appendDate(dst []byte, ms int64) []byte {
	f, err := javafmt.NewDateFormat("EEE MMM dd HH:mm:ss zzz y", javafmt.LocalZone())
	if err != nil {
		panic("data: " + err.Error())
	}
	return f.Append(dst, ms)
}

func (l *List) appendString(dst []byte) []byte {
	dst = append(dst, '[')
	for i := range l.Len() {
		if i > 0 {
			dst = append(dst, ", "...)
		}
		dst = l.At(i).AppendString(dst)
	}
	return append(dst, ']')
}

func (m *Map) appendString(dst []byte) []byte {
	dst = append(dst, '{')
	for n, i := range m.JavaOrder() {
		if n > 0 {
			dst = append(dst, ", "...)
		}
		if m.layout != nil {
			dst = append(dst, m.layout.fields[i].Name...)
		} else {
			dst = m.Key(i).AppendString(dst)
		}
		dst = append(dst, '=')
		dst = m.At(i).AppendString(dst)
	}
	return append(dst, '}')
}

// String returns what AppendString appends.
func (s *Struct) String() string { return string(s.AppendString(nil)) }

// AppendString appends Struct.toString of Java: Struct{a=1,b=x}, without fields that are null.
func (s *Struct) AppendString(dst []byte) []byte {
	if s == nil {
		return append(dst, "null"...)
	}
	dst = append(dst, "Struct{"...)
	first := true
	for name, v := range s.All() {
		if v.IsNull() {
			continue
		}
		if !first {
			dst = append(dst, ',')
		}
		first = false
		dst = append(dst, name...)
		dst = append(dst, '=')
		dst = v.AppendString(dst)
	}
	return append(dst, '}')
}
