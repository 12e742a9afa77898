package worker

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/data"
)

// counterTask sends numbers, batch by batch, beginning after the committed offset.
type counterTask struct {
	topic     string
	perPoll   int
	until     int64
	markEach  bool
	poll      func(ctx context.Context, b *connect.SourceBatch) error // instead
	onStart   func(ctx context.Context, tc connect.SourceTaskContext) error
	onStop    func(ctx context.Context) error
	mu        sync.Mutex
	next      int64
	partition *connect.SourcePartition
	stops     int
}

type position64 int64

func (p position64) Fields() map[string]any { return map[string]any{"position": int64(p)} }

func (c *counterTask) Start(ctx context.Context, tc connect.SourceTaskContext, props map[string]string) error {
	c.partition = connect.NewSourcePartition(map[string]any{"stream": "numbers"})
	if c.onStart != nil {
		if err := c.onStart(ctx, tc); err != nil {
			return err
		}
	}
	got, err := tc.Offsets(ctx, c.partition)
	if err != nil {
		return err
	}
	if got[0] != nil {
		c.next = got[0]["position"].(int64)
	}
	return nil
}

func (c *counterTask) Poll(ctx context.Context, b *connect.SourceBatch) error {
	if c.poll != nil {
		return c.poll(ctx, b)
	}
	if c.next >= c.until {
		<-ctx.Done()
		return nil
	}
	for i := 0; i < c.perPoll && c.next < c.until; i++ {
		b.Add(c.topic).SetValue(nil, b.Arena().Text(strconv.FormatInt(c.next, 10)))
		c.next++
		if c.markEach {
			b.Mark(c.partition, position64(c.next))
		}
	}
	b.Mark(c.partition, position64(c.next))
	return nil
}

func (c *counterTask) Stop(ctx context.Context) error {
	c.mu.Lock()
	c.stops++
	c.mu.Unlock()
	if c.onStop != nil {
		return c.onStop(ctx)
	}
	return nil
}

func (r *rig) sourceOffset(connector string) int64 {
	got, err := r.offsets.Get(r.t.Context(), connector, []*connect.SourcePartition{connect.NewSourcePartition(map[string]any{"stream": "numbers"})})
	if err != nil {
		r.t.Fatal(err)
	}
	if got[0] == nil {
		return -1
	}
	return got[0]["position"].(int64)
}

var sourceProps = map[string]string{"name": "src", "connector.class": "Source"}

