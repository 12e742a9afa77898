package worker

import (
	"errors"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"go.opentelemetry.io/otel/attribute"
	otel "go.opentelemetry.io/otel/trace"

	"github.com/moldau/moldau/internal/tracing"
)

// sinkTrace makes the spans of a sink task; a task that is not traced has none. It belongs to the task's goroutine.
type sinkTrace struct {
	*taskTrace
	s *sinkTask

	asked, fetched time.Time // of the poll at hand
	polled         int       // records of it
	batch          otel.Span // nil unless a record of it is sampled
	records        []tracedRecord
	passed         int   // sampled records that have no spans since there were too many
	delivered      links // since the last commit
	covering       links // of the commit under way
}

// tracedRecord is a sampled record on its way to the target.
type tracedRecord struct {
	span  otel.Span
	since time.Time // end of the step before
	time  time.Time // of the record
	gone  bool      // it was dropped, and its span ended
}

func (s *sinkTask) newTrace() *sinkTrace {
	if t := s.taskRun.trace(); t != nil {
		return &sinkTrace{taskTrace: t, s: s}
	}
	return nil
}

// begin notes what was polled.
func (t *sinkTrace) begin(now time.Time, polled int) {
	t.abandon(now, errGivenUp) // a batch of partitions that are gone
	t.fetched, t.polled, t.passed = now, polled, 0
}

// meet looks whether a consumed record is sampled; where it is, it returns its number.
func (t *sinkTrace) meet(in *kgo.Record) (n int, sampled bool) {
	var parent otel.SpanContext
	found := tracing.NoTrace
	if len(in.Headers) > 0 {
		parent, found = tracing.Look(in.Headers)
	}
	if found == tracing.Unsampled || found == tracing.NoTrace && !t.picker.Pick() {
		return 0, false
	}
	if len(t.records) >= mostTraced {
		t.passed++
		return 0, false
	}
	now := time.Now()
	if t.batch == nil {
		t.batch = t.Start(otel.SpanContext{}, "sink batch", t.asked, t.common, operation("receive"),
			otel.WithAttributes(attribute.Int("messaging.batch.message_count", t.polled)))
		t.span(t.batch, "poll", t.asked, t.fetched, nil)
	}
	options := []otel.SpanStartOption{t.common, operation("process"), otel.WithSpanKind(otel.SpanKindConsumer),
		otel.WithAttributes(place(in.Topic, in.Partition, in.Offset)...)}
	if found == tracing.Sampled {
		t.batch.AddLink(otel.Link{SpanContext: parent})
		options = append(options, otel.WithLinks(otel.Link{SpanContext: t.batch.SpanContext()}))
	} else {
		parent = t.batch.SpanContext()
	}
	t.records = append(t.records, tracedRecord{span: t.Start(parent, "record", now, options...), since: now, time: in.Timestamp})
	return len(t.records) - 1, true
}

// step makes the span of a step of a sampled record that just ended. A record that was not kept ends with it.
func (t *sinkTrace) step(n int, name string, keep bool, err error) {
	now := time.Now()
	r := &t.records[n]
	if err == nil && !keep {
		err = t.s.proc.err // tolerated
	}
	t.span(r.span, name, r.since, now, err)
	if r.since = now; !keep || err != nil {
		finish(r.span, now, err)
		r.gone = true
	}
}

// together makes the span of transformations that worked on the whole batch.
func (t *sinkTrace) together(began time.Time, err error) {
	if t.batch != nil {
		t.span(t.batch, "transform", began, time.Now(), err)
	}
}

// put makes the spans of a call of Put. A retriable error leaves the batch open for the next.
func (t *sinkTrace) put(began, ended time.Time, err error) {
	if t.batch == nil {
		return
	}
	put := t.span(t.batch, "put", began, ended, err, otel.WithSpanKind(otel.SpanKindClient))
	traceID, spanID := ids(put)
	t.s.figures.PutTraced(ended.Sub(began), traceID, spanID, ended)
	if err != nil && t.s.halves != nil {
		return // a part of the batch was refused, and it is not known yet because of which records
	}
	for i := range t.records {
		if r := &t.records[i]; !r.gone {
			t.span(r.span, "put", began, ended, err, otel.WithLinks(otel.Link{SpanContext: put.SpanContext()}), otel.WithSpanKind(otel.SpanKindClient))
			if at := r.time; err == nil && at.UnixMilli() > 0 {
				traceID, spanID := ids(r.span)
				t.s.figures.LatencyTraced(ended.Sub(at), traceID, spanID, ended)
			}
		}
	}
}

// done ends the batch that the target has.
func (t *sinkTrace) done(now time.Time) {
	if t.batch != nil {
		t.delivered.add(t.batch)
		t.abandon(now, nil)
	}
}

// abandon ends the spans of a batch, maybe since it was given up.
func (t *sinkTrace) abandon(now time.Time, err error) {
	if t.batch == nil {
		return
	}
	for i := range t.records {
		if r := &t.records[i]; !r.gone {
			finish(r.span, now, err)
		}
	}
	if t.passed > 0 {
		t.batch.SetAttributes(attribute.Int("moldau.sampled_records_without_spans", t.passed))
	}
	finish(t.batch, now, err)
	clear(t.records)
	t.batch, t.records = nil, t.records[:0]
}

// commitAsked and commitAnswered frame a commit.
func (t *sinkTrace) commitAsked() { t.covering, t.delivered = append(t.covering, t.delivered...), nil }

func (t *sinkTrace) commitAnswered(began time.Time, err error) {
	t.committed(t.covering, began, time.Now(), err)
	t.covering = nil
}

var errGivenUp = errors.New("the batch was given up")
