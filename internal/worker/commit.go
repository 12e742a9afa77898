package worker

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/internal/logs"
)

// committer commits the offsets of a source task on a timer (SourceTaskOffsetCommitter) and at its end.
type committer struct {
	s      *sourceTask
	logger *slog.Logger
	stop   chan struct{}
	once   sync.Once

	mu    sync.Mutex // one commit at a time
	ended bool       // the last commit was made
	// telling is set while a call of Committer.Commit is under way, which may be stuck.
	telling atomic.Bool
}

func newCommitter(s *sourceTask) *committer {
	return &committer{s: s, logger: s.logger.With(logs.ScopeKey, logs.ScopeOffsets), stop: make(chan struct{})}
}

// begin starts the timer.
func (c *committer) begin() {
	go func() {
		timer := time.NewTimer(c.s.w.settings.flushInterval)
		defer timer.Stop()
		for {
			select {
			case <-timer.C:
				c.commit(c.s.w.settings.flushTimeout)
				timer.Reset(c.s.w.settings.flushInterval)
			case <-c.stop:
				return
			case <-c.s.killed.Done():
				return
			}
		}
	}()
}

// end stops the timer and commits a last time.
func (c *committer) end(limit time.Duration) {
	c.abandon()
	c.commit(limit)
	c.mu.Lock()
	c.ended = true
	c.mu.Unlock()
}

// abandon stops the timer; a commit under way goes on by itself.
func (c *committer) abandon() { c.once.Do(func() { close(c.stop) }) }

// commit writes the offsets that may be committed. After a failure they are written again next time, unless newer ones replaced them.
func (c *committer) commit(limit time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended { // the timer had fired meanwhile; the task may be stopped by now
		return
	}
	ctx, cancel := context.WithTimeout(c.s.killed, limit)
	defer cancel()
	if snapshot := c.s.tracker.snapshot(); snapshot != nil {
		began := time.Now()
		err := guard("the offset of the source", func() error { return c.s.store.Set(ctx, c.s.id.Connector, writes(snapshot)) })
		c.s.figures.Committed(time.Now(), time.Since(began), err)
		c.s.spans.commit(began, time.Now(), err)
		if err != nil {
			c.s.tracker.restore(snapshot)
			c.logger.Error("Failed to commit source offsets; they are committed with the next ones", "error", err)
			return
		}
	}
	c.tell(ctx, limit)
}

// tell calls Committer.Commit, which Java calls also when there was nothing to commit. A call that does not return delays nothing.
func (c *committer) tell(ctx context.Context, limit time.Duration) {
	task, ok := c.s.task.(connect.Committer)
	if !ok {
		return
	}
	if !c.telling.CompareAndSwap(false, true) {
		c.logger.Warn("The task was not told of a commit because its Commit of an earlier one has not returned")
		return
	}
	err := callAside(ctx, "task "+c.s.id.String(), "Commit", limit, func(ctx context.Context) error {
		defer c.telling.Store(false)
		return task.Commit(ctx)
	})
	if err != nil {
		c.logger.Error("Error while committing offsets in the task", "error", err)
	}
}
