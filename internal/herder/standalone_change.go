package herder

import (
	"context"
	"slices"

	"github.com/moldau/moldau/connect/config"
)

// PutConnector creates a connector or replaces its configuration.
func (h *Standalone) PutConnector(ctx context.Context, name string, props config.Props, target TargetState, replace bool) (*ConnectorInfo, bool, error) {
	checked, err := h.checked(ctx, props)
	if err != nil {
		return nil, false, err
	}
	if err := textsOnly(props); err != nil {
		return nil, false, Internal(err, "%s", err.Error())
	}
	created := false
	err = h.queues.do(ctx, name, "creating connector "+name, func(j *job) error {
		_, there := h.configs.get(name)
		if there && !replace {
			return AlreadyExists("Connector %s already exists", name)
		}
		created = !there
		return h.store(j, name, checked, target)
	})
	if err != nil {
		return nil, false, err
	}
	info, err := h.Connector(ctx, name)
	return info, created, err
}

// PatchConnector merges the patch into the configuration.
func (h *Standalone) PatchConnector(ctx context.Context, name string, patch config.Props) (*ConnectorInfo, error) {
	err := h.queues.do(ctx, name, "changing the configuration of connector "+name, func(j *job) error {
		c, ok := h.configs.get(name)
		if !ok {
			return NotFound("Connector %s not found", name)
		}
		props := patched(config.PropsOf(c.props), patch)
		checked, err := h.checked(ctx, props)
		if err != nil {
			return err
		}
		return h.store(j, name, checked, "")
	})
	if err != nil {
		return nil, err
	}
	return h.Connector(ctx, name)
}

// store puts a configuration into effect: the old instance ends, the new one starts, and gives its tasks.
func (h *Standalone) store(j *job, name string, props map[string]string, target TargetState) error {
	j.step("stopping connector " + name)
	// An instance that does not stop is abandoned and logged by the worker; the new one starts all the same.
	_ = h.worker.StopConnectors(h.life, name)
	h.configs.put(name, props, target)
	return h.startConnector(j, name)
}

// startConnector starts the instance in its target state, and its tasks where that is STARTED.
func (h *Standalone) startConnector(j *job, name string) error {
	c, ok := h.configs.get(name)
	if !ok {
		return nil
	}
	j.step("starting connector " + name)
	r, err := h.reloads.resolve(h.life, config.PropsOf(c.props))
	if err != nil {
		h.statuses.OnConnector(name, h.failed(err))
		return err
	}
	h.watch(user{name, isConnector}, r)
	if err := h.worker.StartConnector(h.life, name, r.props[0].Strings(), c.target); err != nil {
		return err
	}
	if c.target != TargetStarted {
		return nil
	}
	return h.updateTasks(j, name)
}

// DeleteConnector stops and forgets a connector.
func (h *Standalone) DeleteConnector(ctx context.Context, name string) error {
	return h.queues.do(ctx, name, "deleting connector "+name, func(j *job) error {
		if _, ok := h.configs.get(name); !ok {
			return NotFound("Connector %s not found", name)
		}
		h.reloads.cancel(name, true)
		h.removeTasks(j, name)
		j.step("stopping connector " + name)
		_ = h.worker.StopConnectors(h.life, name) // logged by the worker; the connector goes all the same
		h.configs.remove(name)
		h.statuses.forget(name)
		return nil
	})
}

// PauseConnector asks connector and tasks to pause.
func (h *Standalone) PauseConnector(_ context.Context, name string) error {
	return h.target(name, TargetPaused)
}

// ResumeConnector asks connector and tasks to run.
func (h *Standalone) ResumeConnector(_ context.Context, name string) error {
	return h.target(name, TargetStarted)
}

// target sets the target state and leaves it to a job to reach it.
func (h *Standalone) target(name string, target TargetState) error {
	if !h.configs.setTarget(name, target) {
		return NotFound("Unknown connector %s", name)
	}
	_, err := h.queues.submit(name, "bringing connector "+name+" to state "+string(target), func(j *job) error {
		c, ok := h.configs.get(name)
		if !ok {
			return nil
		}
		if err := h.worker.SetTargetState(h.life, name, c.target); err != nil {
			h.of(name).Error("Failed to transition connector "+name+" to target state "+string(c.target), "error", err)
			return nil
		}
		if c.target != TargetStarted {
			return nil
		}
		h.updateTasksOrRetry(j, name, firstRetry)
		return nil
	})
	return err
}

