package devbroker

import (
	"context"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// TestKillKeepsSequences kills the broker while an idempotent producer has several batches on their way, as a source task has: nothing is
// lost, doubled or out of order (I2, I3).
func TestKillKeepsSequences(t *testing.T) {
	dir := t.TempDir()
	b := startChild(t, dir)
	addr := b.addr
	c := client(t, addr, kgo.AllowAutoTopicCreation(), kgo.MetadataMinAge(10*time.Millisecond), kgo.ProducerLinger(0), kgo.MaxBufferedRecords(500),
		kgo.ProducerBatchMaxBytes(1000), kgo.RetryBackoffFn(func(int) time.Duration { return 10 * time.Millisecond }))
	ctx, stop := context.WithCancel(t.Context())
	written := make(chan []string)
	go func() {
		var values []string
		for i := 0; ctx.Err() == nil; i++ {
			v := "v" + strconv.Itoa(i)
			values = append(values, v)
			c.Produce(t.Context(), &kgo.Record{Topic: "plain", Value: []byte(v)}, func(_ *kgo.Record, err error) {
				if err != nil {
					t.Errorf("%s: %v", v, err)
				}
			})
		}
		written <- values
	}()
	for range 4 {
		<-time.After(time.Duration(20+rand.IntN(100)) * time.Millisecond)
		b.kill(t)
		b = startChild(t, dir, addr)
	}
	<-time.After(50 * time.Millisecond)
	stop()
	want := <-written
	must(t, c.Flush(t.Context()))
	got := readAll(t, addr, "plain")
	if len(got) != len(want) {
		t.Errorf("%d records, want %d", len(got), len(want))
	}
	for i := range min(len(got), len(want)) {
		if got[i] != want[i] {
			t.Fatalf("record %d is %s: %v, want %v", i, got[i], got[max(0, i-2):min(len(got), i+3)], want[max(0, i-2):i+1])
		}
	}
	if !slices.Equal(got, want) {
		t.Error("the records differ")
	}
}
