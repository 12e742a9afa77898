//go:build linux

// Command slowsinks measures the memory of a worker whose sinks are slower than their topics: each sink writes to a pipe that is drained at so many bytes
// a second, from a topic that holds far more. Broker and worker are processes of their own, and only the worker is measured.
//
//	go run ./bench/slowsinks -sinks 20 -rate 100000 -backlog 100000000 [-batch 16384] [-for 90s] [-set KEY=VALUE]... [-moldau BINARY]
//	go run ./bench/slowsinks -sources 100 [-backlog 100000000] [-for 90s]
//
// The second form has file sources whose broker is slow instead. Without -kafka it starts the embedded broker of `moldau dev`.
package main

import (
	"cmp"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// options are the flags.
type options struct {
	sinks, sources, rate, backlog, record, batch int
	kafka, binary, dir                           string
	length                                       time.Duration
	set                                          lines
}

// lines are further lines of the worker's file.
type lines []string

func (l *lines) String() string     { return fmt.Sprint(*l) }
func (l *lines) Set(s string) error { *l = append(*l, s); return nil }

func main() {
	var o options
	flag.IntVar(&o.sinks, "sinks", 20, "number of sinks, each with a topic of its own")
	flag.IntVar(&o.sources, "sources", 0, "number of file sources, each with a topic of its own, to be measured instead of sinks; the broker is stopped for most of each second")
	flag.IntVar(&o.rate, "rate", 100_000, "bytes a second that each sink takes")
	flag.IntVar(&o.backlog, "backlog", 100_000_000, "bytes in each topic")
	flag.IntVar(&o.record, "record", 100, "bytes of a record")
	flag.IntVar(&o.batch, "batch", 16384, "bytes of a batch as producers write it, which consumers cannot cut; 16384 is the default of Java's producers")
	flag.StringVar(&o.kafka, "kafka", "", "host:port of a broker; none starts the embedded one")
	flag.StringVar(&o.binary, "moldau", "", "the program; none builds it")
	flag.StringVar(&o.dir, "dir", "", "folder for a folder of temporary files")
	flag.DurationVar(&o.length, "for", 90*time.Second, "how long the sinks run")
	flag.Var(&o.set, "set", "a further line of the worker's file")
	flag.Parse()
	if err := run(o); err != nil {
		fmt.Fprintln(os.Stderr, "slowsinks:", err)
		os.Exit(1)
	}
}

func run(o options) error {
	dir, err := os.MkdirTemp(o.dir, "moldau-slowsinks-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	o.dir = dir
	if o.binary == "" {
		o.binary = filepath.Join(dir, "moldau")
		if out, err := exec.Command("go", "build", "-o", o.binary, "./cmd/moldau").CombinedOutput(); err != nil {
			return fmt.Errorf("building moldau (run this from the repository): %w\n%s", err, out)
		}
	}
	if o.sources > 0 {
		return runSources(o)
	}
	broker := o.kafka
	if broker == "" {
		p, address, err := startBroker(o)
		if err != nil {
			return err
		}
		defer p.end()
		broker = address
	}
	begin := time.Now()
	if err := fill(o, broker); err != nil {
		return err
	}
	fmt.Printf("%d topics of %d MB, records of %d bytes in batches of %d, written in %v\n", o.sinks, o.backlog/1_000_000, o.record, o.batch, time.Since(begin).Round(time.Second))

	w, err := startWorker(o, broker)
	if err != nil {
		return err
	}
	defer w.end()
	fmt.Printf("worker without connectors: %s\n", megabytes(w.peak()))
	var drains []*drain
	defer func() {
		for _, d := range drains {
			d.end()
		}
	}()
	for i := range o.sinks {
		name := topic(i)
		d, err := newDrain(filepath.Join(dir, name+".pipe"), o.rate)
		if err != nil {
			return err
		}
		drains = append(drains, d)
		err = w.create(name, map[string]string{"connector.class": "FileStreamSink", "topics": name, "file": d.path,
			"consumer.override.auto.offset.reset": "earliest"})
		if err != nil {
			return err
		}
	}
	return watch(o, w, drains)
}

// steps is how often figures are printed.
const steps = 6

// watch prints what the worker takes and what the sinks get.
func watch(o options, w *process, drains []*drain) error {
	total := func() (n int64) {
		for _, d := range drains {
			n += d.taken.Load()
		}
		return n
	}
	first, begin := total(), time.Now()
	for i := range steps {
		time.Sleep(o.length / steps)
		rss := w.status("VmRSS:")
		if rss == 0 {
			return fmt.Errorf("the worker ended: see %s", w.log)
		}
		fmt.Printf("after %3.0f s: resident %s, peak %s, taken by all sinks %.2f MB/s\n", time.Since(begin).Seconds(), megabytes(rss), megabytes(w.peak()),
			float64(total()-first)/time.Since(begin).Seconds()/1e6)
		if i == 0 {
			if err := w.allRun(o.sinks); err != nil {
				return err
			}
		}
	}
	least, most := drains[0].taken.Load(), int64(0)
	for _, d := range drains {
		n := d.taken.Load()
		least, most = min(least, n), max(most, n)
	}
	fmt.Printf("the slowest sink took %.1f kB/s, the fastest %.1f\n", float64(least)/time.Since(begin).Seconds()/1e3, float64(most)/time.Since(begin).Seconds()/1e3)
	if err := w.allRun(o.sinks); err != nil {
		return err
	}
	fmt.Printf("peak memory of the worker (VmHWM): %s\n", megabytes(w.peak()))
	return nil
}

func topic(i int) string { return fmt.Sprintf("slow-%03d", i) }

func megabytes(n int64) string { return fmt.Sprintf("%.0f MB", cmp.Or(float64(n)/1e6, 0)) }
