package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/internal/store"
)

// ackTask is a counterTask that hears of each record and each commit.
type ackTask struct {
	*counterTask
	mu      sync.Mutex
	acks    []string
	commits atomic.Int64
	block   chan struct{}
}

func (a *ackTask) CommitRecord(_ context.Context, r *connect.Record, meta *connect.RecordMetadata) error {
	if a.block != nil {
		<-a.block
	}
	v, _ := r.Value().Text()
	a.mu.Lock()
	defer a.mu.Unlock()
	if meta == nil {
		a.acks = append(a.acks, v+"@dropped")
	} else {
		a.acks = append(a.acks, fmt.Sprintf("%s@%s-%d:%d", v, meta.Topic, meta.Partition, meta.Offset))
	}
	return errors.New("is only logged")
}

func (a *ackTask) Commit(context.Context) error {
	a.commits.Add(1)
	return nil
}

// upper is a transformation that renames the topic, drops "2" and fails on "3".
type upper struct{ tries int }

func (*upper) Configure(map[string]string) error { return nil }
func (*upper) Close() error                      { return nil }
func (u *upper) Apply(_ context.Context, r *connect.Record) (bool, error) {
	v, _ := r.Value().Text()
	switch v {
	case "2":
		return false, nil
	case "3":
		return false, errors.New("three")
	case "4":
		if u.tries++; u.tries < 3 {
			return false, connect.NewRetriable(errors.New("later"))
		}
	}
	r.Topic = "renamed"
	r.SetValue(nil, r.Arena().Text("<"+v+">"))
	return true, nil
}

func TestRecordsAreAcknowledgedOneByOne(t *testing.T) {
	r := newRig(t)
	task := &ackTask{counterTask: &counterTask{topic: "numbers", perPoll: 3, until: 6}}
	r.source = func() connect.SourceTask { return task }
	r.transforms["Upper"] = func() connect.Transformation { return &upper{} }
	r.start()
	r.topic("renamed", 1)
	id := TaskID{Connector: "src", Task: 0}
	r.startTask(id, with(sourceProps, "transforms", "u", "transforms.u.type", "Upper", "errors.tolerance", "all",
		"errors.retry.timeout", "-1", "errors.retry.delay.max.ms", "10"))
	want := "[0@renamed-0:0 1@renamed-0:1 2@dropped 3@dropped 4@renamed-0:2 5@renamed-0:3]"
	eventually(t, want, func() bool { task.mu.Lock(); defer task.mu.Unlock(); return fmt.Sprint(task.acks) == want })
	eventually(t, "offset", func() bool { return r.sourceOffset("src") == 6 })
	eventually(t, "commits without new offsets", func() bool { return task.commits.Load() > 3 })
	var values []string
	for _, rec := range r.consume("renamed", 4) {
		values = append(values, string(rec.Value))
	}
	if got := fmt.Sprint(values); got != "[<0> <1> <4> <5>]" {
		t.Errorf("values %s", got)
	}
	if _, ok := r.topicsUsed.Load("src-0/renamed"); !ok {
		t.Error("the topic after the transformations is not tracked")
	}
}

func TestStuckCommitRecordHoldsUpNothing(t *testing.T) {
	r := newRig(t)
	r.props["task.shutdown.graceful.timeout.ms"] = "500"
	task := &ackTask{counterTask: &counterTask{topic: "numbers", perPoll: 3, until: 6}, block: make(chan struct{})}
	r.source = func() connect.SourceTask { return task }
	r.start()
	r.topic("numbers", 1)
	id := TaskID{Connector: "src", Task: 0}
	r.startTask(id, sourceProps)
	r.consume("numbers", 6)
	eventually(t, "offset", func() bool { return r.sourceOffset("src") == 6 })
	acks := r.worker.tasks[id].body.(*sourceTask).perRecord
	if err := r.worker.StopTasks(t.Context(), id); err != nil {
		t.Error(err)
	}
	close(task.block)
	<-acks.done
	if n := len(task.acks); n != 1 {
		t.Errorf("the task was told of %d records after it was stopped", n-1)
	}
}

