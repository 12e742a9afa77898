package verifiable

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/connecttest"
	"github.com/moldau/moldau/connect/data"
)

// fake is a runtime that keeps what a plugin asks of it.
type fake struct {
	store  *connecttest.Offsets
	raised chan error
	wait   time.Duration
}

func newFake() *fake { return &fake{store: connecttest.NewOffsets(), raised: make(chan error, 1)} }

func (f *fake) Name() string                            { return "c" }
func (f *fake) Connector() string                       { return "c" }
func (f *fake) Task() int                               { return 0 }
func (f *fake) Logger() *slog.Logger                    { return slog.New(slog.DiscardHandler) }
func (f *fake) RaiseError(err error)                    { f.raised <- err }
func (f *fake) RequestTaskReconfiguration()             {}
func (f *fake) Transaction() connect.TransactionContext { return nil }
func (f *fake) Assignment() []connect.TopicPartition    { return nil }
func (f *fake) Rewind(connect.TopicPartition, int64)    {}
func (f *fake) Timeout(d time.Duration)                 { f.wait = d }
func (f *fake) Pause(...connect.TopicPartition)         {}
func (f *fake) Resume(...connect.TopicPartition)        {}
func (f *fake) RequestCommit()                          {}
func (f *fake) Errors() connect.ErrantRecordReporter    { return nil }

func (f *fake) Offsets(ctx context.Context, p ...*connect.SourcePartition) ([]connect.OffsetFields, error) {
	return f.store.Offsets(ctx, p...)
}

// connectorFake is a fake for connectors, whose Offsets is another method.
type connectorFake struct{ *fake }

func (f connectorFake) Offsets() connect.OffsetReader { return f.store }

