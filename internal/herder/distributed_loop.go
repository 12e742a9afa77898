package herder

import (
	"context"
	"errors"
	"time"

	"github.com/moldau/moldau/internal/group"
	"github.com/moldau/moldau/internal/store"
)

// loop follows the group and the config topic until the member is stopped.
func (h *Distributed) loop() {
	defer close(h.done)
	for {
		event, err := h.poll()
		switch {
		case errors.Is(err, group.ErrStopped):
			return
		case err != nil:
			h.log.Error("The worker cannot stay in its group and stops its work; restart it once the cause is removed", "error", err)
			h.fatal.Store(&err)
			h.abandon(h.owned.all())
			return
		}
		switch e := event.(type) {
		case group.Revoked:
			h.revoked(e)
		case group.Lost:
			h.lost(e)
		case group.Assigned:
			h.assigned(e)
		}
		h.applyConfigEvents()
		h.rotateKey(time.Now())
	}
}

// poll waits for an event of the group, a change of the config topic, or the time to make a new session key.
func (h *Distributed) poll() (group.Event, error) {
	ctx, cancel := context.Background(), func() {}
	if wait, ok := h.untilRotation(time.Now()); ok {
		ctx, cancel = context.WithTimeout(ctx, wait)
	}
	defer cancel()
	event, err := h.member.Poll(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		return nil, nil
	}
	return event, err
}

func (h *Distributed) revoked(e group.Revoked) {
	h.log.Info("Rebalance: work was revoked", "connectors", len(e.Connectors), "tasks", len(e.Tasks))
	h.abandon(e.Work)
	// The next owner reports its own states: ours must come first.
	ctx, cancel := context.WithTimeout(h.life, h.cfg.SyncTimeout)
	defer cancel()
	if err := h.statuses.Flush(ctx); err != nil {
		h.log.Warn("Not all states were written before the rebalance", "error", err)
	}
}

func (h *Distributed) lost(e group.Lost) {
	h.log.Warn("The group's coordinator cannot be reached: all work stops, as other workers may run it soon", "error", e.Reason)
	h.abandon(h.owned.all())
}

// abandon takes work away from this worker and stops it. It returns when all has stopped, as the worker's limits allow.
func (h *Distributed) abandon(w group.Work) {
	h.owned.revoke(w)
	for _, name := range w.Connectors {
		h.reloads.cancel(name)
	}
	// What does not stop in time is cancelled, and logged, by the worker.
	_ = h.worker.StopTasks(h.life, w.Tasks...)
	_ = h.worker.StopConnectors(h.life, w.Connectors...)
}

func (h *Distributed) assigned(e group.Assigned) {
	a := e.Assignment
	h.log.Info("Joined the group", "generation", e.Generation, "memberID", e.MemberID, "leader", e.Leader, "leaderURL", a.LeaderURL, "protocol", e.Protocol,
		"connectors", len(a.Connectors), "tasks", len(a.Tasks), "delay", a.Delay)
	if a.Failed() || h.configs.Snapshot().Offset() < a.ConfigOffset {
		if !h.catchUp(e.Protocol) || a.Failed() {
			return // the member joins again
		}
	}
	h.catchUps = 0
	if h.configs.Snapshot().Offset() > a.ConfigOffset {
		// What was assigned may not fit what this worker knows; the next round sees both.
		h.member.RequestRejoin("the config topic has gone on since the assignment was made")
	}
	h.ready.Store(true)
	start, stop := h.owned.assign(a.Work)
	if !stop.Empty() {
		_ = h.worker.StopTasks(h.life, stop.Tasks...) // logged by the worker
		_ = h.worker.StopConnectors(h.life, stop.Connectors...)
	}
	for _, name := range start.Connectors {
		h.submit(name, "starting connector "+name, func(j *job) error { return h.startConnector(j, name) })
	}
	for _, id := range start.Tasks {
		h.submit(id.Connector, "starting task "+id.String(), func(*job) error { return h.startTask(id) })
	}
	if e.Leader {
		h.forgetDeleted()
	}
}

const mostCatchUps = 5

// catchUp reads the config topic to its end; where that fails the worker leaves its group for a while (DistributedHerder.readConfigToEnd and
// backoff).
func (h *Distributed) catchUp(protocol group.Protocol) bool {
	ctx, cancel := context.WithTimeout(h.life, h.cfg.SyncTimeout)
	defer cancel()
	err := h.configs.Refresh(ctx)
	if err == nil {
		return true
	}
	pause := h.cfg.UnsyncBackoff
	if protocol != group.Eager {
		if h.catchUps == mostCatchUps {
			h.catchUps = 0
			h.abandon(h.owned.all())
			h.member.Forget()
		}
		pause = h.cfg.MaxDelay / 10 / time.Duration(mostCatchUps-h.catchUps)
		h.catchUps++
	}
	h.log.Warn("The config topic could not be read to its end in time: the worker leaves its group for a while", "pause", pause, "error", err)
	h.member.Leave("taking too long to read the log", pause)
	return false
}

// applyConfigEvents does what was read from the config topic since the last time.
func (h *Distributed) applyConfigEvents() {
	h.mu.Lock()
	events := h.events
	h.events = nil
	h.mu.Unlock()
	rejoin := ""
	for _, event := range events {
		switch e := event.(type) {
		case store.ConnectorUpdated:
			if !h.owned.known[e.Connector] {
				h.owned.known[e.Connector], rejoin = true, "connector "+e.Connector+" was created"
			} else if h.owned.connector(e.Connector) {
				h.submit(e.Connector, "restarting connector "+e.Connector+" with its new configuration", func(j *job) error { return h.restartConnector(j, e.Connector) })
			}
		case store.ConnectorRemoved:
			delete(h.owned.known, e.Connector)
			rejoin = "connector " + e.Connector + " was deleted"
		case store.TasksUpdated:
			h.stopTasksFor(e.Connector)
			rejoin = "the tasks of connector " + e.Connector + " have new configurations"
		case store.TargetStateChanged:
			h.submit(e.Connector, "bringing connector "+e.Connector+" to its target state", func(j *job) error { return h.toTarget(j, e.Connector) })
		case store.RestartRequested:
			h.submit(e.Request.Connector, "handling restart request for connector "+e.Request.Connector, func(j *job) error { return h.carryOut(j, e.Request) })
		case store.LoggerLevelUpdated:
			h.SetWorkerLogger(e.Namespace, e.Level)
		}
	}
	if rejoin != "" {
		h.member.RequestRejoin(rejoin)
	}
}

// stopTasksFor stops the connector's tasks that run here: those that still exist start with their new configuration at the next assignment.
func (h *Distributed) stopTasksFor(connector string) {
	if ids := h.owned.tasksOf(connector, true); len(ids) > 0 {
		_ = h.worker.StopTasks(h.life, ids...) // what does not stop in time is cancelled, and logged, by the worker
	}
}

// submit leaves work to the connector's queue.
func (h *Distributed) submit(connector, description string, run func(j *job) error) {
	_, err := h.queues.submit(connector, description, func(j *job) error {
		err := run(j)
		if err != nil && h.life.Err() == nil {
			h.log.Error("Failed "+description, "error", err)
		}
		return err
	})
	if err != nil {
		h.log.Debug("Not done any more: " + description)
	}
}
