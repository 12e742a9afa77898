package worker

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	tracepb "go.opentelemetry.io/proto/slim/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/internal/otlp"
	"github.com/moldau/moldau/internal/tracing"
)

// collector takes spans as a collector of OpenTelemetry does.
type collector struct {
	*httptest.Server
	mu    sync.Mutex
	spans []*tracepb.Span
}

func newCollector(t *testing.T) *collector {
	c := &collector{}
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		var m tracepb.TracesData
		if err == nil {
			err = proto.Unmarshal(body, &m)
		}
		if err != nil || r.URL.Path != "/v1/traces" {
			http.Error(w, fmt.Sprint(err), http.StatusBadRequest)
			return
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		for _, resource := range m.ResourceSpans {
			for _, scope := range resource.ScopeSpans {
				c.spans = append(c.spans, scope.Spans...)
			}
		}
	}))
	t.Cleanup(c.Close)
	return c
}

// tracer makes one that sends to the collector.
func (c *collector) tracer(t *testing.T, ratio float64) *tracing.Tracer {
	t.Helper()
	settings, err := otlp.Resolve(otlp.Traces, otlp.Given{Endpoint: c.URL}, func(string) string { return "" })
	if err != nil {
		t.Fatal(err)
	}
	sender := otlp.NewSender(otlp.Traces, *settings, slog.New(slog.DiscardHandler))
	tracer := tracing.New(tracing.Config{Ratio: ratio, Inject: true, Delay: 5 * time.Millisecond,
		Send: func(ctx context.Context, spans *tracepb.TracesData) error { return sender.Send(ctx, spans) }})
	t.Cleanup(func() {
		if err := tracer.Close(context.Background()); err != nil {
			t.Error(err)
		}
		sender.Close()
	})
	return tracer
}

// find returns the spans of a name with an attribute "key=value", "" for any.
func (c *collector) find(name, attribute string) (out []*tracepb.Span) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range c.spans {
		if s.Name == name && (attribute == "" || slices.Contains(described(s), attribute)) {
			out = append(out, s)
		}
	}
	return out
}

func described(s *tracepb.Span) (out []string) {
	for _, a := range s.Attributes {
		if text := a.Value.GetStringValue(); text != "" {
			out = append(out, a.Key+"="+text)
		} else {
			out = append(out, fmt.Sprintf("%s=%d", a.Key, a.Value.GetIntValue()))
		}
	}
	return out
}

func (c *collector) one(t *testing.T, name, attribute string) *tracepb.Span {
	t.Helper()
	found := c.find(name, attribute)
	if len(found) != 1 {
		t.Fatalf("%d spans %s %s", len(found), name, attribute)
	}
	return found[0]
}

