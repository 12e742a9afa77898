package herder

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/internal/javafmt"
	"github.com/moldau/moldau/internal/store"
	"github.com/moldau/moldau/internal/worker"
	"github.com/moldau/moldau/internal/workerconfig"
)

// The jobs of this file run in the queue of their connector. They look at what is assigned and configured when they run, not when they were asked
// for: a rebalance or another change may have come between.

// restartTask starts a task, instead of one that may still run.
func (h *Distributed) restartTask(id TaskID) error {
	_ = h.worker.StopTasks(h.life, id) // what does not stop in time is cancelled, and logged, by the worker
	return h.startTask(id)
}

// startConnector starts the instance in its target state, and asks it for its tasks where that is STARTED.
func (h *Distributed) startConnector(j *job, name string) error {
	c := h.configs.Snapshot()
	if !h.owned.connector(name) || !c.Contains(name) {
		return nil
	}
	j.step("starting connector " + name)
	if err := h.missing(c, name); err != nil {
		h.reports.OnConnector(name, h.failed(err))
		return err
	}
	target := TargetState(c.TargetState(name))
	r, err := h.reloads.resolve(h.life, c.ConnectorConfig(name))
	if err == nil {
		err = textsOnly(r.props[0])
	}
	if err != nil {
		h.reports.OnConnector(name, h.failed(err))
		return err
	}
	h.watch(user{name, isConnector}, r)
	if err := h.worker.StartConnector(h.life, name, r.props[0].Strings(), target); err != nil {
		return err
	}
	if !h.owned.connector(name) {
		// It was revoked while it started, and the revocation may have found nothing to stop.
		return h.worker.StopConnectors(h.life, name)
	}
	if target != TargetStarted {
		return nil
	}
	return h.updateTasksOrRetry(j, name, firstRetry)
}

func (h *Distributed) restartConnector(j *job, name string) error {
	if !h.owned.connector(name) {
		return nil
	}
	j.step("stopping to-be-restarted connector " + name)
	_ = h.worker.StopConnectors(h.life, name) // logged by the worker; the new instance starts all the same
	return h.startConnector(j, name)
}

// startTask starts a task with its configuration resolved. What fails is reported as the task's state and returned.
func (h *Distributed) startTask(id TaskID) error {
	c := h.configs.Snapshot()
	taskConfig := c.TaskConfig(id)
	if !h.owned.task(id) || taskConfig == nil || !c.Contains(id.Connector) {
		return nil
	}
	var connProps, taskProps map[string]string
	var r resolved
	err := h.missing(c, id.Connector)
	if err == nil {
		r, err = h.reloads.resolve(h.life, c.ConnectorConfig(id.Connector), taskConfig)
	}
	if err == nil {
		connProps, taskProps = r.props[0].Strings(), r.props[1].Strings()
		h.watch(user{id.Connector, id.Task}, r)
		err = h.worker.CheckTaskCount(id.Connector, connProps, c.TaskCount(id.Connector))
	}
	if err != nil {
		h.reports.OnTask(id, h.failed(err))
		return err
	}
	generation, _ := c.TaskConfigGeneration(id.Connector)
	defer h.generations.begin(id, generation)()
	if err := h.worker.StartTask(id, connProps, taskProps, TargetState(c.TargetState(id.Connector))); err != nil {
		return err
	}
	if !h.owned.task(id) {
		return h.worker.StopTasks(h.life, id)
	}
	return nil
}

// missing returns an error where this worker does not have the class of a connector, with what to do: a group hands work to any of its workers.
func (h *Distributed) missing(c *store.ClusterConfig, name string) error {
	class := c.ConnectorConfig(name).Text("connector.class")
	if class == "" || strings.Contains(class, "${") {
		return nil // the worker says what is wrong with it
	}
	_, err := h.registry.Connector(class)
	if err == nil {
		return nil
	}
	return javafmt.NewException(javafmt.ConnectException, "Connector class "+class+" is not part of Moldau worker "+h.cfg.Worker.WorkerID+
		", and a group hands connectors and tasks to any of its workers. Run workers that have it (a build of Moldau with it, or Java's) in a group of their own, "+
		"or all workers of this group with it", err)
}

