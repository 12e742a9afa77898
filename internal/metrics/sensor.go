package metrics

import (
	"math"
	"sync"
	"sync/atomic"
	"time"
)

// Window is what rates, averages and maxima look back at: metrics.num.samples samples of metrics.sample.window.ms.
type Window struct {
	Length  time.Duration
	Samples int
}

// DefaultWindow is Java's.
var DefaultWindow = Window{30 * time.Second, 2}

// Sensor keeps what was recorded of late in samples, as SampledStat of Kafka's metrics does. It may be used from several goroutines. A worker has
// tens of them for each task and many never record anything, so that one holds nothing until it does.
type Sensor struct {
	window *Window
	kept   atomic.Pointer[recorded]
}

type recorded struct {
	mu      sync.Mutex
	samples []sample
	current int
	total   float64
	count   int64
}

type sample struct {
	began         time.Duration // since origin
	events        int64
	sum, max, min float64
}

// origin is what the beginnings of samples count from, which takes a third of what a time takes.
var origin = time.Now()

// newSensor returns a sensor that looks back at a window, which it shares.
func newSensor(w *Window) Sensor { return Sensor{window: w} }

// orDefault returns the window, Java's where it is none.
func (w Window) orDefault() *Window {
	if w.Length <= 0 || w.Samples <= 0 {
		return &DefaultWindow
	}
	return &w
}

// Record takes one value, of now.
func (s *Sensor) Record(now time.Time, value float64) {
	k := s.kept.Load()
	if k == nil {
		s.kept.CompareAndSwap(nil, &recorded{})
		k = s.kept.Load()
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.total += value
	k.count++
	c := k.at(now.Sub(origin), s.window)
	if c.events == 0 || value > c.max {
		c.max = value
	}
	if c.events == 0 || value < c.min {
		c.min = value
	}
	c.events++
	c.sum += value
}

// at returns the sample that is being filled, a fresh one where that is complete; the caller holds the lock.
func (k *recorded) at(now time.Duration, window *Window) *sample {
	if len(k.samples) == 0 {
		k.samples = append(make([]sample, 0, window.Samples), sample{began: now})
		return &k.samples[0]
	}
	if c := &k.samples[k.current]; now-c.began < window.Length {
		return c
	}
	k.current = (k.current + 1) % window.Samples
	if k.current == len(k.samples) {
		k.samples = append(k.samples, sample{})
	}
	k.samples[k.current] = sample{began: now}
	return &k.samples[k.current]
}

// Stats are the figures of a sensor. Average, Max and Min are NaN where nothing was recorded within the window.
type Stats struct {
	Total, Rate, Average, Max, Min float64
}

// eventStats are Stats with how often something was recorded, a second and in all.
type eventStats struct {
	Stats
	events, count float64
}

// Stats returns the figures at now.
func (s *Sensor) Stats(now time.Time) Stats { return s.stats(now).Stats }

func (s *Sensor) stats(at time.Time) eventStats {
	k := s.kept.Load()
	if k == nil {
		k = &recorded{}
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	now := at.Sub(origin)
	stats := Stats{Total: k.total, Average: math.NaN(), Max: math.NaN(), Min: math.NaN()}
	var events int64
	sum, oldest := 0.0, now
	for i := range k.samples {
		c := &k.samples[i]
		if now-c.began >= s.window.Length*time.Duration(s.window.Samples) {
			continue
		}
		oldest = min(oldest, c.began)
		if c.events == 0 {
			continue
		}
		if events == 0 || c.max > stats.Max {
			stats.Max = c.max
		}
		if events == 0 || c.min < stats.Min {
			stats.Min = c.min
		}
		events += c.events
		sum += c.sum
	}
	if events > 0 {
		stats.Average = sum / float64(events)
	}
	// Rate.windowSize: a rate over less than all samples but one would overstate what has just begun.
	elapsed := max(now-oldest, s.window.Length*time.Duration(s.window.Samples-1))
	if elapsed <= 0 {
		elapsed = s.window.Length
	}
	stats.Rate = sum / elapsed.Seconds()
	return eventStats{stats, float64(events) / elapsed.Seconds(), float64(k.count)}
}
