//go:build unix

package e2e

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/moldau/moldau/test/servers"
)

// indicators reads the metrics and the queries of the table in docs/metrics.md.
func indicators(t *testing.T) (metrics, queries []string) {
	t.Helper()
	text, err := os.ReadFile("../../docs/metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, ok := strings.Cut(string(text), "## From indicator to query\n")
	if !ok {
		t.Fatal("docs/metrics.md has no table of indicators")
	}
	table, _, _ = strings.Cut(table, "\n\n")
	quoted := regexp.MustCompile("`[^`]+`")
	seen := map[string]bool{}
	for row := range strings.Lines(table) {
		cells := strings.Split(row, " | ")
		if len(cells) < 4 {
			continue
		}
		seen[strings.Trim(cells[0], "| ")] = true
		for _, m := range quoted.FindAllString(cells[2], -1) {
			metrics = append(metrics, strings.Trim(m, "`"))
		}
		for _, q := range quoted.FindAllString(strings.Join(cells[3:], " | "), -1) {
			queries = append(queries, strings.Trim(q, "`"))
		}
	}
	for n := 1; n <= 15; n++ {
		if !seen[fmt.Sprintf("M%d", n)] {
			t.Errorf("the table lacks M%d", n)
		}
	}
	return metrics, queries
}

// A worker of a group shows every metric by which docs/metrics.md says that an indicator is looked up, and the queries ask for no others.
func TestIndicators(t *testing.T) {
	t.Parallel()
	metrics, queries := indicators(t)
	dir := t.TempDir()
	kafka := broker(t)
	p := moldau(t, dir, "distributed", member(t, dir, kafka, "indicators", quickSessions, "admin.listeners=https://127.0.0.1:0",
		"admin.listeners.https.ssl.keystore.type=PKCS12", "admin.listeners.https.ssl.keystore.password="+servers.StorePassword,
		"admin.listeners.https.ssl.keystore.location="+servers.NewCerts(t, filepath.Join(dir, "certificates")).ServerP12))
	a := p.rest().joined()
	in := filepath.Join(dir, "in.txt")
	add(t, in, numbered("line ", 1, 7))
	a.create("src", source(in, "lines"))
	post(t, kafka, "orders", "1", "x", "2")
	a.create("snk", fussy(filepath.Join(dir, "out.txt")))
	a.letters(t, 1)
	a.wantDLQ(t, 2, "1 failed", "redrive", "snk", "0:0", "--to", "connector") // refused as before, and counted
	strict := fussy(filepath.Join(dir, "strict.txt"))
	delete(strict, "errors.tolerance")
	delete(strict, "errors.deadletterqueue.topic.name")
	a.create("strict", strict)
	shown := func() string { return "\n" + a.want(http.StatusOK, http.MethodGet, "/metrics", nil) }
	failures := func(n int) {
		p.await(fmt.Sprintf("failure %d of a task", n), func() error {
			if line := fmt.Sprintf("\nmoldau_task_failures_total{connector=\"strict\",error=\"NumberFormatException\"} %d\n", n); !strings.Contains(shown(), line) {
				return fmt.Errorf("no line %s, but %q", line, regexp.MustCompile(`moldau_task_failures_total\{.*`).FindAllString(shown(), -1))
			}
			return nil
		})
	}
	failures(1)
	a.settled(http.MethodPost, "/connectors/strict/tasks/0/restart", nil)
	failures(2)
	p.await("all metrics of the table", func() error {
		text := shown()
		for _, m := range metrics {
			if !strings.Contains(text, "\n"+m+"{") && !strings.Contains(text, "\n"+m+" ") {
				return fmt.Errorf("%s is not shown", m)
			}
		}
		for _, line := range []string{`moldau_task_restarts_total{after="failure",connector="strict"} 1`, `moldau_rebalances_total{cause="worker_started"} 1`,
			`moldau_task_record_errors_total{connector="snk",error="NumberFormatException",stage="TRANSFORMATION",task="0"} 1`,
			`moldau_source_lag{connector="src",task="0",unit="bytes"} 0`} {
			if !strings.Contains(text, "\n"+line+"\n") {
				return fmt.Errorf("no line %s", line)
			}
		}
		return nil
	})
	names := regexp.MustCompile(`\b(?:kafka|moldau|process|go|jvm)_[a-z0-9_]+`)
	for _, q := range queries {
		for _, m := range names.FindAllString(q, -1) {
			if !slices.Contains(metrics, m) {
				t.Errorf("the query %s asks for %s, which its table does not name", q, m)
			}
		}
	}
}
