package worker

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/data"
)

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

// TestLostRecordOfACancelledTask has a record refused after its task was cancelled and before its client is closed, while a transaction may be ended in
// the background: it must not be committed without the record.
func TestLostRecordOfACancelledTask(t *testing.T) {
	for name, refusal := range map[string]error{"refused": kerr.MessageTooLarge, "closed": kgo.ErrClientClosed} {
		s := &sourceTask{taskRun: &taskRun{cancelled: name == "refused"}, tracker: newTracker(1)}
		s.txn = &transactions{s: s}
		s.lost(&flight{}, &kgo.Record{Topic: "numbers"}, refusal)
		if err := s.lostRecord(); !errors.Is(err, refusal) {
			t.Errorf("%s: the commit is told of %v", name, err)
		}
		if s.sendFailure() != nil {
			t.Errorf("%s: a task that is given up fails", name)
		}
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

// TestFencedTasksFail fences out the tasks of a connector as a leader does: none of them can write any more.
func TestFencedTasksFail(t *testing.T) {
	r := onceRig(t)
	release := make(chan struct{})
	r.source = func() connect.SourceTask {
		c := &counterTask{}
		first := true // a task that starts late reads the offset of another one, since they have one partition
		c.poll = func(ctx context.Context, b *connect.SourceBatch) error {
			if !first {
				select {
				case <-release:
				case <-ctx.Done():
					return nil
				}
			}
			first = false
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
