package worker

import (
	"context"
	"strconv"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/moldau/moldau/internal/kafka"
)

// batchLimits says how large batches may be. The client has one limit for a batch and for a record, Java has two: batch.size, and
// max.request.size for a record that is larger, which goes alone. So batches are bounded by what the topic takes, and a larger record goes
// through a second client, between two flushes for the sake of order (I2).
type batchLimits struct {
	batch, record int32
	// alone says that there is no second client, as with transactions: batches are as large as records may be where the topic takes that.
	alone bool

	mu      sync.RWMutex
	byTopic map[string]int32 // topics that take less than batch

	// Of the task's goroutine only:
	last      string // the topic met last
	lastLimit int
	met       map[string]bool
}

func newBatchLimits(properties map[string]string) (*batchLimits, error) {
	batch, record, err := kafka.BatchLimits(properties)
	return &batchLimits{batch: batch, record: record, byTopic: map[string]int32{}, met: map[string]bool{}}, err
}

// of returns the largest batch of a topic. The client asks once for each partition, on its own goroutines.
func (b *batchLimits) of(topic string) int32 {
	b.mu.RLock()
	defer b.mu.RUnlock()
	if limit, ok := b.byTopic[topic]; ok {
		return limit
	}
	return b.batch
}

// describeTime bounds the question for a topic's limit; a broker that does not answer in time would not take records either.
const describeTime = 5 * time.Second

// meet returns the largest batch of a topic, asking the cluster at the first record for it. A task that may not describe topics, or a topic
// that is only created by its first record, gets the usual limit.
func (b *batchLimits) meet(ctx context.Context, client *kgo.Client, topic string) int {
	if topic == b.last && b.lastLimit > 0 {
		return b.lastLimit
	}
	if !b.met[topic] {
		b.met[topic] = true
		limit := b.batch
		if b.alone {
			limit = b.record
		}
		if most, ok := maxMessageBytes(ctx, client, topic); ok && min(most, limit) != b.batch {
			b.mu.Lock()
			b.byTopic[topic] = max(min(most, limit), 512) // the least that the client takes
			b.mu.Unlock()
		}
	}
	b.last, b.lastLimit = topic, int(b.of(topic))
	return b.lastLimit
}

func maxMessageBytes(ctx context.Context, client *kgo.Client, topic string) (int32, bool) {
	ctx, cancel := context.WithTimeout(ctx, describeTime)
	defer cancel()
	described, err := kadm.NewClient(client).DescribeTopicConfigs(ctx, topic)
	if err != nil || len(described) == 0 || described[0].Err != nil {
		return 0, false
	}
	for _, c := range described[0].Configs {
		if c.Key == "max.message.bytes" && c.Value != nil {
			n, err := strconv.ParseInt(*c.Value, 10, 32)
			return int32(n), err == nil && n > 0
		}
	}
	return 0, false
}

// batchOverhead is more than a batch and a record in it take beside key, value and headers.
const batchOverhead = 100

// fits reports whether a record fits into a batch of limit bytes.
func fits(r *kgo.Record, limit int) bool {
	size := batchOverhead + len(r.Key) + len(r.Value)
	if size > limit {
		return false
	}
	for i := range r.Headers {
		size += len(r.Headers[i].Key) + len(r.Headers[i].Value) + 10
	}
	return size <= limit
}

// sendAlone sends a record that is larger than the batches of its topic: after everything before it, and before everything after it. It
// blocks until the record is acknowledged or the clients are closed.
func (s *sourceTask) sendAlone(r *kgo.Record, ack func(*kgo.Record, error)) {
	_ = s.client.Flush(context.Background()) // fails only with its context, which never ends: closing the client fails its records
	client, err := s.largeClient()
	if err != nil {
		ack(r, &noClientError{err})
		return
	}
	client.Produce(context.Background(), r, ack)
	_ = client.Flush(context.Background())
}

// noClientError says that there was no client for a record: no fault of the record, so errors.tolerance must not skip it (I1).
type noClientError struct{ error }

func (e *noClientError) Unwrap() error { return e.error }

// largeClient returns the client for large records, made at the first of them. Only the task's goroutine calls it.
func (s *sourceTask) largeClient() (*kgo.Client, error) {
	if s.large != nil {
		return s.large, nil
	}
	settings := s.w.clients().SourceProducer(s.id, s.props)
	client, err := s.w.cfg.Kafka.OpenProducer(s.stopping, settings.Source, settings.Properties, kgo.MaxBufferedBytes(0),
		kgo.ProducerBatchMaxBytes(s.batches.record))
	if err != nil {
		return nil, err
	}
	s.clientMu.Lock()
	defer s.clientMu.Unlock()
	if s.severed {
		client.Close()
		return nil, kgo.ErrClientClosed
	}
	s.large = client
	return client, nil
}
