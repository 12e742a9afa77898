package worker

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/data"
)

// listTask collects what is put.
type listTask struct {
	put   func(ctx context.Context, b *connect.SinkBatch) error // before collecting; an error collects nothing
	start func(tc connect.SinkTaskContext) error
	stop  func() error

	mu     sync.Mutex
	got    map[connect.TopicPartition][]int64 // offsets
	values []string
	puts   int
	events []string
	tc     connect.SinkTaskContext
}

func newListTask() *listTask {
	return &listTask{got: map[connect.TopicPartition][]int64{}}
}

func (l *listTask) Start(_ context.Context, tc connect.SinkTaskContext, _ map[string]string) error {
	l.tc = tc
	if l.start != nil {
		return l.start(tc)
	}
	return nil
}

func (l *listTask) Put(ctx context.Context, b *connect.SinkBatch) error {
	if l.put != nil {
		if err := l.put(ctx, b); err != nil {
			return err
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.puts++
	b.All(func(r *connect.Record) bool {
		tp, offset, _ := r.SinkOrigin()
		l.got[tp] = append(l.got[tp], offset)
		v, _ := r.Value().Text()
		l.values = append(l.values, v)
		return true
	})
	return nil
}

func (l *listTask) Stop(context.Context) error {
	l.event("stop")
	if l.stop != nil {
		return l.stop()
	}
	return nil
}

func (l *listTask) event(format string, args ...any) {
	l.mu.Lock()
	l.events = append(l.events, fmt.Sprintf(format, args...))
	l.mu.Unlock()
}

func (l *listTask) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.values)
}

func (l *listTask) all() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]string(nil), l.values...)
}

// openListTask is a listTask that hears of partitions.
type openListTask struct{ *listTask }

func (l openListTask) Open(_ context.Context, tps []connect.TopicPartition) error {
	l.event("open %v", tps)
	return nil
}

func (l openListTask) Close(_ context.Context, tps []connect.TopicPartition) error {
	l.event("close %v", tps)
	return nil
}

// preListTask is a listTask that says what to commit.
type preListTask struct {
	*listTask
	pre func(map[connect.TopicPartition]int64) (map[connect.TopicPartition]int64, error)
}

func (l preListTask) PreCommit(_ context.Context, delivered map[connect.TopicPartition]int64) (map[connect.TopicPartition]int64, error) {
	return l.pre(delivered)
}

var sinkProps = map[string]string{"name": "snk", "connector.class": "Sink", "topics": "in"}

func with(props map[string]string, more ...string) map[string]string {
	out := map[string]string{}
	for k, v := range props {
		out[k] = v
	}
	for i := 0; i < len(more); i += 2 {
		out[more[i]] = more[i+1]
	}
	return out
}

func numbersFrom(a, b int) []string {
	var out []string
	for i := a; i < b; i++ {
		out = append(out, strconv.Itoa(i))
	}
	return out
}

