package avro

import (
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/internal/slots"
)

// readStep reads one value into one slot: the field of a record, or each element of a list. The steps of a record stand one behind the other, so that
// most fields are read without a call.
type readStep struct {
	code readCode
	// nullable says that a member of a union of null and another type follows; null and some are the first bytes of both.
	nullable   bool
	null, some byte
	// index is the slot.
	index int32
	// m is the second word of the slot; of texts the length is added.
	m uint64
	// of is how the value is read without a step, plan the same without the union of it and null around it.
	of, plan *readPlan
}

type readCode uint8

const (
	// stepAny is any value, which Decoder.value reads.
	stepAny readCode = iota
	stepInt
	stepLong
	stepFloat
	stepDouble
	stepBool
	stepDate
	stepText
	stepDecimal
	stepRecord
	// stepTexts is a list of texts, stepList any other.
	stepTexts
	stepList
)

// link makes the steps of all records and lists, once their plans do not change any more.
func (c *readCompiler) link() {
	for _, p := range c.known {
		switch p.op {
		case readRecord:
			p.steps = make([]readStep, len(p.fields))
			for i, f := range p.fields {
				p.steps[i] = stepOf(f.index, f.readPlan)
			}
		case readList:
			p.steps = []readStep{stepOf(0, p.elem)}
		}
	}
}

func stepOf(index int, p *readPlan) readStep {
	s := readStep{index: int32(index), of: p, plan: p}
	if p.op == readOptional {
		s.nullable, s.null, s.some, s.plan = true, byte(2*p.nullIndex), byte(2-2*p.nullIndex), p.elem
	}
	q := s.plan
	if q.err != nil {
		return s
	}
	s.m = uint64(q.kind)
	switch {
	case q.op == readInt && q.kind == data.Int32Kind:
		s.code = stepInt
	case q.op == readInt && q.kind == data.DateKind:
		s.code = stepDate
	case q.op == readLong && (q.kind == data.Int64Kind || q.kind == data.TimestampKind):
		s.code = stepLong
	case q.op == readFloat:
		s.code = stepFloat
	case q.op == readDouble:
		s.code = stepDouble
	case q.op == readBool:
		s.code = stepBool
	case q.op == readText:
		s.code = stepText
	case q.op == readBytes && q.kind == data.DecimalKind:
		s.code, s.m = stepDecimal, slots.Tag(uint8(data.DecimalKind), 0, uint32(q.scale))
	case q.op == readRecord:
		s.code = stepRecord
	case q.op == readList:
		s.code = stepList
		if e := q.elem; e.op == readText && e.err == nil {
			s.code = stepTexts
		}
	}
	return s
}