// failed is the state of what the worker was not even asked to start.
func (h *Distributed) failed(err error) worker.Status {
	return worker.Status{State: Failed, WorkerID: h.cfg.Worker.WorkerID, Generation: int(h.generation()), Trace: javafmt.Trace(err, javafmt.Callers(1))}
}

// toTarget brings what of a connector runs here to the target state of the config topic.
func (h *Distributed) toTarget(j *job, name string) error {
	c := h.configs.Snapshot()
	if !c.Contains(name) {
		return nil
	}
	target := TargetState(c.TargetState(name))
	if err := h.worker.SetTargetState(h.life, name, target); err != nil {
		return err
	}
	if target != TargetStarted || !h.owned.connector(name) {
		return nil
	}
	// A connector that was STOPPED has no tasks any more.
	return h.updateTasksOrRetry(j, name, firstRetry)
}

// reconfigure asks a connector for its tasks, in time, and again later where that fails.
func (h *Distributed) reconfigure(name string, wait time.Duration) {
	h.submit(name, "generating task configs for connector "+name, func(j *job) error { return h.updateTasksOrRetry(j, name, wait) })
}

// updateTasksOrRetry updates the tasks; wait is until it tries again where that fails.
func (h *Distributed) updateTasksOrRetry(j *job, name string, wait time.Duration) error {
	err := h.updateTasks(j, name)
	switch {
	case err == nil, errors.Is(err, errStopping):
		return nil
	case tooManyTasks(err):
		return err // the worker made the connector FAILED
	case expiredKey(err, wait):
		h.of(name).Debug("Failed to reconfigure the tasks of connector "+name+", possibly due to an expired session key, trying again in "+wait.String(), "error", err)
	default:
		h.of(name).Error("Failed to reconfigure the tasks of connector "+name+", trying again in "+wait.String(), "error", err)
	}
	h.retries.after(name, wait)
	return nil
}

// expiredKey reports whether the leader may have refused task configurations since they were signed with a key that was just replaced: within a minute
// of the first attempt (DistributedHerder.isPossibleExpiredKeyException). The waits double up to longestWait, so that the one to come tells how much
// time has gone.
func expiredKey(err error, wait time.Duration) bool {
	var refused *Error
	return errors.As(err, &refused) && refused.Status == http.StatusForbidden && wait < longestWait
}

// tooManyTasks reports whether a connector gave more tasks than it may (KIP-1004). It has failed and is asked no more; its tasks of before go on.
func tooManyTasks(err error) bool {
	var java *javafmt.Exception
	return errors.As(err, &java) && java.Class == worker.TooManyTasks
}

// updateTasks asks the running connector for its task configurations and, where they are not as before, has the leader write them.
func (h *Distributed) updateTasks(j *job, name string) error {
	c := h.configs.Snapshot()
	if !h.owned.connector(name) || !h.worker.IsRunning(name) {
		h.of(name).Info("Skipping update of connector " + name + " since it is not running here")
		return nil
	}
	j.step("generating task configs for connector " + name)
	tasks, err := h.worker.ConnectorTaskConfigs(h.life, name)
	if err != nil {
		return err
	}
	props := c.ConnectorConfig(name)
	raw := workerconfig.RestorePlaceholders(props, tasks)
	if !tasksChanged(c, name, raw) {
		return nil
	}
	j.step("writing task configs of connector " + name)
	return h.publish(name, raw)
}

// publishLimit is how long a connector's job waits for its task configurations to be written before it lets other jobs go first.
const publishLimit = 60 * time.Second

// publish has the leader write task configurations.
func (h *Distributed) publish(name string, tasks []map[string]string) error {
	ctx, cancel := context.WithTimeout(h.life, publishLimit)
	defer cancel()
	err := h.writeTasks(ctx, name, tasks)
	var leader *RedirectError
	if !errors.As(err, &leader) {
		return err
	}
	h.log.Debug("Forwarding task configurations to the leader", "connector", name, "leader", leader.URL)
	return h.cfg.Peers.PutTaskConfigs(ctx, leader.URL, name, tasks, h.sign)
}

