package budget

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// CPU divides the processors among connectors whose tasks have much to convert and transform. A task takes a turn for each batch; there are as
// many turns at a time as processors, less those that tasks without a share are busy with, but at least one. While turns are scarce they go to
// the connector that had the least time for its weight, so the shares hold when the process is saturated, and who is alone gets all.
//
// It is fair queueing by start times: each connector has a virtual time that goes on by what its batches took, divided by its weight. One that
// was idle begins at the time of those that were not, so it can save up nothing. A connector that is expected back in no time, since it only puts
// or polls between two batches, is waited for: without that two connectors with a task each would take turns whatever their weights are.
type CPU struct {
	slots  int
	others atomic.Int64 // tasks without a share at work
	left   atomic.Int64 // when one of them last left, in Unix nanoseconds
	queued atomic.Int32 // turns that wait

	mu         sync.Mutex
	now        float64 // virtual time of the last turn that began
	running    []*Turns
	queue      []*turn
	connectors map[string]*processed
	free       []*Turns // of tasks without a share that had a turn
	timer      *time.Timer
}

// processed is what the tasks of a connector have in common.
type processed struct {
	weight  float64
	tasks   int
	busy    int           // at work or waiting
	virtual float64       // nanoseconds for each unit of weight
	left    time.Time     // when a turn last ended
	pause   time.Duration // between two turns, usually
	took    time.Duration // a turn, usually
}

// turn is one that waits.
type turn struct {
	by    *Turns
	begin chan struct{}
}

// Turns are those of one task, which are taken one after the other. Its methods are called by the task's goroutine but for Waited.
type Turns struct {
	cpu       *CPU
	name      string
	weight    float64      // 0 for a task without a share
	connector *processed   // nil before the first turn
	begun     atomic.Int64 // the turn of a task without a share, in Unix nanoseconds, 0 for none
	known     bool         // such a task is among CPU.free
	since     time.Time
	left      time.Time     // when the last one ended
	charged   time.Duration // of the turn under way
	open      bool          // there is one
	waited    atomic.Int64
}

const (
	// patience is how long a turn may last before another may begin beside it: it may wait for something that is no processor. It is charged for
	// no more either, and a task without a share does not count for longer.
	patience = 250 * time.Millisecond
	// mostOwed bounds how long a connector waits for others to catch up with the time that it had, whatever its weight is: a task that waits for
	// its turn serves no rebalance.
	mostOwed = 5 * time.Second
	// reunion bounds how long who is expected back is waited for.
	reunion = 5 * time.Millisecond
	// soon is within what a task without a share comes back.
	soon = time.Millisecond
)

// NewCPU returns a division of so many processors.
func NewCPU(slots int) *CPU {
	return &CPU{slots: max(slots, 1), connectors: map[string]*processed{}}
}

// Turns returns those of a task of a connector; weight 0 is no share. The weight of a connector is that of its last task to begin its first.
func (c *CPU) Turns(name string, weight int64) *Turns {
	return &Turns{cpu: c, name: name, weight: float64(weight)}
}

// join adds a task; c.mu is held.
func (c *CPU) join(t *Turns) {
	p := c.connectors[t.name]
	if p == nil {
		p = &processed{virtual: c.now}
		c.connectors[t.name] = p
	}
	p.weight = t.weight
	p.tasks++
	t.connector = p
}

// Leave ends the task's part, and the turn that a panic left open.
func (t *Turns) Leave() {
	if t.open {
		t.End()
	}
	c := t.cpu
	c.mu.Lock()
	defer c.mu.Unlock()
	if t.known {
		t.known = false
		c.free = slices.DeleteFunc(c.free, func(other *Turns) bool { return other == t })
	}
	if t.connector == nil {
		return
	}
	if t.connector.tasks--; t.connector.tasks == 0 {
		delete(c.connectors, t.name)
	}
	t.connector = nil
	c.next()
}

// Waited is how long the task waited for turns so far; it may be called on any goroutine.
func (t *Turns) Waited() time.Duration { return time.Duration(t.waited.Load()) }

// Begin waits for a turn, at most until ctx ends. A task without a share does not wait.
func (t *Turns) Begin(ctx context.Context) error {
	c := t.cpu
	if t.weight <= 0 {
		if !t.known {
			t.known = true
			c.mu.Lock()
			c.free = append(c.free, t)
			c.mu.Unlock()
		}
		t.begun.Store(time.Now().UnixNano())
		c.others.Add(1)
		t.open = true
		return nil
	}
	c.mu.Lock()
	if t.connector == nil {
		c.join(t)
	}
	now, p := time.Now(), t.connector
	if !t.left.IsZero() {
		p.pause = (3*p.pause + min(now.Sub(t.left), time.Second)) / 4
	}
	if p.busy == 0 {
		p.virtual = max(p.virtual, c.now)
	}
	p.virtual = min(p.virtual, c.now+c.owed())
	p.busy++
	w := &turn{t, make(chan struct{})}
	c.queue = append(c.queue, w)
	c.queued.Add(1)
	c.next()
	c.mu.Unlock()
	select {
	case <-w.begin:
	default:
		select {
		case <-w.begin:
		case <-ctx.Done():
			if c.giveUp(w) {
				return ctx.Err()
			}
		}
		t.waited.Add(int64(time.Since(now)))
	}
	t.open = true
	return nil
}

