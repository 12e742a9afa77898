package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"os"
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

// measureFlow prints the figures of file -> topic and topic -> file.
func measureFlow(o options, b *broker, input string) error {
	if err := b.fill("filled", o.records, o.size); err != nil {
		return err
	}
	source, sink := make([]figures, len(contenders)), make([]figures, len(contenders))
	for round := range o.rounds {
		for i, c := range contenders {
			if !strings.Contains(c.name, o.only) {
				continue
			}
			dir := filepath.Join(o.dir, fmt.Sprintf("run%d-%d", round, i))
			if err := o.runSource(c, b, dir, input, &source[i]); err != nil {
				return err
			}
			if err := o.runSink(c, b, dir, &sink[i]); err != nil {
				return err
			}
			fmt.Fprintf(os.Stderr, "round %d %-20s source %.2f µs %.0f k/s  sink %.2f µs %.0f k/s\n", round+1, c.name, last(source[i].cpu), last(source[i].rate),
				last(sink[i].cpu), last(sink[i].rate))
		}
	}
	for _, table := range []struct {
		title string
		rows  []figures
	}{{"file → topic", source}, {"topic → file", sink}} {
		fmt.Printf("| %s | CPU a record | records/s | peak memory | CPU to tuned Java | rate to tuned Java | memory to tuned Java |\n|---|---|---|---|---|---|---|\n", table.title)
		base := table.rows[1]
		for i, c := range contenders {
			f := table.rows[i]
			if len(f.cpu) == 0 {
				continue
			}
			fmt.Printf("| %s | %.2f µs | %.0f k | %.0f MB | %.2f | %.2f | %.2f |\n", c.name, median(f.cpu), median(f.rate), median(f.peak),
				median(f.cpu)/median(base.cpu), median(f.rate)/median(base.rate), median(f.peak)/median(base.peak))
		}
		fmt.Println()
	}
	return nil
}

func (o options) runSource(c contender, b *broker, dir, input string, f *figures) error {
	topic := "out-" + filepath.Base(dir)
	if err := b.topic(topic); err != nil {
		return err
	}
	defer b.drop(topic)
	config := map[string]string{"connector.class": "FileStreamSource", "file": input, "topic": topic}
	for k, v := range c.source {
		config[k] = v
	}
	return o.measure(c, b, dir, config, f, func() bool { return b.end(topic) >= int64(o.records) })
}

func (o options) runSink(c contender, b *broker, dir string, f *figures) error {
	output := filepath.Join(dir, "output.txt")
	config := map[string]string{"connector.class": "FileStreamSink", "file": output, "topics": "filled"}
	defer os.Remove(output)
	return o.measure(c, b, filepath.Join(dir, "sink"), config, f, func() bool {
		info, err := os.Stat(output)
		return err == nil && info.Size() >= int64(o.records)*int64(o.size)
	})
}

func (o options) measure(c contender, b *broker, dir string, config map[string]string, f *figures, done func() bool) error {
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
	f.cpu = append(f.cpu, float64((after.cpu-before.cpu).Microseconds())/float64(o.records))
	f.rate = append(f.rate, float64(o.records)/elapsed.Seconds()/1000)
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
