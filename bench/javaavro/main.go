// Command javaavro measures how much CPU time it takes to convert structs to Avro and back, here and in Java on the same bytes: AvroData and Avro's
// generic writer and reader, which Confluent's converter is made of. It prints rows for docs/performance.md.
//
//	go run ./bench/javaavro
//
// It needs a JDK and, the first time, maven. Both convert in turn; a figure is the median of the rounds of the process's CPU time, user and system,
// garbage collection and compiler threads included, over the number of records. Every 500 records have an arena of their own, as in a sink.
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
	flag.Parse()
	if err := run(*rounds, *count, *warm, *heap); err != nil {
		fmt.Fprintln(os.Stderr, "javaavro:", err)
		os.Exit(1)
	}
}

// collect is how far a worker with little live data lets its heap grow, in percent.
const collect = 400

func run(rounds, count, warm int, heap string) (err error) {
	debug.SetGCPercent(collect)
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
				if err := codec.convert(direction, count); err != nil {
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