func TestSourceSendsAndCommits(t *testing.T) {
	r := newRig(t)
	task := &counterTask{topic: "numbers", perPoll: 7, until: 1000}
	r.source = func() connect.SourceTask { return task }
	r.start()
	r.topic("numbers", 1)
	id := TaskID{Connector: "src", Task: 0}
	r.startTask(id, sourceProps)
	for i, rec := range r.consume("numbers", 1000) {
		if string(rec.Value) != strconv.Itoa(i) {
			t.Fatalf("record %d is %s", i, rec.Value)
		}
	}
	eventually(t, "offset 1000", func() bool { return r.sourceOffset("src") == 1000 })
	if err := r.worker.StopTasks(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if got := r.statuses.states(id); got != "RUNNING UNASSIGNED" {
		t.Errorf("states %s", got)
	}
	if task.stops != 1 {
		t.Errorf("stopped %d times", task.stops)
	}
	if _, ok := r.topicsUsed.Load("src-0/numbers"); !ok {
		t.Error("topic not tracked")
	}
}

func TestSourcePauseResume(t *testing.T) {
	r := newRig(t)
	task := &counterTask{topic: "numbers", perPoll: 1, until: 10}
	r.source = func() connect.SourceTask { return task }
	r.start()
	r.topic("numbers", 1)
	id := TaskID{Connector: "src", Task: 0}
	if err := r.worker.StartTask(id, sourceProps, map[string]string{}, TargetPaused); err != nil {
		t.Fatal(err)
	}
	r.statuses.awaitTask(t, id, Paused)
	if err := r.worker.SetTargetState(t.Context(), "src", TargetStarted); err != nil {
		t.Fatal(err)
	}
	r.statuses.awaitTask(t, id, Running)
	r.consume("numbers", 10)
	if err := r.worker.SetTargetState(t.Context(), "src", TargetPaused); err != nil {
		t.Fatal(err)
	}
	r.statuses.awaitTask(t, id, Paused)
	if err := r.worker.StopTasks(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if got := r.statuses.states(id); got != "PAUSED RUNNING PAUSED UNASSIGNED" {
		t.Errorf("states %s", got)
	}
}

func TestSourceFailures(t *testing.T) {
	for _, tc := range []struct {
		name  string
		task  *counterTask
		props map[string]string
		first string
	}{
		{"start", &counterTask{onStart: func(context.Context, connect.SourceTaskContext) error { return errors.New("no way") }}, nil,
			"org.apache.kafka.connect.errors.ConnectException: no way"},
		{"poll", &counterTask{poll: func(context.Context, *connect.SourceBatch) error { return errors.New("no poll") }}, nil,
			"org.apache.kafka.connect.errors.ConnectException: no poll"},
		{"panic", &counterTask{poll: func(context.Context, *connect.SourceBatch) error { panic("ouch") }}, nil,
			"java.lang.RuntimeException: panic in Poll: ouch"},
		{"converter", &counterTask{poll: func(_ context.Context, b *connect.SourceBatch) error {
			b.Add("numbers").SetValue(nil, data.String("bad"))
			return nil
		}}, nil, "org.apache.kafka.connect.errors.ConnectException: Tolerance exceeded in error handler"},
		{"timestamp", &counterTask{poll: func(_ context.Context, b *connect.SourceBatch) error {
			b.Add("numbers").Timestamp = -2
			return nil
		}}, nil, "org.apache.kafka.common.InvalidRecordException: Invalid record timestamp -2"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := newRig(t)
			r.source = func() connect.SourceTask { return tc.task }
			r.start()
			id := TaskID{Connector: "src", Task: 0}
			r.startTask(id, sourceProps)
			st := r.statuses.awaitTask(t, id, Failed)
			if first := firstLine(st.Trace); first != tc.first {
				t.Errorf("trace begins with %q, not %q", first, tc.first)
			}
			if err := r.worker.StopTasks(t.Context(), id); err != nil {
				t.Error(err)
			}
			if tc.task.stops != 1 {
				t.Errorf("stopped %d times", tc.task.stops)
			}
		})
	}
}

func firstLine(s string) string {
	for i := range s {
		if s[i] == '\n' {
			return s[:i]
		}
	}
	return s
}

func TestSourceToleranceSkips(t *testing.T) {
	r := newRig(t)
	sent := false
	task := &counterTask{}
	task.poll = func(ctx context.Context, b *connect.SourceBatch) error {
		if sent {
			<-ctx.Done()
			return nil
		}
		sent = true
		for i := range 10 {
			v := strconv.Itoa(i)
			if i%3 == 0 {
				v = "bad"
			}
			b.Add("numbers").SetValue(nil, data.String(v))
		}
		b.Mark(task.partition, position64(10))
		return nil
	}
	r.source = func() connect.SourceTask { return task }
	r.start()
	r.topic("numbers", 1)
	id := TaskID{Connector: "src", Task: 0}
	r.startTask(id, map[string]string{"name": "src", "connector.class": "Source", "errors.tolerance": "all"})
	var got []string
	for _, rec := range r.consume("numbers", 6) {
		got = append(got, string(rec.Value))
	}
	if fmt.Sprint(got) != "[1 2 4 5 7 8]" {
		t.Errorf("got %v", got)
	}
	eventually(t, "offset 10", func() bool { return r.sourceOffset("src") == 10 })
}

func TestStuckPollIsAbandoned(t *testing.T) {
	r := newRig(t)
	r.props["task.shutdown.graceful.timeout.ms"] = "100"
	release := make(chan struct{})
	t.Cleanup(func() { close(release) })
	polling := make(chan struct{}, 1)
	r.source = func() connect.SourceTask {
		return &counterTask{poll: func(context.Context, *connect.SourceBatch) error {
			wake(polling)
			<-release
			return nil
		}}
	}
	r.start()
	id := TaskID{Connector: "src", Task: 0}
	r.startTask(id, sourceProps)
	<-polling
	begin := time.Now()
	err := r.worker.StopTasks(t.Context(), id)
	if err == nil || time.Since(begin) > 2*time.Second {
		t.Fatalf("stop after %s: %v", time.Since(begin), err)
	}
	t.Log(err)
	if got := r.statuses.states(id); got != "RUNNING" {
		t.Errorf("states %s", got)
	}
}
