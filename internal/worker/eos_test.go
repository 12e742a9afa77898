package worker

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

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

// transactionTask does one thing per poll with its transaction context.
type transactionTask struct {
	counterTask
	steps []func(tx connect.TransactionContext, b *connect.SourceBatch)
	tx    connect.TransactionContext
	mu    sync.Mutex
	told  []string
}

func (c *transactionTask) Start(ctx context.Context, tc connect.SourceTaskContext, props map[string]string) error {
	c.tx = tc.Transaction()
	return c.counterTask.Start(ctx, tc, props)
}

func (c *transactionTask) Poll(ctx context.Context, b *connect.SourceBatch) error {
	if len(c.steps) == 0 {
		<-ctx.Done()
		return nil
	}
	step := c.steps[0]
	c.steps = c.steps[1:]
	step(c.tx, b)
	return nil
}

// add adds the next number with its mark.
func (c *transactionTask) add(b *connect.SourceBatch) {
	b.Add("numbers").SetValue(nil, data.String(strconv.FormatInt(c.next, 10)))
	c.next++
	b.Mark(c.partition, position64(c.next))
}

func (c *transactionTask) CommitRecord(_ context.Context, r *connect.Record, meta *connect.RecordMetadata) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	text, _ := r.Value().Text()
	if meta == nil {
		text += " dropped"
	}
	c.told = append(c.told, text)
	return nil
}

func (c *transactionTask) heard() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.told)
}

