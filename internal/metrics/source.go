package metrics

import (
	"sync/atomic"
	"time"
)

type sourceFigures struct {
	polled, written, pollTime, active, transaction *Sensor
	inFlight                                       atomic.Int64
}

func newSourceFigures(w Window) *sourceFigures {
	return &sourceFigures{newSensor(w), newSensor(w), newSensor(w), newSensor(w), newSensor(w), atomic.Int64{}}
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
	}
	if done > 0 {
		s.active.Record(now, float64(s.inFlight.Add(-int64(done))))
	}
}

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