// owed is mostOwed as virtual time; c.mu is held.
func (c *CPU) owed() float64 {
	weights := 0.0
	for _, p := range c.connectors {
		weights += p.weight
	}
	return float64(mostOwed) * float64(c.slots) / weights
}

// Aside does what waits for something that is no processor. In the middle of a turn that ends meanwhile, and another one begins afterwards, at
// most until ctx ends.
func (t *Turns) Aside(ctx context.Context, wait func()) {
	if !t.open {
		wait()
		return
	}
	t.End()
	wait()
	_ = t.Begin(ctx) // End notices that there is none
}

// giveUp takes a turn out of the queue, false when it has begun.
func (c *CPU) giveUp(w *turn) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := range c.queue {
		if c.queue[i] == w {
			c.remove(i)
			w.by.connector.busy--
			c.next()
			return true
		}
	}
	return false
}

func (c *CPU) remove(i int) {
	c.queue = append(c.queue[:i], c.queue[i+1:]...)
	c.queued.Add(-1)
}

// End ends a turn; without one it does nothing.
func (t *Turns) End() {
	if !t.open {
		return
	}
	c := t.cpu
	t.open = false
	if t.weight <= 0 {
		c.others.Add(-1)
		t.begun.Store(0)
		c.left.Store(time.Now().UnixNano())
		if c.queued.Load() > 0 {
			c.mu.Lock()
			c.next()
			c.mu.Unlock()
		}
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	now, p := time.Now(), t.connector
	took := min(now.Sub(t.since), patience)
	p.virtual += float64(took-t.charged) / p.weight
	p.took = (3*p.took + took) / 4
	p.busy--
	p.left, t.left = now, now
	c.stop(t)
	c.next()
}

func (c *CPU) stop(t *Turns) {
	for i := range c.running {
		if c.running[i] == t {
			c.running = append(c.running[:i], c.running[i+1:]...)
			return
		}
	}
}

// next begins turns while there is room, and sees to it that it is called again when time alone makes some; c.mu is held.
func (c *CPU) next() {
	now, again := time.Now(), time.Duration(0)
	later := func(d time.Duration) {
		if d = max(d, time.Microsecond); again == 0 || d < again {
			again = d
		}
	}
	for len(c.queue) > 0 {
		others, left := c.atWork(now)
		if left > 0 {
			later(left)
		}
		if since := now.UnixNano() - c.left.Load(); since >= 0 && since < int64(soon) {
			others++
			later(soon - time.Duration(since))
		}
		for i := len(c.running) - 1; i >= 0; i-- {
			t := c.running[i]
			if left := patience - now.Sub(t.since); left > 0 {
				later(left)
			} else {
				c.stop(t)
			}
		}
		if len(c.running) >= max(c.slots-others, 1) {
			break
		}
		best := 0
		for i, w := range c.queue {
			if w.by.connector.virtual < c.queue[best].by.connector.virtual {
				best = i
			}
		}
		w := c.queue[best]
		if d := c.expects(w.by.connector, now); d > 0 {
			later(d)
			break
		}
		c.remove(best)
		t, p := w.by, w.by.connector
		c.now = max(c.now, p.virtual)
		t.since, t.charged = now, p.took
		p.virtual += float64(t.charged) / p.weight
		c.running = append(c.running, t)
		close(w.begin)
	}
	if len(c.queue) == 0 || again == 0 {
		return
	}
	if c.timer == nil {
		c.timer = time.AfterFunc(again, func() {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.next()
		})
		return
	}
	c.timer.Reset(again)
}

// atWork returns how many tasks without a share are at work, and when that will be fewer by time alone, 0 for never. Those that are at it for
// long do not count: they wait for something that is no processor. c.mu is held.
func (c *CPU) atWork(now time.Time) (n int, fewer time.Duration) {
	if c.others.Load() == 0 {
		return 0, 0
	}
	for _, t := range c.free {
		begun := t.begun.Load()
		if begun == 0 {
			continue
		}
		if left := patience - time.Duration(now.UnixNano()-begun); left > 0 {
			n++
			if fewer == 0 || left < fewer {
				fewer = left
			}
		}
	}
	return n, fewer
}

// expects returns how long somebody is to be waited for who comes before p.
func (c *CPU) expects(p *processed, now time.Time) (most time.Duration) {
	for _, q := range c.connectors {
		if q == p || q.busy >= q.tasks || q.virtual >= p.virtual || q.left.IsZero() {
			continue
		}
		hold := min(2*q.pause+100*time.Microsecond, q.took, reunion)
		most = max(most, hold-now.Sub(q.left))
	}
	return most
}
