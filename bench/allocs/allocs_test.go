package main

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const output = `goos: linux
pkg: github.com/moldau/moldau/connect/data
cpu: some
BenchmarkBuild-2      	   20000	       367.6 ns/op	     324 B/op	       2 allocs/op
BenchmarkRead/a-16    	   20000	       100.0 ns/op	       0 B/op	       0 allocs/op
BenchmarkRead/a-16    	   20000	       100.0 ns/op	       0 B/op	       1 allocs/op
PASS
ok  	github.com/moldau/moldau/connect/data	0.070s
pkg: github.com/moldau/moldau/bench
BenchmarkLoop/Source  	   20000	         0 ns/op	         0.02 allocs/record	         3 B/record	      99 B/op	      40 allocs/op
PASS
`

const agreed = head + `
bench BenchmarkLoop/Source allocs/record 0.1

connect/data BenchmarkBuild allocs/op 2
connect/data BenchmarkRead/a allocs/op 1
`

func TestRun(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		in, list string
		want     []string // lines that are printed besides the output, the error last
		updated  string
	}{
		"agree": {in: output, list: agreed, want: []string{"3 figures within LIST"}, updated: agreed},
		"more": {in: output, list: strings.Replace(agreed, "Build allocs/op 2", "Build allocs/op 1", 1),
			want: []string{"MORE    connect/data BenchmarkBuild allocs/op: 2, the ceiling is 1", "1 of 3 figures do not agree with LIST"}, updated: agreed},
		"fewer": {in: output, list: strings.Replace(agreed, "Build allocs/op 2", "Build allocs/op 3", 1),
			want: []string{"3 figures within LIST"}, updated: agreed},
		"new": {in: output, list: strings.Replace(agreed, "connect/data BenchmarkBuild allocs/op 2\n", "", 1),
			want: []string{"NEW     connect/data BenchmarkBuild allocs/op: 2, and the list has no ceiling for it", "1 of 3 figures do not agree"}, updated: agreed},
		"missing": {in: output, list: agreed + "connect/data BenchmarkGone allocs/op 0\n",
			want: []string{"MISSING connect/data BenchmarkGone allocs/op: in the list, but it did not run", "1 of 3 figures do not agree"}, updated: agreed},
		"another package": {in: output, list: agreed + "\ntransforms BenchmarkRoute allocs/op 2\n", want: []string{"3 figures within LIST"},
			updated: agreed + "\ntransforms BenchmarkRoute allocs/op 2\n"},
		"budgets are kept": {in: output, list: strings.Replace(agreed, "0.1", "0.01", 1),
			want:    []string{"MORE    bench BenchmarkLoop/Source allocs/record: 0.02, the ceiling is 0.01", "1 of 3 figures do not agree"},
			updated: strings.Replace(agreed, "0.1", "0.01", 1)},
		"nothing":      {in: "PASS\n", want: []string{"no benchmarks on standard input"}},
		"failed":       {in: output + "FAIL\tgithub.com/moldau/moldau/transforms\n", list: agreed, want: []string{"a package failed"}},
		"no -benchmem": {in: "pkg: x\nBenchmarkA-2 1 5 ns/op\n", want: []string{"BenchmarkA: no allocations; run it with -benchmem"}},
		"wrong list":   {in: output, list: "a b c\n", want: []string{"LIST:1: package, benchmark, unit and ceiling are needed"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "list")
			if err := os.WriteFile(path, []byte(c.list), 0o644); err != nil {
				t.Fatal(err)
			}
			var out strings.Builder
			err := run(strings.NewReader(c.in), &out, path, false)
			printed := strings.TrimPrefix(out.String(), c.in)
			if err != nil {
				printed += err.Error() + "\n"
			}
			lines := strings.Split(strings.TrimSuffix(strings.ReplaceAll(printed, path, "LIST"), "\n"), "\n")
			if len(lines) != len(c.want) {
				t.Fatalf("got %q, want %q", lines, c.want)
			}
			for i, want := range c.want {
				if !strings.HasPrefix(lines[i], want) {
					t.Errorf("got %q, want %q", lines[i], want)
				}
			}
			if c.updated == "" {
				return
			}
			if err := run(strings.NewReader(c.in), io.Discard, path, true); err != nil {
				t.Fatal(err)
			}
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.updated, string(text)); diff != "" {
				t.Errorf("updated list: %s", diff)
			}
		})
	}
}
