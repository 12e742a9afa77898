package worker

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/moldau/moldau/connect"
)

// recordAcks tells a RecordCommitter of each record, on a goroutine of its own, for the client's goroutine must not wait. Flights count
// towards the task's budget until the task heard of all their records (I7).
type recordAcks struct {
	s    *sourceTask
	task connect.RecordCommitter

	mu      sync.Mutex
	arrived sync.Cond
	queue   []*flight
	ended   bool
	done    chan struct{}
	begun   bool
	givenUp atomic.Bool // CommitRecord did not return in time: nothing more is told
}

func newRecordAcks(s *sourceTask, task connect.RecordCommitter) *recordAcks {
	a := &recordAcks{s: s, task: task, done: make(chan struct{})}
	a.arrived.L = &a.mu
	return a
}

func (a *recordAcks) begin() {
	a.begun = true
	go a.run()
}

// land takes a flight that was acknowledged whole; the tracker's lock is held.
func (a *recordAcks) land(f *flight) {
	a.mu.Lock()
	a.queue = append(a.queue, f)
	a.mu.Unlock()
	a.arrived.Signal()
}

// drop notes that a record was given up, on the client's goroutine, before its flight is finished.
func (a *recordAcks) drop(f *flight, r *kgo.Record) {
	for i, at := range f.sent {
		if at >= 0 && &f.records[at] == r {
			f.sent[i] = dropped
			return
		}
	}
}

// end lets the goroutine finish what has landed, at most for the limit.
func (a *recordAcks) end(limit time.Duration) {
	if !a.begun {
		return
	}
	a.mu.Lock()
	a.ended = true
	a.mu.Unlock()
	a.arrived.Signal()
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-a.done:
	case <-timer.C:
		a.givenUp.Store(true)
		a.s.logger.Warn("CommitRecord did not return in time; the task is not told of further records")
	}
}

func (a *recordAcks) run() {
	defer close(a.done)
	for {
		a.mu.Lock()
		for len(a.queue) == 0 && !a.ended {
			a.arrived.Wait()
		}
		if len(a.queue) == 0 || a.givenUp.Load() {
			a.mu.Unlock()
			return
		}
		f := a.queue[0]
		a.queue[0] = nil
		a.queue = a.queue[1:]
		a.mu.Unlock()
		a.tell(f, 0, len(f.sent))
		a.s.tracker.giveBackLanded(f)
	}
}

// tell tells the task of the polled records of a flight from one to before another.
func (a *recordAcks) tell(f *flight, from, to int) {
	records := f.batch.Records()
	for i := from; i < to; i++ {
		if a.givenUp.Load() {
			return
		}
		var meta *connect.RecordMetadata
		if at := f.sent[i]; at != dropped {
			r := &f.records[at]
			meta = &connect.RecordMetadata{Topic: r.Topic, Partition: r.Partition, Offset: r.Offset, Timestamp: r.Timestamp.UnixMilli()}
		}
		err := guard("CommitRecord", func() error { return a.task.CommitRecord(context.WithoutCancel(a.s.killed), &records[i], meta) })
		if err != nil {
			a.s.logger.Error("CommitRecord failed; the record counts as delivered", "error", err)
		}
	}
}
