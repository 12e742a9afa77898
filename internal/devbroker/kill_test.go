package devbroker

import (
	"context"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// TestKillAnytime kills the broker at random moments while an idempotent and a transactional producer write on. What was acknowledged
// must be there, in order, and a transaction is on both topics or on none (I2, I3). MOLDAU_KILLS says how often.
func TestKillAnytime(t *testing.T) {
	rounds := 4
	if n, err := strconv.Atoi(os.Getenv("MOLDAU_KILLS")); err == nil {
		rounds = n
	}
	dir := t.TempDir()
	b := startChild(t, dir)
	addr := b.addr
	ctx, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	var acked, committed []string
	wg.Go(func() { acked = writePlain(ctx, t, addr) })
	wg.Go(func() { committed = writeTransactions(ctx, t, addr) })
	for range rounds {
		<-time.After(time.Duration(20+rand.IntN(200)) * time.Millisecond)
		b.kill(t)
		b = startChild(t, dir, addr)
	}
	<-time.After(100 * time.Millisecond)
	stop()
	wg.Wait()
	// The last record of each topic is a committed one, for readAll.
	tx := client(t, addr, kgo.TransactionalID("tx"))
	transact(t, tx, -1, 0)
	must(t, tx.EndTransaction(t.Context(), kgo.TryCommit))

	plain, a, other := readAll(t, addr, "plain"), readAll(t, addr, "a"), readAll(t, addr, "b")
	inOrder(t, "plain", acked, plain)
	inOrder(t, "a", committed, a)
	if len(a) != len(other) {
		t.Errorf("%d records on a, %d on b", len(a), len(other))
	}
	seen := make(map[string]bool)
	for i := range a {
		if i >= len(other) || a[i] != other[i] || seen[a[i]] {
			t.Fatalf("record %d is %s on a, on b are %d records; seen %v", i, a[i], len(other), seen[a[i]])
		}
		seen[a[i]] = true
	}
	t.Logf("%d kills, %d records, %d transactions", rounds, len(acked), len(committed))
}

// inOrder checks that all of want are in got, in their order.
func inOrder(t *testing.T, topic string, want, got []string) {
	t.Helper()
	at := 0
	for _, v := range got {
		if at < len(want) && v == want[at] {
			at++
		}
	}
	if at < len(want) {
		t.Errorf("%s: %d of %d acknowledged records are missing, the first is %s", topic, len(want)-at, len(want), want[at])
	}
}

// writePlain returns the values that were acknowledged.
func writePlain(ctx context.Context, t *testing.T, addr string) (acked []string) {
	c, err := kgo.NewClient(kgo.SeedBrokers(addr), kgo.AllowAutoTopicCreation(), kgo.DisableClientMetrics(), kgo.MetadataMinAge(10*time.Millisecond),
		kgo.RetryBackoffFn(func(int) time.Duration { return 10 * time.Millisecond }))
	if err != nil {
		t.Error(err)
		return nil
	}
	defer c.Close()
	for i := 0; ctx.Err() == nil; i++ {
		v := "v" + strconv.Itoa(i)
		err := c.ProduceSync(ctx, &kgo.Record{Topic: "plain", Value: []byte(v)}).FirstErr()
		switch {
		case err == nil:
			acked = append(acked, v)
		case ctx.Err() == nil:
			t.Errorf("record %d: %v", i, err)
			return acked
		}
	}
	return acked
}

// writeTransactions returns the values whose commit was acknowledged. A producer that is fenced makes way for a new one, as a task
// of an exactly-once connector does.
func writeTransactions(ctx context.Context, t *testing.T, addr string) (committed []string) {
	for i := 0; ctx.Err() == nil; {
		c, err := kgo.NewClient(kgo.SeedBrokers(addr), kgo.TransactionalID("tx"), kgo.AllowAutoTopicCreation(), kgo.DisableClientMetrics(),
			kgo.MetadataMinAge(10*time.Millisecond), kgo.RetryBackoffFn(func(int) time.Duration { return 10 * time.Millisecond }))
		if err != nil {
			t.Error(err)
			return committed
		}
		for err == nil && ctx.Err() == nil {
			v := "v" + strconv.Itoa(i)
			i++
			if err = c.BeginTransaction(); err != nil {
				break
			}
			if err = c.ProduceSync(ctx, &kgo.Record{Topic: "a", Value: []byte(v)}, &kgo.Record{Topic: "b", Value: []byte(v)}).FirstErr(); err != nil {
				break
			}
			if err = c.EndTransaction(ctx, kgo.TryCommit); err == nil {
				committed = append(committed, v)
			}
		}
		c.Close()
	}
	return committed
}
