package group

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"go.uber.org/goleak"

	"github.com/moldau/moldau/internal/devbroker"
	"github.com/moldau/moldau/internal/kafka"
	"github.com/moldau/moldau/test/servers"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(stopping{m}) }

// stopping ends the real servers of integration tests before goroutines are counted.
type stopping struct{ *testing.M }

func (s stopping) Run() int {
	defer servers.Stop()
	return s.M.Run()
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func embedded(t *testing.T) string {
	t.Helper()
	b, err := devbroker.Start(t.Context(), devbroker.Config{InMemory: true, Options: []kfake.Opt{kfake.GroupMinSessionTimeout(time.Second)}})
	must(t, err)
	t.Cleanup(func() { must(t, b.Close()) })
	return b.Addr()
}

// team is a group of workers that note what they hold, and check that nothing is held twice.
type team struct {
	t          *testing.T
	bootstrap  string
	config     Config
	mu         sync.Mutex
	changed    *sync.Cond
	configured Configured
	workers    map[string]*worker
	all        []*worker
	// lax says that work may be held twice for a moment.
	lax bool
}

// worker is a herder that does nothing but obey.
type worker struct {
	*Member
	team   *team
	name   string
	client *kgo.Client
	done   chan struct{}
	// The rest is guarded by team.mu.
	connectors map[string]bool
	tasks      map[kafka.Task]bool
	events     []Event
	last       Assigned
	behind     int64 // how many records of the config topic it has not read
	err        error
	stuck      chan struct{} // makes the next event wait, where not nil
}

func newTeam(t *testing.T, bootstrap string, change func(*Config)) *team {
	t.Helper()
	w := &team{t: t, bootstrap: bootstrap, workers: map[string]*worker{}, configured: Configured{Offset: 10, Tasks: map[string]int{}}}
	w.changed = sync.NewCond(&w.mu)
	w.config = Config{GroupID: t.Name(), Protocol: Sessioned, SessionTimeout: 6 * time.Second, RebalanceTimeout: 30 * time.Second,
		HeartbeatInterval: 200 * time.Millisecond, RequestTimeout: 30 * time.Second, RetryBackoff: 50 * time.Millisecond, MaxDelay: 500 * time.Millisecond}
	if change != nil {
		change(&w.config)
	}
	// After the tests' own cleanups goroutines must be gone.
	t.Cleanup(func() {
		for _, x := range w.all {
			x.stop()
		}
	})
	return w
}

// configure sets the number of tasks of connectors and tells everybody.
func (w *team) configure(tasks map[string]int) {
	w.mu.Lock()
	w.configured = Configured{Offset: w.configured.Offset + 1, Tasks: maps.Clone(tasks)}
	workers := slices.Clone(w.all)
	w.mu.Unlock()
	for _, x := range workers {
		x.RequestRejoin("the connectors changed")
	}
}

func (w *team) start(name string, changes ...func(*Config)) *worker {
	w.t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(w.bootstrap), kgo.DisableClientMetrics(), kgo.MetadataMinAge(10*time.Millisecond))
	must(w.t, err)
	x := &worker{team: w, name: name, client: client, done: make(chan struct{}), connectors: map[string]bool{}, tasks: map[kafka.Task]bool{}}
	cfg := w.config
	cfg.Client, cfg.URL = client, "http://"+name+":8083/"
	cfg.Configured = func() Configured {
		w.mu.Lock()
		defer w.mu.Unlock()
		c := w.configured
		c.Offset -= x.behind
		return c
	}
	for _, change := range changes {
		change(&cfg)
	}
	w.mu.Lock()
	x.Member = Start(cfg)
	w.workers[name] = x
	w.all = append(w.all, x)
	w.mu.Unlock()
	go x.run()
	return x
}

func (x *worker) run() {
	defer close(x.done)
	for {
		e, err := x.Poll(context.Background())
		if err != nil {
			x.team.mu.Lock()
			x.err = err
			x.team.changed.Broadcast()
			x.team.mu.Unlock()
			return
		}
		x.team.mu.Lock()
		stuck := x.stuck
		x.team.mu.Unlock()
		if stuck != nil {
			<-stuck
			e = nil // what it says is long over
		}
		x.team.mu.Lock()
		x.obey(e)
		x.team.changed.Broadcast()
		x.team.mu.Unlock()
	}
}

