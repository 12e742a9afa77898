package worker

import (
	"slices"
	"sync"

	"github.com/moldau/moldau/connect"
)

// errantReporter takes records that a sink task could not process, and knows which reports are still on their way (KIP-610,
// WorkerErrantRecordReporter). Report may be called from any goroutine during a put.
type errantReporter struct {
	s *sinkTask

	mu      sync.Mutex
	fatal   error
	pending map[connect.TopicPartition][]delivery
}

// delivery is a report on its way, of the record at the offset.
type delivery struct {
	offset int64
	done   <-chan error
}

func newErrantReporter(s *sinkTask) *errantReporter {
	return &errantReporter{s: s, pending: map[connect.TopicPartition][]delivery{}}
}

// Report implements connect.ErrantRecordReporter.
func (e *errantReporter) Report(r *connect.Record, cause error) error {
	p := &processing{stage: StageTaskPut, class: e.s.plugin.TaskClass, err: cause}
	if tp, offset, ok := r.SinkOrigin(); ok {
		p.consumed = e.s.consumedRecord(tp, offset)
	}
	e.s.counters.failures.add(1)
	err := e.s.op.judge(p, true)
	if err != nil {
		e.mu.Lock()
		if e.fatal == nil {
			e.fatal = err
		}
		e.mu.Unlock()
	}
	return err
}

// await notes a report on its way.
func (e *errantReporter) await(p *processing, done <-chan error) {
	if p.consumed == nil {
		return
	}
	tp := connect.TopicPartition{Topic: p.consumed.Topic, Partition: p.consumed.Partition}
	e.mu.Lock()
	list := e.pending[tp]
	if len(list) == cap(list) { // before it grows: what has arrived need not be waited for
		list = slices.DeleteFunc(list, func(d delivery) bool { return len(d.done) > 0 })
	}
	e.pending[tp] = append(list, delivery{p.consumed.Offset, done})
	e.mu.Unlock()
}

// failure returns the error of a report that errors.tolerance did not allow, also when the task swallowed it.
func (e *errantReporter) failure() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.fatal
}

// wait waits for the reports of records below the offsets that are to be committed.
func (e *errantReporter) wait(offsets map[connect.TopicPartition]int64) {
	for tp, end := range offsets {
		e.mu.Lock()
		var due, rest []delivery
		for _, d := range e.pending[tp] {
			if d.offset < end {
				due = append(due, d)
			} else {
				rest = append(rest, d)
			}
		}
		e.pending[tp] = rest
		e.mu.Unlock()
		for _, d := range due {
			select {
			case <-d.done:
			case <-e.s.killed.Done():
				return
			}
		}
	}
}

// drop forgets the reports of partitions that were given up.
func (e *errantReporter) drop(tps []connect.TopicPartition) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, tp := range tps {
		delete(e.pending, tp)
	}
}