// StopConnector stops connector and tasks and drops the task configurations.
func (h *Standalone) StopConnector(ctx context.Context, name string) error {
	return h.queues.do(ctx, name, "stopping connector "+name, func(j *job) error {
		h.removeTasks(j, name)
		if !h.configs.setTarget(name, TargetStopped) {
			return Internal(nil, "No connector `%s` configured", name)
		}
		j.step("stopping connector " + name)
		if err := h.worker.SetTargetState(h.life, name, TargetStopped); err != nil {
			h.of(name).Error("Failed to transition connector "+name+" to target state STOPPED", "error", err)
		}
		return nil
	})
}

// RestartConnector stops and starts the connector instance.
func (h *Standalone) RestartConnector(ctx context.Context, name string) error {
	return h.queues.do(ctx, name, "restarting connector "+name, func(j *job) error {
		if _, ok := h.configs.get(name); !ok {
			// What Java answers: it goes on after it has found out that there is no such connector.
			return Internal(nil, `Cannot invoke "java.util.Map.get(Object)" because "connProps" is null`)
		}
		return h.restartConnector(j, name)
	})
}

func (h *Standalone) restartConnector(j *job, name string) error {
	j.step("stopping to-be-restarted connector " + name)
	_ = h.worker.StopConnectors(h.life, name) // logged by the worker; the new instance starts all the same
	return h.startConnector(j, name)
}

// RestartConnectorAndTasks restarts what the request selects.
func (h *Standalone) RestartConnectorAndTasks(ctx context.Context, request RestartRequest) (*ConnectorStatus, error) {
	name := request.Connector
	var plan *RestartPlan
	err := h.queues.do(ctx, name, "handling restart request for connector "+name, func(j *job) error {
		if _, ok := h.configs.get(name); !ok {
			return NotFound("Unknown connector: %s", name)
		}
		status, err := h.ConnectorStatus(ctx, name)
		if err != nil {
			return NotFound("Status for connector %s not found", name)
		}
		plan = NewRestartPlan(request, status)
		h.carryOut(j, name, plan)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return plan.Status, nil
}

func (h *Standalone) carryOut(j *job, name string, plan *RestartPlan) {
	c, _ := h.configs.get(name)
	// A state may be of a task that there is no configuration for any more.
	tasks := slices.DeleteFunc(slices.Clone(plan.Tasks), func(n int) bool { return n >= len(c.tasks) })
	if len(tasks) > 0 {
		j.step("stopping to-be-restarted tasks of connector " + name)
		h.stopTasks(name, tasks)
	}
	if plan.Connector {
		j.step("stopping to-be-restarted connector " + name)
		_ = h.worker.StopConnectors(h.life, name) // logged by the worker
	}
	h.statuses.restarting(name, plan.Connector, tasks)
	if plan.Connector {
		if err := h.startConnector(j, name); err != nil {
			h.of(name).Error("Failed to restart connector "+name, "error", err)
		}
	}
	// The connector may have got other tasks meanwhile, which were started with it; starting a task twice is refused by the worker, so only
	// those that still are as they were are started here.
	now, _ := h.configs.get(name)
	for _, n := range tasks {
		if n < len(now.tasks) && !h.taskRuns(name, n) {
			j.step("restarting task " + TaskID{Connector: name, Task: n}.String())
			h.startTask(name, n)
		}
	}
}

// RestartTask stops and starts one task.
func (h *Standalone) RestartTask(ctx context.Context, id TaskID) error {
	return h.queues.do(ctx, id.Connector, "restarting task "+id.String(), func(*job) error {
		c, ok := h.configs.get(id.Connector)
		if !ok {
			return Internal(nil, "Failed to start task %s since it is not a recognizable type (source or sink)", id)
		}
		if id.Task < 0 || id.Task >= len(c.tasks) {
			return NotFound("Task %s not found", id)
		}
		h.stopTasks(id.Connector, []int{id.Task})
		if err := h.startTask(id.Connector, id.Task); err != nil {
			return Internal(err, "Failed to start task: %s", id)
		}
		return nil
	})
}

// PutTaskConfigs is not for standalone mode.
func (h *Standalone) PutTaskConfigs(context.Context, string, []map[string]string, []byte, *Signature) error {
	return Internal(nil, "Kafka Connect in standalone mode does not support externally setting task configurations.")
}

// FenceZombies is not for standalone mode.
func (h *Standalone) FenceZombies(context.Context, string, *Signature) error {
	return Internal(nil, "Kafka Connect in standalone mode does not support exactly-once source connectors.")
}
