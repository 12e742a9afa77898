package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

var redelivered = prometheus.NewDesc("moldau_sink_records_redelivered_total",
	"Records that tasks of a sink on this worker were given again after this process had put them already.", []string{"connector"}, nil)

// LeftUncommitted notes that a task of a sink gave up a partition of which it had put the records before next, but not committed them: they come again.
func (w *Worker) LeftUncommitted(now time.Time, connector string, p Partition, next int64) {
	w.histories.mu.Lock()
	defer w.histories.mu.Unlock()
	x := w.histories.of(connector, now)
	if x.reached == nil {
		x.reached = map[Partition]int64{}
	}
	x.reached[p] = max(x.reached[p], next)
}

// TakenUp returns what LeftUncommitted noted of a partition, 0 for nothing, and forgets it.
func (w *Worker) TakenUp(connector string, p Partition) int64 {
	w.histories.mu.Lock()
	defer w.histories.mu.Unlock()
	x := w.histories.named[connector]
	if x == nil {
		return 0
	}
	next := x.reached[p]
	delete(x.reached, p)
	return next
}

// Redelivered counts records that a task of a sink was given again.
func (w *Worker) Redelivered(now time.Time, connector string, records int) {
	w.histories.mu.Lock()
	w.histories.of(connector, now).redelivered += int64(records)
	w.histories.mu.Unlock()
}
