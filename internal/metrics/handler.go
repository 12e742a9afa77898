package metrics

import (
	"log/slog"
	"net/http"
	"regexp"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Handler answers a scrape with all that the registry has, in Prometheus' text format or in OpenMetrics, as the request asks. What one source cannot
// give is logged and left out.
func (r *Registry) Handler(log *slog.Logger) http.Handler {
	return promhttp.HandlerFor(r.gatherer(), promhttp.HandlerOpts{
		ErrorLog: logger{log}, ErrorHandling: promhttp.ContinueOnError, EnableOpenMetrics: true,
		// More scrapes at once than this mean that somebody scrapes faster than the worker can answer.
		MaxRequestsInFlight: 4,
	})
}

// gatherer collects what the registry has, with the figures of the process.
func (r *Registry) gatherer() prometheus.Gatherer {
	all := prometheus.NewRegistry()
	all.MustRegister(r, goCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), jvm{})
	return all
}

// goCollector shows Go's figures with those that tell of pauses: of the collector, and of goroutines that wait for a processor.
func goCollector() prometheus.Collector {
	return collectors.NewGoCollector(collectors.WithGoCollectorRuntimeMetrics(collectors.GoRuntimeMetricsRule{
		Matcher: regexp.MustCompile("^/sched/(latencies|pauses/total/gc):seconds$")}))
}

type logger struct{ log *slog.Logger }

func (l logger) Println(v ...any) { l.log.Warn("Metrics could not be shown whole", "error", v) }
