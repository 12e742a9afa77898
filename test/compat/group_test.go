//go:build unix

package compat

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/moldau/moldau/test/servers"
)

// cluster is a group of workers of both kinds over the same internal topics.
type cluster struct {
	t     *testing.T
	kafka *servers.Node
	name  string
	dir   string
	props map[string]string
	nodes []*node
	// killed says that a worker did not end as it should, so that a last line may be half.
	killed bool
}

// maxDelay is scheduled.rebalance.max.delay.ms of the groups, session their session.timeout.ms, the least that a broker allows.
const (
	maxDelay = 3 * time.Second
	session  = 6 * time.Second
)

// groupProps are what all groups have.
var groupProps = map[string]string{
	"config.storage.replication.factor": "1",
	"offset.storage.replication.factor": "1",
	"status.storage.replication.factor": "1",
	"offset.storage.partitions":         "3",
	"status.storage.partitions":         "2",
	"key.converter":                     "org.apache.kafka.connect.storage.StringConverter",
	"value.converter":                   "org.apache.kafka.connect.storage.StringConverter",
	"session.timeout.ms":                strconv.Itoa(int(session.Milliseconds())),
	"heartbeat.interval.ms":             "1000",
	"rebalance.timeout.ms":              "20000",
	"scheduled.rebalance.max.delay.ms":  strconv.Itoa(int(maxDelay.Milliseconds())),
	"task.shutdown.graceful.timeout.ms": "15000",
	"offset.flush.interval.ms":          "1000",
	// Groups of sinks must not wait for the sessions of killed workers.
	"consumer.session.timeout.ms":    "6000",
	"consumer.heartbeat.interval.ms": "1000",
}

// newCluster makes the properties of a group whose name nobody has used, also not on a Kafka that outlives the test.
func newCluster(t *testing.T, name string, more map[string]string) *cluster {
	t.Helper()
	k := servers.Kafka(t)
	name += "-" + strconv.FormatInt(time.Now().UnixNano(), 36)
	c := &cluster{t: t, kafka: k, name: name, dir: t.TempDir(), props: maps.Clone(groupProps)}
	c.props["bootstrap.servers"], c.props["group.id"] = k.Bootstrap(), name
	c.props["config.storage.topic"], c.props["offset.storage.topic"], c.props["status.storage.topic"] = name+"-configs", name+"-offsets", name+"-status"
	maps.Copy(c.props, more)
	t.Cleanup(func() {
		if !t.Failed() {
			return
		}
		for _, n := range c.nodes {
			if n.java != nil {
				t.Logf("the log of %s (Java, %s):\n%s", n.name, n.url, end(n.java.Log(), 300))
			}
		}
	})
	return c
}

// end returns the last lines of a Java log, without the settings of all its clients.
func end(text string, lines int) string {
	all := slices.DeleteFunc(strings.Split(strings.TrimSpace(text), "\n"), func(line string) bool { return strings.HasPrefix(line, "\t") })
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}

// node is a worker of a group, of Java or of Moldau.
type node struct {
	c      *cluster
	name   string
	url    string
	file   map[string]string
	java   *servers.Worker
	moldau *worker
	gone   bool
}

// node returns a member that does not run yet. It keeps its address whoever runs it.
func (c *cluster) node(name string) *node {
	c.t.Helper()
	n := &node{c: c, name: name, url: "http://127.0.0.1:" + strconv.Itoa(freePort(c.t)), file: maps.Clone(c.props), gone: true}
	n.file["listeners"] = n.url
	// What Java's launcher would fill in must be the same for both kinds.
	n.file["plugin.discovery"] = "service_load"
	c.nodes = append(c.nodes, n)
	return n
}

// runJava starts the node as a Java worker.
func (n *node) runJava() *node {
	n.c.t.Helper()
	n.java, n.moldau, n.gone = servers.ConnectDistributed(n.c.t, n.file), nil, false
	return n
}

// runMoldau starts the node as a worker of Moldau, with the same file.
func (n *node) runMoldau() *node {
	n.c.t.Helper()
	n.moldau, n.java, n.gone = launch(n.c.t, n.url, "distributed", servers.Properties(n.c.t, "connect-distributed.properties", n.file)), nil, false
	return n
}

// id is the worker id of statuses.
func (n *node) id() string { return strings.TrimPrefix(n.url, "http://") }

// stop ends the worker as a user does.
func (n *node) stop() {
	n.c.t.Helper()
	n.gone = true
	if n.java != nil {
		n.java.Stop()
		return
	}
	n.moldau.stop()
}

