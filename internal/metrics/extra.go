package metrics

import (
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Series of a worker, its connectors and tasks that Java has nothing for. They are in every family.
var (
	taskLabels       = []string{"connector", "task"}
	commitSeconds    = taskDesc("moldau_offset_commit_seconds", "Time that commits of offsets took.")
	putSeconds       = taskDesc("moldau_sink_put_seconds", "Time that sink tasks took for a batch.")
	latencySeconds   = taskDesc("moldau_record_latency_seconds", "Time from a record's timestamp until a sink task had put it.")
	lagRecords       = taskDesc("moldau_sink_lag_records", "Records of an assigned partition that a sink task has not fetched.", "topic", "partition")
	lagTotalRecords  = taskDesc("moldau_sink_lag_total_records", "Records of all assigned partitions that a sink task has not fetched.")
	lagSeconds       = taskDesc("moldau_sink_lag_seconds", "Age of the newest record that a sink task has put while there are more, 0 while there are none.")
	bytesTotal       = taskDesc("moldau_task_bytes_total", "Bytes of keys and values that a source task wrote or a sink task read.")
	queueBytes       = taskDesc("moldau_task_queue_bytes", "Memory of records that a task holds: fetched and not put, or polled and not acknowledged by Kafka.")
	processSeconds   = taskDesc("moldau_task_processing_seconds", "Time that converters and transformations took for a batch.")
	waitedSeconds    = taskDesc("moldau_task_cpu_wait_seconds_total", "Time that a task with moldau.cpu.share waited for its turn to convert and transform.")
	ackSeconds       = taskDesc("moldau_source_ack_seconds", "Time from handing a batch of a source task to the producer until Kafka had acknowledged it.")
	sourceSeconds    = taskDesc("moldau_source_lag_seconds", "Age that the newest record of a source task had when it was polled, where records have a time.")
	sourceLag        = taskDesc("moldau_source_lag", "What a source has not read yet, in a unit of its own.", "unit")
	retriesTotal     = taskDesc("moldau_task_retries_total", "Operations that were tried again: of single records, puts, polls.", "operation")
	recordErrors     = taskDesc("moldau_task_record_errors_total", "Errors with records by the step that met them and their class.", "stage", "error")
	commitFailures   = taskDesc("moldau_offset_commit_failures_total", "Commits of offsets that failed, by reason.", "reason")
	progressTime     = taskDesc("moldau_task_progress_timestamp_seconds", "When records of a task last got where they shall.")
	callSeconds      = taskDesc("moldau_task_call_seconds", "How long the call of the plugin that is under way has lasted.", "call")
	taskRestarts     = prometheus.NewDesc("moldau_task_restarts_total", "Tasks that started again on this worker, by how they ended before.", []string{"connector", "after"}, nil)
	taskFailures     = prometheus.NewDesc("moldau_task_failures_total", "Tasks that failed on this worker, by error.", []string{"connector", "error"}, nil)
	instanceRestarts = prometheus.NewDesc("moldau_connector_restarts_total", "Starts again of a connector on this worker, by how it ended before.", []string{"connector", "after"}, nil)
	instanceFailures = prometheus.NewDesc("moldau_connector_failures_total", "Failures of a connector on this worker, by error.", []string{"connector", "error"}, nil)
)

func taskDesc(name, help string, more ...string) *prometheus.Desc {
	return prometheus.NewDesc(name, help, append(taskLabels[:2:2], more...), nil)
}

// mostLagSeries bounds the partitions of one task that have series of their own; the total and Java's maximum hold for all.
const mostLagSeries = 200

func gauge(d *prometheus.Desc, v float64, labels ...string) prometheus.Metric {
	return prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
}

func counter(d *prometheus.Desc, v int64, labels ...string) prometheus.Metric {
	return prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(v), labels...)
}

func (w *Worker) extras(out chan<- prometheus.Metric) {
	connectors, tasks := w.running()
	now := time.Now()
	here, sinks := make(map[string]bool, len(connectors)), map[string]bool{}
	for _, c := range connectors {
		here[c.Name] = true
	}
	for _, t := range tasks {
		here[t.info.Connector] = true
		if t.sink != nil {
			sinks[t.info.Connector] = true
		}
		t.extras(now, out)
	}
	w.histories.shown(now, here, func(connector string, x *history) {
		x.extras(connector, out)
		if sinks[connector] {
			out <- counter(redelivered, x.redelivered, connector)
		}
	})
}

