// Package budget shares the memory that the records in flight of a process may take among its connectors.
package budget

import (
	"maps"
	"math"
	"slices"
	"sync"
	"sync/atomic"
)

// Memory is how many bytes the records in flight of a process may take (I7). Half of it is guaranteed: it is divided among connectors by
// their weights, and a connector's part evenly among its tasks, so that none starves whatever others do. Who wants more borrows from the
// other half, each time at most half of what is left of it.
type Memory struct {
	limit    int64
	borrowed atomic.Int64
	waiting  atomic.Int32

	mu         sync.Mutex
	connectors map[string]*connector
	weights    int64
	shares     map[*Share]struct{}
}

// connector is what the tasks of one connector have in common.
type connector struct {
	weight, tasks int64
}

// NewMemory returns a budget of limit bytes; 0 and less is no limit.
func NewMemory(limit int64) *Memory {
	return &Memory{limit: limit, connectors: map[string]*connector{}, shares: map[*Share]struct{}{}}
}

// Share is a task's part of a budget. Resize is called by one goroutine at a time.
type Share struct {
	m       *Memory
	name    string
	wake    func()
	granted atomic.Int64 // guaranteed bytes
	waits   atomic.Bool

	mu       sync.Mutex
	holds    int64
	borrowed int64
	left     bool
}

// Join adds a task of a connector. The weight of a connector is that of its last task to join, at least 1. Wake, which may be nil, is called
// when there may be room after Resize granted less than was wanted: on any goroutine, with the budget locked, so it must neither block nor
// call the budget.
func (m *Memory) Join(name string, weight int64, wake func()) *Share {
	s := &Share{m: m, name: name, wake: wake}
	m.mu.Lock()
	defer m.mu.Unlock()
	c := m.connectors[name]
	if c == nil {
		c = &connector{}
		m.connectors[name] = c
	}
	m.weights -= c.weight
	c.weight = max(weight, 1)
	m.weights += c.weight
	c.tasks++
	m.shares[s] = struct{}{}
	m.divide()
	return s
}

// divide computes what is guaranteed to each; m.mu is held.
func (m *Memory) divide() {
	for s := range m.shares {
		c := m.connectors[s.name]
		s.granted.Store(int64(float64(m.limit/2) * float64(c.weight) / float64(m.weights) / float64(c.tasks)))
	}
}

// Guaranteed is how many bytes the task may hold whatever others do.
func (s *Share) Guaranteed() int64 {
	if s.m.limit <= 0 {
		return math.MaxInt64
	}
	return s.granted.Load()
}

// Resize says that the task holds so many bytes now and wants to hold up to wanted of them, but nothing more than it does unless it may hold
// at least least. It returns how many it may: never less than what it holds, and what it is guaranteed where it wants that and least is no
// more. What it may hold counts as used until the next call.
func (s *Share) Resize(held, least, wanted int64) int64 {
	wanted = max(held, wanted)
	if s.m.limit <= 0 {
		return wanted
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.left {
		return held
	}
	granted := s.granted.Load()
	if wanted > granted {
		s.await() // before it is looked at what is left, so that no release is missed
	}
	must, like := max(held-granted, 0), max(wanted-granted, 0)
	before := s.borrowed
	now := must
	for {
		all := s.m.borrowed.Load()
		if free := s.m.limit/2 - (all - before) - must; like > must && free > 0 {
			now = must + min(like-must, (free+1)/2)
		} else {
			now = must
		}
		if granted+now < least { // who waits keeps nothing that others could use
			now = must
		}
		if now == before || s.m.borrowed.CompareAndSwap(all, all-before+now) {
			break
		}
	}
	s.borrowed = now
	s.holds = min(wanted, granted+now)
	if s.holds < min(least, wanted) {
		s.holds = held
	}
	if s.holds == wanted {
		s.stopWaiting()
	}
	if now < before {
		s.m.released(s)
	}
	return s.holds
}

func (s *Share) await() {
	if !s.waits.Swap(true) {
		s.m.waiting.Add(1)
	}
}

// stopWaiting reports whether the share waited.
func (s *Share) stopWaiting() bool {
	waited := s.waits.Load() && s.waits.Swap(false)
	if waited {
		s.m.waiting.Add(-1)
	}
	return waited
}

// released wakes who waits for room, but not the share that made it.
func (m *Memory) released(by *Share) {
	if m.waiting.Load() == 0 {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for s := range m.shares {
		if s != by && s.stopWaiting() && s.wake != nil {
			s.wake()
		}
	}
}

// Leave gives everything back; the share is not used any more.
func (s *Share) Leave() {
	s.mu.Lock()
	if s.left {
		s.mu.Unlock()
		return
	}
	s.left = true
	s.m.borrowed.Add(-s.borrowed)
	s.borrowed, s.holds = 0, 0
	s.mu.Unlock()
	m := s.m
	m.mu.Lock()
	delete(m.shares, s)
	s.stopWaiting()
	c := m.connectors[s.name]
	if c.tasks--; c.tasks == 0 {
		m.weights -= c.weight
		delete(m.connectors, s.name)
	}
	m.divide()
	m.mu.Unlock()
	m.released(s)
}

// Used is how many bytes tasks hold or may hold.
func (m *Memory) Used() (n int64) {
	m.mu.Lock()
	shares := slices.Collect(maps.Keys(m.shares))
	m.mu.Unlock()
	for _, s := range shares {
		s.mu.Lock()
		n += s.holds
		s.mu.Unlock()
	}
	return n
}
