package herder

import (
	"sync"
	"time"
)

// reloads restarts connectors when values that config providers gave them run out (WorkerConfigTransformer.scheduleReload).
type reloads struct {
	restart func(connector string)

	mu      sync.Mutex
	timers  map[string]map[string]*time.Timer
	stopped bool
}

func newReloads(restart func(connector string)) *reloads {
	return &reloads{restart: restart, timers: map[string]map[string]*time.Timer{}}
}

// schedule sets the timer for a path that a connector's configuration refers to, instead of one that is still due.
func (r *reloads) schedule(connector, path string, after time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.stopped {
		return
	}
	paths := r.timers[connector]
	if paths == nil {
		paths = map[string]*time.Timer{}
		r.timers[connector] = paths
	}
	if due := paths[path]; due != nil {
		due.Stop()
	}
	paths[path] = time.AfterFunc(after, func() { r.restart(connector) })
}

// cancel drops the timers of a connector.
func (r *reloads) cancel(connector string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, due := range r.timers[connector] {
		due.Stop()
	}
	delete(r.timers, connector)
}

// stop drops all timers and takes no more.
func (r *reloads) stop() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stopped = true
	for _, paths := range r.timers {
		for _, due := range paths {
			due.Stop()
		}
	}
	clear(r.timers)
}
