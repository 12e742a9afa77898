package tracing

import (
	"strings"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	commonpb "go.opentelemetry.io/proto/slim/otlp/common/v1"
	resourcepb "go.opentelemetry.io/proto/slim/otlp/resource/v1"
	tracepb "go.opentelemetry.io/proto/slim/otlp/trace/v1"

	"github.com/moldau/moldau/internal/otlp"
)

// encode makes the message that collectors take.
func encode(resource *resourcepb.Resource, spans []sdk.ReadOnlySpan) *tracepb.TracesData {
	out := make([]*tracepb.Span, len(spans))
	for i, s := range spans {
		out[i] = encodeSpan(s)
	}
	return &tracepb.TracesData{ResourceSpans: []*tracepb.ResourceSpans{{Resource: resource,
		ScopeSpans: []*tracepb.ScopeSpans{{Scope: &commonpb.InstrumentationScope{Name: scope}, Spans: out}}}}}
}

func encodeSpan(s sdk.ReadOnlySpan) *tracepb.Span {
	c, parent := s.SpanContext(), s.Parent()
	traceID, spanID := c.TraceID(), c.SpanID()
	out := &tracepb.Span{TraceId: traceID[:], SpanId: spanID[:], TraceState: c.TraceState().String(), Name: s.Name(), Kind: kindOf(s.SpanKind()),
		Flags: flags(c.TraceFlags(), parent.IsRemote()), StartTimeUnixNano: uint64(s.StartTime().UnixNano()), EndTimeUnixNano: uint64(s.EndTime().UnixNano()),
		Attributes: attributes(s.Attributes()), DroppedAttributesCount: uint32(s.DroppedAttributes()),
		DroppedLinksCount: uint32(s.DroppedLinks()), DroppedEventsCount: uint32(s.DroppedEvents())}
	if parent.SpanID().IsValid() {
		id := parent.SpanID()
		out.ParentSpanId = id[:]
	}
	for _, l := range s.Links() {
		traceID, spanID := l.SpanContext.TraceID(), l.SpanContext.SpanID()
		out.Links = append(out.Links, &tracepb.Span_Link{TraceId: traceID[:], SpanId: spanID[:], TraceState: l.SpanContext.TraceState().String(),
			Flags: flags(l.SpanContext.TraceFlags(), l.SpanContext.IsRemote()), Attributes: attributes(l.Attributes)})
	}
	if status := s.Status(); status.Code == codes.Error {
		out.Status = &tracepb.Status{Code: tracepb.Status_STATUS_CODE_ERROR, Message: strings.ToValidUTF8(status.Description, "\uFFFD")}
	}
	return out
}

// flags are the W3C flags with what OTLP says of the parent or of what is linked: known to be remote or not.
func flags(f trace.TraceFlags, remote bool) uint32 {
	out := uint32(f) | uint32(tracepb.SpanFlags_SPAN_FLAGS_CONTEXT_HAS_IS_REMOTE_MASK)
	if remote {
		out |= uint32(tracepb.SpanFlags_SPAN_FLAGS_CONTEXT_IS_REMOTE_MASK)
	}
	return out
}

func kindOf(k trace.SpanKind) tracepb.Span_SpanKind {
	switch k {
	case trace.SpanKindProducer:
		return tracepb.Span_SPAN_KIND_PRODUCER
	case trace.SpanKindConsumer:
		return tracepb.Span_SPAN_KIND_CONSUMER
	case trace.SpanKindClient:
		return tracepb.Span_SPAN_KIND_CLIENT
	}
	return tracepb.Span_SPAN_KIND_INTERNAL
}

// attributes are texts and whole numbers here.
func attributes(all []attribute.KeyValue) []*commonpb.KeyValue {
	if len(all) == 0 {
		return nil
	}
	out := make([]*commonpb.KeyValue, len(all))
	for i, a := range all {
		if a.Value.Type() == attribute.INT64 {
			out[i] = otlp.Number(string(a.Key), a.Value.AsInt64())
		} else {
			out[i] = otlp.Text(string(a.Key), a.Value.AsString())
		}
	}
	return out
}
