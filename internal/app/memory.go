package app

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"strconv"
	"strings"
)

// The heap of a worker is let grow to heapTarget before garbage is collected, but to no more than mostGrowth percent beyond what lives, and
// never to less than Go's usual leastGrowth. What lives is small, the batches under way within their byte budgets, and the bytes of a sink's
// records die soon after they were fetched: collecting at Go's default costs a third of a sink's CPU time, and a fixed high GOGC would let a
// source with full budgets grow to several times of them.
const (
	heapTarget  = 48 << 20
	leastGrowth = 100
	mostGrowth  = 400
)

// tuneMemory sets the collector for a worker. GOGC and GOMEMLIMIT in the environment win.
func tuneMemory() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(mostGrowth)
		afterCollection()
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		if limit := containerMemory(); limit > 0 {
			debug.SetMemoryLimit(limit / 10 * 8) // stacks of the kernel and the page cache need the rest
		}
	}
}

// afterCollection adapts the collector to what lives, now and after each collection: the finalizer of an object that nothing refers to runs
// once it was collected, and makes the next such object.
func afterCollection() {
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(live)
	if live[0].Value.Kind() == metrics.KindUint64 {
		debug.SetGCPercent(growth(live[0].Value.Uint64()))
	}
	next := &struct{ _ [16]byte }{}
	runtime.SetFinalizer(next, func(*struct{ _ [16]byte }) { afterCollection() })
}

// growth returns by how many percent the heap may grow beyond what lives.
func growth(live uint64) int {
	if live == 0 {
		return mostGrowth
	}
	return min(max(int(heapTarget*100/live)-100, leastGrowth), mostGrowth)
}

// containerMemory returns the limit of the control group that the process runs in, 0 where there is none.
func containerMemory() int64 {
	text, err := os.ReadFile("/sys/fs/cgroup/memory.max")
	if err != nil {
		return 0 // no such group, or another system
	}
	n, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
	if err != nil {
		return 0 // "max"
	}
	return n
}
