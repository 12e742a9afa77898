package herder

import (
	"context"
	"errors"
	"time"

	"github.com/moldau/moldau/internal/group"
)

// pace is when the loop has to do something that no event asks for. It is the loop's own.
type pace struct {
	// catchUps counts the failures to read the config topic to its end; while behind, the next attempt is at nextCatchUp.
	catchUps    int
	behind      bool
	protocol    group.Protocol
	nextCatchUp time.Time
	nextClaim   time.Time // not before
	nextKey     time.Time // not before
	wake        time.Time // zero where nothing is to be done
}

func (p *pace) wakeAt(t time.Time) {
	if p.wake.IsZero() || t.Before(p.wake) {
		p.wake = t
	}
}

// loop follows the group and the config topic until the member is stopped.
func (h *Distributed) loop() {
	defer close(h.done)
	defer h.waits()
	for {
		h.beats.finished()
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
		if h.behind && !time.Now().Before(h.nextCatchUp) {
			h.catchUp()
		}
		h.applyConfigEvents()
		h.claim()
		h.rotateKey(time.Now())
	}
}

// poll waits for an event of the group, a change of the config topic, or the time to do something else.
func (h *Distributed) poll() (group.Event, error) {
	now := time.Now()
	if wait, ok := h.untilRotation(now); ok {
		h.wakeAt(later(now.Add(wait), h.nextKey))
	}
	if h.behind {
		h.wakeAt(h.nextCatchUp)
	}
	ctx, cancel := context.Background(), func() {}
	if !h.wake.IsZero() {
		ctx, cancel = context.WithDeadline(ctx, h.wake)
		h.wake = time.Time{}
	}
	defer cancel()
	h.waits()
	defer h.works()
	return h.member.Poll(ctx)
}

func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}

func (h *Distributed) revoked(e group.Revoked) {
	h.log.Info("Rebalance: work was revoked", "connectors", len(e.Connectors), "tasks", len(e.Tasks))
	h.abandon(e.Work)
	h.flush()
}

// flush writes the states of what has stopped: the next owner reports its own, and ours must come first.
func (h *Distributed) flush() {
	ctx, cancel := context.WithTimeout(h.life, h.cfg.SyncTimeout)
	defer cancel()
	if err := h.statuses.Flush(ctx); err != nil {
		h.log.Warn("Not all states were written before the rebalance", "error", err)
	}
}

func (h *Distributed) lost(e group.Lost) {
	h.log.Warn("The group's coordinator cannot be reached: all work stops, as other workers may run it soon", "error", e.Reason)
	h.leftGroup()
	h.abandon(h.owned.all())
}

// abandon takes work away from this worker and stops it. It returns when all has stopped, as the worker's limits allow.
func (h *Distributed) abandon(w group.Work) {
	h.owned.revoke(w)
	for _, name := range w.Connectors {
		h.reloads.cancel(name, false)
	}
	for _, id := range w.Tasks {
		h.reloads.cancelTask(id)
	}
	// What does not stop in time is cancelled, and logged, by the worker.
	_ = h.worker.StopTasks(h.life, w.Tasks...)
	_ = h.worker.StopConnectors(h.life, w.Connectors...)
}

