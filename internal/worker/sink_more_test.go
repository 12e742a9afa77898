package worker

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/internal/javafmt"
)

// slowTask blocks in one of its methods.
type slowTask struct {
	*listTask
	in      string
	entered chan struct{}
	release chan struct{}
}

func (s *slowTask) block(method string) {
	if method == s.in {
		wake(s.entered)
		<-s.release
	}
}

func (s *slowTask) Start(ctx context.Context, tc connect.SinkTaskContext, props map[string]string) error {
	s.block("Start")
	return s.listTask.Start(ctx, tc, props)
}

func (s *slowTask) Put(ctx context.Context, b *connect.SinkBatch) error {
	s.block("Put")
	return s.listTask.Put(ctx, b)
}

func (s *slowTask) Open(context.Context, []connect.TopicPartition) error {
	s.block("Open")
	return nil
}

func (s *slowTask) Close(context.Context, []connect.TopicPartition) error {
	s.block("Close")
	return nil
}

func (s *slowTask) PreCommit(_ context.Context, d map[connect.TopicPartition]int64) (map[connect.TopicPartition]int64, error) {
	s.block("PreCommit")
	return d, nil
}

func (s *slowTask) Stop(ctx context.Context) error {
	s.block("Stop")
	return s.listTask.Stop(ctx)
}

// TestStuckSink wants a task that is stuck, in any method, to be abandoned in time, and another task and the stop of the worker to be free.
func TestStuckSink(t *testing.T) {
	for _, method := range []string{"Start", "Open", "Put", "PreCommit", "Close", "Stop"} {
		t.Run(method, func(t *testing.T) {
			r := newRig(t)
			r.props["task.shutdown.graceful.timeout.ms"] = "300"
			stuck := &slowTask{newListTask(), method, make(chan struct{}, 1), make(chan struct{})}
			free := newListTask()
			made := 0
			r.sink = func() connect.SinkTask {
				if made++; made == 1 {
					return stuck
				}
				return free
			}
			r.start()
			r.topic("in", 1)
			r.produce("in", 0, "a")
			bad, good := TaskID{Connector: "bad", Task: 0}, TaskID{Connector: "good", Task: 0}
			r.startTask(bad, with(sinkProps, "name", "bad"))
			atStop := method == "Close" || method == "Stop"
			if !atStop {
				<-stuck.entered
			} else {
				eventually(t, "put", func() bool { return stuck.count() == 1 })
			}
			r.startTask(good, with(sinkProps, "name", "good"))
			eventually(t, "the other task", func() bool { return free.count() == 1 })
			begin := time.Now()
			err := r.worker.StopTasks(t.Context(), bad)
			if err == nil || !strings.Contains(err.Error(), "in "+method) || time.Since(begin) > time.Second {
				t.Errorf("after %s: %v", time.Since(begin), err)
			}
			before := r.statuses.states(bad)
			close(stuck.release)
			if err := r.worker.StopTasks(t.Context(), good); err != nil {
				t.Error(err)
			}
			eventually(t, "end of the abandoned task", func() bool {
				stuck.mu.Lock()
				defer stuck.mu.Unlock()
				return len(stuck.events) > 0
			})
			if after := r.statuses.states(bad); after != before {
				t.Errorf("states after it was abandoned: %s, before %s", after, before)
			}
			if method == "Put" {
				if at := r.committed("connect-bad")["in-0"]; at > 0 {
					t.Errorf("the abandoned task committed %d", at)
				}
			}
		})
	}
}

func TestPauseWhileRedelivering(t *testing.T) {
	r := newRig(t)
	task := newListTask()
	var mu sync.Mutex
	refuse, refused := true, 0
	task.put = func(_ context.Context, b *connect.SinkBatch) error {
		mu.Lock()
		defer mu.Unlock()
		if b.Len() > 0 && refuse {
			refused++
			task.tc.Timeout(20 * time.Millisecond)
			return connect.NewRetriable(errors.New("later"))
		}
		return nil
	}
	count := func() int { mu.Lock(); defer mu.Unlock(); return refused }
	r.sink = func() connect.SinkTask { return task }
	r.start()
	r.topic("in", 1)
	r.produce("in", 0, "a", "b")
	id := TaskID{Connector: "snk", Task: 0}
	r.startTask(id, sinkProps)
	eventually(t, "refusals", func() bool { return count() > 2 })
	if err := r.worker.SetTargetState(t.Context(), "snk", TargetPaused); err != nil {
		t.Fatal(err)
	}
	r.statuses.awaitTask(t, id, Paused)
	before := count()
	<-time.After(200 * time.Millisecond)
	if n := count(); n > before+1 {
		t.Errorf("put %d times while paused", n-before)
	}
	if at := r.committed("connect-snk")["in-0"]; at > 0 {
		t.Errorf("committed %d", at)
	}
	mu.Lock()
	refuse = false
	mu.Unlock()
	if err := r.worker.SetTargetState(t.Context(), "snk", TargetStarted); err != nil {
		t.Fatal(err)
	}
	eventually(t, "2 records", func() bool { return task.count() == 2 })
	if got := fmt.Sprint(task.all()); got != "[a b]" {
		t.Errorf("values %s", got)
	}
}

