package rest

import (
	"context"
	"net/http"

	"github.com/moldau/moldau/internal/herder"
)

func getRoot(c *call) (*reply, error) { return ok(c.herder.Server()) }

// health is the body of GET /health (KIP-1017).
type health struct {
	Status  string `json:"status"`
	Message string `json:"message"`
}

func getHealth(c *call) (*reply, error) {
	ctx, cancel := context.WithTimeout(c.ctx, c.server.cfg.HealthTimeout)
	defer cancel()
	err := c.herder.Health(ctx)
	switch ready := c.herder.Ready(); {
	case err == nil && ready:
		return ok(health{"healthy", "Worker has completed startup and is ready to handle requests."})
	case !ready:
		return &reply{status: http.StatusServiceUnavailable, body: health{"starting", "Worker is still starting up." + doing(c.herder)}}, nil
	}
	return &reply{status: http.StatusInternalServerError, body: health{"unhealthy",
		"Worker was unable to handle this request and may be unable to handle other requests." + doing(c.herder)}}, nil
}

func doing(h herder.Herder) string {
	if stage, ok := h.Stage(); ok {
		return " " + stage.Summary() + "."
	}
	return ""
}
