package worker

import (
	"errors"
	"fmt"

	"github.com/moldau/moldau/connect"
)

// bisection isolates the records for which a sink refuses a batch (errors.bisect.enable): the batch is put again in halves, and what is refused
// in halves of these, until single records are refused. The others land in the order of their partitions. A batch of n records with one bad one
// takes at most 2·log2(n) further puts.
type bisection struct {
	whole *connect.SinkBatch   // the batch that was refused
	rest  []*connect.SinkBatch // what is still to be put, the next at the end
	cause error                // of the first refusal
	bad   []badRecord          // found, and not yet reported
	found int
	some  bool // a put succeeded: the target works, and records are at fault
}

type badRecord struct {
	record *connect.Record
	err    error
}

// bisects reports whether a refused batch is to be taken apart. A panic says nothing of records, and a task that is stopping has no time.
func (s *sinkTask) bisects(err error) bool {
	var broken *panicError
	return s.settings.bisect && s.settings.toleranceAll && s.batch.Len() > 0 && !s.isStopping() && !errors.As(err, &broken)
}

// split goes on after the batch was refused: with its first half, or with what is left where it was a single record.
func (s *sinkTask) split(err error) (more bool, _ error) {
	if s.halves == nil {
		s.halves = &bisection{whole: s.batch, cause: err}
		s.logger.Warn("Put failed; the batch is put again in halves to find the records at fault", "records", s.batch.Len(), "error", err)
	}
	b := s.halves
	if s.batch.Len() > 1 {
		first, second := halve(s.batch)
		b.rest = append(b.rest, second)
		s.batch = first
		return true, nil
	}
	if b.found++; b.found > s.settings.bisectMost {
		return false, fmt.Errorf("more than errors.bisect.max.records=%d records of the batch were refused: %w", s.settings.bisectMost, b.cause)
	}
	var record *connect.Record
	s.batch.All(func(r *connect.Record) bool { record = r; return false })
	b.bad = append(b.bad, badRecord{record, err})
	if s.keeper.active {
		// The next put may store an offset past the record.
		if err := s.reportBad(); err != nil {
			return false, err
		}
	}
	return s.nextPart()
}

// nextPart takes what is to be put next; false without an error means that the batch is done.
func (s *sinkTask) nextPart() (more bool, _ error) {
	b := s.halves
	if n := len(b.rest); n > 0 {
		s.batch = b.rest[n-1]
		b.rest = b.rest[:n-1]
		return true, nil
	}
	if !b.some && !s.keeper.active && s.stillOwned(b.whole).Len() > 1 {
		// Each of them was refused: that is the target's fault and not theirs.
		return false, b.cause
	}
	return false, s.reportBad()
}

func (s *sinkTask) reportBad() error {
	for _, bad := range s.halves.bad {
		if err := s.errant.Report(bad.record, bad.err); err != nil {
			return err
		}
	}
	s.halves.bad = nil
	return nil
}

// unreported is the offset of the first record of a partition that was refused and is not reported yet, -1 where there is none: nothing past it may
// be committed (I1), whatever the task has written of the puts that failed later.
func (b *bisection) unreported(tp connect.TopicPartition) int64 {
	if b == nil {
		return -1
	}
	for _, bad := range b.bad { // in the order of their partitions
		if of, offset, _ := bad.record.SinkOrigin(); of == tp {
			return offset
		}
	}
	return -1
}

// united gives the task its own batch back.
func (s *sinkTask) united() {
	if s.halves != nil {
		s.batch, s.halves = s.halves.whole, nil
	}
}

// halve makes two batches of one, with the same order.
func halve(b *connect.SinkBatch) (first, second *connect.SinkBatch) {
	first, second = connect.NewSinkBatch(), connect.NewSinkBatch()
	left := b.Len() / 2
	for _, slice := range b.Slices() {
		n := min(left, len(slice.Records))
		left -= n
		if n > 0 {
			first.Append(connect.SinkSlice{TopicPartition: slice.TopicPartition, Records: slice.Records[:n:n]})
		}
		if n < len(slice.Records) {
			second.Append(connect.SinkSlice{TopicPartition: slice.TopicPartition, Records: slice.Records[n:]})
		}
	}
	return first, second
}
