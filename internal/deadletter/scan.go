package deadletter

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/moldau/moldau/internal/herder"
	"github.com/moldau/moldau/internal/kafka"
)

// bounds are where the partitions of a dead letter topic begin and end.
type bounds struct{ starts, ends map[int32]int64 }

func (b bounds) partitions() []int32 { return slices.Sorted(maps.Keys(b.ends)) }

// measure asks where the topic begins and ends: at the last stable offset, or, with open, at the high watermark, so that records of
// transactions under way count.
func (q *connectorQueue) measure(ctx context.Context, admin *kafka.Admin, open bool) (bounds, error) {
	described, err := admin.DescribeTopics(ctx, q.topic)
	if err != nil {
		return bounds{}, q.explain(err, "find", "Describe", "admin.")
	}
	if _, there := described[q.topic]; !there {
		return bounds{}, herder.NotFound("The dead letter topic %s of connector %s does not exist: tasks create it when they start", q.topic, q.connector)
	}
	ends, err := admin.EndOffsets(ctx, q.topic, !open)
	if err != nil {
		return bounds{}, q.explain(err, "find the end of", "Describe", "admin.")
	}
	listed, err := kadm.NewClient(admin.Client()).ListStartOffsets(ctx, q.topic)
	if err == nil {
		err = listed.Error()
	}
	if err != nil {
		return bounds{}, q.explain(err, "find the beginning of", "Describe", "admin.")
	}
	b := bounds{map[int32]int64{}, ends}
	listed.Each(func(o kadm.ListedOffset) { b.starts[o.Partition] = o.Offset })
	return b, nil
}

// stalled is how long a broker may send nothing although there should be something.
const stalled = 20 * time.Second

// errEnough is returned by a visit that needs no more records.
var errEnough = errors.New("enough was read")

// scan calls visit for the records of the partitions in from, which are in order within each partition, up to the ends. A record is valid
// during its visit only. It makes a client of its own: one that is told of partitions later waits for the next look at the cluster.
func (q *connectorQueue) scan(ctx context.Context, from, ends map[int32]int64, visit func(*kgo.Record) error) error {
	behind := map[int32]int64{} // positions of partitions that are not at their ends
	at := map[int32]kgo.Offset{}
	for p, offset := range from {
		if offset < ends[p] {
			behind[p], at[p] = offset, kgo.NewOffset().At(offset)
		}
	}
	if len(behind) == 0 {
		return nil
	}
	settings := q.consumerSettings()
	client, err := q.s.cfg.Worker.Kafka.NewConsumer(ctx, settings.Source, settings.Properties, kgo.KeepControlRecords(),
		kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{q.topic: at}))
	if err != nil {
		return fmt.Errorf("make the consumer of connector %s: %w", q.connector, err)
	}
	defer client.Close()
	for len(behind) > 0 {
		fetches, err := poll(ctx, client)
		if err != nil {
			return q.incomplete(ctx, err, behind, ends)
		}
		var failure error
		fetches.EachRecord(func(record *kgo.Record) {
			position, reading := behind[record.Partition]
			if failure != nil || !reading || record.Offset < position {
				return
			}
			if !record.Attrs.IsControl() && record.Offset < ends[record.Partition] {
				failure = visit(record)
			}
			if behind[record.Partition] = record.Offset + 1; record.Offset+1 >= ends[record.Partition] {
				delete(behind, record.Partition)
			}
		})
		if errors.Is(failure, errEnough) {
			return nil
		}
		if failure != nil {
			return failure
		}
	}
	return nil
}

// poll returns the next records. Errors that go away by themselves are the client's to handle.
func poll(ctx context.Context, client *kgo.Client) (kgo.Fetches, error) {
	ctx, cancel := context.WithTimeout(ctx, stalled)
	defer cancel()
	for {
		fetches := client.PollFetches(ctx)
		var fatal error
		fetches.EachError(func(_ string, _ int32, err error) {
			var broker *kerr.Error
			if errors.As(err, &broker) && !broker.Retriable && fatal == nil {
				fatal = err
			}
		})
		switch {
		case fatal != nil:
			return nil, fatal
		case fetches.NumRecords() > 0:
			return fetches, nil
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case fetches.IsClientClosed():
			return nil, kgo.ErrClientClosed
		}
	}
}

// incomplete says why reading stopped before the end.
func (q *connectorQueue) incomplete(ctx context.Context, err error, behind, ends map[int32]int64) error {
	if !errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, context.Canceled) {
		return q.explain(err, "read", "Read", "consumer.")
	}
	p := slices.Min(slices.Collect(maps.Keys(behind)))
	what := fmt.Sprintf("dead letter topic %s was read up to offset %d of %d in partition %d", q.topic, behind[p], ends[p], p)
	if ctx.Err() != nil {
		return herder.Internal(err, "There was not enough time: %s. Ask for letters of a later place with 'after', or again when brokers are less busy", what)
	}
	return herder.Internal(err, "The brokers sent nothing more for %s: %s. Maybe another producer has a transaction open there", stalled, what)
}