func (x *history) extras(connector string, out chan<- prometheus.Metric) {
	var failed, another int64
	for _, s := range x.tasks {
		failed += s.afterFailure
		another += s.another
	}
	out <- counter(taskRestarts, failed, connector, "failure")
	out <- counter(taskRestarts, another, connector, "stop")
	out <- counter(instanceRestarts, x.connector.afterFailure, connector, "failure")
	out <- counter(instanceRestarts, x.connector.another, connector, "stop")
	x.taskFailures.each(func(by []string, n int64) { out <- counter(taskFailures, n, connector, by[0]) })
	x.connectorFailures.each(func(by []string, n int64) { out <- counter(instanceFailures, n, connector, by[0]) })
}

func (t *Task) extras(now time.Time, out chan<- prometheus.Metric) {
	labels := []string{t.info.Connector, strconv.Itoa(t.info.Task)}
	with := func(more ...string) []string { return append(labels[:2:2], more...) }
	out <- constHistogram(commitSeconds, &t.commitTime, labels)
	out <- counter(bytesTotal, t.Bytes.Load(), labels...)
	if h := t.processing.Load(); h != nil {
		out <- constHistogram(processSeconds, h, labels)
	}
	if t.info.Waited != nil {
		out <- prometheus.MustNewConstMetric(waitedSeconds, prometheus.CounterValue, t.info.Waited().Seconds(), labels...)
	}
	if t.info.Held != nil {
		out <- gauge(queueBytes, float64(t.info.Held()), labels...)
	}
	out <- counter(retriesTotal, t.info.Errors().Retries, with("record")...)
	t.retried.each(func(by []string, n int64) { out <- counter(retriesTotal, n, with(by...)...) })
	t.info.Kinds.each(func(by []string, n int64) { out <- counter(recordErrors, n, with(by...)...) })
	if t.commitFailed.count(timedOut) == 0 { // so that there is a rate before the first failure
		out <- counter(commitFailures, 0, with(timedOut)...)
	}
	t.commitFailed.each(func(by []string, n int64) { out <- counter(commitFailures, n, with(by...)...) })
	if at := t.progress.Load(); at > 0 {
		out <- gauge(progressTime, float64(at)/1000, labels...)
	}
	if t.info.Doing != nil {
		if call, since := t.info.Doing(); call != "" {
			// The call may have begun after the scrape did.
			out <- gauge(callSeconds, max(now.Sub(since).Seconds(), 0), with(call)...)
		}
	}
	if t.sink != nil {
		t.sink.extras(now, out, labels)
	} else {
		t.source.extras(out, labels, with)
	}
}

func (s *sinkFigures) extras(now time.Time, out chan<- prometheus.Metric, labels []string) {
	out <- constHistogram(putSeconds, &s.put, labels)
	out <- constHistogram(latencySeconds, &s.latency, labels)
	_, _, sum := s.lag()
	out <- gauge(lagTotalRecords, float64(sum), labels...)
	switch at := s.reached.Load(); {
	case sum == 0:
		out <- gauge(lagSeconds, 0, labels...)
	case at > 0:
		out <- gauge(lagSeconds, max(now.Sub(time.UnixMilli(at)).Seconds(), 0), labels...)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.lags) > mostLagSeries {
		return
	}
	for p, n := range s.lags {
		out <- gauge(lagRecords, float64(n), labels[0], labels[1], p.Topic, strconv.Itoa(int(p.Partition)))
	}
}

func (s *sourceFigures) extras(out chan<- prometheus.Metric, labels []string, with func(...string) []string) {
	if h := s.acks.Load(); h != nil {
		out <- constHistogram(ackSeconds, h, labels)
	}
	if age := s.age.Load(); age >= 0 {
		out <- gauge(sourceSeconds, float64(age)/1000, labels...)
	}
	if b := s.behind.Load(); b != nil {
		out <- gauge(sourceLag, float64(b.Amount), with(b.Unit)...)
	}
}

func constHistogram(d *prometheus.Desc, h *Histogram, labels []string) prometheus.Metric {
	count, sum, bounds := h.snapshot()
	m := prometheus.MustNewConstHistogram(d, count, sum, bounds, labels...)
	if examples := h.examples(); examples != nil {
		m = prometheus.MustNewMetricWithExemplars(m, examples...)
	}
	return m
}
