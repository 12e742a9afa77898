package metrics

import (
	"strconv"

	"github.com/prometheus/client_golang/prometheus"
)

// Series that Java has nothing for. They are in every family.
var (
	taskLabels      = []string{"connector", "task"}
	commitSeconds   = prometheus.NewDesc("moldau_offset_commit_seconds", "Time that commits of offsets took.", taskLabels, nil)
	putSeconds      = prometheus.NewDesc("moldau_sink_put_seconds", "Time that sink tasks took for a batch.", taskLabels, nil)
	latencySeconds  = prometheus.NewDesc("moldau_record_latency_seconds", "Time from a record's timestamp until a sink task had put it.", taskLabels, nil)
	lagRecords      = prometheus.NewDesc("moldau_sink_lag_records", "Records of an assigned partition that a sink task has not fetched.", []string{"connector", "task", "topic", "partition"}, nil)
	lagTotalRecords = prometheus.NewDesc("moldau_sink_lag_total_records", "Records of all assigned partitions that a sink task has not fetched.", taskLabels, nil)
	bytesTotal      = prometheus.NewDesc("moldau_task_bytes_total", "Bytes of keys and values that a source task wrote or a sink task read.", taskLabels, nil)
)

// mostLagSeries bounds the partitions of one task that have series of their own; the total and Java's maximum hold for all.
const mostLagSeries = 200

func (w *Worker) histograms(out chan<- prometheus.Metric) {
	_, tasks := w.running()
	for _, t := range tasks {
		labels := []string{t.info.Connector, strconv.Itoa(t.info.Task)}
		out <- constHistogram(commitSeconds, &t.commitTime, labels)
		out <- prometheus.MustNewConstMetric(bytesTotal, prometheus.CounterValue, float64(t.Bytes.Load()), labels...)
		if s := t.sink; s != nil {
			out <- constHistogram(putSeconds, &s.put, labels)
			out <- constHistogram(latencySeconds, &s.latency, labels)
			s.giveLags(out, labels)
		}
	}
}

func constHistogram(d *prometheus.Desc, h *Histogram, labels []string) prometheus.Metric {
	count, sum, bounds := h.snapshot()
	return prometheus.MustNewConstHistogram(d, count, sum, bounds, labels...)
}

func (s *sinkFigures) giveLags(out chan<- prometheus.Metric, labels []string) {
	_, _, sum := s.lag()
	out <- prometheus.MustNewConstMetric(lagTotalRecords, prometheus.GaugeValue, float64(sum), labels...)
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.lags) > mostLagSeries {
		return
	}
	for p, n := range s.lags {
		out <- prometheus.MustNewConstMetric(lagRecords, prometheus.GaugeValue, float64(n), labels[0], labels[1], p.Topic, strconv.Itoa(int(p.Partition)))
	}
}
