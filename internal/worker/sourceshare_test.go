package worker

import (
	"testing"

	"github.com/moldau/moldau/internal/budget"
)

// shared returns a tracker of a task with an own budget of 1,000 bytes, and a function that sends a flight.
func shared(m *budget.Memory, name string) (*tracker, func(size int64) *flight) {
	t := newTracker(1000)
	t.join(m.Join(name, 100, func() { wake(t.freed) }))
	return t, func(size int64) *flight {
		f := &flight{size: size}
		t.send(f)
		return f
	}
}

// woken reports whether the task would go on.
func woken(t *tracker) bool {
	select {
	case <-t.freed:
		return true
	default:
		return false
	}
}

// TestSourcesShareMemory wants a task to wait for memory that others hold, but never with nothing on its way (I7).
func TestSourcesShareMemory(t *testing.T) {
	t.Parallel()
	m := budget.NewMemory(400) // 100 guaranteed to each, 200 lent
	a, sendA := shared(m, "a")
	b, sendB := shared(m, "b")
	var flights []*flight
	for a.room() {
		flights = append(flights, sendA(50))
	}
	if a.full() {
		t.Fatal("the task used up its own budget, not the shared one")
	}
	if n := len(flights); n < 3 || n > 6 {
		t.Errorf("one task alone has %d flights of 50 bytes under way in a budget of 400", n)
	}
	if !b.room() {
		t.Fatal("a task with nothing on its way has to wait")
	}
	first := sendB(90)
	if b.room() {
		t.Error("there is room for 90 more bytes over the guaranteed 100")
	}
	for _, f := range flights {
		a.finish(f)
	}
	if !woken(b) {
		t.Error("who waits was not woken")
	}
	if !b.room() {
		t.Error("there is no room in what others gave back")
	}
	b.finish(first)
	if used := m.Used(); used > 100 {
		t.Errorf("%d bytes count as used with nothing on its way", used)
	}
}

// TestOwnBudgetHoldsBesideTheShared wants a task that alone has used up its budget to know that others cannot help.
func TestOwnBudgetHoldsBesideTheShared(t *testing.T) {
	t.Parallel()
	a, send := shared(budget.NewMemory(1<<20), "a")
	send(1000)
	if a.room() || !a.full() {
		t.Error("there is room beyond the task's own budget")
	}
}

// TestKeptFlightsDoNotWaitForOthers has a task whose flights are kept until it ends its transaction, which it only does when it is polled.
func TestKeptFlightsDoNotWaitForOthers(t *testing.T) {
	t.Parallel()
	a, send := shared(budget.NewMemory(100), "a")
	a.keeps = true
	a.landed = func(*flight) {} // nothing is given back
	f := send(90)
	if a.room() {
		t.Error("there is room while the flight is on its way")
	}
	a.finish(f)
	if !a.room() {
		t.Error("the task waits for itself")
	}
	a.finish(send(910))
	if a.room() || !a.full() {
		t.Error("there is room beyond the task's own budget")
	}
}
