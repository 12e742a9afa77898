package json

import (
	"github.com/moldau/moldau/connect/data"
)

// writer writes values, with what it worked out for their schemas.
type writer struct {
	*format
	last  *plan
	plans map[*data.Schema]*plan
}

// plan is how values of one schema are written.
type plan struct {
	schema *data.Schema
	// open is the envelope up to the payload.
	open []byte
	// err is why the schema has no JSON form.
	err error
	*encoder
}

const (
	openSchemaless = openSchema + "null" + openPayload
	// maxPlans bounds the plans that are kept. Java's cache, schemas.cache.size, is bounded by the user; here it is a matter of speed only.
	maxPlans = 1000
)

func (w *writer) plan(s *data.Schema) *plan {
	if w.last != nil && w.last.schema == s {
		return w.last
	}
	p := w.plans[s]
	if p == nil {
		if len(w.plans) >= maxPlans || w.plans == nil {
			w.plans = map[*data.Schema]*plan{}
		}
		p = w.newPlan(s)
		w.plans[s] = p
	}
	w.last = p
	return p
}

func (w *writer) newPlan(s *data.Schema) *plan {
	p := &plan{schema: s}
	if p.encoder, p.err = w.compile(s); p.err != nil {
		return p
	}
	var text []byte
	if text, p.err = w.appendSchema([]byte(openSchema), s); p.err != nil {
		return p
	}
	p.open = append(append(text, '}'), openPayload...)
	return p
}

func (w *writer) append(dst []byte, s *data.Schema, v data.Value, envelope bool) ([]byte, error) {
	if s == nil {
		if !envelope {
			return w.appendSchemaless(dst, v)
		}
		dst, err := w.appendSchemaless(append(dst, openSchemaless...), v)
		return append(dst, '}'), err
	}
	p := w.plan(s)
	if !envelope && p.encoder != nil {
		return p.encoder.append(dst, v)
	}
	if p.err != nil {
		return dst, p.err
	}
	dst, err := p.encoder.append(append(dst, p.open...), v)
	return append(dst, '}'), err
}
