package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
)

// budget is the ceiling that a new figure per record gets: that of the loops.
const budget = 0.1

const head = `# Ceilings of allocations: package, benchmark, unit, most. Checked by .ci/run; written by go run ./bench/allocs -update, which keeps the
# budgets of allocs/record.
`

func readLimits(path string) (map[figure]float64, error) {
	text, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	list := map[figure]float64{}
	for i, line := range strings.Split(string(text), "\n") {
		fields := strings.Fields(line)
		if len(fields) == 0 || strings.HasPrefix(line, "#") {
			continue
		}
		if len(fields) != 4 {
			return nil, fmt.Errorf("%s:%d: package, benchmark, unit and ceiling are needed", path, i+1)
		}
		ceiling, err := strconv.ParseFloat(fields[3], 64)
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", path, i+1, err)
		}
		list[figure{fields[0], fields[1], fields[2]}] = ceiling
	}
	return list, nil
}

// writeLimits replaces the ceilings of the packages that were measured.
func writeLimits(path string, list, measured map[figure]float64) error {
	written := maps.Clone(measured)
	for f := range measured {
		if f.unit != perRecord {
			continue
		}
		written[f] = budget
		if kept, ok := list[f]; ok {
			written[f] = kept
		}
	}
	packages := packagesOf(measured)
	for f, ceiling := range list {
		if !packages[f.pkg] {
			written[f] = ceiling
		}
	}
	var b strings.Builder
	b.WriteString(head)
	pkg := ""
	for _, f := range sorted(written) {
		if f.pkg != pkg {
			b.WriteByte('\n')
			pkg = f.pkg
		}
		fmt.Fprintf(&b, "%s %s\n", f, number(written[f]))
	}
	return os.WriteFile(path, []byte(b.String()), 0o644)
}

// compare returns a line for each figure that does not agree with the list.
func compare(list, measured map[figure]float64) []string {
	var findings []string
	for _, f := range sorted(measured) {
		ceiling, known := list[f]
		switch {
		case !known:
			findings = append(findings, fmt.Sprintf("NEW     %s: %s, and the list has no ceiling for it", f, number(measured[f])))
		case measured[f] > ceiling:
			findings = append(findings, fmt.Sprintf("MORE    %s: %s, the ceiling is %s", f, number(measured[f]), number(ceiling)))
		}
	}
	packages := packagesOf(measured)
	for _, f := range sorted(list) {
		if _, ran := measured[f]; !ran && packages[f.pkg] {
			findings = append(findings, fmt.Sprintf("MISSING %s: in the list, but it did not run", f))
		}
	}
	return findings
}

func packagesOf(figures map[figure]float64) map[string]bool {
	packages := map[string]bool{}
	for f := range figures {
		packages[f.pkg] = true
	}
	return packages
}

func sorted(figures map[figure]float64) []figure {
	return slices.SortedFunc(maps.Keys(figures), func(x, y figure) int {
		return cmp.Or(cmp.Compare(x.pkg, y.pkg), cmp.Compare(x.name, y.name), cmp.Compare(x.unit, y.unit))
	})
}

func number(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }
