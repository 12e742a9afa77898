package metrics

import (
	"context"
	"encoding/hex"
	"log/slog"
	"math"
	"slices"
	"time"

	dto "github.com/prometheus/client_model/go"
	commonpb "go.opentelemetry.io/proto/slim/otlp/common/v1"
	metricspb "go.opentelemetry.io/proto/slim/otlp/metrics/v1"
	resourcepb "go.opentelemetry.io/proto/slim/otlp/resource/v1"

	"github.com/moldau/moldau/internal/otlp"
)

// Push says how metrics are sent to a collector.
type Push struct {
	// Send posts a message. It may block until ctx ends, and logs what fails.
	Send func(ctx context.Context, m *metricspb.MetricsData) error
	// Resource describes the worker.
	Resource *resourcepb.Resource
	Interval time.Duration
	Logger   *slog.Logger
}

// Push sends all that the registry has at each interval, and a last time when ctx ends.
func (r *Registry) Push(ctx context.Context, p Push) {
	began := time.Now()
	all := r.gatherer()
	send := func(ctx context.Context) {
		found, err := all.Gather()
		if err != nil {
			p.Logger.Warn("Metrics could not be sent whole", "error", err)
		}
		_ = p.Send(ctx, encode(p.Resource, found, began, time.Now())) // logged by Send
	}
	ticker := time.NewTicker(p.Interval)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			send(ctx)
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastPush)
			defer cancel()
			send(last)
			return
		}
	}
}

// lastPush is how long the stop of a worker may wait for a collector.
const lastPush = 2 * time.Second

// encode makes the message that collectors take of what a scrape would show.
func encode(resource *resourcepb.Resource, found []*dto.MetricFamily, began, now time.Time) *metricspb.MetricsData {
	e := encoder{uint64(began.UnixNano()), uint64(now.UnixNano())}
	out := make([]*metricspb.Metric, 0, len(found))
	for _, f := range found {
		if m := e.family(f); m != nil {
			out = append(out, m)
		}
	}
	return &metricspb.MetricsData{ResourceMetrics: []*metricspb.ResourceMetrics{{Resource: resource,
		ScopeMetrics: []*metricspb.ScopeMetrics{{Scope: &commonpb.InstrumentationScope{Name: "github.com/moldau/moldau"}, Metrics: out}}}}}
}

// encoder holds when the worker began to count and when it was looked at.
type encoder struct{ began, now uint64 }

func (e encoder) family(f *dto.MetricFamily) *metricspb.Metric {
	m := &metricspb.Metric{Name: f.GetName(), Description: f.GetHelp()}
	switch f.GetType() {
	case dto.MetricType_COUNTER:
		sum := &metricspb.Sum{AggregationTemporality: metricspb.AggregationTemporality_AGGREGATION_TEMPORALITY_CUMULATIVE, IsMonotonic: true}
		for _, x := range f.Metric {
			sum.DataPoints = append(sum.DataPoints, e.point(x, x.Counter.GetValue(), e.began))
		}
		m.Data = &metricspb.Metric_Sum{Sum: sum}
	case dto.MetricType_GAUGE, dto.MetricType_UNTYPED:
		gauge := &metricspb.Gauge{}
		for _, x := range f.Metric {
			value := x.Gauge.GetValue()
			if x.Untyped != nil {
				value = x.Untyped.GetValue()
			}
			gauge.DataPoints = append(gauge.DataPoints, e.point(x, value, 0))
		}
		m.Data = &metricspb.Metric_Gauge{Gauge: gauge}
	case dto.MetricType_HISTOGRAM:
		h := &metricspb.Histogram{AggregationTemporality: metricspb.AggregationTemporality_AGGREGATION_TEMPORALITY_CUMULATIVE}
		for _, x := range f.Metric {
			h.DataPoints = append(h.DataPoints, e.histogram(x))
		}
		m.Data = &metricspb.Metric_Histogram{Histogram: h}
	case dto.MetricType_SUMMARY:
		s := &metricspb.Summary{}
		for _, x := range f.Metric {
			p := &metricspb.SummaryDataPoint{Attributes: labels(x.Label), StartTimeUnixNano: e.began, TimeUnixNano: e.now, Count: x.Summary.GetSampleCount(), Sum: x.Summary.GetSampleSum()}
			for _, q := range x.Summary.Quantile {
				p.QuantileValues = append(p.QuantileValues, &metricspb.SummaryDataPoint_ValueAtQuantile{Quantile: q.GetQuantile(), Value: q.GetValue()})
			}
			s.DataPoints = append(s.DataPoints, p)
		}
		m.Data = &metricspb.Metric_Summary{Summary: s}
	default:
		return nil
	}
	return m
}

func (e encoder) point(x *dto.Metric, value float64, began uint64) *metricspb.NumberDataPoint {
	return &metricspb.NumberDataPoint{Attributes: labels(x.Label), StartTimeUnixNano: began, TimeUnixNano: e.now, Value: &metricspb.NumberDataPoint_AsDouble{AsDouble: value}}
}

// histogram has counts by bucket, where Prometheus' are cumulative.
func (e encoder) histogram(x *dto.Metric) *metricspb.HistogramDataPoint {
	h := x.Histogram
	p := &metricspb.HistogramDataPoint{Attributes: labels(x.Label), StartTimeUnixNano: e.began, TimeUnixNano: e.now, Count: h.GetSampleCount()}
	sum := h.GetSampleSum()
	p.Sum = &sum
	before := uint64(0)
	for _, b := range h.Bucket {
		if math.IsInf(b.GetUpperBound(), 1) {
			continue
		}
		p.ExplicitBounds = append(p.ExplicitBounds, b.GetUpperBound())
		p.BucketCounts = append(p.BucketCounts, b.GetCumulativeCount()-before)
		before = b.GetCumulativeCount()
	}
	p.BucketCounts = append(p.BucketCounts, h.GetSampleCount()-before)
	for _, b := range h.Bucket {
		if x := b.Exemplar; x != nil {
			p.Exemplars = append(p.Exemplars, exemplar(x))
		}
	}
	return p
}

func exemplar(x *dto.Exemplar) *metricspb.Exemplar {
	out := &metricspb.Exemplar{TimeUnixNano: uint64(x.Timestamp.AsTime().UnixNano()), Value: &metricspb.Exemplar_AsDouble{AsDouble: x.GetValue()}}
	for _, l := range x.Label {
		id, err := hex.DecodeString(l.GetValue())
		switch {
		case err != nil:
		case l.GetName() == traceLabel:
			out.TraceId = id
		case l.GetName() == spanLabel:
			out.SpanId = id
		}
	}
	return out
}

func labels(all []*dto.LabelPair) []*commonpb.KeyValue {
	out := make([]*commonpb.KeyValue, 0, len(all))
	for _, l := range all {
		out = append(out, otlp.Text(l.GetName(), l.GetValue()))
	}
	return slices.Clip(out)
}
