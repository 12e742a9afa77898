package worker

import (
	"context"
	"fmt"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/internal/javafmt"
)

// ConnectorOffset is one partition with its offset, nil for none, as the REST API shows them: for sinks kafka_topic, kafka_partition and
// kafka_offset. Numbers may be of any Go type or json.Number.
type ConnectorOffset struct {
	Partition map[string]any `json:"partition"`
	Offset    map[string]any `json:"offset"`
}

// ConnectorOffsets returns the committed offsets of a connector that may run anywhere or nowhere.
func (w *Worker) ConnectorOffsets(ctx context.Context, name string, props map[string]string) ([]ConnectorOffset, error) {
	plugin, err := w.cfg.Plugins.Connector(props["connector.class"])
	if err != nil {
		return nil, err
	}
	if plugin.Kind == connect.KindSink {
		return w.sinkOffsets(ctx, name, props)
	}
	return w.sourceOffsets(ctx, name, props)
}

// AlterConnectorOffsets changes the offsets of a connector that is stopped everywhere, and returns Java's message for the user. Errors
// that are the user's fault have the class BadRequestException.
func (w *Worker) AlterConnectorOffsets(ctx context.Context, name string, props map[string]string, offsets []ConnectorOffset) (string, error) {
	if len(offsets) == 0 {
		return "", badRequest("Partitions / offsets need to be provided for an alter offsets request")
	}
	return w.changeOffsets(ctx, name, props, offsets, "altered")
}

// ResetConnectorOffsets forgets all offsets of a connector that is stopped everywhere, and returns Java's message for the user.
func (w *Worker) ResetConnectorOffsets(ctx context.Context, name string, props map[string]string) (string, error) {
	return w.changeOffsets(ctx, name, props, nil, "reset")
}

// changeOffsets sets offsets, or forgets all of them when there are none.
func (w *Worker) changeOffsets(ctx context.Context, name string, props map[string]string, offsets []ConnectorOffset, done string) (string, error) {
	plugin, err := w.cfg.Plugins.Connector(props["connector.class"])
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(ctx, pluginLimit)
	defer cancel()
	change := w.changeSourceOffsets
	if plugin.Kind == connect.KindSink {
		change = w.changeSinkOffsets
	}
	external, err := change(ctx, name, props, plugin, offsets)
	if err != nil {
		return "", err
	}
	if external {
		return "The offsets for this connector have been " + done + " successfully", nil
	}
	return fmt.Sprintf("The Connect framework-managed offsets for this connector have been %s successfully. However, if this connector manages offsets "+
		"externally, they will need to be manually %s in the system that the connector uses.", done, done), nil
}

func badRequest(format string, args ...any) error {
	return javafmt.NewException(javafmt.BadRequestException, fmt.Sprintf(format, args...), nil)
}
