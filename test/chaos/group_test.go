//go:build unix

package chaos

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/moldau/moldau/test/child"
	"github.com/moldau/moldau/test/servers"
)

// The groups' settings: session.timeout.ms, which is the least that a broker allows, and scheduled.rebalance.max.delay.ms.
const (
	session  = 6 * time.Second
	maxDelay = 2 * time.Second
)

// member is a worker of the group with its way to the broker.
type member struct {
	t      *testing.T
	name   string
	url    string
	file   string
	log    string
	proxy  *proxy
	run    *process
	frozen bool // by SIGSTOP
	cut    bool // from the broker
	starts int
}

func newMember(t *testing.T, dir, broker, group string, n int) *member {
	t.Helper()
	name := fmt.Sprint("worker", n)
	m := &member{t: t, name: name, url: "http://" + freeAddress(t), file: filepath.Join(dir, name+".properties"), log: filepath.Join(dir, name+".log"), proxy: newProxy(t, broker)}
	props := map[string]string{
		"bootstrap.servers": m.proxy.address(), "listeners": m.url, "group.id": group,
		"config.storage.topic": group + "-configs", "offset.storage.topic": group + "-offsets", "status.storage.topic": group + "-status",
		"config.storage.replication.factor": "1", "offset.storage.replication.factor": "1", "status.storage.replication.factor": "1",
		"offset.storage.partitions": "3", "status.storage.partitions": "2",
		"key.converter": "org.apache.kafka.connect.storage.StringConverter", "value.converter": "org.apache.kafka.connect.storage.StringConverter",
		"session.timeout.ms": milliseconds(session), "heartbeat.interval.ms": "1000", "rebalance.timeout.ms": "15000",
		"scheduled.rebalance.max.delay.ms": milliseconds(maxDelay), "task.shutdown.graceful.timeout.ms": "3000", "offset.flush.interval.ms": "500",
		"consumer.session.timeout.ms": milliseconds(session), "consumer.heartbeat.interval.ms": "1000",
		// The embedded broker does not notice by its session that a member is dead which was killed while it joined, but keeps the others waiting for it as
		// long as a rebalance may take: 5 minutes by default. Apache Kafka does notice.
		"consumer.max.poll.interval.ms": "20000",
	}
	if java() {
		props["plugin.discovery"] = "service_load" // reading the class path takes seconds
	}
	var text strings.Builder
	for _, k := range slices.Sorted(maps.Keys(props)) {
		fmt.Fprintf(&text, "%s=%s\n", k, props[k])
	}
	if err := os.WriteFile(m.file, []byte(text.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	return m
}

func milliseconds(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) }

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// start runs the worker, without waiting for anything.
func (m *member) start() {
	m.starts++
	if java() {
		m.run = launch(m.t, m.log, servers.ConnectCommand(m.t, m.file))
		return
	}
	m.run = start(m.t, m.log, "distributed", m.file)
}

func (m *member) id() string { return strings.TrimPrefix(m.url, "http://") }

// up reports whether the worker can be asked.
func (m *member) up() bool { return m.run != nil && !m.run.Ended() && !m.frozen }

// freeze and thaw stop and continue the process.
func (m *member) freeze() {
	m.frozen = m.run.Signal(syscall.SIGSTOP) == nil
}

func (m *member) thaw() {
	_ = m.run.Signal(syscall.SIGCONT) // it may have been killed since
	m.frozen = false
}

var client = &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}

// call sends a request, with v as JSON unless it is nil.
func (m *member) call(method, path string, v any) (int, []byte, error) {
	var payload io.Reader
	if v != nil {
		text, err := json.Marshal(v)
		if err != nil {
			return 0, nil, err
		}
		payload = bytes.NewReader(text)
	}
	req, err := http.NewRequest(method, m.url+path, payload)
	if err != nil {
		return 0, nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := client.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	return resp.StatusCode, text, err
}

type state struct {
	ID       int
	State    string
	WorkerID string `json:"worker_id"`
	Trace    string
}

// entry is one connector of GET /connectors?expand=status&expand=info.
type entry struct {
	Status struct {
		Connector state
		Tasks     []state
	}
	Info struct{ Config map[string]string }
}

// settled says whether a member knows all connectors as they are wanted, RUNNING on members of the group.
func (m *member) settled(wanted configs, workers map[string]bool) error {
	code, body, err := m.call(http.MethodGet, "/connectors?expand=status&expand=info", nil)
	var all map[string]entry
	if err == nil && code != http.StatusOK {
		err = fmt.Errorf("%d %s", code, body)
	}
	if err == nil {
		err = json.Unmarshal(body, &all)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", m.name, err)
	}
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(wanted)) {
		e, ok := all[name]
		if !ok {
			errs = append(errs, fmt.Errorf("%s has no connector %s", m.name, name))
			continue
		}
		if !maps.Equal(e.Info.Config, wanted[name]) {
			errs = append(errs, fmt.Errorf("%s has another configuration of %s: %v, want %v", m.name, name, e.Info.Config, wanted[name]))
		}
		if len(e.Status.Tasks) != wanted.tasks(name) {
			errs = append(errs, fmt.Errorf("%s has %d tasks of %s, want %d", m.name, len(e.Status.Tasks), name, wanted.tasks(name)))
		}
		for i, s := range append([]state{e.Status.Connector}, e.Status.Tasks...) {
			if s.State != "RUNNING" || !workers[s.WorkerID] {
				errs = append(errs, fmt.Errorf("%s says that part %d of %s is %s on %s: %.300s", m.name, i-1, name, s.State, s.WorkerID, s.Trace))
			}
		}
	}
	if len(all) > len(wanted) {
		errs = append(errs, fmt.Errorf("%s has %d connectors, want %d", m.name, len(all), len(wanted)))
	}
	return errors.Join(errs...)
}

// await asks cond until it says nil or time is up.
func await(limit time.Duration, cond func() error) error {
	return child.Await(limit, 200*time.Millisecond, nil, cond)
}
