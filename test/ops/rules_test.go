//go:build unix

package ops

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/moldau/moldau/test/servers"
)

// rule is a rule of Prometheus.
type rule struct {
	Record, Alert, Expr string
	Labels, Annotations map[string]string
}

// readRules are the kit's.
func readRules(t *testing.T) []rule {
	t.Helper()
	files, err := filepath.Glob("../../ops/prometheus/*.rules.yml")
	if err != nil {
		t.Fatal(err)
	}
	var all []rule
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var content struct{ Groups []struct{ Rules []rule } }
		if err := yaml.Unmarshal(text, &content); err != nil {
			t.Fatal(file, err)
		}
		for _, g := range content.Groups {
			all = append(all, g.Rules...)
		}
	}
	if len(all) < 40 {
		t.Fatalf("there are %d rules only", len(all))
	}
	return all
}

// TestRules has promtool run the kit's tests of rules.
func TestRules(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../../ops/prometheus/tests/*.yml")
	if err != nil || len(files) == 0 {
		t.Fatal("no tests of rules", err)
	}
	if out, err := servers.Promtool(t, append([]string{"test", "rules"}, files...)...); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestAlerts checks that each alert has a severity, a runbook that is there, and a test.
func TestAlerts(t *testing.T) {
	t.Parallel()
	var tested strings.Builder
	files, err := filepath.Glob("../../ops/prometheus/tests/*.yml")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		tested.Write(text)
	}
	const site = "https://github.com/moldau/moldau/blob/main/docs/runbooks/"
	for _, r := range readRules(t) {
		if r.Alert == "" {
			continue
		}
		if s := r.Labels["severity"]; s != "page" && s != "ticket" {
			t.Errorf("%s has severity %q", r.Alert, s)
		}
		page, ok := strings.CutPrefix(r.Annotations["runbook_url"], site)
		if !ok {
			t.Errorf("%s has runbook_url %q", r.Alert, r.Annotations["runbook_url"])
			continue
		}
		text, err := os.ReadFile("../../docs/runbooks/" + page)
		if err != nil {
			t.Errorf("%s: %v", r.Alert, err)
		} else if !strings.Contains(string(text), "`"+r.Alert+"`") {
			t.Errorf("%s does not name its alert %s", page, r.Alert)
		}
		if !strings.Contains(tested.String(), "alertname: "+r.Alert+"\n") {
			t.Errorf("no test of rules fires %s", r.Alert)
		}
	}
}
