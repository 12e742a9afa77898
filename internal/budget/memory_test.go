package budget

import (
	"fmt"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"

	"pgregory.net/rapid"
)

// TestBudgetHolds checks what must be so after any sequence of calls by tasks that never hold more than they were granted: all of them
// together stay within the limit, and nobody gets less than is guaranteed to him.
func TestBudgetHolds(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		limit := rapid.Int64Range(1, 1<<20).Draw(t, "limit")
		m := NewMemory(limit)
		holds := map[*Share]int64{}
		var order []*Share
		check := func() {
			var sum int64
			for _, s := range order {
				sum += holds[s]
			}
			if used := m.Used(); used != sum {
				t.Fatalf("%d bytes are used, %d were granted", used, sum)
			}
			if sum > limit {
				t.Fatalf("%d bytes are granted of %d", sum, limit)
			}
		}
		// Who joins makes the guaranteed part of others smaller, which these learn with their next call.
		settle := func() {
			for _, s := range order {
				holds[s] = s.Resize(0, 0, 0)
			}
		}
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			switch op := rapid.IntRange(0, 9).Draw(t, "op"); {
			case op == 0 || len(order) == 0:
				settle()
				name := fmt.Sprint("c", rapid.IntRange(0, 4).Draw(t, "connector"))
				order = append(order, m.Join(name, rapid.Int64Range(-1, 1000).Draw(t, "weight"), nil))
			case op == 1:
				i := rapid.IntRange(0, len(order)-1).Draw(t, "leaver")
				order[i].Leave()
				order[i].Leave() // a second time does nothing
				delete(holds, order[i])
				order = append(order[:i:i], order[i+1:]...)
			default:
				s := order[rapid.IntRange(0, len(order)-1).Draw(t, "share")]
				held := rapid.Int64Range(0, holds[s]).Draw(t, "held")
				wanted := rapid.Int64Range(0, 2*limit).Draw(t, "wanted")
				least := rapid.Int64Range(0, wanted).Draw(t, "least")
				got := s.Resize(held, least, wanted)
				holds[s] = got
				sure := min(wanted, s.Guaranteed())
				if got < held || got > max(held, wanted) || got > held && got < least || least <= sure && got < sure {
					t.Fatalf("%d bytes granted who holds %d, wants %d to %d and is guaranteed %d", got, held, least, wanted, s.Guaranteed())
				}
			}
			check()
		}
		for _, s := range order {
			s.Leave()
		}
		if m.Used() != 0 || m.borrowed.Load() != 0 || m.weights != 0 || len(m.connectors) != 0 || m.waiting.Load() != 0 {
			t.Fatalf("%+v is left", m)
		}
	})
}

func TestConnectorsShareByWeight(t *testing.T) {
	t.Parallel()
	m := NewMemory(8000)
	a := m.Join("a", 100, nil)
	b1, b2 := m.Join("b", 300, nil), m.Join("b", 300, nil)
	for s, want := range map[*Share]int64{a: 1000, b1: 1500, b2: 1500} {
		if got := s.Guaranteed(); got != want {
			t.Errorf("%s is guaranteed %d, want %d", s.name, got, want)
		}
	}
	if got := a.Resize(0, 0, 1<<30); got != 1000+2000 {
		t.Errorf("the first borrower gets %d, want half of what can be borrowed", got)
	}
	if got := b1.Resize(0, 0, 1<<30); got != 1500+1000 {
		t.Errorf("the second borrower gets %d, want half of what is left", got)
	}
	if got := b2.Resize(9000, 0, 1<<30); got != 9000 {
		t.Errorf("who holds more than all gets %d", got)
	}
	if got := a.Resize(0, 0, 1<<30); got != 1000 {
		t.Errorf("%d bytes are granted while another holds too much, want what is guaranteed", got)
	}
}

func TestNoLimit(t *testing.T) {
	t.Parallel()
	s := NewMemory(0).Join("a", 1, nil)
	if got := s.Resize(5, 0, 1<<40); got != 1<<40 {
		t.Errorf("%d bytes granted", got)
	}
	s.Leave()
}

// TestWhoWaitsIsWoken has many tasks that each want everything in turn: one that never wakes would end the test in a deadlock.
func TestWhoWaitsIsWoken(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := NewMemory(1000)
		var done sync.WaitGroup
		for i := range 8 {
			woken := make(chan struct{}, 1)
			s := m.Join(fmt.Sprint("c", i), 1, func() {
				select {
				case woken <- struct{}{}:
				default:
				}
			})
			done.Go(func() {
				for range 200 {
					for s.Resize(0, 200, 200) < 200 {
						<-woken
					}
					runtime.Gosched()
					s.Resize(0, 0, 0)
				}
			})
		}
		done.Wait()
		if used := m.Used(); used != 0 {
			t.Errorf("%d bytes are used in the end", used)
		}
	})
}
