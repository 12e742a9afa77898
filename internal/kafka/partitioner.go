package kafka

import "github.com/twmb/franz-go/pkg/kgo"

// AnyPartition in kgo.Record.Partition lets the partitioner choose; any other value is the partition to write to.
const AnyPartition int32 = -1

// Partitioner returns the partitioner of Java's producer: a record goes to the partition it names; otherwise to the one that the
// murmur2 hash of its key selects; without a key (or with ignoreKeys, partitioner.ignore.keys) to one partition until a batch is
// full. Records must have their Partition set to AnyPartition where they do not name one. A named partition that the topic does
// not have fails that record alone, as in Java.
func Partitioner(ignoreKeys bool) kgo.Partitioner {
	if ignoreKeys {
		return explicitFirst{kgo.StickyPartitioner()}
	}
	return explicitFirst{kgo.StickyKeyPartitioner(nil)}
}

// roundRobin is org.apache.kafka.clients.producer.RoundRobinPartitioner.
func roundRobin() kgo.Partitioner { return explicitFirst{kgo.RoundRobinPartitioner()} }

type explicitFirst struct{ otherwise kgo.Partitioner }

// ForTopic is called by the client once per topic.
func (e explicitFirst) ForTopic(topic string) kgo.TopicPartitioner {
	inner := e.otherwise.ForTopic(topic)
	p := explicitFirstTopic{inner}
	if batches, ok := inner.(kgo.TopicPartitionerOnNewBatch); ok {
		return &explicitFirstBatches{p, batches}
	}
	return &p
}

type explicitFirstTopic struct{ inner kgo.TopicPartitioner }

// RequiresConsistency makes the client offer all partitions, also those without a leader, for records that name theirs.
func (p *explicitFirstTopic) RequiresConsistency(r *kgo.Record) bool {
	return r.Partition >= 0 || p.inner.RequiresConsistency(r)
}

// Partition chooses among n partitions.
func (p *explicitFirstTopic) Partition(r *kgo.Record, n int) int {
	if r.Partition >= 0 {
		return int(r.Partition)
	}
	return p.inner.Partition(r, n)
}

type explicitFirstBatches struct {
	explicitFirstTopic
	batches kgo.TopicPartitionerOnNewBatch
}

// OnNewBatch is called before a record would open a new batch.
func (p *explicitFirstBatches) OnNewBatch() { p.batches.OnNewBatch() }