// limited polls a batch of at most n records and commits its last mark.
func limited(t *testing.T, f *fake, task connect.SourceTask, n int) *connect.SourceBatch {
	t.Helper()
	b := connect.NewSourceBatch(connect.BatchLimits{Records: n, Bytes: 1 << 20})
	if err := task.Poll(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	for _, m := range b.Marks() {
		f.store.Commit(m.Partition, m.Offset)
	}
	return b
}

func TestEveryTaskHasItsNumber(t *testing.T) {
	t.Parallel()
	for _, p := range Plugins() {
		c := p.NewConnector()
		if err := c.Start(t.Context(), connectorFake{newFake()}, map[string]string{"topic": "t"}); err != nil {
			t.Fatal(err)
		}
		configs, err := c.TaskConfigs(t.Context(), 2)
		mock := strings.Contains(p.Class, "Mock")
		if err != nil || mock && len(configs) != 1 || !mock && (len(configs) != 2 || configs[1]["id"] != "1" || configs[0]["topic"] != "t") {
			t.Errorf("%s: got %v %v", p.Class, configs, err)
		}
		if err := c.Stop(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

func TestSourceGoesOnWhereItEnded(t *testing.T) {
	t.Parallel()
	for _, complete := range []string{"false", "True"} {
		f := newFake()
		props := map[string]string{"name": "c", "id": "1", "topic": "t", "throughput": "-1", "complete.record.data": complete}
		for _, want := range []string{"0 1 2", "3 4 5"} {
			var out bytes.Buffer
			task := &sourceTask{out: &out}
			if err := task.Start(t.Context(), f, props); err != nil {
				t.Fatal(err)
			}
			b := limited(t, f, task, 3)
			var got []string
			for i := range b.Records() {
				r := &b.Records()[i]
				value := r.Value()
				if complete == "True" {
					if r.ValueSchema() != completeRecord || value.Struct().Field("name").String() != "c" || value.Struct().Field("task").String() != "1" {
						t.Errorf("got %s", value)
					}
					value = value.Struct().Field("seqno")
				}
				if r.Key().String() != "1" || r.Topic != "t" || len(b.Marks()) != 3 {
					t.Errorf("got %v with %d marks", r, len(b.Marks()))
				}
				got = append(got, value.String())
			}
			if strings.Join(got, " ") != want {
				t.Errorf("got %q, want %q", got, want)
			}
			line := strings.SplitN(out.String(), "\n", 2)[0]
			if !strings.HasPrefix(line, `{"task":1,"seqno":`+want[:1]+`,"time_ms":`) || !strings.HasSuffix(line, `,"name":"c","topic":"t"}`) || strings.Count(out.String(), "\n") != 3 {
				t.Errorf("printed %q", out.String())
			}
			out.Reset()
			if err := task.CommitRecord(t.Context(), &b.Records()[0], nil); err != nil {
				t.Error(err)
			}
			if got := out.String(); complete == "False" && !strings.HasPrefix(got, `{"committed":true,"task":1,"seqno":`+want[:1]) ||
				complete == "True" && !strings.HasPrefix(got, "Bad data can't be written as json: No serializer found for class org.apache.kafka.connect.data.Struct") {
				t.Errorf("printed %q", got)
			}
		}
	}
}

func TestRates(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		rate string
		want int
	}{{"5", 51}, {"0", 1}, {"1000", 10001}} {
		synctest.Test(t, func(t *testing.T) {
			task := &sourceTask{out: io.Discard}
			if err := task.Start(t.Context(), newFake(), map[string]string{"id": "0", "topic": "t", "throughput": c.rate}); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second+time.Microsecond)
			defer cancel()
			b := connect.NewSourceBatch(connect.BatchLimits{Records: 100000, Bytes: 1 << 30})
			for ctx.Err() == nil {
				if err := task.Poll(ctx, b); err != nil {
					t.Fatal(err)
				}
			}
			if got := len(b.Records()); got != c.want {
				t.Errorf("%s a second: %d in 10 s, want %d", c.rate, got, c.want)
			}
		})
	}
}

func TestSchemaSourceEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		task := &schemaTask{out: io.Discard}
		props := map[string]string{"id": "0", "topic": "t", "throughput": "-1", "num.messages": "3", "multiple.schema": "true", "partition.count": "2"}
		if err := task.Start(t.Context(), f, props); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, r := range limited(t, f, task, 10).Records() {
			got = append(got, r.Value().String())
		}
		const first, second = "Struct{boolean=true,int=12,long=12,float=12.2,double=12.2,partitioning=0,id=0,seqno=", "Struct{boolean=true,int=12,long=12,float=12.2,double=12.2,partitioning=1,string=def,id=0,seqno=1}"
		if strings.Join(got, " ") != first+"0} "+second+" "+first+"2}" {
			t.Errorf("got %q", got)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		b := connect.NewSourceBatch(connect.BatchLimits{Records: 10, Bytes: 1 << 20})
		if err := task.Poll(ctx, b); err != nil || len(b.Records()) != 0 || ctx.Err() == nil {
			t.Errorf("after the last record: %d more, %v", len(b.Records()), err)
		}
	})
}

