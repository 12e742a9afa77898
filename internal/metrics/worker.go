package metrics

import (
	"sync"
	"sync/atomic"
	"time"
)

// Worker holds the figures of a worker: of the connectors and tasks that it started and runs.
type Worker struct {
	Connectors, Tasks Startups
	window            Window

	mu      sync.Mutex
	running map[*Task]bool
}

// Startups count how often something was started, and how that ended.
type Startups struct {
	// Running is how many there are now.
	Running           atomic.Int64
	succeeded, failed atomic.Int64
	share             *Sensor
}

// NewWorker makes the figures of a worker.
func NewWorker(w Window) *Worker {
	return &Worker{window: w, running: map[*Task]bool{}, Connectors: startups(w), Tasks: startups(w)}
}

func startups(w Window) Startups { return Startups{share: newSensor(w)} }

// Started notes an attempt to start.
func (s *Startups) Started(now time.Time, err error) {
	if err != nil {
		s.failed.Add(1)
		s.share.Record(now, 1)
		return
	}
	s.succeeded.Add(1)
	s.share.Record(now, 0)
}

func (s *Startups) values(b *Bean, now time.Time, what string) {
	succeeded, failed := float64(s.succeeded.Load()), float64(s.failed.Load())
	failures := s.share.Stats(now).Average
	b.number(what+"-count", float64(s.Running.Load()))
	b.number(what+"-startup-attempts-total", succeeded+failed)
	b.number(what+"-startup-success-total", succeeded)
	b.number(what+"-startup-success-percentage", successShare(failures))
	b.number(what+"-startup-failure-total", failed)
	b.number(what+"-startup-failure-percentage", zeroIfNone(failures))
}

// Window is what the worker's figures look back at.
func (w *Worker) Window() Window { return w.window }

// Add shows a task's figures until Remove.
func (w *Worker) Add(t *Task) {
	w.mu.Lock()
	w.running[t] = true
	w.mu.Unlock()
}

// Remove hides a task's figures.
func (w *Worker) Remove(t *Task) {
	w.mu.Lock()
	delete(w.running, t)
	w.mu.Unlock()
}

// tasks returns the tasks in no order.
func (w *Worker) tasks() []*Task {
	w.mu.Lock()
	defer w.mu.Unlock()
	all := make([]*Task, 0, len(w.running))
	for t := range w.running {
		all = append(all, t)
	}
	return all
}

// Beans gives what Java registers for a worker and its tasks.
func (w *Worker) Beans(give func(Bean)) {
	now := time.Now()
	b := Bean{Domain: connectDomain, Type: "connect-worker-metrics"}
	w.Connectors.values(&b, now, "connector")
	w.Tasks.values(&b, now, "task")
	give(b)
	for _, t := range w.tasks() {
		t.Beans(give)
	}
}
