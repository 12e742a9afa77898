package worker

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/moldau/moldau/connect"
)

// vault is a target that keeps offsets with its data, in one step, and fences tasks that do not own a partition any more.
type vault struct {
	mu      sync.Mutex
	next    map[connect.TopicPartition]int64
	owner   map[connect.TopicPartition]*vaultTask
	values  map[connect.TopicPartition][]string
	fenced  int
	asked   int
	failing error // of DurableOffsets
}

func newVault() *vault {
	return &vault{next: map[connect.TopicPartition]int64{}, owner: map[connect.TopicPartition]*vaultTask{}, values: map[connect.TopicPartition][]string{}}
}

func (v *vault) count(tp connect.TopicPartition) int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return len(v.values[tp])
}

// vaultTask writes to a vault.
type vaultTask struct {
	v     *vault
	tc    connect.SinkTaskContext
	put   func(b *connect.SinkBatch) error // before writing
	flush func() error

	// buffers makes the task write in Flush, all or nothing as in a transaction; kept is what it was put since.
	buffers  bool
	kept     []vaultValue
	flushing int // how many records a flush is about to write
}

// vaultValue is a record that goes to a vault.
type vaultValue struct {
	tp     connect.TopicPartition
	offset int64
	value  string
}

func (t *vaultTask) Start(_ context.Context, tc connect.SinkTaskContext, _ map[string]string) error {
	t.tc = tc
	return nil
}

func (t *vaultTask) Stop(context.Context) error { return nil }

func (t *vaultTask) Open(_ context.Context, tps []connect.TopicPartition) error {
	t.v.mu.Lock()
	defer t.v.mu.Unlock()
	for _, tp := range tps {
		t.v.owner[tp] = t
	}
	return nil
}

func (t *vaultTask) Close(_ context.Context, tps []connect.TopicPartition) error {
	t.kept = slices.DeleteFunc(t.kept, func(r vaultValue) bool { return slices.Contains(tps, r.tp) })
	return nil
}

func (t *vaultTask) DurableOffsets(_ context.Context, tps []connect.TopicPartition) (map[connect.TopicPartition]int64, error) {
	t.v.mu.Lock()
	defer t.v.mu.Unlock()
	t.v.asked++
	out := map[connect.TopicPartition]int64{}
	for _, tp := range tps {
		if at, there := t.v.next[tp]; there {
			out[tp] = at
		}
	}
	return out, t.v.failing
}

func (t *vaultTask) Put(_ context.Context, b *connect.SinkBatch) error {
	if t.put != nil {
		if err := t.put(b); err != nil {
			return err
		}
	}
	var records []vaultValue
	b.All(func(r *connect.Record) bool {
		tp, offset, _ := r.SinkOrigin()
		value, _ := r.Value().Text()
		records = append(records, vaultValue{tp, offset, value})
		return true
	})
	if t.buffers {
		t.kept = append(t.kept, records...)
		return nil
	}
	return t.v.write(t, records)
}

// write writes all of the records or none.
func (v *vault) write(t *vaultTask, records []vaultValue) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, r := range records {
		if v.owner[r.tp] != t {
			v.fenced++
			return connect.NewRetriable(fmt.Errorf("partition %d has another owner", r.tp.Partition))
		}
	}
	for _, r := range records {
		v.values[r.tp] = append(v.values[r.tp], r.value)
		v.next[r.tp] = r.offset + 1
	}
	return nil
}

func (t *vaultTask) Flush(context.Context, map[connect.TopicPartition]int64) error {
	kept := t.kept
	t.kept, t.flushing = nil, len(kept) // written, or rolled back
	if t.flush != nil {
		if err := t.flush(); err != nil {
			return err
		}
	}
	return t.v.write(t, kept)
}

var inZero = connect.TopicPartition{Topic: "in"}

