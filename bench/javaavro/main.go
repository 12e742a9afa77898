// Command javaavro measures how much CPU time it takes to convert structs to Avro and back, here and in Java on the same bytes: AvroData and Avro's
// generic writer and reader, which Confluent's converter is made of. It prints rows for docs/performance.md.
//
//	go run ./bench/javaavro
//
// It needs a JDK and, the first time, maven. Both convert in turn; a figure is the median of the rounds of the process's CPU time, user and system,
// garbage collection and compiler threads included, over the number of records. Every 500 records are a batch, whose memory the next one gets, as in a
// sink that keeps nothing of a batch (connect.BatchReleaser); with -keep each batch has memory of its own, as in other sinks.
package main

import (
	"encoding/hex"
	"flag"
	"fmt"
	"os"
	"runtime/debug"
	"slices"
	"time"
)

func main() {
	rounds := flag.Int("rounds", 9, "rounds that count")
	count := flag.Int("records", 1_000_000, "records of a round")
	warm := flag.Int("warm", 5, "rounds before those that count")
	heap := flag.String("heap", "1g", "heap of Java")
	collect := flag.Int("gogc", 100, "how far the heap grows between collections, in percent: 100 is Go's default, 400 what a worker with little live data has")
	keep := flag.Bool("keep", false, "give each batch memory of its own")
	flag.Parse()
	debug.SetGCPercent(*collect)
	if err := run(*rounds, *count, *warm, *heap, *keep); err != nil {
		fmt.Fprintln(os.Stderr, "javaavro:", err)
		os.Exit(1)
	}
}

func run(rounds, count, warm int, heap string, keep bool) (err error) {
	dir, err := os.MkdirTemp("", "javaavro")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	j, err := startJava(dir, heap)
	if err != nil {
		return err
	}
	defer func() {
		if stopErr := j.stop(); err == nil {
			err = stopErr
		}
	}()
	fmt.Printf("%s; %d rounds of %d records\n\n| record | direction | Moldau ns CPU | Java ns CPU | ratio |\n|---|---|---|---|---|\n", j.version, rounds, count)
	for _, r := range records() {
		codec, err := newCodec(r)
		if err != nil {
			return err
		}
		if _, err := j.ask("record", r.name, codec.schema, hex.EncodeToString(codec.bytes)); err != nil {
			return err
		}
		for _, direction := range []string{"encode", "decode"} {
			var ours, theirs []time.Duration
			for round := range warm + rounds {
				before := processCPU()
				if err := codec.convert(direction, count, keep); err != nil {
					return err
				}
				our := processCPU() - before
				their, err := j.measure(direction, r.name, count)
				if err != nil {
					return err
				}
				if round >= warm {
					ours, theirs = append(ours, our), append(theirs, their)
				}
			}
			a, b := median(ours)/float64(count), median(theirs)/float64(count)
			fmt.Printf("| %s (%d bytes) | %s | %.0f | %.0f | %.1f |\n", r.name, len(codec.bytes), direction, a, b, b/a)
		}
	}
	return nil
}

func median(times []time.Duration) float64 {
	slices.Sort(times)
	return float64(times[len(times)/2])
}
