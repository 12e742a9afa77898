//go:build unix

package compat

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestGroupOfJavaAndMoldau runs one Java and two Moldau workers as one group, once led by Java and once by Moldau: whatever is asked of any of them
// is done by the one that must do it.
func TestGroupOfJavaAndMoldau(t *testing.T) {
	t.Run("led by Java", func(t *testing.T) {
		c := newCluster(t, "compat-java-leads", map[string]string{"inter.worker.key.ttl.ms": keyLife})
		java := c.node("java").runJava()
		mixed(t, c, java, c.node("moldau1").runMoldau(), c.node("moldau2").runMoldau())
	})
	t.Run("led by Moldau", func(t *testing.T) {
		c := newCluster(t, "compat-moldau-leads", map[string]string{"inter.worker.key.ttl.ms": keyLife})
		first := c.node("moldau1").runMoldau()
		java := c.node("java").runJava()
		mixed(t, c, first, java, c.node("moldau2").runMoldau())
	})
}

// mixed asks three workers for everything in turns, kills the second one, starts it again, and kills the leader.
func mixed(t *testing.T, c *cluster, leader, second, third *node) {
	nodes := []*node{leader, second, third}
	var flows []*flow
	for i := range nodes {
		flows = append(flows, c.flow(fmt.Sprint("f", i)).create(nodes[i], nodes[(i+1)%3]))
	}
	c.balanced(flows)
	for _, f := range flows {
		f.complete(0)
	}
	c.rotations(leader, flows)
	changes(c, nodes, flows)
	restarts(c, nodes)
	foreignClass(c, nodes)
	for _, f := range flows {
		f.complete(0)
	}

	second.kill()
	for _, f := range flows {
		f.add(100)
	}
	steady := func() {
		t.Helper()
		for _, f := range flows {
			c.everywhere(f.source, "RUNNING", 1)
			c.everywhere(f.sink, "RUNNING", 2)
		}
		for _, f := range flows {
			f.complete(10_000)
		}
	}
	begin := time.Now()
	steady()
	t.Logf("the work of a killed worker runs elsewhere after %v", time.Since(begin).Round(time.Millisecond))
	if second.java != nil {
		second.runJava()
	} else {
		second.runMoldau()
	}
	leader.kill()
	for _, f := range flows {
		f.add(100)
	}
	steady()
	last := c.flow("last").create(second, third)
	c.everywhere(last.source, "RUNNING", 1)
	c.everywhere(last.sink, "RUNNING", 1)
	last.complete(0)
}

// changes asks each worker to change, pause, stop and resume connectors of any owner, and to alter the offsets of one.
func changes(c *cluster, nodes []*node, flows []*flow) {
	c.t.Helper()
	for i, n := range nodes {
		f := flows[i]
		f.sinkCfg["tasks.max"] = "2"
		n.want(http.StatusOK, http.MethodPut, "/connectors/"+f.sink+"/config", f.sinkCfg)
		n.want(http.StatusOK, http.MethodPatch, "/connectors/"+f.source+"/config", map[string]any{"batch.size": "500"})
		f.sourceCfg["batch.size"] = "500"
	}
	for i, n := range nodes {
		f := flows[(i+1)%3]
		c.everywhere(f.sink, "RUNNING", 2)
		n.target(f.sink, "pause", "PAUSED", 2)
		n.target(f.source, "stop", "STOPPED", 0)
		f.add(50)
		for _, other := range nodes {
			if got := other.want(http.StatusOK, http.MethodGet, "/connectors/"+f.source+"/offsets", nil); !strings.Contains(got, `"position":`) {
				c.t.Errorf("%s says of the offsets of %s: %s", other.name, f.source, got)
			}
			if diff := cmp.Diff(f.sinkCfg, other.config(f.sink)); diff != "" {
				c.t.Errorf("%s has another configuration of %s:\n%s", other.name, f.sink, diff)
			}
			if diff := cmp.Diff(f.sourceCfg, other.config(f.source)); diff != "" {
				c.t.Errorf("%s has another configuration of %s:\n%s", other.name, f.source, diff)
			}
		}
		f.alterToSame(n)
		n.want(http.StatusAccepted, http.MethodPut, "/connectors/"+f.source+"/resume", nil)
		n.want(http.StatusAccepted, http.MethodPut, "/connectors/"+f.sink+"/resume", nil)
		c.everywhere(f.source, "RUNNING", 1)
		c.everywhere(f.sink, "RUNNING", 2)
		f.complete(0)
	}
}

func (n *node) config(name string) map[string]string {
	n.c.t.Helper()
	var config map[string]string
	if err := json.Unmarshal([]byte(n.want(http.StatusOK, http.MethodGet, "/connectors/"+name+"/config", nil)), &config); err != nil {
		n.c.t.Fatal(err)
	}
	return config
}

// alterToSame writes the offsets that a stopped source has.
func (f *flow) alterToSame(n *node) {
	n.c.t.Helper()
	var offsets any
	if err := json.Unmarshal([]byte(n.want(http.StatusOK, http.MethodGet, "/connectors/"+f.source+"/offsets", nil)), &offsets); err != nil {
		n.c.t.Fatal(err)
	}
	n.want(http.StatusOK, http.MethodPatch, "/connectors/"+f.source+"/offsets", offsets)
}

