package worker

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/test/servers"
)

// TestOnKafka runs against a real Apache Kafka, for a fake broker proves nothing about the real one.
func TestOnKafka(t *testing.T) {
	brokers := servers.Kafka(t).Bootstrap()
	run := fmt.Sprintf("w%d", time.Now().UnixNano())
	real := func(t *testing.T) *rig { return rigOn(t, strings.Split(brokers, ",")) }

	t.Run("topic creation, both loops, rebalances", func(t *testing.T) {
		const total = 30_000
		r := real(t)
		topic := run + "-pipe"
		r.source = func() connect.SourceTask { return &counterTask{topic: topic, perPoll: 50, until: total} }
		var mu sync.Mutex
		seen := map[string]int{}
		r.sink = func() connect.SinkTask {
			task := newListTask()
			task.put = func(_ context.Context, b *connect.SinkBatch) error {
				mu.Lock()
				defer mu.Unlock()
				b.All(func(rec *connect.Record) bool { v, _ := rec.Value().Text(); seen[v]++; return true })
				return nil
			}
			return openListTask{task}
		}
		r.start()
		r.startTask(TaskID{Connector: "src", Task: 0}, with(sourceProps, "topic.creation.default.partitions", "4", "topic.creation.default.replication.factor", "1"))
		eventually(t, "the topic", func() bool { return r.partitions(topic) == 4 })
		props := with(sinkProps, "topics", topic, "consumer.override.heartbeat.interval.ms", "300", "consumer.override.group.id", run+"-group")
		for i := range 3 {
			r.startTask(TaskID{Connector: "snk", Task: i}, props)
			<-time.After(700 * time.Millisecond)
		}
		if err := r.worker.StopTasks(t.Context(), TaskID{Connector: "snk", Task: 0}, TaskID{Connector: "snk", Task: 1}); err != nil {
			t.Error(err)
		}
		eventually(t, "everything put", func() bool { mu.Lock(); defer mu.Unlock(); return len(seen) == total })
		eventually(t, "everything committed", func() bool {
			sum := int64(0)
			for _, at := range r.committed(run + "-group") {
				sum += at
			}
			return sum == total
		})
		again := 0
		for _, n := range seen {
			again += n - 1
		}
		if again > 0 {
			t.Errorf("%d records were put twice", again)
		}
		if at := r.sourceOffset("src"); at != total {
			t.Errorf("source offset %d", at)
		}
	})

	t.Run("errors", func(t *testing.T) {
		r := real(t)
		r.source = func() connect.SourceTask { return &counterTask{topic: run + "-bad", perPoll: 1, until: 1} }
		r.sink = func() connect.SinkTask { return newListTask() }
		r.start()
		src, snk := TaskID{Connector: "src", Task: 0}, TaskID{Connector: "snk", Task: 0}
		r.startTask(src, with(sourceProps, "topic.creation.default.partitions", "3", "topic.creation.default.replication.factor", "3"))
		const replicas = "Unable to replicate the partition 3 time(s): The target replication factor of 3 cannot be reached because only 1 broker(s) are registered or some brokers have all their log directories cordoned."
		trace := r.statuses.awaitTask(t, src, Failed).Trace
		if firstLine(trace) != "org.apache.kafka.connect.errors.ConnectException: Unable to create topic(s) '"+run+"-bad': "+replicas ||
			!strings.Contains(trace, "Caused by: org.apache.kafka.common.errors.InvalidReplicationFactorException: "+replicas) {
			t.Error(trace)
		}
		r.startTask(snk, with(sinkProps, "topics", run+"-pipe", "errors.tolerance", "all", "errors.deadletterqueue.topic.name", run+"-dlq"))
		trace = r.statuses.awaitTask(t, snk, Failed).Trace
		if firstLine(trace) != "org.apache.kafka.connect.errors.ConnectException: Could not initialize dead letter queue with topic="+run+"-dlq" ||
			!strings.Contains(trace, "Caused by: java.util.concurrent.ExecutionException: org.apache.kafka.common.errors.InvalidReplicationFactorException: "+replicas) {
			t.Error(trace)
		}
	})

	t.Run("offsets", func(t *testing.T) {
		r := real(t)
		task := newListTask()
		r.sink = func() connect.SinkTask { return task }
		r.start()
		topic := run + "-offsets"
		r.topic(topic, 2)
		r.produce(topic, 0, "a", "b", "c")
		props := with(sinkProps, "topics", topic)
		name := run + "-off"
		id := TaskID{Connector: name, Task: 0}
		r.startTask(id, props)
		alter := func(partition, offset map[string]any) error {
			_, err := r.worker.AlterConnectorOffsets(t.Context(), name, props, []ConnectorOffset{{partition, offset}})
			return err
		}
		show := func() string {
			got, err := r.worker.ConnectorOffsets(t.Context(), name, props)
			if err != nil {
				t.Error(err)
			}
			return strings.ReplaceAll(fmt.Sprint(got), topic, "T")
		}
		want := "[{map[kafka_partition:0 kafka_topic:T] map[kafka_offset:3]} {map[kafka_partition:1 kafka_topic:T] map[kafka_offset:0]}]"
		eventually(t, want, func() bool { return show() == want })
		if err := alter(map[string]any{"kafka_topic": topic, "kafka_partition": 0}, map[string]any{"kafka_offset": 1}); err == nil || !strings.Contains(err.Error(), "zombie") {
			t.Error(err)
		}
		if err := r.worker.StopTasks(t.Context(), id); err != nil {
			t.Error(err)
		}
		for _, step := range []error{
			alter(map[string]any{"kafka_topic": topic, "kafka_partition": 0}, map[string]any{"kafka_offset": 1}),
			alter(map[string]any{"kafka_topic": topic, "kafka_partition": 1}, nil),
		} {
			if step != nil {
				t.Error(step, errors.Unwrap(step))
			}
		}
		if err := alter(map[string]any{"kafka_topic": topic, "kafka_partition": 9}, map[string]any{"kafka_offset": 1}); err == nil ||
			err.Error() != "Failed to alter consumer group offsets for connector "+name {
			t.Error(err)
		}
		if got := show(); got != "[{map[kafka_partition:0 kafka_topic:T] map[kafka_offset:1]}]" {
			t.Error(got)
		}
		for range 2 {
			if _, err := r.worker.ResetConnectorOffsets(t.Context(), name, props); err != nil {
				t.Error(err, errors.Unwrap(err))
			}
		}
		if got := show(); got != "[]" {
			t.Error(got)
		}
		if err := alter(map[string]any{"kafka_topic": topic, "kafka_partition": 1}, nil); err == nil {
			t.Error("a partition of a group that does not exist was forgotten")
		}
	})
}
