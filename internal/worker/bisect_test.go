package worker

import (
	"context"
	"errors"
	"fmt"
	"math/bits"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/moldau/moldau/connect"
)

// refuser is a sink that takes a batch whole or not at all, and does not say which record is at fault.
type refuser struct {
	*listTask
	bad       func(value string) bool
	retriable int // so many puts fail for another reason
	refusals  int
}

func newRefuser(bad func(string) bool) *refuser {
	t := &refuser{listTask: newListTask(), bad: bad}
	t.put = func(_ context.Context, b *connect.SinkBatch) (err error) {
		t.mu.Lock()
		defer t.mu.Unlock()
		b.All(func(r *connect.Record) bool {
			if v, _ := r.Value().Text(); t.bad(v) {
				err = errors.New("batch refused")
			}
			return err == nil
		})
		if err != nil {
			t.refusals++
			if t.retriable > 0 && t.refusals%3 == 0 {
				t.retriable--
				t.tc.Timeout(time.Millisecond)
				return connect.NewRetriable(errors.New("later"))
			}
		}
		return err
	}
	return t
}

var bisectProps = with(dlqProps, "errors.bisect.enable", "true", "errors.deadletterqueue.context.headers.enable", "true")

// TestBadRecordsOfABatchAreFound wants those that the sink refuses in the dead letter queue, and the others put in order, each once.
func TestBadRecordsOfABatchAreFound(t *testing.T) {
	const n = 100
	for name, c := range map[string]struct {
		bad       []int
		retriable int
	}{
		"one":                   {[]int{37}, 0},
		"the first":             {[]int{0}, 0},
		"the last":              {[]int{n - 1}, 0},
		"several":               {[]int{0, 1, 50, 51, 98}, 0},
		"with retriable errors": {[]int{13, 77}, 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			task := newRefuser(func(v string) bool { return strings.HasPrefix(v, "worse") })
			task.retriable = c.retriable
			r.sink = func() connect.SinkTask { return task }
			r.start()
			r.topic("in", 1)
			var values, want, refused []string
			for i := range n {
				if slices.Contains(c.bad, i) {
					values = append(values, fmt.Sprint("worse", i))
					refused = append(refused, values[i])
				} else {
					values = append(values, fmt.Sprint(i))
					want = append(want, values[i])
				}
			}
			r.produceAtOnce("in", values...)
			id := TaskID{Connector: "snk", Task: 0}
			r.startTask(id, bisectProps)
			eventually(t, "commit", func() bool { return r.committed("connect-snk")["in-0"] == n })
			if got := task.all(); !slices.Equal(got, want) {
				t.Errorf("the target holds %q", got)
			}
			var letters []string
			for _, letter := range r.consume("dlq", len(c.bad)) {
				letters = append(letters, string(letter.Value))
				if have := headersOf(letter); have["stage"] != "TASK_PUT" || have["exception.message"] != "batch refused" {
					t.Errorf("dead letter %v", have)
				}
			}
			if !slices.Equal(letters, refused) {
				t.Errorf("dead letters %q, want %q", letters, refused)
			}
			// Each bad record costs at most one refusal on each level.
			if most := len(c.bad)*(bits.Len(n)+1) + 3*c.retriable; task.refusals > most {
				t.Errorf("%d puts were refused, at most %d are needed", task.refusals, most)
			}
			if st := r.statuses.states(id); st != "RUNNING" {
				t.Error(st)
			}
		})
	}
}

// TestBatchesThatAreNotTakenApart wants the task to fail, and nothing to be committed or sent to the dead letter queue, where no record is at fault.
func TestBatchesThatAreNotTakenApart(t *testing.T) {
	for name, c := range map[string]struct {
		props []string
		bad   func(string) bool
		want  string
		puts  int // at most
	}{
		"the target refuses everything": {nil, func(string) bool { return true }, "batch refused", 30},
		"too many":                      {[]string{"errors.bisect.max.records", "3"}, func(v string) bool { return len(v) == 1 }, "more than errors.bisect.max.records=3 records of the batch were refused: batch refused", 40},
		"not asked for":                 {[]string{"errors.bisect.enable", "false"}, func(v string) bool { return v == "7" }, "batch refused", 1},
		"not tolerated":                 {[]string{"errors.tolerance", "none"}, func(v string) bool { return v == "7" }, "batch refused", 1},
		"a panic":                       {nil, func(v string) bool { return v == "7" && panics() }, "panic in Put", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			task := newRefuser(c.bad)
			r.sink = func() connect.SinkTask { return task }
			r.start()
			r.topic("in", 1)
			r.topic("dlq", 1)
			r.produceAtOnce("in", numbersFrom(0, 50)...)
			id := TaskID{Connector: "snk", Task: 0}
			r.startTask(id, with(with(bisectProps, "errors.bisect.max.records", "10"), c.props...))
			st := r.statuses.awaitTask(t, id, Failed)
			if !strings.Contains(st.Trace, "Exiting WorkerSinkTask due to unrecoverable exception.") || !strings.Contains(st.Trace, c.want) {
				t.Error(st.Trace)
			}
			if err := r.worker.StopTasks(t.Context(), id); err != nil {
				t.Error(err)
			}
			if task.refusals > c.puts {
				t.Errorf("%d puts were refused", task.refusals)
			}
			if at := r.committed("connect-snk")["in-0"]; at > 0 {
				t.Errorf("offset %d is committed", at)
			}
			if letters := r.consumeAll("dlq"); len(letters) > 0 {
				t.Errorf("%d dead letters", len(letters))
			}
		})
	}
}

