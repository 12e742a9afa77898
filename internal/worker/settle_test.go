package worker

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/data"
)

// TestNoClientIsNoFaultOfTheRecord wants a record that could not be sent for want of a client not skipped by errors.tolerance=all (I1).
func TestNoClientIsNoFaultOfTheRecord(t *testing.T) {
	r := newRig(t)
	polling := make(chan struct{}, 1)
	task := &counterTask{}
	task.poll = func(ctx context.Context, _ *connect.SourceBatch) error {
		wake(polling)
		<-ctx.Done()
		return nil
	}
	r.source = func() connect.SourceTask { return task }
	r.start()
	id := TaskID{Connector: "src", Task: 0}
	r.startTask(id, with(sourceProps, "errors.tolerance", "all"))
	<-polling
	s := r.worker.tasks[id].body.(*sourceTask)
	f := s.flight()
	f.marks = []reached{{task.partition, position64(7)}}
	f.pending.Store(1)
	s.tracker.send(f)
	f.ack(&kgo.Record{Topic: "large"}, &noClientError{errors.New("the truststore is gone")})
	if st := r.statuses.awaitTask(t, id, Failed); !strings.Contains(st.Trace, "the truststore is gone") {
		t.Error(st.Trace)
	}
	if err := r.worker.StopTasks(t.Context(), id); err != nil {
		t.Error(err)
	}
	if at := r.sourceOffset("src"); at != -1 {
		t.Errorf("offset %d is committed", at)
	}
}

// TestFailedStartIsNotCommitted: a task that did not start has nothing that it could be told of.
func TestFailedStartIsNotCommitted(t *testing.T) {
	r := newRig(t)
	task := &ackTask{counterTask: &counterTask{onStart: func(context.Context, connect.SourceTaskContext) error { return errors.New("no") }}}
	r.source = func() connect.SourceTask { return task }
	r.start()
	id := TaskID{Connector: "src", Task: 0}
	r.startTask(id, sourceProps)
	r.statuses.awaitTask(t, id, Failed)
	if err := r.worker.StopTasks(t.Context(), id); err != nil {
		t.Error(err)
	}
	if n := task.commits.Load(); n != 0 {
		t.Errorf("Commit was called %d times", n)
	}
}

// TestNoCommitAfterTheLast: a timer that fired while the task ended commits nothing and calls nothing.
func TestNoCommitAfterTheLast(t *testing.T) {
	r := newRig(t)
	task := &ackTask{counterTask: &counterTask{topic: "numbers", perPoll: 1, until: 1}}
	r.source = func() connect.SourceTask { return task }
	r.start()
	r.topic("numbers", 1)
	id := TaskID{Connector: "src", Task: 0}
	r.startTask(id, sourceProps)
	eventually(t, "offset", func() bool { return r.sourceOffset("src") == 1 })
	commits := r.worker.tasks[id].body.(*sourceTask).commits
	commits.end(commits.s.w.settings.flushTimeout)
	before := task.commits.Load()
	commits.commit(commits.s.w.settings.flushTimeout)
	if task.commits.Load() != before {
		t.Error("the stopped task was told of a commit")
	}
}

// TestTopicNamesOutliveTheirRecord has the memory of a record used again under a topic that a transformation took from it.
func TestTopicNamesOutliveTheirRecord(t *testing.T) {
	t.Parallel()
	memory := []byte("orders")
	topic, _ := data.TextOf(memory).Text()
	var names topicNames
	first := names.keep(topic)
	copy(memory, "refund")
	second := names.keep(topic)
	copy(memory, "xxxxxx")
	if first != "orders" || second != "refund" || names.keep("orders") != "orders" {
		t.Errorf("%s %s", first, second)
	}
}

// TestAbandonedSinkStaysOutOfItsGroup: a task that returns from Start after it was given up does not become a member.
func TestAbandonedSinkStaysOutOfItsGroup(t *testing.T) {
	r := newRig(t)
	r.props["task.shutdown.graceful.timeout.ms"] = "50"
	task := newListTask()
	starting, release := make(chan struct{}), make(chan struct{})
	task.start = func(connect.SinkTaskContext) error {
		close(starting)
		<-release
		return nil
	}
	r.sink = func() connect.SinkTask { return task }
	r.start()
	id := TaskID{Connector: "snk", Task: 0}
	r.startTask(id, sinkProps)
	<-starting
	run := r.worker.tasks[id]
	if err := r.worker.StopTasks(t.Context(), id); err == nil {
		t.Error("the stuck task was not reported")
	}
	close(release)
	<-run.done
	if run.body.(*sinkTask).client != nil {
		t.Error("the task made a consumer")
	}
	if got := r.statuses.states(id); got != "" {
		t.Errorf("states %s of an abandoned task", got)
	}
}

// TestRewindIsNotCommittedPast: what a task asks for again, in a put that repeats one, is not committed before it was put again.
func TestRewindIsNotCommittedPast(t *testing.T) {
	r := newRig(t)
	tp := connect.TopicPartition{Topic: "in"}
	list := newListTask()
	puts, rewound, past := 0, false, int64(0)
	task := preListTask{list, func(delivered map[connect.TopicPartition]int64) (map[connect.TopicPartition]int64, error) {
		if rewound {
			past = max(past, delivered[tp])
		}
		return delivered, nil
	}}
	list.put = func(_ context.Context, b *connect.SinkBatch) error {
		if b.Len() == 0 {
			return nil
		}
		rewound = false
		switch puts++; puts {
		case 1:
			list.tc.Timeout(1)
			return connect.NewRetriable(errors.New("again"))
		case 2:
			rewound = true
			list.tc.Rewind(tp, 0)
			list.tc.RequestCommit()
		}
		return nil
	}
	r.sink = func() connect.SinkTask { return task }
	r.start()
	r.topic("in", 1)
	r.produce("in", 0, numbersFrom(0, 3)...)
	id := TaskID{Connector: "snk", Task: 0}
	r.startTask(id, sinkProps)
	eventually(t, "the records once more", func() bool { return list.count() == 6 })
	if err := r.worker.StopTasks(t.Context(), id); err != nil {
		t.Error(err)
	}
	if past > 0 {
		t.Errorf("offset %d was offered for a commit", past)
	}
}

