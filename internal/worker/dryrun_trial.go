package worker

import (
	"context"
	"strconv"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/internal/javafmt"
)

// Fate is what becomes of a record.
type Fate string

const (
	// Kept means that the record goes on: to the put of a sink, to Kafka for a source.
	Kept Fate = "kept"
	// Dropped means that a transformation left it out.
	Dropped Fate = "dropped"
	// Skipped means that it could not be worked on and errors.tolerance leaves it out.
	Skipped Fate = "skipped"
	// Broken means that it could not be worked on and fails the task.
	Broken Fate = "failed"
)

// Trial is the outcome of one record of a dry run.
type Trial struct {
	Fate Fate
	// Link is the place in the chain of the transformation that dropped the record or failed, -1 where none did.
	Link int
	// Failure is the step at fault of a record that was skipped or that broke; its Stage is empty for an error that no stage has.
	Failure *SkippedRecord
	// Err is what the task of a broken record fails with.
	Err error
	// DeadLetter is what the dead letter queue gets of a record that failed, nil where there is none.
	DeadLetter *kgo.Record
}

// Watch is called after each transformation with the record as it is then. It was not applied where its predicate kept it from the record, and
// the record is not kept where it dropped it.
type Watch func(link int, applied, keep bool, r *connect.Record)

// Transform runs the chain on r. With a watch, transformations are applied one by one; without, compiled as tasks have them.
func (d *DryRun) Transform(ctx context.Context, r *connect.Record, watch Watch) Trial {
	d.begin(ctx)
	return d.transform(ctx, r, watch)
}

// Consume does what a sink task does with a record of a topic: r, which must be new, becomes what Put gets. before, where it is not nil, is
// called between converters and transformations. A timestamp of -1 stands for none. It needs converters.
func (d *DryRun) Consume(ctx context.Context, arena *data.Arena, in *kgo.Record, r *connect.Record, before func(), watch Watch) Trial {
	d.begin(ctx)
	timestamp, kind := timestampOf(in)
	r.InitSink(arena, &connect.TopicPartition{Topic: in.Topic, Partition: in.Partition}, in.Offset, timestamp, kind)
	s := &sinkTask{taskRun: &taskRun{op: &d.op, stopping: ctx}, conv: d.conv, chain: &chain{}, proc: processing{consumed: in}}
	var keep bool
	err := guard("the converters", func() (err error) {
		keep, err = s.convert(arena, in, r)
		return err
	})
	if !keep || err != nil {
		return d.failed(-1, err)
	}
	if before != nil {
		before()
	}
	d.proc.consumed = in
	return d.transform(ctx, r, watch)
}

// Produce does what a source task does with a record of a poll: out becomes the record for Kafka. Its timestamp is zero where the producer
// takes the time of sending. out is valid until the next call. It needs converters.
func (d *DryRun) Produce(ctx context.Context, r *connect.Record, out *kgo.Record, watch Watch) Trial {
	d.begin(ctx)
	d.proc.source = r
	t := d.transform(ctx, r, watch)
	if t.Fate != Kept {
		return t
	}
	var ok bool
	err := guard("the converters", func() (err error) {
		ok, err = d.produce(ctx, r, out)
		return err
	})
	if !ok || err != nil {
		return d.failed(-1, err)
	}
	return t
}

// produce follows sourceTask.prepare, without topic creation.
func (d *DryRun) produce(ctx context.Context, r *connect.Record, out *kgo.Record) (ok bool, err error) {
	f := &d.flight
	f.reset()
	s := &sourceTask{taskRun: &taskRun{op: &d.op, stopping: ctx}, conv: d.conv, proc: d.proc}
	*out = kgo.Record{Topic: r.Topic, Partition: r.Partition}
	if r.Headers.Len() > 0 {
		if out.Headers, ok, err = s.convertHeaders(f, r); !ok || err != nil {
			return false, err
		}
	}
	before := r.Headers.Len()
	if out.Key, ok, err = s.convert(f, StageKeyConverter, d.conv.key, d.conv.keyClass, r, true); !ok || err != nil {
		return false, err
	}
	if out.Value, ok, err = s.convert(f, StageValueConverter, d.conv.value, d.conv.valueClass, r, false); !ok || err != nil {
		return false, err
	}
	if added := r.Headers.All(); len(added) > before {
		out.Headers = appendRaw(out.Headers, added[before:])
	}
	switch {
	case r.Timestamp == connect.NoTimestamp || r.Timestamp == -1:
	case r.Timestamp < 0:
		return false, javafmt.NewException(javafmt.InvalidRecordException, "Invalid record timestamp "+strconv.FormatInt(r.Timestamp, 10), nil)
	default:
		out.Timestamp = time.UnixMilli(r.Timestamp)
	}
	return true, nil
}

// ReadBack returns what the connector's own converter reads from a key or value that Produce made.
func (d *DryRun) ReadBack(arena *data.Arena, out *kgo.Record, key bool) (schema *data.Schema, v data.Value, err error) {
	headers := rawHeaders(out)
	c, raw := d.conv.value, out.Value
	if key {
		c, raw = d.conv.key, out.Key
	}
	err = guard("ToConnect", func() (err error) {
		schema, v, err = c.ToConnect(arena, out.Topic, &headers, raw)
		return err
	})
	return schema, v, err
}

// transform follows chain.apply, and knows which link did what.
func (d *DryRun) transform(ctx context.Context, r *connect.Record, watch Watch) Trial {
	links := d.chain.links
	for i := 0; i < len(links); i++ {
		if watch == nil {
			if n := d.chain.applyFused(i, r); n > 0 {
				i += n - 1
				continue
			}
		}
		applied, keep, err := d.step(ctx, &links[i], r)
		switch {
		case err != nil || d.skipped != nil:
			return d.failed(i, err)
		case watch != nil:
			watch(i, applied, keep, r)
		}
		if !keep {
			return Trial{Fate: Dropped, Link: i}
		}
	}
	return Trial{Fate: Kept, Link: -1}
}

// step applies one transformation, again where a retriable error allows it.
func (d *DryRun) step(ctx context.Context, l *link, r *connect.Record) (applied, keep bool, _ error) {
	for {
		var panicked error
		var err error
		panicked = guard(l.class, func() error {
			if applied, err = l.passes(r); applied && err == nil {
				keep, err = l.transformation.Apply(ctx, r)
			}
			return nil
		})
		switch {
		case panicked != nil: // not tolerated: a plugin that breaks is not a bad record
			d.skipped = &SkippedRecord{Stage: StageTransformation, Class: l.class, Err: panicked}
			return false, false, panicked
		case err == nil:
			return applied, keep || !applied, nil
		}
		if again, err := d.op.failed(&d.proc, StageTransformation, l.class, err); !again {
			return false, false, err
		}
	}
}

// failed is the outcome of a record that could not be worked on; err is nil where that is tolerated.
func (d *DryRun) failed(link int, err error) Trial {
	t := Trial{Fate: Skipped, Link: link, Failure: d.skipped, Err: err, DeadLetter: d.letter}
	if err != nil {
		t.Fate = Broken
	}
	if t.Failure == nil {
		t.Failure = &SkippedRecord{Err: err}
	}
	return t
}
