package metrics

import (
	"context"
	"log/slog"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	metricspb "go.opentelemetry.io/proto/slim/otlp/metrics/v1"

	"github.com/moldau/moldau/internal/otlp"
)

// What is pushed is what a scrape shows, at each interval and at the end.
func TestPush(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, err := NewRegistry("key", []string{"strimzi"})
		if err != nil {
			t.Fatal(err)
		}
		task := NewTask(TaskInfo{Connector: "c", Sink: true, Errors: func() Errors { return Errors{} }}, time.Now())
		var waited Counts
		waited.Add(3 * time.Millisecond)
		task.Put(time.Now(), 1, 5*time.Millisecond, &waited)
		task.LatencyTraced(3*time.Millisecond, "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331", time.Now())
		r.Add(NewWorker(DefaultWindow, func() ([]Connector, []*Task) { return nil, []*Task{task} }))
		ctx, cancel := context.WithCancel(t.Context())
		var sent []*metricspb.MetricsData
		done := make(chan struct{})
		go func() {
			defer close(done)
			r.Push(ctx, Push{Resource: otlp.Resource(nil, func(string) string { return "" }), Interval: time.Minute, Logger: slog.New(slog.DiscardHandler),
				Send: func(_ context.Context, m *metricspb.MetricsData) error { sent = append(sent, m); return nil }})
		}()
		time.Sleep(150 * time.Second)
		cancel()
		<-done
		if len(sent) != 3 {
			t.Fatalf("pushed %d times", len(sent))
		}
		named := map[string]*metricspb.Metric{}
		for _, m := range sent[0].ResourceMetrics[0].ScopeMetrics[0].Metrics {
			named[m.Name] = m
		}
		if s := named["kafka_connect_sink_task_sink_record_send_total"].GetSum(); s == nil || !s.IsMonotonic || s.DataPoints[0].GetAsDouble() != 1 {
			t.Errorf("counter: %v", s)
		}
		if g := named["kafka_connect_worker_task_count"].GetGauge(); g == nil || g.DataPoints[0].GetAsDouble() != 1 {
			t.Errorf("gauge: %v", g)
		}
		if s := named["go_gc_duration_seconds"].GetSummary(); s == nil {
			t.Error("no summary")
		}
		h := named["moldau_record_latency_seconds"].GetHistogram()
		if h == nil || h.DataPoints[0].Count != 1 || h.DataPoints[0].GetSum() != 0.003 || len(h.DataPoints[0].BucketCounts) != len(h.DataPoints[0].ExplicitBounds)+1 ||
			h.DataPoints[0].BucketCounts[slices.Index(h.DataPoints[0].ExplicitBounds, 0.004)] != 1 {
			t.Fatalf("histogram: %v", h)
		}
		if e := h.DataPoints[0].Exemplars; len(e) != 1 || e[0].TraceId[0] != 0x0a || e[0].SpanId[0] != 0xb7 || e[0].GetAsDouble() != 0.003 {
			t.Errorf("exemplars: %v", e)
		}
	})
}
