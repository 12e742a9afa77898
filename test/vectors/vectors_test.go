package vectors

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"text/tabwriter"
)

var (
	showFailures = flag.Int("vectors.show", 5, "how many failures of a file to print")
	onlyCase     = flag.String("vectors.case", "", "run only the cases with this id or group")
)

// count is a line of the closing table.
type count struct {
	file                          string
	passed, failed, notUnderstood int
}

// TestVectors runs every recorded case: those of testdata, or those of the directory MOLDAU_VECTORS names.
func TestVectors(t *testing.T) {
	root := cmp.Or(os.Getenv("MOLDAU_VECTORS"), "testdata")
	files, err := Files(root)
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Fatalf("no recorded cases below %s", root)
	}
	functions := Functions()
	var mu sync.Mutex
	var counts []count
	t.Run("files", func(t *testing.T) {
		for name, paths := range files {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				n := runFile(t, name, paths, functions[name])
				mu.Lock()
				counts = append(counts, n)
				mu.Unlock()
			})
		}
	})
	printTable(t, counts)
}

func runFile(t *testing.T, name string, paths []string, groups map[string]Func) count {
	n := count{file: name}
	if groups == nil {
		t.Errorf("no family knows %s", name)
	}
	for _, path := range paths {
		err := Read(name, path, func(c *Case) error {
			if *onlyCase != "" && *onlyCase != c.ID && *onlyCase != c.Group() {
				return nil
			}
			err := runCase(c, groups)
			switch {
			case err == nil:
				n.passed++
				return nil
			case errors.Is(err, errNotUnderstood):
				n.notUnderstood++
			default:
				n.failed++
			}
			if n.failed+n.notUnderstood <= *showFailures {
				t.Errorf("%s: %v\n\tinput %s config %s", c.ID, err, show(c.Input), show(c.Config))
			} else {
				t.Fail()
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
	return n
}

func runCase(c *Case, groups map[string]Func) error {
	f := groups[c.Group()]
	if f == nil {
		f = groups["*"]
	}
	if f == nil {
		return NotUnderstood("group %s", c.Group())
	}
	return Check(c, f)
}

func printTable(t *testing.T, counts []count) {
	slices.SortFunc(counts, func(a, b count) int { return cmp.Compare(a.file, b.file) })
	total := count{file: "total"}
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "file\tpassed\tfailed\tnot understood")
	for _, n := range counts {
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\n", n.file, n.passed, n.failed, n.notUnderstood)
		total.passed += n.passed
		total.failed += n.failed
		total.notUnderstood += n.notUnderstood
	}
	fmt.Fprintf(w, "%s\t%d\t%d\t%d\n", total.file, total.passed, total.failed, total.notUnderstood)
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d files\n%s", len(counts), b.String())
}
