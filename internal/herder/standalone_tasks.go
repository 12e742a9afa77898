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
		h.log.Debug("The tasks of connector " + name + " are not reconfigured: " + err.Error())
	}
}

// updateTasksOrRetry updates the tasks; wait is until it tries again where that fails and may be mended by time.
func (h *Standalone) updateTasksOrRetry(j *job, name string, wait time.Duration) {
	switch err := h.updateTasks(j, name); {
	case err == nil:
	case tooManyTasks(err):
		h.log.Error("Failed to reconfigure the tasks of connector "+name, "error", err)
	default:
		h.log.Error("Failed to reconfigure the tasks of connector "+name+", trying again in "+wait.String(), "error", err)
		h.retries.after(name, wait)
	}
}

// updateTasks asks a running connector for its task configurations and, where they are not as before, replaces the tasks.
func (h *Standalone) updateTasks(j *job, name string) error {
	c, ok := h.configs.get(name)
	if !ok || !h.worker.IsRunning(name) {
		h.log.Info("Skipping update of connector " + name + " since it is not running")
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
	connProps, err := h.resolve(h.life, c.props)
	var taskProps map[string]string
	if err == nil {
		taskProps, err = h.resolve(h.life, c.tasks[n])
	}
	if err == nil {
		err = h.worker.CheckTaskCount(name, connProps, len(c.tasks))
	}
	if err == nil {
		return h.worker.StartTask(id, connProps, taskProps, c.target)
	}
	h.log.Error("Failed to start task "+id.String(), "error", err)
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

// scheduler returns what sets a connector's reload timers.
func (h *Standalone) scheduler(name string) func(path string, after time.Duration) {
	h.reloads.cancel(name)
	return func(path string, after time.Duration) {
		h.log.Info("Scheduling a restart of connector " + name + " in " + after.String() + ": its configuration has values that run out")
		h.reloads.schedule(name, path, after)
	}
}

// reload restarts a connector whose values ran out.
func (h *Standalone) reload(name string) {
	_, err := h.queues.submit(name, "restarting connector "+name, func(j *job) error {
		if _, ok := h.configs.get(name); !ok {
			return nil
		}
		if err := h.restartConnector(j, name); err != nil {
			h.log.Error("Failed to restart connector "+name+" whose configuration has values that ran out", "error", err)
		}
		return nil
	})
	if err != nil {
		h.log.Debug("Connector " + name + " is not restarted: " + err.Error())
	}
}