func TestStopWhileRedelivering(t *testing.T) {
	r := newRig(t)
	task := newListTask()
	tried := make(chan struct{}, 1)
	task.put = func(_ context.Context, b *connect.SinkBatch) error {
		if b.Len() == 0 {
			return nil
		}
		wake(tried)
		return connect.NewRetriable(errors.New("later"))
	}
	r.sink = func() connect.SinkTask { return task }
	r.start()
	r.topic("in", 1)
	r.produce("in", 0, "a", "b")
	id := TaskID{Connector: "snk", Task: 0}
	r.startTask(id, sinkProps)
	<-tried
	if err := r.worker.StopTasks(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if at := r.committed("connect-snk")["in-0"]; at > 0 {
		t.Errorf("committed %d, nothing was put", at)
	}
	if got := r.statuses.states(id); got != "RUNNING UNASSIGNED" {
		t.Errorf("states %s", got)
	}
}

func TestSinkOffsetsOverREST(t *testing.T) {
	r := newRig(t)
	task := newListTask()
	r.sink = func() connect.SinkTask { return task }
	r.start()
	r.topic("in", 2)
	r.produce("in", 0, "a", "b")
	id := TaskID{Connector: "snk", Task: 0}
	r.startTask(id, sinkProps)
	eventually(t, "commit", func() bool { return r.committed("connect-snk")["in-0"] == 2 })
	change := func(partition, offset map[string]any) (string, error) {
		return r.worker.AlterConnectorOffsets(t.Context(), "snk", sinkProps, []ConnectorOffset{{partition, offset}})
	}
	_, err := change(map[string]any{"kafka_topic": "in", "kafka_partition": 0}, map[string]any{"kafka_offset": 1})
	if err == nil || !strings.Contains(err.Error(), "zombie sink tasks") {
		t.Errorf("change while the task runs: %v", err)
	}
	if err := r.worker.StopTasks(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	show := func() string {
		t.Helper()
		got, err := r.worker.ConnectorOffsets(t.Context(), "snk", sinkProps)
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprint(got)
	}
	if got := show(); got != "[{map[kafka_partition:0 kafka_topic:in] map[kafka_offset:2]} {map[kafka_partition:1 kafka_topic:in] map[kafka_offset:0]}]" {
		t.Error(got)
	}
	for _, tc := range []struct {
		name              string
		partition, offset map[string]any
		want              string
		class             string
	}{
		{"no partition", nil, nil, "The partition for a sink connector offset cannot be null or missing", javafmt.BadRequestException},
		{"no key", map[string]any{"kafka_topic": "in"}, nil, "The partition for a sink connector offset must contain the keys 'kafka_topic' and 'kafka_partition'", javafmt.BadRequestException},
		{"null topic", map[string]any{"kafka_topic": nil, "kafka_partition": 0}, nil, "Kafka topic names must be valid strings and may not be null", javafmt.BadRequestException},
		{"null partition", map[string]any{"kafka_topic": "in", "kafka_partition": nil}, nil, "Kafka partitions must be valid numbers and may not be null", javafmt.BadRequestException},
		{"fraction", map[string]any{"kafka_topic": "in", "kafka_partition": 1.5}, nil, "Failed to parse the following Kafka partition value in the provided offsets: '1.5'. Partition values for sink connectors need to be integers.", javafmt.BadRequestException},
		{"no offset", map[string]any{"kafka_topic": "in", "kafka_partition": 0}, map[string]any{"x": 1}, "The offset for a sink connector should either be null or contain the key 'kafka_offset'", javafmt.BadRequestException},
		{"null offset", map[string]any{"kafka_topic": "in", "kafka_partition": 0}, map[string]any{"kafka_offset": nil}, "Failed to parse the following Kafka offset value in the provided offsets: 'null'. Offset values for sink connectors need to be integers.", javafmt.BadRequestException},
		{"negative", map[string]any{"kafka_topic": "in", "kafka_partition": 0}, map[string]any{"kafka_offset": -1}, "Failed to modify offsets for sink connector snk", javafmt.ConnectException},
		{"no topic", map[string]any{"kafka_topic": "never", "kafka_partition": 0}, map[string]any{"kafka_offset": 1}, "Failed to alter consumer group offsets for connector snk", javafmt.ConnectException},
		{"no such partition", map[string]any{"kafka_topic": "in", "kafka_partition": 99}, map[string]any{"kafka_offset": 1}, "Failed to alter consumer group offsets for connector snk", javafmt.ConnectException},
	} {
		if _, err := change(tc.partition, tc.offset); err == nil || err.Error() != tc.want || javafmt.ClassOf(err) != tc.class {
			t.Errorf("%s: %v", tc.name, err)
		}
	}
	message, err := change(map[string]any{"kafka_topic": "in", "kafka_partition": "0"}, map[string]any{"kafka_offset": "1"})
	if err != nil || !strings.HasPrefix(message, "The Connect framework-managed offsets for this connector have been altered successfully. However") {
		t.Error(message, err)
	}
	if _, err := change(map[string]any{"kafka_topic": "in", "kafka_partition": 1}, nil); err != nil {
		t.Error(err)
	}
	if got := show(); got != "[{map[kafka_partition:0 kafka_topic:in] map[kafka_offset:1]}]" {
		t.Error(got)
	}
	for range 2 {
		if _, err := r.worker.ResetConnectorOffsets(t.Context(), "snk", sinkProps); err != nil {
			t.Error(err)
		}
	}
	if got := show(); got != "[]" {
		t.Error(got)
	}
}

// alterer is a connector that is asked about changes of offsets.
type alterer struct {
	testConnector
	asked *[]connect.SourceOffset
	err   error
}

func (a *alterer) AlterOffsets(_ context.Context, _ map[string]string, offsets []connect.SourceOffset) (bool, error) {
	*a.asked = append(*a.asked, offsets...)
	return true, a.err
}

func TestSourceOffsetsOverREST(t *testing.T) {
	var asked []connect.SourceOffset
	var refuse error
	w, _ := bare(t, func() connect.Connector { return &alterer{asked: &asked, err: refuse} })
	props := map[string]string{"connector.class": "Source"}
	message, err := w.AlterConnectorOffsets(t.Context(), "c", props, []ConnectorOffset{{map[string]any{"file": "x"}, map[string]any{"position": 5}}})
	if err != nil || message != "The offsets for this connector have been altered successfully" {
		t.Error(message, err)
	}
	if got := fmt.Sprintf("%v %T", asked, asked[0].Offset["position"]); got != "[{map[file:x] map[position:5]}] int64" {
		t.Error(got)
	}
	if got, err := w.ConnectorOffsets(t.Context(), "c", props); err != nil || fmt.Sprint(got) != "[{map[file:x] map[position:5]}]" {
		t.Error(got, err)
	}
	if _, err := w.AlterConnectorOffsets(t.Context(), "c", props, []ConnectorOffset{{map[string]any{"file": "x"}, map[string]any{"position": []any{1}}}}); err == nil ||
		err.Error() != "Offsets may only contain primitive types as values, but field position contains ARRAY" {
		t.Error(err)
	}
	if _, err := w.AlterConnectorOffsets(t.Context(), "c", props, nil); err == nil || err.Error() != "Partitions / offsets need to be provided for an alter offsets request" {
		t.Error(err)
	}
	refuse = javafmt.NewException(javafmt.UnsupportedOperation, "no", nil)
	if _, err := w.ResetConnectorOffsets(t.Context(), "c", props); err == nil || err.Error() != "Failed to modify offsets for connector c because it doesn't support external modification of offsets" {
		t.Error(err)
	}
	refuse = nil
	message, err = w.ResetConnectorOffsets(t.Context(), "c", props)
	if err != nil || message != "The offsets for this connector have been reset successfully" {
		t.Error(message, err)
	}
	if got, err := w.ConnectorOffsets(t.Context(), "c", props); err != nil || len(got) != 0 {
		t.Error(got, err)
	}
}

// TestSinkLosesItsSession takes the group away under the task: what is consumed again must not be committed before it was put again.
func TestSinkLosesItsSession(t *testing.T) {
	r := newRig(t)
	task := newListTask()
	r.sink = func() connect.SinkTask { return openListTask{task} }
	r.start()
	r.topic("in", 1)
	r.produce("in", 0, numbersFrom(0, 10)...)
	id := TaskID{Connector: "snk", Task: 0}
	r.startTask(id, with(sinkProps, "consumer.override.heartbeat.interval.ms", "50", "consumer.override.session.timeout.ms", "2000"))
	eventually(t, "commit", func() bool { return r.committed("connect-snk")["in-0"] == 10 })
	r.expel("connect-snk")
	r.produce("in", 0, numbersFrom(10, 20)...)
	eventually(t, "20 records", func() bool { return task.count() >= 20 })
	eventually(t, "commit", func() bool { return r.committed("connect-snk")["in-0"] == 20 })
	if got := r.statuses.states(id); got != "RUNNING" {
		t.Errorf("states %s", got)
	}
	if got := fmt.Sprint(task.events); got != "[open [{in 0}] close [{in 0}] open [{in 0}]]" {
		t.Errorf("events %s", got)
	}
}

func (r *rig) members(group string) []string {
	r.t.Helper()
	described, err := kadm.NewClient(r.client()).DescribeGroups(r.t.Context(), group)
	if err != nil {
		r.t.Fatal(err)
	}
	var out []string
	for _, m := range described[group].Members {
		out = append(out, m.MemberID)
	}
	return out
}

// TestLostPartitionsLeaveTheBatch: records that wait to be put again are not put any more once their partition was given up; whoever owns it
// gets them again.
func TestLostPartitionsLeaveTheBatch(t *testing.T) {
	r := newRig(t)
	task := openListTask{newListTask()}
	opened := func() int {
		task.mu.Lock()
		defer task.mu.Unlock()
		n := 0
		for _, e := range task.events {
			if strings.HasPrefix(e, "open") {
				n++
			}
		}
		return n
	}
	refused := make(chan struct{}, 1)
	task.put = func(_ context.Context, b *connect.SinkBatch) error {
		if b.Len() > 0 && opened() < 2 {
			wake(refused)
			task.tc.Timeout(20 * time.Millisecond)
			return connect.NewRetriable(errors.New("not yet"))
		}
		return nil
	}
	r.sink = func() connect.SinkTask { return task }
	r.start()
	r.topic("in", 1)
	r.produce("in", 0, numbersFrom(0, 10)...)
	id := TaskID{Connector: "snk", Task: 0}
	r.startTask(id, with(sinkProps, "consumer.override.heartbeat.interval.ms", "50", "consumer.override.session.timeout.ms", "2000"))
	<-refused
	r.expel("connect-snk")
	eventually(t, "commit", func() bool { return r.committed("connect-snk")["in-0"] == 10 })
	if got := fmt.Sprint(task.all()); got != fmt.Sprint(numbersFrom(0, 10)) {
		t.Errorf("values %s", got)
	}
}

// expel takes all members out of a group.
func (r *rig) expel(group string) {
	r.t.Helper()
	leave := kmsg.NewPtrLeaveGroupRequest()
	leave.Group = group
	for _, id := range r.members(group) {
		m := kmsg.NewLeaveGroupRequestMember()
		m.MemberID = id
		leave.Members = append(leave.Members, m)
	}
	if _, err := leave.RequestWith(r.t.Context(), r.client()); err != nil {
		r.t.Fatal(err)
	}
}

// TestPauseEndsWithOwnership: a partition that comes back is consumed, though the task had paused it when it owned it before.
func TestPauseEndsWithOwnership(t *testing.T) {
	r := newRig(t)
	task := newListTask()
	paused := make(chan struct{}, 1)
	var once sync.Once
	task.put = func(_ context.Context, b *connect.SinkBatch) error {
		if b.Len() > 0 {
			once.Do(func() {
				task.tc.Pause(connect.TopicPartition{Topic: "in"})
				wake(paused)
			})
		}
		return nil
	}
	r.sink = func() connect.SinkTask { return openListTask{task} }
	r.start()
	r.topic("in", 1)
	r.produce("in", 0, "a")
	r.startTask(TaskID{Connector: "snk", Task: 0}, with(sinkProps, "consumer.override.heartbeat.interval.ms", "50", "consumer.override.session.timeout.ms", "2000"))
	<-paused
	eventually(t, "commit", func() bool { return r.committed("connect-snk")["in-0"] == 1 })
	r.produce("in", 0, "b")
	r.expel("connect-snk")
	eventually(t, "the second record", func() bool { return task.count() == 2 })
}

// TestIdleConnectionsOfSinksAreClosed wants a short time for them, unless the configuration has one.
func TestIdleConnectionsOfSinksAreClosed(t *testing.T) {
	r := newRig(t)
	r.topic("idle", 1)
	r.sink = func() connect.SinkTask { return newListTask() }
	r.start()
	for given, want := range map[string]time.Duration{"": idleConnection, "70000": 70 * time.Second} {
		id := TaskID{Connector: "to" + given}
		props := map[string]string{"connector.class": "Sink", "topics": "idle"}
		if given != "" {
			props["consumer.override.connections.max.idle.ms"] = given
		}
		r.startTask(id, props)
		eventually(t, "a client", func() bool {
			r.worker.mu.Lock()
			s := r.worker.tasks[id].body.(*sinkTask)
			r.worker.mu.Unlock()
			s.clientMu.Lock()
			defer s.clientMu.Unlock()
			if s.client == nil {
				return false
			}
			if got := s.client.OptValue(kgo.ConnIdleTimeout); got != want {
				t.Fatalf("connections are closed after %v, want %v", got, want)
			}
			return true
		})
	}
}
