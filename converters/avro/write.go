package avro

import (
	"bytes"
	"encoding/binary"
	"math"
	"strconv"

	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/converters/internal/surrogate"
	"github.com/moldau/moldau/internal/javafmt"
)

// maxDepth is how deep data may nest. Java's limit is its stack, at a few thousand.
const maxDepth = 4096

// writeScratch is memory that writing uses again.
type writeScratch struct{ bytes []byte }

// Append appends a value in Avro's binary form.
func (w *WritePlan) Append(dst []byte, v data.Value) ([]byte, error) {
	if p := w.root; p.op == writeStruct && len(p.prefix) == 0 && v.Kind() == p.kind {
		return w.structure(p, dst, v.Struct(), 0)
	}
	return w.append(w.root, dst, v, 0)
}

// IsNull reports whether a value is written as null bytes: it is null, or the struct of an optional union without any member.
func (w *WritePlan) IsNull(v data.Value) bool {
	if v.IsNull() || w.root.op != writeUnion || w.root.nullErr != nil || v.Struct() == nil {
		return v.IsNull()
	}
	for i := range w.root.fields {
		f := &w.root.fields[i]
		if !v.Struct().At(f.source).IsNull() || !f.def.IsNull() {
			return false
		}
	}
	return true
}

func (w *WritePlan) append(p *writePlan, dst []byte, v data.Value, depth int) ([]byte, error) {
	k := v.Kind()
	if k == data.NullKind {
		return append(dst, p.null...), p.nullErr
	}
	if k != p.kind && p.op != writeAnything {
		if !k.IsTemporal() || !p.kind.IsTemporal() {
			return dst, p.mismatch(v)
		}
	}
	if depth > maxDepth {
		return dst, errWriteDepth
	}
	if len(p.prefix) == 1 {
		dst = append(dst, p.prefix[0])
	} else {
		dst = append(dst, p.prefix...)
	}
	switch p.op {
	case writeText:
		s, _ := v.Text()
		return appendText(dst, s), nil
	case writeVarint:
		return w.varint(p, dst, v)
	case writeDouble:
		return binary.LittleEndian.AppendUint64(dst, math.Float64bits(floatOf(v))), nil
	case writeFloat:
		if f, ok := v.Float32(); ok {
			return binary.LittleEndian.AppendUint32(dst, math.Float32bits(f)), nil
		}
		return binary.LittleEndian.AppendUint32(dst, math.Float32bits(float32(floatOf(v)))), nil
	case writeBool:
		b, _ := v.Bool()
		if b {
			return append(dst, 1), nil
		}
		return append(dst, 0), nil
	case writeStruct:
		return w.structure(p, dst, v.Struct(), depth)
	case writeEnum:
		s, _ := v.Text()
		index, ok := p.symbols[s]
		if !ok {
			return dst, javafmt.NewException(javafmt.ClassOf(p.err), "enum value '"+s+"' "+p.err.Error(), nil)
		}
		return append(dst, index...), nil
	case writeBytes, writeFixed, writeDecimal:
		return w.bytes(p, dst, v)
	case writeList:
		out, n, err := w.elements(p, dst[:cap(dst)], len(dst), v.List().Row(), depth)
		return out[:n], err
	case writeMap:
		return w.mapping(p, dst, v.Map(), depth)
	case writeEntries:
		return w.entries(p, dst, v.Map(), depth)
	case writeUnion:
		return w.union(p, dst, v.Struct(), depth)
	case writeAnything:
		return w.anything(p, dst, v, depth)
	}
	return dst, p.err
}

// mismatch is the error for a value of another type than the schema's.
func (p *writePlan) mismatch(v data.Value) error {
	if p.schema.ValueKind() != p.schema.Kind() {
		return logicalMismatch(p.schema, v)
	}
	return dataException("Invalid type for " + p.schema.Kind().String() + ": class " + v.JavaClass())
}

func floatOf(v data.Value) float64 {
	if f, ok := v.Float64(); ok {
		return f
	}
	x, _ := v.Int64()
	return float64(x)
}

func (w *WritePlan) varint(p *writePlan, dst []byte, v data.Value) ([]byte, error) {
	x, ok := v.Int64()
	if !ok {
		var err error
		if x, err = wireInteger(p, v); err != nil {
			return dst, err
		}
	}
	if p.narrow {
		x = int64(int32(x))
	}
	u := uint64(x)<<1 ^ uint64(x>>63)
	for u >= 0x80 {
		dst = append(dst, byte(u)|0x80)
		u >>= 7
	}
	return append(dst, byte(u)), nil
}

// wireInteger returns the integer that a date or time is written as, or that Java casts a fraction to.
func wireInteger(p *writePlan, v data.Value) (int64, error) {
	switch p.kind {
	case data.DateKind:
		days, err := data.DateToDays(p.schema, v)
		return int64(days), err
	case data.TimeKind:
		ms, err := data.TimeToMillis(p.schema, v)
		return int64(ms), err
	case data.TimestampKind:
		return data.TimestampToMillis(p.schema, v)
	}
	f, _ := v.Float64()
	limit := float64(math.MaxInt64)
	if p.narrow {
		limit = math.MaxInt32
	}
	switch {
	case f != f:
		return 0, nil
	case f >= limit && p.narrow:
		return math.MaxInt32, nil
	case f >= limit:
		return math.MaxInt64, nil
	case f <= -limit-1 && p.narrow:
		return math.MinInt32, nil
	case f <= -limit-1:
		return math.MinInt64, nil
	}
	return int64(f), nil
}

