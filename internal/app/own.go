package app

import (
	"context"

	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/internal/deadletter"
	"github.com/moldau/moldau/internal/herder"
	"github.com/moldau/moldau/internal/rest/api"
)

// serveOwn lets what Moldau has beyond Kafka Connect answer below /api.
func (w *connectWorker) serveOwn(h herder.Herder) {
	letters := deadletter.New(deadletter.Config{
		Connectors: h,
		Resolve: func(ctx context.Context, props config.Props) (map[string]string, error) {
			resolved, err := w.transformer.Transform(ctx, props)
			return resolved.Props.Strings(), err
		},
		Worker: w.workerConfig(nil),
		Redact: w.settings.redactor.Redact,
		Logger: w.log,
	})
	w.rest.RegisterAPI(api.New(api.Config{Letters: letters, Redact: w.settings.redactor.Redact, Logger: w.log}))
}
