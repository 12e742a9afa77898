package worker

import (
	"context"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/moldau/moldau/connect"
)

// sizes is a source of records of the given sizes, in order; the first byte of each is its number.
func sizes(topic string, sizes ...int) *counterTask {
	c := &counterTask{}
	next := 0
	c.poll = func(ctx context.Context, b *connect.SourceBatch) error {
		if next == len(sizes) {
			<-ctx.Done()
			return nil
		}
		for ; next < len(sizes); next++ {
			b.Add(topic).SetValue(nil, b.Arena().Text(string(rune('a'+next%26))+strings.Repeat("x", sizes[next]-1)))
		}
		b.Mark(c.partition, position64(next))
		return nil
	}
	return c
}

func (r *rig) topicTaking(name, maxMessageBytes string) {
	r.t.Helper()
	if _, err := kadm.NewClient(r.client()).CreateTopic(r.t.Context(), 1, 1, map[string]*string{"max.message.bytes": &maxMessageBytes}, name); err != nil {
		r.t.Fatal(err)
	}
}

// Java fills batches of 16 kB by default, so topics that take small batches only work with it whatever their number of records.
func TestBatchesStayWithinWhatTheTopicTakes(t *testing.T) {
	r := newRig(t)
	many := make([]int, 3000)
	for i := range many {
		many[i] = 100
	}
	task := sizes("small", many...)
	r.source = func() connect.SourceTask { return task }
	r.start()
	r.topicTaking("small", "20000")
	r.startTask(TaskID{Connector: "src", Task: 0}, sourceProps)
	for i, rec := range r.consume("small", len(many)) {
		if rec.Value[0] != byte('a'+i%26) {
			t.Fatalf("record %d is %q", i, rec.Value[:1])
		}
	}
	eventually(t, "the offset", func() bool { return r.sourceOffset("src") == int64(len(many)) })
}

// max.request.size allows a large record; it must not make batches of many records as large.
func TestLargeRecordsGoAloneAndInOrder(t *testing.T) {
	r := newRig(t)
	const large = 1_500_000
	want := []int{10, 10, large, 10, large, large, 10}
	task := sizes("large", want...)
	r.source = func() connect.SourceTask { return task }
	r.start()
	r.topicTaking("large", "2000000")
	id := TaskID{Connector: "src", Task: 0}
	// Small records linger, so that a large one that did not wait for them would come first.
	r.startTask(id, with(sourceProps, "producer.override.max.request.size", "4194304", "producer.override.linger.ms", "200"))
	for i, rec := range r.consume("large", len(want)) {
		if rec.Value[0] != byte('a'+i) || len(rec.Value) != want[i] {
			t.Fatalf("record %d is %q of %d bytes", i, rec.Value[:1], len(rec.Value))
		}
	}
	eventually(t, "the offset", func() bool { return r.sourceOffset("src") == int64(len(want)) })
	if err := r.worker.StopTasks(t.Context(), id); err != nil {
		t.Fatal(err)
	}
}

func TestARecordOverTheRequestSizeFailsTheTask(t *testing.T) {
	r := newRig(t)
	task := sizes("large", 10, 1_500_000)
	r.source = func() connect.SourceTask { return task }
	r.start()
	r.topicTaking("large", "20000000")
	id := TaskID{Connector: "src", Task: 0}
	r.startTask(id, sourceProps)
	if st := r.statuses.awaitTask(t, id, Failed); !strings.Contains(st.Trace, "RecordTooLargeException") {
		t.Errorf("trace %s", st.Trace)
	}
	if at := r.sourceOffset("src"); at > 0 {
		t.Errorf("offset %d was committed past a record that is not in Kafka", at)
	}
}
