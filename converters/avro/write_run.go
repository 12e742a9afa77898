package avro

import (
	"math"
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
		return s.other()
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
	if s.code == stepOther {
		return s.other()
	}
	return s
}

// other returns the step as one that knows no slot.
func (s writeStep) other() writeStep {
	s.code, s.nullable, s.mask, s.want = stepOther, false, 0, 1
	return s
}

// run appends what the steps of p write of a row, count times: of its first slot on, then of the next one.
func (w *WritePlan) run(p *writePlan, dst []byte, r *data.Row, count, depth int) ([]byte, error) {
	out, n, err := w.write(p, dst[:cap(dst)], len(dst), r, count, depth)
	return out[:n], err
}

// write is run for a buffer of which n bytes are written.
func (w *WritePlan) write(p *writePlan, out []byte, n int, r *data.Row, count, depth int) ([]byte, int, error) {
	room := mostOfStep * len(p.steps)
	for at := range count {
		if len(out)-n < room {
			out = grown(out, n, room)
		}
		for k := 0; ; k++ {
			if k, n = p.put(k, r, at, out, n, 0, min(mostNested, maxDepth-depth)); k == len(p.steps) {
				break
			}
			var err error
			if out, n, err = w.step(&p.steps[k], out, n, r, at, depth); err != nil {
				return out, n, err
			}
			if len(out)-n < room {
				out = grown(out, n, room)
			}
		}
	}
	return out, n, nil
}

var errStructSchema = dataException("Mismatching struct schema")

var errWriteDepth = dataException("Avro data is nested deeper than " + strconv.Itoa(maxDepth) + " levels")

// step writes any value by a step; the one of a row's first step is that in slot at.
func (w *WritePlan) step(step *writeStep, out []byte, n int, r *data.Row, at, depth int) ([]byte, int, error) {
	of := step.field.plan
	if step.code == stepStruct || step.code == stepElements {
		first, _ := r.Raw(slots.Inside{})
		if slot := slots.At(first, at+int(step.source)); slot.M&step.mask == step.want {
			if depth >= maxDepth {
				return out, n, errWriteDepth
			}
			out[n] = step.prefix
			n += int(step.prefixes)
			inner := r.RawChild(slots.Inside{}, slot)
			if step.code == stepElements {
				return w.elements(of, out, n, inner, depth+1)
			}
			if schema := inner.Layout().Schema(); schema != of.schema && !schema.Equal(of.schema) {
				return out, n, errStructSchema
			}
			return w.write(of, out, n, inner, 1, depth+1)
		}
	}
	dst := out[:n]
	var err error
	if step.field.source < 0 {
		dst = append(dst, of.null...)
	} else {
		v := r.At(at + int(step.source))
		if v.IsNull() {
			v = step.field.def
		}
		dst, err = w.append(of, dst, v, depth+1)
	}
	return dst[:cap(dst)], len(dst), err
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
