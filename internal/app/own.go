package app

import (
	"context"
	"slices"

	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/internal/deadletter"
	"github.com/moldau/moldau/internal/herder"
	"github.com/moldau/moldau/internal/metrics"
	"github.com/moldau/moldau/internal/rest/api"
	"github.com/moldau/moldau/internal/rest/roles"
)

// serveOwn lets what Moldau has beyond Kafka Connect answer below /api.
func (w *connectWorker) serveOwn(h herder.Herder) {
	redrives := metrics.NewRedrives(func(name string) bool {
		names, err := h.Connectors(context.Background()) // kept in memory by both herders
		return err != nil || slices.Contains(names, name)
	})
	w.metrics.Add(redrives)
	letters := deadletter.New(deadletter.Config{
		Connectors: h,
		Visible:    func(ctx context.Context, connector string) bool { return roles.From(ctx).May(roles.View, connector) },
		Operable:   func(ctx context.Context, connector string) bool { return roles.From(ctx).May(roles.Operate, connector) },
		Resolve: func(ctx context.Context, props config.Props) (map[string]string, error) {
			resolved, err := w.transformer.Transform(ctx, props)
			return resolved.Props.Strings(), err
		},
		Worker: w.workerConfig(nil),
		Redact: w.settings.redactor.Redact,
		Settled: func(connector string, fate deadletter.Fate, n int) {
			redrives.Add(connector, string(fate), n)
		},
		Logger: w.log,
	})
	w.rest.RegisterAPI(api.New(api.Config{Letters: letters, Redact: w.settings.redactor.Redact, Logger: w.log}))
}
