package worker

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/internal/javafmt"
)

// errantReporter takes records that a sink task could not process, and knows which reports are still on their way (KIP-610,
// WorkerErrantRecordReporter). Report may be called from any goroutine during a put.
type errantReporter struct {
	s *sinkTask

	mu      sync.Mutex
	fatal   error
	raw     map[connect.TopicPartition][]*kgo.Record // the batch as it was consumed
	pending map[connect.TopicPartition][]delivery
	// refused are the first records, by partition, that were neither processed nor reported: nothing past them may be committed (I1).
	refused map[connect.TopicPartition]int64
}

// delivery is a report on its way, of the record at the offset.
type delivery struct {
	offset int64
	done   <-chan error
}

func newErrantReporter(s *sinkTask) *errantReporter {
	return &errantReporter{s: s, raw: map[connect.TopicPartition][]*kgo.Record{}, pending: map[connect.TopicPartition][]delivery{},
		refused: map[connect.TopicPartition]int64{}}
}

// reportingClass is what Java names for every sink (WorkerErrantRecordReporter.report).
const reportingClass = "org.apache.kafka.connect.sink.SinkTask"

// Report implements connect.ErrantRecordReporter.
func (e *errantReporter) Report(r *connect.Record, cause error) error {
	p := &processing{stage: StageTaskPut, class: reportingClass, err: cause}
	tp, offset, known := r.SinkOrigin()
	if known {
		p.consumed = e.consumed(tp, offset)
	}
	var err error
	if p.consumed == nil && e.s.dlq != nil {
		// It cannot be sent as it was consumed, and must not be lost silently.
		err = javafmt.NewException(javafmt.ConnectException, "A record cannot be sent to the dead letter queue because it is not of the batch being put", cause)
	} else {
		err = e.s.op.executeFailed(p)
	}
	if err == nil && e.s.keeper.active && known {
		// The task may store its own offset as soon as this returns.
		if err = e.wait(map[connect.TopicPartition]int64{tp: offset + 1}); err == nil {
			err = e.failure()
		}
	}
	if err != nil {
		e.mu.Lock()
		if known {
			e.refuse(tp, offset)
		}
		e.fail(err)
		e.mu.Unlock()
	}
	return err
}

// fail keeps the first error; e.mu is held.
func (e *errantReporter) fail(err error) {
	if e.fatal == nil {
		e.fatal = err
	}
}

// refuse lets nothing past the record be committed; e.mu is held.
func (e *errantReporter) refuse(tp connect.TopicPartition, offset int64) {
	if at, there := e.refused[tp]; !there || offset < at {
		e.refused[tp] = offset
	}
}

// begin forgets the batch before.
func (e *errantReporter) begin() {
	e.mu.Lock()
	clear(e.raw)
	e.mu.Unlock()
}

// keep remembers the records of a partition as they were consumed.
func (e *errantReporter) keep(tp connect.TopicPartition, records []*kgo.Record) {
	e.mu.Lock()
	e.raw[tp] = records
	e.mu.Unlock()
}

// consumed returns a record of the batch as it was consumed; nil where it is not known.
func (e *errantReporter) consumed(tp connect.TopicPartition, offset int64) *kgo.Record {
	e.mu.Lock()
	records := e.raw[tp]
	e.mu.Unlock()
	i, found := slices.BinarySearchFunc(records, offset, func(r *kgo.Record, at int64) int { return cmp.Compare(r.Offset, at) })
	if !found {
		return nil
	}
	return records[i]
}

// await notes a report on its way.
func (e *errantReporter) await(p *processing, done <-chan error) {
	if p.consumed == nil {
		return
	}
	tp := connect.TopicPartition{Topic: p.consumed.Topic, Partition: p.consumed.Partition}
	e.mu.Lock()
	defer e.mu.Unlock()
	list := e.pending[tp]
	if len(list) == cap(list) { // before it grows: what has arrived need not be waited for
		list = slices.DeleteFunc(list, func(d delivery) bool {
			select {
			case <-d.done:
				return true
			default:
				return false
			}
		})
	}
	e.pending[tp] = append(list, delivery{p.consumed.Offset, done})
}

// undelivered notes that the dead letter of a record could not be written: nothing past the record may be committed (I1), and the task fails.
// It is called on the goroutine of the producer, before the report counts as arrived.
func (e *errantReporter) undelivered(in *kgo.Record, err error) {
	record := fmt.Sprintf("record of topic '%s', partition %d, offset %d", in.Topic, in.Partition, in.Offset)
	e.mu.Lock()
	e.refuse(connect.TopicPartition{Topic: in.Topic, Partition: in.Partition}, in.Offset)
	e.fail(undelivered(e.s.settings.dlqTopic, record, err))
	e.mu.Unlock()
	wake(e.s.poke)
}

// failure returns the error of a report that errors.tolerance did not allow, also when the task swallowed it, or that did not arrive.
func (e *errantReporter) failure() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.fatal
}

var errCancelled = errors.New("the task was cancelled")

// wait waits for the reports of records below the offsets that are to be committed, and takes out the offsets past records that were refused.
// An error means that nothing may be committed.
func (e *errantReporter) wait(offsets map[connect.TopicPartition]int64) error {
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
				return errCancelled
			}
		}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	for tp, at := range e.refused {
		if offsets[tp] > at {
			delete(offsets, tp)
		}
	}
	return nil
}

// waitAll waits for all reports on their way; the error is that of one that did not arrive, or that the task was cancelled.
func (e *errantReporter) waitAll() error {
	e.mu.Lock()
	ends := make(map[connect.TopicPartition]int64, len(e.pending))
	for tp, list := range e.pending {
		if len(list) > 0 {
			ends[tp] = math.MaxInt64
		}
	}
	e.mu.Unlock()
	if err := e.wait(ends); err != nil {
		return err
	}
	return e.failure()
}

// drop forgets the reports of partitions that were given up.
func (e *errantReporter) drop(tps []connect.TopicPartition) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, tp := range tps {
		delete(e.pending, tp)
		delete(e.refused, tp)
	}
}