// tasksChanged reports whether task configurations differ from those of the config topic, or were made from another configuration of the
// connector (AbstractHerder.taskConfigsChanged).
func tasksChanged(c *store.ClusterConfig, name string, tasks []map[string]string) bool {
	now := c.TaskConfigs(name)
	if len(now) != len(tasks) || c.TaskCount(name) != len(tasks) {
		return true
	}
	for i := range now {
		if !now[i].Equal(config.PropsOf(tasks[i])) {
			return true
		}
	}
	return !c.AppliedConfig(name).Equal(c.ConnectorConfig(name))
}

func propertiesOfAll(tasks []map[string]string) [][]store.Property {
	out := make([][]store.Property, len(tasks))
	for i, t := range tasks {
		out[i] = store.PropertiesOf(config.PropsOf(t))
	}
	return out
}

// sign signs a request to another worker.
func (h *Distributed) sign(body []byte, headers http.Header) error {
	key := h.configs.Snapshot().SessionKey()
	if key == nil {
		return nil // the group does without, or the leader will say what is missing
	}
	return key.Sign(h.cfg.Keys.SignatureAlgorithm, body, headers)
}

// carryOut restarts what of a connector a restart request selects and runs here (KIP-745).
func (h *Distributed) carryOut(j *job, name string) error {
	request, due := h.takeRestart(name)
	if !due {
		return nil // an earlier job served it
	}
	status, ok := h.recent(h.life, name)
	if !ok {
		h.of(name).Debug("Skipping restart of connector " + name + ", of which there is no status")
		return nil
	}
	plan := NewRestartPlan(RestartRequest{Connector: name, OnlyFailed: request.OnlyFailed, IncludeTasks: request.IncludeTasks}, status)
	connector := plan.Connector && h.owned.connector(name)
	var tasks []TaskID
	for _, n := range plan.Tasks {
		if id := (TaskID{Connector: name, Task: n}); h.owned.task(id) {
			tasks = append(tasks, id)
		}
	}
	if len(tasks) > 0 {
		j.step("stopping to-be-restarted tasks of connector " + name)
		_ = h.worker.StopTasks(h.life, tasks...) // logged by the worker
	}
	if connector {
		j.step("stopping to-be-restarted connector " + name)
		_ = h.worker.StopConnectors(h.life, name) // logged by the worker
	}
	h.markRestarting(name, connector, tasks)
	if connector {
		if err := h.startConnector(j, name); err != nil {
			h.of(name).Error("Failed to restart connector "+name, "error", err)
		}
	}
	for _, id := range tasks {
		j.step("restarting task " + id.String())
		if err := h.startTask(id); err != nil {
			h.ofTask(id).Error("Failed to restart task "+id.String(), "error", err)
		}
	}
	return nil
}

// watch has values of a user looked after that run out.
func (h *Distributed) watch(u user, r resolved) {
	if r.ttl > 0 {
		h.ofUser(u).Info("Values of config providers that " + u.String() + " uses are asked for again in " + r.ttl.String())
	}
	h.reloads.watch(u, r)
}

// reload restarts a connector or task whose values ran out, if there are other ones. Every worker looks after what it runs itself.
func (h *Distributed) reload(u user) {
	h.submit(u.connector, "asking config providers again for values of "+u.String(), func(j *job) error {
		c := h.configs.Snapshot()
		id := TaskID{Connector: u.connector, Task: u.task}
		var props []config.Props
		if u.task != isConnector {
			props = append(props, c.TaskConfig(id))
		}
		if !c.Contains(u.connector) || u.task == isConnector && !h.owned.connector(u.connector) || u.task != isConnector && (!h.owned.task(id) || props[0] == nil) {
			return nil
		}
		changed, err := h.reloads.changed(h.life, u, c.ConnectorConfig(u.connector), props...)
		switch {
		case err != nil:
			h.ofUser(u).Warn("Config providers could not be asked again for values of "+u.String()+", which goes on with those it has", "error", err)
			return nil
		case !changed:
			return nil
		}
		h.ofUser(u).Info("Restarting " + u.String() + ": values of config providers that it uses changed")
		if u.task == isConnector {
			return h.restartConnector(j, u.connector)
		}
		return h.restartTask(id)
	})
}