func TestSinkBeginsWhereItsTargetSays(t *testing.T) {
	for name, c := range map[string]struct {
		durable   int64 // -1 for nothing
		committed int64 // of the group, -1 for nothing
		removed   int64 // Kafka keeps nothing before it
		reset     string
		want      string // the first value
		failure   string
	}{
		"ahead of the group":              {6, 3, 0, "earliest", "6", ""},
		"behind the group":                {2, 7, 0, "earliest", "2", ""},
		"the target is empty":             {-1, 4, 0, "earliest", "4", ""},
		"neither knows":                   {-1, -1, 0, "earliest", "0", ""},
		"at its end":                      {10, 10, 0, "earliest", "", ""},
		"behind the end of the partition": {11, 10, 0, "earliest", "", "the target holds records up to offset 11, the partition ends at 10"},
		"what follows was removed":        {2, 2, 5, "latest", "5", ""},
		"removed, and no reset":           {2, 2, 5, "none", "", "Kafka keeps them from 5 on: 3 offsets are gone"},
		"removed, but the target has it":  {7, 2, 5, "none", "7", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			v := newVault()
			if c.durable >= 0 {
				v.next[inZero] = c.durable
			}
			r.sink = func() connect.SinkTask { return &vaultTask{v: v} }
			r.start()
			r.topic("in", 1)
			r.produce("in", 0, numbersFrom(0, 10)...)
			admin := kadm.NewClient(r.client())
			if c.committed >= 0 {
				offsets := kadm.Offsets{}
				offsets.AddOffset("in", 0, c.committed, -1)
				if err := admin.CommitAllOffsets(t.Context(), "connect-snk", offsets); err != nil {
					t.Fatal(err)
				}
			}
			if c.removed > 0 {
				offsets := kadm.Offsets{}
				offsets.AddOffset("in", 0, c.removed, -1)
				if _, err := admin.DeleteRecords(t.Context(), offsets); err != nil {
					t.Fatal(err)
				}
			}
			id := TaskID{Connector: "snk", Task: 0}
			r.startTask(id, with(sinkProps, "consumer.override.auto.offset.reset", c.reset))
			if c.failure != "" {
				if st := r.statuses.awaitTask(t, id, Failed); !strings.Contains(st.Trace, c.failure) || !strings.Contains(st.Trace, "topic in, partition 0") {
					t.Error(st.Trace)
				}
				if v.count(inZero) > 0 {
					t.Error("records were put")
				}
				return
			}
			r.statuses.awaitTask(t, id, Running)
			if c.want == "" {
				r.produce("in", 0, "10")
				c.want = "10"
			}
			eventually(t, "the last record", func() bool {
				v.mu.Lock()
				defer v.mu.Unlock()
				return v.next[inZero] >= 10 && len(v.values[inZero]) > 0
			})
			if got := v.values[inZero][0]; got != c.want {
				t.Errorf("begins with %s, want %s", got, c.want)
			}
			eventually(t, "the group follows", func() bool { return r.committed("connect-snk")["in-0"] >= 10 })
		})
	}
}

// TestSinkThatKeepsOffsetsWritesOnce lets tasks come and go, and fail, while records flow.
func TestSinkThatKeepsOffsetsWritesOnce(t *testing.T) {
	t.Run("at once", func(t *testing.T) { keptOnce(t, false) })
	t.Run("when it is flushed", func(t *testing.T) { keptOnce(t, true) })
}

func keptOnce(t *testing.T, buffers bool) {
	const partitions, perPartition = 3, 400
	r := newRig(t)
	v := newVault()
	puts, flushed := 0, 0
	r.sink = func() connect.SinkTask {
		task := &vaultTask{v: v, buffers: buffers}
		task.put = func(b *connect.SinkBatch) error {
			v.mu.Lock()
			defer v.mu.Unlock()
			if puts++; puts%11 == 0 && b.Len() > 0 {
				return connect.NewRetriable(errors.New("later"))
			}
			return nil
		}
		task.flush = func() error {
			v.mu.Lock()
			defer v.mu.Unlock()
			if puts%17 == 0 && flushed != puts {
				flushed = puts // once: a task that gets everything again and again comes to no end
				return errors.New("no flush")
			}
			return nil
		}
		return task
	}
	r.props["offset.flush.interval.ms"] = "20"
	r.start()
	r.topic("in", partitions)
	ids := []TaskID{{Connector: "snk", Task: 0}, {Connector: "snk", Task: 1}}
	props := with(sinkProps, "consumer.override.heartbeat.interval.ms", "50", "consumer.override.max.poll.records", "40", "consumer.override.session.timeout.ms", "3000",
		"consumer.override.max.poll.interval.ms", "4000") // so long a group waits for a member that left while it joined
	r.startTask(ids[0], props)
	for round := range 4 {
		if round%2 == 0 {
			r.startTask(ids[1], props)
			r.statuses.awaitTask(t, ids[1], Running)
		}
		for p := range int32(partitions) {
			r.produce("in", p, numbersFrom(round*perPartition/4, (round+1)*perPartition/4)...)
		}
		if round%2 == 1 {
			if err := r.worker.StopTasks(t.Context(), ids[1]); err != nil {
				t.Error(err)
			}
		}
		r.expel("connect-snk")
	}
	want := numbersFrom(0, perPartition)
	for p := range int32(partitions) {
		tp := connect.TopicPartition{Topic: "in", Partition: p}
		patiently(t, fmt.Sprintf("all records of partition %d", p), func() bool {
			if st := r.statuses.states(ids[0]); strings.HasSuffix(st, string(Failed)) {
				t.Fatal(r.statuses.awaitTask(t, ids[0], Failed).Trace)
			}
			return v.count(tp) >= perPartition
		})
		v.mu.Lock()
		if !slices.Equal(v.values[tp], want) {
			t.Errorf("partition %d holds %d values, want %d once", p, len(v.values[tp]), perPartition)
		}
		v.mu.Unlock()
	}
	v.mu.Lock()
	t.Logf("asked %d times, fenced %d times", v.asked, v.fenced)
	v.mu.Unlock()
}

