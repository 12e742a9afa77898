package rest

import (
	"net/http"
	"strings"

	"github.com/moldau/moldau/internal/herder"
	"github.com/moldau/moldau/internal/logs"
)

func listLoggers(c *call) (*reply, error) { return ok(c.herder.Loggers()) }

func getLogger(c *call) (*reply, error) {
	level, found := c.herder.Logger(c.params[0])
	if !found {
		return nil, herder.NotFound("Logger %s not found.", c.params[0])
	}
	return ok(level)
}

// setLogger changes levels on this worker, or with scope=cluster on all (KIP-976).
func setLogger(c *call) (*reply, error) {
	m, err := c.readStringMap()
	if err != nil {
		return nil, err
	}
	if m == nil {
		return nil, noConfig("levelMap")
	}
	given, _ := m.Get("level")
	if given == nil {
		return nil, herder.BadRequest("Desired 'level' parameter was not specified in request.")
	}
	if *given == "" {
		return nil, herder.Internal(nil, "Illegal null or empty Level name.")
	}
	level := strings.ToUpper(strings.TrimSpace(*given))
	if _, known := logs.ParseLevel(level); !known {
		return nil, herder.NotFound("invalid log level '%s'.", *given)
	}
	scope := c.query.Get("scope")
	if strings.EqualFold(scope, "cluster") {
		if err := c.herder.SetClusterLogger(c.ctx, c.params[0], level); err != nil {
			return nil, err
		}
		return empty(http.StatusNoContent)
	}
	if c.query.Has("scope") && !strings.EqualFold(scope, "worker") {
		c.server.log.Warn("Received invalid scope '" + oneLine(scope) + "' while updating logging level; will default to worker")
	}
	return ok(c.herder.SetWorkerLogger(c.params[0], level))
}
