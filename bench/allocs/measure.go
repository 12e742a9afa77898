package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
)

// figure names one measured quantity: a benchmark of a package, by its unit.
type figure struct{ pkg, name, unit string }

func (f figure) String() string { return f.pkg + " " + f.name + " " + f.unit }

const (
	perRound  = "allocs/op"
	perRecord = "allocs/record"
)

// cpus is what the testing package appends to names when there are several processors.
var cpus = regexp.MustCompile(`-[0-9]+$`)

const module = "github.com/moldau/moldau/"

// readBenchmarks returns the allocations of each benchmark, the largest where one ran several times, and copies the lines to out. A benchmark
// that counts allocations per record is judged by these alone.
func readBenchmarks(in io.Reader, out io.Writer) (map[figure]float64, error) {
	measured := map[figure]float64{}
	pkg, failed := "", false
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		line := lines.Text()
		fmt.Fprintln(out, line)
		if name, ok := strings.CutPrefix(line, "pkg: "); ok {
			pkg = strings.TrimPrefix(name, module)
		}
		failed = failed || strings.HasPrefix(line, "FAIL") || strings.HasPrefix(line, "--- FAIL")
		fields := strings.Fields(line)
		if len(fields) < 4 || !strings.HasPrefix(fields[0], "Benchmark") {
			continue
		}
		f := figure{pkg: pkg, name: cpus.ReplaceAllString(fields[0], "")}
		units := map[string]float64{}
		for i := 2; i+1 < len(fields); i += 2 {
			value, err := strconv.ParseFloat(fields[i], 64)
			if err != nil {
				return nil, fmt.Errorf("not a line of a benchmark: %s", line)
			}
			units[fields[i+1]] = value
		}
		f.unit = perRecord
		value, ok := units[perRecord]
		if !ok {
			f.unit = perRound
			if value, ok = units[perRound]; !ok {
				return nil, fmt.Errorf("%s: no allocations; run it with -benchmem", f.name)
			}
		}
		measured[f] = max(measured[f], value)
	}
	switch {
	case lines.Err() != nil:
		return nil, lines.Err()
	case failed:
		return nil, errors.New("a package failed")
	case len(measured) == 0:
		return nil, errors.New("no benchmarks on standard input")
	}
	return measured, nil
}
