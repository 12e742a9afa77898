//go:build unix

package ops

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
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

	"github.com/twmb/franz-go/pkg/kfake"

	"github.com/moldau/moldau/internal/devbroker"
	"github.com/moldau/moldau/test/servers"
)

// cluster is a group of workers and the broker that they use.
type cluster struct {
	t         *testing.T
	dir       string
	broker    *devbroker.Broker // nil where the broker is somebody else's
	bootstrap string
	workers   []*worker
}

type worker struct {
	*process
	url, file string
	env       []string
	cluster   *cluster
}

// newCluster starts an embedded broker and n workers whose files have props over the defaults of the tests.
func newCluster(t *testing.T, n int, props map[string]string, options ...kfake.Opt) *cluster {
	t.Helper()
	servers.Need(t)
	b, err := devbroker.Start(context.Background(), devbroker.Config{InMemory: true,
		Options: append([]kfake.Opt{kfake.GroupMinSessionTimeout(500 * time.Millisecond)}, options...)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	c := &cluster{t: t, dir: t.TempDir(), broker: b, bootstrap: b.Addr()}
	for range n {
		c.addWorker(props)
	}
	return c
}

// addWorker starts one more worker, and waits until it is in the group.
func (c *cluster) addWorker(props map[string]string, env ...string) *worker {
	c.t.Helper()
	address := freeAddress(c.t)
	all := map[string]string{
		"bootstrap.servers": c.bootstrap, "group.id": "connect", "listeners": "http://" + address,
		"key.converter": "org.apache.kafka.connect.storage.StringConverter", "value.converter": "org.apache.kafka.connect.storage.StringConverter",
		"config.storage.topic": "connect-configs", "config.storage.replication.factor": "1",
		"offset.storage.topic": "connect-offsets", "offset.storage.replication.factor": "1", "offset.storage.partitions": "3",
		"status.storage.topic": "connect-status", "status.storage.replication.factor": "1", "status.storage.partitions": "2",
		"offset.flush.interval.ms": "500", "session.timeout.ms": "30000", "heartbeat.interval.ms": "3000", "rebalance.timeout.ms": "8000", "scheduled.rebalance.max.delay.ms": "0",
		"consumer.metadata.max.age.ms": "1000",
	}
	maps.Copy(all, props)
	var text strings.Builder
	for _, k := range slices.Sorted(maps.Keys(all)) {
		fmt.Fprintf(&text, "%s=%s\n", k, all[k])
	}
	number := strconv.Itoa(len(c.workers) + 1)
	w := &worker{url: "http://" + address, file: filepath.Join(c.dir, "worker-"+number+".properties"), env: env, cluster: c}
	if err := os.WriteFile(w.file, []byte(text.String()), 0o600); err != nil {
		c.t.Fatal(err)
	}
	w.process = start(c.t, c.dir, filepath.Join(c.dir, "worker-"+number+".log"), env, binary, "distributed", w.file)
	c.workers = append(c.workers, w)
	w.ready()
	return w
}

// listen takes a free port of 127.0.0.1.
func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// freeAddress is an address that nobody uses, for a process that binds it later and again after restarts: its port is below those that systems give
// to connections.
func freeAddress(t *testing.T) string {
	t.Helper()
	var refused error
	for range 100 {
		l, err := net.Listen("tcp", "127.0.0.1:"+strconv.Itoa(20000+rand.IntN(12000)))
		if err == nil {
			l.Close()
			return l.Addr().String()
		}
		refused = err
	}
	t.Fatal(refused)
	return ""
}

// ready waits until the worker is in its group.
func (w *worker) ready() {
	w.t.Helper()
	await(w.t, "worker at "+w.url, func() error {
		status, body, err := w.call(http.MethodGet, "/health", nil)
		if err == nil && status != http.StatusOK {
			err = fmt.Errorf("%d %s", status, body)
		}
		return err
	})
}

// restart ends the worker with a signal and starts it again.
func (w *worker) restart(s syscall.Signal) {
	w.t.Helper()
	w.end(s)
	w.process = start(w.t, w.cluster.dir, w.log, w.env, binary, "distributed", w.file)
	w.ready()
}

var client = &http.Client{Timeout: patience}

func (w *worker) call(method, path string, v any) (status int, body string, err error) {
	var payload io.Reader
	if v != nil {
		text, err := json.Marshal(v)
		if err != nil {
			return 0, "", err
		}
		payload = bytes.NewReader(text)
	}
	request, err := http.NewRequest(method, w.url+path, payload)
	if err != nil {
		return 0, "", err
	}
	request.Header.Set("Content-Type", "application/json")
	answer, err := client.Do(request)
	if err != nil {
		return 0, "", err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	return answer.StatusCode, string(text), err
}

// soon are properties with which the death of a worker shows soon. Others have longer sessions, so that no slow machine looks like one.
var soon = map[string]string{"session.timeout.ms": "6000", "heartbeat.interval.ms": "1000", "consumer.session.timeout.ms": "6000", "consumer.heartbeat.interval.ms": "1000"}

type config map[string]string

// create makes a connector, once the group is not in a rebalance.
func (c *cluster) create(name string, conf config) {
	c.t.Helper()
	await(c.t, "connector "+name, func() error {
		status, body, err := c.workers[0].call(http.MethodPut, "/connectors/"+name+"/config", conf)
		if err == nil && status != http.StatusCreated && status != http.StatusOK {
			err = fmt.Errorf("%d %s", status, body)
		}
		return err
	})
}

// state waits until every one of n tasks of a connector has a state.
func (c *cluster) state(name, state string, n int) {
	c.t.Helper()
	await(c.t, fmt.Sprintf("%s with %d tasks %s", name, n, state), func() error {
		status, body, err := c.workers[0].call(http.MethodGet, "/connectors/"+name+"/status", nil)
		if err != nil || status != http.StatusOK {
			return fmt.Errorf("%d %s %w", status, body, err)
		}
		if strings.Count(body, `"state":"`+state+`","worker_id"`) < n {
			return fmt.Errorf("%s", body)
		}
		return nil
	})
}

// in is the path of a file of the cluster's folder.
func (c *cluster) in(name string) string { return filepath.Join(c.dir, name) }

// write makes or replaces a file of the cluster's folder.
func (c *cluster) write(name, text string) string {
	c.t.Helper()
	if err := os.WriteFile(c.in(name), []byte(text), 0o644); err != nil {
		c.t.Fatal(err)
	}
	return c.in(name)
}
