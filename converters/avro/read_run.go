package avro

import (
	"encoding/binary"
	"unicode/utf8"

	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/converters/internal/varint"
	"github.com/moldau/moldau/internal/javafmt"
	"github.com/moldau/moldau/internal/slots"
)

const (
	textRef     = uint64(data.StringKind) | slots.Refers<<8
	millisOfDay = 24 * 60 * 60 * 1000
)

// run reads a value by each step into its slot, count times: into the slots from first on, then into the ones behind them. It returns false where the
// bytes are malformed. A value that cannot be converted leaves its error in d.wrong, and reading goes on: the bytes may be malformed further on, which
// Java would find first.
func (d *Decoder) run(steps []readStep, first *slots.Slot, count int) bool {
	b, i := d.b, d.i
	for base := 0; count > 0; base, count = base+len(steps), count-1 {
		for k := range steps {
			step := &steps[k]
			slot := slots.At(first, base+int(step.index))
			if step.nullable {
				if uint(i) >= uint(len(b)) {
					return d.failed(i, errEnd)
				}
				c := b[i]
				i++
				if c == step.null && step.of.err == nil {
					continue
				}
				if c != step.some {
					d.i = i - 1
					null := d.absent(step.of)
					if d.bad != nil {
						return false
					}
					if i = d.i; null {
						continue
					}
				}
			}
			switch step.code {
			case stepLong:
				u, n := uint64(0), 1
				if uint(i) < uint(len(b)) && b[i] < 0x80 {
					u = uint64(b[i])
				} else {
					u, n = varint.Read(b, i)
				}
				if i += n; n <= 0 {
					return d.failed(i, varintError(n))
				}
				*slot = slots.Slot{N: u>>1 ^ -(u & 1), M: step.m}
			case stepText:
				u, n := uint64(0), 1
				if uint(i) < uint(len(b)) && b[i] < 0x80 {
					u = uint64(b[i])
				} else {
					u, n = varint.Read(b, i)
				}
				if i += n; n <= 0 {
					return d.failed(i, varintError(n))
				}
				size := int(u>>1 ^ -(u & 1))
				if uint(size) > uint(len(b)-i) {
					if size < 0 {
						return d.failed(i, errLength)
					}
					return d.failed(i, errEnd)
				}
				text := b[i : i+size]
				if size == 0 {
					*slot = slots.Slot{M: uint64(data.StringKind)}
				} else if ascii(text) || utf8.Valid(text) {
					*slot = slots.Slot{N: d.base + uint64(i), M: textRef | uint64(size)<<32}
				} else {
					*slot = d.arena.RawSlot(slots.Inside{}, data.String(javafmt.DecodeUTF8(text)))
				}
				i += size
			case stepInt, stepDate:
				u, n := uint64(0), 1
				if uint(i) < uint(len(b)) && b[i] < 0x80 {
					u = uint64(b[i])
				} else if len(b)-i > 1 && b[i+1] < 0x80 {
					u, n = uint64(b[i]&0x7f)|uint64(b[i+1])<<7, 2
				} else {
					u, n = varint.Read(b, i)
				}
				if n <= 0 || n > 5 {
					return d.failed(i, intError(len(b)-i))
				}
				i += n
				x := int32(uint32(u)>>1) ^ -int32(u&1)
				if step.code == stepInt {
					*slot = slots.Slot{N: uint64(x), M: step.m}
				} else {
					*slot = slots.Slot{N: uint64(int64(x) * millisOfDay), M: step.m}
				}
			case stepDouble:
				if len(b)-i < 8 {
					return d.failed(i, errEnd)
				}
				*slot = slots.Slot{N: binary.LittleEndian.Uint64(b[i:]), M: step.m}
				i += 8
			case stepFloat:
				if len(b)-i < 4 {
					return d.failed(i, errEnd)
				}
				*slot = slots.Slot{N: uint64(binary.LittleEndian.Uint32(b[i:])), M: step.m}
				i += 4
			case stepBool:
				if uint(i) >= uint(len(b)) {
					return d.failed(i, errEnd)
				}
				if *slot = (slots.Slot{M: step.m}); b[i] == 1 {
					slot.N = 1
				}
				i++
			case stepRecord:
				if d.depth++; d.depth > maxDepth {
					return d.failed(i, errTooDeep)
				}
				_, inner := d.arena.RawStruct(slots.Inside{}, step.plan.layout)
				*slot = d.arena.RawLast(slots.Inside{}, data.StructKind)
				d.i = i
				if !d.run(step.plan.steps, inner, 1) {
					return false
				}
				d.depth--
				i = d.i
			case stepTexts:
				if end := d.shortTexts(i); end > 0 {
					*slot, i = d.arena.RawLast(slots.Inside{}, data.ListKind), end
					break
				}
				fallthrough
			case stepList:
				d.i = i
				l := d.shortList(step.plan)
				if d.bad != nil {
					return false
				}
				*slot, i = d.arena.RawChild(slots.Inside{}, data.ListKind, l.Row()), d.i
			case stepDecimal:
				if len(b)-i > 8 && b[i] <= 16 && b[i]&1 == 0 && b[i] > 0 {
					u := uint64(b[i])
					// The number stands at the top of eight bytes, of which the lower ones are shifted out.
					x := binary.BigEndian.Uint64(b[i+1:])
					*slot = slots.Slot{N: uint64(int64(x) >> (64 - 4*u)), M: step.m}
					i += 1 + int(u>>1)
					break
				}
				fallthrough
			default:
				d.i = i
				v := d.value(step.plan)
				if d.bad != nil {
					return false
				}
				*slot, i = d.arena.RawSlot(slots.Inside{}, v), d.i
			}
		}
	}
	d.i = i
	return true
}

// absent reads the index of a member of a union of null and another type, and reports whether it is null, which may be an error. The index may be
// written in more bytes than it needs.
func (d *Decoder) absent(p *readPlan) bool {
	switch d.long() {
	case p.nullIndex:
		if p.err != nil && d.bad == nil {
			d.reject(p.err)
		}
		return true
	case 1 - p.nullIndex:
		return false
	}
	d.fail(errBranch)
	return false
}

func (d *Decoder) failed(i int, err error) bool {
	d.i = min(i, len(d.b))
	d.fail(err)
	return false
}

// intError is the error of an integer of 32 bits that does not end within five bytes, of which so many are there.
func intError(left int) error {
	if left < 5 {
		return errEnd
	}
	return errVarint
}

func varintError(n int) error {
	if n == varint.Ends {
		return errEnd
	}
	return errVarint
}
