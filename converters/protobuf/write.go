package protobuf

import (
	"bytes"
	"encoding/binary"
	"math"
	"strconv"

	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/converters/internal/surrogate"
	"github.com/moldau/moldau/internal/javafmt"
	"google.golang.org/protobuf/encoding/protowire"
)

// mostWriteDepth is how deep data may nest that is written. Java's limit is its stack, at a few thousand.
const mostWriteDepth = 2000

// IsNull reports whether a value is written as null bytes: it is null, or of an enum, which outside of messages has no type in Protobuf.
func (w *WritePlan) IsNull(v data.Value) bool {
	if v.IsNull() {
		return true
	}
	s := w.root.schema
	switch s.Kind() {
	case data.Int8Kind, data.Int16Kind, data.Int32Kind:
		return hasParam(s, enumParam) && !isLogical(s)
	case data.StringKind:
		if hasParam(s, generalizedEnum) || hasParam(s, enumParam) {
			text, _ := v.Text()
			_, known := s.Param(w.enumParam + "." + text)
			return known
		}
	}
	return false
}

// Append appends a value as a message, without its length.
func (w *WritePlan) Append(dst []byte, v data.Value) ([]byte, error) {
	w.active = w.active[:0]
	return w.body(w.root, dst, v, 0)
}

// body appends what is inside a message.
func (w *WritePlan) body(p *writePlan, dst []byte, v data.Value, depth int) ([]byte, error) {
	v, err := w.checked(p, v)
	if err != nil {
		return dst, err
	}
	if depth > mostWriteDepth {
		return dst, dataException("Protobuf data is nested deeper than " + strconv.Itoa(mostWriteDepth) + " levels")
	}
	if p.wrapped {
		if isZero(p, v) {
			return dst, nil
		}
		switch p.op {
		case writeText, writeBytes:
			dst = append(dst, 1<<3|byte(protowire.BytesType))
		case writeDouble:
			dst = append(dst, 1<<3|byte(protowire.Fixed64Type))
		case writeFloat:
			dst = append(dst, 1<<3|byte(protowire.Fixed32Type))
		default:
			dst = append(dst, 1<<3|byte(protowire.VarintType))
		}
		return w.payload(p, dst, v), nil
	}
	switch p.op {
	case writeMessage:
		return w.message(p, dst, v.Struct(), depth)
	case writeDecimal:
		return w.decimal(dst, v)
	case writeDate:
		return appendDate(dst, p, v)
	case writeTime:
		return appendTime(dst, v)
	case writeTimestamp:
		return appendTimestamp(dst, v)
	}
	return dst, p.err
}

// checked returns a value of the kind that a plan writes: Java takes any number for a number.
func (w *WritePlan) checked(p *writePlan, v data.Value) (data.Value, error) {
	if p.err != nil && p.op == writeFail {
		return v, p.err
	}
	k := v.Kind()
	if k == p.kind {
		return v, p.err
	}
	switch {
	case k.IsTemporal() && p.kind.IsTemporal():
		return v, p.err
	case p.kind >= data.Int8Kind && p.kind <= data.Float64Kind && (k >= data.Int8Kind && k <= data.Float64Kind || k == data.DecimalKind):
		return asNumber(p.kind, v), p.err
	case p.kind == data.DecimalKind:
		return v, dataException("Invalid type for Decimal, expected BigDecimal but was class " + v.JavaClass())
	case p.kind.IsTemporal():
		name := map[data.Kind]string{data.DateKind: "Date", data.TimeKind: "Time", data.TimestampKind: "Timestamp"}[p.kind]
		return v, dataException("Invalid type for " + name + ", expected Date but was class " + v.JavaClass())
	}
	return v, dataException("Invalid type for " + p.schema.Kind().String() + ": class " + v.JavaClass())
}

// asNumber is intValue, longValue, floatValue or doubleValue of Java's Number.
func asNumber(k data.Kind, v data.Value) data.Value {
	if d, ok := v.Decimal(); ok {
		if k == data.Float32Kind || k == data.Float64Kind {
			v = data.Float64(d.Float64())
		} else {
			v = data.Int64(javafmt.Decimal{Unscaled: d.Unscaled(), Scale: d.Scale()}.Int64())
		}
	}
	n, integer := v.Int64()
	f, _ := v.Float64()
	if integer {
		f = float64(n)
	}
	switch k {
	case data.Float32Kind:
		return data.Float32(float32(f))
	case data.Float64Kind:
		return data.Float64(f)
	case data.Int64Kind:
		if !integer {
			n = javafmt.ToInt64(f)
		}
		return data.Int64(n)
	}
	if !integer {
		n = int64(javafmt.ToInt32(f))
	}
	return data.Int32(int32(n))
}

