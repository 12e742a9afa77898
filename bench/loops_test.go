package bench

import (
	"context"
	"fmt"
	"math"
	"os"
	"runtime/debug"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

var broker *Broker

func TestMain(m *testing.M) {
	if served, err := ServeBroker(); served {
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(run(m))
}

func run(m *testing.M) int {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400) // as the program sets it, see internal/app
	}
	var err error
	if broker, err = StartBroker(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer broker.Stop()
	client, err := kgo.NewClient(kgo.SeedBrokers(broker.Addresses))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer client.Close()
	if _, err := kadm.NewClient(client).CreateTopic(context.Background(), 1, 1, nil, "bench"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

var loops = []struct {
	name string
	loop Loop
}{
	{"ByteArray", Loop{Converter: byteArrayConverter}},
	{"String", Loop{Converter: stringConverter}},
	{"StringMarkEach", Loop{Converter: stringConverter, PerRecord: true}},
}

func BenchmarkLoop(b *testing.B) {
	for _, l := range loops {
		b.Run("Source/"+l.name, func(b *testing.B) { bench(b, l.loop.Source) })
		if !l.loop.PerRecord {
			b.Run("Sink/"+l.name, func(b *testing.B) { bench(b, l.loop.Sink) })
		}
	}
}

// BenchmarkObserved measures what metrics and logs cost: the loops of a worker that is watched, and of one whose clients nobody counts, that writes no
// log and is not scraped.
func BenchmarkObserved(b *testing.B) {
	for _, l := range []struct {
		name string
		loop Loop
	}{{"without", Loop{Converter: stringConverter}}, {"with", Loop{Converter: stringConverter, Observed: true}}} {
		b.Run("Source/"+l.name, func(b *testing.B) { bench(b, l.loop.Source) })
		b.Run("Sink/"+l.name, func(b *testing.B) { bench(b, l.loop.Sink) })
	}
}

// BenchmarkFileLoop measures the loops with the file connectors at their ends.
func BenchmarkFileLoop(b *testing.B) {
	l := Loop{Converter: stringConverter}
	b.Run("Source", func(b *testing.B) { bench(b, inDir(b, l.FileSource)) })
	b.Run("Sink", func(b *testing.B) { bench(b, inDir(b, l.FileSink)) })
}

// inDir binds the directory of a run.
func inDir(t testing.TB, run func(context.Context, *Broker, string, int64) (Cost, error)) func(context.Context, *Broker, int64) (Cost, error) {
	return func(ctx context.Context, broker *Broker, n int64) (Cost, error) {
		return run(ctx, broker, t.TempDir(), n)
	}
}

func bench(b *testing.B, run func(context.Context, *Broker, int64) (Cost, error)) {
	n := max(int64(b.N), 1_000_000) // enough for the start not to count
	cost, err := run(b.Context(), broker, n)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(cost.CPU, "cpu-ns/record")
	b.ReportMetric(cost.Allocations, "allocs/record")
	b.ReportMetric(cost.Bytes, "B/record")
	b.ReportMetric(cost.PerSecond, "records/s")
}

// TestLoopAllocations holds the part of the budget that does not depend on the machine.
func TestLoopAllocations(t *testing.T) {
	for _, l := range loops {
		ceiling := 0.05
		if l.loop.PerRecord {
			ceiling = 1.05 // an offset that is a number is boxed when the connector states it
		}
		t.Run("Source/"+l.name, func(t *testing.T) { holds(t, l.loop.Source, ceiling) })
		if !l.loop.PerRecord {
			t.Run("Sink/"+l.name, func(t *testing.T) { holds(t, l.loop.Sink, ceiling) })
		}
	}
	files := Loop{Converter: stringConverter}
	t.Run("Source/File", func(t *testing.T) { holds(t, inDir(t, files.FileSource), 0.05) })
	t.Run("Sink/File", func(t *testing.T) { holds(t, inDir(t, files.FileSink), 0.05) })
}

// holds measures up to ten times and takes the least: what else the processors do decides how many flights of records are under way at a time, and so
// how many are made, which only adds to what a record allocates.
func holds(t *testing.T, run func(context.Context, *Broker, int64) (Cost, error), ceiling float64) {
	t.Helper()
	const most = 10
	least := math.Inf(1)
	for range most {
		cost, err := run(t.Context(), broker, 1_000_000) // enough for the start not to count
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%.0f ns CPU, %.3f allocations, %.0f bytes per record, %.0f records/s", cost.CPU, cost.Allocations, cost.Bytes, cost.PerSecond)
		if least = min(least, cost.Allocations); least <= ceiling || raceDetector {
			return
		}
	}
	t.Errorf("%.3f allocations per record, %.2f are allowed", least, ceiling)
}
