package herder

import (
	"context"
	"errors"
	"net/url"
	"sync"
	"time"

	"github.com/moldau/moldau/internal/store"
)

// errRebalanceDue refuses what would be answered from an assignment that is about to change (DistributedHerder.checkRebalanceNeeded).
var errRebalanceDue = &RebalanceError{Message: "Request cannot be completed because a rebalance is expected"}

// membership is the stage of a worker that waits for its group.
const membership = "ensuring membership in the cluster"

// rounds tells who waits for something that comes again and again, such as the end of a rebalance, when it comes next.
type rounds struct {
	mu   sync.Mutex
	over chan struct{}
}

// next returns what is closed then.
func (r *rounds) next() <-chan struct{} {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.over == nil {
		r.over = make(chan struct{})
	}
	return r.over
}

func (r *rounds) finished() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.over != nil {
		close(r.over)
		r.over = nil
	}
}

// lead returns nil where this worker leads its group, else a redirection to the worker that does; refusal says what only the leader can do. Where the
// group is between two leaders it waits, as Java's requests do for its tick (DistributedHerder.tick, "ensuring membership in the cluster").
func (h *Distributed) lead(ctx context.Context, refusal string) error {
	began := time.Now()
	for {
		over := h.rounds.next()
		leader, self := h.member.Leader()
		switch {
		case self:
			return nil
		case leader != "" && !h.isOwn(leader):
			return &RedirectError{Message: refusal, URL: leader}
		}
		select {
		case <-over:
		case <-h.stopping:
			return errStopping
		case <-h.done:
			return errStopping
		case <-ctx.Done():
			return &TimeoutError{Stage: Stage{Description: membership, Started: began}, Err: ctx.Err()}
		}
	}
}

// isOwn reports whether a REST URL is this worker's: it led before the rebalance that is under way, and may lead after it.
func (h *Distributed) isOwn(leader string) bool {
	u, err := url.Parse(leader)
	return err == nil && u.Host == h.cfg.Worker.WorkerID
}

// settled refuses what depends on who owns what while a change of that is due.
func (h *Distributed) settled() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.rejoin != "" {
		return errRebalanceDue
	}
	return nil
}

// asLeader runs a change in the connector's queue of writes, where this worker leads. Writes have queues of their own, so that a plugin that hangs
// keeps nobody from deleting or changing its connector, and a connector's job may wait for a write.
func (h *Distributed) asLeader(ctx context.Context, name, refusal, description string, change func(c *store.ClusterConfig) error) error {
	if err := h.lead(ctx, refusal); err != nil {
		return err
	}
	return h.writes.do(ctx, name, description, func(*job) error {
		if err := h.lead(ctx, refusal); err != nil {
			return err
		}
		return h.privileged(change(h.configs.Snapshot()))
	})
}

// privileged is what a client hears of a write: one that failed since another worker may lead now is said to be safe to try again, and the privileges
// are claimed anew (DistributedHerder.writeToConfigTopicAsLeader).
func (h *Distributed) privileged(err error) error {
	var lost *store.PrivilegeError
	if !errors.As(err, &lost) {
		return err
	}
	h.log.Warn("Failed to write to config topic as leader; the worker claims the right to write again if it still leads", "error", err)
	h.unclaimed.Store(true)
	h.member.Wakeup()
	return Internal(err, "Failed to write to config topic; this may be due to a transient error and the request can be safely retried")
}

// claimPause is between attempts to become the only one who writes as leader (CONFIG_TOPIC_WRITE_PRIVILEGES_BACKOFF_MS).
const claimPause = 250 * time.Millisecond

// claim makes the leader the only worker that can write as one, where it is not yet. The loop calls it.
func (h *Distributed) claim() {
	if !h.unclaimed.Load() {
		return
	}
	if time.Now().Before(h.nextClaim) {
		h.wakeAt(h.nextClaim)
		return
	}
	if _, leader := h.member.Leader(); !leader {
		// The next leader fenced this worker, as it should.
		h.unclaimed.Store(false)
		return
	}
	ctx, cancel := context.WithTimeout(h.life, h.cfg.SyncTimeout)
	defer cancel()
	if err := h.configs.ClaimWritePrivileges(ctx); err != nil {
		if h.life.Err() == nil {
			h.log.Warn("Unable to claim write privileges for config topic; trying again while this worker leads", "error", err)
		}
		h.nextClaim = time.Now().Add(claimPause)
		h.wakeAt(h.nextClaim)
		return
	}
	h.unclaimed.Store(false)
}

// writeTasks writes the task configurations of a connector, as leader.
func (h *Distributed) writeTasks(ctx context.Context, name string, tasks []map[string]string) error {
	return h.asLeader(ctx, name, "Only the leader may write task configurations.", "writing configs for the tasks of connector "+name, func(c *store.ClusterConfig) error {
		if !c.Contains(name) {
			return NotFound("Connector %s not found", name)
		}
		if len(tasks) > 0 && TargetState(c.TargetState(name)) == TargetStopped {
			return BadRequest("Cannot submit non-empty set of task configs for stopped connector %s", name)
		}
		return h.configs.PutTasks(h.life, name, propertiesOfAll(tasks))
	})
}
