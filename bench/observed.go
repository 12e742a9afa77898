package bench

import (
	"io"
	"log/slog"
	"net/http/httptest"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/moldau/moldau/internal/kafka"
	"github.com/moldau/moldau/internal/logs"
	"github.com/moldau/moldau/internal/metrics"
	"github.com/moldau/moldau/internal/worker"
)

// observed makes a worker that is watched: its clients are counted, its log is written, and it is scraped each second while the process lives.
func observed(cfg worker.Config, q quiet) (*worker.Worker, quiet, error) {
	registry, err := metrics.NewRegistry("names", []string{"strimzi", "confluent"})
	if err != nil {
		return nil, q, err
	}
	cfg.Logger = slog.New(logs.NewHandler(io.Discard, logs.NewLevels(slog.LevelInfo)))
	clients := metrics.NewClients(metrics.DefaultWindow, "bench", "bench")
	kinds := map[kafka.Client]metrics.ClientKind{kafka.Producer: metrics.Producer, kafka.Consumer: metrics.Consumer, kafka.AdminClient: metrics.Admin}
	cfg.Kafka = &kafka.Environment{Logger: cfg.Logger, Hook: func(client kafka.Client, _, id string) kgo.Hook { return clients.Hook(kinds[client], id) }}
	w, err := worker.New(cfg)
	if err != nil {
		return nil, q, err
	}
	registry.Add(clients)
	registry.Add(w.Figures())
	handler := registry.Handler(cfg.Logger)
	go func() {
		for range time.Tick(time.Second) {
			handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/metrics", nil))
			if len(w.Tasks()) == 0 {
				return
			}
		}
	}()
	return w, q, nil
}
