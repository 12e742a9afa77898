//go:build unix

package e2e

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/moldau/moldau/internal/devbroker"
)

// brokers are those of the running tests.
var brokers sync.Map

// broker returns the host:port of the test's own broker, which starts at the first call. Tests share none, since members of groups that
// are killed would keep their partitions from the next test.
func broker(t *testing.T) string {
	t.Helper()
	if b, ok := brokers.Load(t); ok {
		return b.(*devbroker.Broker).Addr()
	}
	return startBroker(t, "").Addr()
}

// startBroker starts a broker at an address.
func startBroker(t *testing.T, address string) *devbroker.Broker {
	t.Helper()
	b, err := devbroker.Start(context.Background(), devbroker.Config{InMemory: true, Addr: address,
		Options: []kfake.Opt{kfake.GroupMinSessionTimeout(500 * time.Millisecond)}})
	if err != nil {
		t.Fatal(err)
	}
	brokers.Store(t, b)
	t.Cleanup(func() {
		brokers.Delete(t)
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

// kafkaClient connects to a broker.
func kafkaClient(t *testing.T, bootstrap string, opts ...kgo.Opt) *kgo.Client {
	t.Helper()
	c, err := kgo.NewClient(append(opts, kgo.SeedBrokers(bootstrap))...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// consume reads the first n values of a topic.
func consume(t *testing.T, bootstrap, topic string, n int) []string {
	t.Helper()
	c := kafkaClient(t, bootstrap, kgo.ConsumeTopics(topic), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.UnknownTopicRetries(-1))
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var values []string
	for len(values) < n {
		fetches := c.PollFetches(ctx)
		if err := ctx.Err(); err != nil {
			t.Fatalf("topic %s has %d records, want %d: %v", topic, len(values), n, values)
		}
		fetches.EachRecord(func(r *kgo.Record) { values = append(values, string(r.Value)) })
	}
	return values
}

// deleteTopic deletes a topic.
func deleteTopic(t *testing.T, bootstrap, topic string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	answers, err := kadm.NewClient(kafkaClient(t, bootstrap)).DeleteTopics(ctx, topic)
	if err == nil {
		err = answers.Error()
	}
	if err != nil {
		t.Fatal(err)
	}
}

// freePort returns a port that nobody listens on, for a server that starts later or again. It lies below those that systems give to
// listeners of port 0 and to connections, so that no other test gets it meanwhile.
func freePort(t *testing.T) int {
	t.Helper()
	for range 100 {
		l, err := net.Listen("tcp", fmt.Sprint("127.0.0.1:", 20_000+rand.IntN(12_000)))
		if err != nil {
			continue
		}
		defer l.Close()
		return l.Addr().(*net.TCPAddr).Port
	}
	t.Fatal("no free port")
	return 0
}
