package worker

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/internal/budget"
	"github.com/moldau/moldau/internal/store"
)

// tracker keeps the flights of a source task in the order they were sent and knows which source offsets may be committed: those of
// flights that were acknowledged whole, with all flights before them (I1).
type tracker struct {
	mu     sync.Mutex
	queue  []*flight
	free   []*flight
	budget int64
	used   int64
	spare  int64         // memory of free
	share  *budget.Share // of the worker's memory, nil for none
	usual  int64         // bytes of a flight
	// keeps says that landed flights are kept until the task has done more, so that it must not wait for other tasks before it has.
	keeps bool
	// freed wakes who waits for budget, idle who waits for the last flight.
	freed chan struct{}
	idle  chan struct{}

	dirty  map[*connect.SourcePartition]position
	most   int // of dirty before it is looked through
	clock  int64
	broken bool // a flight failed: nothing after it may be committed
	aside  bool // offsets are committed otherwise, with their transaction
	// landed takes acknowledged flights of a task that hears of each record; nil for others.
	landed func(*flight)
	// done hears of each flight that is acknowledged whole, with the lock held.
	done   func(*flight)
	poison bool
}

// position is an offset with the time it was reached, for two forms of one partition must be written in order.
type position struct {
	offset connect.Offset
	at     int64
}

func newTracker(budget int64) *tracker {
	return &tracker{budget: budget, freed: make(chan struct{}, 1), idle: make(chan struct{}, 1), dirty: map[*connect.SourcePartition]position{}, most: usualPartitions}
}

// usualPartitions is how many partitions may wait for a commit before somebody asks whether they are different ones.
const usualPartitions = 1024

// room reports whether another flight may be filled. A flight is not measured before it is filled, so the budget may be exceeded by one.
// Other tasks may take the worker's memory, but one flight is always on its way.
func (t *tracker) room() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.used >= t.budget || t.share == nil {
		return t.used < t.budget
	}
	if t.used == 0 || t.keeps && len(t.queue) == 0 {
		return true
	}
	held, wanted := t.used+t.spare, t.used+max(t.usual, t.spare, 1)
	return t.share.Resize(held, wanted, wanted) >= wanted
}

// full reports whether the task alone has used up its own budget, so that waiting for other tasks does not help.
func (t *tracker) full() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.used >= t.budget
}

// join makes flights count as a share of the worker's memory too.
func (t *tracker) join(share *budget.Share) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.share = share
}

// resize tells the share what is in use; t.mu is held.
func (t *tracker) resize() {
	if t.share != nil {
		t.share.Resize(t.used+t.spare, 0, t.used+t.spare)
	}
}

// keep has a flight used again, unless it and those on their way take more than the task is guaranteed: then there is one at most, so that a
// task which others left little keeps nothing of the time when it had more. t.mu is held.
func (t *tracker) keep(f *flight) {
	f.reset()
	f.spare = f.memory()
	if t.share != nil {
		most := t.share.Guaranteed()
		for len(t.free) > 0 && t.used+t.spare+f.spare > most {
			n := len(t.free) - 1
			t.spare -= t.free[n].spare
			t.free[n] = nil
			t.free = t.free[:n]
		}
		if f.spare > most {
			return
		}
	}
	t.spare += f.spare
	t.free = append(t.free, f)
}

// take returns an empty flight, nil where a new one must be made.
func (t *tracker) take() *flight {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := len(t.free)
	if n == 0 {
		return nil
	}
	f := t.free[n-1]
	t.free[n-1] = nil
	t.free = t.free[:n-1]
	t.spare -= f.spare
	return f
}

// giveBack returns a flight that was not sent. One that was is left to those who still refer to it.
func (t *tracker) giveBack(f *flight) {
	if f.entered {
		return
	}
	t.mu.Lock()
	t.keep(f)
	t.resize()
	t.mu.Unlock()
}

// send enters a flight. It must be called before its records are produced.
func (t *tracker) send(f *flight) {
	f.entered = true
	t.mu.Lock()
	t.queue = append(t.queue, f)
	t.used += f.size
	t.usual = (t.usual + f.size) / 2
	t.resize()
	t.mu.Unlock()
}

