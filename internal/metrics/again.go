package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

var redelivered = prometheus.NewDesc("moldau_sink_records_redelivered_total",
	"Records that tasks of a sink on this worker were given again after this process had put them already.", []string{"connector"}, nil)

// Span are offsets from First until before Next, none where both are the same.
type Span struct{ First, Next int64 }

// With returns the offsets of both, and those between them.
func (s Span) With(t Span) Span {
	switch {
	case s.First == s.Next:
		return t
	case t.First == t.Next:
		return s
	}
	return Span{min(s.First, t.First), max(s.Next, t.Next)}
}

// LeftUncommitted notes that a task of a sink gave up a partition of which it was given some records and did not commit all: they come again.
func (w *Worker) LeftUncommitted(now time.Time, connector string, p Partition, given Span) {
	w.histories.mu.Lock()
	defer w.histories.mu.Unlock()
	x := w.histories.of(connector, now)
	if x.given == nil {
		x.given = map[Partition]Span{}
	}
	x.given[p] = x.given[p].With(given)
}

// TakenUp returns what LeftUncommitted noted of a partition, and forgets it.
func (w *Worker) TakenUp(connector string, p Partition) Span {
	w.histories.mu.Lock()
	defer w.histories.mu.Unlock()
	x := w.histories.named[connector]
	if x == nil {
		return Span{}
	}
	given := x.given[p]
	delete(x.given, p)
	return given
}

// Redelivered counts records that a task of a sink was given again.
func (w *Worker) Redelivered(now time.Time, connector string, records int) {
	w.histories.mu.Lock()
	w.histories.of(connector, now).redelivered += int64(records)
	w.histories.mu.Unlock()
}
