package budget

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

// A turn that waited long for something that is no processor is not charged for all of it, and a small weight multiplies no such time: the next
// turn comes within what is bounded. All times are those of the bubble.
func TestWaitsForTurnsAreBounded(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		weight, others int64
		most           time.Duration
	}{
		"equal weights":  {100, 100, 2 * time.Second},
		"a small weight": {1, 1000, 2 * mostOwed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				cpu := NewCPU(1)
				for i := range 4 {
					work(ctx, cpu, fmt.Sprint(i), c.others, time.Millisecond, 0)
				}
				slow := cpu.Turns("slow", c.weight)
				for range 3 {
					if err := slow.Begin(ctx); err != nil {
						t.Fatal(err)
					}
					time.Sleep(time.Minute)
					slow.End()
				}
				before := slow.Waited()
				if err := slow.Begin(ctx); err != nil {
					t.Fatal(err)
				}
				if waited := slow.Waited() - before; waited > c.most {
					t.Errorf("it waited for %v", waited)
				}
				slow.Leave()
				cancel()
				time.Sleep(time.Minute)
				synctest.Wait()
			})
		})
	}
}

// Who waits aside has no turn meanwhile, and has one again afterwards unless its time is over.
func TestAside(t *testing.T) {
	t.Parallel()
	for _, weight := range []int64{0, 1} {
		cpu := NewCPU(1)
		a, b := cpu.Turns("a", weight), cpu.Turns("b", 1)
		ctx, cancel := context.WithCancel(t.Context())
		called := 0
		a.Aside(ctx, func() { called++ })
		if a.open {
			t.Error("a turn began by itself")
		}
		if err := a.Begin(ctx); err != nil {
			t.Fatal(err)
		}
		a.Aside(ctx, func() {
			called++
			if err := b.Begin(ctx); err != nil {
				t.Fatal(err)
			}
			b.End()
		})
		if !a.open || called != 2 {
			t.Errorf("weight %d: called %d times, then with a turn: %v", weight, called, a.open)
		}
		a.Aside(ctx, func() {
			if err := b.Begin(ctx); err != nil {
				t.Fatal(err)
			}
			cancel()
		})
		a.End()
		b.End()
		a.Leave()
		b.Leave()
		if cpu.others.Load() != 0 || len(cpu.free)+len(cpu.running)+len(cpu.queue)+len(cpu.connectors) != 0 {
			t.Errorf("weight %d: something is left", weight)
		}
	}
}
