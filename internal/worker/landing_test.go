package worker

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/internal/budget"
	"github.com/moldau/moldau/internal/kafka"
)

// letIn is a fetchSize with room for a while, and what lets in a response of a megabyte or more.
func letIn(t *testing.T) (f *fetchSize, transit *budget.Transit, admit func(size int) (leave func())) {
	share := budget.NewMemory(64<<20).Join("c", 1, nil)
	t.Cleanup(share.Leave)
	transit = budget.NewTransit(1 << 30)
	f = newFetchSize(share, transit, kafka.FetchLimits{Max: 50 << 20, MaxPartition: 1 << 20, Min: 1}, new(stash))
	return f, transit, func(size int) func() {
		f.ask(true)
		defer f.ask(false)
		leave, err := f.admit(t.Context(), size)
		if err != nil || leave == nil {
			t.Fatalf("%v", err)
		}
		return leave
	}
}

func (f *fetchSize) waitsFor(ctx context.Context) bool {
	_, cancel := f.wait(ctx)
	if cancel != nil {
		cancel()
	}
	return cancel != nil
}

// TestWhatPollsWaitFor wants a poll to wait once, and only for a response that the client still reads; and one that comes later to be cut then.
func TestWhatPollsWaitFor(t *testing.T) {
	t.Parallel()
	one, other := kgo.BrokerMetadata{NodeID: 1}, kgo.BrokerMetadata{NodeID: 2}
	t.Run("it was read", func(t *testing.T) {
		f, transit, admit := letIn(t)
		admit(1 << 20)
		f.OnBrokerRead(one, 3, 1<<20+4, 0, 0, nil)
		f.OnBrokerRead(one, fetchKey, 1000, 0, 0, nil)
		f.OnBrokerRead(one, fetchKey, 1<<20+4, 0, 0, errors.New("cut"))
		if l := f.landed(); len(l) != 0 {
			t.Error("something else was read, and it is taken for the response")
		}
		f.OnBrokerRead(one, fetchKey, 1<<20+4, 0, 0, nil)
		f.OnFetchBatchRead(one, "t", 0, kgo.FetchBatchMetrics{})
		if f.waitsFor(t.Context()) {
			t.Error("it is waited for")
		}
		l := f.landed()
		if len(l) != 1 || len(f.let) != 0 || transit.Used() == 0 {
			t.Fatalf("%d landed, %d are left", len(l), len(f.let))
		}
		if l[0].leave(); transit.Used() != 0 {
			t.Error("its room is kept")
		}
	})
	t.Run("it had no records", func(t *testing.T) {
		f, _, admit := letIn(t)
		admit(1 << 20)() // the client went on to the next
		if f.waitsFor(t.Context()) {
			t.Error("it is waited for")
		}
		if f.landed(); len(f.landed()) != 0 {
			t.Error("it is remembered")
		}
	})
	t.Run("it is still read", func(t *testing.T) {
		f, transit, admit := letIn(t)
		admit(1 << 20)
		if !f.waitsFor(t.Context()) || f.waitsFor(t.Context()) {
			t.Error("it is not waited for once")
		}
		if l := f.landed(); len(l) != 0 || len(f.let) != 1 || transit.Used() == 0 {
			t.Errorf("%d landed, %d are left, %d bytes are passing", len(l), len(f.let), transit.Used())
		}
		f.polled()
		f.OnBrokerRead(one, fetchKey, 1<<20, 0, 0, nil) // while its sink may be stuck
		if transit.Used() != 0 {
			t.Error("it keeps others out")
		}
		if f.ask(true); len(f.landed()) != 1 || len(f.let) != 0 {
			t.Error("the next poll does not cut it")
		}
	})
	t.Run("it is decoded", func(t *testing.T) {
		f, _, admit := letIn(t)
		admit(1 << 20)
		f.OnBrokerRead(one, fetchKey, 1<<20+4, 0, 0, nil)
		f.OnFetchBatchRead(other, "t", 0, kgo.FetchBatchMetrics{})
		if f.waitsFor(t.Context()) || len(f.landed()) != 1 || len(f.let) != 1 {
			t.Error("the next poll will not cut it")
		}
	})
	t.Run("the wait ends when it will not come", func(t *testing.T) {
		f, _, admit := letIn(t)
		first, second := admit(1<<20), admit(2<<20)
		ctx, cancel := f.wait(t.Context())
		defer cancel()
		if first(); ctx.Err() != nil {
			t.Error("the other one may still come")
		}
		if second(); ctx.Err() == nil {
			t.Error("it is still waited")
		}
	})
}

// TestNothingIsWaitedForInVain has a sink with a small budget cut each batch into many parts: what is fetched again has few records that it did not
// have, and that is no reason to wait for more.
func TestNothingIsWaitedForInVain(t *testing.T) {
	const records, size = 600, 2000
	r := newRig(t)
	r.props["moldau.memory.max.bytes"] = fmt.Sprint(1 << 20)
	r.topic("large", 2)
	producer := r.client(kgo.ProducerBatchMaxBytes(600<<10), kgo.ProducerLinger(time.Minute), kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.ProducerBatchCompression(kgo.NoCompression()), kgo.DefaultProduceTopic("large"))
	value := []byte(strings.Repeat("x", size))
	for i := range records {
		producer.Produce(t.Context(), &kgo.Record{Partition: int32(i % 2), Value: value}, nil)
	}
	if err := producer.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	list := newListTask()
	r.sink = func() connect.SinkTask { return list }
	r.start()
	id := TaskID{Connector: "to"}
	r.startTask(id, map[string]string{"connector.class": "Sink", "topics": "large", "consumer.override.auto.offset.reset": "earliest"})
	eventually(t, "all records", func() bool {
		list.mu.Lock()
		defer list.mu.Unlock()
		return len(list.values) >= records
	})
	r.worker.mu.Lock()
	f := r.worker.tasks[id].body.(*sinkTask).fetches
	r.worker.mu.Unlock()
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.largest == 0 || f.waits > 2 {
		t.Errorf("%d polls waited, the largest response was of %d bytes", f.waits, f.largest)
	}
}

// TestErrorsAreKeptWithoutRecords wants the records of a partition that also has an error once.
func TestErrorsAreKeptWithoutRecords(t *testing.T) {
	t.Parallel()
	part := kgo.FetchPartition{Err: errors.New("lost"), Records: []*kgo.Record{{Topic: "t", Value: []byte("x")}}}
	kept, _, _ := keep(kgo.Fetches{{Topics: []kgo.FetchTopic{{Topic: "t", Partitions: []kgo.FetchPartition{part}}}}}, 1<<20)
	if kept.NumRecords() != 1 || len(kept.Errors()) != 1 {
		t.Errorf("%d records, %v", kept.NumRecords(), kept.Errors())
	}
}

// TestRecordsOfPartitionsThatAreGoneAreNotKept has a poll with records of partitions that its own errors took away, or that are read elsewhere.
func TestRecordsOfPartitionsThatAreGoneAreNotKept(t *testing.T) {
	t.Parallel()
	tp := func(p int32) connect.TopicPartition { return connect.TopicPartition{Topic: "t", Partition: p} }
	s := &sinkTask{parts: map[connect.TopicPartition]*sinkPartition{tp(0): {}, tp(1): {}}, rewinds: map[connect.TopicPartition]int64{tp(1): 7}}
	for p := range int32(3) {
		if got := s.wants(tp(p)); got != (p == 0) {
			t.Errorf("partition %d: %v", p, got)
		}
	}
}
