package metrics

import (
	"math/bits"
	"sync"
	"time"
)

// buckets is how many bounds a histogram has: 1 ms, 2 ms, ... 2^21 ms (35 minutes).
const buckets = 22

// Histogram counts durations in buckets of powers of two milliseconds. It may be used from several goroutines.
type Histogram struct {
	mu  sync.Mutex
	all Counts
}

// Counts is a histogram that one goroutine fills, to be added to a shared one now and then. The zero value is ready.
type Counts struct {
	count [buckets + 1]uint64 // the last one has no bound
	sum   time.Duration
}

// Add counts a duration; a negative one, of clocks that differ, is 0.
func (c *Counts) Add(d time.Duration) {
	d = max(d, 0)
	i := 0
	if d > time.Millisecond {
		i = min(bits.Len64(uint64((d-1)/time.Millisecond)), buckets)
	}
	c.count[i]++
	c.sum += d
}

// Observe counts one duration.
func (h *Histogram) Observe(d time.Duration) {
	h.mu.Lock()
	h.all.Add(d)
	h.mu.Unlock()
}

// Merge adds what one goroutine counted, and empties it.
func (h *Histogram) Merge(c *Counts) {
	h.mu.Lock()
	for i, n := range c.count {
		h.all.count[i] += n
	}
	h.all.sum += c.sum
	h.mu.Unlock()
	*c = Counts{}
}

// snapshot returns the counts as Prometheus has them: cumulative, by the bound in seconds.
func (h *Histogram) snapshot() (count uint64, sum float64, bounds map[float64]uint64) {
	h.mu.Lock()
	all := h.all
	h.mu.Unlock()
	bounds = make(map[float64]uint64, buckets)
	for i := range buckets {
		count += all.count[i]
		bounds[float64(uint64(1)<<i)/1000] = count
	}
	return count + all.count[buckets], all.sum.Seconds(), bounds
}
