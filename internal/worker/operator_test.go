package worker

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/internal/javafmt"
	"github.com/moldau/moldau/internal/plugin"
	"github.com/moldau/moldau/internal/store"
)

// reports collects what a reporter hears.
type reports []string

func (r *reports) report(p *processing) <-chan error {
	*r = append(*r, fmt.Sprintf("%s %s %v", p.stage, p.class, p.err))
	return nil
}

func newOperator(ctx context.Context, s connectorSettings) (*operator, *reports) {
	r := &reports{}
	return &operator{settings: s, reporters: []reporter{r}, stopping: ctx}, r
}

// attempts runs an operation that always fails with err, and returns how often it ran, how long that took, and what came of it.
func attempts(o *operator, stage Stage, err error) (n int, d time.Duration, result error) {
	begin := time.Now()
	p := &processing{}
	for {
		n++
		again, failure := o.failed(p, stage, "C", err)
		if !again {
			return n, time.Since(begin), failure
		}
	}
}

func TestOperator(t *testing.T) {
	retriable, plain := connect.NewRetriable(errors.New("later")), errors.New("never")
	const none, exceeded, unhandled = "", "Tolerance exceeded in error handler", "Unhandled exception in error handler"
	for _, tc := range []struct {
		name     string
		settings connectorSettings
		stage    Stage
		err      error
		n        int
		atLeast  time.Duration
		want     string
	}{
		{"not tolerated", connectorSettings{}, StageTransformation, plain, 1, 0, exceeded},
		{"tolerated", connectorSettings{toleranceAll: true}, StageTransformation, plain, 1, 0, none},
		{"another stage", connectorSettings{toleranceAll: true}, StageTaskPut, plain, 1, 0, unhandled},
		{"another stage, retriable", connectorSettings{toleranceAll: true}, StageKafkaConsume, retriable, 1, 0, none},
		{"no retries by default", connectorSettings{}, StageKeyConverter, retriable, 1, 0, exceeded},
		{"retries", connectorSettings{retryTimeout: 2 * time.Second, retryMaxDelay: time.Minute}, StageKeyConverter, retriable, 4, 2 * time.Second, exceeded},
		{"last wait is cut", connectorSettings{retryTimeout: time.Second, retryMaxDelay: time.Minute, toleranceAll: true}, StageKeyConverter, retriable, 4, time.Second, none},
		{"no retry of others", connectorSettings{retryTimeout: time.Minute, retryMaxDelay: time.Minute}, StageKeyConverter, plain, 1, 0, exceeded},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o, heard := newOperator(t.Context(), tc.settings)
				n, d, err := attempts(o, tc.stage, tc.err)
				got := ""
				if err != nil {
					got = err.Error()
				}
				if n != tc.n || d != tc.atLeast || got != tc.want {
					t.Errorf("%d attempts in %s: %q; not %d in %s: %q", n, d, got, tc.n, tc.atLeast, tc.want)
				}
				if want := fmt.Sprintf("[%s C %v]", tc.stage, tc.err); fmt.Sprint(*heard) != want {
					t.Errorf("reports %v, not %s", *heard, want)
				}
			})
		})
	}
}

func TestRetryDelays(t *testing.T) {
	t.Parallel()
	o := &operator{settings: connectorSettings{retryMaxDelay: 5 * time.Second}}
	for attempt, want := range map[int]time.Duration{1: 300 * time.Millisecond, 2: 600 * time.Millisecond, 3: 1200 * time.Millisecond, 5: 4800 * time.Millisecond} {
		if got := o.delay(attempt); got != want {
			t.Errorf("attempt %d waits %s, not %s", attempt, got, want)
		}
	}
	for _, attempt := range []int{6, 31, 54, 64, 1000} {
		if got := o.delay(attempt); got < 0 || got >= 5*time.Second {
			t.Errorf("attempt %d waits %s", attempt, got)
		}
	}
}

// TestStopEndsRetries wants a stop to end the wait at once, and the record to count as not processed: errors are tolerated, stops are not.
func TestStopEndsRetries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		o, heard := newOperator(ctx, connectorSettings{toleranceAll: true, retryTimeout: -1, retryMaxDelay: time.Hour})
		time.AfterFunc(time.Second, cancel)
		_, d, err := attempts(o, StageTransformation, connect.NewRetriable(errors.New("later")))
		if !errors.Is(err, errStopping) || d != time.Second || len(*heard) > 0 {
			t.Errorf("after %s: %v %v", d, err, *heard)
		}
	})
}

