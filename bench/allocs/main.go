// Command allocs holds benchmarks to a list of allocations. It reads the output of go test -bench -benchmem on standard input:
//
//	go test -run '^$' -bench . -benchtime 20000x -benchmem ./connect/data | go run ./bench/allocs
//
// A benchmark that allocates more than its ceiling, one without a line in the list, and a line whose benchmark was not among those of its
// package end it with exit code 1. With -update it writes the list anew; ceilings of allocs/record are budgets, which it keeps.
//
// Allocations depend on the number of rounds, since what lasts is allocated once: give the rounds (-benchtime with an x), not a time.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
)

func main() {
	path := flag.String("limits", "bench/allocs.txt", "file with the ceilings")
	update := flag.Bool("update", false, "write what was measured as the ceilings of the packages that were measured")
	flag.Parse()
	if err := run(os.Stdin, os.Stdout, *path, *update); err != nil {
		fmt.Fprintln(os.Stderr, "allocs:", err)
		os.Exit(1)
	}
}

func run(in io.Reader, out io.Writer, path string, update bool) error {
	measured, err := readBenchmarks(in, out)
	if err != nil {
		return err
	}
	list, err := readLimits(path)
	if err != nil {
		return err
	}
	if update {
		return writeLimits(path, list, measured)
	}
	findings := compare(list, measured)
	for _, f := range findings {
		fmt.Fprintln(out, f)
	}
	if len(findings) > 0 {
		return fmt.Errorf("%d of %d figures do not agree with %s; where a change is meant, pipe the same output into: go run ./bench/allocs -update", len(findings), len(measured), path)
	}
	fmt.Fprintf(out, "%d figures within %s\n", len(measured), path)
	return nil
}
