//go:build unix

package compat

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/moldau/moldau/test/servers"
)

// moldau runs a command that ends, and returns what it printed.
func (c *cluster) moldau(args ...string) string {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), patience)
	defer cancel()
	out, err := exec.CommandContext(ctx, binary, args...).CombinedOutput()
	if err != nil {
		c.t.Fatalf("moldau %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// forget deletes the consumer groups of sinks, which are all that clusters on the same Kafka share.
func (c *cluster) forget(flows []*flow) {
	c.t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(c.kafka.Bootstrap()))
	if err != nil {
		c.t.Fatal(err)
	}
	defer client.Close()
	for _, f := range flows {
		c.await("end of the group of "+f.sink, func() error {
			_, err := kadm.NewClient(client).DeleteGroup(c.t.Context(), "connect-"+f.sink)
			return err
		})
	}
}

func size(t *testing.T, file string) int64 {
	t.Helper()
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}

// TestBackupsGoBetweenJavaAndMoldau takes a backup of a Java group's topics and restores it, while all is down, to the empty topics of a group of
// Moldau; from there in the same way to another Java group; and, over REST, to that one again after it lost everything. Each time running connectors
// go on where they were, and paused and stopped ones stay so.
func TestBackupsGoBetweenJavaAndMoldau(t *testing.T) {
	first := newCluster(t, "compat-backup-a", nil)
	n := first.node("java").runJava()
	running, paused, stopped := first.flow("running"), first.flow("paused"), first.flow("stopped")
	flows := []*flow{running, paused, stopped}
	for _, f := range flows {
		f.create(n, n)
	}
	for _, f := range flows {
		f.complete(0)
	}
	for _, name := range []string{paused.source, paused.sink} {
		n.target(name, "pause", "PAUSED", 1)
	}
	for _, name := range []string{stopped.source, stopped.sink} {
		n.target(name, "stop", "STOPPED", 0)
	}
	over := first
	// move takes the file of the group's topics to new topics, where another worker takes over.
	move := func(name string, run func(*node) *node) *node {
		t.Helper()
		n.stop()
		file := filepath.Join(t.TempDir(), "kafka.backup")
		over.moldau("backup", file, "--worker", servers.Properties(t, "connect-distributed.properties", over.props))
		over.forget(flows)
		for _, f := range flows {
			f.add(50)
		}
		next := newCluster(t, "compat-backup-"+name, nil)
		worker := servers.Properties(t, "connect-distributed.properties", next.props)
		if plan := next.moldau("restore", file, "--worker", worker, "--other-cluster"); strings.Count(plan, "create") < 2*len(flows) || !strings.Contains(plan, "Nothing was changed") {
			t.Errorf("the plan is\n%s", plan)
		}
		next.moldau("restore", file, "--worker", worker, "--other-cluster", "--apply")
		over, n = next, run(next.node(name))
		for _, f := range flows {
			f.c = next
		}
		return n
	}
	// arrive checks that everything is as it was: what was added meanwhile arrives once, from the running ones at once.
	arrive := func() {
		t.Helper()
		for _, name := range []string{running.source, running.sink} {
			over.everywhere(name, "RUNNING", 1)
		}
		running.complete(0)
		for _, name := range []string{paused.source, paused.sink} {
			over.everywhere(name, "PAUSED", 1)
		}
		for _, name := range []string{stopped.source, stopped.sink} {
			over.everywhere(name, "STOPPED", 0)
		}
	}
	move("moldau", (*node).runMoldau)
	arrive()
	move("back", (*node).runJava)
	arrive()

	// Over REST, to a worker that runs. A backup of a running connector has what is committed.
	over.await("commits", func() error {
		for name, want := range map[string]string{running.source: fmt.Sprintf(`"position":%d`, size(t, running.in)), running.sink: fmt.Sprintf(`"kafka_offset":%d`, running.lines)} {
			if _, body, err := n.call(http.MethodGet, "/connectors/"+name+"/offsets", nil); err != nil || !strings.Contains(body, want) {
				return fmt.Errorf("%s: want %s: %s %v", name, want, body, err)
			}
		}
		return nil
	})
	file := filepath.Join(t.TempDir(), "rest.backup")
	over.moldau("backup", file, "--url", n.url)
	for _, f := range flows {
		for _, name := range []string{f.source, f.sink} {
			n.want(http.StatusNoContent, http.MethodPut, "/connectors/"+name+"/stop", nil)
			over.everywhere(name, "STOPPED", 0)
			n.want(http.StatusOK, http.MethodDelete, "/connectors/"+name+"/offsets", nil)
			n.want(http.StatusNoContent, http.MethodDelete, "/connectors/"+name, nil)
		}
		f.add(50)
	}
	if out := over.moldau("restore", file, "--url", n.url, "--apply"); strings.Count(out, "done") != 2*len(flows) {
		t.Errorf("not everything was restored:\n%s", out)
	}
	running.complete(0)
	for _, name := range []string{stopped.source, stopped.sink} {
		over.everywhere(name, "STOPPED", 0)
	}
	for _, f := range flows[1:] {
		for _, name := range []string{f.source, f.sink} {
			n.want(http.StatusAccepted, http.MethodPut, "/connectors/"+name+"/resume", nil)
		}
		f.complete(0)
	}
	if out := over.moldau("restore", file, "--url", n.url, "--no-offsets", "--connector", running.source); !strings.Contains(out, "unchanged") {
		t.Error(out)
	}
}
