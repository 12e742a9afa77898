package tracing

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"go.opentelemetry.io/otel/trace"
	tracepb "go.opentelemetry.io/proto/slim/otlp/trace/v1"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-"

func TestLook(t *testing.T) {
	for value, want := range map[string]Found{
		parent + "01": Sampled, parent + "03": Sampled, parent + "00": Unsampled, parent + "02": Unsampled, parent + "0a": Unsampled,
		"": NoTrace, "nonsense": NoTrace, strings.Repeat("x", 54) + "1": NoTrace, "00-00000000000000000000000000000000-b7ad6b7169203331-01": NoTrace,
		strings.ToUpper(parent) + "01": NoTrace,
	} {
		c, found := Look([]kgo.RecordHeader{{Key: "other", Value: []byte("1")}, {Key: "traceparent", Value: []byte(value)}})
		if found != want || c.IsValid() != (want == Sampled) {
			t.Errorf("%q: %v %v, want %v", value, found, c, want)
		}
	}
	if _, found := Look(nil); found != NoTrace {
		t.Error("a trace without headers")
	}
	quiet := []kgo.RecordHeader{{Key: "traceparent", Value: []byte(parent + "00")}}
	if n := testing.AllocsPerRun(100, func() { Look(quiet) }); n > 0 {
		t.Errorf("%v allocations for a record that is not sampled", n)
	}
}

func TestInjectReplaces(t *testing.T) {
	t.Parallel()
	given := []kgo.RecordHeader{{Key: "a", Value: []byte("1")}, {Key: "traceparent", Value: []byte(parent + "01")}, {Key: "tracestate", Value: []byte("v=1")}}
	c := trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{1}, SpanID: trace.SpanID{2}, TraceFlags: trace.FlagsSampled})
	got := Inject(given, c)
	if len(got) != 2 || got[0].Key != "a" || got[1].Key != "traceparent" || string(got[1].Value) != "00-01000000000000000000000000000000-0200000000000000-01" {
		t.Errorf("%s", got)
	}
	if string(given[1].Value) != parent+"01" {
		t.Error("the given headers were written to")
	}
}

func TestPickerKeepsItsRatio(t *testing.T) {
	t.Parallel()
	tracer := New(Config{Ratio: 0.01})
	defer tracer.Close(t.Context())
	const n = 200_000
	p, picked := tracer.Picker(), 0
	for range n {
		if p.Pick() {
			picked++
		}
	}
	if picked < n/100*8/10 || picked > n/100*12/10 { // more than eight standard deviations
		t.Errorf("picked %d of %d", picked, n)
	}
	for ratio, want := range map[float64]bool{0: false, 1: true} {
		p := &Picker{ratio: ratio}
		p.draw()
		for range 1000 {
			if p.Pick() != want {
				t.Fatalf("ratio %v picked %v", ratio, !want)
			}
		}
	}
}

// A collector that hangs or refuses costs spans and never time: what does not fit is dropped and counted.
func TestSpansAreDroppedAndCounted(t *testing.T) {
	t.Parallel()
	entered, hang := make(chan struct{}, 100), make(chan struct{})
	tracer := New(Config{Queue: 4, Batch: 2, Delay: time.Hour, Send: func(ctx context.Context, _ *tracepb.TracesData) error {
		entered <- struct{}{}
		select {
		case <-hang:
		case <-ctx.Done():
		}
		return errors.New("no collector")
	}})
	end := func() { tracer.Start(trace.SpanContext{}, "x", time.Now()).End() }
	end()
	end()
	<-entered // two are being sent, and four fit
	for range 10 {
		end()
	}
	if c := tracer.Counts(); c.Overflowed != 6 {
		t.Errorf("%+v", c)
	}
	close(hang)
	if err := tracer.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if c := tracer.Counts(); c != (Counts{Overflowed: 6, Unsent: 6}) {
		t.Errorf("%+v", c)
	}
}

func TestCloseDoesNotWaitForever(t *testing.T) {
	t.Parallel()
	tracer := New(Config{Send: func(ctx context.Context, _ *tracepb.TracesData) error {
		<-ctx.Done()
		return ctx.Err()
	}})
	tracer.Start(trace.SpanContext{}, "x", time.Now()).End()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := tracer.Close(ctx); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if c := tracer.Counts(); c.Sent != 0 {
		t.Errorf("%+v", c)
	}
}
