package tracing

import (
	"context"
	"errors"
	"time"

	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	resourcepb "go.opentelemetry.io/proto/slim/otlp/resource/v1"
	tracepb "go.opentelemetry.io/proto/slim/otlp/trace/v1"
)

// Config says what is traced and who gets the spans.
type Config struct {
	// Ratio is the share of records that begin a trace, from 0 to 1. Those that carry a sampled one go on with it in any case.
	Ratio float64
	// Inject makes sources write the header traceparent into the records that they trace.
	Inject bool
	// Resource describes the worker.
	Resource *resourcepb.Resource
	// Send posts spans. It is called on a goroutine of the tracer and may block until ctx ends.
	Send func(ctx context.Context, spans *tracepb.TracesData) error
	// Queue, Batch and Delay bound what waits to be sent; 0 means the defaults of OpenTelemetry.
	Queue, Batch int
	Delay        time.Duration
}

// Tracer makes spans. Its methods may be called from any goroutine.
type Tracer struct {
	cfg      Config
	tracer   trace.Tracer
	provider *sdk.TracerProvider
	queue    *queue
}

// New makes a tracer, which sends on a goroutine of its own until Close.
func New(cfg Config) *Tracer {
	t := &Tracer{cfg: cfg, queue: newQueue(cfg)}
	t.provider = sdk.NewTracerProvider(sdk.WithSampler(sdk.AlwaysSample()), sdk.WithSpanProcessor(t.queue))
	t.tracer = t.provider.Tracer(scope)
	return t
}

// scope names the instrumentation.
const scope = "github.com/moldau/moldau"

// Close sends what waits until ctx ends, and drops the rest.
func (t *Tracer) Close(ctx context.Context) error {
	// Not left to the provider, which stops nothing once ctx has ended.
	return errors.Join(t.queue.Shutdown(ctx), t.provider.Shutdown(context.WithoutCancel(ctx)))
}

// Injects reports whether sources write headers.
func (t *Tracer) Injects() bool { return t.cfg.Inject }

// Start begins a span at a time; without a valid parent it is the first of a trace.
func (t *Tracer) Start(parent trace.SpanContext, name string, at time.Time, options ...trace.SpanStartOption) trace.Span {
	ctx := context.Background()
	if parent.IsValid() {
		ctx = trace.ContextWithSpanContext(ctx, parent)
	}
	_, span := t.tracer.Start(ctx, name, append(options, trace.WithTimestamp(at))...)
	return span
}

// Counts are what became of the spans.
type Counts struct {
	// Sent arrived at the collector. Overflowed did not fit into the queue, Unsent could not be sent.
	Sent, Overflowed, Unsent int64
}

// Counts returns what became of the spans so far.
func (t *Tracer) Counts() Counts {
	return Counts{Sent: t.queue.sent.Load(), Overflowed: t.queue.overflowed.Load(), Unsent: t.queue.unsent.Load()}
}
