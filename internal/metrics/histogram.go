package metrics

import (
	"math/bits"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// buckets is how many bounds a histogram has: 1 ms, 2 ms, ... 2^21 ms (35 minutes).
const buckets = 22

// Histogram counts durations in buckets of powers of two milliseconds. It may be used from several goroutines. The zero value is ready.
type Histogram struct {
	mu  sync.Mutex
	all *Counts // nil until something is counted
	// traced are examples by bucket, nil unless there are any.
	traced map[int]example
}

// counts returns what to count in; the caller holds the lock.
func (h *Histogram) counts() *Counts {
	if h.all == nil {
		h.all = &Counts{}
	}
	return h.all
}

// Counts is a histogram that one goroutine fills, to be added to a shared one now and then. The zero value is ready.
type Counts struct {
	count [buckets + 1]uint64 // the last one has no bound
	sum   time.Duration
}

// Add counts a duration; a negative one, of clocks that differ, is 0.
func (c *Counts) Add(d time.Duration) {
	d = max(d, 0)
	c.count[bucket(d)]++
	c.sum += d
}

func bucket(d time.Duration) int {
	if d <= time.Millisecond {
		return 0
	}
	return min(bits.Len64(uint64((d-1)/time.Millisecond)), buckets)
}

// Labels of exemplars, as OpenMetrics has them.
const traceLabel, spanLabel = "trace_id", "span_id"

// example is a duration of which there is a trace.
type example struct {
	took        time.Duration
	trace, span string
	at          time.Time
}

// Traced says that there is a trace of a duration that was, or will be, counted: the newest in each bucket is shown to scrapers that ask for OpenMetrics.
func (h *Histogram) Traced(d time.Duration, trace, span string, at time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.traced == nil {
		h.traced = map[int]example{}
	}
	d = max(d, 0)
	h.traced[bucket(d)] = example{d, trace, span, at}
}

// examples returns what Traced noted of durations that are counted.
func (h *Histogram) examples() (out []prometheus.Exemplar) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for i, e := range h.traced {
		if h.counts().count[i] > 0 {
			out = append(out, prometheus.Exemplar{Value: e.took.Seconds(), Labels: prometheus.Labels{traceLabel: e.trace, spanLabel: e.span}, Timestamp: e.at})
		}
	}
	return out
}

// Observe counts one duration.
func (h *Histogram) Observe(d time.Duration) {
	h.mu.Lock()
	h.counts().Add(d)
	h.mu.Unlock()
}

// Merge adds what one goroutine counted, and empties it.
func (h *Histogram) Merge(c *Counts) {
	h.mu.Lock()
	all := h.counts()
	for i, n := range c.count {
		all.count[i] += n
	}
	all.sum += c.sum
	h.mu.Unlock()
	*c = Counts{}
}

// snapshot returns the counts as Prometheus has them: cumulative, by the bound in seconds.
func (h *Histogram) snapshot() (count uint64, sum float64, bounds map[float64]uint64) {
	h.mu.Lock()
	var all Counts
	if h.all != nil {
		all = *h.all
	}
	h.mu.Unlock()
	bounds = make(map[float64]uint64, buckets)
	for i := range buckets {
		count += all.count[i]
		bounds[float64(uint64(1)<<i)/1000] = count
	}
	return count + all.count[buckets], all.sum.Seconds(), bounds
}
