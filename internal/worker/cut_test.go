package worker

import (
	"bytes"
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"pgregory.net/rapid"

	"github.com/moldau/moldau/connect"
)

// TestWhatIsKeptOfAFetch cuts fetches as a client returns them and hands out what was kept: each partition goes on where it ends, with pauses,
// and nothing is missing, twice or out of order.
func TestWhatIsKeptOfAFetch(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		const partitions = 3
		logs := make([]int64, partitions) // lengths
		next, want := make([]int64, partitions), make([]int64, partitions)
		for p := range logs {
			logs[p] = rapid.Int64Range(0, 40).Draw(r, "log")
		}
		var s stash
		paused := map[string][]int32{}
		deliver := func() {
			n := rapid.IntRange(1, 10).Draw(r, "max.poll.records")
			held := s.held.Load()
			took := s.take(n, paused)
			if now, want := s.held.Load(), held-memoryOf(took.Records()); now != want || s.empty() && now != 0 {
				r.Fatalf("%d bytes are said to be held, not %d", now, want)
			}
			if took.NumRecords() > n || took.NumRecords() == 0 && s.ready(paused) {
				r.Fatalf("%d records of at most %d", took.NumRecords(), n)
			}
			took.EachRecord(func(record *kgo.Record) {
				p := record.Partition
				if isPausedIn(paused, connect.TopicPartition{Topic: "t", Partition: p}) || record.Offset != want[p] || string(record.Value) != fmt.Sprint("value ", p, " ", record.Offset) {
					r.Fatalf("got %d of partition %d with %q, want %d; paused %v", record.Offset, p, record.Value, want[p], paused)
				}
				want[p]++
			})
		}
		for round := 0; ; round++ {
			paused["t"] = nil
			if round < 50 && rapid.Bool().Draw(r, "pauses") {
				paused["t"] = []int32{rapid.Int32Range(0, partitions-1).Draw(r, "paused")}
			}
			for s.ready(paused) {
				deliver()
			}
			var polled kgo.Fetches

			for range 2 { // of one poll and the next
				var fetch kgo.Fetch
				for p := range logs {
					if isPausedIn(paused, connect.TopicPartition{Topic: "t", Partition: int32(p)}) {
						continue
					}
					part := kgo.FetchPartition{Partition: int32(p), HighWatermark: logs[p]}
					for range rapid.IntRange(0, 10).Draw(r, "records") {
						if next[p] == logs[p] {
							break
						}
						value := fmt.Append(nil, "value ", p, " ", next[p])
						part.Records = append(part.Records, &kgo.Record{Topic: "t", Partition: int32(p), Offset: next[p], Value: value,
							Headers: []kgo.RecordHeader{{Key: "k", Value: bytes.Clone(value)}}})
						next[p]++
					}
					fetch.Topics = append(fetch.Topics, kgo.FetchTopic{Topic: "t", Partitions: []kgo.FetchPartition{part}})
				}
				polled = append(polled, fetch)
			}
			allowed := rapid.Int64Range(0, 20*(overhead+40)).Draw(r, "allowed")
			kept, held, again := keep(polled, allowed)
			if polled.NumRecords() > 0 && kept.NumRecords() == 0 {
				r.Fatal("no record is kept, so there is no progress")
			}
			if held > allowed && kept.NumRecords() > 1 || held < int64(kept.NumRecords())*overhead {
				r.Fatalf("%d bytes of %d records are kept, %d are allowed", held, kept.NumRecords(), allowed)
			}
			polled.EachRecord(func(record *kgo.Record) { // the response goes
				for i := range record.Value {
					record.Value[i] = 0xee
				}
			})
			before := s.held.Load()
			for p, at := range again["t"] {
				next[p] = at.Offset
			}
			s.add(kept, func(connect.TopicPartition) bool { return true })
			if now, want := s.held.Load(), before+held; now != want {
				r.Fatalf("%d bytes are said to be held, not %d", now, want)
			}
			done := s.empty()
			for p := range logs {
				done = done && want[p] == logs[p]
			}
			if done {
				return
			}
			if round > 10000 {
				r.Fatal("it does not end")
			}
		}
	})
}

func TestStashDropsPartitions(t *testing.T) {
	t.Parallel()
	var s stash
	tp := func(p int32) connect.TopicPartition { return connect.TopicPartition{Topic: "t", Partition: p} }
	add := func(wanted func(connect.TopicPartition) bool) {
		for p := range int32(3) {
			s.add(kgo.Fetches{{Topics: []kgo.FetchTopic{{Topic: "t", Partitions: []kgo.FetchPartition{
				{Partition: p, Records: []*kgo.Record{{Topic: "t", Partition: p}}}}}}}}, wanted)
		}
	}
	add(func(p connect.TopicPartition) bool { return p != tp(1) })
	s.drop(tp(0))
	if got := s.held.Load(); got != overhead {
		t.Errorf("one record is left, of %d bytes", got)
	}
	if got := s.take(10, nil); got.NumRecords() != 1 || got.Records()[0].Partition != 2 || !s.empty() {
		t.Errorf("%v is left", got.Records())
	}
}

