package worker

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/moldau/moldau/connect"
)

// keeper asks a sink task that keeps offsets with its data where to begin (connect.OffsetKeeper).
type keeper struct {
	s      *sinkTask
	active bool // the task does keep offsets
}

// begin makes partitions begin where the task's target says; those that it does not know begin as those of any sink.
func (k *keeper) begin(ctx context.Context, tps []connect.TopicPartition) error {
	durable, err := k.ask(ctx, tps)
	for tp, at := range durable {
		k.s.rewind(tp, at)
	}
	return err
}

// ask returns what of the partitions the target says that it holds; those that it does not know are left out.
func (k *keeper) ask(ctx context.Context, tps []connect.TopicPartition) (map[connect.TopicPartition]int64, error) {
	task, ok := k.s.task.(connect.OffsetKeeper)
	if !ok || len(tps) == 0 {
		return nil, nil
	}
	asked := slices.Clone(tps)
	var durable map[connect.TopicPartition]int64
	if err := k.s.call("DurableOffsets", func() (err error) {
		durable, err = task.DurableOffsets(ctx, asked)
		return err
	}); err != nil {
		return nil, err
	}
	k.active = durable != nil
	known := map[connect.TopicPartition]int64{} // the answer stays the task's
	for _, tp := range tps {
		at, there := durable[tp]
		if there && at < 0 {
			return nil, fmt.Errorf("the target says that it holds topic %s, partition %d up to offset %d, which cannot be", tp.Topic, tp.Partition, at)
		}
		if there {
			known[tp] = at
		}
	}
	return known, nil
}

// wentBack says what is wrong where the client delivers records again that lie before what the task got, for none of its own asking: they would
// be written twice.
func (k *keeper) wentBack(p *sinkPartition, offset int64) error {
	if !k.active || p.next < 0 || offset >= p.next {
		return nil
	}
	return fmt.Errorf("topic %s, partition %d: Kafka delivers offset %d after offset %d was reached; %s", p.tp.Topic, p.tp.Partition, offset, p.next, keeperAdvice)
}

const keeperAdvice = "the topic was created again or lost records. What the target holds cannot be told from what comes now: alter or reset the connector's offsets, then restart it"

// check compares the offsets that targets keep with what Kafka holds, before the client consumes from them. Partitions that must not be consumed
// are taken out of offsets. An error says that ctx ended before the brokers answered; the client asks again then. It runs on the client's goroutine.
func (k *seeker) check(ctx context.Context, client *kgo.Client, offsets map[string]map[int32]kgo.Offset, kept map[connect.TopicPartition]int64) error {
	var topics []string
	for tp := range kept {
		if !slices.Contains(topics, tp.Topic) {
			topics = append(topics, tp.Topic)
		}
	}
	admin := kadm.NewClient(client)
	for pause := 100 * time.Millisecond; len(kept) > 0; pause = min(2*pause, 5*time.Second) {
		starts, err := admin.ListStartOffsets(ctx, topics...)
		var ends kadm.ListedOffsets
		if err == nil {
			ends, err = admin.ListEndOffsets(ctx, topics...)
		}
		if err == nil {
			for tp, at := range kept {
				start, there := starts.Lookup(tp.Topic, tp.Partition)
				end, also := ends.Lookup(tp.Topic, tp.Partition)
				if there && also && start.Err == nil && end.Err == nil {
					k.compare(offsets, tp, at, start.Offset, end.Offset)
					delete(kept, tp)
				}
			}
		}
		if len(kept) > 0 && !sleep(ctx, pause) {
			k.mu.Lock()
			maps.Copy(k.at, kept)
			k.mu.Unlock()
			return ctx.Err()
		}
	}
	return nil
}

func (k *seeker) compare(offsets map[string]map[int32]kgo.Offset, tp connect.TopicPartition, at, start, end int64) {
	switch {
	case at > end:
		k.fail(fmt.Errorf("topic %s, partition %d: the target holds records up to offset %d, the partition ends at %d: %s", tp.Topic, tp.Partition, at, end, keeperAdvice))
		delete(offsets[tp.Topic], tp.Partition)
	case at < start && k.strict:
		k.fail(fmt.Errorf("topic %s, partition %d: the target holds records up to offset %d, Kafka keeps them from %d on: %d offsets are gone, and auto.offset.reset=none does not allow to "+
			"go on without them", tp.Topic, tp.Partition, at, start, start-at))
		delete(offsets[tp.Topic], tp.Partition)
	case at < start:
		k.logger.Error("Records were removed from Kafka before they were consumed; consuming goes on at what is left",
			"topic", tp.Topic, "partition", tp.Partition, "target", at, "first", start)
		offsets[tp.Topic][tp.Partition] = kgo.NewOffset().At(start)
	}
}

func (k *seeker) fail(err error) {
	k.mu.Lock()
	if k.failed == nil {
		k.failed = err
	}
	k.mu.Unlock()
	k.wake()
}

func (k *seeker) failure() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.failed
}

// noReset says whether auto.offset.reset of a consumer is none.
func noReset(properties map[string]string) bool {
	return strings.EqualFold(strings.TrimSpace(properties["auto.offset.reset"]), "none")
}
