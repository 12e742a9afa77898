//go:build unix

package ops

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/moldau/moldau/ops/boards"
)

// TestDashboardsAreGenerated compares the files that Grafana imports with what the boards say.
func TestDashboardsAreGenerated(t *testing.T) {
	t.Parallel()
	var names []string
	for _, b := range boards.All() {
		want, err := b.Grafana()
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, b.UID+".json")
		have, err := os.ReadFile("../../ops/grafana/" + b.UID + ".json")
		if err != nil || !bytes.Equal(have, want) {
			t.Errorf("%s.json is not what its board says: go run ./ops/generate (%v)", b.UID, err)
		}
	}
	files, err := filepath.Glob("../../ops/grafana/*.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !slices.Contains(names, filepath.Base(f)) {
			t.Errorf("%s is of no board", f)
		}
	}
}

// TestUnit has systemd check the unit, where it is installed.
func TestUnit(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../ops/systemd/moldau.service")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := exec.LookPath("systemd-analyze"); err != nil {
		t.Skip("systemd-analyze is not installed: get it with apt-get install systemd")
	}
	// The program must be there, so another one stands for it.
	file := filepath.Join(t.TempDir(), "moldau.service")
	if err := os.WriteFile(file, bytes.ReplaceAll(text, []byte("/usr/local/bin/moldau"), []byte("/bin/true")), 0o644); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("systemd-analyze", "verify", file).CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("systemd-analyze verify: %v\n%s", err, out)
	}
}

// TestManifests reads the example for Kubernetes and checks what its parts say of each other.
func TestManifests(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../ops/kubernetes/moldau.yaml")
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string]map[string]any{}
	for d := yaml.NewDecoder(bytes.NewReader(text)); ; {
		var o map[string]any
		if err := d.Decode(&o); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		kind, _ := o["kind"].(string)
		name, _ := at(o, "metadata", "name").(string)
		kinds[kind+" "+name] = o
	}
	for _, want := range []string{"ConfigMap moldau", "Service moldau", "Service moldau-workers", "StatefulSet moldau", "PodDisruptionBudget moldau", "NetworkPolicy moldau"} {
		if kinds[want] == nil {
			t.Errorf("there is no %s", want)
		}
	}
	set := kinds["StatefulSet moldau"]
	if got := at(set, "spec", "serviceName"); got != "moldau-workers" {
		t.Errorf("the set's service is %v", got)
	}
	pod := at(set, "spec", "template", "spec")
	containers, _ := at(pod, "containers").([]any)
	if len(containers) != 1 {
		t.Fatalf("%d containers", len(containers))
	}
	for probe, path := range map[string]string{"startupProbe": "/livez", "livenessProbe": "/livez", "readinessProbe": "/readyz"} {
		if got := at(containers[0], probe, "httpGet", "path"); got != path {
			t.Errorf("%s asks %v", probe, got)
		}
	}
	if at(containers[0], "securityContext", "readOnlyRootFilesystem") != true || at(pod, "securityContext", "runAsNonRoot") != true {
		t.Error("the pod may do more than it must")
	}
	mounted := map[any]bool{}
	mounts, _ := at(containers[0], "volumeMounts").([]any)
	for _, m := range mounts {
		mounted[at(m, "name")] = true
	}
	volumes, _ := at(pod, "volumes").([]any)
	for _, v := range volumes {
		if !mounted[at(v, "name")] {
			t.Errorf("volume %v is not mounted", at(v, "name"))
		}
	}
	properties, _ := at(kinds["ConfigMap moldau"], "data", "worker.properties").(string)
	for _, key := range []string{"bootstrap.servers=", "group.id=", "rest.advertised.host.name=", "config.storage.topic=", "offset.storage.topic=", "status.storage.topic="} {
		if !strings.Contains(properties, "\n"+key) && !strings.HasPrefix(properties, key) {
			t.Errorf("the worker's file has no %s", key)
		}
	}
}

// at follows keys into objects.
func at(o any, keys ...string) any {
	for _, k := range keys {
		m, ok := o.(map[string]any)
		if !ok {
			return nil
		}
		o = m[k]
	}
	return o
}
