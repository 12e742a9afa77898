package herder

import (
	"slices"
	"sync"

	"github.com/moldau/moldau/internal/group"
)

// ownership is what of the group's work is this worker's. The loop changes it, requests and jobs ask.
type ownership struct {
	mu sync.RWMutex
	// connectors and tasks are assigned; what of them was started is true.
	connectors map[string]bool
	tasks      map[TaskID]bool
	ended      bool
}

func (o *ownership) init() {
	o.connectors, o.tasks = map[string]bool{}, map[TaskID]bool{}
}

func (o *ownership) connector(name string) bool {
	o.mu.RLock()
	defer o.mu.RUnlock()
	_, ok := o.connectors[name]
	return ok
}

func (o *ownership) task(id TaskID) bool {
	o.mu.RLock()
	defer o.mu.RUnlock()
	_, ok := o.tasks[id]
	return ok
}

// assign makes the work this worker's and returns what of it is to be started and what runs without being assigned any more.
func (o *ownership) assign(w group.Work) (start, stop group.Work) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.ended {
		return group.Work{}, group.Work{}
	}
	connectors, tasks := map[string]bool{}, map[TaskID]bool{}
	for _, name := range w.Connectors {
		connectors[name] = true
		if !o.connectors[name] {
			start.Connectors = append(start.Connectors, name)
		}
	}
	for _, id := range w.Tasks {
		tasks[id] = true
		if !o.tasks[id] {
			start.Tasks = append(start.Tasks, id)
		}
	}
	for name, started := range o.connectors {
		if _, kept := connectors[name]; started && !kept {
			stop.Connectors = append(stop.Connectors, name)
		}
	}
	for id, started := range o.tasks {
		if _, kept := tasks[id]; started && !kept {
			stop.Tasks = append(stop.Tasks, id)
		}
	}
	o.connectors, o.tasks = connectors, tasks
	return start, stop
}

// revoke takes the work away.
func (o *ownership) revoke(w group.Work) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, name := range w.Connectors {
		delete(o.connectors, name)
	}
	for _, id := range w.Tasks {
		delete(o.tasks, id)
	}
}

// suspend returns the tasks of connectors that were started here. They count as not started from now on, so that the next assignment starts them anew.
func (o *ownership) suspend(connectors []string) (ids []TaskID) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for id, started := range o.tasks {
		if started && slices.Contains(connectors, id.Connector) {
			ids = append(ids, id)
			o.tasks[id] = false
		}
	}
	return ids
}

// all returns everything that is assigned.
func (o *ownership) all() (w group.Work) {
	o.mu.RLock()
	defer o.mu.RUnlock()
	for name := range o.connectors {
		w.Connectors = append(w.Connectors, name)
	}
	for id := range o.tasks {
		w.Tasks = append(w.Tasks, id)
	}
	return w
}

// release takes everything away for good: the worker stops.
func (o *ownership) release() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.ended, o.connectors, o.tasks = true, map[string]bool{}, map[TaskID]bool{}
}