// child finds the only span of a name below another one.
func (c *collector) child(t *testing.T, parent *tracepb.Span, name string) *tracepb.Span {
	t.Helper()
	var found []*tracepb.Span
	for _, s := range c.find(name, "") {
		if bytes.Equal(s.ParentSpanId, parent.SpanId) && bytes.Equal(s.TraceId, parent.TraceId) {
			found = append(found, s)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%d spans %s below %s", len(found), name, parent.Name)
	}
	return found[0]
}

func linksTo(s, other *tracepb.Span) bool {
	return slices.ContainsFunc(s.Links, func(l *tracepb.Span_Link) bool {
		return bytes.Equal(l.SpanId, other.SpanId) && bytes.Equal(l.TraceId, other.TraceId)
	})
}

// passes is a transformation that passes everything on.
type passes struct{}

func (passes) Configure(map[string]string) error                           { return nil }
func (passes) Apply(context.Context, *connect.Record) (keep bool, _ error) { return true, nil }
func (passes) Close() error                                                { return nil }

// A sampled record has one trace from the source's transformations through the topic to the sink's put; batches and commits are linked to it.
func TestTraceFromSourceToSink(t *testing.T) {
	t.Parallel()
	c := newCollector(t)
	r := newRig(t)
	r.tracer = c.tracer(t, 1)
	r.transforms["Passes"] = func() connect.Transformation { return passes{} }
	list := newListTask()
	r.source = func() connect.SourceTask { return &counterTask{topic: "traced", perPoll: 2, until: 2} }
	r.sink = func() connect.SinkTask { return list }
	r.start()
	r.topic("traced", 1)
	transforms := map[string]string{"transforms": "a", "transforms.a.type": "Passes"}
	with := func(more map[string]string) map[string]string {
		for k, v := range transforms {
			more[k] = v
		}
		return more
	}
	r.startTask(TaskID{Connector: "from"}, with(map[string]string{"name": "from", "connector.class": "Source"}))
	r.startTask(TaskID{Connector: "to"}, with(map[string]string{"name": "to", "connector.class": "Sink", "topics": "traced", "consumer.override.auto.offset.reset": "earliest"}))
	eventually(t, "both records are traced to their commits", func() bool {
		linked := 0
		for _, commit := range c.find("commit", "moldau.connector=to") {
			linked += len(commit.Links)
		}
		batches := len(c.find("sink batch", ""))
		return len(c.find("record", "moldau.connector=to")) == 2 && batches > 0 && linked == batches && len(c.find("commit", "moldau.connector=from")) == 1
	})

	sourceBatch := c.one(t, "source batch", "")
	if len(sourceBatch.ParentSpanId) != 0 || !slices.Contains(described(sourceBatch), "messaging.batch.message_count=2") {
		t.Errorf("the batch of the source: %v", sourceBatch)
	}
	c.child(t, sourceBatch, "poll")
	c.child(t, sourceBatch, "produce")
	if commit := c.one(t, "commit", "moldau.connector=from"); !linksTo(commit, sourceBatch) {
		t.Errorf("the commit of the source does not link to the batch: %v", commit)
	}
	records := r.consume("traced", 2)
	for offset, in := range records {
		at := fmt.Sprintf("messaging.kafka.offset=%d", offset)
		var produce *tracepb.Span
		for _, s := range c.find("produce", at) {
			produce = s
		}
		if produce == nil || produce.Kind != tracepb.Span_SPAN_KIND_PRODUCER {
			t.Fatalf("no span of producing the record at %d", offset)
		}
		want := "00-" + hex.EncodeToString(produce.TraceId) + "-" + hex.EncodeToString(produce.SpanId) + "-01"
		if len(in.Headers) != 1 || in.Headers[0].Key != "traceparent" || string(in.Headers[0].Value) != want {
			t.Errorf("the record at %d has headers %v, not traceparent %s", offset, in.Headers, want)
		}
		sent := c.spanOf(t, produce.ParentSpanId)
		if sent.Name != "record" || !bytes.Equal(sent.ParentSpanId, sourceBatch.SpanId) {
			t.Errorf("the record at %d is below %v", offset, sent)
		}
		c.child(t, sent, "transform")
		c.child(t, sent, "convert")

		got := c.one(t, "record", at)
		if !bytes.Equal(got.TraceId, produce.TraceId) || !bytes.Equal(got.ParentSpanId, produce.SpanId) || got.Kind != tracepb.Span_SPAN_KIND_CONSUMER {
			t.Errorf("the sink's span of the record at %d is not below that of the source: %v", offset, got)
		}
		c.child(t, got, "convert")
		c.child(t, got, "transform")
		put := c.child(t, got, "put")
		batchPut := c.spanOf(t, put.Links[0].SpanId)
		batch := c.spanOf(t, batchPut.ParentSpanId)
		if batchPut.Name != "put" || batch.Name != "sink batch" || !linksTo(got, batch) || !linksTo(batch, produce) {
			t.Errorf("the record at %d and its batch are not linked: %v %v", offset, got, batch)
		}
		c.child(t, batch, "poll")
	}
	if n := r.tracer.Counts(); n.Overflowed+n.Unsent > 0 {
		t.Errorf("%+v", n)
	}
}

func (c *collector) spanOf(t *testing.T, id []byte) *tracepb.Span {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range c.spans {
		if bytes.Equal(s.SpanId, id) {
			return s
		}
	}
	t.Fatalf("no span %x", id)
	return nil
}

const (
	sampledParent   = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	unsampledParent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"
)

// Records go on with the traces that they bring along, whatever the ratio; a trace that is not sampled stays so.
func TestTraceGoesOn(t *testing.T) {
	t.Parallel()
	c := newCollector(t)
	r := newRig(t)
	r.tracer = c.tracer(t, 0)
	list := newListTask()
	sent := false
	r.source = func() connect.SourceTask {
		task := &counterTask{topic: "going"}
		task.poll = func(ctx context.Context, b *connect.SourceBatch) error {
			if sent {
				<-ctx.Done()
				return nil
			}
			sent = true
			for _, parent := range []string{sampledParent, unsampledParent, "nonsense", ""} {
				out := b.Add("going")
				out.SetValue(nil, b.Arena().Text("x"))
				if parent != "" {
					out.Headers.Add("traceparent", nil, b.Arena().Text(parent))
					out.Headers.Add("tracestate", nil, b.Arena().Text("vendor=1"))
				}
			}
			return nil
		}
		return task
	}
	r.sink = func() connect.SinkTask { return list }
	r.start()
	r.topic("going", 1)
	r.startTask(TaskID{Connector: "from"}, map[string]string{"name": "from", "connector.class": "Source"})
	r.startTask(TaskID{Connector: "to"}, map[string]string{"name": "to", "connector.class": "Sink", "topics": "going", "consumer.override.auto.offset.reset": "earliest"})
	eventually(t, "the sampled record is traced", func() bool {
		return len(c.find("sink batch", "")) == 1 && len(c.find("source batch", "")) == 1
	})
	records := r.consume("going", 4)
	produce := c.one(t, "produce", "messaging.kafka.offset=0")
	headers := func(in *kgo.Record) (out []string) {
		for _, h := range in.Headers {
			out = append(out, h.Key+": "+string(h.Value))
		}
		slices.Sort(out)
		return out
	}
	want := []string{"traceparent: 00-0af7651916cd43dd8448eb211c80319c-" + hex.EncodeToString(produce.SpanId) + "-01", "tracestate: vendor=1"}
	if got := headers(records[0]); !slices.Equal(got, want) {
		t.Errorf("sampled: %v", got)
	}
	if got := headers(records[1]); !slices.Equal(got, []string{"traceparent: " + unsampledParent, "tracestate: vendor=1"}) {
		t.Errorf("not sampled: %v", got)
	}
	if got := headers(records[3]); got != nil {
		t.Errorf("without: %v", got)
	}
	if all := c.find("record", ""); len(all) != 2 {
		t.Errorf("%d records have spans, not the one at both ends", len(all))
	}
	if got := c.one(t, "record", "moldau.connector=to"); hex.EncodeToString(got.TraceId) != strings.Split(sampledParent, "-")[1] || got.TraceState != "vendor=1" {
		t.Errorf("the sink's span: %v", got)
	}
}

// A put that fails shows in the spans, and so does a record that a converter refuses.
func TestTraceOfFailures(t *testing.T) {
	t.Parallel()
	c := newCollector(t)
	r := newRig(t)
	r.tracer = c.tracer(t, 1)
	list, failed := newListTask(), false
	list.put = func(_ context.Context, b *connect.SinkBatch) error {
		if b.Len() > 0 && !failed {
			failed = true
			return connect.NewRetriable(errors.New("come back later"))
		}
		return nil
	}
	r.sink = func() connect.SinkTask { return list }
	r.start()
	r.topic("failing", 1)
	r.produce("failing", 0, "bad", "good")
	r.startTask(TaskID{Connector: "to"}, map[string]string{"name": "to", "connector.class": "Sink", "topics": "failing", "errors.tolerance": "all",
		"consumer.override.auto.offset.reset": "earliest"})
	eventually(t, "both records have spans", func() bool { return len(c.find("record", "")) == 2 })
	for at, want := range map[string]string{"messaging.kafka.offset=0": "a bad value", "messaging.kafka.offset=1": ""} {
		if got := c.one(t, "record", at).GetStatus().GetMessage(); got != want {
			t.Errorf("%s: status %q", at, got)
		}
	}
	refused := 0
	for _, s := range c.find("put", "") {
		if s.GetStatus().GetMessage() == "come back later" {
			refused++
		}
	}
	if refused != 2 { // of the batch and of the record
		t.Errorf("%d spans of puts have the error", refused)
	}
}

// TestTraceOfAFatalRecord: where a record that cannot be converted fails the task, the spans of its batch say why.
func TestTraceOfAFatalRecord(t *testing.T) {
	t.Parallel()
	c := newCollector(t)
	r := newRig(t)
	r.tracer = c.tracer(t, 1)
	r.sink = func() connect.SinkTask { return newListTask() }
	r.start()
	r.topic("fatal", 1)
	r.produce("fatal", 0, "good", "bad")
	r.startTask(TaskID{Connector: "to"}, map[string]string{"name": "to", "connector.class": "Sink", "topics": "fatal",
		"consumer.override.auto.offset.reset": "earliest"})
	eventually(t, "the records have spans", func() bool { return len(c.find("record", "")) > 0 })
	for _, s := range c.find("record", "") {
		if got := s.GetStatus().GetMessage(); !strings.Contains(got, "a bad value") {
			t.Errorf("status %q", got)
		}
	}
}
