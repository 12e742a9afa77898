package metrics

import (
	"log/slog"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Handler answers a scrape with all that the registry has, in Prometheus' text format or in OpenMetrics, as the request asks. What one source cannot
// give is logged and left out.
func (r *Registry) Handler(log *slog.Logger) http.Handler {
	all := prometheus.NewRegistry()
	all.MustRegister(r, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), jvm{})
	return promhttp.HandlerFor(all, promhttp.HandlerOpts{
		ErrorLog: logger{log}, ErrorHandling: promhttp.ContinueOnError, EnableOpenMetrics: true,
		// More scrapes at once than this mean that somebody scrapes faster than the worker can answer.
		MaxRequestsInFlight: 4,
	})
}

type logger struct{ log *slog.Logger }

func (l logger) Println(v ...any) { l.log.Warn("Metrics could not be shown whole", "error", v) }
