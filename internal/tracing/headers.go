package tracing

import (
	"context"

	"github.com/twmb/franz-go/pkg/kgo"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// The headers of W3C Trace Context, which are the names of the headers of records too.
const (
	ParentHeader = "traceparent"
	StateHeader  = "tracestate"
)

// shortest is the length of a traceparent: version, trace, span and flags in hexadecimal digits with dashes between them.
const shortest = 55

// Found says what the headers of a record tell.
type Found uint8

// What there is in headers.
const (
	NoTrace   Found = iota // nothing, or nothing that can be read
	Unsampled              // a trace that is not recorded
	Sampled                // a trace that is recorded
)

// Look finds the trace that the headers of a record carry. It allocates for sampled ones only.
func Look(headers []kgo.RecordHeader) (trace.SpanContext, Found) {
	for i := range headers {
		if headers[i].Key == ParentHeader {
			return Parse(headers[i].Value, func() string { return carrier{&headers}.Get(StateHeader) })
		}
	}
	return trace.SpanContext{}, NoTrace
}

// Parse reads a traceparent; state is asked for the tracestate of one that is sampled.
func Parse(parent []byte, state func() string) (trace.SpanContext, Found) {
	if len(parent) < shortest {
		return trace.SpanContext{}, NoTrace
	}
	sampled := false
	switch c := parent[shortest-1]; {
	case c >= '0' && c <= '9':
		sampled = c&1 == 1
	case c >= 'a' && c <= 'f':
		sampled = c&1 == 0 // b, d and f are odd digits with even codes
	}
	if !sampled {
		return trace.SpanContext{}, Unsampled
	}
	headers := []kgo.RecordHeader{{Key: ParentHeader, Value: parent}, {Key: StateHeader, Value: []byte(state())}}
	c := trace.SpanContextFromContext(propagation.TraceContext{}.Extract(context.Background(), carrier{&headers}))
	if !c.IsValid() || !c.IsSampled() {
		return trace.SpanContext{}, NoTrace
	}
	return c, Sampled
}

// Inject returns the headers with the span's context instead of what they carried. It does not write to the array of the given ones.
func Inject(headers []kgo.RecordHeader, c trace.SpanContext) []kgo.RecordHeader {
	out := make([]kgo.RecordHeader, 0, len(headers)+2)
	for _, h := range headers {
		if h.Key != ParentHeader && h.Key != StateHeader {
			out = append(out, h)
		}
	}
	propagation.TraceContext{}.Inject(trace.ContextWithSpanContext(context.Background(), c), carrier{&out})
	return out
}

// carrier is headers as OpenTelemetry's propagators see them.
type carrier struct{ headers *[]kgo.RecordHeader }

// Get implements propagation.TextMapCarrier.
func (c carrier) Get(key string) string {
	for _, h := range *c.headers {
		if h.Key == key {
			return string(h.Value)
		}
	}
	return ""
}

// Set implements propagation.TextMapCarrier.
func (c carrier) Set(key, value string) {
	*c.headers = append(*c.headers, kgo.RecordHeader{Key: key, Value: []byte(value)})
}

// Keys implements propagation.TextMapCarrier.
func (c carrier) Keys() []string {
	keys := make([]string, len(*c.headers))
	for i, h := range *c.headers {
		keys[i] = h.Key
	}
	return keys
}