func panics() bool { panic("broken") }

// TestHalvesKeepTheOrderOfPartitions halves batches of several partitions down to single records.
func TestHalvesKeepTheOrderOfPartitions(t *testing.T) {
	t.Parallel()
	b := connect.NewSinkBatch()
	var want []string
	for p := range 3 {
		tp := connect.TopicPartition{Topic: "t", Partition: int32(p)}
		records := make([]connect.Record, 5+p)
		for i := range records {
			records[i].InitSink(b.Arena(), &tp, int64(i), 0, connect.CreateTime)
			want = append(want, fmt.Sprint(p, "/", i))
		}
		b.Append(connect.SinkSlice{TopicPartition: tp, Records: records})
	}
	var got []string
	var walk func(b *connect.SinkBatch)
	walk = func(b *connect.SinkBatch) {
		if b.Len() == 1 {
			b.All(func(r *connect.Record) bool {
				tp, offset, _ := r.SinkOrigin()
				got = append(got, fmt.Sprint(tp.Partition, "/", offset))
				return true
			})
			return
		}
		first, second := halve(b)
		if first.Len() == 0 || second.Len() == 0 || first.Len()+second.Len() != b.Len() {
			t.Fatalf("%d records become %d and %d", b.Len(), first.Len(), second.Len())
		}
		walk(first)
		walk(second)
	}
	walk(b)
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// TestBisectionAfterPartitionsWereTaken wants records of partitions that went to another task not to count among those that were refused.
func TestBisectionAfterPartitionsWereTaken(t *testing.T) {
	t.Parallel()
	for owned, refused := range map[int]bool{0: false, 1: false, 2: true} {
		whole := connect.NewSinkBatch()
		s := &sinkTask{parts: map[connect.TopicPartition]*sinkPartition{}}
		for p := range 2 {
			tp := connect.TopicPartition{Topic: "t", Partition: int32(p)}
			records := make([]connect.Record, 1)
			records[0].InitSink(whole.Arena(), &tp, 0, 0, connect.CreateTime)
			whole.Append(connect.SinkSlice{TopicPartition: tp, Records: records})
			if p < owned {
				s.parts[tp] = &sinkPartition{tp: &tp}
			}
		}
		s.halves = &bisection{whole: whole, cause: errors.New("batch refused")}
		if more, err := s.nextPart(); more || (err != nil) != refused {
			t.Errorf("of two records that were refused, %d are still the task's: %v, %v", owned, more, err)
		}
	}
}

// TestBisectionOfATargetThatKeepsOffsets wants the dead letter of a bad record to be durable before an offset past it is.
func TestBisectionOfATargetThatKeepsOffsets(t *testing.T) {
	r := newRig(t)
	v := newVault()
	r.sink = func() connect.SinkTask {
		return &vaultTask{v: v, put: func(b *connect.SinkBatch) (err error) {
			b.All(func(rec *connect.Record) bool {
				if value, _ := rec.Value().Text(); value == "5" {
					err = errors.New("batch refused")
				}
				return err == nil
			})
			return err
		}}
	}
	r.start()
	r.topic("in", 1)
	r.topicTaking("dlq", "50") // too little for the headers
	r.produceAtOnce("in", numbersFrom(0, 10)...)
	id := TaskID{Connector: "snk", Task: 0}
	r.startTask(id, bisectProps)
	if st := r.statuses.awaitTask(t, id, Failed); !strings.Contains(st.Trace, "offset 5 could not be written to topic 'dlq'") {
		t.Error(st.Trace)
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.next[inZero] != 5 {
		t.Errorf("the target holds records up to offset %d", v.next[inZero])
	}
}

// produceAtOnce writes values as one batch, so that one poll returns them.
func (r *rig) produceAtOnce(topic string, values ...string) {
	r.t.Helper()
	c := r.client(kgo.ProducerLinger(time.Second), kgo.DefaultProduceTopic(topic))
	records := make([]*kgo.Record, len(values))
	for i, v := range values {
		records[i] = kgo.StringRecord(v)
	}
	if err := c.ProduceSync(r.t.Context(), records...).FirstErr(); err != nil {
		r.t.Fatal(err)
	}
}
