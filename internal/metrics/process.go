package metrics

import (
	"runtime"
	rtmetrics "runtime/metrics"

	"github.com/prometheus/client_golang/prometheus"
)

// jvm shows the process under the names by which dashboards ask the JMX exporter for its JVM: memory, collections, threads.
type jvm struct{}

var (
	jvmUsed    = prometheus.NewDesc("jvm_memory_used_bytes", "Memory in use: the live heap, and what else the process has from the system.", []string{"area"}, nil)
	jvmOldUsed = prometheus.NewDesc("jvm_memory_bytes_used", "The same as jvm_memory_used_bytes, under the name of the JMX exporter before 1.0.", []string{"area"}, nil)
	jvmMax     = prometheus.NewDesc("jvm_memory_max_bytes", "The limit of memory (GOMEMLIMIT).", []string{"area"}, nil)
	jvmOldMax  = prometheus.NewDesc("jvm_memory_bytes_max", "The limit of memory (GOMEMLIMIT), under the name of the JMX exporter before 1.0.", []string{"area"}, nil)
	jvmGC      = prometheus.NewDesc("jvm_gc_collection_seconds", "Collections of garbage and the CPU time that they took.", []string{"gc"}, nil)
	jvmThreads = prometheus.NewDesc("jvm_threads_current", "Goroutines.", nil, nil)
)

func (jvm) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{jvmUsed, jvmOldUsed, jvmMax, jvmOldMax, jvmGC, jvmThreads} {
		out <- d
	}
}

func (jvm) Collect(out chan<- prometheus.Metric) {
	samples := []rtmetrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"},
		{Name: "/gc/cycles/total:gc-cycles"}, {Name: "/cpu/classes/gc/total:cpu-seconds"}, {Name: "/gc/gomemlimit:bytes"}}
	rtmetrics.Read(samples)
	heap, limit := float64(samples[0].Value.Uint64()), float64(samples[5].Value.Uint64())
	other := float64(samples[1].Value.Uint64()-samples[2].Value.Uint64()) - heap
	for _, used := range []*prometheus.Desc{jvmUsed, jvmOldUsed} {
		out <- prometheus.MustNewConstMetric(used, prometheus.GaugeValue, heap, "heap")
		out <- prometheus.MustNewConstMetric(used, prometheus.GaugeValue, other, "nonheap")
	}
	out <- prometheus.MustNewConstMetric(jvmMax, prometheus.GaugeValue, limit, "heap")
	out <- prometheus.MustNewConstMetric(jvmOldMax, prometheus.GaugeValue, limit, "heap")
	out <- prometheus.MustNewConstSummary(jvmGC, samples[3].Value.Uint64(), samples[4].Value.Float64(), nil, "go")
	out <- prometheus.MustNewConstMetric(jvmThreads, prometheus.GaugeValue, float64(runtime.NumGoroutine()))
}