// TestCommitsOnlyWhatWasPut: an answer of PreCommit past what the task was given is ignored.
func TestCommitsOnlyWhatWasPut(t *testing.T) {
	r := newRig(t)
	tp, list := connect.TopicPartition{Topic: "in"}, newListTask()
	var asked atomic.Int64
	task := preListTask{list, func(delivered map[connect.TopicPartition]int64) (map[connect.TopicPartition]int64, error) {
		if delivered[tp] == 3 {
			asked.Add(1)
		}
		return map[connect.TopicPartition]int64{tp: 4}, nil
	}}
	r.sink = func() connect.SinkTask { return task }
	r.start()
	r.topic("in", 1)
	r.produce("in", 0, numbersFrom(0, 3)...)
	id := TaskID{Connector: "snk", Task: 0}
	r.startTask(id, sinkProps)
	eventually(t, "commits", func() bool { return asked.Load() > 2 })
	if err := r.worker.StopTasks(t.Context(), id); err != nil {
		t.Error(err)
	}
	if at := r.committed("connect-snk")["in-0"]; at > 3 {
		t.Errorf("offset %d is committed", at)
	}
}

// TestCommitsWhatAFailedPutHasWritten: a task may say that a put which failed has written the records of some partitions, and these do not come again.
func TestCommitsWhatAFailedPutHasWritten(t *testing.T) {
	for _, later := range []bool{false, true} { // the first put, or one behind others
		t.Run(fmt.Sprint("later ", later), func(t *testing.T) {
			r := newRig(t)
			in, list := connect.TopicPartition{Topic: "in"}, newListTask()
			var written atomic.Int64 // by the put that fails
			list.put = func(_ context.Context, b *connect.SinkBatch) error {
				if b.Len() == 0 || later && list.count() < 2 {
					return nil
				}
				b.All(func(r *connect.Record) bool {
					_, offset, _ := r.SinkOrigin()
					written.Store(offset + 1)
					return true
				})
				return errors.New("another partition failed")
			}
			r.sink = func() connect.SinkTask {
				return preListTask{list, func(delivered map[connect.TopicPartition]int64) (map[connect.TopicPartition]int64, error) {
					if at, there := delivered[in]; there {
						delivered[in] = max(at, written.Load())
					}
					return delivered, nil
				}}
			}
			r.start()
			r.topic("in", 1)
			id := TaskID{Connector: "snk", Task: 0}
			if later {
				r.produce("in", 0, numbersFrom(0, 2)...)
				r.startTask(id, sinkProps)
				eventually(t, "the first put", func() bool { return list.count() == 2 })
				r.produce("in", 0, numbersFrom(2, 4)...)
			} else {
				r.produce("in", 0, numbersFrom(0, 4)...)
				r.startTask(id, sinkProps)
			}
			r.statuses.awaitTask(t, id, Failed)
			if at := r.committed("connect-snk")["in-0"]; at == 0 || at != written.Load() {
				t.Errorf("offset %d is committed, %d is written", at, written.Load())
			}
		})
	}
}

// TestCommitsNothingPastAnUnreportedRecord: the batch is taken apart, a record of it is refused, and a later part fails which the task says it has written.
// The task fails before the record is reported, so it has to come again.
func TestCommitsNothingPastAnUnreportedRecord(t *testing.T) {
	r := newRig(t)
	in, list := connect.TopicPartition{Topic: "in"}, newListTask()
	var written atomic.Int64
	list.put = func(_ context.Context, b *connect.SinkBatch) (err error) {
		b.All(func(r *connect.Record) bool {
			_, offset, _ := r.SinkOrigin()
			if offset == 1 || offset >= 4 {
				err = errors.New("refused")
			}
			if offset == 4 && b.Len() < 8 {
				written.Store(8)
			}
			return true
		})
		return err
	}
	r.sink = func() connect.SinkTask {
		return preListTask{list, func(delivered map[connect.TopicPartition]int64) (map[connect.TopicPartition]int64, error) {
			if at, there := delivered[in]; there {
				delivered[in] = max(at, written.Load())
			}
			return delivered, nil
		}}
	}
	r.start()
	r.topic("in", 1)
	r.produceAtOnce("in", numbersFrom(0, 8)...)
	id := TaskID{Connector: "snk", Task: 0}
	r.startTask(id, with(bisectProps, "errors.bisect.max.records", "1"))
	r.statuses.awaitTask(t, id, Failed)
	if at := r.committed("connect-snk")["in-0"]; written.Load() != 8 || at != 1 {
		t.Errorf("offset %d is committed, and the record at offset 1 is neither written nor reported", at)
	}
}

// TestPanicWhileATaskIsMade fails the task and not the worker (I4).
func TestPanicWhileATaskIsMade(t *testing.T) {
	r := newRig(t)
	r.source = func() connect.SourceTask { panic("no such luck") }
	r.start()
	id := TaskID{Connector: "src", Task: 0}
	if err := r.worker.StartTask(id, sourceProps, nil, TargetStarted); err == nil {
		t.Error("the task started")
	}
	if st := r.statuses.awaitTask(t, id, Failed); !strings.Contains(st.Trace, "no such luck") {
		t.Error(st.Trace)
	}
}
