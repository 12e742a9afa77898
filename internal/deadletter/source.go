package deadletter

import (
	"bytes"
	"context"
	"fmt"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/internal/worker"
)

// source is a source connector through whose transformations and converters its letters go again, and then to Kafka together with their marks.
type source struct {
	*connectorQueue
	dry *worker.DryRun
}

// reproduce returns the record that a letter becomes, nil where it becomes none, which the outcome tells.
func (s *source) reproduce(ctx context.Context, r *redrive, c *chosen, o *Outcome) (*kgo.Record, error) {
	if s.dry == nil {
		dry, err := s.tolerantDry()
		if err != nil {
			return nil, fmt.Errorf("make the converters and transformations of connector %s: %w", s.connector, err)
		}
		s.dry = dry
	}
	from := c.letter.Source
	letter := &worker.SourceLetter{Record: c.consumed(), Topic: from.Topic, Partition: connect.NoPartition, KeyForm: from.keyForm, ValueForm: from.valueForm}
	letter.Record.Topic = s.topic
	if from.Partition != nil {
		letter.Partition = *from.Partition
	}
	var out kgo.Record
	trial := s.dry.Reproduce(ctx, letter, &out)
	s.describe(o, trial.Fate, trial.Failure)
	if trial.Fate != worker.Kept {
		return nil, nil
	}
	o.To = out.Topic
	if r.isReserved(out.Topic) {
		o.Fate, o.Reason = HasFailed, fmt.Sprintf(reservedReason, out.Topic)
		o.Failure = &Failure{Message: o.Reason}
		return nil, nil
	}
	partitions, err := r.partitionsOf(ctx, out.Topic)
	switch {
	case err != nil:
		return nil, err
	case partitions == 0:
		o.Fate, o.Reason = HasFailed, "topic "+out.Topic+" does not exist: create it first"
	case out.Topic == s.topic:
		o.Fate, o.Reason = HasFailed, "the connector sends it to the dead letter topic itself"
	}
	if o.Fate != WasRedriven {
		o.Failure = &Failure{Message: o.Reason}
		return nil, nil
	}
	record := &kgo.Record{Topic: out.Topic, Partition: out.Partition, Key: bytes.Clone(out.Key), Value: bytes.Clone(out.Value), Timestamp: out.Timestamp}
	for _, h := range out.Headers {
		record.Headers = append(record.Headers, kgo.RecordHeader{Key: h.Key, Value: bytes.Clone(h.Value)})
	}
	return record, nil
}

// deliver sends what letters become, and their marks, in one transaction.
func (s *source) deliver(ctx context.Context, r *redrive, t *transactions, letters []*chosen) error {
	out := make([]sending, len(letters))
	for i, c := range letters {
		o := &Outcome{Coordinates: c.letter.Coordinates}
		record, err := s.reproduce(ctx, r, c, o)
		if err != nil {
			return err
		}
		if record != nil {
			c.to = record.Topic
		}
		out[i] = sending{c, record, o}
	}
	return r.send(ctx, t, out)
}
