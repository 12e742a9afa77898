package worker

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/moldau/moldau/connect"
)

// redeliveryTask is a sink whose behaviour a test sets.
type redeliveryTask struct {
	context connect.SinkTaskContext
	puts    []string
	put     func(t *redeliveryTask, r *connect.Record, value string) error
	durable func(delivered map[connect.TopicPartition]int64) (map[connect.TopicPartition]int64, error)
	empty   int
	calls   []string
}

func (t *redeliveryTask) Start(_ context.Context, tc connect.SinkTaskContext, _ map[string]string) error {
	t.context = tc
	t.calls = append(t.calls, "Start")
	return nil
}

func (t *redeliveryTask) Put(_ context.Context, b *connect.SinkBatch) (err error) {
	if b.Len() == 0 {
		t.empty++
	}
	b.All(func(r *connect.Record) bool {
		value := r.Value().String()
		if t.put != nil {
			err = t.put(t, r, value)
		}
		if err == nil {
			t.puts = append(t.puts, value)
		}
		return err == nil
	})
	return err
}

func (t *redeliveryTask) PreCommit(_ context.Context, delivered map[connect.TopicPartition]int64) (map[connect.TopicPartition]int64, error) {
	if t.durable != nil {
		return t.durable(delivered)
	}
	return delivered, nil
}

func (t *redeliveryTask) Open(_ context.Context, tps []connect.TopicPartition) error {
	t.calls = append(t.calls, fmt.Sprint("Open", tps))
	return nil
}

func (t *redeliveryTask) Close(context.Context, []connect.TopicPartition) error {
	t.calls = append(t.calls, "Close")
	return nil
}

func (t *redeliveryTask) Stop(context.Context) error {
	t.calls = append(t.calls, "Stop")
	return nil
}

// keeperTask keeps offsets with its data.
type keeperTask struct {
	*redeliveryTask
	offsets map[connect.TopicPartition]int64
}

func (t keeperTask) DurableOffsets(context.Context, []connect.TopicPartition) (map[connect.TopicPartition]int64, error) {
	return t.offsets, nil
}