func TestConnectorDefinesTransactions(t *testing.T) {
	r := onceRig(t)
	task := &transactionTask{}
	type step = func(tx connect.TransactionContext, b *connect.SourceBatch)
	task.steps = []step{
		func(_ connect.TransactionContext, b *connect.SourceBatch) { task.add(b) },                                // 0 stays open
		func(tx connect.TransactionContext, b *connect.SourceBatch) { task.add(b); tx.CommitBatch() },             // 0 1
		func(tx connect.TransactionContext, b *connect.SourceBatch) { task.add(b); task.add(b); tx.AbortBatch() }, // 2 3 are dropped
		func(tx connect.TransactionContext, b *connect.SourceBatch) {
			task.add(b)
			tx.CommitRecord()
			task.add(b)
		}, // 4, and 5 stays open
		func(tx connect.TransactionContext, b *connect.SourceBatch) { // 5 6 are dropped, 7 stays open
			task.add(b)
			tx.AbortRecord()
			task.add(b)
		},
		func(tx connect.TransactionContext, b *connect.SourceBatch) { tx.CommitBatch(); tx.CommitBatch() }, // 7, with an empty batch
		func(_ connect.TransactionContext, b *connect.SourceBatch) { task.add(b) },                         // 8 stays open, and is dropped with the task
	}
	r.source = func() connect.SourceTask { return task }
	r.start()
	r.topic("numbers", 1)
	id := TaskID{Connector: "src", Task: 0}
	r.startTask(id, with(sourceProps, "transaction.boundary", "connector"))
	want := []string{"0", "1", "4", "7"}
	if got := r.readCommitted("numbers", 4); !slices.Equal(got, want) {
		t.Fatalf("got %v", got)
	}
	r.awaitValue("numbers", "8")
	if err := r.worker.StopTasks(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if at := r.sourceOffset("src"); at != 8 {
		t.Errorf("offset %d", at)
	}
	heard := task.heard()
	for _, n := range []string{"0", "1", "4", "7"} {
		if !slices.Contains(heard, n) {
			t.Errorf("the task was not told of %s: %v", n, heard)
		}
	}
	if slices.Contains(heard, "8") || len(heard) != 8 {
		t.Errorf("the task was told of %v", heard)
	}
	if got := r.readCommitted("numbers", 4); !slices.Equal(got, want) {
		t.Fatalf("got %v", got)
	}
}

// awaitValue waits until a value is on the topic, committed or not.
func (r *rig) awaitValue(topic, value string) {
	r.t.Helper()
	c := r.client(kgo.ConsumeTopics(topic), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	ctx, cancel := context.WithTimeout(r.t.Context(), 60*time.Second)
	defer cancel()
	for ctx.Err() == nil {
		for _, rec := range c.PollFetches(ctx).Records() {
			if string(rec.Value) == value {
				return
			}
		}
	}
	r.t.Fatalf("%s is not on %s", value, topic)
}

func TestConflictingWishesFailTheTask(t *testing.T) {
	for name, test := range map[string]struct {
		step func(c *transactionTask, tx connect.TransactionContext, b *connect.SourceBatch)
		want string
	}{
		"batch": {func(_ *transactionTask, tx connect.TransactionContext, _ *connect.SourceBatch) {
			tx.CommitBatch()
			tx.AbortBatch()
		},
			"java.lang.IllegalStateException: Connector requested both commit and abort of same transaction"},
		"record": {func(c *transactionTask, tx connect.TransactionContext, b *connect.SourceBatch) {
			c.add(b)
			tx.AbortRecord()
			tx.CommitRecord()
		}, "java.lang.IllegalStateException: Connector requested both commit and abort of same record against topic/partition numbers/null"},
		"no record": {func(c *transactionTask, tx connect.TransactionContext, b *connect.SourceBatch) {
			tx.CommitRecord()
			c.add(b)
		},
			"java.lang.NullPointerException: Source record used to define transaction boundaries may not be null"},
	} {
		t.Run(name, func(t *testing.T) {
			r := onceRig(t)
			task := &transactionTask{}
			task.steps = []func(connect.TransactionContext, *connect.SourceBatch){func(tx connect.TransactionContext, b *connect.SourceBatch) { test.step(task, tx, b) }}
			r.source = func() connect.SourceTask { return task }
			r.start()
			r.topic("numbers", 1)
			id := TaskID{Connector: "src", Task: 0}
			r.startTask(id, with(sourceProps, "transaction.boundary", "connector"))
			if st := r.statuses.awaitTask(t, id, Failed); firstLine(st.Trace) != test.want {
				t.Errorf("failed with %s", st.Trace)
			}
			if at := r.sourceOffset("src"); at != -1 {
				t.Errorf("offset %d", at)
			}
		})
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
	r.startTask(id, with(sourceProps, "transaction.boundary", "interval", "transaction.boundary.interval.ms", "3600000"))
	r.consume("numbers", 1)
	if err := r.worker.SetTargetState(t.Context(), "src", TargetPaused); err != nil {
		t.Fatal(err)
	}
	r.readCommitted("numbers", 1)
	if at := r.sourceOffset("src"); at != 1 {
		t.Errorf("offset %d", at)
	}
}

func TestRecordsAreToldAfterTheCommit(t *testing.T) {
	r := onceRig(t)
	task := &transactionTask{}
	task.steps = []func(connect.TransactionContext, *connect.SourceBatch){func(_ connect.TransactionContext, b *connect.SourceBatch) {
		for range 5 {
			task.add(b)
		}
	}}
	r.source = func() connect.SourceTask { return task }
	r.start()
	r.topic("numbers", 1)
	id := TaskID{Connector: "src", Task: 0}
	r.startTask(id, with(sourceProps, "transaction.boundary", "interval", "transaction.boundary.interval.ms", "3600000"))
	r.consume("numbers", 5)
	if heard := task.heard(); len(heard) > 0 {
		t.Fatalf("told of %v before the commit", heard)
	}
	if err := r.worker.StopTasks(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if heard := task.heard(); !slices.Equal(heard, numbers(0, 5)) {
		t.Errorf("told of %v", heard)
	}
}

// TestLostRecordsAreNotTolerated has a record that Kafka refuses: nothing of its transaction may be committed, whatever errors.tolerance says.
func TestLostRecordsAreNotTolerated(t *testing.T) {
	r := onceRig(t)
	sent := false
	task := &counterTask{}
	task.poll = func(ctx context.Context, b *connect.SourceBatch) error {
		if sent {
			<-ctx.Done()
			return nil
		}
		sent = true
		b.Add("numbers").SetValue(nil, data.String("small"))
		b.Add("numbers").SetValue(nil, data.String(strings.Repeat("large", 1<<20)))
		b.Mark(task.partition, position64(2))
		return nil
	}
	r.source = func() connect.SourceTask { return task }
	r.start()
	r.topic("numbers", 1)
	id := TaskID{Connector: "src", Task: 0}
	r.startTask(id, with(sourceProps, "errors.tolerance", "all"))
	st := r.statuses.awaitTask(t, id, Failed)
	if !strings.HasPrefix(st.Trace, "org.apache.kafka.connect.errors.ConnectException: Failed to flush offsets and/or records for task src-0") ||
		!strings.Contains(st.Trace, "RecordTooLargeException") {
		t.Errorf("failed with %s", st.Trace)
	}
	if at := r.sourceOffset("src"); at != -1 {
		t.Errorf("offset %d", at)
	}
}

func TestOffsetsTopicIsNoTarget(t *testing.T) {
	r := onceRig(t)
	r.source = func() connect.SourceTask { return &counterTask{topic: "offsets", perPoll: 1, until: 1} }
	r.start()
	id := TaskID{Connector: "src", Task: 0}
	r.startTask(id, sourceProps)
	want := "org.apache.kafka.connect.errors.ConnectException: Source tasks may not produce to their own offsets topics when exactly-once support is enabled"
	if st := r.statuses.awaitTask(t, id, Failed); firstLine(st.Trace) != want {
		t.Errorf("failed with %s", st.Trace)
	}
}

func TestPreflightFailures(t *testing.T) {
	for name, test := range map[string]struct {
		fence, verify error
		want          string
	}{
		"fence":  {errors.New("no leader"), nil, "org.apache.kafka.connect.errors.ConnectException: Failed to perform round of zombie fencing"},
		"verify": {nil, errors.New("not ours"), "org.apache.kafka.connect.errors.ConnectException: Failed to perform preflight check for task src-0"},
	} {
		t.Run(name, func(t *testing.T) {
			r := onceRig(t)
			r.source = func() connect.SourceTask { return &counterTask{topic: "numbers", perPoll: 1, until: 1} }
			r.group.Preflight = func(TaskID) Preflight {
				return Preflight{Fence: func(context.Context) error { return test.fence }, Verify: func(context.Context) error { return test.verify }}
			}
			r.start()
			id := TaskID{Connector: "src", Task: 0}
			r.startTask(id, sourceProps)
			if st := r.statuses.awaitTask(t, id, Failed); firstLine(st.Trace) != test.want {
				t.Errorf("failed with %s", st.Trace)
			}
		})
	}
}

// refuse makes the cluster answer InitProducerID with an error.
func (r *rig) refuse(e *kerr.Error) {
	r.cluster.ControlKey(int16(kmsg.InitProducerID), func(req kmsg.Request) (kmsg.Response, error, bool) {
		r.cluster.KeepControl()
		if req.(*kmsg.InitProducerIDRequest).TransactionalID == nil {
			return nil, nil, false
		}
		resp := req.ResponseKind().(*kmsg.InitProducerIDResponse)
		resp.ErrorCode = e.Code
		return resp, nil, true
	})
}

func TestMissingRights(t *testing.T) {
	for name, test := range map[string]struct {
		refusal *kerr.Error
		want    []string
	}{
		"id": {kerr.TransactionalIDAuthorizationFailed, []string{"TransactionalIdAuthorizationException", "transactional id G-src-0",
			"WRITE and DESCRIBE on the transactional id G-src-0"}},
		"time-out": {kerr.InvalidTransactionTimeout, []string{"InvalidTransactionTimeoutException", "transaction.max.timeout.ms"}},
		"old":      {kerr.UnsupportedVersion, []string{"UnsupportedVersionException", "brokers with transactions"}},
	} {
		t.Run(name, func(t *testing.T) {
			r := onceRig(t)
			r.source = func() connect.SourceTask { return &counterTask{topic: "numbers", perPoll: 1, until: 1} }
			r.start()
			r.refuse(test.refusal)
			id := TaskID{Connector: "src", Task: 0}
			r.startTask(id, sourceProps)
			st := r.statuses.awaitTask(t, id, Failed)
			for _, want := range test.want {
				if !strings.Contains(st.Trace, want) {
					t.Errorf("%q is not in %s", want, st.Trace)
				}
			}
			err := r.worker.FenceProducers(t.Context(), "src", sourceProps, 2)
			if err == nil || !strings.Contains(err.Error(), "transactional id G-src-") {
				t.Errorf("fencing: %v", err)
			}
		})
	}
}

func TestExpiredTransactionFailsTheTask(t *testing.T) {
	r := onceRig(t)
	r.source = func() connect.SourceTask { return &counterTask{topic: "numbers", perPoll: 1, until: 1} }
	r.start()
	r.topic("numbers", 1)
	r.cluster.ControlKey(int16(kmsg.EndTxn), func(req kmsg.Request) (kmsg.Response, error, bool) {
		resp := req.ResponseKind().(*kmsg.EndTxnResponse)
		resp.ErrorCode = kerr.InvalidProducerEpoch.Code
		return resp, nil, true
	})
	id := TaskID{Connector: "src", Task: 0}
	r.startTask(id, sourceProps)
	st := r.statuses.awaitTask(t, id, Failed)
	if want := "The task src-0 was unable to finish writing records to Kafka before its producer transaction expired."; !strings.Contains(firstLine(st.Trace), want) {
		t.Errorf("failed with %s", st.Trace)
	}
}

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
			eventually(t, "a copy in the worker's topic", func() bool { return r.sourceOffset("src") == 20 })
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

// TestFencedTasksFail fences out the tasks of a connector as a leader does: none of them can write any more.
func TestFencedTasksFail(t *testing.T) {
	r := onceRig(t)
	release := make(chan struct{})
	r.source = func() connect.SourceTask {
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
		return c
	}
	r.start()
	r.topic("numbers", 1)
	for i := range 3 {
		r.startTask(TaskID{Connector: "src", Task: i}, sourceProps)
	}
	r.readCommitted("numbers", 3)
	if err := r.worker.FenceProducers(t.Context(), "src", sourceProps, 3); err != nil {
		t.Fatal(err)
	}
	close(release)
	for i := range 3 {
		r.statuses.awaitTask(t, TaskID{Connector: "src", Task: i}, Failed)
	}
	if got := r.readCommitted("numbers", 3); len(got) != 3 {
		t.Errorf("fenced tasks wrote: %v", got)
	}
}
