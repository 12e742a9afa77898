package worker

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/internal/budget"
	"github.com/moldau/moldau/internal/kafka"
)

func TestFetchesFollowWhatTheTaskHandles(t *testing.T) {
	memory := budget.NewMemory(64 << 20)
	share := memory.Join("c", 1, nil)
	defer share.Leave()
	f := newFetchSize(share, budget.NewTransit(16<<20), kafka.FetchLimits{Max: 50 << 20, MaxPartition: 1 << 20, Min: 1}, new(stash))
	now := f.since
	client, err := kgo.NewClient(f.options()...)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	read := func(ratio int) {
		f.OnFetchBatchRead(kgo.BrokerMetadata{}, "topic", 0, kgo.FetchBatchMetrics{CompressedBytes: 10_000, UncompressedBytes: ratio * 10_000})
	}
	expect := func(what string, least, most int64) {
		t.Helper()
		if f.size < least || f.size > most {
			t.Errorf("%s: %d bytes a fetch, want %d to %d", what, f.size, least, most)
		}
		maxBytes, partition := client.OptValue(kgo.FetchMaxBytes), client.OptValue(kgo.FetchMaxPartitionBytes)
		if maxBytes != int32(f.size) || partition != int32(min(f.size, 1<<20)) {
			t.Errorf("%s: the client fetches %v bytes, %v of a partition", what, maxBytes, partition)
		}
	}
	handle := func(d time.Duration, records, size int) {
		now = now.Add(d)
		f.took(records, records*size)
		f.adjust(now)
	}
	expect("at first", usualFetch/usualRatio, usualFetch/usualRatio)
	f.begin(client)
	read(1)
	expect("what is not compressed", usualFetch, usualFetch)
	read(16)
	expect("what is compressed well", usualFetch/16, usualFetch/16)
	read(1)
	f.adjust(now)
	if memory.Used() != 0 {
		t.Errorf("a task without records reserves %d bytes", memory.Used())
	}
	for range 10 {
		handle(time.Second, 1000, 100)
	}
	expect("100 kB a second", 90_000, 110_000)
	for range 100 {
		handle(time.Millisecond, 500, 1000)
	}
	expect("500 MB a second", mostFetch/2, mostFetch)
	if used := memory.Used(); used > buffers*mostFetch || used < mostFetch {
		t.Errorf("the only task that wants much may hold %d bytes, of which a fetch takes %d", used, mostFetch)
	}
	f.spread(10) // of a client that knows no broker
	if f.brokers != 1 {
		t.Errorf("%d brokers", f.brokers)
	}
	if f.took(1, 1); f.rest() {
		t.Error("a task that just got a record is said to rest")
	}
	if !f.rest() || memory.Used() != 0 {
		t.Errorf("a task at rest holds %d bytes", memory.Used())
	}
	expect("at rest", usualFetch, usualFetch)
}

// slowSink does not return from its first put of records until it is told to.
type slowSink struct {
	started func()
	resume  <-chan struct{}
	once    sync.Once
}

func (s *slowSink) Start(context.Context, connect.SinkTaskContext, map[string]string) error {
	return nil
}

func (s *slowSink) Put(ctx context.Context, batch *connect.SinkBatch) error {
	if batch.Len() == 0 {
		return nil
	}
	s.once.Do(s.started)
	select {
	case <-s.resume:
	case <-ctx.Done():
	}
	return nil
}

func (s *slowSink) Stop(context.Context) error { return nil }

// TestSlowSinksStayWithinTheBudget has 100 sinks stuck with a backlog before them: what they hold stays within moldau.memory.max.bytes, while
// another sink gets everything.
func TestSlowSinksStayWithinTheBudget(t *testing.T) {
	const sinks, limit, records, size = 100, 16 << 20, 4000, 1000
	r := newRig(t)
	r.props["moldau.memory.max.bytes"] = fmt.Sprint(limit)
	r.props["task.shutdown.graceful.timeout.ms"] = "60000" // on a busy machine 101 members leave their groups slowly
	r.topic("backlog", 1)
	producer := r.client(kgo.ProducerBatchMaxBytes(16<<10), kgo.ProducerBatchCompression(kgo.NoCompression()), kgo.DefaultProduceTopic("backlog"))
	value := []byte(strings.Repeat("x", size))
	var backlog []*kgo.Record
	for range records {
		backlog = append(backlog, &kgo.Record{Value: value})
	}
	if err := producer.ProduceSync(t.Context(), backlog...).FirstErr(); err != nil {
		t.Fatal(err)
	}
	resume := make(chan struct{})
	defer close(resume)
	var stuck sync.WaitGroup
	fast := make(chan int, records)
	var makeSink func() connect.SinkTask
	r.sink = func() connect.SinkTask { return makeSink() }
	r.start()
	stuck.Add(sinks)
	makeSink = func() connect.SinkTask { return &slowSink{started: stuck.Done, resume: resume} }
	props := map[string]string{"connector.class": "Sink", "topics": "backlog"}
	for i := range sinks {
		r.startTask(TaskID{Connector: fmt.Sprint("slow", i)}, props)
	}
	stuck.Wait()
	makeSink = func() connect.SinkTask { return &countingSink{got: fast} }
	r.startTask(TaskID{Connector: "fast"}, props)
	deadline := time.After(2 * time.Minute)
	for got := 0; got < records; {
		select {
		case n := <-fast:
			got += n
		case <-deadline:
			t.Fatalf("the fast sink got %d of %d records", got, records)
		}
		if used := r.worker.memory.Used(); used > limit/recordsPart {
			t.Fatalf("%d bytes are granted of %d", used, limit/recordsPart)
		}
	}
	held := int64(0)
	r.worker.mu.Lock()
	for _, task := range r.worker.tasks {
		s := task.body.(*sinkTask)
		s.clientMu.Lock()
		held += s.client.BufferedFetchBytes() + s.client.BufferedFetchRecords()*overhead
		s.clientMu.Unlock()
	}
	r.worker.mu.Unlock()
	if held == 0 || held > limit/recordsPart {
		t.Errorf("clients hold %d bytes, the limit is %d", held, limit/recordsPart)
	}
}

// countingSink tells how many records it got.
type countingSink struct{ got chan<- int }

func (s *countingSink) Start(context.Context, connect.SinkTaskContext, map[string]string) error {
	return nil
}

func (s *countingSink) Put(_ context.Context, batch *connect.SinkBatch) error {
	s.got <- batch.Len()
	return nil
}

func (s *countingSink) Stop(context.Context) error { return nil }