// isZero reports whether a value is the one that is not written where presence does not count.
func isZero(p *writePlan, v data.Value) bool {
	switch p.op {
	case writeText:
		s, _ := v.Text()
		return s == ""
	case writeBytes:
		b, _ := v.Bytes()
		return len(b) == 0
	case writeDouble:
		f, _ := v.Float64()
		return math.Float64bits(f) == 0
	case writeFloat:
		f, _ := v.Float32()
		return math.Float32bits(f) == 0
	case writeBool:
		b, _ := v.Bool()
		return !b
	case writeInt32, writeUint32, writeFixed32:
		n, _ := v.Int64()
		return int32(n) == 0
	case writeInt64, writeSint, writeFixed64:
		n, _ := v.Int64()
		return n == 0
	}
	return false
}

// payload appends a scalar without its key.
func (w *WritePlan) payload(p *writePlan, dst []byte, v data.Value) []byte {
	switch p.op {
	case writeText:
		s, _ := v.Text()
		return appendText(dst, s)
	case writeBytes:
		b, _ := v.Bytes()
		return protowire.AppendBytes(dst, b)
	case writeDouble:
		f, _ := v.Float64()
		return binary.LittleEndian.AppendUint64(dst, math.Float64bits(f))
	case writeFloat:
		f, _ := v.Float32()
		return binary.LittleEndian.AppendUint32(dst, math.Float32bits(f))
	case writeBool:
		if b, _ := v.Bool(); b {
			return append(dst, 1)
		}
		return append(dst, 0)
	}
	n, _ := v.Int64()
	switch p.op {
	case writeInt32:
		return protowire.AppendVarint(dst, uint64(int32(n)))
	case writeInt64:
		return protowire.AppendVarint(dst, uint64(n))
	case writeUint32:
		return protowire.AppendVarint(dst, uint64(uint32(n)))
	case writeSint:
		return protowire.AppendVarint(dst, protowire.EncodeZigZag(n))
	case writeFixed32:
		return binary.LittleEndian.AppendUint32(dst, uint32(n))
	}
	return binary.LittleEndian.AppendUint64(dst, uint64(n))
}

// appendText appends the length and the bytes of a text. Unpaired surrogates become question marks, as in Java.
func appendText(dst []byte, s string) []byte {
	start := len(dst)
	dst = protowire.AppendVarint(dst, uint64(len(s)))
	prefix := len(dst)
	dst = append(dst, s...)
	if bytes.IndexByte(dst[prefix:], 0xed) < 0 {
		return dst
	}
	text := surrogate.Replace(dst, prefix)[prefix:]
	if len(text) == len(s) {
		return dst
	}
	text = bytes.Clone(text)
	return append(protowire.AppendVarint(dst[:start], uint64(len(text))), text...)
}

// field appends a field that may have one value.
func (w *WritePlan) field(f *writeField, dst []byte, v data.Value, depth int) ([]byte, error) {
	p := f.plan
	switch {
	case p.op == writeList:
		return w.list(f, dst, v, depth)
	case p.op == writeMap:
		return w.entries(f, dst, v, depth)
	case p.op >= writeMessage || p.wrapped:
		return w.sized(f, p, dst, v, depth)
	}
	v, err := w.checked(p, v)
	if err != nil {
		return dst, err
	}
	if p.op == writeSymbol || p.op == writeNumber {
		n, ok, err := enumNumber(p, v)
		if err != nil || !ok || n == p.zero && !f.presence {
			return dst, err
		}
		return protowire.AppendVarint(append(dst, f.key...), uint64(n)), nil
	}
	if !f.presence && isZero(p, v) {
		return dst, nil
	}
	return w.payload(p, append(dst, f.key...), v), nil
}