func (x *worker) obey(e Event) {
	if e != nil {
		x.events = append(x.events, e)
	}
	switch e := e.(type) {
	case Revoked:
		x.drop(e.Work)
	case Lost:
		x.drop(e.Work)
		if len(x.connectors)+len(x.tasks) > 0 {
			x.team.t.Errorf("%s lost its work but holds %v %v", x.name, x.connectors, x.tasks)
		}
	case Assigned:
		for _, c := range e.Assignment.Connectors {
			x.hold(c, func(o *worker) bool { return o.connectors[c] })
			x.connectors[c] = true
		}
		for _, task := range e.Assignment.Tasks {
			x.hold(task, func(o *worker) bool { return o.tasks[task] })
			x.tasks[task] = true
		}
		if len(x.connectors) != len(e.Assignment.Connectors) || len(x.tasks) != len(e.Assignment.Tasks) {
			x.team.t.Errorf("%s holds %v %v, its assignment is %+v", x.name, x.connectors, x.tasks, e.Assignment)
		}
		x.last = e
		if e.Assignment.Failed() {
			x.behind = 0 // it reads the config topic to the end
		}
	}
}

func (x *worker) hold(what any, holds func(*worker) bool) {
	for _, other := range x.team.workers {
		if other != x && !x.team.lax && holds(other) {
			x.team.t.Errorf("%s holds %v while %s does", x.name, what, other.name)
		}
	}
}

func (x *worker) drop(w Work) {
	for _, c := range w.Connectors {
		delete(x.connectors, c)
	}
	for _, task := range w.Tasks {
		delete(x.tasks, task)
	}
}

// stop leaves the group; kill does not.
func (x *worker) stop() {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	x.end(func() { x.Stop(ctx) })
}

func (x *worker) kill() {
	x.end(func() {
		x.cancel()
		x.Member.tasks.Wait()
		x.fail(ErrStopped)
	})
}

func (x *worker) end(how func()) {
	x.team.mu.Lock()
	if x.team.workers[x.name] != x {
		x.team.mu.Unlock()
		return
	}
	// Whoever gets its work may get it at once.
	delete(x.team.workers, x.name)
	if x.stuck != nil {
		close(x.stuck)
		x.stuck = nil
	}
	x.team.mu.Unlock()
	how()
	<-x.done
	x.client.Close()
	if !errors.Is(x.err, ErrStopped) && x.err == nil {
		x.team.t.Errorf("%s ended without an error", x.name)
	}
}

// await waits until a condition holds, which is asked with the lock held.
func (w *team) await(what string, cond func() bool) {
	w.t.Helper()
	late := false
	timer := time.AfterFunc(2*time.Minute, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		late = true
		w.changed.Broadcast()
	})
	defer timer.Stop()
	w.mu.Lock()
	defer w.mu.Unlock()
	for !cond() {
		if late {
			var held []string
			for _, x := range w.workers {
				held = append(held, fmt.Sprintf("%s: %d connectors %d tasks, events %+v, error %v", x.name, len(x.connectors), len(x.tasks), x.events, x.err))
			}
			w.t.Fatalf("waited in vain until %s\n%v", what, held)
		}
		w.changed.Wait()
	}
}

// balanced reports whether all work is held, evenly.
func (w *team) balanced() bool {
	connectors, tasks, wanted, wantedTasks := 0, 0, len(w.configured.Tasks), 0
	var counts []int
	for _, n := range w.configured.Tasks {
		wantedTasks += n
	}
	for _, x := range w.workers {
		connectors += len(x.connectors)
		tasks += len(x.tasks)
		counts = append(counts, len(x.tasks))
	}
	return connectors == wanted && tasks == wantedTasks && slices.Max(counts)-slices.Min(counts) <= 1
}
