package worker

import (
	"context"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"go.opentelemetry.io/otel/attribute"
	otel "go.opentelemetry.io/otel/trace"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/internal/tracing"
)

// sourceTrace makes the spans of a source task; a task that is not traced has none. But for commits it belongs to the task's goroutine.
type sourceTrace struct {
	*taskTrace
	s *sourceTask

	began, ended time.Time // of the poll at hand
	picked       []picked  // sampled records of the batch at hand, in order

	mu      sync.Mutex
	covered links // batches that Kafka has and no commit covered
}

// picked is a sampled record of a batch, by its number.
type picked struct {
	at     int
	parent otel.SpanContext // invalid for one whose trace begins here
}

// flightTrace are the spans of a flight with sampled records. The client's goroutines use it while the flight is on its way.
type flightTrace struct {
	t       *sourceTrace
	batch   otel.Span
	produce otel.Span // nil until the flight is sent
	records []sentRecord
	passed  int
}

type sentRecord struct {
	at      int       // in the flight
	record  otel.Span // what happened to it here
	produce otel.Span
}

func (s *sourceTask) newTrace() *sourceTrace {
	if t := s.taskRun.trace(); t != nil {
		return &sourceTrace{taskTrace: t, s: s}
	}
	return nil
}

// none is the number of no record.
const none = -1

// begin looks which of the polled records are sampled, and returns the number of the first, or none.
func (t *sourceTrace) begin(f *flight, records []connect.Record) (next int) {
	if t == nil {
		return none
	}
	t.picked = t.picked[:0]
	passed := 0
	for i := range records {
		parent, found := carried(&records[i])
		switch {
		case found == tracing.Unsampled || found == tracing.NoTrace && !t.picker.Pick():
		case len(t.picked) == mostTraced:
			passed++
		default:
			t.picked = append(t.picked, picked{i, parent})
		}
	}
	if len(t.picked) == 0 {
		return none
	}
	f.trace = &flightTrace{t: t, passed: passed, batch: t.Start(otel.SpanContext{}, "source batch", t.began, t.common, operation("send"),
		otel.WithAttributes(attribute.Int("messaging.batch.message_count", len(records))))}
	t.span(f.trace.batch, "poll", t.began, t.ended, nil)
	return t.picked[0].at
}

// carried finds the trace that a polled record brings along.
func carried(r *connect.Record) (otel.SpanContext, tracing.Found) {
	if r.Headers.Len() == 0 {
		return otel.SpanContext{}, tracing.NoTrace
	}
	h, ok := r.Headers.Last(tracing.ParentHeader)
	if !ok {
		return otel.SpanContext{}, tracing.NoTrace
	}
	return tracing.Parse(headerText(h), func() string {
		if h, ok := r.Headers.Last(tracing.StateHeader); ok {
			return string(headerText(h))
		}
		return ""
	})
}

func headerText(h connect.Header) []byte {
	if b, ok := h.Value.Bytes(); ok {
		return b
	}
	s, _ := h.Value.Text()
	return []byte(s)
}

// prepare is sourceTask.prepare for a sampled record, the first of t.picked; next is the number of the next one.
func (t *sourceTrace) prepare(f *flight, r *connect.Record, transform transformer) (sent bool, next int, _ error) {
	p := t.picked[0]
	t.picked = t.picked[1:]
	next = none
	if len(t.picked) > 0 {
		next = t.picked[0].at
	}
	since := time.Now()
	options := []otel.SpanStartOption{t.common}
	parent := f.trace.batch.SpanContext()
	if p.parent.IsValid() {
		f.trace.batch.AddLink(otel.Link{SpanContext: p.parent})
		options = append(options, otel.WithLinks(otel.Link{SpanContext: parent}))
		parent = p.parent
	}
	span := t.Start(parent, "record", since, options...)
	step := func(name string, failure error) {
		now := time.Now()
		t.span(span, name, since, now, failure)
		since = now
	}
	transformed := false
	sent, err := t.s.prepare(f, r, func(ctx context.Context, op *operator, p *processing, r *connect.Record) (bool, error) {
		keep, err := transform(ctx, op, p, r)
		failure := err
		if !keep && err == nil {
			failure = p.err // tolerated
		}
		step("transform", failure)
		transformed = keep && err == nil
		return keep, err
	})
	failure := err
	if !sent && err == nil {
		failure = t.s.proc.err
	}
	if transformed {
		step("convert", failure)
	}
	if !sent || err != nil {
		finish(span, since, failure)
		return sent, next, err
	}
	at := len(f.records) - 1
	out := &f.records[at]
	produce := t.Start(span.SpanContext(), "produce", since, t.common, operation("send"), otel.WithSpanKind(otel.SpanKindProducer),
		otel.WithAttributes(place(out.Topic, none, none)...))
	if t.Injects() {
		out.Headers = tracing.Inject(out.Headers, produce.SpanContext())
	}
	f.trace.records = append(f.trace.records, sentRecord{at, span, produce})
	return sent, next, nil
}

// together makes the span of transformations that worked on the whole batch.
func (f *flightTrace) together(began time.Time, err error) {
	if f != nil {
		f.t.span(f.batch, "transform", began, time.Now(), err)
	}
}

// sent notes that the flight is handed to the client.
func (f *flightTrace) sent(now time.Time) {
	f.produce = f.t.Start(f.batch.SpanContext(), "produce", now, f.t.common, operation("send"))
}

// answered is called for each record of the flight.
func (f *flightTrace) answered(records []kgo.Record, r *kgo.Record, err error) {
	for i := range f.records {
		s := &f.records[i]
		if &records[s.at] != r {
			continue
		}
		now := time.Now()
		if err == nil {
			s.produce.SetAttributes(place(r.Topic, r.Partition, r.Offset)...)
		}
		finish(s.produce, now, err)
		finish(s.record, now, err)
	}
}

// finished ends the spans of the flight; those of records have ended, unless they were never sent.
func (f *flightTrace) finished(now time.Time, err error) {
	for i := range f.records {
		if s := &f.records[i]; s.record.IsRecording() {
			finish(s.produce, now, err)
			finish(s.record, now, err)
		}
	}
	if f.produce != nil {
		finish(f.produce, now, err)
	}
	if f.passed > 0 {
		f.batch.SetAttributes(attribute.Int("moldau.sampled_records_without_spans", f.passed))
	}
	finish(f.batch, now, err)
}

// landed notes a flight whose offsets may be committed.
func (t *sourceTrace) landed(f *flightTrace) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.covered.add(f.batch)
}

// commit makes the span of a commit.
func (t *sourceTrace) commit(began, ended time.Time, err error) {
	if t == nil {
		return
	}
	t.mu.Lock()
	covered := t.covered
	t.covered = nil
	t.mu.Unlock()
	t.committed(covered, began, ended, err)
}
