package herder

import (
	"context"
	"errors"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"github.com/moldau/moldau/internal/logs"
)

// errStopping refuses changes once the herder stops.
var errStopping = errors.New("the herder is stopping and accepts no more requests")

// queues runs jobs, those of one connector in the order they were submitted and one at a time, those of different connectors side by side. A job
// that hangs holds up its own connector only.
type queues struct {
	mu      sync.Mutex
	waiting map[string][]*job
	running map[string]*job
	closed  bool
	idle    sync.WaitGroup
	now     func() time.Time
	log     *slog.Logger
}

func newQueues(log *slog.Logger) *queues {
	return &queues{waiting: map[string][]*job{}, running: map[string]*job{}, now: time.Now, log: log}
}

// job is one change of a connector.
type job struct {
	queues    *queues
	connector string
	run       func(*job) error
	done      chan struct{}
	err       error
	// stage is guarded by the queues' lock.
	stage Stage
}

// submit appends a job; description says what it does, in words for a message about a time-out.
func (q *queues) submit(connector, description string, run func(*job) error) (*job, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return nil, errStopping
	}
	j := &job{queues: q, connector: connector, run: run, done: make(chan struct{}), stage: Stage{Description: description, Started: q.now()}}
	q.waiting[connector] = append(q.waiting[connector], j)
	if q.running[connector] == nil {
		q.next(connector)
		q.idle.Add(1)
		go q.work(connector)
	}
	return j, nil
}

// next makes the first waiting job the running one; nil where none waits. The lock is held.
func (q *queues) next(connector string) *job {
	list := q.waiting[connector]
	if len(list) == 0 {
		delete(q.waiting, connector)
		delete(q.running, connector)
		return nil
	}
	q.waiting[connector] = list[1:]
	q.running[connector] = list[0]
	return list[0]
}

func (q *queues) work(connector string) {
	defer q.idle.Done()
	q.mu.Lock()
	j := q.running[connector]
	q.mu.Unlock()
	for j != nil {
		j.err = j.attempt()
		close(j.done)
		q.mu.Lock()
		j = q.next(connector)
		q.mu.Unlock()
	}
}

// attempt runs the job. Jobs call plugins, so a panic is the error of this one and no more (invariant I4).
func (j *job) attempt() (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = Internal(nil, "a plugin panicked: %v", p)
			j.queues.log.Error(err.Error(), logs.ConnectorKey, j.connector, logs.TraceKey, string(debug.Stack()))
		}
	}()
	return j.run(j)
}

// step says what the job does from now on.
func (j *job) step(description string) {
	j.queues.mu.Lock()
	defer j.queues.mu.Unlock()
	j.stage = Stage{Description: description, Started: j.queues.now()}
}

// wait returns the job's result, or when ctx ends before it is there a TimeoutError that says what the connector is busy with.
func (j *job) wait(ctx context.Context) error {
	select {
	case <-j.done:
		return j.err
	case <-ctx.Done():
	}
	select {
	case <-j.done:
		return j.err
	default:
	}
	j.queues.mu.Lock()
	defer j.queues.mu.Unlock()
	late := &TimeoutError{Stage: j.stage, Err: ctx.Err()}
	if r := j.queues.running[j.connector]; r != nil {
		late.Stage = r.stage
	}
	return late
}

// do submits a job and waits for it.
func (q *queues) do(ctx context.Context, connector, description string, run func(*job) error) error {
	j, err := q.submit(connector, description, run)
	if err != nil {
		return err
	}
	return j.wait(ctx)
}

// aside runs something that may call plugins on a goroutine of its own, so that it can be left when ctx ends. description says what it does.
func aside[T any](ctx context.Context, log *slog.Logger, description string, run func(*job) (T, error)) (T, error) {
	done := make(chan T, 1)
	err := newQueues(log).do(ctx, "", description, func(j *job) error {
		result, err := run(j)
		done <- result
		return err
	})
	if err != nil {
		var none T
		return none, err
	}
	return <-done, nil
}

// stage returns what has been going on for longest.
func (q *queues) stage() (Stage, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	var oldest Stage
	for _, j := range q.running {
		if oldest.Description == "" || j.stage.Started.Before(oldest.Started) {
			oldest = j.stage
		}
	}
	return oldest, oldest.Description != ""
}

// close refuses further jobs and waits until those under way have ended, at most until ctx ends.
func (q *queues) close(ctx context.Context) {
	q.mu.Lock()
	q.closed = true
	q.mu.Unlock()
	ended := make(chan struct{})
	go func() {
		q.idle.Wait()
		close(ended)
	}()
	select {
	case <-ended:
	case <-ctx.Done():
	}
}
