package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"time"
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
	*child
	url   string
	ready usage
	start time.Duration // until REST answered
}

func (o options) startWorker(c contender, b *broker, dir string) (*worker, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	w := &worker{url: fmt.Sprintf("http://127.0.0.1:%d", port)}
	props := map[string]string{
		"bootstrap.servers":            b.address,
		"key.converter":                "org.apache.kafka.connect.storage.StringConverter",
		"value.converter":              "org.apache.kafka.connect.storage.StringConverter",
		"offset.storage.file.filename": filepath.Join(dir, "offsets"),
		"offset.flush.interval.ms":     "10000",
		"listeners":                    w.url,
	}
	for k, v := range c.worker {
		props[k] = v
	}
	var text strings.Builder
	for k, v := range props {
		fmt.Fprintf(&text, "%s=%s\n", k, v)
	}
	file, err := writeFile(dir, "worker.properties", text.String())
	if err != nil {
		return nil, err
	}
	began := time.Now()
	if c.java {
		w.child, err = startChild(filepath.Join(dir, "out.log"), "java", o.java(o.heap, "org.apache.kafka.connect.cli.ConnectStandalone", file)...)
	} else {
		w.child, err = startChild(filepath.Join(dir, "out.log"), o.moldau, "standalone", file)
	}
	if err != nil {
		return nil, err
	}
	if err := w.await("start of "+c.name, time.Minute, time.Millisecond, func() bool { return answers(w.url + "/connectors") }); err != nil {
		w.stop()
		return nil, err
	}
	w.start = time.Since(began)
	w.ready, err = usageOf(w.pid())
	return w, err
}

func (w *worker) create(name string, config map[string]string) error {
	body, err := json.Marshal(map[string]any{"name": name, "config": config})
	if err != nil {
		return err
	}
	resp, err := http.Post(w.url+"/connectors", "application/json", bytes.NewReader(body))
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusCreated {
		text, _ := io.ReadAll(resp.Body)
		return fmt.Errorf("creating %s: %s: %s", name, resp.Status, text)
	}
	return nil
}

// measureIdle prints how long workers take to start and what they hold when idle.
func measureIdle(o options, b *broker) error {
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
			u, err := usageOf(w.pid())
			w.stop()
			if err != nil {
				return err
			}
			starts, cpus, rss = append(starts, w.start.Seconds()*1000), append(cpus, w.ready.cpu.Seconds()), append(rss, float64(u.rss)/(1<<20))
		}
		fmt.Printf("| %s | %.0f ms | %.2f s | %.0f MB |\n", c.name, median(starts), median(cpus), median(rss))
	}
	fmt.Println()
	return nil
}

type figures struct{ cpu, rate, peak []float64 }

// measure adds the figures of one connector from its creation until it is done with the records.
func (o options) measure(c contender, b *broker, dir string, config map[string]string, records int, f *figures, done func() bool) error {
	w, err := o.startWorker(c, b, dir)
	if err != nil {
		return err
	}
	defer w.stop()
	before, err := usageOf(w.pid())
	if err != nil {
		return err
	}
	began := time.Now()
	if err := w.create("c-"+filepath.Base(filepath.Dir(dir))+filepath.Base(dir), config); err != nil {
		return err
	}
	if err := w.await(c.name, 10*time.Minute, 10*time.Millisecond, done); err != nil {
		return err
	}
	elapsed := time.Since(began)
	after, err := usageOf(w.pid())
	if err != nil {
		return err
	}
	f.cpu = append(f.cpu, float64((after.cpu-before.cpu).Microseconds())/float64(records))
	f.rate = append(f.rate, float64(records)/elapsed.Seconds()/1000)
	f.peak = append(f.peak, float64(after.peak)/(1<<20))
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
