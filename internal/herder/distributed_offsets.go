package herder

import (
	"context"
)

// ConnectorOffsets returns the committed offsets. It waits for Kafka, not for changes of the connector.
func (h *Distributed) ConnectorOffsets(ctx context.Context, name string) ([]ConnectorOffset, error) {
	c := h.configs.Snapshot()
	if !c.Contains(name) {
		return nil, NotFound("Connector %s not found", name)
	}
	props, err := aside(ctx, h.log, "resolving the configuration of connector "+name, func(*job) (map[string]string, error) {
		return h.resolve(ctx, c.ConnectorConfig(name).Strings())
	})
	if err != nil {
		return nil, err
	}
	return h.worker.ConnectorOffsets(ctx, name, props)
}

// AlterConnectorOffsets sets offsets of a stopped connector.
func (h *Distributed) AlterConnectorOffsets(ctx context.Context, name string, offsets []ConnectorOffset) (string, error) {
	return h.modifyOffsets(ctx, name, func(props map[string]string) (string, error) {
		return h.worker.AlterConnectorOffsets(h.life, name, props, offsets)
	})
}

// ResetConnectorOffsets removes all offsets of a stopped connector.
func (h *Distributed) ResetConnectorOffsets(ctx context.Context, name string) (string, error) {
	return h.modifyOffsets(ctx, name, func(props map[string]string) (string, error) {
		return h.worker.ResetConnectorOffsets(h.life, name, props)
	})
}

func (h *Distributed) modifyOffsets(ctx context.Context, name string, change func(props map[string]string) (string, error)) (string, error) {
	if err := h.settled(); err != nil {
		return "", err
	}
	if err := h.lead(ctx, "Only the leader can process external offsets modification requests."); err != nil {
		return "", err
	}
	if err := h.mayModifyOffsets(name); err != nil {
		return "", err
	}
	if err := h.fenceBeforeOffsets(ctx, name); err != nil {
		return "", err
	}
	result := make(chan string, 1)
	err := h.queues.do(ctx, name, "modifying offsets for connector "+name, func(*job) error {
		if err := h.mayModifyOffsets(name); err != nil {
			return err
		}
		c := h.configs.Snapshot()
		props, err := h.resolve(h.life, c.ConnectorConfig(name).Strings())
		if err != nil {
			return err
		}
		message, err := change(props)
		if err == nil {
			result <- message
		}
		return err
	})
	if err != nil {
		return "", err
	}
	return <-result, nil
}

// mayModifyOffsets returns an error unless the connector is stopped (DistributedHerder.modifyConnectorOffsetsChecks).
func (h *Distributed) mayModifyOffsets(name string) error {
	// Another leader may have changed the connector just before.
	refresh, cancel := context.WithTimeout(h.life, h.cfg.SyncTimeout)
	defer cancel()
	if err := h.configs.Refresh(refresh); err != nil {
		return Internal(err, "Failed to read to end of config topic before modifying connector offsets")
	}
	c := h.configs.Snapshot()
	if !c.Contains(name) {
		return NotFound("Connector %s not found", name)
	}
	if TargetState(c.TargetState(name)) != TargetStopped || c.TaskCount(name) > 0 {
		return BadRequest("Connectors must be in the STOPPED state before their offsets can be modified. This can be done for the specified "+
			"connector by issuing a 'PUT' request to the '/connectors/%s/stop' endpoint", name)
	}
	return nil
}
