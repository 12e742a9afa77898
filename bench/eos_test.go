package bench

import (
	"context"
	"os"
	"slices"
	"strconv"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// onceKinds are compared with each other: with each way of ending transactions, and without any. Intervals are the worker's default of a minute.
var onceKinds = []struct {
	name string
	once Once
}{
	{"none", Once{}},
	{"interval", Once{Boundary: "interval"}},
	{"interval 200 ms", Once{Boundary: "interval", Props: map[string]string{"transaction.boundary.interval.ms": "200"}}},
	{"poll", Once{Boundary: "poll"}},
}

// onceCluster returns the addresses of a broker that drops everything, or of MOLDAU_TEST_KAFKA, with a topic for records.
func onceCluster(t testing.TB) string {
	t.Helper()
	addresses := os.Getenv("MOLDAU_TEST_KAFKA")
	if addresses == "" {
		b, err := StartDroppingBroker()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := b.Stop(); err != nil {
				t.Error(err)
			}
		})
		addresses = b.Addresses
	}
	client, err := kgo.NewClient(kgo.SeedBrokers(addresses))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	retention := strconv.Itoa(256 << 20)
	if _, err := kadm.NewClient(client).CreateTopic(t.Context(), 1, 1, map[string]*string{"retention.bytes": &retention}, "bench-once"); err != nil {
		t.Log(err) // it may be there
	}
	return addresses
}

// BenchmarkExactlyOnce alternates between runs without and with transactions and reports the medians of the records a second, and their ratios
// to that without. MOLDAU_ONCE_ROUNDS says how many rounds.
func BenchmarkExactlyOnce(b *testing.B) {
	addresses := onceCluster(b)
	n, rounds := int64(2_000_000), 3
	if text := os.Getenv("MOLDAU_ONCE_ROUNDS"); text != "" {
		var err error
		if rounds, err = strconv.Atoi(text); err != nil {
			b.Fatal(err)
		}
	}
	if _, err := (Once{}).Run(b.Context(), addresses, "bench-once", n/4); err != nil { // to warm up
		b.Fatal(err)
	}
	rates := make([][]float64, len(onceKinds))
	for range rounds {
		for i, kind := range onceKinds {
			cost, err := kind.once.Run(b.Context(), addresses, "bench-once", n)
			if err != nil {
				b.Fatalf("%s: %v", kind.name, err)
			}
			rates[i] = append(rates[i], cost.PerSecond)
			b.Logf("%-16s %8.0f records/s, %4.0f ns CPU, %.3f allocations a record", kind.name, cost.PerSecond, cost.CPU, cost.Allocations)
		}
	}
	b.ReportMetric(0, "ns/op")
	for i, kind := range onceKinds {
		slices.Sort(rates[i])
		b.Logf("%-16s %8.0f records/s, %.2f of that without transactions", kind.name, rates[i][rounds/2], rates[i][rounds/2]/rates[0][rounds/2])
	}
}

// TestTransactionsAllocateLittle holds what does not depend on the machine: transactions cost records nothing.
func TestTransactionsAllocateLittle(t *testing.T) {
	addresses := onceCluster(t)
	for _, boundary := range []string{"interval", "poll"} {
		run := func(ctx context.Context, _ *Broker, n int64) (Cost, error) {
			return Once{Boundary: boundary}.Run(ctx, addresses, "bench-once", n)
		}
		t.Run(boundary, func(t *testing.T) { holds(t, run, 0.1) })
	}
}
