package main

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/moldau/moldau/bench/measured"
)

// contender is a worker with a way to set it up.
type contender struct {
	name string
	java bool
	// worker are further worker properties, source and sink those of the connectors.
	worker, source map[string]string
}

// tuned are the settings that make Java Connect fast: large batches, compression, many records a poll.
var tuned = map[string]string{
	"producer.batch.size":                "1048576",
	"producer.linger.ms":                 "20",
	"producer.compression.type":          "lz4",
	"consumer.max.poll.records":          "10000",
	"consumer.fetch.min.bytes":           "100000",
	"consumer.max.partition.fetch.bytes": "10485760",
}

var contenders = []contender{
	{name: "Java, defaults", java: true},
	{name: "Java, tuned", java: true, worker: tuned, source: map[string]string{"batch.size": "10000"}},
	{name: "Moldau, defaults"},
	{name: "Moldau, same tuning", worker: tuned, source: map[string]string{"batch.size": "10000"}},
}

// worker is a running contender.
type worker struct {
	*measured.Worker
}

func (o options) startWorker(c contender, b *measured.Broker, dir string) (*worker, error) {
	props := map[string]string{
		"bootstrap.servers":            b.Address,
		"key.converter":                "org.apache.kafka.connect.storage.StringConverter",
		"value.converter":              "org.apache.kafka.connect.storage.StringConverter",
		"offset.storage.file.filename": filepath.Join(dir, "offsets"),
		"offset.flush.interval.ms":     "10000",
	}
	maps.Copy(props, c.worker)
	command := []string{o.moldau, "standalone"}
	if c.java {
		command = append([]string{"java"}, o.java.Args(o.heap, "org.apache.kafka.connect.cli.ConnectStandalone")...)
	}
	w, err := measured.StartWorker(c.name, dir, props, command)
	return &worker{w}, err
}

// measureIdle prints how long workers take to start and what they hold when idle.
func measureIdle(o options, b *measured.Broker) error {
	fmt.Println("| worker | start until REST answers | CPU until then | resident when idle for 5 s |\n|---|---|---|---|")
	for _, c := range []contender{contenders[0], contenders[2]} {
		if !strings.Contains(c.name, o.only) {
			continue
		}
		var starts, cpus, rss []float64
		for i := range o.rounds {
			w, err := o.startWorker(c, b, filepath.Join(o.dir, fmt.Sprint("idle", c.java, i)))
			if err != nil {
				return err
			}
			time.Sleep(5 * time.Second)
			u, err := measured.Of(w.PID())
			w.Stop()
			if err != nil {
				return err
			}
			starts, cpus, rss = append(starts, w.Started.Seconds()*1000), append(cpus, w.Ready.CPU.Seconds()), append(rss, float64(u.RSS)/(1<<20))
		}
		fmt.Printf("| %s | %.0f ms | %.2f s | %.0f MB |\n", c.name, median(starts), median(cpus), median(rss))
	}
	fmt.Println()
	return nil
}

type figures struct{ cpu, rate, peak []float64 }

// measure adds the figures of one connector from its creation until it is done with the records.
func (o options) measure(c contender, b *measured.Broker, dir string, config map[string]string, records int, f *figures, done func() bool) error {
	w, err := o.startWorker(c, b, dir)
	if err != nil {
		return err
	}
	defer w.Stop()
	before, err := measured.Of(w.PID())
	if err != nil {
		return err
	}
	began := time.Now()
	if err := w.Create("c-"+filepath.Base(filepath.Dir(dir))+filepath.Base(dir), config); err != nil {
		return err
	}
	if err := w.Await(c.name, 10*time.Minute, 10*time.Millisecond, done); err != nil {
		return err
	}
	elapsed := time.Since(began)
	after, err := measured.Of(w.PID())
	if err != nil {
		return err
	}
	f.cpu = append(f.cpu, float64((after.CPU-before.CPU).Microseconds())/float64(records))
	f.rate = append(f.rate, float64(records)/elapsed.Seconds()/1000)
	f.peak = append(f.peak, float64(after.Peak)/(1<<20))
	return nil
}

func median(values []float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	sorted := slices.Clone(values)
	slices.SortFunc(sorted, cmp.Compare)
	return sorted[len(sorted)/2]
}

func last(values []float64) float64 { return values[len(values)-1] }
