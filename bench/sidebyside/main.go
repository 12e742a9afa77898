// Command sidebyside measures Moldau beside Java Kafka Connect on one real Apache Kafka: the same worker properties and the same connector
// for both, in turn. It prints a table of CPU time, rate and peak memory.
//
//	go build -o bin/moldau ./cmd/moldau && go run ./bench/sidebyside -moldau bin/moldau
//
// It needs java 17 and Kafka's jars, which MOLDAU_INTEGRATION=1 go test ./test/servers fetches. Figures are those of the worker's process from the
// moment the connector is created until the last record has arrived: CPU is user and system time, the peak is that of the whole run.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/moldau/moldau/bench/measured"
)

type options struct {
	moldau, libs, dir string
	java              measured.Java
	records, size     int
	rounds            int
	heap, only, part  string
}

func main() {
	var o options
	flag.StringVar(&o.moldau, "moldau", "bin/moldau", "the binary to measure")
	flag.StringVar(&o.libs, "libs", "", "directory of Kafka's jars; default $KAFKA_LIBS, else where the tests keep them")
	flag.StringVar(&o.dir, "dir", "", "directory for data, default a temporary one")
	flag.IntVar(&o.records, "records", 4_000_000, "records of a run")
	flag.IntVar(&o.size, "size", 100, "bytes of a record")
	flag.IntVar(&o.rounds, "rounds", 3, "runs of each contender")
	flag.StringVar(&o.heap, "heap", "1g", "heap of Java Connect")
	flag.StringVar(&o.only, "only", "", "measure only contenders whose name holds this")
	flag.StringVar(&o.part, "part", "", "measure only idle, flow (lines), or data (JSON through transformations)")
	flag.Parse()
	if err := run(o); err != nil {
		fmt.Fprintln(os.Stderr, "sidebyside:", err)
		os.Exit(1)
	}
}

func run(o options) error {
	var err error
	if o.java, err = measured.FindJava(o.libs); err != nil {
		return err
	}
	if o.dir == "" {
		dir, err := os.MkdirTemp("", "sidebyside")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		o.dir = dir
	}
	binary, err := filepath.Abs(o.moldau)
	if err != nil {
		return err
	}
	o.moldau = binary
	input := filepath.Join(o.dir, "input.txt")
	if err := writeLines(input, o.records, o.size); err != nil {
		return err
	}
	b, err := measured.StartBroker(o.dir, o.java)
	if err != nil {
		return err
	}
	defer b.Stop()
	fmt.Printf("%d records of %d bytes, %d rounds, runs in turn; start and idle first, then one connector a run\n\n", o.records, o.size, o.rounds)
	if strings.Contains("idle", o.part) {
		if err := measureIdle(o, b); err != nil {
			return err
		}
	}
	if strings.Contains("flow", o.part) {
		if err := measureFlow(o, b, input); err != nil {
			return err
		}
	}
	if strings.Contains("data", o.part) {
		return measureData(o, b)
	}
	return nil
}