func TestLogText(t *testing.T) {
	t.Parallel()
	consumed := &kgo.Record{Topic: "t", Partition: 2, Offset: 7, Timestamp: time.UnixMilli(1500)}
	b := connect.NewSourceBatch(connect.BatchLimits{Records: 1, Bytes: 1})
	r := b.Add("t")
	r.SetValue(data.StringSchema, data.String("v"))
	b.Mark(connect.NewSourcePartition(map[string]any{"file": "x"}), connect.OffsetFields{"position": int64(3)})
	for _, tc := range []struct {
		messages bool
		p        processing
		want     string
	}{
		{false, processing{stage: StageTransformation, class: "C", consumed: consumed}, "Error encountered in task c-0. Executing stage 'TRANSFORMATION' with class 'C'."},
		{true, processing{stage: StageTaskPut, class: "C", consumed: consumed},
			"Error encountered in task c-0. Executing stage 'TASK_PUT' with class 'C', where consumed record is {topic='t', partition=2, offset=7, timestamp=1500, timestampType=CreateTime}."},
		{true, processing{stage: StageKeyConverter, class: "C", source: r},
			"Error encountered in task c-0. Executing stage 'KEY_CONVERTER' with class 'C', where source record is = SourceRecord{sourcePartition={file=x}, sourceOffset={position=3}} " +
				"ConnectRecord{topic='t', kafkaPartition=null, key=null, keySchema=null, value=v, valueSchema=Schema{STRING}, timestamp=null, headers=ConnectHeaders(headers=)}."},
	} {
		l := &logReporter{id: TaskID{Connector: "c", Task: 0}, messages: tc.messages}
		if got := l.text(&tc.p); got != tc.want {
			t.Errorf("%s\nnot\n%s", got, tc.want)
		}
	}
}

// mark is a transformation that adds its option to the value.
type mark struct{ text string }

func (m *mark) Configure(props map[string]string) error {
	if props["text"] == "" {
		return javafmt.NewException(javafmt.ConfigException, "No text configured", nil)
	}
	m.text = props["text"]
	return nil
}
func (m *mark) Close() error { return nil }
func (m *mark) Apply(_ context.Context, r *connect.Record) (bool, error) {
	v, _ := r.Value().Text()
	if v == "drop" {
		return false, nil
	}
	r.SetValue(nil, data.String(v+m.text))
	return true, nil
}

// isX is a predicate that holds for values that begin with x.
type isX struct{ closed *int }

func (isX) Configure(map[string]string) error { return nil }
func (p isX) Close() error                    { *p.closed++; return nil }
func (isX) Test(r *connect.Record) (bool, error) {
	v, _ := r.Value().Text()
	if v == "broken" {
		return false, errors.New("broken")
	}
	return v != "" && v[0] == 'x', nil
}

func TestChain(t *testing.T) {
	t.Parallel()
	closed := 0
	registry, err := plugin.New("1", connect.Plugin{Kind: connect.KindTransformation, Class: "Mark", NewTransformation: func() connect.Transformation { return &mark{} }},
		connect.Plugin{Kind: connect.KindPredicate, Class: "IsX", NewPredicate: func() connect.Predicate { return isX{&closed} }})
	if err != nil {
		t.Fatal(err)
	}
	props := map[string]string{
		"transforms":        "a, b ,c",
		"transforms.a.type": "Mark", "transforms.a.text": "-a", "transforms.a.predicate": "p",
		"transforms.b.type": "Mark", "transforms.b.text": "-b", "transforms.b.predicate": "p", "transforms.b.negate": "true",
		"transforms.c.type": "Mark", "transforms.c.text": "-c",
		"predicates": "p", "predicates.p.type": "IsX",
	}
	c, err := newChain(registry, props)
	if err != nil {
		t.Fatal(err)
	}
	o, heard := newOperator(t.Context(), connectorSettings{toleranceAll: true})
	for in, want := range map[string]string{"x": "x-a-c", "y": "y-b-c", "drop": "", "broken": ""} {
		batch := connect.NewSourceBatch(connect.BatchLimits{Records: 1, Bytes: 1})
		r := batch.Add("t")
		r.SetValue(nil, data.String(in))
		keep, err := c.apply(t.Context(), o, &processing{}, r)
		got, _ := r.Value().Text()
		if err != nil || keep != (want != "") || keep && got != want {
			t.Errorf("%s becomes %s %v %v, not %s", in, got, keep, err, want)
		}
	}
	if got := fmt.Sprint(*heard); got != "[TRANSFORMATION Mark broken]" {
		t.Errorf("reports %s", got)
	}
	if err := c.close(); err != nil || closed != 1 {
		t.Errorf("%v, the predicate was closed %d times", err, closed)
	}
	props["transforms.c.text"] = ""
	_, err = newChain(registry, props)
	if err == nil || javafmt.ClassOf(err) != javafmt.ConnectException || err.Error() != "org.apache.kafka.common.config.ConfigException: No text configured" {
		t.Error(err)
	}
	if closed != 2 {
		t.Errorf("the predicate of the chain that could not be made was closed %d times", closed-1)
	}
}

