package budget

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"
)

// work has a task take turns of a length until ctx ends, with a pause between them, and returns where it counts their time.
func work(ctx context.Context, c *CPU, name string, weight int64, length, pause time.Duration) *atomic.Int64 {
	var took atomic.Int64
	t := c.Turns(name, weight)
	go func() {
		defer t.Leave()
		for ctx.Err() == nil {
			if t.Begin(ctx) != nil {
				return
			}
			time.Sleep(length)
			took.Add(int64(length))
			t.End()
			time.Sleep(pause)
		}
	}()
	return &took
}

func TestSharesOfProcessors(t *testing.T) {
	t.Parallel()
	const whole = 20 * time.Second
	share := func(took *atomic.Int64) float64 { return float64(took.Load()) / float64(whole) }
	near := func(t *testing.T, what string, got, want float64) {
		t.Helper()
		if got < want*0.93-0.01 || got > want*1.07+0.01 {
			t.Errorf("%s had %.3f processors, want %.3f", what, got, want)
		}
	}
	run := func(t *testing.T, f func(t *testing.T, ctx context.Context) func()) {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			check := f(t, ctx)
			time.Sleep(whole)
			cancel()
			check()
			time.Sleep(time.Hour)
			synctest.Wait()
		})
	}
	t.Run("three to one", func(t *testing.T) {
		run(t, func(t *testing.T, ctx context.Context) func() {
			c := NewCPU(1)
			a, b := work(ctx, c, "a", 300, 4*time.Millisecond, 50*time.Microsecond), work(ctx, c, "b", 100, 9*time.Millisecond, 50*time.Microsecond)
			return func() { near(t, "a", share(a), 0.74); near(t, "b", share(b), 0.25) }
		})
	})
	t.Run("the tasks of a connector share its part", func(t *testing.T) {
		run(t, func(t *testing.T, ctx context.Context) func() {
			c := NewCPU(2)
			a := work(ctx, c, "a", 1, time.Millisecond, 0)
			var b []*atomic.Int64
			for range 5 {
				b = append(b, work(ctx, c, "b", 1, time.Millisecond, 0))
			}
			return func() {
				near(t, "a", share(a), 1)
				for i := range b {
					near(t, fmt.Sprint("b", i), share(b[i]), 0.2)
				}
			}
		})
	})
	t.Run("who has no share does not wait", func(t *testing.T) {
		run(t, func(t *testing.T, ctx context.Context) func() {
			c := NewCPU(2)
			free := work(ctx, c, "free", 0, time.Millisecond, 10*time.Microsecond)
			a, b := work(ctx, c, "a", 3, time.Millisecond, 0), work(ctx, c, "b", 1, time.Millisecond, 0)
			return func() { near(t, "free", share(free), 0.99); near(t, "a", share(a), 0.75); near(t, "b", share(b), 0.25) }
		})
	})
	t.Run("who is alone gets all", func(t *testing.T) {
		run(t, func(t *testing.T, ctx context.Context) func() {
			c := NewCPU(1)
			a := work(ctx, c, "a", 1, time.Millisecond, 0)
			b := work(ctx, c, "b", 1000, time.Millisecond, 99*time.Millisecond) // rarely there
			return func() { near(t, "a", share(a), 0.99); near(t, "b", share(b), 0.01) }
		})
	})
	t.Run("who hangs without a share does not count for ever", func(t *testing.T) {
		run(t, func(t *testing.T, ctx context.Context) func() {
			c := NewCPU(8)
			for i := range 8 {
				work(ctx, c, fmt.Sprint("stuck", i), 0, 30*time.Minute, 0)
			}
			var all []*atomic.Int64
			for i := range 4 {
				all = append(all, work(ctx, c, fmt.Sprint(i), 1, time.Millisecond, 0))
			}
			return func() {
				for i := range all {
					near(t, fmt.Sprint(i), share(all[i]), 1)
				}
			}
		})
	})
	t.Run("who waits for something else does not hold up others", func(t *testing.T) {
		run(t, func(t *testing.T, ctx context.Context) func() {
			c := NewCPU(1)
			work(ctx, c, "stuck", 1, 30*time.Minute, 0)
			a := work(ctx, c, "a", 1, time.Millisecond, 0)
			return func() { near(t, "a", share(a), 1) }
		})
	})
}

// TestSharesHold has connectors of any weights and lengths of turns that all want more than there is: each gets what its weight says.
func TestSharesHold(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		n := rapid.IntRange(2, 5).Draw(r, "connectors")
		weights, lengths := make([]int64, n), make([]time.Duration, n)
		all := int64(0)
		for i := range n {
			weights[i] = rapid.Int64Range(1, 10).Draw(r, "weight")
			lengths[i] = time.Duration(rapid.IntRange(1, 40).Draw(r, "tenths")) * 100 * time.Microsecond
			all += weights[i]
		}
		synctest.Test(t, func(t *testing.T) {
			const whole = 4 * time.Second
			ctx, cancel := context.WithCancel(t.Context())
			c := NewCPU(1)
			took := make([]*atomic.Int64, n)
			for i := range n {
				took[i] = work(ctx, c, fmt.Sprint(i), weights[i], lengths[i], 10*time.Microsecond)
			}
			time.Sleep(whole)
			cancel()
			sum := time.Duration(0)
			for i := range n {
				sum += time.Duration(took[i].Load())
			}
			for i := range n {
				got, want := float64(took[i].Load())/float64(sum), float64(weights[i])/float64(all)
				if got < want*0.9-0.01 || got > want*1.1+0.01 {
					t.Errorf("weights %v, lengths %v: %d had %.3f, want %.3f", weights, lengths, i, got, want)
				}
			}
			if sum < whole*4/5 {
				t.Errorf("weights %v, lengths %v: the processor was at work for %v of %v", weights, lengths, sum, whole)
			}
			time.Sleep(time.Minute)
			synctest.Wait()
			if len(c.connectors) != 0 || len(c.queue) != 0 || len(c.running) != 0 {
				t.Errorf("%d connectors, %d waiting, %d running are left", len(c.connectors), len(c.queue), len(c.running))
			}
		})
	})
}
