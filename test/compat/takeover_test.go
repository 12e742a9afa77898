//go:build unix

package compat

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// remembered is what a worker says of a connector that must not depend on who runs it: no worker ids and no generations.
type remembered struct {
	Config  map[string]string
	Type    string
	State   string
	Tasks   []string
	Offsets any
	Topics  any
}

// remember asks a node for everything that the next worker has to know too.
func (n *node) remember() map[string]remembered {
	n.c.t.Helper()
	all, err := n.all()
	if err != nil {
		n.c.t.Fatal(err)
	}
	out := map[string]remembered{}
	for name, e := range all {
		r := remembered{Config: e.Info.Config, Type: e.Info.Type, State: e.Status.Connector.State}
		for _, task := range e.Status.Tasks {
			r.Tasks = append(r.Tasks, task.State)
		}
		if len(e.Info.Tasks) != len(e.Status.Tasks) {
			n.c.t.Errorf("%s has %d tasks of %s, and states of %d", n.name, len(e.Info.Tasks), name, len(e.Status.Tasks))
		}
		if r.State == "RUNNING" {
			out[name] = r // its offsets go on, and whether they are right shows in what arrives
			continue
		}
		for path, to := range map[string]*any{"/offsets": &r.Offsets, "/topics": &r.Topics} {
			if err := json.Unmarshal([]byte(n.want(http.StatusOK, http.MethodGet, "/connectors/"+name+path, nil)), to); err != nil {
				n.c.t.Fatal(err)
			}
		}
		out[name] = r
	}
	return out
}

// settled waits until a node says of all connectors what the worker before it said.
func (n *node) settled(want map[string]remembered) {
	n.c.t.Helper()
	n.c.await("take-over by "+n.name, func() error {
		all, err := n.all()
		if err != nil {
			return err
		}
		for name, w := range want {
			if err := all[name].Status.is(w.State, len(w.Tasks)); err != nil {
				return err
			}
			if w.State == "RUNNING" {
				for _, s := range append([]state{all[name].Status.Connector}, all[name].Status.Tasks...) {
					if s.WorkerID != n.id() {
						return &notYet{all[name].Status}
					}
				}
			}
		}
		return nil
	})
	if diff := cmp.Diff(want, n.remember()); diff != "" {
		n.c.t.Errorf("%s says something else (-before +now):\n%s", n.name, diff)
	}
}

type notYet struct{ status status }

func (e *notYet) Error() string { return "not taken over: " + e.status.String() }

// target asks for a target state and waits until all workers report it.
func (n *node) target(name, verb, want string, tasks int) {
	n.c.t.Helper()
	answer := http.StatusAccepted
	if verb == "stop" {
		answer = http.StatusNoContent
	}
	n.want(answer, http.MethodPut, "/connectors/"+name+"/"+verb, nil)
	n.c.everywhere(name, want, tasks)
}

// rewind sets the offset of a stopped source to the beginning of its file, or resets it.
func (f *flow) rewind(n *node) {
	n.c.t.Helper()
	n.want(http.StatusOK, http.MethodPatch, "/connectors/"+f.source+"/offsets", map[string]any{"offsets": []any{
		map[string]any{"partition": map[string]any{"filename": f.in}, "offset": map[string]any{"position": 0}},
	}})
}

// TestGroupTakesTurnsWithJava stops a Java worker, runs Moldau with the same file over the same topics, and Java again. Running connectors go on
// where they were; paused and stopped ones stay so; altered offsets hold; what one worker changed, the next one finds.
func TestGroupTakesTurnsWithJava(t *testing.T) {
	c := newCluster(t, "compat-turn", nil)
	n := c.node("worker").runJava()
	running, paused, stopped, altered := c.flow("running"), c.flow("paused"), c.flow("stopped"), c.flow("altered")
	all := []*flow{running, paused, stopped, altered}
	for _, f := range all {
		f.create(n, n)
	}
	for _, f := range all {
		f.complete(0)
	}
	change := func() {
		t.Helper()
		for _, name := range []string{paused.source, paused.sink} {
			n.target(name, "pause", "PAUSED", 1)
		}
		for _, name := range []string{stopped.source, stopped.sink, altered.source} {
			n.target(name, "stop", "STOPPED", 0)
		}
		altered.rewind(n)
		for _, f := range all {
			f.add(50)
		}
		running.complete(0)
	}
	revive := func(doubled int) {
		t.Helper()
		for _, f := range []*flow{paused, stopped, altered} {
			for _, name := range []string{f.source, f.sink} {
				n.want(http.StatusAccepted, http.MethodPut, "/connectors/"+name+"/resume", nil)
				c.everywhere(name, "RUNNING", 1)
			}
			f.add(10)
		}
		for _, f := range []*flow{running, paused, stopped} {
			f.complete(0)
		}
		altered.complete(doubled)
	}
	change()
	before := n.remember()
	n.stop()
	running.add(100)

	n.runMoldau()
	n.settled(before)
	running.complete(0)
	revive(100)
	// Moldau's turn to change things, among them a connector that Java has never seen and one that it will not find any more.
	fresh := c.flow("fresh").create(n, n)
	c.everywhere(fresh.source, "RUNNING", 1)
	fresh.complete(0)
	all = append(all, fresh)
	running.sinkCfg["tasks.max"] = "3"
	n.want(http.StatusOK, http.MethodPut, "/connectors/"+running.sink+"/config", running.sinkCfg)
	c.everywhere(running.sink, "RUNNING", 3)
	gone := c.flow("gone").create(n, n)
	gone.complete(0)
	for _, name := range []string{gone.source, gone.sink} {
		n.want(http.StatusNoContent, http.MethodDelete, "/connectors/"+name, nil)
	}
	change()
	before = n.remember()
	n.stop()
	running.add(100)

	n.runJava()
	n.settled(before)
	running.complete(0)
	revive(260)
	for _, f := range all {
		f.add(10)
	}
	running.complete(0)
	fresh.complete(0)
	before = n.remember()
	n.stop()
	n.runMoldau()
	n.settled(before)
	n.stop()
}
