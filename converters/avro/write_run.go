package avro

import (
	"bytes"
	"encoding/binary"
	"math"
	"math/bits"
	"slices"
	"strconv"

	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/internal/slots"
)

// writeStep writes one slot: the field of a struct, or each element of a list. The steps of a struct stand one behind the other, so that most fields
// are written without a call.
type writeStep struct {
	code writeCode
	// prefix is the index of the union's member, which comes first if prefixes is 1, not 0.
	prefixes, prefix uint8
	// nullable says that a null is written as the byte null.
	nullable bool
	null     byte
	source   int32
	// want are those bits of a slot's second word in mask by which the step knows what it writes: the kind, of decimals flags and scale too. Other
	// slots are written as WritePlan.append does.
	mask, want uint64
	field      *writeField
}

type writeCode uint8

const (
	// stepOther is any value, which WritePlan.append writes.
	stepOther writeCode = iota
	stepVarint
	stepFixed32
	stepFixed64
	stepOctet
	stepString
	stepUnscaled
	stepStruct
	stepElements
)

// mostOfStep is how many bytes a step takes at most before what it makes room for itself: a prefix, and a number or a length.
const mostOfStep = 11

// link makes the steps of all structs and lists, once their plans do not change any more.
func (c *writeCompiler) link() {
	for _, p := range c.known {
		switch p.op {
		case writeStruct:
			p.steps = make([]writeStep, len(p.fields))
			for i := range p.fields {
				p.steps[i] = writeStepOf(&p.fields[i])
			}
		case writeList:
			p.steps = []writeStep{writeStepOf(&writeField{plan: p.elem})}
		}
	}
}

func writeStepOf(f *writeField) writeStep {
	q := f.plan
	s := writeStep{field: f, mask: 0xff, want: uint64(q.kind), source: int32(max(f.source, 0))}
	if f.source < 0 || len(q.prefix) > 1 {
		return s
	}
	if len(q.prefix) == 1 {
		s.prefixes, s.prefix = 1, q.prefix[0]
	}
	if q.nullErr == nil && len(q.null) == 1 && f.def.IsNull() {
		s.nullable, s.null = true, q.null[0]
	}
	switch q.op {
	case writeText:
		s.code = stepString
	case writeVarint:
		whole := q.kind == data.Int64Kind || q.kind == data.TimestampKind
		if whole && !q.narrow || q.kind == data.Int32Kind || q.kind == data.Int16Kind || q.kind == data.Int8Kind {
			s.code = stepVarint
		}
	case writeDouble:
		if q.kind == data.Float64Kind {
			s.code = stepFixed64
		}
	case writeFloat:
		if q.kind == data.Float32Kind {
			s.code = stepFixed32
		}
	case writeBool:
		s.code = stepOctet
	case writeDecimal:
		if q.size == 0 && !q.pad {
			s.code, s.mask, s.want = stepUnscaled, math.MaxUint64, slots.Tag(uint8(q.kind), 0, uint32(q.scale))
		}
	case writeStruct:
		s.code = stepStruct
	case writeList:
		s.code = stepElements
	}
	return s
}

