package avro

import (
	"bytes"
	"encoding/binary"
	"math/bits"

	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/converters/internal/varint"
	"github.com/moldau/moldau/internal/slots"
)

// mostNested is how many levels of structs put writes at once. What it cannot write is tried again by level.
const mostNested = 4

// put writes values of a row by the steps from k on, until there is one that is not as most are. It returns which one that is, and the end of what was
// written. at is the slot of the first step. There must be room for all steps in out, and so much behind them; levels is how many structs may stand
// inside each other.
func (p *writePlan) put(k int, r *data.Row, at int, out []byte, n, behind, levels int) (int, int) {
	first, table := r.Raw(slots.Inside{})
	if first == nil {
		return k, n
	}
	cursor := table.Cursor()
	steps := p.steps
	room := mostOfStep*len(steps) + behind
	for ; k < len(steps); k++ {
		step := &steps[k]
		slot := slots.At(first, at+int(step.source))
		if slot.M&step.mask != step.want {
			if uint8(slot.M) == uint8(data.NullKind) && step.nullable {
				out[n] = step.null
				n++
				continue
			}
			return k, n
		}
		// It is written again where the step is not done.
		out[n] = step.prefix
		i := n + int(step.prefixes)
		switch step.code {
		case stepVarint:
			u := slot.N<<1 ^ uint64(int64(slot.N)>>63)
			if u < 0x80 {
				out[i] = byte(u)
				n = i + 1
			} else if u < 1<<14 {
				out[i], out[i+1] = byte(u)|0x80, byte(u>>7)
				n = i + 2
			} else {
				n = i + varint.Put(out[i:], u)
			}
		case stepString:
			size := int(slots.High(slot.M))
			if size == 0 {
				out[i] = 0
				n = i + 1
				break
			}
			if len(out)-i < size+room {
				return k, n
			}
			if size < 64 {
				out[i] = byte(size << 1)
				i++
			} else {
				i += varint.Put(out[i:], uint64(size)<<1)
			}
			text := cursor.Bytes(slot.N, uint32(size))
			if !putText(out[i:i+size], text) && bytes.IndexByte(text, 0xed) >= 0 {
				return k, n // there may be surrogates
			}
			n = i + size
		case stepFixed64:
			binary.LittleEndian.PutUint64(out[i:], slot.N)
			n = i + 8
		case stepFixed32:
			binary.LittleEndian.PutUint32(out[i:], uint32(slot.N))
			n = i + 4
		case stepOctet:
			out[i] = byte(slot.N)
			n = i + 1
		case stepUnscaled:
			size := bits.Len64(slot.N^uint64(int64(slot.N)>>63))>>3 + 1
			out[i] = byte(size << 1)
			binary.BigEndian.PutUint64(out[i+1:], slot.N<<(64-8*size))
			n = i + 1 + size
		case stepStruct:
			inner, of := r.RawChild(slots.Inside{}, slot), step.field.plan
			if levels == 0 || inner.Layout().Schema() != of.schema || len(out)-i < room+mostOfStep*len(of.steps) {
				return k, n
			}
			done, end := of.put(0, inner, 0, out, i, room, levels-1)
			if done < len(of.steps) {
				return k, n
			}
			n = end
		case stepElements:
			end := 0
			if levels > 0 {
				end = step.field.plan.putTexts(r.RawChild(slots.Inside{}, slot), out, i, room)
			}
			if end == 0 {
				return k, n
			}
			n = end
		default:
			return k, n
		}
	}
	return k, n
}

// putTexts writes the blocks of a list of required texts to out from n on and returns the end, behind which there is room. It returns 0 for a list that
// elements must write: one of other elements, or too large for out.
func (p *writePlan) putTexts(r *data.Row, out []byte, n, room int) int {
	const most = 63 // so that the number of texts takes one byte
	first, table := r.Raw(slots.Inside{})
	count := r.Len()
	if element := &p.steps[0]; element.code != stepString || element.prefixes > 0 || count > most || len(out)-n < room+mostOfStep {
		return 0
	}
	cursor := table.Cursor()
	if count > 0 {
		out[n] = byte(count << 1)
		n++
	}
	for i := range count {
		slot := slots.At(first, i)
		size := int(slots.High(slot.M))
		if uint8(slot.M) != uint8(data.StringKind) || size >= 64 || len(out)-n < size+room+mostOfStep {
			return 0
		}
		out[n] = byte(size << 1)
		n++
		if size > 0 {
			text := cursor.Bytes(slot.N, uint32(size))
			if !putText(out[n:n+size], text) && bytes.IndexByte(text, 0xed) >= 0 {
				return 0
			}
			n += size
		}
	}
	out[n] = 0
	return n + 1
}

// elements writes the blocks of a list.
func (w *WritePlan) elements(p *writePlan, out []byte, n int, r *data.Row, depth int) ([]byte, int, error) {
	if len(out)-n < 2*mostOfStep {
		out = grown(out, n, 2*mostOfStep)
	}
	if count := r.Len(); count > 0 {
		n += varint.Put(out[n:], uint64(count)<<1)
		var err error
		if out, n, err = w.write(p, out, n, r, count, depth); err != nil {
			return out, n, err
		}
		if len(out) == n {
			out = grown(out, n, 1)
		}
	}
	out[n] = 0
	return out, n + 1, nil
}

// putText copies a text, which is not empty, and reports whether its bytes are all below 0x80.
func putText(b, text []byte) bool {
	const high = 0x8080808080808080
	n := len(text)
	b = b[:n]
	switch {
	case n > 64:
		copy(b, text)
		return ascii(text)
	case n >= 8:
		// The last eight bytes may overlap those before them.
		last := binary.LittleEndian.Uint64(text[n-8:])
		all := last
		for i := 0; i < n-8; i += 8 {
			x := binary.LittleEndian.Uint64(text[i:])
			binary.LittleEndian.PutUint64(b[i:], x)
			all |= x
		}
		binary.LittleEndian.PutUint64(b[n-8:], last)
		return all&high == 0
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
