package metrics

import (
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// What is kept is what fits the samples: older ones are forgotten, and a rate counts at least all samples but one.
func TestSensor(t *testing.T) {
	t.Parallel()
	start := time.Unix(1000, 0)
	at := func(seconds float64) time.Time { return start.Add(time.Duration(seconds * float64(time.Second))) }
	none := math.NaN()
	type event struct{ at, value float64 }
	for name, c := range map[string]struct {
		events []event
		at     float64
		want   Stats
	}{
		"nothing":            {nil, 0, Stats{0, 0, none, none, none}},
		"one sample":         {[]event{{0, 2}, {10, 4}}, 10, Stats{6, 6.0 / 30, 3, 4, 2}},
		"two samples":        {[]event{{0, 2}, {29, 4}, {40, 9}}, 45, Stats{15, 15.0 / 45, 5, 9, 2}},
		"the first is over":  {[]event{{0, 2}, {40, 9}, {80, 3}}, 85, Stats{14, 12.0 / 45, 6, 9, 3}},
		"all are over":       {[]event{{0, 2}, {40, 9}}, 200, Stats{11, 0, none, none, none}},
		"negative values":    {[]event{{0, -2}, {1, -5}}, 1, Stats{-7, -7.0 / 30, -3.5, -2, -5}},
		"a pause in between": {[]event{{0, 1}, {100, 1}, {101, 3}}, 101, Stats{5, 4.0 / 30, 2, 3, 1}},
	} {
		s := newSensor(&DefaultWindow)
		for _, e := range c.events {
			s.Record(at(e.at), e.value)
		}
		if d := cmp.Diff(c.want, s.Stats(at(c.at)), cmpopts.EquateNaNs(), cmpopts.EquateApprox(0, 1e-9)); d != "" {
			t.Errorf("%s (-want +got)\n%s", name, d)
		}
	}
}

// A duration is in the first bucket whose bound it does not exceed, and in all after that.
func TestHistogram(t *testing.T) {
	t.Parallel()
	for ms, bound := range map[int64]float64{-5: 0.001, 0: 0.001, 1: 0.001, 2: 0.002, 3: 0.004, 4: 0.004, 5: 0.008, 1024: 1.024, 1025: 2.048, 2097152: 2097.152} {
		var h Histogram
		var c Counts
		c.Add(time.Duration(ms) * time.Millisecond)
		h.Merge(&c)
		h.Merge(&c) // empty by now
		count, sum, bounds := h.snapshot()
		if count != 1 || sum != float64(max(ms, 0))/1000 {
			t.Errorf("%d ms: count %d, sum %g", ms, count, sum)
		}
		for le, n := range bounds {
			if want := le >= bound; (n == 1) != want {
				t.Errorf("%d ms: the bucket to %g s has %d", ms, le, n)
			}
		}
	}
	var h Histogram
	h.Observe(time.Millisecond + 1)
	if _, sum, bounds := h.snapshot(); bounds[0.001] != 0 || bounds[0.002] != 1 || sum != 0.001000001 {
		t.Error("a nanosecond is lost")
	}
	h = Histogram{}
	h.Observe(time.Hour)
	if count, _, bounds := h.snapshot(); count != 1 || bounds[2097.152] != 0 {
		t.Error("an hour is in a bucket with a bound")
	}
}
