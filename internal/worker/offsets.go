package worker

import "context"

// ConnectorOffset is one partition with its offset, as the REST API shows them: for sinks kafka_topic, kafka_partition and kafka_offset.
type ConnectorOffset struct {
	Partition map[string]any
	Offset    map[string]any
}

// ConnectorOffsets returns the committed offsets of a connector that may run anywhere or nowhere.
func (w *Worker) ConnectorOffsets(ctx context.Context, name string, props map[string]string) ([]ConnectorOffset, error) {
	panic("not yet")
}

// AlterConnectorOffsets changes the offsets of a connector that is stopped everywhere, and returns Java's message for the user. Errors
// that are the user's fault have the class BadRequestException.
func (w *Worker) AlterConnectorOffsets(ctx context.Context, name string, props map[string]string, offsets []ConnectorOffset) (string, error) {
	panic("not yet")
}

// ResetConnectorOffsets forgets all offsets of a connector that is stopped everywhere, and returns Java's message for the user.
func (w *Worker) ResetConnectorOffsets(ctx context.Context, name string, props map[string]string) (string, error) {
	panic("not yet")
}
