package metrics

import (
	"math"
	"sync"
	"time"
)

// Window is what rates, averages and maxima look back at: metrics.num.samples samples of metrics.sample.window.ms.
type Window struct {
	Length  time.Duration
	Samples int
}

// DefaultWindow is Java's.
var DefaultWindow = Window{30 * time.Second, 2}

// Sensor keeps what was recorded of late in samples, as SampledStat of Kafka's metrics does. It may be used from several goroutines.
type Sensor struct {
	mu      sync.Mutex
	window  Window
	samples []sample
	current int
	total   float64
	count   int64
}

type sample struct {
	began         time.Time
	events        int64
	sum, max, min float64
}

func newSensor(w Window) *Sensor {
	if w.Length <= 0 || w.Samples <= 0 {
		w = DefaultWindow
	}
	return &Sensor{window: w}
}

// Record takes one value, of now.
func (s *Sensor) Record(now time.Time, value float64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.total += value
	s.count++
	c := s.at(now)
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
func (s *Sensor) at(now time.Time) *sample {
	if len(s.samples) == 0 {
		s.samples = append(make([]sample, 0, s.window.Samples), sample{began: now})
		return &s.samples[0]
	}
	if c := &s.samples[s.current]; now.Sub(c.began) < s.window.Length {
		return c
	}
	s.current = (s.current + 1) % s.window.Samples
	if s.current == len(s.samples) {
		s.samples = append(s.samples, sample{})
	}
	s.samples[s.current] = sample{began: now}
	return &s.samples[s.current]
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

func (s *Sensor) stats(now time.Time) eventStats {
	s.mu.Lock()
	defer s.mu.Unlock()
	stats := Stats{Total: s.total, Average: math.NaN(), Max: math.NaN(), Min: math.NaN()}
	var events int64
	sum, oldest := 0.0, now
	for i := range s.samples {
		c := &s.samples[i]
		if now.Sub(c.began) >= s.window.Length*time.Duration(s.window.Samples) {
			continue
		}
		if c.began.Before(oldest) {
			oldest = c.began
		}
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
	elapsed := max(now.Sub(oldest), s.window.Length*time.Duration(s.window.Samples-1))
	if elapsed <= 0 {
		elapsed = s.window.Length
	}
	stats.Rate = sum / elapsed.Seconds()
	return eventStats{stats, float64(events) / elapsed.Seconds(), float64(s.count)}
}