// run appends what the steps of p write of a row, count times: of its first slot on, then of the next one.
func (w *WritePlan) run(p *writePlan, dst []byte, r *data.Row, count, depth int) ([]byte, error) {
	first, table := r.Raw(slots.Inside{})
	room := mostOfStep * len(p.steps)
	n := len(dst)
	out := dst[:cap(dst)]
	for at := range count {
		if len(out)-n < room {
			out = grown(out, n, room)
		}
		for k := range p.steps {
			step := &p.steps[k]
			if step.code == stepOther {
				var err error
				if dst, err = w.other(step.field, out[:n], r, at+int(step.source), depth); err != nil {
					return dst, err
				}
				n, out = len(dst), grown(dst, len(dst), room)
				continue
			}
			slot := slots.At(first, at+int(step.source))
			if slot.M&step.mask != step.want {
				if uint8(slot.M) == uint8(data.NullKind) && step.nullable {
					out[n] = step.null
					n++
					continue
				}
				var err error
				if dst, err = w.other(step.field, out[:n], r, at+int(step.source), depth); err != nil {
					return dst, err
				}
				n, out = len(dst), grown(dst, len(dst), room)
				continue
			}
			out[n] = step.prefix
			n += int(step.prefixes)
			switch step.code {
			case stepVarint:
				u := slot.N<<1 ^ uint64(int64(slot.N)>>63)
				if u < 0x80 {
					out[n] = byte(u)
					n++
				} else if u < 1<<14 {
					out[n], out[n+1] = byte(u)|0x80, byte(u>>7)
					n += 2
				} else {
					n += putUvarint(out[n:], u)
				}
			case stepString:
				size := int(slots.High(slot.M))
				if size == 0 {
					out[n] = 0
					n++
					break
				}
				if len(out)-n < size+room {
					out = grown(out, n, size+room)
				}
				start := n
				if size < 64 {
					out[n] = byte(size << 1)
					n++
				} else {
					n += putUvarint(out[n:], uint64(size)<<1)
				}
				text := table.Bytes(slot.N, uint32(size))
				if !putText(out[n:n+size], text) && bytes.IndexByte(text, 0xed) >= 0 {
					// There may be surrogates.
					dst = appendText(out[:start], string(text))
					n, out = len(dst), grown(dst, len(dst), room)
					break
				}
				n += size
			case stepFixed64:
				binary.LittleEndian.PutUint64(out[n:], slot.N)
				n += 8
			case stepFixed32:
				binary.LittleEndian.PutUint32(out[n:], uint32(slot.N))
				n += 4
			case stepOctet:
				out[n] = byte(slot.N)
				n++
			case stepUnscaled:
				size := bits.Len64(slot.N^uint64(int64(slot.N)>>63))>>3 + 1
				out[n] = byte(size << 1)
				binary.BigEndian.PutUint64(out[n+1:], slot.N<<(64-8*size))
				n += 1 + size
			case stepStruct, stepElements:
				if depth >= maxDepth {
					return out[:n], errWriteDepth
				}
				inner := r.RawChild(slots.Inside{}, slot)
				of := step.field.plan
				var err error
				if step.code == stepStruct {
					if schema := inner.Layout().Schema(); schema != of.schema && !schema.Equal(of.schema) {
						return out[:n], errStructSchema
					}
					dst, err = w.run(of, out[:n], inner, 1, depth+1)
				} else {
					dst, err = w.elements(of, out[:n], inner, depth+1)
				}
				if err != nil {
					return dst, err
				}
				n, out = len(dst), grown(dst, len(dst), room)
			}
		}
	}
	return out[:n], nil
}

var errStructSchema = dataException("Mismatching struct schema")

var errWriteDepth = dataException("Avro data is nested deeper than " + strconv.Itoa(maxDepth) + " levels")

// elements appends the blocks of a list.
func (w *WritePlan) elements(p *writePlan, dst []byte, r *data.Row, depth int) ([]byte, error) {
	if n := r.Len(); n > 0 {
		var err error
		if dst, err = w.run(p, zigzag(dst, int64(n)), r, n, depth); err != nil {
			return dst, err
		}
	}
	return append(dst, 0), nil
}

// other appends a field that no step writes.
func (w *WritePlan) other(f *writeField, dst []byte, r *data.Row, i, depth int) ([]byte, error) {
	if f.source < 0 {
		return append(dst, f.plan.null...), nil
	}
	v := r.At(i)
	if v.IsNull() {
		v = f.def
	}
	return w.append(f.plan, dst, v, depth+1)
}

// grown returns the first n bytes of out and so much room behind them, at least.
func grown(out []byte, n, room int) []byte {
	out = out[:cap(out)]
	if len(out)-n >= room {
		return out
	}
	out = slices.Grow(out[:n], room)
	return out[:cap(out)]
}

// putText copies a text, which is not empty, and reports whether its bytes are all below 0x80.
func putText(b, text []byte) bool {
	const high = 0x8080808080808080
	n := len(text)
	b = b[:n]
	switch {
	case n > 16:
		copy(b, text)
		return ascii(text)
	case n >= 8:
		// Both halves overlap where the text is shorter than they are.
		x, y := binary.LittleEndian.Uint64(text), binary.LittleEndian.Uint64(text[n-8:])
		binary.LittleEndian.PutUint64(b, x)
		binary.LittleEndian.PutUint64(b[n-8:], y)
		return (x|y)&high == 0
	case n >= 4:
		x, y := binary.LittleEndian.Uint32(text), binary.LittleEndian.Uint32(text[n-4:])
		binary.LittleEndian.PutUint32(b, x)
		binary.LittleEndian.PutUint32(b[n-4:], y)
		return (x|y)&0x80808080 == 0
	}
	x, y, z := text[0], text[n>>1], text[n-1]
	b[0], b[n>>1], b[n-1] = x, y, z
	return x|y|z < 0x80
}

// putUvarint writes a number into b, which has room for ten bytes, and says how many it took.
func putUvarint(b []byte, u uint64) int {
	if size := (bits.Len64(u|1) + 6) / 7; size <= 8 {
		// The number's groups of seven bits move into bytes of their own, by fours, pairs and one by one.
		w := u&0x000000000fffffff | u<<4&0x0fffffff00000000
		w = w&0x00003fff00003fff | w<<2&0x3fff00003fff0000
		w = w&0x007f007f007f007f | w<<1&0x7f007f007f007f00
		w |= 0x8080808080808080 & (1<<(8*size-8) - 1)
		binary.LittleEndian.PutUint64(b, w)
		return size
	}
	return binary.PutUvarint(b, u)
}