func TestSinkPrintsTwice(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	task := &sinkTask{out: &out}
	if err := task.Start(t.Context(), newFake(), map[string]string{"name": "k", "id": "1"}); err != nil {
		t.Fatal(err)
	}
	tp := connect.TopicPartition{Topic: "t", Partition: 2}
	b := connect.NewSinkBatch()
	records := make([]connect.Record, 2)
	for i := range records {
		records[i].InitSink(b.Arena(), &tp, int64(7+i), 1, connect.CreateTime)
	}
	records[0].SetKey(data.Int32Schema, data.Int32(3))
	records[0].SetValue(nil, data.String("<ä>"))
	records[1].SetValue(completeRecord, data.MustStruct(completeRecord, data.String("n"), data.Int32(1), data.String("t"), data.Int64(1), data.Int64(1)).Value())
	b.Append(connect.SinkSlice{TopicPartition: tp, Records: records})
	if err := task.Put(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(out.String(), "\n")
	if !strings.HasPrefix(lines[0], `{"task":3,"seqno":"<ä>","offset":7,"time_ms":`) || !strings.HasSuffix(lines[0], `,"name":"k","topic":"t","sinkTask":1}`+"\n") ||
		!strings.HasSuffix(lines[1], `(through reference chain: java.util.HashMap["seqno"])`+"\n") {
		t.Errorf("printed %q", lines)
	}
	out.Reset()
	for range 2 { // the second has nothing left
		if err := task.Flush(t.Context(), map[connect.TopicPartition]int64{tp: 9, {Topic: "other"}: 1}); err != nil {
			t.Fatal(err)
		}
	}
	var flushed map[string]any
	if err := json.Unmarshal([]byte(strings.SplitN(out.String(), "\n", 2)[0]), &flushed); err != nil || flushed["flushed"] != true || flushed["offset"] != 7.0 ||
		strings.Count(out.String(), "\n") != 2 {
		t.Errorf("printed %q %v", out.String(), err)
	}
}

func TestMocksFailWhenToldTo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		fails := map[string]string{"mock_mode": connectorFails, "delay_ms": "100"}
		for _, stopped := range []bool{true, false} {
			c := new(mockConnector)
			if err := c.Start(t.Context(), connectorFake{f}, fails); err != nil {
				t.Fatal(err)
			}
			if stopped {
				if err := c.Stop(t.Context()); err != nil {
					t.Error(err)
				}
			}
			time.Sleep(200 * time.Millisecond)
			synctest.Wait()
			if raised := len(f.raised) == 1; raised == stopped {
				t.Errorf("raised an error: %v, stopped: %v", raised, stopped)
			}
		}
		props := map[string]string{"mock_mode": taskFails}
		source, sink := new(mockSourceTask), new(mockSinkTask)
		begun := time.Now()
		if err := source.Start(t.Context(), f, props); err != nil {
			t.Fatal(err)
		}
		if err := source.Poll(t.Context(), nil); err != (failure{}) || time.Since(begun) != 15*time.Second {
			t.Errorf("got %v after %s", err, time.Since(begun))
		}
		if err := sink.Start(t.Context(), f, props); err != nil {
			t.Fatal(err)
		}
		begun = time.Now()
		for sink.Put(t.Context(), nil) == nil {
			time.Sleep(f.wait)
		}
		if took := time.Since(begun); took < 15*time.Second || took > 16*time.Second {
			t.Errorf("failed after %s", took)
		}
	})
}

func TestNoNumbers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		start func(map[string]string) error
		props map[string]string
		want  string
	}{
		{func(p map[string]string) error { return new(sourceTask).Start(t.Context(), newFake(), p) }, map[string]string{"id": "0", "throughput": "x"},
			"Invalid VerifiableSourceTask configuration"},
		{func(p map[string]string) error { return new(sourceTask).Start(t.Context(), newFake(), p) }, map[string]string{"id": "0"},
			"Invalid VerifiableSourceTask configuration"},
		{func(p map[string]string) error { return new(schemaTask).Start(t.Context(), newFake(), p) }, map[string]string{"id": "0", "throughput": "1"},
			"Invalid SchemaSourceTask configuration"},
		{func(p map[string]string) error { return new(sinkTask).Start(t.Context(), newFake(), p) }, map[string]string{"id": "4294967296"},
			"Invalid VerifiableSourceTask configuration"},
		{func(p map[string]string) error { return new(mockSourceTask).Start(t.Context(), newFake(), p) },
			map[string]string{"mock_mode": taskFails, "delay_ms": "z"}, `For input string: "z"`},
		{func(p map[string]string) error {
			return new(mockConnector).Start(t.Context(), connectorFake{newFake()}, p)
		},
			map[string]string{"mock_mode": connectorFails, "delay_ms": "z"}, `For input string: "z"`},
	} {
		if err := c.start(c.props); err == nil || err.Error() != c.want {
			t.Errorf("%v: got %v, want %s", c.props, err, c.want)
		}
	}
}