func TestSourceRetriesPoll(t *testing.T) {
	r := newRig(t)
	task := &counterTask{}
	polls := 0
	task.poll = func(ctx context.Context, b *connect.SourceBatch) error {
		polls++
		switch polls {
		case 1:
			b.Add("numbers").SetValue(nil, data.String("half"))
			return connect.NewRetriable(errors.New("the connection broke"))
		case 2:
			b.Add("numbers").SetValue(nil, data.String("whole"))
			return nil
		}
		<-ctx.Done()
		return ctx.Err()
	}
	r.source = func() connect.SourceTask { return task }
	r.start()
	r.topic("numbers", 1)
	id := TaskID{Connector: "src", Task: 0}
	r.startTask(id, sourceProps)
	if got := r.consume("numbers", 1); string(got[0].Value) != "whole" {
		t.Errorf("got %s", got[0].Value)
	}
	if err := r.worker.StopTasks(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if got := r.statuses.states(id); got != "RUNNING UNASSIGNED" {
		t.Errorf("states %s", got)
	}
}

func TestSourceCreatesTopics(t *testing.T) {
	r := newRig(t)
	task := &counterTask{}
	task.poll = func(ctx context.Context, b *connect.SourceBatch) error {
		if task.next++; task.next == 1 {
			for _, topic := range []string{"fast-1", "fast-slow", "other"} {
				b.Add(topic).SetValue(nil, data.String("v"))
			}
			return nil
		}
		<-ctx.Done()
		return nil
	}
	r.source = func() connect.SourceTask { return task }
	r.start()
	id := TaskID{Connector: "src", Task: 0}
	r.startTask(id, with(sourceProps, "topic.creation.default.partitions", "2", "topic.creation.default.replication.factor", "1",
		"topic.creation.groups", "fast", "topic.creation.fast.include", "fast-.*", "topic.creation.fast.exclude", ".*slow", "topic.creation.fast.partitions", "5",
		"topic.creation.fast.cleanup.policy", "compact"))
	eventually(t, "topics", func() bool {
		return r.cluster.TopicInfo("fast-1") != nil && r.cluster.TopicInfo("fast-slow") != nil && r.cluster.TopicInfo("other") != nil
	})
	for topic, want := range map[string]int{"fast-1": 5, "fast-slow": 2, "other": 2} {
		if got := r.partitions(topic); got != want {
			t.Errorf("%s has %d partitions, not %d", topic, got, want)
		}
	}
}

func TestSourceFailsOnTopicItCannotCreate(t *testing.T) {
	r := newRig(t)
	task := &counterTask{topic: "numbers", perPoll: 1, until: 1}
	r.source = func() connect.SourceTask { return task }
	r.start()
	id := TaskID{Connector: "src", Task: 0}
	r.startTask(id, with(sourceProps, "topic.creation.default.partitions", "2", "topic.creation.default.replication.factor", "3"))
	st := r.statuses.awaitTask(t, id, Failed)
	if !strings.HasPrefix(st.Trace, "org.apache.kafka.connect.errors.ConnectException: Unable to create topic(s) 'numbers': ") ||
		!strings.Contains(st.Trace, "Caused by: org.apache.kafka.common.errors.InvalidReplicationFactorException") {
		t.Error(st.Trace)
	}
}

func TestRefusedRecord(t *testing.T) {
	for _, tolerance := range []string{"none", "all"} {
		t.Run(tolerance, func(t *testing.T) {
			r := newRig(t)
			task := &counterTask{}
			sent := false
			task.poll = func(ctx context.Context, b *connect.SourceBatch) error {
				if sent {
					<-ctx.Done()
					return nil
				}
				sent = true
				for _, v := range []string{"a", strings.Repeat("x", 2<<20), "b"} {
					b.Add("numbers").SetValue(nil, data.String(v))
				}
				b.Mark(task.partition, position64(3))
				return nil
			}
			r.source = func() connect.SourceTask { return task }
			r.start()
			r.topic("numbers", 1)
			id := TaskID{Connector: "src", Task: 0}
			r.startTask(id, with(sourceProps, "errors.tolerance", tolerance))
			if tolerance == "all" {
				eventually(t, "offset", func() bool { return r.sourceOffset("src") == 3 })
				if got := len(r.consumeAll("numbers")); got != 2 {
					t.Errorf("%d records", got)
				}
				return
			}
			st := r.statuses.awaitTask(t, id, Failed)
			if firstLine(st.Trace) != "org.apache.kafka.connect.errors.ConnectException: Unrecoverable exception from producer send callback" ||
				!strings.Contains(st.Trace, "Caused by: org.apache.kafka.common.errors.RecordTooLargeException") {
				t.Error(st.Trace)
			}
			if err := r.worker.StopTasks(t.Context(), id); err != nil {
				t.Error(err)
			}
			if at := r.sourceOffset("src"); at != -1 {
				t.Errorf("offset %d is committed", at)
			}
		})
	}
}

// failingOffsets fails some writes.
type failingOffsets struct {
	*store.MemoryOffsets
	fails atomic.Int64
}

func (f *failingOffsets) Set(ctx context.Context, connector string, writes []store.OffsetWrite) error {
	if f.fails.Add(-1) >= 0 {
		return errors.New("the disk is full")
	}
	return f.MemoryOffsets.Set(ctx, connector, writes)
}

func TestFailedCommitIsMadeUpFor(t *testing.T) {
	r := newRig(t)
	f := &failingOffsets{MemoryOffsets: store.NewMemoryOffsets()}
	f.fails.Store(3)
	r.offsets = f
	r.source = func() connect.SourceTask { return &counterTask{topic: "numbers", perPoll: 3, until: 6} }
	r.start()
	r.topic("numbers", 1)
	r.startTask(TaskID{Connector: "src", Task: 0}, sourceProps)
	eventually(t, "offset", func() bool { return r.sourceOffset("src") == 6 })
}

// TestStopWithoutTopic stops a task whose records cannot be sent, for there is no such topic and nobody may create it.
func TestStopWithoutTopic(t *testing.T) {
	r := newRig(t)
	r.props["task.shutdown.graceful.timeout.ms"] = "1000"
	r.props["offset.flush.timeout.ms"] = "300"
	big := strings.Repeat("x", 100_000)
	task := &counterTask{}
	task.poll = func(_ context.Context, b *connect.SourceBatch) error {
		for range 5 {
			b.Add("bad topic name").SetValue(nil, data.String(big))
		}
		return nil
	}
	r.source = func() connect.SourceTask { return task }
	r.start()
	r.worker.settings.sourceBudget = 1 << 20
	id := TaskID{Connector: "src", Task: 0}
	r.startTask(id, with(sourceProps, "errors.tolerance", "none"))
	eventually(t, "no progress", func() bool {
		r.worker.mu.Lock()
		defer r.worker.mu.Unlock()
		s := r.worker.tasks[id].body.(*sourceTask)
		n, broken := s.tracker.unfinished()
		return n > 0 && !s.tracker.room() || broken
	})
	begin := time.Now()
	err := r.worker.StopTasks(t.Context(), id)
	if err != nil || time.Since(begin) > 950*time.Millisecond {
		t.Errorf("after %s: %v", time.Since(begin), err)
	}
	t.Log(r.statuses.states(id))
}

func (r *rig) partitions(topic string) int {
	r.t.Helper()
	details, err := kadm.NewClient(r.client()).ListTopics(r.t.Context(), topic)
	if err != nil {
		r.t.Fatal(err)
	}
	return len(details[topic].Partitions)
}

// TestSourceWithoutCluster wants a task to run, and to stop in time, while no broker answers.
func TestSourceWithoutCluster(t *testing.T) {
	for _, class := range []string{"Source", "Sink"} {
		t.Run(class, func(t *testing.T) {
			r := rigOn(t, []string{"127.0.0.1:1"})
			r.source = func() connect.SourceTask { return &counterTask{topic: "numbers", perPoll: 1, until: 1} }
			r.sink = func() connect.SinkTask { return newListTask() }
			r.start()
			id := TaskID{Connector: "c", Task: 0}
			r.startTask(id, map[string]string{"name": "c", "connector.class": class, "topics": "numbers"})
			r.statuses.awaitTask(t, id, Running)
			begin := time.Now()
			if err := r.worker.StopTasks(t.Context(), id); err != nil || time.Since(begin) > 2*time.Second {
				t.Errorf("after %s: %v", time.Since(begin), err)
			}
		})
	}
}

func TestBadClientPropertyShowsBeforeStart(t *testing.T) {
	r := newRig(t)
	started := false
	r.source = func() connect.SourceTask {
		return &counterTask{onStart: func(context.Context, connect.SourceTaskContext) error { started = true; return nil }}
	}
	r.start()
	id := TaskID{Connector: "src", Task: 0}
	err := r.worker.StartTask(id, with(sourceProps, "producer.override.acks", "some"), nil, TargetStarted)
	if err == nil || started {
		t.Errorf("started %v: %v", started, err)
	}
	st := r.statuses.awaitTask(t, id, Failed)
	if st.Version != "" || firstLine(st.Trace) == "" {
		t.Errorf("%+v", st)
	}
	t.Log(firstLine(st.Trace))
}

// SourceConnectorConfig asks for both as soon as there is any topic.creation key.
func TestTopicCreationNeedsItsDefaults(t *testing.T) {
	r := newRig(t).start()
	_, err := newTopicCreation(r.worker, TaskID{Connector: "src", Task: 0}, with(sourceProps, "topic.creation.default.partitions", "2"), slog.Default())
	if err == nil || err.Error() != `Missing required configuration "topic.creation.default.replication.factor" which has no default value.` {
		t.Errorf("got %v", err)
	}
}
