package herder

import (
	"context"

	"github.com/moldau/moldau/connect/config"
)

// Connectors returns the names of all connectors.
func (h *Standalone) Connectors(context.Context) ([]string, error) {
	names := h.configs.names()
	if names == nil {
		names = []string{}
	}
	return names, nil
}

// Connector returns a connector's configuration, tasks and type.
func (h *Standalone) Connector(_ context.Context, name string) (*ConnectorInfo, error) {
	c, ok := h.configs.get(name)
	if !ok {
		return nil, NotFound("Connector %s not found", name)
	}
	return &ConnectorInfo{Name: name, Config: config.PropsOf(c.props), Tasks: c.taskIDs(name), Type: h.typeOf(config.PropsOf(c.props))}, nil
}

// ConnectorConfig returns the configuration as given.
func (h *Standalone) ConnectorConfig(_ context.Context, name string) (config.Props, error) {
	c, ok := h.configs.get(name)
	if !ok {
		return nil, NotFound("Connector %s not found", name)
	}
	return config.PropsOf(c.props), nil
}

// ConnectorStatus returns the states of a connector and its tasks.
func (h *Standalone) ConnectorStatus(_ context.Context, name string) (*ConnectorStatus, error) {
	status, ok := h.statuses.connector(name)
	if !ok {
		return nil, NotFound("No status found for connector %s", name)
	}
	c, _ := h.configs.get(name)
	status.Type = h.typeOf(config.PropsOf(c.props))
	return status, nil
}

// TaskConfigs returns the configurations of all tasks.
func (h *Standalone) TaskConfigs(_ context.Context, name string) ([]TaskInfo, error) {
	c, ok := h.configs.get(name)
	if !ok {
		return nil, NotFound("Connector %s not found", name)
	}
	out := make([]TaskInfo, len(c.tasks))
	for i, task := range c.tasks {
		out[i] = TaskInfo{ID: TaskID{Connector: name, Task: i}, Config: config.PropsOf(task)}
	}
	return out, nil
}

// TaskStatus returns the state of one task.
func (h *Standalone) TaskStatus(_ context.Context, id TaskID) (*TaskState, error) {
	state, ok := h.statuses.task(id)
	if !ok {
		return nil, NotFound("No status found for task %s", id)
	}
	return state, nil
}

// ConnectorTopics returns the topics that the connector used since the last reset.
func (h *Standalone) ConnectorTopics(_ context.Context, name string) ([]string, error) {
	return h.topics.get(name), nil
}

// ResetConnectorTopics forgets the topics of ConnectorTopics.
func (h *Standalone) ResetConnectorTopics(_ context.Context, name string) error {
	h.topics.reset(name)
	h.worker.ForgetTopics(name)
	return nil
}

// SetClusterLogger sets levels on the only worker there is.
func (h *Standalone) SetClusterLogger(_ context.Context, name, level string) error {
	h.SetWorkerLogger(name, level)
	return nil
}
