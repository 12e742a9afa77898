package metrics

import (
	"sync"
	"time"
)

// kept is how long the counts of a connector are remembered after it was last seen on this worker, so that a restart, which stops and starts it, goes
// on counting. They are not shown meanwhile.
const kept = 10 * time.Minute

// histories count starts and failures by connector. They outlive the tasks that they are of.
type histories struct {
	mu    sync.Mutex
	named map[string]*history
}

type history struct {
	connector starts
	tasks     map[int]*starts
	// failures of the connector and of its tasks, by error.
	connectorFailures, taskFailures Tally
	seen                            time.Time
	// redelivered counts records that came again, given has those of which some will (see Worker.LeftUncommitted).
	redelivered int64
	given       map[Partition]Span
}

// starts are those of one thing: again counts the later ones, by whether the one before had failed.
type starts struct {
	once, failed          bool
	afterFailure, another int64
}

func (s *starts) began() {
	switch {
	case !s.once:
	case s.failed:
		s.afterFailure++
	default:
		s.another++
	}
	s.once, s.failed = true, false
}

// of returns a connector's history; h.mu is held.
func (h *histories) of(connector string, now time.Time) *history {
	if h.named == nil {
		h.named = map[string]*history{}
	}
	x := h.named[connector]
	if x == nil {
		x = &history{tasks: map[int]*starts{}}
		h.named[connector] = x
	}
	x.seen = now
	return x
}

func (x *history) task(n int) *starts {
	s := x.tasks[n]
	if s == nil {
		s = &starts{}
		x.tasks[n] = s
	}
	return s
}

// TaskStarted notes that a task begins on this worker, TaskFailed that it failed.
func (w *Worker) TaskStarted(now time.Time, connector string, task int) {
	w.histories.mu.Lock()
	defer w.histories.mu.Unlock()
	w.histories.of(connector, now).task(task).began()
}

// TaskFailed notes that a task failed, also one that could not be started.
func (w *Worker) TaskFailed(now time.Time, connector string, task int, err error) {
	w.histories.mu.Lock()
	defer w.histories.mu.Unlock()
	x := w.histories.of(connector, now)
	s := x.task(task)
	s.once, s.failed = true, true
	x.taskFailures.Add(Cause(err))
}

// ConnectorStarted notes that a connector begins on this worker.
func (w *Worker) ConnectorStarted(now time.Time, connector string) {
	w.histories.mu.Lock()
	defer w.histories.mu.Unlock()
	w.histories.of(connector, now).connector.began()
}

// ConnectorFailed notes that a connector failed, also one that could not be started.
func (w *Worker) ConnectorFailed(now time.Time, connector string, err error) {
	w.histories.mu.Lock()
	defer w.histories.mu.Unlock()
	x := w.histories.of(connector, now)
	x.connector.once, x.connector.failed = true, true
	x.connectorFailures.Add(Cause(err))
}

// shown gives the histories of the connectors that are here, and forgets those that have been gone for long.
func (h *histories) shown(now time.Time, here map[string]bool, give func(connector string, x *history)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for name, x := range h.named {
		switch {
		case here[name]:
			x.seen = now
			give(name, x)
		case now.Sub(x.seen) > kept:
			delete(h.named, name)
		}
	}
}