func TestFlightKeepsLastMarks(t *testing.T) {
	t.Parallel()
	f := &flight{}
	var marks []connect.Mark
	var parts []*connect.SourcePartition
	for i := range 50 {
		parts = append(parts, connect.NewSourcePartition(map[string]any{"n": int64(i)}))
	}
	for i := range int64(5) {
		for _, p := range parts {
			marks = append(marks, connect.Mark{Partition: p, Offset: position64(i)})
		}
	}
	f.take(marks)
	if len(f.marks) != len(parts) {
		t.Fatalf("%d marks", len(f.marks))
	}
	for i, m := range f.marks {
		if m.partition != parts[i] || m.offset != position64(4) {
			t.Errorf("mark %d is %v", i, m)
		}
	}
}

func TestTrackerUnitesPartitions(t *testing.T) {
	t.Parallel()
	tr := newTracker(1 << 20)
	for i := range int64(10_000) {
		f := &flight{}
		for stream := range int64(3) {
			f.marks = append(f.marks, reached{connect.NewSourcePartition(map[string]any{"stream": stream}), position64(i)})
		}
		tr.send(f)
		tr.finish(f)
		if len(tr.dirty) > usualPartitions+3 {
			t.Fatalf("%d partitions wait", len(tr.dirty))
		}
	}
	m := store.NewMemoryOffsets()
	if err := m.Set(t.Context(), "c", writes(tr.snapshot())); err != nil {
		t.Fatal(err)
	}
	got, err := m.Partitions(t.Context(), "c")
	if err != nil || len(got) != 3 {
		t.Fatalf("%v %v", got, err)
	}
	for _, e := range got {
		if e.Offset["position"] != int64(9999) {
			t.Errorf("%v", e)
		}
	}
}

// TestTrackerHoldsBackBehindTheFirst wants no offset of a flight before all flights sent earlier are acknowledged (I1).
func TestTrackerHoldsBackBehindTheFirst(t *testing.T) {
	t.Parallel()
	tr := newTracker(100)
	p := connect.NewSourcePartition(map[string]any{"stream": "s"})
	var flights []*flight
	for i := range int64(4) {
		f := &flight{size: 40, marks: []reached{{p, position64(i + 1)}}}
		tr.send(f)
		flights = append(flights, f)
	}
	if tr.room() {
		t.Error("there is room beyond the budget")
	}
	tr.finish(flights[1])
	tr.finish(flights[2])
	if s := tr.snapshot(); s != nil {
		t.Errorf("offsets %v are ahead of the first flight", s)
	}
	tr.finish(flights[0])
	s := tr.snapshot()
	if len(s) != 1 || s[p].offset != position64(3) {
		t.Errorf("offsets %v", s)
	}
	if !tr.room() {
		t.Error("there is no room")
	}
	tr.restore(s)
	tr.finish(flights[3])
	if s := tr.snapshot(); s[p].offset != position64(4) {
		t.Errorf("a failed commit came back over a newer offset: %v", s)
	}
	f := &flight{marks: []reached{{p, position64(9)}}}
	tr.send(f)
	tr.fail()
	tr.finish(f)
	if s := tr.snapshot(); s != nil {
		t.Errorf("offsets %v after a lost record", s)
	}
}
