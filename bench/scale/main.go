//go:build unix

// Command scale measures a group of many connectors: the time until all of them run, memory per idle task, the time that a rebalance takes after a
// worker was killed, and how long GET /connectors?expand=status&expand=info takes. Half of the connectors are file sinks with the number of tasks
// that is asked for, the other half file sources, which have one task each.
//
//	go run ./bench/scale -connectors 1000 -tasks 2 [-workers 3] [-kafka host:port] [-moldau BINARY]
//
// Without -kafka it starts the embedded broker of `moldau dev` as a process of its own.
package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"
)

// options are the flags.
type options struct {
	connectors, tasks, workers int
	kafka, binary              string
	limit                      time.Duration
	kinds                      string
	rest                       time.Duration
	memory                     bool
}

func main() {
	var o options
	flag.IntVar(&o.connectors, "connectors", 1000, "number of connectors")
	flag.IntVar(&o.tasks, "tasks", 2, "tasks of each sink")
	flag.IntVar(&o.workers, "workers", 3, "number of workers")
	flag.StringVar(&o.kafka, "kafka", "", "host:port of a broker; none starts the embedded one")
	flag.StringVar(&o.binary, "moldau", "", "the program; none builds it")
	flag.StringVar(&o.kinds, "kinds", "both", "connectors to make: sinks, sources or both")
	flag.DurationVar(&o.limit, "limit", 10*time.Minute, "longest time for each step")
	flag.DurationVar(&o.rest, "rest", 15*time.Second, "time between the last start of a task and the measuring of memory")
	flag.BoolVar(&o.memory, "memory", false, "end when memory was measured, without a kill")
	flag.Parse()
	if err := run(o); err != nil {
		fmt.Fprintln(os.Stderr, "scale:", err)
		os.Exit(1)
	}
}

func run(o options) error {
	dir, err := os.MkdirTemp("", "moldau-scale-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if o.binary == "" {
		o.binary = filepath.Join(dir, "moldau")
		if out, err := exec.Command("go", "build", "-o", o.binary, "./cmd/moldau").CombinedOutput(); err != nil {
			return fmt.Errorf("building moldau (run this from the repository): %w\n%s", err, out)
		}
	}
	g := &group{dir: dir, o: o}
	defer g.end()
	if err := g.start(); err != nil {
		return err
	}
	base := g.memory()
	fmt.Printf("%d workers without connectors: %s of memory\n", o.workers, megabytes(base...))

	begin := time.Now()
	tasks, err := g.create()
	if err != nil {
		return err
	}
	fmt.Printf("%d connectors created through one worker: %v\n", o.connectors, since(begin))
	if err := g.running(tasks); err != nil {
		return err
	}
	fmt.Printf("all connectors and %d tasks RUNNING after: %v\n", tasks, since(begin))
	if err := g.rest("creating", 20); err != nil {
		return err
	}
	time.Sleep(o.rest) // what was garbage goes back to the system
	full := g.memory()
	fmt.Printf("memory: %s, that is %.0f kB for each task over the base\n", megabytes(full...), float64(sum(full)-sum(base))/float64(tasks)/1000)
	for i, w := range g.workers {
		n, threads := w.sockets(), w.threads()
		fmt.Printf("worker %d: %d sockets, %d threads, %.1f s of CPU so far\n", i+1, n, threads, w.cpu().Seconds())
	}
	if o.memory {
		return nil
	}

	begin = time.Now()
	g.workers[len(g.workers)-1].kill()
	if err := g.running(tasks); err != nil {
		return err
	}
	fmt.Printf("all RUNNING on the other workers after a kill: %v (session %v and delay %v among it)\n", since(begin), session, maxDelay)
	begin = time.Now()
	if err := g.workers[len(g.workers)-1].start(); err != nil {
		return err
	}
	if err := g.balanced(tasks); err != nil {
		return err
	}
	fmt.Printf("balanced again after the worker came back: %v\n", since(begin))
	return g.rest("a rebalance", 20)
}

func since(t time.Time) time.Duration { return time.Since(t).Round(100 * time.Millisecond) }

func sum(all []int64) (n int64) {
	for _, v := range all {
		n += v
	}
	return n
}

func megabytes(all ...int64) string {
	out := ""
	for i, v := range all {
		if i > 0 {
			out += " + "
		}
		out += fmt.Sprintf("%.0f", float64(v)/1e6)
	}
	return out + " MB"
}

// median and worst of some times.
func spread(all []time.Duration) (median, worst time.Duration) {
	slices.Sort(all)
	return all[len(all)/2], all[len(all)-1]
}
