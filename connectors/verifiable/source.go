package verifiable

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/data"
)

const keyCompleteRecord = "complete.record.data"

// completeRecord is the schema of values with complete.record.data=true.
var completeRecord = data.NewStructSchema("").
	Field(fieldName, data.StringSchema).
	Field(fieldTask, data.Int32Schema).
	Field(fieldTopic, data.StringSchema).
	Field(fieldTime, data.Int64Schema).
	Field(fieldSeqno, data.Int64Schema).
	MustBuild()

// sourceTask is VerifiableSourceTask: records numbered from 0, or from where the task of before ended. Java's makes one record a poll; this one makes
// as many as the rate allows at that moment.
type sourceTask struct {
	out      io.Writer
	name     string
	id       int64
	topic    string
	complete bool
	throttle throttle
	position *position
}

// Start reads the configuration and the committed number.
func (t *sourceTask) Start(ctx context.Context, tc connect.SourceTaskContext, props map[string]string) error {
	n := numbers{task: "VerifiableSourceTask", props: props}
	t.name, t.topic = props[keyName], props[keyTopic]
	t.id = n.get(keyID, 32)
	t.throttle = throttle{n.get(keyThroughput, 64), time.Now()}
	if n.err != nil {
		return n.err
	}
	t.complete = strings.EqualFold(props[keyCompleteRecord], "true")
	var err error
	if t.position, err = positionOf(ctx, tc, t.id); err != nil {
		return err
	}
	tc.Logger().Info(fmt.Sprintf("Started VerifiableSourceTask %s-%d producing to topic %s resuming from seqno %d", t.name, t.id, t.topic, t.position.next))
	return nil
}

// Poll waits until a record is due.
func (t *sourceTask) Poll(ctx context.Context, b *connect.SourceBatch) error {
	if !sleep(ctx, t.throttle.pause(t.position.done(), time.Now())) {
		return nil
	}
	for {
		if err := t.add(b); err != nil {
			return err
		}
		if b.Full() || ctx.Err() != nil || t.throttle.pause(t.position.done(), time.Now()) > 0 {
			return nil
		}
	}
}

func (t *sourceTask) add(b *connect.SourceBatch) error {
	now := time.Now().UnixMilli()
	l := line{fieldName: t.name, fieldTask: t.id, fieldTopic: t.topic, fieldTime: now, fieldSeqno: t.position.next}
	if err := l.print(t.out); err != nil {
		return err
	}
	r := b.Add(t.topic)
	r.SetKey(data.Int32Schema, data.Int32(int32(t.id)))
	r.SetValue(data.Int64Schema, data.Int64(t.position.next))
	if t.complete {
		row := b.Arena().Struct(completeRecord)
		value, err := row.Set(0, data.String(t.name)).Set(1, data.Int32(int32(t.id))).Set(2, data.String(t.topic)).Set(3, data.Int64(now)).
			Set(4, data.Int64(t.position.next)).Build()
		if err != nil {
			return err
		}
		r.SetValue(completeRecord, value.Value())
	}
	b.AddBytes(16)
	t.position.next++
	t.position.mark(b)
	return nil
}

// CommitRecord prints that a record is in Kafka.
func (t *sourceTask) CommitRecord(_ context.Context, r *connect.Record, _ *connect.RecordMetadata) error {
	return line{fieldName: t.name, fieldTask: t.id, fieldTopic: t.topic, fieldTime: time.Now().UnixMilli(), fieldSeqno: r.Value(),
		fieldCommitted: true}.print(t.out)
}

// Stop has nothing to release.
func (t *sourceTask) Stop(context.Context) error { return nil }

var (
	_ connect.SourceTask      = (*sourceTask)(nil)
	_ connect.RecordCommitter = (*sourceTask)(nil)
)
