package metrics

import (
	"sync/atomic"
	"time"
)

// Worker holds the figures of a worker: of the connectors and tasks that it started and runs.
type Worker struct {
	Connectors, Tasks Startups
	window            Window
	running           func() ([]Connector, []*Task)
	histories         histories
}

// Startups count how often something was started, and how that ended.
type Startups struct {
	succeeded, failed atomic.Int64
	share             Sensor
}

// NewWorker makes the figures of a worker. running says at each scrape what runs on it, failed ones too; it must not block.
func NewWorker(w Window, running func() ([]Connector, []*Task)) *Worker {
	window := w.orDefault()
	return &Worker{window: *window, running: running, Connectors: Startups{share: newSensor(window)}, Tasks: Startups{share: newSensor(window)}}
}

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

func (s *Startups) values(b *Bean, now time.Time, what string, running int) {
	succeeded, failed := float64(s.succeeded.Load()), float64(s.failed.Load())
	failures := s.share.Stats(now).Average
	b.number(what+"-count", float64(running))
	b.number(what+"-startup-attempts-total", succeeded+failed)
	b.number(what+"-startup-success-total", succeeded)
	b.number(what+"-startup-success-percentage", successShare(failures))
	b.number(what+"-startup-failure-total", failed)
	b.number(what+"-startup-failure-percentage", zeroIfNone(failures))
}

// Window is what the worker's figures look back at.
func (w *Worker) Window() Window { return w.window }

// Beans gives what Java registers for a worker, its connectors and tasks.
func (w *Worker) Beans(give func(Bean)) {
	now := time.Now()
	connectors, tasks := w.running()
	b := Bean{Domain: connectDomain, Type: "connect-worker-metrics"}
	w.Connectors.values(&b, now, "connector", len(connectors))
	w.Tasks.values(&b, now, "task", len(tasks))
	give(b)
	states := map[string][]string{}
	for _, t := range tasks {
		t.Beans(give)
		states[t.info.Connector] = append(states[t.info.Connector], t.states.now())
	}
	for _, c := range connectors {
		c.bean(give)
	}
	for connector, all := range states {
		countBean(connector, all, give)
	}
}
