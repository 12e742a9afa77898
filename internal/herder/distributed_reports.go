package herder

import (
	"sync"

	"github.com/moldau/moldau/internal/store"
	"github.com/moldau/moldau/internal/worker"
)

// reports writes what the worker reports to the status topic. What a task or connector reports of its own end is written only where no other
// worker has reported since (putSafe of AbstractHerder.onFailure and onShutdown).
//
// A worker that was cut off from its brokers cannot know what was reported since: its reports of what it stopped wait for the network, as Java's do, and may
// come after those of the workers that took over, whose work would be shown as UNASSIGNED for good. So whoever runs the work writes its state once more when
// it reads a report of an earlier generation of the group than its own.
type reports struct {
	h *Distributed

	mu sync.Mutex // held while a report is written: the topic has them in their order
	// connectors and tasks are the last reports of what has not ended.
	connectors map[string]store.Status
	tasks      map[TaskID]store.Status
}

func newReports(h *Distributed) *reports {
	return &reports{h: h, connectors: map[string]store.Status{}, tasks: map[TaskID]store.Status{}}
}

func (r *reports) OnConnector(name string, s worker.Status) {
	s.Trace = r.h.cfg.Redactor.Redact(s.Trace)
	status := written(s)
	r.mu.Lock()
	defer r.mu.Unlock()
	remember(r.connectors, name, status)
	r.h.statuses.PutConnector(name, status, late(s.State))
}

// OnTask forgets a task that has ended and is configured no more: the leader may have done so before it ended, and would not again.
func (r *reports) OnTask(id TaskID, s worker.Status) {
	s.Trace = r.h.cfg.Redactor.Redact(s.Trace)
	status := written(s)
	if c := r.h.configs.Snapshot(); s.State == Unassigned && (!c.Contains(id.Connector) || id.Task >= c.TaskCount(id.Connector)) {
		status.State = store.Destroyed
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	remember(r.tasks, id, status)
	r.h.statuses.PutTask(id, status, late(s.State))
}

func remember[K comparable](last map[K]store.Status, what K, s store.Status) {
	if s.State == string(Unassigned) || s.State == store.Destroyed {
		delete(last, what)
		return
	}
	last[what] = s
}

// connectorRead and taskRead hear of every status that is written while this worker runs, on the goroutine that reads the status topic.
func (r *reports) connectorRead(name string, s store.Status) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if again, ok := overtaken(r, r.connectors, name, s, r.h.owned.connector); ok {
		r.h.of(name).Info("Reporting the state of connector "+name+" again: worker "+s.WorkerID+", which had it before, reported late that it is "+s.State,
			"state", again.State, "generation", s.Generation)
		r.h.statuses.PutConnector(name, again, false)
	}
}

func (r *reports) taskRead(id TaskID, s store.Status) {
	r.h.runsElsewhere(id, s)
	r.mu.Lock()
	defer r.mu.Unlock()
	if again, ok := overtaken(r, r.tasks, id, s, r.h.owned.task); ok {
		r.h.ofTask(id).Info("Reporting the state of task "+id.String()+" again: worker "+s.WorkerID+", which had it before, reported late that it is "+s.State,
			"state", again.State, "generation", s.Generation)
		r.h.statuses.PutTask(id, again, false)
	}
}

// overtaken returns this worker's report of what it runs, where one of an earlier generation was read. The lock is held.
func overtaken[K comparable](r *reports, reported map[K]store.Status, what K, read store.Status, owned func(K) bool) (store.Status, bool) {
	last, ok := reported[what]
	if !ok || read.Generation >= last.Generation || !owned(what) {
		return store.Status{}, false
	}
	// A report of an older generation than the worker's last would keep others from being tried again that fail to be written now.
	last.Generation = max(last.Generation, int(r.h.generation()))
	reported[what] = last
	return last, true
}

func late(s State) bool { return s == Failed || s == Unassigned }

func written(s worker.Status) store.Status {
	return store.Status{State: string(s.State), Trace: optional(s.Trace), WorkerID: s.WorkerID, Generation: s.Generation, Version: optional(s.Version)}
}

func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