// restarts lets tasks fail for want of a folder, makes it, and asks each worker in one of the ways there are to restart a task.
func restarts(c *cluster, nodes []*node) {
	c.t.Helper()
	failing := func(i int) *flow {
		f := c.flow(fmt.Sprint("broken", i))
		f.out = filepath.Join(c.dir, fmt.Sprint("missing", i), "out")
		f.sinkCfg["file"] = f.out
		return f.create(nodes[i%3], nodes[(i+1)%3])
	}
	ways := []string{"/tasks/0/restart", "/restart?includeTasks=true&onlyFailed=true", "/restart?includeTasks=true", "/tasks/0/restart"}
	var flows []*flow
	for i := range ways {
		flows = append(flows, failing(i))
	}
	for i, f := range flows {
		var s status
		c.await("failed task of "+f.sink, func() error {
			all, err := nodes[i%3].all()
			if s = all[f.sink].Status; err == nil && (len(s.Tasks) != 1 || s.Tasks[0].State != "FAILED") {
				err = errors.New(s.String())
			}
			return err
		})
		if !strings.Contains(s.Tasks[0].Trace, f.out) {
			c.t.Errorf("the trace does not name the file: %s", s.Tasks[0].Trace)
		}
		if err := os.Mkdir(filepath.Dir(f.out), 0o755); err != nil {
			c.t.Fatal(err)
		}
		answer := http.StatusAccepted
		if strings.HasPrefix(ways[i], "/tasks") {
			answer = http.StatusNoContent
		}
		nodes[i%3].want(answer, http.MethodPost, "/connectors/"+f.sink+ways[i], nil)
	}
	for i, f := range flows {
		c.everywhere(f.sink, "RUNNING", 1)
		f.complete(0)
		// The connector alone, on whatever worker it is.
		nodes[(i+2)%3].want(http.StatusNoContent, http.MethodPost, "/connectors/"+f.source+"/restart", nil)
		c.everywhere(f.source, "RUNNING", 1)
		for _, name := range []string{f.source, f.sink} {
			nodes[i%3].want(http.StatusNoContent, http.MethodDelete, "/connectors/"+name, nil)
		}
	}
}

// foreignClass creates connectors of a class that only Java has. Where a worker of Moldau gets a connector or task of it, that fails with the name of
// the class; all else goes on.
func foreignClass(c *cluster, nodes []*node) {
	c.t.Helper()
	var java *node
	for _, n := range nodes {
		if n.java != nil {
			java = n
		}
	}
	const class = "org.apache.kafka.connect.mirror.MirrorHeartbeatConnector"
	for _, n := range nodes {
		if has := strings.Contains(n.want(http.StatusOK, http.MethodGet, "/connector-plugins", nil), class); has != (n == java) {
			c.t.Logf("%s has %s: %v; the workers' classes do not differ as this test wants it", n.name, class, has)
			return
		}
	}
	// A leader without the class refuses the configuration, as Java's would; then the topic gets it as it would from a leader that left.
	leading := java == nodes[0]
	var names []string
	for i := range 4 {
		name := fmt.Sprintf("%s-foreign%d", c.name, i)
		config := map[string]string{"name": name, "connector.class": class, "tasks.max": "1", "source.cluster.alias": "a", "target.cluster.alias": "b",
			"target.cluster.bootstrap.servers": c.kafka.Bootstrap(), "heartbeats.topic.replication.factor": "1", "topics": "x"}
		if leading {
			java.want(http.StatusCreated, http.MethodPut, "/connectors/"+name+"/config", config)
		} else {
			answer := nodes[2].want(http.StatusBadRequest, http.MethodPut, "/connectors/"+name+"/config", config)
			if !strings.Contains(answer, class) {
				c.t.Errorf("the answer does not name the class: %s", answer)
			}
			c.writeConfig("connector-"+name, map[string]any{"properties": config})
		}
		names = append(names, name)
	}
	for _, name := range names {
		c.await("state of "+name, func() error {
			for _, n := range nodes {
				all, err := n.all()
				if err != nil {
					return err
				}
				s := all[name].Status
				if s.Connector.State == "" {
					return fmt.Errorf("%s has no status of %s", n.name, name)
				}
				for i, at := range append([]state{s.Connector}, s.Tasks...) {
					switch {
					case at.State == "FAILED" && at.WorkerID == java.id(), at.State == "RUNNING" && at.WorkerID != java.id():
						c.t.Fatalf("%s says: %v", n.name, s)
					case at.State == "FAILED" && !strings.Contains(at.Trace, class) && !strings.Contains(at.Trace, "MirrorHeartbeatTask"):
						c.t.Fatalf("%s: part %d failed without the name of the class: %s", n.name, i, at.Trace)
					case at.State != "FAILED" && at.State != "RUNNING":
						return errors.New(s.String())
					}
				}
			}
			return nil
		})
	}
	for _, name := range names {
		nodes[1].want(http.StatusNoContent, http.MethodDelete, "/connectors/"+name, nil)
	}
}
