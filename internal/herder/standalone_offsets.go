package herder

import "context"

// ConnectorOffsets returns the committed offsets. It waits for Kafka, not for changes of the connector.
func (h *Standalone) ConnectorOffsets(ctx context.Context, name string) ([]ConnectorOffset, error) {
	c, ok := h.configs.get(name)
	if !ok {
		return nil, NotFound("Connector %s not found", name)
	}
	props, err := aside(ctx, h.log, "resolving the configuration of connector "+name, func(*job) (map[string]string, error) { return h.resolve(ctx, c.props) })
	if err != nil {
		return nil, err
	}
	return h.worker.ConnectorOffsets(ctx, name, props)
}

// AlterConnectorOffsets sets offsets of a stopped connector.
func (h *Standalone) AlterConnectorOffsets(ctx context.Context, name string, offsets []ConnectorOffset) (string, error) {
	return h.modifyOffsets(ctx, name, func(props map[string]string) (string, error) {
		return h.worker.AlterConnectorOffsets(h.life, name, props, offsets)
	})
}

// ResetConnectorOffsets removes all offsets of a stopped connector.
func (h *Standalone) ResetConnectorOffsets(ctx context.Context, name string) (string, error) {
	return h.modifyOffsets(ctx, name, func(props map[string]string) (string, error) {
		return h.worker.ResetConnectorOffsets(h.life, name, props)
	})
}

func (h *Standalone) modifyOffsets(ctx context.Context, name string, change func(props map[string]string) (string, error)) (string, error) {
	// Its own variable: a job that outlives its request must not write to what was returned.
	var message string
	err := h.queues.do(ctx, name, "modifying offsets for connector "+name, func(*job) error {
		c, ok := h.configs.get(name)
		if !ok {
			return NotFound("Connector %s not found", name)
		}
		if c.target != TargetStopped || len(c.tasks) > 0 {
			return BadRequest("Connectors must be in the STOPPED state before their offsets can be modified. This can be done for the specified "+
				"connector by issuing a 'PUT' request to the '/connectors/%s/stop' endpoint", name)
		}
		props, err := h.resolve(h.life, c.props)
		if err != nil {
			return err
		}
		message, err = change(props)
		return err
	})
	if err != nil {
		return "", err
	}
	return message, nil
}
