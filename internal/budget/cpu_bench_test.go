package budget

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// BenchmarkShares has connectors that convert all the time, one task for each processor and connector, and tells how many processors each got.
//
//	go test -run '^$' -bench Shares -benchtime 1x ./internal/budget
func BenchmarkShares(b *testing.B) {
	type connector struct {
		name   string
		weight int64
		tasks  int
	}
	procs := runtime.GOMAXPROCS(0)
	for _, c := range []struct {
		name       string
		connectors []connector
	}{
		{"without shares", []connector{{"a", 0, procs}, {"b", 0, procs}}},
		{"three to one", []connector{{"a", 300, procs}, {"b", 100, procs}}},
		{"one task without a share alone", []connector{{"free", 0, 1}}},
		{"one task without a share beside three to one", []connector{{"free", 0, 1}, {"a", 300, procs}, {"b", 100, procs}}},
	} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				cpu, done := NewCPU(procs), make([]atomic.Int64, len(c.connectors))
				ctx, cancel := context.WithTimeout(b.Context(), 3*time.Second)
				var all sync.WaitGroup
				for i, x := range c.connectors {
					for range x.tasks {
						all.Go(func() {
							t := cpu.Turns(x.name, x.weight)
							defer t.Leave()
							for ctx.Err() == nil && t.Begin(ctx) == nil {
								burn()
								t.End()
								done[i].Add(1)
							}
						})
					}
				}
				all.Wait()
				cancel()
				for i, x := range c.connectors {
					b.ReportMetric(float64(done[i].Load())/3, x.name+"-batches/s")
				}
			}
		})
	}
}

// sink keeps burn from being optimized away.
var sink atomic.Uint64

// burn takes about a millisecond.
func burn() {
	x := uint64(1)
	for range 500_000 {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
	}
	sink.Add(x)
}

// BenchmarkTurn is what a batch pays.
func BenchmarkTurn(b *testing.B) {
	for name, weight := range map[string]int64{"without share": 0, "with share": 100} {
		b.Run(name, func(b *testing.B) {
			t := NewCPU(2).Turns("a", weight)
			defer t.Leave()
			for b.Loop() {
				if err := t.Begin(b.Context()); err != nil {
					b.Fatal(err)
				}
				t.End()
			}
		})
	}
}
