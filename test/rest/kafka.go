package rest

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// createTopic does what kafka-topics --create --if-not-exists does.
func (c *conversation) createTopic(ctx context.Context, s Step) error {
	client, err := kgo.NewClient(kgo.SeedBrokers(c.bootstrap))
	if err != nil {
		return err
	}
	defer client.Close()
	topic, _ := s.text("create_topic")
	partitions := int64(1)
	if n, ok := s["partitions"].(json.Number); ok {
		if partitions, err = n.Int64(); err != nil {
			return err
		}
	}
	configs := map[string]*string{}
	if given, ok := s["config"].(map[string]any); ok {
		for k, v := range given {
			text := fmt.Sprint(v)
			configs[k] = &text
		}
	}
	_, err = kadm.NewClient(client).CreateTopic(ctx, int32(partitions), 1, configs, c.vars.text(topic))
	return err
}

// produce does what kafka-console-producer does with lines, with or without keys and headers.
func (c *conversation) produce(ctx context.Context, s Step) error {
	client, err := kgo.NewClient(kgo.SeedBrokers(c.bootstrap), kgo.AllowAutoTopicCreation())
	if err != nil {
		return err
	}
	defer client.Close()
	topic, _ := s.text("produce")
	for _, line := range s["lines"].([]any) {
		r := &kgo.Record{Topic: c.vars.text(topic)}
		rest := c.vars.text(line.(string))
		if s["with_headers"] != nil {
			var headers string
			headers, rest, _ = strings.Cut(rest, "|")
			for h := range strings.SplitSeq(headers, ",") {
				k, v, _ := strings.Cut(h, ":")
				r.Headers = append(r.Headers, kgo.RecordHeader{Key: k, Value: []byte(v)})
			}
		}
		if s["keys"] != nil {
			var key string
			key, rest, _ = strings.Cut(rest, "|")
			r.Key = textOrNull(key)
		}
		r.Value = textOrNull(rest)
		if err := client.ProduceSync(ctx, r).FirstErr(); err != nil {
			return err
		}
	}
	return nil
}

func textOrNull(text string) []byte {
	if text == "NULL" {
		return nil
	}
	return []byte(text)
}

// consume reads count records from the beginning of a topic.
func (c *conversation) consume(ctx context.Context, s Step) (map[string]any, error) {
	ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	topic, _ := s.text("consume")
	client, err := kgo.NewClient(kgo.SeedBrokers(c.bootstrap), kgo.ConsumeTopics(c.vars.text(topic)), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.MetadataMinAge(100*time.Millisecond), kgo.MetadataMaxAge(500*time.Millisecond))
	if err != nil {
		return nil, err
	}
	defer client.Close()
	count, err := s["count"].(json.Number).Int64()
	if err != nil {
		return nil, err
	}
	records := []any{}
	for int64(len(records)) < count && ctx.Err() == nil {
		client.PollFetches(ctx).EachRecord(func(r *kgo.Record) {
			headers := []any{}
			for _, h := range r.Headers {
				headers = append(headers, []any{h.Key, nullOrText(h.Value)})
			}
			records = append(records, map[string]any{"partition": json.Number(fmt.Sprint(r.Partition)), "headers": headers,
				"key": nullOrText(r.Key), "value": nullOrText(r.Value)})
		})
	}
	return map[string]any{"records": records}, nil
}

func nullOrText(b []byte) any {
	if b == nil {
		return nil
	}
	return string(b)
}
