package herder

import (
	"maps"
	"time"

	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/internal/javafmt"
	"github.com/moldau/moldau/internal/worker"
	"github.com/moldau/moldau/internal/workerconfig"
)

// RequestTaskReconfiguration asks the connector for its tasks again, in time. The worker calls it when a connector wants that.
func (h *Standalone) RequestTaskReconfiguration(name string) { h.reconfigure(name, firstRetry) }

// reconfigure updates a connector's tasks and tries again later where that fails, as the connector's system may be out of reach now.
func (h *Standalone) reconfigure(name string, wait time.Duration) {
	_, err := h.queues.submit(name, "generating task configs for connector "+name, func(j *job) error {
		if _, ok := h.configs.get(name); !ok {
			return nil
		}
		h.updateTasksOrRetry(j, name, wait)
		return nil
	})
	if err != nil {
		h.of(name).Debug("The tasks of connector " + name + " are not reconfigured: " + err.Error())
	}
}

// updateTasksOrRetry updates the tasks; wait is until it tries again where that fails and may be mended by time.
func (h *Standalone) updateTasksOrRetry(j *job, name string, wait time.Duration) {
	switch err := h.updateTasks(j, name); {
	case err == nil:
	case tooManyTasks(err):
		h.of(name).Error("Failed to reconfigure the tasks of connector "+name, "error", err)
	default:
		h.of(name).Error("Failed to reconfigure the tasks of connector "+name+", trying again in "+wait.String(), "error", err)
		h.retries.after(name, wait)
	}
}

// updateTasks asks a running connector for its task configurations and, where they are not as before, replaces the tasks.
func (h *Standalone) updateTasks(j *job, name string) error {
	c, ok := h.configs.get(name)
	if !ok || !h.worker.IsRunning(name) {
		h.of(name).Info("Skipping update of connector " + name + " since it is not running")
		return nil
	}
	j.step("generating task configs for connector " + name)
	tasks, err := h.worker.ConnectorTaskConfigs(h.life, name)
	if err != nil {
		return err
	}
	raw := workerconfig.RestorePlaceholders(config.PropsOf(c.props), tasks)
	if !c.tasksChanged(raw) {
		return nil
	}
	h.removeTasks(j, name)
	h.configs.setTasks(name, raw, maps.Clone(c.props))
	for n := range raw {
		j.step("starting task " + TaskID{Connector: name, Task: n}.String())
		// What fails is the task's own state, not the connector's.
		_ = h.startTask(name, n)
	}
	return nil
}

// startTask starts a task with its configuration resolved. What fails is reported as the task's state and returned.
func (h *Standalone) startTask(name string, n int) error {
	c, _ := h.configs.get(name)
	id := TaskID{Connector: name, Task: n}
	r, err := h.reloads.resolve(h.life, config.PropsOf(c.props), config.PropsOf(c.tasks[n]))
	var connProps, taskProps map[string]string
	if err == nil {
		connProps, taskProps = r.props[0].Strings(), r.props[1].Strings()
		h.watch(user{name, n}, r)
		err = h.worker.CheckTaskCount(name, connProps, len(c.tasks))
	}
	if err == nil {
		return h.worker.StartTask(id, connProps, taskProps, c.target)
	}
	h.ofTask(id).Error("Failed to start task "+id.String(), "error", err)
	h.statuses.OnTask(id, h.failed(err))
	return err
}

// failed is the state of what the worker was not even asked to start.
func (h *Standalone) failed(err error) worker.Status {
	return worker.Status{State: Failed, WorkerID: h.workerID, Trace: javafmt.Trace(err, javafmt.Callers(1))}
}

// taskRuns reports whether a task was started since it was marked as restarting.
func (h *Standalone) taskRuns(name string, n int) bool {
	state, ok := h.statuses.task(TaskID{Connector: name, Task: n})
	return !ok || state.State != Restarting
}

func (h *Standalone) stopTasks(name string, tasks []int) {
	ids := make([]TaskID, len(tasks))
	for i, n := range tasks {
		ids[i] = TaskID{Connector: name, Task: n}
	}
	// What does not stop in time is cancelled, and logged, by the worker.
	_ = h.worker.StopTasks(h.life, ids...)
}

// removeTasks stops all tasks of a connector and forgets their configurations and states.
func (h *Standalone) removeTasks(j *job, name string) {
	c, ok := h.configs.get(name)
	if !ok || len(c.tasks) == 0 {
		return
	}
	j.step("stopping the tasks of connector " + name)
	all := make([]int, len(c.tasks))
	for n := range all {
		all[n] = n
	}
	h.stopTasks(name, all)
	h.configs.setTasks(name, nil, nil)
	h.statuses.forgetTasks(name)
}

// watch has values of a user looked after that run out.
func (h *Standalone) watch(u user, r resolved) {
	if r.ttl > 0 {
		h.ofUser(u).Info("Values of config providers that " + u.String() + " uses are asked for again in " + r.ttl.String())
	}
	h.reloads.watch(u, r)
}

// reload restarts a connector or task whose values ran out, if there are other ones.
func (h *Standalone) reload(u user) {
	_, err := h.queues.submit(u.connector, "asking config providers again for values of "+u.String(), func(j *job) error {
		c, ok := h.configs.get(u.connector)
		if !ok || u.task >= len(c.tasks) {
			return nil
		}
		props := []config.Props{}
		if u.task != isConnector {
			props = append(props, config.PropsOf(c.tasks[u.task]))
		}
		changed, err := h.reloads.changed(h.life, u, config.PropsOf(c.props), props...)
		switch {
		case err != nil:
			h.ofUser(u).Warn("Config providers could not be asked again for values of "+u.String()+", which goes on with those it has", "error", err)
			return nil
		case !changed:
			return nil
		}
		h.ofUser(u).Info("Restarting " + u.String() + ": values of config providers that it uses changed")
		if u.task == isConnector {
			err = h.restartConnector(j, u.connector)
		} else {
			h.stopTasks(u.connector, []int{u.task})
			err = h.startTask(u.connector, u.task)
		}
		if err != nil {
			h.ofUser(u).Error("Failed to restart "+u.String()+", whose values of config providers changed", "error", err)
		}
		return nil
	})
	if err != nil {
		h.ofUser(u).Debug(u.String() + " is not restarted: " + err.Error())
	}
}
