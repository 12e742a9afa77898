package json

import (
	"math"
	"slices"
	"unsafe"

	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/internal/javafmt"
	"github.com/moldau/moldau/internal/jsonscan"
	"github.com/moldau/moldau/internal/slots"
)

// way says how the value of a field is written straight from its slot.
type way uint8

const (
	waySlow way = iota // by append
	wayInteger
	wayTruth
	wayText
	wayDouble
	wayUnscaled // of a decimal, in base64
	wayDay
	wayClock
	wayMillis
)

const (
	// mostOfName is how long the name of a field may be, with comma, quotes and colon, to be copied at once.
	mostOfName = 24
	// mostOfScalar is how many characters a number takes at most; a double has 24.
	mostOfScalar = 32
	// leastGrowth is by how much the output grows.
	leastGrowth = 256

	millisOfDay = 24 * 60 * 60 * 1000
)

// fieldEncoder writes a field of a struct.
type fieldEncoder struct {
	// open is the comma, the name in quotes and the colon, begin the same where it is short enough.
	open  string
	begin [mostOfName]byte
	way   way
	// A slot is one of the way where the bits of mask are want.
	mask, want uint64
	*encoder
}

// field makes the encoder of a field.
func (f *format) field(open string, e *encoder) fieldEncoder {
	x := fieldEncoder{open: open, encoder: e, mask: math.MaxUint64, want: slots.Tag(uint8(e.kind), 0, 0)}
	copy(x.begin[:], open)
	switch e.kind {
	case data.Int8Kind, data.Int16Kind, data.Int32Kind, data.Int64Kind:
		x.way = wayInteger
	case data.BoolKind:
		x.way = wayTruth
	case data.Float64Kind:
		x.way = wayDouble
	case data.StringKind:
		x.way, x.mask = wayText, math.MaxUint8
	case data.DecimalKind:
		if e.scaleErr == nil && !f.numeric {
			x.way, x.want = wayUnscaled, slots.Tag(uint8(e.kind), 0, uint32(e.scale))
		}
	case data.DateKind:
		x.way = wayDay
	case data.TimeKind:
		x.way = wayClock
	case data.TimestampKind:
		x.way = wayMillis
	}
	return x
}

// appendFields appends the fields of a struct, without braces. What is usual is written straight from the slots.
func (e *encoder) appendFields(dst []byte, row *data.Row) ([]byte, error) {
	first, table := row.Raw(slots.Inside{})
	cursor := table.Cursor()
	out, n := dst[:cap(dst)], len(dst)
	for i := range e.fields {
		f := &e.fields[i]
		if len(out)-n < len(f.open)+mostOfName+mostOfScalar {
			out = slices.Grow(out[:n], len(f.open)+leastGrowth)
			out = out[:cap(out)]
		}
		if len(f.open) <= mostOfName {
			*(*[mostOfName]byte)(out[n:]) = f.begin
			n += len(f.open)
		} else {
			n += copy(out[n:], f.open)
		}
		slot := slots.At(first, i)
		if slot.M&f.mask == f.want {
			switch f.way {
			case wayInteger, wayMillis:
				n = putInteger(out, n, int64(slot.N))
				continue
			case wayTruth:
				if slot.N != 0 {
					n += copy(out[n:], "true")
				} else {
					n += copy(out[n:], "false")
				}
				continue
			case wayText:
				out, n = putText(out, n, &cursor, slot)
				continue
			case wayDouble:
				if x := math.Float64frombits(slot.N); x-x == 0 {
					n = len(javafmt.AppendDouble(out[:n], x))
					continue
				}
			case wayUnscaled:
				n = putDecimal(out, n, int64(slot.N))
				continue
			case wayDay:
				if ms := int64(slot.N); ms%millisOfDay == 0 {
					n = putInteger(out, n, int64(int32(ms/millisOfDay)))
					continue
				}
			case wayClock:
				if ms := int64(slot.N); ms >= 0 && ms <= millisOfDay {
					n = putInteger(out, n, ms)
					continue
				}
			}
		}
		dst = out[:n]
		if span, canonical, ok := row.Span(i); ok && canonical && (!e.numeric || !f.decimals) {
			dst = append(dst, span...)
		} else {
			var err error
			if dst, err = f.append(dst, row.At(i)); err != nil {
				return dst, err
			}
		}
		out, n = dst[:cap(dst)], len(dst)
	}
	return out[:n], nil
}

// putText writes a text in quotes to out from n on, and returns out, maybe a larger one, and the end of the text.
func putText(out []byte, n int, cursor *slots.Cursor, slot *slots.Slot) ([]byte, int) {
	size := int(slots.High(slot.M))
	if size == 0 {
		out[n], out[n+1] = '"', '"'
		return out, n + 2
	}
	if len(out)-n < size+2 {
		out = slices.Grow(out[:n], size+leastGrowth)
		out = out[:cap(out)]
	}
	b := cursor.Bytes(slot.N, uint32(size))
	if jsonscan.PutPlain(out[n+1:], b) {
		out[n], out[n+1+size] = '"', '"'
		return out, n + 2 + size
	}
	dst := jsonscan.AppendQuoted(out[:n], unsafe.String(&b[0], size))
	return dst[:cap(dst)], len(dst)
}
