package worker

import (
	"fmt"
	"math"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/moldau/moldau/connect"
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

// TestSpareFlightsAreWithinTheShare wants flights that wait to be used again to go when others left the task little, but for one.
func TestSpareFlightsAreWithinTheShare(t *testing.T) {
	t.Parallel()
	m := budget.NewMemory(1 << 20)
	tr := newTracker(1 << 20)
	tr.join(m.Join("a", 100, nil))
	landed := func() {
		var flights []*flight
		for range 4 {
			f := tr.take()
			if f == nil {
				f = &flight{}
			}
			f.bytes.keep(append(f.bytes.room(), make([]byte, 100)...))
			f.records = append(f.records, make([]kgo.Record, 100)...)
			f.size = f.bytes.size() + int64(len(f.records)+1)*overhead
			tr.send(f)
			flights = append(flights, f)
		}
		for _, f := range flights {
			tr.finish(f)
		}
	}
	landed()
	if len(tr.free) != 4 || tr.spare < 4*100*overhead {
		t.Fatalf("%d flights with %d bytes are kept of half a megabyte that is guaranteed", len(tr.free), tr.spare)
	}
	if used := m.Used(); used != tr.spare {
		t.Errorf("%d bytes count as used, %d are kept", used, tr.spare)
	}
	for i := range 9 {
		m.Join(fmt.Sprint("other", i), 100, nil)
	}
	landed()
	if len(tr.free) != 1 {
		t.Errorf("%d flights are kept with %d bytes; %d are guaranteed", len(tr.free), tr.spare, tr.share.Guaranteed())
	}
	for i := range 90 {
		m.Join(fmt.Sprint("further", i), 100, nil)
	}
	landed()
	if len(tr.free) != 0 || tr.spare != 0 || m.Used() != 0 {
		t.Errorf("%d flights with %d bytes are kept, %d bytes count as used", len(tr.free), tr.spare, m.Used())
	}
}

// TestPollsAreBoundedByTheShare wants a source among many to fill less in one poll, and one alone as much as ever.
func TestPollsAreBoundedByTheShare(t *testing.T) {
	t.Parallel()
	s := &sourceTask{limits: connect.BatchLimits{Records: 4096, Bytes: 1 << 20}}
	for _, test := range []struct {
		most, cost int64
		want       connect.BatchLimits
	}{
		{1 << 40, 0, connect.BatchLimits{Records: 4096, Bytes: 1 << 20}},
		{math.MaxInt64, 356, connect.BatchLimits{Records: 4096, Bytes: 1 << 20}},
		{100_000, overhead + 744, connect.BatchLimits{Records: 100, Bytes: 100_000 - 100*overhead}},
		{100_000, overhead, connect.BatchLimits{Records: 390, Bytes: leastBytes}},
		{0, 356, connect.BatchLimits{Records: leastRecords, Bytes: leastBytes}},
	} {
		s.cost = test.cost
		if got := s.pollLimits(test.most); got != test.want {
			t.Errorf("%d bytes, records of %d: %v, want %v", test.most, test.cost, got, test.want)
		}
	}
}