// enumNumber returns the number of an enum's value; ok is false where its type does not have it, which is then not written.
func enumNumber(p *writePlan, v data.Value) (n int32, ok bool, err error) {
	if p.op == writeNumber {
		x, _ := v.Int64()
		return int32(x), p.numbers[int32(x)], nil
	}
	s, _ := v.Text()
	n, known := p.symbols[s]
	if !known {
		return 0, false, argumentError("DynamicMessage should use EnumValueDescriptor to set Enum Value: the enum has no symbol " + s)
	}
	return n, p.numbers[n], nil
}

// sized appends a message with its key and length. The length is written first into as many bytes as the last one took, and is moved where that
// was a wrong guess, so that no message needs memory of its own.
func (w *WritePlan) sized(f *writeField, p *writePlan, dst []byte, v data.Value, depth int) ([]byte, error) {
	dst = append(dst, f.key...)
	at, guess := len(dst), f.guess
	for range guess {
		dst = append(dst, 0)
	}
	dst, err := w.body(p, dst, v, depth+1)
	if err != nil {
		return dst, err
	}
	return f.setLength(dst, at, guess), nil
}

// setLength writes the length of what follows the room of guess bytes that was left for it.
func (f *writeField) setLength(dst []byte, at, guess int) []byte {
	n := len(dst) - at - guess
	size := protowire.SizeVarint(uint64(n))
	if size != guess {
		from := at + guess
		for len(dst) < at+size+n {
			dst = append(dst, 0)
		}
		copy(dst[at+size:at+size+n], dst[from:from+n])
		dst = dst[:at+size+n]
		f.guess = size
	}
	for i := range size {
		dst[at+i] = byte(n)&0x7f | 0x80
		n >>= 7
	}
	dst[at+size-1] &= 0x7f
	return dst
}

func (w *WritePlan) list(f *writeField, dst []byte, v data.Value, depth int) ([]byte, error) {
	l := v.List()
	if l == nil {
		_, err := w.checked(f.plan, v)
		return dst, err
	}
	n := l.Len()
	if n == 0 {
		return dst, nil
	}
	p := f.plan.elem
	at, guess := 0, f.guess
	if f.packed {
		dst = append(dst, f.key...)
		at = len(dst)
		for range guess {
			dst = append(dst, 0)
		}
	}
	for i := range n {
		v := l.At(i)
		if v.IsNull() {
			return dst, nullPointer("")
		}
		var err error
		if p.op >= writeMessage || p.wrapped {
			if dst, err = w.sized(f, p, dst, v, depth); err != nil {
				return dst, err
			}
			continue
		}
		if v, err = w.checked(p, v); err != nil {
			return dst, err
		}
		if p.op == writeSymbol || p.op == writeNumber {
			number, ok, err := enumNumber(p, v)
			if err == nil && !ok {
				err = nullPointer("")
			}
			if err != nil {
				return dst, err
			}
			v = data.Int32(number)
		}
		if !f.packed {
			dst = append(dst, f.key...)
		}
		if p.op == writeSymbol || p.op == writeNumber {
			number, _ := v.Int64()
			dst = protowire.AppendVarint(dst, uint64(number))
		} else {
			dst = w.payload(p, dst, v)
		}
	}
	if f.packed {
		dst = f.setLength(dst, at, guess)
	}
	return dst, nil
}

func (w *WritePlan) entries(f *writeField, dst []byte, v data.Value, depth int) ([]byte, error) {
	p := f.plan
	v, err := w.checked(p, v)
	if err != nil {
		return dst, err
	}
	m := v.Map()
	if m.Len() == 0 {
		return dst, nil
	}
	if depth > mostWriteDepth {
		return dst, dataException("Protobuf data is nested deeper than " + strconv.Itoa(mostWriteDepth) + " levels")
	}
	for _, i := range m.JavaOrder() {
		dst = append(dst, f.key...)
		at, guess := len(dst), f.guess
		for range guess {
			dst = append(dst, 0)
		}
		for j := range p.fields {
			x := m.At(i)
			if j == 0 {
				x = m.Key(i)
			}
			if x.IsNull() {
				continue
			}
			if dst, err = w.field(&p.fields[j], dst, x, depth+1); err != nil {
				return dst, err
			}
		}
		dst = f.setLength(dst, at, guess)
	}
	return dst, nil
}
