package worker

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/internal/store"
)

// checkedOffsets fails the test when an offset is committed that Kafka does not have the records of (I1).
type checkedOffsets struct {
	*store.MemoryOffsets
	t   *testing.T
	end func() int64
}

func (c checkedOffsets) Set(ctx context.Context, connector string, writes []store.OffsetWrite) error {
	for _, w := range writes {
		if at, end := w.Offset.Fields()["position"].(int64), c.end(); at > end {
			c.t.Errorf("offset %d is committed while Kafka has %d records", at, end)
		}
	}
	return c.MemoryOffsets.Set(ctx, connector, writes)
}

// TestSourceSurvivesFaults sends records through refused, cut and lost answers and moved leaders, with restarts of the task, and wants all of
// them in order, none twice but at restarts, and no byte from memory that was used again.
func TestSourceSurvivesFaults(t *testing.T) {
	const total = 200_000
	r := newRig(t, kfake.NumBrokers(3))
	admin := kadm.NewClient(r.client())
	r.offsets = checkedOffsets{store.NewMemoryOffsets(), t, func() int64 {
		ends, err := admin.ListEndOffsets(context.Background(), "numbers")
		if err != nil {
			return 0
		}
		o, _ := ends.Lookup("numbers", 0)
		return o.Offset
	}}
	r.source = func() connect.SourceTask { return &counterTask{topic: "numbers", perPoll: 100, until: total} }
	r.start()
	r.worker.settings.poison = true
	r.topic("numbers", 1)
	var mu sync.Mutex
	random := rand.New(rand.NewPCG(1, 2))
	faults, requests := 0, 0
	often := make(chan struct{}, 1) // every 20th request: by time, a slow machine would see nothing but faults
	r.cluster.ControlKey(int16(kmsg.Produce), func(req kmsg.Request) (kmsg.Response, error, bool) {
		r.cluster.KeepControl()
		mu.Lock()
		defer mu.Unlock()
		if requests++; requests%20 == 0 {
			select {
			case often <- struct{}{}:
			default:
			}
		}
		if random.IntN(10) == 0 {
			faults++
			return nil, errors.New("cut"), true
		}
		return nil, nil, false
	})
	stop := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			select {
			case <-stop:
				return
			case <-often:
				r.cluster.ShufflePartitionLeaders()
				r.cluster.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Err: kerr.RequestTimedOut, Count: 1})
			}
		}
	})
	id := TaskID{Connector: "src", Task: 0}
	props := with(sourceProps, "producer.override.retry.backoff.ms", "5", "producer.override.retry.backoff.max.ms", "20",
		"producer.override.max.request.size", "16384")
	for range 3 {
		r.startTask(id, props)
		r.statuses.awaitTask(t, id, Running)
		before := r.sourceOffset("src")
		eventually(t, "progress", func() bool { at := r.sourceOffset("src"); return at > before+20_000 || at == total })
		if err := r.worker.StopTasks(t.Context(), id); err != nil {
			t.Log(err)
		}
	}
	r.startTask(id, props)
	eventually(t, "all committed", func() bool { return r.sourceOffset("src") == total })
	close(stop)
	wg.Wait()
	mu.Lock()
	t.Logf("%d cut requests", faults)
	mu.Unlock()
	next := 0
	for _, rec := range r.consumeAll("numbers") {
		n, err := strconv.Atoi(string(rec.Value))
		if err != nil {
			t.Fatalf("record %d is %q", rec.Offset, rec.Value)
		}
		if n > next {
			t.Fatalf("record %d is missing before %d", next, n)
		}
		next = max(next, n+1)
	}
	if next != total {
		t.Errorf("%d records of %d", next, total)
	}
}

// consumeAll returns what a topic holds now.
func (r *rig) consumeAll(topic string) []*kgo.Record {
	r.t.Helper()
	ends, err := kadm.NewClient(r.client()).ListEndOffsets(r.t.Context(), topic)
	if err != nil {
		r.t.Fatal(err)
	}
	n := 0
	ends.Each(func(o kadm.ListedOffset) { n += int(o.Offset) })
	return r.consume(topic, n)
}