// kill ends the worker as a crash does.
func (n *node) kill() {
	n.gone, n.c.killed = true, true
	if n.java != nil {
		n.java.Kill()
		return
	}
	n.moldau.Kill()
}

var client = &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}

// call sends a request, with v as JSON unless it is nil.
func (n *node) call(method, path string, v any) (int, string, error) {
	var payload io.Reader
	if v != nil {
		text, err := json.Marshal(v)
		if err != nil {
			return 0, "", err
		}
		payload = bytes.NewReader(text)
	}
	req, err := http.NewRequest(method, n.url+path, payload)
	if err != nil {
		return 0, "", err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := client.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(text), err
}

// want sends a request until it is answered with the status. A group that rebalances answers 409, and one whose topics are just being read
// may answer 404 or 500, so it is asked again for a while; other answers fail the test at once.
func (n *node) want(status int, method, path string, v any) string {
	n.c.t.Helper()
	var body string
	n.c.await(fmt.Sprintf("answer %d of %s to %s %s", status, n.name, method, path), func() error {
		var code int
		var err error
		code, body, err = n.call(method, path, v)
		switch {
		case err != nil:
			return err
		case code == status:
			return nil
		case code != http.StatusConflict && code != http.StatusNotFound && code != http.StatusInternalServerError:
			n.c.t.Fatalf("%s of %s to %s: %d %s, want status %d", method, path, n.name, code, body, status)
		}
		return fmt.Errorf("%d %s", code, body)
	})
	return body
}

// await asks cond until it says nil, patience ends, or a worker that should run has ended.
func (c *cluster) await(what string, cond func() error) {
	c.t.Helper()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(patience)
	for {
		err := cond()
		if err == nil {
			return
		}
		select {
		case <-tick.C:
		case <-deadline:
			c.t.Fatalf("no %s in %v: %v", what, patience, err)
		}
		for _, n := range c.nodes {
			if n.gone || n.moldau == nil {
				continue
			}
			if n.moldau.Ended() {
				c.t.Fatalf("%s ended with code %d while the test waited for %s", n.name, n.moldau.Code(), what)
			}
		}
	}
}

// state is one line of a status.
type state struct {
	ID       int
	State    string
	WorkerID string `json:"worker_id"`
	Trace    string
}

// status is the answer of GET /connectors/NAME/status.
type status struct {
	Name      string
	Connector state
	Tasks     []state
	Type      string
}

func (s status) String() string {
	out := fmt.Sprintf("%s %s on %s", s.Name, s.Connector.State, s.Connector.WorkerID)
	for _, t := range s.Tasks {
		out += fmt.Sprintf(", %d %s on %s %.200s", t.ID, t.State, t.WorkerID, t.Trace)
	}
	return out
}

// is reports whether connector and tasks are all in one state.
func (s status) is(want string, tasks int) error {
	ok := s.Connector.State == want && len(s.Tasks) == tasks
	for _, t := range s.Tasks {
		ok = ok && t.State == want
	}
	if !ok {
		return fmt.Errorf("want %s with %d tasks: %v", want, tasks, s)
	}
	return nil
}

// expanded is GET /connectors?expand=status&expand=info of one connector.
type expanded struct {
	Status status
	Info   struct {
		Name   string
		Config map[string]string
		Tasks  []struct {
			Connector string
			Task      int
		}
		Type string
	}
}

// all asks the node for everything.
func (n *node) all() (map[string]expanded, error) {
	code, body, err := n.call(http.MethodGet, "/connectors?expand=status&expand=info", nil)
	var out map[string]expanded
	if err == nil && code != http.StatusOK {
		err = fmt.Errorf("%d %s", code, body)
	}
	if err == nil {
		err = json.Unmarshal([]byte(body), &out)
	}
	return out, err
}

// everywhere waits until every worker that runs says that a connector and this many tasks are in a state, on workers that run.
func (c *cluster) everywhere(name, want string, tasks int) status {
	c.t.Helper()
	var s status
	c.await(fmt.Sprintf("%s of %s on every worker", want, name), func() error {
		for _, n := range c.nodes {
			if n.gone {
				continue
			}
			all, err := n.all()
			if err != nil {
				return err
			}
			s = all[name].Status
			if err := s.is(want, tasks); err != nil {
				return fmt.Errorf("%s: %w", n.name, err)
			}
			for _, at := range append([]state{s.Connector}, s.Tasks...) {
				if c.at(at.WorkerID) == nil && want == "RUNNING" {
					return fmt.Errorf("%s: %s runs on a worker that is gone: %v", n.name, name, s)
				}
			}
		}
		return nil
	})
	return s
}

// balanced waits until all runs, and every worker that runs has its share of it: a worker that has just joined gets it in a round or two.
func (c *cluster) balanced(flows []*flow) {
	c.t.Helper()
	c.await("balance", func() error {
		owners, running := map[string]int{}, 0
		for _, f := range flows {
			for _, name := range []string{f.source, f.sink} {
				s := c.everywhere(name, "RUNNING", 1)
				owners[s.Connector.WorkerID]++
				owners[s.Tasks[0].WorkerID]++
			}
		}
		for _, n := range c.nodes {
			if !n.gone {
				running++
			}
		}
		for _, n := range c.nodes {
			if least := 4*len(flows)/running - 1; !n.gone && owners[n.id()] < least {
				return fmt.Errorf("%s has %d connectors and tasks, want %d at least: %v", n.name, owners[n.id()], least, owners)
			}
		}
		return nil
	})
}

// at returns the running node with a worker id.
func (c *cluster) at(id string) *node {
	for _, n := range c.nodes {
		if n.id() == id && !n.gone {
			return n
		}
	}
	return nil
}

// flow is a file source and a file sink over a topic of its own.
type flow struct {
	c                  *cluster
	source, sink       string // names of the connectors
	sourceCfg, sinkCfg map[string]string
	in, out            string
	lines              int
}

func (c *cluster) flow(name string) *flow {
	// The names are the group's own, since a sink's name is that of its consumer group.
	f := &flow{c: c, source: c.name + "-" + name + "-source", sink: c.name + "-" + name + "-sink", in: filepath.Join(c.dir, name+".in"), out: filepath.Join(c.dir, name+".out")}
	topic := c.name + "-" + name
	f.sourceCfg = map[string]string{"name": f.source, "connector.class": "FileStreamSource", "tasks.max": "1", "file": f.in, "topic": topic}
	f.sinkCfg = map[string]string{"name": f.sink, "connector.class": "org.apache.kafka.connect.file.FileStreamSinkConnector", "tasks.max": "1", "file": f.out, "topics": topic}
	return f
}

// create makes both connectors, each on another node, and waits until they run.
func (f *flow) create(source, sink *node) *flow {
	f.c.t.Helper()
	f.add(100)
	source.want(http.StatusCreated, http.MethodPut, "/connectors/"+f.source+"/config", f.sourceCfg)
	sink.want(http.StatusCreated, http.MethodPut, "/connectors/"+f.sink+"/config", f.sinkCfg)
	return f
}

// add appends n lines to the input.
func (f *flow) add(n int) {
	f.c.t.Helper()
	var b strings.Builder
	for range n {
		f.lines++
		fmt.Fprintf(&b, "line %d\n", f.lines)
	}
	file, err := os.OpenFile(f.in, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err == nil {
		_, err = file.WriteString(b.String())
	}
	if err == nil {
		err = file.Close()
	}
	if err != nil {
		f.c.t.Fatal(err)
	}
}

// arrived says whether the output has every line, the first copies in order. It returns how many copies are too many.
func (f *flow) arrived() (doubled int, err error) {
	text, err := os.ReadFile(f.out)
	if err != nil {
		return 0, err
	}
	next := 0
	for line := range strings.Lines(string(text)) {
		// A killed worker may leave part of a line, to which the next one adds its first.
		n, err := strconv.Atoi(strings.TrimSpace(line[max(0, strings.LastIndexByte(line, ' ')):]))
		switch {
		case err != nil && !f.c.killed || n > next+1:
			return 0, fmt.Errorf("%s: %q follows line %d", f.out, line, next)
		case err != nil:
		case n <= next:
			doubled++
		default:
			next = n
		}
	}
	if next < f.lines {
		return doubled, fmt.Errorf("%d lines of %d have arrived", next, f.lines)
	}
	return doubled, nil
}

// complete waits until all lines have arrived, at most this many of them more than once.
func (f *flow) complete(mostDoubled int) {
	f.c.t.Helper()
	var doubled int
	f.c.await("complete output of "+f.sink, func() (err error) {
		doubled, err = f.arrived()
		return err
	})
	if doubled > mostDoubled {
		f.c.t.Errorf("%s has %d lines twice, want %d at most", f.sink, doubled, mostDoubled)
	}
}
