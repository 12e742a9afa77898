package herder

import (
	"context"
	"errors"

	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/internal/store"
)

// PutConnector creates a connector or replaces its configuration.
func (h *Distributed) PutConnector(ctx context.Context, name string, props config.Props, target TargetState, replace bool) (*ConnectorInfo, bool, error) {
	if _, err := h.checked(ctx, props); err != nil {
		return nil, false, err
	}
	return h.put(ctx, name, target, replace, func(*store.ClusterConfig) (config.Props, error) { return props, nil })
}

// PatchConnector merges the patch into the configuration.
func (h *Distributed) PatchConnector(ctx context.Context, name string, patch config.Props) (*ConnectorInfo, error) {
	for {
		before := h.configs.Snapshot().ConnectorConfig(name)
		props := patched(before, patch)
		if before != nil {
			// Plugins are asked outside of the queue, in which one that hangs would hold up other changes.
			if _, err := h.checked(ctx, props); err != nil {
				return nil, err
			}
		}
		info, _, err := h.put(ctx, name, "", true, func(c *store.ClusterConfig) (config.Props, error) {
			switch {
			case !c.Contains(name):
				return nil, NotFound("Connector %s not found", name)
			case before == nil || !before.Equal(c.ConnectorConfig(name)):
				return nil, errChanged
			}
			return props, nil
		})
		if !errors.Is(err, errChanged) || ctx.Err() != nil {
			return info, err
		}
	}
}

// errChanged says that a configuration was changed while a patch of it was checked.
var errChanged = errors.New("the configuration was changed meanwhile")

// put writes the configuration that of makes of what there is.
func (h *Distributed) put(ctx context.Context, name string, target TargetState, replace bool,
	of func(*store.ClusterConfig) (config.Props, error)) (*ConnectorInfo, bool, error) {
	// Its own: a job that outlives its request must not write to what was returned.
	type outcome struct {
		info    *ConnectorInfo
		created bool
	}
	result := make(chan outcome, 1)
	err := h.asLeader(ctx, name, "Only the leader can set connector configs.", "writing a config for connector "+name+" to the config topic", func(c *store.ClusterConfig) error {
		props, err := of(c)
		if err != nil {
			return err
		}
		there := c.Contains(name)
		if there && !replace {
			return AlreadyExists("Connector %s already exists", name)
		}
		if err := h.configs.PutConnector(h.life, name, store.PropertiesOf(props), store.TargetState(target)); err != nil {
			return err
		}
		// The tasks are those from before, as in Java: new ones come with the rebalance.
		result <- outcome{&ConnectorInfo{Name: name, Config: props.Clone(), Tasks: tasksOf(c, name), Type: h.typeOf(props)}, !there}
		return nil
	})
	if err != nil {
		return nil, false, err
	}
	done := <-result
	return done.info, done.created, nil
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
		if err := h.configs.PutTargetState(h.life, name, store.TargetState(TargetStopped)); err != nil {
			return err
		}
		h.refresh("writing the STOPPED target state for connector " + name)
		return nil
	})
}

// refresh reads the config topic to its end, so that whoever asks next sees what was written; where that takes too long it goes on without.
func (h *Distributed) refresh(after string) {
	ctx, cancel := context.WithTimeout(h.life, h.cfg.SyncTimeout)
	defer cancel()
	if err := h.configs.Refresh(ctx); err != nil {
		h.log.Warn("Failed to read to end of config topic after "+after, "error", err)
	}
}

// RestartConnector stops and starts the connector instance, on the worker that owns it.
func (h *Distributed) RestartConnector(ctx context.Context, name string) error {
	if err := h.settled(); err != nil {
		return err
	}
	if !h.configs.Snapshot().Contains(name) {
		return NotFound("Unknown connector: %s", name)
	}
	if !h.owned.connector(name) {
		if err := h.lead(ctx, "Only the leader can process restart requests."); err != nil {
			return err
		}
		return &RedirectError{Message: "Cannot restart connector since it is not assigned to this member", URL: h.member.ConnectorURL(name)}
	}
	return h.queues.do(ctx, name, "restarting connector "+name, func(j *job) error {
		if !h.owned.connector(name) {
			return errRebalanceDue
		}
		return h.restartConnector(j, name)
	})
}

// RestartTask stops and starts one task, on the worker that owns it.
func (h *Distributed) RestartTask(ctx context.Context, id TaskID) error {
	if err := h.settled(); err != nil {
		return err
	}
	c := h.configs.Snapshot()
	if !c.Contains(id.Connector) {
		return NotFound("Unknown connector: %s", id.Connector)
	}
	if c.TaskConfig(id) == nil {
		return NotFound("Unknown task: %s", id)
	}
	if !h.owned.task(id) {
		const refusal = "Cannot restart task since it is not assigned to this member"
		if err := h.lead(ctx, refusal); err != nil {
			return err
		}
		return &RedirectError{Message: refusal, URL: h.member.TaskURL(id)}
	}
	return h.queues.do(ctx, id.Connector, "restarting task "+id.String(), func(*job) error {
		if !h.owned.task(id) {
			return errRebalanceDue
		}
		if err := h.restartTask(id); err != nil {
			return Internal(err, "Failed to start task: %s", id)
		}
		return nil
	})
}

// RestartConnectorAndTasks asks all workers to restart what the request selects of what they own.
func (h *Distributed) RestartConnectorAndTasks(ctx context.Context, request RestartRequest) (*ConnectorStatus, error) {
	name := request.Connector
	if err := h.settled(); err != nil {
		return nil, err
	}
	if !h.configs.Snapshot().Contains(name) {
		return nil, NotFound("Unknown connector: %s", name)
	}
	result := make(chan *ConnectorStatus, 1)
	err := h.asLeader(ctx, name, "Only the leader can process restart requests.", "writing restart request for connector "+name+" to the config topic", func(*store.ClusterConfig) error {
		// The states before the request is written: workers begin to change them as soon as they read it.
		status, known := h.recent(ctx, name)
		if !known {
			return NotFound("Status for connector %s not found", name)
		}
		result <- NewRestartPlan(request, status).Status
		return h.configs.PutRestart(h.life, store.RestartRequest{Connector: name, OnlyFailed: request.OnlyFailed, IncludeTasks: request.IncludeTasks})
	})
	if err != nil {
		return nil, err
	}
	return <-result, nil
}

// SetClusterLogger sets levels on all workers of the group.
func (h *Distributed) SetClusterLogger(ctx context.Context, name, level string) error {
	return h.configs.PutLoggerLevel(ctx, name, level)
}