// finish is called once per flight, when its last record was acknowledged or given up.
func (t *tracker) finish(f *flight) {
	if f.trace != nil {
		f.trace.finished(time.Now(), nil)
	}
	f.finished.Store(true)
	t.mu.Lock()
	n := 0
	for ; n < len(t.queue) && t.queue[n].finished.Load() && !t.broken; n++ {
		done := t.queue[n]
		for _, m := range done.marks {
			if t.aside {
				break
			}
			t.clock++
			t.dirty[m.partition] = position{m.offset, t.clock}
		}
		if t.done != nil {
			t.done(done)
		}
		if t.landed != nil {
			t.landed(done)
		} else {
			t.release(done)
		}
	}
	if len(t.dirty) > t.most {
		t.most = unite(t.dirty)
	}
	if n > 0 {
		rest := copy(t.queue, t.queue[n:])
		clear(t.queue[rest:])
		t.queue = t.queue[:rest]
	}
	empty := len(t.queue) == 0
	t.mu.Unlock()
	if n > 0 {
		wake(t.freed)
	}
	if empty {
		wake(t.idle)
	}
}

// unite keeps the newest of the entries that mean the same partition: a task that makes a new SourcePartition for every mark, against its
// contract, would else fill the memory until the next commit (I7). It returns how many there may be before somebody looks again.
func unite(dirty map[*connect.SourcePartition]position) (most int) {
	newest := make(map[string]*connect.SourcePartition, len(dirty))
	for p, o := range dirty {
		key, err := store.OffsetKey("", p)
		if err != nil {
			continue // the commit will say so
		}
		other, ok := newest[string(key)]
		switch {
		case !ok:
			newest[string(key)] = p
		case dirty[other].at < o.at:
			newest[string(key)] = p
			delete(dirty, other)
		default:
			delete(dirty, p)
		}
	}
	return max(2*len(dirty), usualPartitions)
}

// release makes a landed flight's memory usable again, unless a promise failed; t.mu is held.
func (t *tracker) release(f *flight) {
	t.used -= f.size
	defer t.resize()
	if f.poisoned.Load() {
		return
	}
	if t.poison {
		f.bytes.poison()
	}
	t.keep(f)
}

// giveBackLanded returns a flight that its task was told of.
func (t *tracker) giveBackLanded(f *flight) {
	t.mu.Lock()
	t.release(f)
	t.mu.Unlock()
	wake(t.freed)
}

// fail stops all progress: a record was lost for good and the task fails.
func (t *tracker) fail() {
	t.mu.Lock()
	t.broken = true
	t.mu.Unlock()
	wake(t.idle)
}

func wake(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// snapshot takes the offsets that may be committed, in the order they were reached.
func (t *tracker) snapshot() map[*connect.SourcePartition]position {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.dirty) == 0 {
		return nil
	}
	s := t.dirty
	t.dirty = make(map[*connect.SourcePartition]position, len(s))
	return s
}

// restore puts back a snapshot that could not be committed, below what was reached since.
func (t *tracker) restore(s map[*connect.SourcePartition]position) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for p, o := range s {
		if _, newer := t.dirty[p]; !newer {
			t.dirty[p] = o
		}
	}
}

func writes(s map[*connect.SourcePartition]position) []store.OffsetWrite {
	type entry struct {
		p *connect.SourcePartition
		position
	}
	list := make([]entry, 0, len(s))
	for p, o := range s {
		list = append(list, entry{p, o})
	}
	slices.SortFunc(list, func(a, b entry) int { return cmp.Compare(a.at, b.at) })
	out := make([]store.OffsetWrite, len(list))
	for i, e := range list {
		out[i] = store.OffsetWrite{Partition: e.p, Offset: e.offset}
	}
	return out
}

// unfinished returns how many flights are on their way.
func (t *tracker) unfinished() (n int, broken bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.queue), t.broken
}