func TestRedeliveries(t *testing.T) {
	tp := connect.TopicPartition{Topic: "t", Partition: 1}
	letters := func(values ...string) []*kgo.Record {
		var out []*kgo.Record
		for i, v := range values {
			out = append(out, &kgo.Record{Topic: "t", Partition: 1, Offset: int64(10 * (i + 1)), Value: []byte(v)})
		}
		return out
	}
	var tasks []*redeliveryTask
	run := func(t *testing.T, sink func() connect.SinkTask, records []*kgo.Record) ([]Redelivery, error) {
		t.Helper()
		tasks = nil
		r := newRig(t)
		r.sink = sink
		r.transforms = map[string]func() connect.Transformation{"Drop": func() connect.Transformation { return dropping{} }}
		r.start()
		props := with(sinkProps, "topics", "t", "errors.tolerance", "none", "transforms", "d", "transforms.d.type", "Drop")
		return Redeliver(t.Context(), r.worker.cfg, TaskID{Connector: "snk", Task: 0}, props, map[string]string{}, records)
	}
	each := func(f redeliveryTask) func() connect.SinkTask {
		return func() connect.SinkTask {
			task := f
			tasks = append(tasks, &task)
			return &task
		}
	}
	fates := func(out []Redelivery) string {
		var parts []string
		for _, d := range out {
			part := string(d.Fate)
			if d.Failure != nil && d.Failure.Err != nil {
				part += " " + d.Failure.Err.Error()
			}
			parts = append(parts, part)
		}
		return strings.Join(parts, ", ")
	}
	expect := func(t *testing.T, out []Redelivery, err error, want string) {
		t.Helper()
		if got := fates(out); err != nil || got != want {
			t.Errorf("got %s, %v; want %s", got, err, want)
		}
	}

	t.Run("converters, transformations and put", func(t *testing.T) {
		out, err := run(t, each(redeliveryTask{}), letters("a", "bad", "drop", "d"))
		expect(t, out, err, "kept, skipped a bad value, dropped, kept")
		if out[1].Failure.Stage != StageValueConverter || out[1].Failure.Class != "Bytes" {
			t.Errorf("%+v", out[1].Failure)
		}
		if len(tasks) != 1 || !slices.Equal(tasks[0].calls, []string{"Start", "Open[{t 1}]", "Close", "Stop"}) || !slices.Equal(tasks[0].puts, []string{"a", "d"}) {
			t.Errorf("%+v", tasks)
		}
	})
	t.Run("a failure goes to its record, a new task goes on", func(t *testing.T) {
		out, err := run(t, each(redeliveryTask{put: func(_ *redeliveryTask, _ *connect.Record, value string) error {
			if value == "b" {
				return errors.New("no b")
			}
			return nil
		}}), letters("a", "b", "c"))
		expect(t, out, err, "kept, failed no b, kept")
		if len(tasks) != 2 || !slices.Equal(tasks[1].puts, []string{"c"}) || out[1].Failure.Stage != StageTaskPut {
			t.Errorf("%+v", tasks)
		}
	})
	t.Run("reported records", func(t *testing.T) {
		out, err := run(t, each(redeliveryTask{put: func(task *redeliveryTask, r *connect.Record, value string) error {
			if value == "b" {
				return task.context.Errors().Report(r, errors.New("reported"))
			}
			return nil
		}}), letters("a", "b", "c"))
		expect(t, out, err, "kept, failed reported, kept")
	})
	t.Run("retriable errors", func(t *testing.T) {
		failures := 2
		out, err := run(t, each(redeliveryTask{put: func(*redeliveryTask, *connect.Record, string) error {
			if failures--; failures >= 0 {
				return connect.NewRetriable(errors.New("later"))
			}
			return nil
		}}), letters("a"))
		expect(t, out, err, "kept")
	})
	t.Run("what is not durable is unconfirmed", func(t *testing.T) {
		out, err := run(t, each(redeliveryTask{durable: func(map[connect.TopicPartition]int64) (map[connect.TopicPartition]int64, error) {
			return map[connect.TopicPartition]int64{tp: 20}, errors.New("the disk is full")
		}}), letters("a", "b"))
		expect(t, out, err, "unconfirmed the disk is full, unconfirmed the disk is full")
	})
	t.Run("a sink that buffers is asked until it has written", func(t *testing.T) {
		asked := 0
		out, err := run(t, each(redeliveryTask{durable: func(delivered map[connect.TopicPartition]int64) (map[connect.TopicPartition]int64, error) {
			if asked++; asked < 3 {
				return map[connect.TopicPartition]int64{tp: 20}, nil
			}
			return delivered, nil
		}}), letters("a", "b"))
		expect(t, out, err, "kept, kept")
		if tasks[0].empty != 2 {
			t.Errorf("%d empty puts", tasks[0].empty)
		}
	})
	t.Run("sinks that keep offsets", func(t *testing.T) {
		_, err := run(t, func() connect.SinkTask {
			return keeperTask{&redeliveryTask{}, map[connect.TopicPartition]int64{tp: 100}}
		}, letters("a"))
		if !errors.Is(err, ErrKeepsOffsets) {
			t.Error(err)
		}
		out, err := run(t, func() connect.SinkTask { return keeperTask{&redeliveryTask{}, nil} }, letters("a"))
		expect(t, out, err, "kept")
	})
	t.Run("a panic", func(t *testing.T) {
		out, err := run(t, each(redeliveryTask{put: func(*redeliveryTask, *connect.Record, string) error { panic("oh") }}), letters("a"))
		expect(t, out, err, "failed panic in Put: oh")
	})
	t.Run("a task that is stuck and goes on", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		r := newRig(t)
		over, ended := make(chan struct{}), make(chan error, 2)
		r.sink = func() connect.SinkTask {
			return &redeliveryTask{put: func(task *redeliveryTask, record *connect.Record, _ string) error {
				cancel()
				for !closed(over) { // beside what Redeliver does meanwhile
					task.context.Timeout(time.Second)
					task.context.Rewind(tp, 3)
					_ = task.context.Assignment()
					_ = task.context.Errors().Report(record, errors.New("late"))
				}
				ended <- task.context.Errors().Report(record, errors.New("too late"))
				return nil
			}}
		}
		r.start()
		out, err := Redeliver(ctx, r.worker.cfg, TaskID{Connector: "snk"}, with(sinkProps, "topics", "t"), map[string]string{}, letters("a", "b"))
		close(over)
		if late := <-ended; late == nil {
			t.Error("a report of a task that was abandoned is taken")
		}
		if err != nil || len(out) != 2 || out[0].Fate != Unconfirmed || out[1].Fate == Kept {
			t.Errorf("%+v, %v", out, err)
		}
	})
	t.Run("a source", func(t *testing.T) {
		r := newRig(t)
		r.start()
		if _, err := Redeliver(t.Context(), r.worker.cfg, TaskID{Connector: "src"}, sourceProps, nil, letters("a")); err == nil || !strings.Contains(err.Error(), "is no sink") {
			t.Error(err)
		}
	})
}

// dropping leaves out records with the value "drop".
type dropping struct{}

func (dropping) Configure(map[string]string) error { return nil }
func (dropping) Close() error                      { return nil }
func (dropping) Apply(_ context.Context, r *connect.Record) (bool, error) {
	return r.Value().String() != "drop", nil
}
