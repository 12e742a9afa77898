package app

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// The heap of a busy worker is let grow to heapTarget before garbage is collected, but to no more than mostGrowth percent beyond what lives,
// and never to less than Go's usual leastGrowth. What lives is small, the batches under way within their byte budgets, and the bytes of a
// sink's records die soon after they were fetched: collecting at Go's default costs a third of a sink's CPU time, and a fixed high GOGC would
// let a source with full budgets grow to several times of them.
//
// A worker of a thousand idle tasks is the other way round: much lives and little is allocated.
//   - At rest it may grow by less. The time that collecting takes is about what lives times how often, so the share of it in the time that
//     passes depends only on the rate of allocation and the growth: growthPerRate percent for each MiB a second keep it near three percent
//     of a processor. Below restingRate it is half of that, near six percent: there what costs is the garbage of a thousand tasks. What is free
//     goes back to the system now and then: Go keeps a tenth of the heap.
//   - While tasks start, what stays lies between what is garbage soon. The holes do not go back to the system, and were a third of such a
//     worker's memory. So as long as more lives after each collection, the heap grows to startTarget or by startGrowing.
const (
	heapTarget    = 48 << 20
	startTarget   = 12 << 20
	leastGrowth   = 100
	mostGrowth    = 400
	startGrowing  = 10
	restingGrowth = 5
	growthPerRate = 3
	restingRate   = 8

	// pace is how often the rate is looked at while nothing is collected; a worker is at rest after restingTicks of it, and what is free goes back
	// to the system after as many again.
	pace         = 10 * time.Second
	restingTicks = 3

	// lasting is over how many collections more must live for tasks to be starting, and for how many they are then: from one to the next little is
	// added where the heap grows by little.
	lasting = 4
)

// tuneMemory sets the collector for a worker whose process shall take no more than most bytes, 0 for no such limit. GOGC and GOMEMLIMIT in the
// environment win.
func tuneMemory(most int64) {
	c := &collector{at: time.Now()}
	if os.Getenv("GOGC") != "" {
		most = 0 // nobody would raise the limit when more than that lives
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		if c.limit = memoryLimit(most, containerMemory()); c.limit > 0 {
			debug.SetMemoryLimit(c.limit)
		}
	}
	if os.Getenv("GOGC") == "" {
		c.collected()
		time.AfterFunc(pace, c.watch)
	}
}

// programBytes is what the program itself has in memory, which Go's limit does not know of. The collector exceeds its limit by little, for which there is a
// sixteenth.
const programBytes = 64 << 20

// memoryLimit returns Go's limit, 0 for none.
func memoryLimit(most, container int64) int64 {
	limit := int64(0)
	if most > 0 {
		limit = max(most-most/16-programBytes, most/4)
	}
	if container = container / 10 * 8; container > 0 && (limit == 0 || container < limit) { // stacks of the kernel and the page cache need the rest
		limit = container
	}
	return limit
}

// attainable is the limit, or more where so much lives that collecting would never end.
func attainable(limit int64, live, beside uint64) int64 {
	return max(limit, int64(beside+live+live/5))
}

// collector adapts Go's collector to what lives and to how fast memory is allocated.
type collector struct {
	mu        sync.Mutex
	at        time.Time
	allocated uint64     // until then
	lived     [12]uint64 // after the last collections, the newest first
	rising    int        // above 0 while more and more lives
	growth    int
	limit     int64 // of Go's memory, 0 for none
	set       int64 // the limit in force where that is another
	resting   int   // ticks of watch without much to do
}

// collected adapts the collector now and after each collection: the finalizer of an object that nothing refers to runs once it was collected,
// and makes the next such object.
func (c *collector) collected() {
	c.adapt(time.Now(), true)
	next := &struct{ _ [16]byte }{}
	runtime.SetFinalizer(next, func(*struct{ _ [16]byte }) { c.collected() })
}

// watch lets the heap of a worker that came to rest shrink, which no collection would do soon.
func (c *collector) watch() {
	c.adapt(time.Now(), false)
	c.mu.Lock()
	c.resting++
	if c.growth >= leastGrowth || c.rising > 0 {
		c.resting = 0
	}
	free := c.resting == restingTicks
	if free {
		c.resting = 0
	}
	c.mu.Unlock()
	if free {
		debug.FreeOSMemory()
	}
	time.AfterFunc(pace, c.watch)
}

// adapt sets the growth; without a collection only to less.
func (c *collector) adapt(now time.Time, collection bool) {
	samples := []metrics.Sample{{Name: "/gc/heap/live:bytes"}, {Name: "/gc/heap/allocs:bytes"}, {Name: "/memory/classes/total:bytes"},
		{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/memory/classes/heap/free:bytes"}, {Name: "/memory/classes/heap/released:bytes"},
		{Name: "/memory/classes/heap/unused:bytes"}}
	metrics.Read(samples)
	for i := range samples {
		if samples[i].Value.Kind() != metrics.KindUint64 {
			return
		}
	}
	beside := samples[2].Value.Uint64()
	for _, s := range samples[3:] {
		beside -= min(beside, s.Value.Uint64())
	}
	live, allocated := samples[0].Value.Uint64(), samples[1].Value.Uint64()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.limit > 0 {
		if limit := attainable(c.limit, live, beside); limit != c.set && (limit == c.limit || limit > c.set || c.set-limit > c.set/16) {
			c.set = limit
			debug.SetMemoryLimit(limit)
		}
	}
	wanted := growth(live, allocated-c.allocated, now.Sub(c.at))
	if collection {
		c.rising--
		if rises(c.lived[lasting:], live) {
			c.rising = lasting
		}
		if c.rising > 0 {
			wanted = min(wanted, startGrowth(live))
		}
		copy(c.lived[1:], c.lived[:])
		c.lived[0] = live
	}
	c.at, c.allocated = now, allocated
	if wanted < c.growth || collection && wanted != c.growth {
		c.growth = wanted
		debug.SetGCPercent(wanted)
	}
}

// rises reports whether clearly more lives than after any of some collections.
func rises(lived []uint64, live uint64) bool {
	most := slices.Max(lived)
	return live > most+most/20
}

// startGrowth bounds the growth while more and more lives.
func startGrowth(live uint64) int {
	if live == 0 {
		return mostGrowth
	}
	return max(int(startTarget*100/live)-100, startGrowing)
}

// growth returns by how many percent the heap may grow beyond what lives, when so many bytes were allocated in that time.
func growth(live, allocated uint64, took time.Duration) int {
	busy := mostGrowth
	if live > 0 {
		busy = min(max(int(heapTarget*100/live)-100, leastGrowth), mostGrowth)
	}
	if took < time.Millisecond { // two collections, one right after the other
		return busy
	}
	rate := float64(allocated) / (1 << 20) / took.Seconds()
	wanted := rate * growthPerRate
	if rate < restingRate {
		wanted /= 2
	}
	return min(max(int(wanted), restingGrowth), busy)
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