// TestLargeBatchesAreCut has sinks on topics whose batches are many times larger than what a sink may hold: some are stuck for good, the others
// get every record once and in order, and what all hold stays within the limit.
func TestLargeBatchesAreCut(t *testing.T) {
	const stuck, moving, records, size = 12, 4, 6000, 100
	const limit = 32 << 20 // 8 MiB for records, 256 kB guaranteed to each, of a batch that takes a megabyte
	r := newRig(t)
	r.props["moldau.memory.max.bytes"] = fmt.Sprint(limit)
	r.props["task.shutdown.graceful.timeout.ms"] = "60000"
	r.topic("large", 2)
	producer := r.client(kgo.ProducerBatchMaxBytes(600<<10), kgo.ProducerLinger(time.Minute), kgo.MaxBufferedRecords(2*records), kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.ProducerBatchCompression(kgo.NoCompression()), kgo.DefaultProduceTopic("large"))
	for i := range records {
		producer.Produce(t.Context(), &kgo.Record{Partition: int32(i % 2), Value: fmt.Appendf(nil, "%0*d", size, i)}, nil)
	}
	if err := producer.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	resume := make(chan struct{})
	defer close(resume)
	var waiting sync.WaitGroup
	var makeSink func() connect.SinkTask
	r.sink = func() connect.SinkTask { return makeSink() }
	r.start()
	waiting.Add(stuck)
	makeSink = func() connect.SinkTask { return &slowSink{started: waiting.Done, resume: resume} }
	props := map[string]string{"connector.class": "Sink", "topics": "large"}
	for i := range stuck {
		r.startTask(TaskID{Connector: fmt.Sprint("stuck", i)}, props)
	}
	waiting.Wait()
	done := make(chan error, moving)
	makeSink = func() connect.SinkTask {
		return &orderedSink{next: map[int32]int{0: 0, 1: 1}, left: records, done: done}
	}
	for i := range moving {
		r.startTask(TaskID{Connector: fmt.Sprint("moving", i)}, props)
	}
	deadline := time.After(2 * time.Minute)
	for range moving {
		select {
		case err := <-done:
			if err != nil {
				t.Fatal(err)
			}
		case <-deadline:
			t.Fatal("a sink did not get everything")
		}
	}
	if used := r.worker.memory.Used(); used > limit/recordsPart {
		t.Errorf("%d bytes are granted of %d", used, limit/recordsPart)
	}
	held := int64(0)
	r.worker.mu.Lock()
	for _, task := range r.worker.tasks {
		s := task.body.(*sinkTask)
		s.clientMu.Lock()
		s.fetches.mu.Lock()
		largest := s.fetches.largest
		s.fetches.mu.Unlock()
		if largest == 0 {
			t.Errorf("the batches of %s are not large: nothing was tested", task.id)
		}
		held += s.fetches.held()
		s.clientMu.Unlock()
	}
	r.worker.mu.Unlock()
	if held > limit/recordsPart {
		t.Errorf("sinks hold %d bytes of %d", held, limit/recordsPart)
	}
}

// orderedSink checks that each record comes once and in order; partition p has the numbers p, p+2, and so on.
type orderedSink struct {
	next map[int32]int
	left int
	done chan<- error
}

func (s *orderedSink) Start(context.Context, connect.SinkTaskContext, map[string]string) error {
	return nil
}

func (s *orderedSink) Put(_ context.Context, batch *connect.SinkBatch) error {
	for _, slice := range batch.Slices() {
		for i := range slice.Records {
			p := slice.TopicPartition.Partition
			if got, _ := slice.Records[i].Value().Text(); got != fmt.Sprintf("%0100d", s.next[p]) {
				s.done <- fmt.Errorf("partition %d: %q instead of %d", p, got, s.next[p])
			}
			s.next[p] += 2
			if s.left--; s.left == 0 {
				s.done <- nil
			}
		}
	}
	return nil
}

func (s *orderedSink) Stop(context.Context) error { return nil }

// TestWhatIsKeptWholeIsCopied has the last record of a batch that was fetched again for it: the batch must not stay in memory with the record.
func TestWhatIsKeptWholeIsCopied(t *testing.T) {
	t.Parallel()
	client, err := kgo.NewClient()
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	f, _, _ := letIn(t)
	s := &sinkTask{client: client, fetches: f}
	f.begin(client)
	batch := make([]kgo.Record, 1000)
	last := &batch[len(batch)-1]
	*last = kgo.Record{Topic: "t", Value: []byte("value"), Offset: 999}
	kept := s.cut(kgo.Fetches{{Topics: []kgo.FetchTopic{{Topic: "t", Partitions: []kgo.FetchPartition{{Records: []*kgo.Record{last}}}}}}})
	records := kept.Records()
	if len(records) != 1 || string(records[0].Value) != "value" || records[0].Offset != 999 {
		t.Fatalf("%v is kept", records)
	}
	if records[0] == last || &records[0].Value[0] == &last.Value[0] {
		t.Error("the record is of the batch that was fetched")
	}
}
