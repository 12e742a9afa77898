package worker

import (
	"context"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/data"
)

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
	r.startTask(id, with(sourceProps, "transaction.boundary", "connector", "producer.override.transaction.timeout.ms", "800000"))
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
	// What was open when the task ended does not keep readers from what comes after it.
	r.produce("numbers", 0, "after")
	if got := r.readCommitted("numbers", 5); !slices.Equal(got, append(want, "after")) {
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

// TestAbortedRecordsAreNotSeenAgain aborts a transaction whose records are in Kafka: readers of committed ones do not get them, and their offsets are
// committed all the same.
func TestAbortedRecordsAreNotSeenAgain(t *testing.T) {
	r := onceRig(t)
	task := &transactionTask{}
	after := make(chan int64, 1)
	task.steps = []func(connect.TransactionContext, *connect.SourceBatch){
		func(_ connect.TransactionContext, b *connect.SourceBatch) { task.add(b); task.add(b) },
		func(tx connect.TransactionContext, _ *connect.SourceBatch) {
			r.awaitValue("numbers", "1")
			tx.AbortBatch()
		},
		func(tx connect.TransactionContext, b *connect.SourceBatch) {
			after <- r.sourceOffset("src")
			task.add(b)
			tx.CommitBatch()
		},
	}
	r.source = func() connect.SourceTask { return task }
	r.start()
	r.topic("numbers", 1)
	r.startTask(TaskID{Connector: "src", Task: 0}, with(sourceProps, "transaction.boundary", "connector"))
	if got := r.readCommitted("numbers", 1); !slices.Equal(got, []string{"2"}) {
		t.Errorf("got %v", got)
	}
	if at := <-after; at != 2 {
		t.Errorf("the offset after the abort is %d", at)
	}
}
