//go:build unix

package ops

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/moldau/moldau/ops/boards"
)

// TestQueriesReturnData asks a Prometheus every query of the kit's dashboards, for every series that its rules and those of Strimzi's and
// Confluent's dashboards select, and with MOLDAU_DASHBOARDS=FILE,... every query of those files of Grafana.
func TestQueriesReturnData(t *testing.T) {
	t.Parallel()
	f := startFleet(t)
	queries := map[string]string{} // where they come from
	for _, b := range boards.All() {
		for _, row := range b.Rows {
			for _, p := range row.Panels {
				for _, q := range p.Queries {
					queries[q.Filled("kafka-connect", "orders|archive|invoices|lines", "10s")] = b.Title + ", " + p.Title
				}
			}
		}
	}
	for _, s := range dashboardSeries(t) {
		queries[s] = "Strimzi's and Confluent's dashboards"
	}
	for _, s := range ruleSeries(t) {
		queries[s] = "the rules"
	}
	for _, file := range strings.Split(os.Getenv("MOLDAU_DASHBOARDS"), ",") {
		if file != "" {
			for _, q := range dashboardQueries(t, file) {
				// These are the kubelet's, of containers.
				if !strings.Contains(q, "container_") {
					queries[q] = filepath.Base(file)
				}
			}
		}
	}
	if len(queries) < 150 {
		t.Fatalf("there are %d queries only", len(queries))
	}
	for _, m := range pageMetrics(t) {
		queries[m] = "the runbooks"
	}
	n := len(queries)
	f.askAll(t, queries)
	t.Logf("%d queries returned data", n)
	if os.Getenv("MOLDAU_PICTURES") == "write" {
		f.draw(t)
	}
}

// askAll asks until every query has returned something.
func (f *fleet) askAll(t *testing.T, queries map[string]string) {
	t.Helper()
	await(t, "data for every query", func() error {
		// A query fails while Prometheus is busy, and one that joins series (422) while a connector's are of two workers.
		var missing []string
		for q, from := range queries {
			result, err := f.Query(t.Context(), q)
			if err != nil {
				missing = append(missing, from+": "+q+": "+err.Error())
				continue
			}
			if len(result) == 0 {
				missing = append(missing, from+": "+q)
				continue
			}
			delete(queries, q)
		}
		if len(missing) > 0 {
			return fmt.Errorf("%d return no data:\n%s", len(missing), strings.Join(missing, "\n"))
		}
		return nil
	})
}

// dashboardSeries are the series that Strimzi's and Confluent's dashboards select, as queries that insist on their labels.
func dashboardSeries(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile("../../internal/metrics/testdata/dashboards.txt")
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, s := range strings.Fields(string(text)) {
		name, labels, _ := strings.Cut(strings.TrimSuffix(s, "}"), "{")
		var matchers []string
		for _, l := range strings.Split(labels, ",") {
			if l != "" {
				matchers = append(matchers, l+`!=""`)
			}
		}
		out = append(out, name+"{"+strings.Join(matchers, ",")+"}")
	}
	return out
}

// neverIn are values of labels in the rules that a healthy run cannot show.
var neverIn = regexp.MustCompile(`status!~?"running\|paused[^"]*",?`)

// ruleSeries are the selectors in the expressions of the rules.
func ruleSeries(t *testing.T) []string {
	t.Helper()
	selector := regexp.MustCompile(`\b(?:kafka_|moldau_|jvm_|process_|go_|slo:)[a-z0-9_:]+(?:\{[^}]*\})?|\{__name__=[^}]*\}|\bup\b`)
	var out []string
	for _, r := range readRules(t) {
		for _, s := range selector.FindAllString(r.Expr, -1) {
			out = append(out, neverIn.ReplaceAllString(s, ""))
		}
		if r.Record != "" {
			out = append(out, r.Record)
			for k, v := range r.Labels {
				out = append(out, fmt.Sprintf("%s{%s=%q}", r.Record, k, v))
			}
		}
	}
	return out
}

// dashboardQueries are the queries of a file of Grafana, with its variables filled.
func dashboardQueries(t *testing.T, file string) []string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var all any
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	fill := strings.NewReplacer("$env", "test", "$instance", ".+", "$kafka_connect_cluster_id", "connect", "$connector", ".+", "$kubernetes_namespace", "connect",
		"$strimzi_connect_cluster_name", "connect", "!= 0", ">= 0", "[5m]", "[10s]")
	var out []string
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, e := range v {
				walk(e)
			}
		case map[string]any:
			for k, e := range v {
				if q, ok := e.(string); ok && k == "expr" {
					out = append(out, fill.Replace(q))
				}
				walk(e)
			}
		}
	}
	walk(all)
	return out
}
