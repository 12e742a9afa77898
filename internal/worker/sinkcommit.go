package worker

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/moldau/moldau/connect"
)

// sinkCommits commits the offsets of a sink task: at most one request is under way, so that commits cannot overtake each other.
type sinkCommits struct {
	s         *sinkTask
	due       time.Time
	requested bool // by the task, or because it is paused

	// inFlight is what the request under way commits, nil for none.
	inFlight map[connect.TopicPartition]int64
	cancel   context.CancelFunc
	deadline time.Time
	overdue  bool // it was reported
	results  chan error
	// open are the records that were fetched and are not covered by a commit, covering those that the request under way covers; number counts requests,
	// and began is when the one under way was made. All are for metrics.
	open, covering int
	number         int64
	began          time.Time
	failed         error // of a task that does not know what it holds; fails the task
}

func (c *sinkCommits) init(s *sinkTask) {
	c.s, c.results = s, make(chan error, 1)
}

// next returns when ifDue has something to do.
func (c *sinkCommits) next() time.Time {
	switch {
	case c.inFlight == nil:
		return c.due
	case !c.overdue:
		return c.deadline
	}
	return time.Now().Add(time.Hour) // its result wakes the task
}

// ifDue begins a commit when it is time, or when the task asked for one.
func (c *sinkCommits) ifDue() error {
	now := time.Now()
	if c.inFlight != nil {
		if !c.overdue && !now.Before(c.deadline) {
			c.overdue = true
			c.s.logger.Warn("Commit of offsets timed out")
		}
		return nil
	}
	if !c.requested && now.Before(c.due) {
		return nil
	}
	c.requested = false
	c.due = now.Add(c.s.w.settings.flushInterval)
	if len(c.s.parts) == 0 {
		return nil
	}
	offsets := c.prepare(c.s.owned(), false)
	if failure := cmp.Or(c.failed, c.s.errant.failure()); failure != nil {
		return failure
	}
	if len(offsets) == 0 {
		return nil
	}
	c.inFlight, c.overdue = offsets, false
	c.deadline = now.Add(c.s.w.settings.flushTimeout)
	c.asked(now)
	request := c.request(offsets)
	ctx, cancel := context.WithCancel(c.s.killed)
	c.cancel = cancel
	results, client := c.results, c.s.client
	// On a goroutine of its own: the client makes a commit wait while it joins its group.
	go func() { results <- commitSync(ctx, client, request) }()
	return nil
}

// prepare asks the task what may be committed for the partitions, and leaves out what must not or need not be (WorkerSinkTask.commitOffsets).
func (c *sinkCommits) prepare(tps []connect.TopicPartition, closing bool) map[connect.TopicPartition]int64 {
	c.s.seeker.collect(c.s.parts)
	delivered := make(map[connect.TopicPartition]int64, len(tps))
	for _, tp := range tps {
		switch p := c.s.parts[tp]; {
		case p.next >= 0:
			delivered[tp] = p.next
		case c.s.reached(p) >= 0: // the first records may be there, though their put failed
			delivered[tp] = p.committed
		}
	}
	offsets, err := c.ask(delivered)
	if err != nil {
		if closing {
			c.s.logger.Warn("Offset commit failed during close", "error", err)
			return nil
		}
		c.s.logger.Error("Offset commit failed, rewinding to last committed offsets", "error", err)
		c.failed = c.s.rewindToCommitted()
		return nil
	}
	changed := false
	for tp, at := range offsets {
		p := c.s.parts[tp]
		switch {
		case p == nil || !slices.Contains(tps, tp):
			c.s.logger.Warn("Ignoring invalid task provided offset: partition not assigned", "topic", tp.Topic, "partition", tp.Partition, "offset", at)
			delete(offsets, tp)
		case at > c.s.reached(p):
			c.s.logger.Warn("Ignoring invalid task provided offset: not yet consumed", "topic", tp.Topic, "partition", tp.Partition, "offset", at, "delivered", p.next)
			delete(offsets, tp)
		default:
			if first := c.s.halves.unreported(tp); first >= 0 && at > first {
				at, offsets[tp] = first, first
			}
			changed = changed || at != p.committed
		}
	}
	if !changed {
		return nil
	}
	// Java commits the positions of all partitions once one of them moved, so that a group shows also those without records.
	for _, tp := range tps {
		if _, there := offsets[tp]; !there && c.s.parts[tp].committed >= 0 {
			offsets[tp] = c.s.parts[tp].committed
		}
	}
	if c.s.errant.wait(offsets) != nil {
		return nil
	}
	return offsets
}

// reached is the offset after the last record of a partition that the task was given, also by a put that failed: it may have written the records of some
// partitions.
func (s *sinkTask) reached(p *sinkPartition) int64 {
	if s.offered {
		return max(p.next, p.pending)
	}
	return p.next
}

