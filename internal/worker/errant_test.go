package worker

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/internal/budget"
	"github.com/moldau/moldau/internal/kafka"
)

var dlqProps = with(sinkProps, "errors.tolerance", "all", "errors.deadletterqueue.topic.name", "dlq", "errors.deadletterqueue.topic.replication.factor", "1")

// TestUndeliveredReportHoldsBackOffsets wants no offset past a record that the task reported when the report did not arrive (I1); Java fails
// the task (WorkerErrantRecordReporter.awaitFutures).
func TestUndeliveredReportHoldsBackOffsets(t *testing.T) {
	r := newRig(t)
	task := newListTask()
	task.put = func(_ context.Context, b *connect.SinkBatch) (err error) {
		b.All(func(rec *connect.Record) bool {
			if v, _ := rec.Value().Text(); strings.HasPrefix(v, "worse") {
				err = task.tc.Errors().Report(rec, errors.New("not this one"))
			}
			return err == nil
		})
		return err
	}
	r.sink = func() connect.SinkTask { return task }
	r.start()
	r.topic("in", 1)
	r.topicTaking("dlq", "500")
	r.produce("in", 0, "a", "b", "worse"+strings.Repeat("x", 1000), "c")
	id := TaskID{Connector: "snk", Task: 0}
	r.startTask(id, dlqProps)
	st := r.statuses.awaitTask(t, id, Failed)
	if !strings.Contains(st.Trace, "RecordTooLargeException") {
		t.Error(st.Trace)
	}
	if err := r.worker.StopTasks(t.Context(), id); err != nil {
		t.Error(err)
	}
	if at := r.committed("connect-snk")["in-0"]; at > 2 {
		t.Errorf("offset %d is committed past a record that is nowhere", at)
	}
}

// TestReportAfterPut is what a task does that learns of errors later than it should: the record cannot be sent to the dead letter queue any
// more, so the task fails and nothing past the record is committed.
func TestReportAfterPut(t *testing.T) {
	r := newRig(t)
	r.props["offset.flush.interval.ms"] = "60000"
	task := newListTask()
	var early *connect.Record
	var refusal error
	task.put = func(_ context.Context, b *connect.SinkBatch) error {
		b.All(func(rec *connect.Record) bool {
			if early == nil {
				kept := *rec
				early = &kept
				return true
			}
			refusal = task.tc.Errors().Report(early, errors.New("not this one"))
			return false
		})
		return nil
	}
	r.sink = func() connect.SinkTask { return task }
	r.start()
	r.topic("in", 1)
	r.topic("dlq", 1)
	r.produce("in", 0, "a")
	id := TaskID{Connector: "snk", Task: 0}
	r.startTask(id, dlqProps)
	eventually(t, "the first record", func() bool { return task.count() == 1 })
	r.produce("in", 0, "b")
	st := r.statuses.awaitTask(t, id, Failed)
	if refusal == nil || !strings.Contains(st.Trace, "not of the batch being put") {
		t.Error(refusal, st.Trace)
	}
	if err := r.worker.StopTasks(t.Context(), id); err != nil {
		t.Error(err)
	}
	if at := r.committed("connect-snk")["in-0"]; at > 0 {
		t.Errorf("offset %d is committed past a record that is nowhere", at)
	}
}

// TestReportsWhileBatchesChange has a task report from a goroutine that outlives its put, against the contract: that harms the task at most,
// and not the process (I4).
func TestReportsWhileBatchesChange(t *testing.T) {
	r := newRig(t)
	task := newListTask()
	done := make(chan struct{})
	var started bool
	task.put = func(_ context.Context, b *connect.SinkBatch) error {
		b.All(func(rec *connect.Record) bool {
			if !started {
				started = true
				kept := *rec
				go func() {
					defer close(done)
					for range 2000 {
						_ = task.tc.Errors().Report(&kept, errors.New("not this one")) // its answer is of no interest
					}
				}()
			}
			return false
		})
		return nil
	}
	r.sink = func() connect.SinkTask { return task }
	r.start()
	r.topic("in", 1)
	r.startTask(TaskID{Connector: "snk", Task: 0}, with(sinkProps, "errors.tolerance", "all", "errors.log.enable", "true"))
	r.produce("in", 0, numbersFrom(0, 50)...)
	eventually(t, "all records", func() bool { return task.count() == 50 })
	<-done
}

// TestRestLetsGoOfRecords wants an idle task to keep nothing of its last batch.
func TestRestLetsGoOfRecords(t *testing.T) {
	t.Parallel()
	share := budget.NewMemory(64<<20).Join("c", 1, nil)
	defer share.Leave()
	s := &sinkTask{fetches: newFetchSize(share, budget.NewTransit(16<<20), kafka.FetchLimits{Max: 50 << 20, MaxPartition: 1 << 20, Min: 1}, new(stash))}
	client, err := kgo.NewClient(s.fetches.options()...)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	s.fetches.begin(client)
	s.errant = newErrantReporter(s)
	in := &kgo.Record{Topic: "t"}
	tp := connect.TopicPartition{Topic: "t"}
	s.errant.keep(tp, []*kgo.Record{in})
	s.proc.consumed, s.inputs = in, []*kgo.Record{in}
	s.redeliver = true
	if s.rest(); s.errant.consumed(tp, 0) == nil {
		t.Error("a batch that waits to be put again has lost its records")
	}
	s.redeliver = false
	if s.rest(); s.errant.consumed(tp, 0) != nil || s.proc.consumed != nil || s.inputs != nil {
		t.Error("records are kept")
	}
}