func TestSinkDeliversAndCommits(t *testing.T) {
	r := newRig(t)
	task := newListTask()
	r.sink = func() connect.SinkTask { return openListTask{task} }
	r.start()
	r.topic("in", 2)
	r.produce("in", 0, numbersFrom(0, 50)...)
	id := TaskID{Connector: "snk", Task: 0}
	r.startTask(id, sinkProps)
	eventually(t, "50 records", func() bool { return task.count() == 50 })
	eventually(t, "commit", func() bool { return r.committed("connect-snk")["in-0"] == 50 })
	if at, ok := r.committed("connect-snk")["in-1"]; !ok || at != 0 {
		t.Errorf("the empty partition is committed at %d %v", at, ok)
	}
	r.produce("in", 1, "x")
	eventually(t, "51 records", func() bool { return task.count() == 51 })
	if err := r.worker.StopTasks(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if got := r.committed("connect-snk"); got["in-0"] != 50 || got["in-1"] != 1 {
		t.Errorf("committed %v", got)
	}
	if got := r.statuses.states(id); got != "RUNNING UNASSIGNED" {
		t.Errorf("states %s", got)
	}
	if got := fmt.Sprint(task.events); got != "[open [{in 0} {in 1}] close [{in 0} {in 1}] stop]" {
		t.Errorf("events %s", got)
	}
}

func TestSinkPutsAgainAfterRetriableError(t *testing.T) {
	r := newRig(t)
	task := newListTask()
	var seen [][]string
	task.put = func(_ context.Context, b *connect.SinkBatch) error {
		if b.Len() == 0 {
			return nil
		}
		var values []string
		b.All(func(r *connect.Record) bool { v, _ := r.Value().Text(); values = append(values, v); return true })
		seen = append(seen, values)
		if len(seen) <= 3 {
			task.tc.Timeout(10 * time.Millisecond)
			return connect.NewRetriable(errors.New("later"))
		}
		return nil
	}
	r.sink = func() connect.SinkTask { return task }
	r.start()
	r.topic("in", 1)
	r.produce("in", 0, "a", "b")
	id := TaskID{Connector: "snk", Task: 0}
	r.startTask(id, sinkProps)
	eventually(t, "2 records", func() bool { return task.count() == 2 })
	eventually(t, "commit", func() bool { return r.committed("connect-snk")["in-0"] == 2 })
	if err := r.worker.StopTasks(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(seen[:4]); got != "[[a b] [a b] [a b] [a b]]" && len(seen[0]) == 2 {
		t.Errorf("put %s", got)
	}
}

func TestSinkFailures(t *testing.T) {
	for _, tc := range []struct {
		name  string
		set   func(*listTask)
		value string
		first string
	}{
		{"start", func(l *listTask) { l.start = func(connect.SinkTaskContext) error { return errors.New("no start") } }, "a",
			"org.apache.kafka.connect.errors.ConnectException: no start"},
		{"put", func(l *listTask) {
			l.put = func(context.Context, *connect.SinkBatch) error { return errors.New("no put") }
		}, "a",
			"org.apache.kafka.connect.errors.ConnectException: Exiting WorkerSinkTask due to unrecoverable exception."},
		{"panic", func(l *listTask) {
			l.put = func(_ context.Context, b *connect.SinkBatch) error { _ = b.Slices()[:b.Len()+1000000]; return nil }
		}, "a",
			"org.apache.kafka.connect.errors.ConnectException: Exiting WorkerSinkTask due to unrecoverable exception."},
		{"converter", func(*listTask) {}, "bad", "org.apache.kafka.connect.errors.ConnectException: Tolerance exceeded in error handler"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := newRig(t)
			task := newListTask()
			tc.set(task)
			r.sink = func() connect.SinkTask { return task }
			r.start()
			r.topic("in", 1)
			r.produce("in", 0, tc.value)
			id := TaskID{Connector: "snk", Task: 0}
			r.startTask(id, sinkProps)
			st := r.statuses.awaitTask(t, id, Failed)
			if first := firstLine(st.Trace); first != tc.first {
				t.Errorf("trace begins with %q, not %q", first, tc.first)
			}
			if err := r.worker.StopTasks(t.Context(), id); err != nil {
				t.Error(err)
			}
			if at := r.committed("connect-snk")["in-0"]; at > 0 {
				t.Errorf("committed %d", at)
			}
		})
	}
}

func TestSinkDeadLetters(t *testing.T) {
	r := newRig(t)
	task := newListTask()
	task.put = func(_ context.Context, b *connect.SinkBatch) error {
		var err error
		b.All(func(rec *connect.Record) bool {
			if v, _ := rec.Value().Text(); v == "worse" {
				err = task.tc.Errors().Report(rec, errors.New("not this one"))
			}
			return err == nil
		})
		return err
	}
	r.sink = func() connect.SinkTask { return task }
	r.start()
	r.topic("in", 1)
	r.topic("dlq", 1)
	r.produce("in", 0, "a", "bad", "worse", "b")
	id := TaskID{Connector: "snk", Task: 0}
	r.startTask(id, with(sinkProps, "errors.tolerance", "all", "errors.deadletterqueue.topic.name", "dlq",
		"errors.deadletterqueue.context.headers.enable", "true", "errors.deadletterqueue.topic.replication.factor", "1"))
	dead := r.consume("dlq", 2)
	want := []map[string]string{
		{"__connect.errors.topic": "in", "__connect.errors.partition": "0", "__connect.errors.offset": "1", "__connect.errors.connector.name": "snk",
			"__connect.errors.task.id": "0", "__connect.errors.stage": "VALUE_CONVERTER", "__connect.errors.class.name": "Bytes",
			"__connect.errors.exception.class.name": "org.apache.kafka.connect.errors.DataException", "__connect.errors.exception.message": "a bad value"},
		{"__connect.errors.offset": "2", "__connect.errors.stage": "TASK_PUT", "__connect.errors.class.name": "org.apache.kafka.connect.sink.SinkTask",
			"__connect.errors.exception.message": "not this one"},
	}
	for i, d := range dead {
		have := map[string]string{}
		for _, h := range d.Headers {
			have[h.Key] = string(h.Value)
		}
		for k, v := range want[i] {
			if have[k] != v {
				t.Errorf("dead letter %d: %s is %q, not %q", i, k, have[k], v)
			}
		}
	}
	if string(dead[0].Value) != "bad" || string(dead[1].Value) != "worse" {
		t.Errorf("dead letters %s %s", dead[0].Value, dead[1].Value)
	}
	eventually(t, "commit", func() bool { return r.committed("connect-snk")["in-0"] == 4 })
	if st := r.statuses.states(id); st != "RUNNING" {
		t.Error(st)
	}
}

func TestPreCommitDecides(t *testing.T) {
	r := newRig(t)
	task := newListTask()
	r.sink = func() connect.SinkTask {
		return preListTask{task, func(d map[connect.TopicPartition]int64) (map[connect.TopicPartition]int64, error) {
			tp := connect.TopicPartition{Topic: "in"}
			at, ok := d[tp]
			if !ok {
				return nil, nil
			}
			if at >= 3 {
				at = 3
			}
			return map[connect.TopicPartition]int64{tp: at, {Topic: "other"}: 7}, nil
		}}
	}
	r.start()
	r.topic("in", 1)
	r.produce("in", 0, numbersFrom(0, 5)...)
	id := TaskID{Connector: "snk", Task: 0}
	r.startTask(id, sinkProps)
	eventually(t, "commit", func() bool { return r.committed("connect-snk")["in-0"] == 3 })
	if err := r.worker.StopTasks(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if at := r.committed("connect-snk")["in-0"]; at != 3 {
		t.Errorf("committed %d", at)
	}
}

func TestPreCommitFailureRewinds(t *testing.T) {
	r := newRig(t)
	task := newListTask()
	fail := true
	r.sink = func() connect.SinkTask {
		return preListTask{task, func(d map[connect.TopicPartition]int64) (map[connect.TopicPartition]int64, error) {
			if fail && d[connect.TopicPartition{Topic: "in"}] == 5 {
				fail = false
				return nil, errors.New("buffer lost")
			}
			return d, nil
		}}
	}
	r.props["offset.flush.interval.ms"] = "300"
	r.start()
	r.topic("in", 1)
	r.produce("in", 0, numbersFrom(0, 5)...)
	id := TaskID{Connector: "snk", Task: 0}
	r.startTask(id, sinkProps)
	eventually(t, "records again", func() bool { return task.count() >= 10 })
	eventually(t, "commit", func() bool { return r.committed("connect-snk")["in-0"] == 5 })
	if got := fmt.Sprint(task.all()); got != "[0 1 2 3 4 0 1 2 3 4]" {
		t.Errorf("values %s", got)
	}
}

func TestSinkPauseResume(t *testing.T) {
	r := newRig(t)
	task := newListTask()
	r.sink = func() connect.SinkTask { return task }
	r.start()
	r.topic("in", 1)
	r.produce("in", 0, "a")
	id := TaskID{Connector: "snk", Task: 0}
	r.startTask(id, sinkProps)
	eventually(t, "1 record", func() bool { return task.count() == 1 })
	if err := r.worker.SetTargetState(t.Context(), "snk", TargetPaused); err != nil {
		t.Fatal(err)
	}
	r.statuses.awaitTask(t, id, Paused)
	eventually(t, "commit of the pause", func() bool { return r.committed("connect-snk")["in-0"] == 1 })
	r.produce("in", 0, "b")
	<-time.After(300 * time.Millisecond)
	if n := task.count(); n != 1 {
		t.Errorf("%d records while paused", n)
	}
	if err := r.worker.SetTargetState(t.Context(), "snk", TargetStarted); err != nil {
		t.Fatal(err)
	}
	eventually(t, "2 records", func() bool { return task.count() == 2 })
	if got := r.statuses.states(id); got != "RUNNING PAUSED RUNNING" {
		t.Errorf("states %s", got)
	}
}

func TestSinkRewind(t *testing.T) {
	r := newRig(t)
	task := newListTask()
	first := true
	task.put = func(_ context.Context, b *connect.SinkBatch) error {
		if b.Len() > 0 && first {
			first = false
			task.tc.Rewind(connect.TopicPartition{Topic: "in"}, 1)
		}
		return nil
	}
	task.start = func(tc connect.SinkTaskContext) error {
		tc.Rewind(connect.TopicPartition{Topic: "in"}, 2)
		return nil
	}
	r.sink = func() connect.SinkTask { return task }
	r.start()
	r.topic("in", 1)
	r.produce("in", 0, numbersFrom(0, 5)...)
	r.startTask(TaskID{Connector: "snk", Task: 0}, sinkProps)
	eventually(t, "records", func() bool { return task.count() >= 7 })
	if got := fmt.Sprint(task.all()); got != "[2 3 4 1 2 3 4]" {
		t.Errorf("values %s", got)
	}
	r.wantRedelivered(3) // the one at 1 came for the first time
}

func TestTopicsRegex(t *testing.T) {
	r := newRig(t)
	task := newListTask()
	r.sink = func() connect.SinkTask { return task }
	r.props["consumer.metadata.max.age.ms"] = "200"
	r.start()
	r.topic("not-me", 1)
	r.produce("not-me", 0, "no")
	r.startTask(TaskID{Connector: "snk", Task: 0}, map[string]string{"name": "snk", "connector.class": "Sink", "topics.regex": "(?!not).*-me"})
	r.topic("but-me", 1)
	r.produce("but-me", 0, "yes")
	eventually(t, "1 record", func() bool { return task.count() == 1 })
	if got := fmt.Sprint(task.all()); got != "[yes]" {
		t.Errorf("values %s", got)
	}
}

func TestNullAndEmptyStayApart(t *testing.T) {
	r := newRig(t)
	task := newListTask()
	var seen []string
	task.put = func(_ context.Context, b *connect.SinkBatch) error {
		b.All(func(rec *connect.Record) bool {
			headers := ""
			for _, h := range rec.Headers.All() {
				headers += fmt.Sprintf(" %s=%v", h.Key, h.Value.IsNull())
			}
			seen = append(seen, fmt.Sprintf("%v %v%s", rec.Key().IsNull(), rec.Value().IsNull(), headers))
			return true
		})
		return nil
	}
	r.sink = func() connect.SinkTask { return task }
	source := &counterTask{}
	source.poll = func(ctx context.Context, b *connect.SourceBatch) error {
		if source.next++; source.next > 1 {
			<-ctx.Done()
			return nil
		}
		b.Add("in")
		rec := b.Add("in")
		rec.SetKey(nil, data.String(""))
		rec.SetValue(nil, data.BytesOf([]byte{}))
		rec.Headers.Add("h", nil, data.Null)
		rec.Headers.Add("h", nil, data.String(""))
		return nil
	}
	r.source = func() connect.SourceTask { return source }
	r.start()
	r.topic("in", 1)
	r.startTask(TaskID{Connector: "src", Task: 0}, sourceProps)
	r.startTask(TaskID{Connector: "snk", Task: 0}, sinkProps)
	eventually(t, "2 records", func() bool { return task.count() == 2 })
	if got := fmt.Sprint(seen); got != "[true true false false h=true h=false]" {
		t.Error(got)
	}
}

// TestPanicInConverter wants a panic between a poll and its put to fail the task alone, and at once.
func TestPanicInConverter(t *testing.T) {
	r := newRig(t)
	task := newListTask()
	r.sink = func() connect.SinkTask { return task }
	r.transforms["Panic"] = func() connect.Transformation { return panicking{} }
	r.start()
	r.topic("in", 1)
	r.produce("in", 0, "a")
	id := TaskID{Connector: "snk", Task: 0}
	r.startTask(id, with(sinkProps, "transforms", "p", "transforms.p.type", "Panic"))
	st := r.statuses.awaitTask(t, id, Failed)
	if firstLine(st.Trace) != "java.lang.RuntimeException: panic in the task: no such luck" || !strings.Contains(st.Trace, "panicking.Apply") {
		t.Error(st.Trace)
	}
	begin := time.Now()
	if err := r.worker.StopTasks(t.Context(), id); err != nil || time.Since(begin) > time.Second {
		t.Errorf("after %s: %v", time.Since(begin), err)
	}
}

type panicking struct{}

func (panicking) Configure(map[string]string) error { return nil }
func (panicking) Close() error                      { return nil }
func (panicking) Apply(context.Context, *connect.Record) (bool, error) {
	panic("no such luck")
}
