package metrics

import (
	"sync"
	"sync/atomic"
	"time"
)

// Partition names a partition of a topic.
type Partition struct {
	Topic     string
	Partition int32
}

type sinkFigures struct {
	read, sent, putTime, active, completions, skips Sensor
	inFlight, commitNumber                          atomic.Int64
	// put and latency are histograms that Java does not have: of the time in put, and from a record's time until it was put.
	put, latency Histogram
	// reached is the time of the newest record that was put, in milliseconds, 0 where none has one.
	reached atomic.Int64

	mu   sync.Mutex
	lags map[Partition]int64
}

func newSinkFigures(w *Window) *sinkFigures {
	return &sinkFigures{read: newSensor(w), sent: newSensor(w), putTime: newSensor(w), active: newSensor(w), completions: newSensor(w), skips: newSensor(w),
		lags: map[Partition]int64{}}
}

// Read notes that records were fetched, before transformations.
func (t *Task) Read(now time.Time, records int) {
	s := t.sink
	s.read.Record(now, float64(records))
	s.active.Record(now, float64(s.inFlight.Add(int64(records))))
	t.batch.Record(now, float64(records))
}

// Put notes that a batch was put after a time; waited counts how long its records were under way, and is emptied.
func (t *Task) Put(now time.Time, records int, took time.Duration, waited *Counts) {
	s := t.sink
	s.sent.Record(now, float64(records))
	s.putTime.Record(now, millis(took))
	s.put.Observe(took)
	t.progressed(now)
	if waited != nil {
		s.latency.Merge(waited)
	}
}

// Reached notes the time of the newest record that was put, in milliseconds since 1970.
func (t *Task) Reached(millis int64) { t.sink.reached.Store(millis) }

// PutTraced and LatencyTraced say that there is a trace of the time that a put took, and of a record's time until it was put.
func (t *Task) PutTraced(took time.Duration, trace, span string, at time.Time) {
	t.sink.put.Traced(took, trace, span, at)
}

// LatencyTraced is PutTraced for the time from a record's timestamp until it was put.
func (t *Task) LatencyTraced(waited time.Duration, trace, span string, at time.Time) {
	t.sink.latency.Traced(waited, trace, span, at)
}

// Settled notes that so many fetched records are covered by a commit, or were taken away with their partition.
func (t *Task) Settled(now time.Time, records int) {
	t.sink.active.Record(now, float64(t.sink.inFlight.Add(-int64(records))))
}

// OffsetsCommitted and CommitSkipped note how a commit with a number ended: with the broker's answer, or not at all since a later one began.
func (t *Task) OffsetsCommitted(now time.Time, number int64) {
	t.sink.completions.Record(now, 1)
	t.sink.commitNumber.Store(number)
}

// CommitSkipped notes a commit that was overtaken by a later one.
func (t *Task) CommitSkipped(now time.Time) { t.sink.skips.Record(now, 1) }

// Assigned notes that a partition belongs to the task, Revoked that it does not any more, Lag how far it is behind.
func (t *Task) Assigned(p Partition) { t.Lag(p, 0) }

// Revoked forgets a partition.
func (t *Task) Revoked(p Partition) {
	t.sink.mu.Lock()
	delete(t.sink.lags, p)
	t.sink.mu.Unlock()
}

// Lag notes how many records of an assigned partition have not been fetched yet.
func (t *Task) Lag(p Partition, records int64) {
	t.sink.mu.Lock()
	t.sink.lags[p] = max(records, 0)
	t.sink.mu.Unlock()
}

func (s *sinkFigures) lag() (partitions int, highest, sum int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, n := range s.lags {
		highest = max(highest, n)
		sum += n
	}
	return len(s.lags), highest, sum
}

func (s *sinkFigures) bean(now time.Time, tags []Tag) Bean {
	b := Bean{Domain: connectDomain, Type: "sink-task-metrics", Tags: tags}
	b.stats(s.read.Stats(now), "sink-record-read-rate", "sink-record-read-total")
	b.stats(s.sent.Stats(now), "sink-record-send-rate", "sink-record-send-total")
	partitions, lag, _ := s.lag()
	// Java declares the attribute and never fills it.
	b.number("sink-record-lag-max", float64(lag))
	b.number("partition-count", float64(partitions))
	b.number("offset-commit-seq-no", float64(s.commitNumber.Load()))
	b.stats(s.completions.Stats(now), "offset-commit-completion-rate", "offset-commit-completion-total")
	b.stats(s.skips.Stats(now), "offset-commit-skip-rate", "offset-commit-skip-total")
	put, active := s.putTime.Stats(now), s.active.Stats(now)
	b.number("put-batch-max-time-ms", put.Max)
	b.number("put-batch-avg-time-ms", put.Average)
	b.number("sink-record-active-count", float64(s.inFlight.Load()))
	b.number("sink-record-active-count-max", active.Max)
	b.number("sink-record-active-count-avg", active.Average)
	return b
}
