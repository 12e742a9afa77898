package worker

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/internal/kafka"
	"github.com/moldau/moldau/internal/store"
)

// openTestOffsets opens the offset topic of a group's worker.
func openTestOffsets(t *testing.T, brokers []string, name, isolation string) *store.OffsetTopic {
	t.Helper()
	env := &kafka.Environment{}
	servers := map[string]string{"bootstrap.servers": strings.Join(brokers, ",")}
	admin, err := env.NewAdmin(t.Context(), "test", servers)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(admin.Close)
	topic, err := store.OpenOffsets(t.Context(), store.LogConfig{Topic: kafka.NewTopic{Name: name, Partitions: 3, ReplicationFactor: 1}, Environment: env, Admin: admin,
		Producer: kafka.Settings{Source: "test", Properties: servers},
		Consumer: kafka.Settings{Source: "test", Properties: map[string]string{"bootstrap.servers": servers["bootstrap.servers"], "isolation.level": isolation}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(topic.Close)
	return topic
}

// onceRig is a rig whose worker writes exactly once; more of them on one cluster are workers of one group.
func onceRig(t *testing.T, opts ...kfake.Opt) *rig {
	r := newRig(t, opts...)
	return r.once()
}

func (r *rig) once() *rig {
	offsets := openTestOffsets(r.t, r.brokers, "offsets", "read_committed")
	r.offsets = offsets
	r.group = &GroupConfig{Topic: kafka.NewTopic{Name: "offsets", Partitions: 3, ReplicationFactor: 1}, Offsets: offsets, ExactlyOnce: true}
	r.props["group.id"] = "G"
	return r
}

// committed returns n records of a topic as a reader of committed ones sees them.
func (r *rig) readCommitted(topic string, n int) (values []string) {
	r.t.Helper()
	c := r.client(kgo.ConsumeTopics(topic), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.FetchIsolationLevel(kgo.ReadCommitted()))
	ctx, cancel := context.WithTimeout(r.t.Context(), 60*time.Second)
	defer cancel()
	for len(values) < n {
		f := c.PollFetches(ctx)
		if ctx.Err() != nil {
			r.t.Fatalf("topic %s has %d committed records, not %d: %v", topic, len(values), n, values)
		}
		for _, rec := range f.Records() {
			values = append(values, string(rec.Value))
		}
	}
	return values
}

func numbers(from, to int) (out []string) {
	for i := from; i < to; i++ {
		out = append(out, strconv.Itoa(i))
	}
	return out
}

func TestExactlyOnceBoundaries(t *testing.T) {
	for name, props := range map[string]map[string]string{
		"poll":     sourceProps,
		"interval": with(sourceProps, "transaction.boundary", "INTERVAL", "transaction.boundary.interval.ms", "20"),
		"always":   with(sourceProps, "transaction.boundary", "interval", "transaction.boundary.interval.ms", "0"),
		"worker's": with(sourceProps, "transaction.boundary", "interval"),
	} {
		t.Run(name, func(t *testing.T) {
			r := onceRig(t)
			r.source = func() connect.SourceTask {
				return &counterTask{topic: "numbers", perPoll: 7, until: 1000, markEach: name == "poll"}
			}
			r.start()
			r.topic("numbers", 1)
			id := TaskID{Connector: "src", Task: 0}
			r.startTask(id, props)
			if got := r.readCommitted("numbers", 1000); !slices.Equal(got, numbers(0, 1000)) {
				t.Fatalf("got %v", got)
			}
			if at := r.sourceOffset("src"); at != 1000 {
				t.Errorf("records are committed and the offset is %d", at)
			}
			if err := r.worker.StopTasks(t.Context(), id); err != nil {
				t.Fatal(err)
			}
			if got := r.statuses.states(id); got != "RUNNING UNASSIGNED" {
				t.Errorf("states %s", got)
			}
			r.source = func() connect.SourceTask { return &counterTask{topic: "numbers", perPoll: 7, until: 1010} }
			r.startTask(id, props)
			if got := r.readCommitted("numbers", 1010); !slices.Equal(got, numbers(0, 1010)) {
				t.Fatalf("after a restart: %v", got[990:])
			}
		})
	}
}

// TestZombieIsFenced starts a task while another worker runs the same one, with records in an open transaction.
func TestZombieIsFenced(t *testing.T) {
	r := onceRig(t)
	props := with(sourceProps, "transaction.boundary", "interval", "transaction.boundary.interval.ms", "3600000")
	resume := make(chan struct{})
	polls := make(chan struct{}, 1)
	zombie := &counterTask{topic: "numbers"}
	zombie.poll = func(ctx context.Context, b *connect.SourceBatch) error {
		if zombie.next > 0 {
			wake(polls)
			select {
			case <-resume:
			case <-ctx.Done():
				return nil
			}
		}
		zombie.next++
		b.Add("numbers").SetValue(nil, data.String(strconv.FormatInt(zombie.next-1, 10)))
		b.Mark(zombie.partition, position64(zombie.next))
		return nil
	}
	r.source = func() connect.SourceTask { return zombie }
	r.start()
	r.topic("numbers", 1)
	id := TaskID{Connector: "src", Task: 0}
	r.startTask(id, props)
	<-polls
	r.consume("numbers", 1) // it is there, in a transaction that is open

	next := rigOn(t, r.brokers).once()
	next.source = func() connect.SourceTask { return &counterTask{topic: "numbers", perPoll: 1, until: 10} }
	next.start()
	next.startTask(id, sourceProps)
	if got := next.readCommitted("numbers", 10); !slices.Equal(got, numbers(0, 10)) {
		t.Fatalf("got %v", got)
	}
	close(resume)
	st := r.statuses.awaitTask(t, id, Failed)
	if !strings.Contains(st.Trace, "ProducerFenced") && !strings.Contains(st.Trace, "InvalidProducerEpoch") {
		t.Errorf("the zombie failed with\n%s", st.Trace)
	}
	if got := next.sourceOffset("src"); got != 10 {
		t.Errorf("offset %d", got)
	}
	if got := next.readCommitted("numbers", 10); !slices.Equal(got, numbers(0, 10)) {
		t.Fatalf("the zombie wrote: %v", got)
	}
}

// TestIntervalOfNothing has an interval that is always over: transactions end with each batch, and no timer runs all the time.
func TestIntervalOfNothing(t *testing.T) {
	for name, test := range map[string]struct {
		interval string
		worker   time.Duration
		want     transactionSettings
	}{
		"none":          {"0", time.Second, transactionSettings{boundary: boundaryPoll}},
		"some":          {"1", 0, transactionSettings{boundary: boundaryInterval, interval: time.Millisecond}},
		"worker's":      {"", time.Second, transactionSettings{boundary: boundaryInterval, interval: time.Second}},
		"worker's none": {"", 0, transactionSettings{boundary: boundaryPoll}},
	} {
		w := &Worker{}
		w.settings.flushInterval = test.worker
		props := map[string]string{"transaction.boundary": "interval"}
		if test.interval != "" {
			props["transaction.boundary.interval.ms"] = test.interval
		}
		if got, err := w.parseTransactionSettings(props); err != nil || got != test.want {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

// TestIntervalEndsWhilePollWaits has a task that sends one record and then waits for more: its transaction must not stay open.
func TestIntervalEndsWhilePollWaits(t *testing.T) {
	r := onceRig(t)
	r.source = func() connect.SourceTask { return &counterTask{topic: "numbers", perPoll: 1, until: 1} }
	r.start()
	r.topic("numbers", 1)
	r.startTask(TaskID{Connector: "src", Task: 0}, with(sourceProps, "transaction.boundary", "interval", "transaction.boundary.interval.ms", "100"))
	r.readCommitted("numbers", 1)
}

// TestTransactionEndsBeforeItsTimeout has an interval that is longer than transactions may take.
func TestTransactionEndsBeforeItsTimeout(t *testing.T) {
	r := onceRig(t)
	r.source = func() connect.SourceTask { return &counterTask{topic: "numbers", perPoll: 1, until: 1} }
	r.start()
	r.topic("numbers", 1)
	r.startTask(TaskID{Connector: "src", Task: 0}, with(sourceProps, "transaction.boundary", "interval", "transaction.boundary.interval.ms", "3600000",
		"producer.override.transaction.timeout.ms", "400"))
	r.readCommitted("numbers", 1)
}

func TestPauseCommits(t *testing.T) {
	r := onceRig(t)
	r.source = func() connect.SourceTask { return &counterTask{topic: "numbers", perPoll: 1, until: 1} }
	r.start()
	r.topic("numbers", 1)
	id := TaskID{Connector: "src", Task: 0}
	r.startTask(id, with(sourceProps, "transaction.boundary", "interval", "transaction.boundary.interval.ms", "3600000",
		"producer.override.transaction.timeout.ms", "800000"))
	r.consume("numbers", 1)
	if err := r.worker.SetTargetState(t.Context(), "src", TargetPaused); err != nil {
		t.Fatal(err)
	}
	r.readCommitted("numbers", 1)
	if at := r.sourceOffset("src"); at != 1 {
		t.Errorf("offset %d", at)
	}
}