func (c *sinkCommits) ask(delivered map[connect.TopicPartition]int64) (offsets map[connect.TopicPartition]int64, err error) {
	s := c.s
	switch task := s.task.(type) {
	case connect.PreCommitter:
		err = s.call("PreCommit", func() (err error) {
			var answer map[connect.TopicPartition]int64
			answer, err = task.PreCommit(s.killed, delivered)
			offsets = make(map[connect.TopicPartition]int64, len(answer)) // the answer stays the task's
			for tp, at := range answer {
				offsets[tp] = at
			}
			return err
		})
		return offsets, err
	case connect.Flusher:
		err = s.call("Flush", func() error { return task.Flush(s.killed, delivered) })
	}
	return delivered, err
}

// rewindToCommitted makes the task get everything again that it does not vouch for: of partitions that its target knows, what the target lacks, and
// of others what follows the group's offset. A batch that waits to be put again is dropped: put after the rewind it would move the position past
// records that are missing.
func (s *sinkTask) rewindToCommitted() error {
	if s.redeliver {
		s.forgetPolled(errGivenUp)
	}
	var durable map[connect.TopicPartition]int64
	if s.keeper.active {
		var err error
		if durable, err = s.keeper.ask(s.stopping, s.owned()); err != nil {
			return err
		}
	}
	for tp, p := range s.parts {
		if at, there := durable[tp]; there {
			s.rewind(tp, at)
		} else if p.committed >= 0 { // else nothing of the partition was consumed
			s.rewind(tp, p.committed)
		}
	}
	s.applyRewinds()
	return nil
}

func (c *sinkCommits) request(offsets map[connect.TopicPartition]int64) map[string]map[int32]kgo.EpochOffset {
	request := map[string]map[int32]kgo.EpochOffset{}
	for tp, at := range offsets {
		if request[tp.Topic] == nil {
			request[tp.Topic] = map[int32]kgo.EpochOffset{}
		}
		epoch := int32(-1)
		if p := c.s.parts[tp]; p != nil && at == p.next {
			epoch = p.epoch
		}
		request[tp.Topic][tp.Partition] = kgo.EpochOffset{Epoch: epoch, Offset: at}
	}
	return request
}

// commitSync sends a commit and waits for the answer.
func commitSync(ctx context.Context, client *kgo.Client, request map[string]map[int32]kgo.EpochOffset) (failure error) {
	client.CommitOffsetsSync(ctx, request, func(_ *kgo.Client, _ *kmsg.OffsetCommitRequest, answer *kmsg.OffsetCommitResponse, err error) {
		if failure = err; err != nil {
			return
		}
		for _, topic := range answer.Topics {
			for _, p := range topic.Partitions {
				if err := kerr.ErrorForCode(p.ErrorCode); err != nil && failure == nil {
					failure = fmt.Errorf("topic %s partition %d: %w", topic.Topic, p.Partition, err)
				}
			}
		}
	})
	return failure
}

// completed notes the result of the request under way. A failure fails nothing: the next commit covers the same.
func (c *sinkCommits) completed(err error) {
	offsets := c.inFlight
	c.inFlight = nil
	c.cancel()
	c.answered(err)
	if err != nil {
		if !errors.Is(err, context.Canceled) {
			c.s.logger.Error("Commit of offsets threw an unexpected exception", "error", err)
		}
		return
	}
	c.note(offsets)
}

func (c *sinkCommits) note(offsets map[connect.TopicPartition]int64) {
	for tp, at := range offsets {
		// A rewind since then holds: its offset is what the task wants to be the committed one.
		if p := c.s.parts[tp]; p != nil && at <= c.s.reached(p) {
			p.committed = at
		}
	}
}

// sync commits while partitions are given up, after the request under way, which must not overwrite it later.
func (c *sinkCommits) sync(offsets map[connect.TopicPartition]int64) {
	limit := c.s.grace(c.s.w.settings.flushTimeout)
	ctx, cancel := context.WithTimeout(c.s.killed, limit)
	defer cancel()
	if c.inFlight != nil {
		select {
		case err := <-c.results:
			c.completed(err)
		case <-ctx.Done():
			c.cancel()
			c.s.logger.Warn("Offsets were not committed because an earlier commit has not returned")
			return
		}
	}
	if len(offsets) == 0 || c.s.isCancelled() {
		return
	}
	c.asked(time.Now())
	began := time.Now()
	err := commitSync(ctx, c.s.client, c.request(offsets))
	c.s.consuming.CommitSynced(time.Since(began))
	c.answered(err)
	if err != nil {
		c.s.logger.Error("Commit of offsets threw an unexpected exception", "error", err)
		return
	}
	c.note(offsets)
}

// forget gives up the request under way when partitions were lost: sent after the next join it would overwrite what their new owners commit.
func (c *sinkCommits) forget() {
	if c.inFlight != nil {
		c.cancel()
		c.completed(<-c.results)
	}
}

func sortPartitions(tps []connect.TopicPartition) {
	slices.SortFunc(tps, func(a, b connect.TopicPartition) int {
		return cmp.Or(cmp.Compare(a.Topic, b.Topic), cmp.Compare(a.Partition, b.Partition))
	})
}
