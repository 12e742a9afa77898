package herder

import (
	"context"
	"fmt"

	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/internal/store"
)

// errNoLeader says that task configurations cannot be handed to a leader now.
var errNoLeader = fmt.Errorf("no leader of the group is known, likely because of a rebalance")

// lead returns nil where this worker leads its group, else a redirection to the worker that does. Its message says what only the leader can do.
func (h *Distributed) lead(what string) error {
	url, self := h.member.Leader()
	if self {
		return nil
	}
	return &RedirectError{Message: what, URL: url}
}

// PutConnector creates a connector or replaces its configuration.
func (h *Distributed) PutConnector(ctx context.Context, name string, props config.Props, target TargetState, replace bool) (*ConnectorInfo, bool, error) {
	if _, err := h.checked(ctx, props); err != nil {
		return nil, false, err
	}
	return h.put(ctx, name, target, replace, func(*store.ClusterConfig) (config.Props, error) { return props, nil })
}

// PatchConnector merges the patch into the configuration.
func (h *Distributed) PatchConnector(ctx context.Context, name string, patch config.Props) (*ConnectorInfo, error) {
	info, _, err := h.put(ctx, name, "", true, func(c *store.ClusterConfig) (config.Props, error) {
		if !c.Contains(name) {
			return nil, NotFound("Connector %s not found", name)
		}
		props := patched(c.ConnectorConfig(name).Strings(), patch)
		_, err := h.checked(ctx, props)
		return props, err
	})
	return info, err
}

// put writes the configuration that of makes of what there is.
func (h *Distributed) put(ctx context.Context, name string, target TargetState, replace bool,
	of func(*store.ClusterConfig) (config.Props, error)) (info *ConnectorInfo, created bool, err error) {
	if err := h.lead("Only the leader can set connector configs."); err != nil {
		return nil, false, err
	}
	err = h.queues.do(ctx, name, "writing a config for connector "+name+" to the config topic", func(*job) error {
		if err := h.lead("Only the leader can set connector configs."); err != nil {
			return err
		}
		c := h.configs.Snapshot()
		props, err := of(c)
		if err != nil {
			return err
		}
		there := c.Contains(name)
		if there && !replace {
			return AlreadyExists("Connector %s already exists", name)
		}
		created = !there
		return h.configs.PutConnector(h.life, name, store.PropertiesOf(props), store.TargetState(target))
	})
	if err != nil {
		return nil, false, err
	}
	info, err = h.info(h.configs.Snapshot(), name)
	return info, created, err
}

// DeleteConnector forgets a connector; the workers that run it and its tasks stop them at the rebalance that follows.
func (h *Distributed) DeleteConnector(ctx context.Context, name string) error {
	return h.asLeader(ctx, name, "Only the leader can delete connector configs.", "removing the config for connector "+name+" from the config topic", func(c *store.ClusterConfig) error {
		if !c.Contains(name) {
			return NotFound("Connector %s not found", name)
		}
		return h.configs.RemoveConnector(h.life, name)
	})
}

// asLeader runs a change in the connector's queue, where this worker leads.
func (h *Distributed) asLeader(ctx context.Context, name, refusal, description string, change func(c *store.ClusterConfig) error) error {
	if err := h.lead(refusal); err != nil {
		return err
	}
	return h.queues.do(ctx, name, description, func(*job) error {
		if err := h.lead(refusal); err != nil {
			return err
		}
		return change(h.configs.Snapshot())
	})
}

// PauseConnector asks connector and tasks to pause.
func (h *Distributed) PauseConnector(ctx context.Context, name string) error {
	return h.target(ctx, name, TargetPaused)
}

// ResumeConnector asks connector and tasks to run.
func (h *Distributed) ResumeConnector(ctx context.Context, name string) error {
	return h.target(ctx, name, TargetStarted)
}

func (h *Distributed) target(ctx context.Context, name string, target TargetState) error {
	if !h.configs.Snapshot().Contains(name) {
		return NotFound("Unknown connector %s", name)
	}
	return h.configs.PutTargetState(ctx, name, store.TargetState(target))
}

// StopConnector stops connector and tasks and drops the task configurations.
func (h *Distributed) StopConnector(ctx context.Context, name string) error {
	return h.asLeader(ctx, name, "Only the leader can transition connectors to the STOPPED state.", "stopping connector "+name, func(c *store.ClusterConfig) error {
		if !c.Contains(name) {
			return NotFound("Unknown connector %s", name)
		}
		// Without tasks first, so that none is started between the two records.
		if err := h.configs.PutTasks(h.life, name, nil); err != nil {
			return err
		}
		return h.configs.PutTargetState(h.life, name, store.TargetState(TargetStopped))
	})
}

// RestartConnector stops and starts the connector instance, on the worker that owns it.
func (h *Distributed) RestartConnector(ctx context.Context, name string) error {
	if !h.configs.Snapshot().Contains(name) {
		return NotFound("Unknown connector: %s", name)
	}
	if !h.owned.connector(name) {
		return h.notAssigned("Cannot restart connector since it is not assigned to this member", func() string { return h.member.ConnectorURL(name) })
	}
	return h.queues.do(ctx, name, "restarting connector "+name, func(j *job) error { return h.restartConnector(j, name) })
}

// RestartTask stops and starts one task, on the worker that owns it.
func (h *Distributed) RestartTask(ctx context.Context, id TaskID) error {
	c := h.configs.Snapshot()
	if !c.Contains(id.Connector) {
		return NotFound("Unknown connector: %s", id.Connector)
	}
	if c.TaskConfig(id) == nil {
		return NotFound("Unknown task: %s", id)
	}
	if !h.owned.task(id) {
		return h.notAssigned("Cannot restart task since it is not assigned to this member", func() string { return h.member.TaskURL(id) })
	}
	return h.queues.do(ctx, id.Connector, "restarting task "+id.String(), func(*job) error {
		_ = h.worker.StopTasks(h.life, id) // what does not stop in time is cancelled, and logged, by the worker
		if err := h.startTask(id); err != nil {
			return Internal(err, "Failed to start task: %s", id)
		}
		return nil
	})
}

// notAssigned redirects to the owner, whom only the leader knows, or to the leader.
func (h *Distributed) notAssigned(message string, owner func() string) error {
	url, self := h.member.Leader()
	if self {
		url = owner()
	}
	return &RedirectError{Message: message, URL: url}
}

// RestartConnectorAndTasks asks all workers to restart what the request selects of what they own.
func (h *Distributed) RestartConnectorAndTasks(ctx context.Context, request RestartRequest) (*ConnectorStatus, error) {
	name := request.Connector
	if !h.configs.Snapshot().Contains(name) {
		return nil, NotFound("Unknown connector: %s", name)
	}
	if err := h.lead("Only the leader can process restart requests."); err != nil {
		return nil, err
	}
	status, ok := h.status(name)
	if !ok {
		return nil, NotFound("Status for connector %s not found", name)
	}
	plan := NewRestartPlan(request, status)
	err := h.configs.PutRestart(ctx, store.RestartRequest{Connector: name, OnlyFailed: request.OnlyFailed, IncludeTasks: request.IncludeTasks})
	if err != nil {
		return nil, err
	}
	return plan.Status, nil
}

// SetClusterLogger sets levels on all workers of the group.
func (h *Distributed) SetClusterLogger(ctx context.Context, name, level string) error {
	return h.configs.PutLoggerLevel(ctx, name, level)
}