// TestSinkRebalances lets a second task join and leave while records flow: none may be lost, and none committed before it was put.
func TestSinkRebalances(t *testing.T) {
	const partitions, perPartition = 6, 4000
	r := newRig(t)
	var mu sync.Mutex
	put := map[string]int64{} // end of what was put without gaps, over all tasks
	seen := map[string]map[int64]int{}
	var tasks []*listTask
	r.sink = func() connect.SinkTask {
		task := newListTask()
		task.put = func(_ context.Context, b *connect.SinkBatch) error {
			mu.Lock()
			defer mu.Unlock()
			b.All(func(rec *connect.Record) bool {
				tp, offset, _ := rec.SinkOrigin()
				key := fmt.Sprintf("%s-%d", tp.Topic, tp.Partition)
				if seen[key] == nil {
					seen[key] = map[int64]int{}
				}
				seen[key][offset]++
				for seen[key][put[key]] > 0 {
					put[key]++
				}
				return true
			})
			return nil
		}
		mu.Lock()
		tasks = append(tasks, task)
		mu.Unlock()
		return openListTask{task}
	}
	r.props["offset.flush.interval.ms"] = "20"
	r.start()
	r.topic("in", partitions)
	committed := map[string]int64{}
	r.cluster.ControlKey(int16(kmsg.OffsetCommit), func(req kmsg.Request) (kmsg.Response, error, bool) {
		r.cluster.KeepControl()
		mu.Lock()
		defer mu.Unlock()
		for _, topic := range req.(*kmsg.OffsetCommitRequest).Topics {
			for _, p := range topic.Partitions {
				key := fmt.Sprintf("in-%d", p.Partition) // newer requests name topics by id
				if p.Offset > put[key] {
					t.Errorf("%s is committed at %d, put up to %d", key, p.Offset, put[key])
				}
				if p.Offset < committed[key] {
					t.Logf("%s is committed at %d after %d", key, p.Offset, committed[key])
				}
				committed[key] = p.Offset
			}
		}
		return nil, nil, false
	})
	first, second := TaskID{Connector: "snk", Task: 0}, TaskID{Connector: "snk", Task: 1}
	props := with(sinkProps, "consumer.override.heartbeat.interval.ms", "50", "consumer.override.max.poll.records", "20",
		"consumer.override.session.timeout.ms", "3000")
	r.startTask(first, props)
	done := make(chan struct{})
	go func() {
		defer close(done)
		c := r.client(kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.ProducerLinger(0))
		for i := range perPartition {
			for p := range int32(partitions) {
				c.Produce(context.Background(), &kgo.Record{Topic: "in", Partition: p, Value: []byte("v")}, nil)
			}
			if i%20 == 0 {
				if err := c.Flush(context.Background()); err != nil {
					return
				}
				<-time.After(5 * time.Millisecond)
			}
		}
	}()
	// hasPartitions reports whether the nth task that was made got partitions.
	hasPartitions := func(n int) bool {
		mu.Lock()
		made := slices.Clone(tasks)
		mu.Unlock()
		if len(made) <= n {
			return false
		}
		made[n].mu.Lock()
		defer made[n].mu.Unlock()
		return slices.ContainsFunc(made[n].events, func(event string) bool { return strings.HasPrefix(event, "open") })
	}
	for n := range 3 {
		r.startTask(second, props)
		r.statuses.awaitTask(t, second, Running)
		eventually(t, "the second task has partitions", func() bool { return hasPartitions(n + 1) })
		if err := r.worker.StopTasks(t.Context(), second); err != nil {
			t.Error(err)
		}
		<-time.After(100 * time.Millisecond)
	}
	<-done
	eventually(t, "everything put", func() bool {
		mu.Lock()
		defer mu.Unlock()
		for p := range partitions {
			if put[fmt.Sprintf("in-%d", p)] != perPartition {
				return false
			}
		}
		return true
	})
	eventually(t, "everything committed", func() bool {
		got := r.committed("connect-snk")
		for p := range partitions {
			if got[fmt.Sprintf("in-%d", p)] != perPartition {
				return false
			}
		}
		return true
	})
	again := 0
	for _, offsets := range seen {
		for _, n := range offsets {
			again += n - 1
		}
	}
	t.Logf("%d records were put twice", again)
}