// appendText appends the length and the bytes of a text. Unpaired surrogates become question marks, as in Java.
func appendText(dst []byte, s string) []byte {
	n := len(s)
	if n < 64 {
		dst = append(dst, byte(n<<1))
	} else {
		dst = zigzag(dst, int64(n))
	}
	start := len(dst)
	dst = append(dst, s...)
	if ascii(dst[start:]) || bytes.IndexByte(dst[start:], 0xed) < 0 {
		return dst
	}
	text := surrogate.Replace(dst, start)[start:]
	if len(text) == n {
		return dst
	}
	text = bytes.Clone(text)
	prefix := len(zigzag(nil, int64(n)))
	return append(zigzag(dst[:start-prefix], int64(len(text))), text...)
}

// ascii reports whether all bytes are below 0x80.
func ascii(b []byte) bool {
	n := len(b)
	switch {
	case n >= 8:
		// The last eight bytes may overlap those before them.
		w := binary.LittleEndian.Uint64(b[n-8:])
		for ; len(b) >= 8; b = b[8:] {
			w |= binary.LittleEndian.Uint64(b)
		}
		return w&0x8080808080808080 == 0
	case n >= 4:
		return (binary.LittleEndian.Uint32(b)|binary.LittleEndian.Uint32(b[n-4:]))&0x80808080 == 0
	case n > 0:
		return b[0]|b[n>>1]|b[n-1] < 0x80
	}
	return true
}

func (w *WritePlan) bytes(p *writePlan, dst []byte, v data.Value) ([]byte, error) {
	b, _ := v.Bytes()
	if p.op == writeDecimal {
		d, _ := v.Decimal()
		if d.Scale() != p.scale {
			_, err := data.DecimalToBytes(p.schema, d)
			return dst, err
		}
		w.scratch.bytes = data.AppendTwosComplement(w.scratch.bytes[:0], d)
		b = w.scratch.bytes
		if p.size == 0 && !p.pad {
			return append(zigzag(dst, int64(len(b))), b...), nil
		}
	} else if p.op == writeBytes {
		return append(zigzag(dst, int64(len(b))), b...), nil
	}
	switch {
	case p.pad && len(b) > p.size:
		return dst, dataException("Unscaled value byte array length " + strconv.Itoa(len(b)) + " is greater than fixed size " + strconv.Itoa(p.size))
	case p.pad:
		sign := byte(0)
		if len(b) > 0 && b[0] >= 0x80 {
			sign = 0xff
		}
		for range p.size - len(b) {
			dst = append(dst, sign)
		}
		return append(dst, b...), nil
	case len(b) < p.size:
		return dst, javafmt.NewException("java.lang.IndexOutOfBoundsException",
			"Range [0, 0 + "+strconv.Itoa(p.size)+") out of bounds for length "+strconv.Itoa(len(b)), nil)
	}
	return append(dst, b[:p.size]...), nil
}

func (w *WritePlan) structure(p *writePlan, dst []byte, s *data.Struct, depth int) ([]byte, error) {
	if s.Schema() != p.schema && !s.Schema().Equal(p.schema) {
		return dst, errStructSchema
	}
	return w.run(p, dst, s.Row(), 1, depth)
}

// union writes the first member of a union's struct that is not null.
func (w *WritePlan) union(p *writePlan, dst []byte, s *data.Struct, depth int) ([]byte, error) {
	if s.Schema() != p.schema && !s.Schema().Equal(p.schema) {
		return dst, errStructSchema
	}
	for i := range p.fields {
		f := &p.fields[i]
		v := s.At(f.source)
		if v.IsNull() {
			v = f.def
		}
		if !v.IsNull() {
			return w.append(f.plan, dst, v, depth+1)
		}
	}
	return append(dst, p.null...), p.nullErr
}

func (w *WritePlan) mapping(p *writePlan, dst []byte, m *data.Map, depth int) ([]byte, error) {
	if !m.StringKeys() {
		for key := range m.All() {
			if key.IsNull() {
				return dst, nullPointer("a null as key of a map")
			}
			if key.Kind() != data.StringKind {
				return dst, dataException("Invalid type for MAP: class " + m.Value().JavaClass())
			}
		}
	}
	if m.Len() > 0 {
		dst = zigzag(dst, int64(m.Len()))
		for _, i := range p.orders.of(m) {
			key, _ := m.Key(i).Text()
			dst = appendText(dst, key)
			var err error
			if dst, err = w.append(p.elem, dst, m.At(i), depth+1); err != nil {
				return dst, err
			}
		}
	}
	return append(dst, 0), nil
}

func (w *WritePlan) entries(p *writePlan, dst []byte, m *data.Map, depth int) ([]byte, error) {
	if m.Len() > 0 {
		dst = zigzag(dst, int64(m.Len()))
	}
	for _, i := range m.JavaOrder() {
		var err error
		if p.key != nil {
			if dst, err = w.append(p.key, dst, m.Key(i), depth+1); err != nil {
				return dst, err
			}
		}
		if p.elem != nil {
			if dst, err = w.append(p.elem, dst, m.At(i), depth+1); err != nil {
				return dst, err
			}
		}
	}
	return append(dst, 0), nil
}
