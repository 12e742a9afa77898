package kafka

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
)

// slowSecond places records in partition 0, the second one only when a commit waits: the client has sent the first one then, and not kept the partitions.
type slowSecond struct {
	placed int
	waits  chan struct{}
}

func (p *slowSecond) ForTopic(string) kgo.TopicPartitioner { return p }
func (p *slowSecond) RequiresConsistency(*kgo.Record) bool { return true }
func (p *slowSecond) Partition(*kgo.Record, int) int {
	if p.placed++; p.placed == 2 {
		<-p.waits
		return -1 // which fails the record
	}
	return 0
}

// noticed is a context that tells when somebody waits for it.
type noticed struct {
	context.Context
	waits func()
}

func (n noticed) Done() <-chan struct{} {
	n.waits()
	return n.Context.Done()
}

// TestCommitOfANewTopic commits while the client still learns of the topic.
func TestCommitOfANewTopic(t *testing.T) {
	servers := cluster(t, kfake.SeedTopics(1, "new"))
	partitioner := &slowSecond{waits: make(chan struct{})}
	client, err := kgo.NewClient(kgo.SeedBrokers(servers), kgo.TransactionalID("id"), kgo.RecordPartitioner(partitioner))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if err := client.BeginTransaction(); err != nil {
		t.Fatal(err)
	}
	first := make(chan error, 1)
	second := make(chan error, 1)
	client.Produce(t.Context(), &kgo.Record{Topic: "new", Value: []byte("first")}, func(_ *kgo.Record, err error) { first <- err })
	client.Produce(t.Context(), &kgo.Record{Topic: "new", Value: []byte("second")}, func(_ *kgo.Record, err error) { second <- err })
	if err := <-first; err != nil {
		t.Fatal(err)
	}
	ctx := noticed{t.Context(), sync.OnceFunc(func() { close(partitioner.waits) })}
	if err := CommitTransaction(ctx, client, "new"); err != nil {
		t.Fatal(err)
	}
	if err := <-second; err == nil {
		t.Error("the record without a partition was sent")
	}
	reader, err := kgo.NewClient(kgo.SeedBrokers(servers), kgo.ConsumeTopics("new"), kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.KeepControlRecords(),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	limited, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if records := reader.PollFetches(limited).Records(); len(records) == 0 || string(records[0].Value) != "first" {
		t.Errorf("what was committed cannot be read: %d records", len(records))
	}
}
