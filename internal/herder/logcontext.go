package herder

import (
	"log/slog"

	"github.com/moldau/moldau/internal/logs"
)

// of returns the log for what concerns a connector.
func (b *base) of(connector string) *slog.Logger { return b.log.With(logs.ConnectorKey, connector) }

// ofTask returns the log for what concerns a task.
func (b *base) ofTask(id TaskID) *slog.Logger {
	return b.log.With(logs.ConnectorKey, id.Connector, logs.TaskKey, id.Task)
}

// ofUser returns the log for what concerns a connector or a task.
func (b *base) ofUser(u user) *slog.Logger {
	if u.task == isConnector {
		return b.of(u.connector)
	}
	return b.ofTask(TaskID{Connector: u.connector, Task: u.task})
}
