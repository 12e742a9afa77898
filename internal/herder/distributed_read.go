package herder

import (
	"context"
	"maps"
	"slices"

	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/internal/store"
)

// What is read comes from what the config and status topics said so far: it waits for no rebalance and no plugin.

// Connectors returns the names of all connectors.
func (h *Distributed) Connectors(context.Context) ([]string, error) {
	return slices.Clone(h.configs.Snapshot().Connectors()), nil
}

// Connector returns a connector's configuration, tasks and type.
func (h *Distributed) Connector(_ context.Context, name string) (*ConnectorInfo, error) {
	return h.info(h.configs.Snapshot(), name)
}

func (h *Distributed) info(c *store.ClusterConfig, name string) (*ConnectorInfo, error) {
	if !c.Contains(name) {
		return nil, NotFound("Connector %s not found", name)
	}
	props := c.ConnectorConfig(name).Clone()
	return &ConnectorInfo{Name: name, Config: props, Tasks: tasksOf(c, name), Type: h.typeOf(props)}, nil
}

func tasksOf(c *store.ClusterConfig, name string) []TaskID {
	if tasks := c.Tasks(name); tasks != nil {
		return tasks
	}
	return []TaskID{}
}

// ConnectorConfig returns the configuration as given.
func (h *Distributed) ConnectorConfig(_ context.Context, name string) (config.Props, error) {
	c := h.configs.Snapshot()
	if !c.Contains(name) {
		return nil, NotFound("Connector %s not found", name)
	}
	return c.ConnectorConfig(name).Clone(), nil
}

// ConnectorStatus returns the states of a connector and its tasks.
func (h *Distributed) ConnectorStatus(_ context.Context, name string) (*ConnectorStatus, error) {
	status, ok := h.status(name)
	if !ok {
		return nil, NotFound("No status found for connector %s", name)
	}
	return status, nil
}

// TaskConfigs returns the configurations of all tasks.
func (h *Distributed) TaskConfigs(_ context.Context, name string) ([]TaskInfo, error) {
	c := h.configs.Snapshot()
	if !c.Contains(name) {
		return nil, NotFound("Connector %s not found", name)
	}
	out := []TaskInfo{}
	for _, id := range c.Tasks(name) {
		out = append(out, TaskInfo{ID: id, Config: c.TaskConfig(id).Clone()})
	}
	return out, nil
}

// TaskStatus returns the state of one task.
func (h *Distributed) TaskStatus(_ context.Context, id TaskID) (*TaskState, error) {
	s, ok := h.statuses.Task(id)
	if !ok {
		return nil, NotFound("No status found for task %s", id)
	}
	state := stateOf(id.Task, s)
	return &state, nil
}

// ConnectorTopics returns the topics that the connector used since the last reset.
func (h *Distributed) ConnectorTopics(_ context.Context, name string) ([]string, error) {
	return slices.Sorted(maps.Keys(h.statuses.Topics(name))), nil
}

// ResetConnectorTopics forgets the topics of ConnectorTopics.
func (h *Distributed) ResetConnectorTopics(_ context.Context, name string) error {
	h.forgetTopics(name)
	return nil
}
