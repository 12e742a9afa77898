package worker

import (
	"context"
)

type connectorRun struct{}

func (c *connectorRun) isRunning() bool { return false }

// StartConnector makes the connector and brings it to the target state; it returns when that is reached, with nil, or has failed. The
// state FAILED is reported before the error returns, and the connector stays until StopConnectors. ctx bounds the wait only: a Start that
// does not return within it, or within the limit for plugin calls, is abandoned and the connector failed.
func (w *Worker) StartConnector(ctx context.Context, name string, props map[string]string, target TargetState) error {
	panic("not yet")
}

// StopConnectors stops connectors, all at once, and waits for each at most 5 seconds as Java does; what did not stop by then is abandoned,
// its later states are not reported, and the error names it. Names that do not run are skipped.
func (w *Worker) StopConnectors(ctx context.Context, names ...string) error { panic("not yet") }

// SetTargetState brings a connector, if it runs here, and its tasks that run here to the target state and returns when the connector has
// reached it; tasks follow on their own. A failed connector refuses to be paused or resumed; the error says so. Tasks of a connector
// that shall be STOPPED must be stopped by the caller.
func (w *Worker) SetTargetState(ctx context.Context, name string, target TargetState) error {
	panic("not yet")
}

// ConnectorTaskConfigs asks a running connector for the configurations of its tasks, and completes them: task.class, and for sinks topics
// or topics.regex. More than tasks.max of them are an error unless tasks.max.enforce is false (KIP-1004).
func (w *Worker) ConnectorTaskConfigs(ctx context.Context, name string) ([]map[string]string, error) {
	panic("not yet")
}
