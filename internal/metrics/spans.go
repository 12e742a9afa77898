package metrics

import "github.com/prometheus/client_golang/prometheus"

// Spans asks a tracer what became of its spans: those that arrived, that did not fit into its queue, and that could not be sent. It must not block.
type Spans func() (sent, overflowed, unsent int64)

var (
	spansSent    = prometheus.NewDesc("moldau_trace_spans_sent_total", "Spans that arrived at the collector.", nil, nil)
	spansDropped = prometheus.NewDesc("moldau_trace_spans_dropped_total", "Spans that did not arrive: there were too many, or the collector did not take them.", []string{"reason"}, nil)
)

// Beans gives nothing: Java has no spans.
func (Spans) Beans(func(Bean)) {}

func (s Spans) extras(out chan<- prometheus.Metric) {
	sent, overflowed, unsent := s()
	out <- counter(spansSent, sent)
	out <- counter(spansDropped, overflowed, "queue_full")
	out <- counter(spansDropped, unsent, "not_sent")
}