func (h *Distributed) assigned(e group.Assigned) {
	a := e.Assignment
	h.log.Info("Joined the group", "generation", e.Generation, "memberID", e.MemberID, "leader", e.Leader, "leaderURL", a.LeaderURL, "protocol", e.Protocol,
		"connectors", len(a.Connectors), "tasks", len(a.Tasks), "delay", a.Delay)
	h.speak(e.Protocol)
	if e.Leader {
		h.unclaimed.Store(true)
		h.claim()
	}
	if now := h.configs.Snapshot().Offset(); now < a.ConfigOffset || a.Failed() && e.Leader {
		if !h.catchUp() {
			return // the member joins again
		}
	}
	h.catchUps = 0
	h.setBehind(false)
	defer h.rounds.finished()
	if h.otherTopic(a) && a.Failed() {
		// Without a pause this member would lead its group from one failed round into the next.
		h.member.Leave("the group has another config topic", otherTopicPause)
	}
	if a.Failed() {
		return // the member joins again
	}
	if h.configs.Snapshot().Offset() > a.ConfigOffset {
		// What was assigned may not fit what this worker knows; the next round sees both.
		h.member.RequestRejoin("the config topic has gone on since the assignment was made")
	}
	h.ready.Store(true)
	h.away.Store(nil)
	start, stop := h.owned.assign(a.Work)
	h.startsAnyway(start.Connectors)
	if !stop.Empty() {
		_ = h.worker.StopTasks(h.life, stop.Tasks...) // logged by the worker
		_ = h.worker.StopConnectors(h.life, stop.Connectors...)
	}
	// Instead of what may still run: a job of before the work was taken away can have started it late.
	for _, name := range start.Connectors {
		h.submit(name, "starting connector "+name, func(j *job) error { return h.restartConnector(j, name) })
	}
	for _, id := range start.Tasks {
		h.submit(id.Connector, "starting task "+id.String(), func(*job) error { return h.restartTask(id) })
	}
	if e.Leader {
		h.forgetDeleted()
	}
}

// speak notes what the group speaks, and says where requests between workers are signed no more, or again.
func (h *Distributed) speak(protocol group.Protocol) {
	signed, now := h.protocol == group.Sessioned, protocol == group.Sessioned
	h.protocol = protocol
	switch {
	case signed && !now:
		h.log.Warn("The group speaks protocol " + protocol.String() + " now, so requests between workers are not verified any more: whoever reaches the REST API can " +
			"set task configurations. Some worker has another connect.protocol than sessioned (KIP-507)")
	case !signed && now:
		h.log.Info("Requests between workers are verified again")
	}
}

const (
	mostCatchUps = 5
	// shortestPause keeps a config topic that refuses at once from being asked without end.
	shortestPause = 100 * time.Millisecond
)

// catchUp reads the config topic to its end; where that fails the worker leaves its group for a while, and comes back when it has caught up
// (DistributedHerder.readConfigToEnd and backoff).
func (h *Distributed) catchUp() bool {
	ctx, cancel := context.WithTimeout(h.life, h.cfg.SyncTimeout)
	defer cancel()
	err := h.configs.Refresh(ctx)
	if err == nil {
		if h.behind {
			h.member.RequestRejoin("the config topic was read to its end")
		}
		h.catchUps = 0
		h.setBehind(false)
		return true
	}
	if h.life.Err() != nil {
		return false
	}
	pause := h.cfg.UnsyncBackoff
	switch {
	case h.protocol == group.Eager:
	case h.catchUps == mostCatchUps:
		h.log.Warn("The config topic could not be read to its end for too long: all work stops", "error", err)
		h.abandon(h.owned.all())
		h.member.Forget()
		h.flush()
		h.catchUps, pause = 0, 0
	default:
		pause = h.cfg.MaxDelay / 10 / time.Duration(mostCatchUps-h.catchUps)
		h.catchUps++
	}
	h.log.Warn("The config topic could not be read to its end in time: the worker leaves its group for a while", "pause", pause, "error", err)
	h.setBehind(true)
	h.nextCatchUp = time.Now().Add(max(pause, shortestPause))
	h.leftGroup()
	// It stays out until the next attempt to read has ended.
	h.member.Leave("taking too long to read the log", pause+h.cfg.SyncTimeout)
	return false
}

// submit leaves work to the connector's queue.
func (h *Distributed) submit(connector, description string, run func(j *job) error) {
	_, err := h.queues.submit(connector, description, func(j *job) error {
		err := run(j)
		if err != nil && h.life.Err() == nil {
			h.of(connector).Error("Failed "+description, "error", err)
		}
		return err
	})
	if err != nil {
		h.of(connector).Debug("Not done any more: " + description)
	}
}
