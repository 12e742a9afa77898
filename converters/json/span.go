package json

import (
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/internal/javafmt"
)

// spanDecoder decodes the spans that decoders left in records, on any goroutine. What a span means depends on its text and schema only, not on
// the options of a converter: text that could mean two things is never kept as a span. So it does not matter whose spanDecoder an arena has.
type spanDecoder struct {
	plans atomic.Pointer[sync.Map]
	count atomic.Int32
}

func newSpanDecoder() *spanDecoder {
	x := &spanDecoder{}
	x.plans.Store(&sync.Map{})
	return x
}

// maxSpanPlans bounds the schemas whose plans are kept.
const maxSpanPlans = 1000

func (x *spanDecoder) plan(s *data.Schema) *readPlan {
	plans := x.plans.Load()
	if p, ok := plans.Load(s); ok {
		return p.(*readPlan)
	}
	if x.count.Add(1) > maxSpanPlans {
		x.count.Store(0)
		x.plans.Store(&sync.Map{})
	}
	p := compileRead(s, false)
	plans.Store(s, p)
	return p
}

// DecodeSpan returns the value of a span.
func (x *spanDecoder) DecodeSpan(a *data.Arena, s *data.Schema, text []byte) data.Value {
	kind := data.Float64Kind
	if s != nil {
		kind = s.ValueKind()
	}
	if c := text[0]; c != '{' && c != '[' {
		return floatValue(kind, text)
	}
	if a == nil {
		a = data.NewArena()
	}
	a.UseSpans(x)
	a.View(text)
	// Nothing but canonical texts is kept as a span, so that of a struct is what an encoder may write for it.
	d := decoder{b: text, arena: a, spans: true, whole: s != nil && kind == data.StructKind}
	var v data.Value
	var end int
	if s == nil {
		v, end = d.schemaless(nil, 0)
	} else {
		v, end = d.value(x.plan(s), 0)
	}
	if end != len(text) {
		panic("json: a span of " + strconv.Itoa(len(text)) + " bytes is no value of its schema: " + javafmt.DecodeUTF8(text[:min(len(text), 100)]))
	}
	return v
}
