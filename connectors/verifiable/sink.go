package verifiable

import (
	"context"
	"io"
	"time"

	"github.com/moldau/moldau/connect"
)

// sinkTask is VerifiableSinkTask: it prints every record when it comes, and once more when its offset is about to be committed.
type sinkTask struct {
	out       io.Writer
	name      string
	id        int64
	unflushed map[connect.TopicPartition][]line
}

// Start reads the configuration.
func (t *sinkTask) Start(_ context.Context, _ connect.SinkTaskContext, props map[string]string) error {
	n := numbers{task: "VerifiableSourceTask", props: props} // the name that Java's message has
	t.name, t.id = props[keyName], n.get(keyID, 32)
	t.unflushed = map[connect.TopicPartition][]line{}
	return n.err
}

// Put prints the records.
func (t *sinkTask) Put(_ context.Context, b *connect.SinkBatch) error {
	now := time.Now().UnixMilli()
	for _, slice := range b.Slices() {
		for i := range slice.Records {
			r := &slice.Records[i]
			_, offset, _ := r.SinkOrigin()
			l := line{fieldName: t.name, fieldTask: r.Key(), fieldSinkTask: t.id, fieldTopic: r.Topic, fieldTime: now, fieldSeqno: r.Value(), fieldOffset: offset}
			if err := l.print(t.out); err != nil {
				return err
			}
			t.unflushed[slice.TopicPartition] = append(t.unflushed[slice.TopicPartition], l)
		}
	}
	return nil
}

// Flush prints the records again whose partitions are committed.
func (t *sinkTask) Flush(_ context.Context, delivered map[connect.TopicPartition]int64) error {
	now := time.Now().UnixMilli()
	for tp := range delivered {
		for _, l := range t.unflushed[tp] {
			l[fieldTime], l[fieldFlushed] = now, true
			if err := l.print(t.out); err != nil {
				return err
			}
		}
		delete(t.unflushed, tp)
	}
	return nil
}

// Stop has nothing to release.
func (t *sinkTask) Stop(context.Context) error { return nil }

var (
	_ connect.SinkTask = (*sinkTask)(nil)
	_ connect.Flusher  = (*sinkTask)(nil)
)
