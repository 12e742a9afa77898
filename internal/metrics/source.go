package metrics

import (
	"sync/atomic"
	"time"
)

type sourceFigures struct {
	polled, written, pollTime, active, transaction Sensor
	inFlight                                       atomic.Int64
	// acks is the time until Kafka had a batch.
	acks lazyHistogram
	// age is that of the newest record when it was polled, in milliseconds, below 0 where none has a time.
	age    atomic.Int64
	behind atomic.Pointer[Behind]
}

// Behind is how much a source has not read yet, in a unit of its own.
type Behind struct {
	Amount int64
	Unit   string
}

func newSourceFigures(w *Window) *sourceFigures {
	s := &sourceFigures{polled: newSensor(w), written: newSensor(w), pollTime: newSensor(w), active: newSensor(w), transaction: newSensor(w)}
	s.age.Store(-1)
	return s
}

// Polled notes that a source task returned a batch of records after a time; the batch is in flight from now on.
func (t *Task) Polled(now time.Time, records int, took time.Duration) {
	s := t.source
	s.pollTime.Record(now, millis(took))
	if records == 0 {
		return
	}
	t.batch.Record(now, float64(records))
	s.polled.Record(now, float64(records))
	s.active.Record(now, float64(s.inFlight.Add(int64(records))))
}

// Written notes that polled records are done with: so many were acknowledged by Kafka, the others filtered or failed.
func (t *Task) Written(now time.Time, acknowledged, done int) {
	s := t.source
	if acknowledged > 0 {
		s.written.Record(now, float64(acknowledged))
		t.progressed(now)
	}
	if done > 0 {
		s.active.Record(now, float64(s.inFlight.Add(-int64(done))))
	}
}

// Acknowledged notes how long it took from handing a batch to the producer until Kafka had it.
func (t *Task) Acknowledged(took time.Duration) { t.source.acks.made().Observe(took) }

// AckTraced says that there is a trace of such a time.
func (t *Task) AckTraced(took time.Duration, trace, span string, at time.Time) {
	t.source.acks.made().Traced(took, trace, span, at)
}

// SourceAge notes how old the newest record of a batch was when it was polled.
func (t *Task) SourceAge(age time.Duration) { t.source.age.Store(max(age.Milliseconds(), 0)) }

// SourceBehind notes how much the source has not read yet.
func (t *Task) SourceBehind(b Behind) { t.source.behind.Store(&b) }

// Transaction notes that a transaction of so many records was committed.
func (t *Task) Transaction(now time.Time, records int) {
	t.source.transaction.Record(now, float64(records))
}

func (s *sourceFigures) bean(now time.Time, tags []Tag) Bean {
	b := Bean{Domain: connectDomain, Type: "source-task-metrics", Tags: tags}
	b.stats(s.polled.Stats(now), "source-record-poll-rate", "source-record-poll-total")
	b.stats(s.written.Stats(now), "source-record-write-rate", "source-record-write-total")
	poll, active, transaction := s.pollTime.Stats(now), s.active.Stats(now), s.transaction.Stats(now)
	b.number("poll-batch-max-time-ms", poll.Max)
	b.number("poll-batch-avg-time-ms", poll.Average)
	b.number("source-record-active-count", float64(s.inFlight.Load()))
	b.number("source-record-active-count-max", active.Max)
	b.number("source-record-active-count-avg", active.Average)
	b.number("transaction-size-min", transaction.Min)
	b.number("transaction-size-max", transaction.Max)
	b.number("transaction-size-avg", transaction.Average)
	return b
}
