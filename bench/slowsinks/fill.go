//go:build linux

package main

import (
	"context"
	"fmt"
	"sync/atomic"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// fill makes the topics, one partition each, and their records.
func fill(o options, broker string) error {
	ctx := context.Background()
	client, err := kgo.NewClient(kgo.SeedBrokers(broker), kgo.ProducerBatchMaxBytes(int32(o.batch)), kgo.ProducerBatchCompression(kgo.NoCompression()))
	if err != nil {
		return err
	}
	defer client.Close()
	var failed atomic.Pointer[error]
	admin := kadm.NewClient(client)
	for i := range o.sinks {
		name := topic(i)
		made, err := admin.CreateTopic(ctx, 1, 1, nil, name)
		if err == nil {
			err = made.Err
		}
		if err != nil {
			return fmt.Errorf("creating topic %s: %w", name, err)
		}
		for n := range o.backlog / o.record {
			client.Produce(ctx, &kgo.Record{Topic: name, Value: fmt.Appendf(make([]byte, 0, o.record), "%0*d", o.record-1, n)}, func(_ *kgo.Record, err error) {
				if err != nil {
					failed.Store(&err)
				}
			})
		}
		if err := client.Flush(ctx); err != nil {
			return err
		}
		if err := failed.Load(); err != nil {
			return fmt.Errorf("filling topic %s: %w", name, *err)
		}
	}
	return nil
}
