package worker

import (
	"errors"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	otel "go.opentelemetry.io/otel/trace"

	"github.com/moldau/moldau/internal/tracing"
)

// What is traced: a batch with at least one sampled record has spans for its poll and for its put or its way into Kafka, each sampled record one of its
// own with what was done to it. A batch without sampled records has none, and a task of a worker that traces nothing has not even a taskTrace.

// mostTraced bounds the records of one batch that have spans, whatever whoever wrote them sampled.
const mostTraced = 100

// taskTrace is what the traces of both kinds of tasks have in common.
type taskTrace struct {
	*tracing.Tracer
	picker *tracing.Picker
	common otel.SpanStartOption // attributes of all spans
}

func (t *taskRun) trace() *taskTrace {
	if t.w.cfg.Tracer == nil {
		return nil
	}
	return &taskTrace{Tracer: t.w.cfg.Tracer, picker: t.w.cfg.Tracer.Picker(),
		common: otel.WithAttributes(attribute.String("moldau.connector", t.id.Connector), attribute.Int("moldau.task", t.id.Task))}
}

// span is one that ended already.
func (t *taskTrace) span(parent otel.Span, name string, began, ended time.Time, err error, options ...otel.SpanStartOption) otel.Span {
	s := t.Start(parent.SpanContext(), name, began, append(options, t.common)...)
	finish(s, ended, err)
	return s
}

// finish ends a span.
func finish(s otel.Span, at time.Time, err error) {
	if err != nil {
		s.SetStatus(codes.Error, withCauses(err))
	}
	s.End(otel.WithTimestamp(at))
}

// withCauses is the text of an error with those of its causes: Java's exceptions do not repeat what they wrap, as Go's errors do.
func withCauses(err error) string {
	text := err.Error()
	for inner := errors.Unwrap(err); inner != nil; inner = errors.Unwrap(inner) {
		if more := inner.Error(); !strings.Contains(text, more) {
			text += ": " + more
		}
	}
	return text
}

// ids are what an exemplar needs.
func ids(s otel.Span) (traceID, spanID string) {
	c := s.SpanContext()
	return c.TraceID().String(), c.SpanID().String()
}

// links keeps the sampled batches that the next commit covers.
type links []otel.Link

func (l *links) add(s otel.Span) {
	if len(*l) < mostTraced {
		*l = append(*l, otel.Link{SpanContext: s.SpanContext()})
	}
}

// committed makes the span of a commit that covers sampled batches.
func (t *taskTrace) committed(covered links, began, ended time.Time, err error) {
	if len(covered) > 0 {
		finish(t.Start(otel.SpanContext{}, "commit", began, t.common, otel.WithLinks(covered...), operation("settle")), ended, err)
	}
}

// Names of OpenTelemetry's conventions for messaging.
var kafkaSystem = attribute.String("messaging.system", "kafka")

func operation(kind string) otel.SpanStartOption {
	return otel.WithAttributes(kafkaSystem, attribute.String("messaging.operation.type", kind))
}

func place(topic string, partition int32, offset int64) []attribute.KeyValue {
	all := []attribute.KeyValue{attribute.String("messaging.destination.name", topic)}
	if partition >= 0 {
		all = append(all, attribute.Int("messaging.destination.partition.id", int(partition)))
	}
	if offset >= 0 {
		all = append(all, attribute.Int64("messaging.kafka.offset", offset))
	}
	return all
}
