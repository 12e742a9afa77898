package worker

import (
	"math"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// BenchmarkTracingOff shows what a record costs for traces while there are none: loops that ask what those of tasks ask per record, beside loops that do
// not. Both run in turns, and the quickest turn of each counts, so that what else the machine does matters little.
func BenchmarkTracingOff(b *testing.B) {
	records := make([]*kgo.Record, 500)
	for i := range records {
		records[i] = &kgo.Record{Key: []byte("key"), Value: []byte("value")}
	}
	sink, source, f, bytes := &sinkTask{}, &sourceTask{}, &flight{}, 0
	compare(b, "Sink", len(records), func() {
		for _, in := range records {
			bytes += handled(in)
		}
	}, func() {
		for _, in := range records {
			at, sampled := 0, false
			if sink.spans != nil {
				at, sampled = sink.spans.meet(in)
			}
			bytes += handled(in)
			if sampled {
				sink.spans.step(at, "convert", true, nil)
			}
		}
	})
	compare(b, "Source", len(records), func() {
		for range 2 { // the records, and their acknowledgements
			for _, in := range records {
				bytes += handled(in)
			}
		}
	}, func() {
		traced := source.spans.begin(f, nil)
		for i, in := range records {
			if i == traced {
				bytes++
			}
			bytes += handled(in)
		}
		for _, in := range records {
			if f.trace != nil {
				f.trace.answered(f.records, in, nil)
			}
			bytes += handled(in)
		}
	})
}

// compare reports what a record costs in both, and the difference.
func compare(b *testing.B, name string, records int, without, off func()) {
	b.Run(name, func(b *testing.B) {
		b.ReportAllocs()
		quickest := [2]time.Duration{math.MaxInt64, math.MaxInt64}
		for range b.N {
			for i, f := range []func(){without, off} {
				began := time.Now()
				for range 20 {
					f()
				}
				quickest[i] = min(quickest[i], time.Since(began))
			}
		}
		each := func(d time.Duration) float64 { return float64(d.Nanoseconds()) / 20 / float64(records) }
		b.ReportMetric(each(quickest[0]), "ns/record-without")
		b.ReportMetric(each(quickest[1]), "ns/record-off")
		b.ReportMetric(each(quickest[1])-each(quickest[0]), "ns/record-more")
	})
}

// handled stands for the work on a record; it is a call, as the work is.
//
//go:noinline
func handled(in *kgo.Record) int { return len(in.Key) + len(in.Value) }