// TestFlushThatFailsBeforeTheTargetKnowsThePartition lets the first commit roll back what was put, when the target says nothing of the partition yet:
// it begins again where the group is (I1).
func TestFlushThatFailsBeforeTheTargetKnowsThePartition(t *testing.T) {
	for name, c := range map[string]struct {
		waiting bool // a batch waits to be put again when the commit fails
		none    bool // the target then says that it keeps no offsets
		from    int64
	}{
		"nothing else waits":            {},
		"a batch waits":                 {waiting: true},
		"the group is further":          {from: 4},
		"the target keeps none anymore": {none: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			v := newVault()
			failed := make(chan struct{})
			task := &vaultTask{v: v, buffers: true}
			task.put = func(b *connect.SinkBatch) error {
				if b.Len() > 0 {
					task.tc.RequestCommit()
				}
				if c.waiting && b.Len() > 0 && !closed(failed) {
					return connect.NewRetriable(errors.New("later"))
				}
				return nil
			}
			task.flush = func() error {
				if closed(failed) || !c.waiting && task.flushing == 0 {
					return nil
				}
				close(failed)
				return errors.New("the transaction was rolled back")
			}
			r.sink = func() connect.SinkTask { return task }
			if c.none {
				r.sink = func() connect.SinkTask { return &forgetful{task, failed} }
			}
			r.start()
			r.topic("in", 1)
			r.produceAtOnce("in", numbersFrom(0, 10)...)
			if c.from > 0 {
				offsets := kadm.Offsets{}
				offsets.AddOffset("in", 0, c.from, -1)
				if err := kadm.NewClient(r.client()).CommitAllOffsets(t.Context(), "connect-snk", offsets); err != nil {
					t.Fatal(err)
				}
			}
			id := TaskID{Connector: "snk", Task: 0}
			r.startTask(id, sinkProps)
			eventually(t, "a commit that fails", func() bool { return closed(failed) })
			r.produce("in", 0, numbersFrom(10, 20)...)
			patiently(t, "the last record", func() bool {
				v.mu.Lock()
				defer v.mu.Unlock()
				return v.next[inZero] >= 20
			})
			v.mu.Lock()
			defer v.mu.Unlock()
			if want := numbersFrom(int(c.from), 20); !slices.Equal(v.values[inZero], want) {
				t.Errorf("the target holds %v, want %v", v.values[inZero], want)
			}
		})
	}
}

// forgetful says after a failure that it keeps no offsets.
type forgetful struct {
	*vaultTask
	failed chan struct{}
}

func (f *forgetful) DurableOffsets(ctx context.Context, tps []connect.TopicPartition) (map[connect.TopicPartition]int64, error) {
	if closed(f.failed) {
		return nil, nil
	}
	return f.vaultTask.DurableOffsets(ctx, tps)
}

