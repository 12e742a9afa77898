package workerconfig

import (
	"os"
	"strings"
	"testing"
)

// TestCompareVersionsAgreesWithMaven compares every pair of the recorded versions; a line holds a version and its order against each of them.
func TestCompareVersionsAgreesWithMaven(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/versions.tsv")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimRight(string(text), "\n"), "\n")
	for _, line := range lines {
		a, orders, _ := strings.Cut(line, "\t")
		for i, other := range lines {
			b, _, _ := strings.Cut(other, "\t")
			if got := "<=>"[compareVersions(a, b)+1]; got != orders[i] {
				t.Errorf("%q %c %q, want %c", a, got, b, orders[i])
			}
		}
	}
}

func TestVersionRange(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		spec, text, problem string
		contains            bool
	}{
		{spec: "4.3.1", text: "[4.3.1,4.3.1]", contains: true},
		{spec: "[4.3.1]", text: "[4.3.1,4.3.1]", contains: true},
		{spec: " [1,2]", text: "[1,2]"},
		{spec: "[1,2]  ,  [3,5)", text: "[1,2],[3,5)", contains: true},
		{spec: "(,1],[2,)", text: "(,1],[2,)", contains: true},
		{spec: "[,]", text: "[,]", contains: true},
		{spec: "", text: "[,]"},
		{spec: "(4.3.1,)", text: "(4.3.1,)"},
		{spec: "[4.0,4.3.1)", text: "[4.0,4.3.1)"},
		{spec: "bad version", text: "[bad version,bad version]"},
		{spec: "x,y", text: "[x,y]"},
		{spec: "[1.0", problem: "Unbounded range: [1.0"},
		{spec: "[2,1]", problem: "Range defies version ordering: [2,1]"},
		{spec: "(1)", problem: "Single version must be surrounded by []: (1)"},
		{spec: "[1,3],[2,4]", problem: "Ranges overlap: [1,3],[2,4]"},
		{spec: "[1,2] x", problem: "Only fully-qualified sets allowed in multiple set scenario: [1,2] x"},
		{spec: "]", problem: "Only fully-qualified sets allowed in multiple set scenario: []]"},
	} {
		r, err := ParseVersionRange(c.spec)
		problem := ""
		if err != nil {
			problem = err.Error()
		}
		if problem != c.problem {
			t.Errorf("%q: error %q, want %q", c.spec, problem, c.problem)
		}
		if err == nil && (r.String() != c.text || r.Contains("4.3.1") != c.contains) {
			t.Errorf("%q: got %s, contains %v; want %s, %v", c.spec, r, r.Contains("4.3.1"), c.text, c.contains)
		}
	}
}
