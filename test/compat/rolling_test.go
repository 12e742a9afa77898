//go:build unix

package compat

import (
	"sync"
	"testing"
	"time"
)

// watch notes, from outside, how long each connector and task was not RUNNING on a worker that lives.
type watch struct {
	c       *cluster
	stopped chan struct{}
	ended   sync.WaitGroup

	mu      sync.Mutex
	down    map[string]time.Time
	longest map[string]time.Duration
	asked   int
}

func (c *cluster) watch() *watch {
	w := &watch{c: c, stopped: make(chan struct{}), down: map[string]time.Time{}, longest: map[string]time.Duration{}}
	nodes := append([]*node(nil), c.nodes...)
	w.ended.Go(func() {
		tick := time.NewTicker(200 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-w.stopped:
				return
			case <-tick.C:
			}
			for _, n := range nodes {
				if all, err := n.all(); err == nil {
					w.note(all)
					break
				}
			}
		}
	})
	return w
}

func (w *watch) note(all map[string]expanded) {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := time.Now()
	w.asked++
	for name, e := range all {
		up := e.Status.is("RUNNING", 1) == nil
		since, down := w.down[name]
		switch {
		case !up && !down:
			w.down[name] = now
		case up && down:
			delete(w.down, name)
			w.longest[name] = max(w.longest[name], now.Sub(since))
		}
	}
}

// end stops watching and returns the longest time that each connector did not run.
func (w *watch) end() map[string]time.Duration {
	close(w.stopped)
	w.ended.Wait()
	for name, since := range w.down {
		w.longest[name] = max(w.longest[name], time.Since(since))
	}
	return w.longest
}

// TestGroupIsReplacedOneWorkerAtATime turns a group of three Java workers into one of Moldau, worker by worker with the same files, while records
// flow. No connector is without an owner for longer than the delay that the group waits for a worker to come back, and the time that a rebalance takes.
func TestGroupIsReplacedOneWorkerAtATime(t *testing.T) {
	c := newCluster(t, "compat-rolling", nil)
	nodes := []*node{c.node("one"), c.node("two"), c.node("three")}
	var starting sync.WaitGroup
	for _, n := range nodes {
		starting.Go(func() { n.runJava() })
	}
	starting.Wait()
	if t.Failed() {
		t.FailNow()
	}
	var flows []*flow
	for i, name := range []string{"a", "b", "c"} {
		flows = append(flows, c.flow(name).create(nodes[i], nodes[i]))
	}
	settled := func() {
		t.Helper()
		for _, f := range flows {
			c.everywhere(f.source, "RUNNING", 1)
			c.everywhere(f.sink, "RUNNING", 1)
		}
	}
	settled()
	for _, f := range flows {
		f.complete(0)
	}
	w := c.watch()
	for _, n := range nodes {
		n.stop()
		for _, f := range flows {
			f.add(100)
		}
		n.runMoldau()
		settled()
		for _, f := range flows {
			// Work that is handed over in order is not done twice.
			f.complete(0)
		}
	}
	for name, d := range w.end() {
		t.Logf("%s did not run for %v", name, d.Round(time.Millisecond))
		// Beside the delay this is the time that a rebalance takes, and that a worker takes to start where the machine does much else.
		if most := maxDelay + 25*time.Second; d > most {
			t.Errorf("%s did not run for %v, want %v at most", name, d, most)
		}
	}
	if w.asked < 10 {
		t.Errorf("the group was asked %d times only", w.asked)
	}
	c.balanced(flows)
}