func closed(c chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// patiently is eventually for what takes long on a busy machine.
func patiently(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := time.Now().Add(2 * time.Minute)
	for !ok() {
		if time.Now().After(deadline) {
			t.Fatalf("not reached: %s", what)
		}
		<-time.After(10 * time.Millisecond)
	}
}

// TestSinkThatKeepsOffsetsWaitsForDeadLetters wants nothing past a record to be put whose dead letter is not durable: the target would store an
// offset past it (I1).
func TestSinkThatKeepsOffsetsWaitsForDeadLetters(t *testing.T) {
	for _, by := range []string{"the converter", "the task"} {
		t.Run(by, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			v := newVault()
			task := &vaultTask{v: v}
			big := "bad" + strings.Repeat("x", 1000)
			task.put = func(b *connect.SinkBatch) (err error) {
				b.All(func(rec *connect.Record) bool {
					if value, _ := rec.Value().Text(); value == big {
						err = task.tc.Errors().Report(rec, errors.New("not this one"))
					}
					return err == nil
				})
				return err
			}
			r.sink = func() connect.SinkTask { return task }
			r.transforms["RefuseLong"] = func() connect.Transformation { return refuseLong{} }
			r.start()
			r.topic("in", 1)
			r.topicTaking("dlq", "500")
			r.produce("in", 0, "a", big, "c")
			id := TaskID{Connector: "snk", Task: 0}
			props := with(dlqProps, "errors.deadletterqueue.context.headers.enable", "true")
			if by == "the converter" {
				props = with(props, "transforms", "r", "transforms.r.type", "RefuseLong")
			}
			r.startTask(id, props)
			st := r.statuses.awaitTask(t, id, Failed)
			for _, part := range []string{"record of topic 'in', partition 0, offset 1", "could not be written to topic 'dlq'", "RecordTooLargeException"} {
				if !strings.Contains(st.Trace, part) {
					t.Errorf("the trace lacks %q: %s", part, st.Trace)
				}
			}
			v.mu.Lock()
			defer v.mu.Unlock()
			if v.next[inZero] > 1 {
				t.Errorf("the target has offset %d", v.next[inZero])
			}
		})
	}
}

// refuseLong refuses long values.
type refuseLong struct{}

func (refuseLong) Configure(map[string]string) error { return nil }
func (refuseLong) Close() error                      { return nil }
func (refuseLong) Apply(_ context.Context, r *connect.Record) (bool, error) {
	if v, _ := r.Value().Text(); len(v) > 500 {
		return false, connect.NewBadRecord(errors.New("too long"))
	}
	return true, nil
}

// TestTargetThatCannotBeAsked wants a failure to ask to fail the task before anything is consumed.
func TestTargetThatCannotBeAsked(t *testing.T) {
	r := newRig(t)
	v := newVault()
	v.failing = errors.New("the target is away")
	r.sink = func() connect.SinkTask { return &vaultTask{v: v} }
	r.start()
	r.topic("in", 1)
	r.produce("in", 0, "a")
	id := TaskID{Connector: "snk", Task: 0}
	r.startTask(id, sinkProps)
	if st := r.statuses.awaitTask(t, id, Failed); !strings.Contains(st.Trace, "the target is away") {
		t.Error(st.Trace)
	}
	if v.count(inZero) > 0 {
		t.Error("records were put")
	}
}

// TestTopicMadeAnewUnderATarget wants the task to fail rather than to take a new topic for the one whose offsets the target keeps.
func TestTopicMadeAnewUnderATarget(t *testing.T) {
	r := newRig(t)
	v := newVault()
	r.sink = func() connect.SinkTask { return &vaultTask{v: v} }
	r.start()
	r.topic("in", 1)
	r.produce("in", 0, numbersFrom(0, 10)...)
	id := TaskID{Connector: "snk", Task: 0}
	r.startTask(id, with(sinkProps, "consumer.override.metadata.max.age.ms", "200"))
	eventually(t, "ten records", func() bool { return v.count(inZero) == 10 })
	admin := kadm.NewClient(r.client())
	if _, err := admin.DeleteTopic(t.Context(), "in"); err != nil {
		t.Fatal(err)
	}
	r.topic("in", 1)
	r.produce("in", 0, "new")
	st := r.statuses.awaitTask(t, id, Failed)
	if !strings.Contains(st.Trace, "alter or reset the connector's offsets") {
		t.Error(st.Trace)
	}
	if v.count(inZero) != 10 {
		t.Errorf("the target holds %v", v.values)
	}
}
