package worker

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/data"
)

func TestOffsetsOfExactlyOnceSources(t *testing.T) {
	r := onceRig(t)
	r.source = func() connect.SourceTask { return &counterTask{topic: "numbers", perPoll: 10, until: 10} }
	r.start()
	r.topic("numbers", 1)
	id := TaskID{Connector: "src", Task: 0}
	r.startTask(id, sourceProps)
	r.readCommitted("numbers", 10)
	// What is altered is written with the transactional id of the task, which cannot write any more then.
	if _, err := r.worker.AlterConnectorOffsets(t.Context(), "src", sourceProps, []ConnectorOffset{{map[string]any{"stream": "numbers"}, map[string]any{"position": 4}}}); err != nil {
		t.Fatal(err)
	}
	if at := r.sourceOffset("src"); at != 4 {
		t.Errorf("offset %d", at)
	}
	got, err := r.worker.ConnectorOffsets(t.Context(), "src", sourceProps)
	if err != nil || fmt.Sprint(got) != "[{map[stream:numbers] map[position:4]}]" {
		t.Errorf("%v %v", got, err)
	}
	if _, err := r.worker.ResetConnectorOffsets(t.Context(), "src", sourceProps); err != nil {
		t.Fatal(err)
	}
	if at := r.sourceOffset("src"); at != -1 {
		t.Errorf("offset %d", at)
	}
}

// TestOwnOffsetTopic moves a connector to an offset topic of its own, with and without exactly-once support, and has the worker's topic count until
// there are others.
func TestOwnOffsetTopic(t *testing.T) {
	for name, exactlyOnce := range map[string]bool{"exactly once": true, "at least once": false} {
		t.Run(name, func(t *testing.T) {
			r := onceRig(t)
			r.group.ExactlyOnce = exactlyOnce
			r.props["offset.flush.timeout.ms"], r.props["task.shutdown.graceful.timeout.ms"] = "60000", "60000" // for the copy when a task stops
			r.source = func() connect.SourceTask { return &counterTask{topic: "numbers", perPoll: 5, until: 10} }
			r.start()
			r.topic("numbers", 1)
			id := TaskID{Connector: "src", Task: 0}
			stop := func() {
				t.Helper()
				if err := r.worker.StopTasks(t.Context(), id); err != nil {
					t.Fatal(err)
				}
			}
			r.startTask(id, sourceProps)
			r.readCommitted("numbers", 10)
			stop()
			own := with(sourceProps, "offsets.storage.topic", "own")
			r.source = func() connect.SourceTask { return &counterTask{topic: "numbers", perPoll: 5, until: 20} }
			r.startTask(id, own)
			if got := r.readCommitted("numbers", 20); !slices.Equal(got, numbers(0, 20)) {
				t.Fatalf("got %v", got)
			}
			stop()
			offsets := func(props map[string]string) string {
				t.Helper()
				got, err := r.worker.ConnectorOffsets(t.Context(), "src", props)
				if err != nil {
					t.Fatal(err)
				}
				return fmt.Sprint(got)
			}
			if got, want := offsets(own), "[{map[stream:numbers] map[position:20]}]"; got != want {
				t.Errorf("own offsets %s", got)
			}
			// The copy in the worker's topic is for workers that do not know of the other.
			if at := r.sourceOffset("src"); at != 20 {
				t.Errorf("the task has stopped, and its copy in the worker's topic says %d", at)
			}
			topic := openTestOffsets(t, r.brokers, "own", "read_committed")
			if got, err := topic.Partitions(t.Context(), "src"); err != nil || len(got) != 1 || got[0].Offset["position"] != int64(20) {
				t.Errorf("%v %v", got, err)
			}
			if _, err := r.worker.AlterConnectorOffsets(t.Context(), "src", own, []ConnectorOffset{{map[string]any{"stream": "numbers"}, map[string]any{"position": 3}}}); err != nil {
				t.Fatal(err)
			}
			if got, want := offsets(own), "[{map[stream:numbers] map[position:3]}]"; got != want {
				t.Errorf("altered offsets %s", got)
			}
			if _, err := r.worker.ResetConnectorOffsets(t.Context(), "src", own); err != nil {
				t.Fatal(err)
			}
			if got := offsets(own); got != "[]" {
				t.Errorf("offsets after a reset: %s", got)
			}
			if at := r.sourceOffset("src"); at != -1 {
				t.Errorf("the worker's topic says %d after a reset", at)
			}
			eventually(t, "nothing is open", func() bool {
				r.worker.own.mu.Lock()
				defer r.worker.own.mu.Unlock()
				return len(r.worker.own.open) == 0
			})
		})
	}
}

// TestOwnOffsetTopicOfAStandaloneWorker has none: the key means nothing there, as in Java.
func TestOwnOffsetTopicOfAStandaloneWorker(t *testing.T) {
	r := newRig(t)
	r.source = func() connect.SourceTask { return &counterTask{topic: "numbers", perPoll: 5, until: 10} }
	r.start()
	r.topic("numbers", 1)
	r.startTask(TaskID{Connector: "src", Task: 0}, with(sourceProps, "offsets.storage.topic", "own", "transaction.boundary", "interval"))
	eventually(t, "offset 10", func() bool { return r.sourceOffset("src") == 10 })
}

// TestAlteredOffsetsFence has a task that still runs when offsets are altered, as one that was abandoned may: it cannot write any more.
func TestAlteredOffsetsFence(t *testing.T) {
	r := onceRig(t)
	release := make(chan struct{})
	c := &counterTask{}
	c.poll = func(ctx context.Context, b *connect.SourceBatch) error {
		if c.next > 0 {
			select {
			case <-release:
			case <-ctx.Done():
				return nil
			}
		}
		c.next++
		b.Add("numbers").SetValue(nil, data.String("x"))
		b.Mark(c.partition, position64(c.next))
		return nil
	}
	r.source = func() connect.SourceTask { return c }
	r.start()
	r.topic("numbers", 1)
	id := TaskID{Connector: "src", Task: 0}
	r.startTask(id, sourceProps)
	r.readCommitted("numbers", 1)
	if _, err := r.worker.AlterConnectorOffsets(t.Context(), "src", sourceProps, []ConnectorOffset{{map[string]any{"stream": "numbers"}, map[string]any{"position": 4}}}); err != nil {
		t.Fatal(err)
	}
	close(release)
	r.statuses.awaitTask(t, id, Failed)
	// The end of a transaction is answered before those who read what is committed see it.
	eventually(t, "the altered offset", func() bool { return r.sourceOffset("src") == 4 })
}
