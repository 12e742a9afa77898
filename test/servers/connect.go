package servers

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// Worker is a running Java Connect worker.
type Worker struct {
	URL   string // of its REST API
	Props map[string]string
	proc  *process
}

// ConnectStandalone starts a Java worker in standalone mode with these connectors, each the properties of one. What the properties
// do not say is filled in: listeners, JSON converters without schemas, an offset file.
func ConnectStandalone(t testing.TB, props map[string]string, connectors ...map[string]string) *Worker {
	t.Helper()
	Need(t)
	dir := t.TempDir()
	all := map[string]string{"offset.storage.file.filename": filepath.Join(dir, "connect.offsets"), "offset.flush.interval.ms": "1000"}
	maps.Copy(all, props)
	var files []string
	for i, c := range connectors {
		file := filepath.Join(dir, "connector-"+strconv.Itoa(i)+".properties")
		writeProperties(t, file, c)
		files = append(files, file)
	}
	return startWorker(t, "org.apache.kafka.connect.cli.ConnectStandalone", all, files)
}

// ConnectDistributed starts a Java worker in distributed mode. What the properties do not say is filled in: listeners, JSON
// converters without schemas, group.id connect-cluster, internal topics connect-configs, connect-offsets and connect-status with
// replication factor 1.
func ConnectDistributed(t testing.TB, props map[string]string) *Worker {
	t.Helper()
	Need(t)
	all := map[string]string{
		"group.id":                          "connect-cluster",
		"config.storage.topic":              "connect-configs",
		"offset.storage.topic":              "connect-offsets",
		"status.storage.topic":              "connect-status",
		"config.storage.replication.factor": "1",
		"offset.storage.replication.factor": "1",
		"status.storage.replication.factor": "1",
		"offset.flush.interval.ms":          "1000",
	}
	maps.Copy(all, props)
	return startWorker(t, "org.apache.kafka.connect.cli.ConnectDistributed", all, nil)
}

// ConnectStandalone starts a Java standalone worker against this server; see the function of that name.
func (k *Node) ConnectStandalone(t testing.TB, props map[string]string, connectors ...map[string]string) *Worker {
	t.Helper()
	return ConnectStandalone(t, k.with(props), connectors...)
}

// ConnectDistributed starts a Java distributed worker against this server; see the function of that name.
func (k *Node) ConnectDistributed(t testing.TB, props map[string]string) *Worker {
	t.Helper()
	return ConnectDistributed(t, k.with(props))
}

func (k *Node) with(props map[string]string) map[string]string {
	all := map[string]string{"bootstrap.servers": k.bootstrap}
	maps.Copy(all, props)
	return all
}

func startWorker(t testing.TB, class string, props map[string]string, args []string) *Worker {
	t.Helper()
	java := needJava(t)
	dir := t.TempDir()
	url := "http://127.0.0.1:" + strconv.Itoa(freePorts(t, 1)[0])
	all := map[string]string{
		"listeners":                      url,
		"key.converter":                  "org.apache.kafka.connect.json.JsonConverter",
		"value.converter":                "org.apache.kafka.connect.json.JsonConverter",
		"key.converter.schemas.enable":   "false",
		"value.converter.schemas.enable": "false",
		"plugin.discovery":               "service_load", // reading the class path takes seconds
	}
	maps.Copy(all, props)
	file := filepath.Join(dir, "worker.properties")
	writeProperties(t, file, all)
	cmd := exec.Command(java, javaArgs(t, "512m", "INFO", class, append([]string{file}, args...))...)
	p, err := spawn(cmd, filepath.Join(dir, "out.log"))
	if err != nil {
		t.Fatal(err)
	}
	w := &Worker{URL: all["listeners"], Props: all, proc: p}
	t.Cleanup(func() { w.proc.end(os.Kill) })
	if err := p.await("Java Connect", 4*time.Minute, w.ready); err != nil {
		t.Fatal(err)
	}
	return w
}

// ConnectCommand is the command of a Java worker in distributed mode, for who starts and ends it by himself.
func ConnectCommand(t testing.TB, file string) *exec.Cmd {
	t.Helper()
	Need(t)
	return exec.Command(needJava(t), javaArgs(t, "512m", "INFO", "org.apache.kafka.connect.cli.ConnectDistributed", []string{file})...)
}

// ready asks for the connectors, which a distributed worker answers once it has joined its group and read its config topic.
func (w *Worker) ready() error {
	status, body, err := w.call(http.MethodGet, "/connectors", nil)
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("GET /connectors: %d %s", status, body)
	}
	return err
}

func (w *Worker) call(method, path string, body []byte) (int, []byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, w.URL+path, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	req.Close = true // no idle connections for leak checks to find
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	return resp.StatusCode, data, err
}

// Call sends a request to the REST API, with v as JSON unless it is nil, and returns status and body.
func (w *Worker) Call(t testing.TB, method, path string, v any) (int, []byte) {
	t.Helper()
	var body []byte
	if v != nil {
		var err error
		if body, err = json.Marshal(v); err != nil {
			t.Fatal(err)
		}
	}
	status, data, err := w.call(method, path, body)
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", method, path, err, w.proc.tail())
	}
	return status, data
}

// Create makes a connector, and fails the test if the worker refuses it.
func (w *Worker) Create(t testing.TB, name string, config map[string]string) {
	t.Helper()
	if status, body := w.Call(t, http.MethodPut, "/connectors/"+name+"/config", config); status >= 300 {
		t.Fatalf("connector %s: %d %s\n%s", name, status, body, w.proc.tail())
	}
}

// Await asks cond every 100 ms until it holds. The test fails when it does not within four minutes, or when the worker ends.
func (w *Worker) Await(t testing.TB, what string, cond func() bool) {
	t.Helper()
	err := w.proc.await("Java Connect", 4*time.Minute, func() error {
		if cond() {
			return nil
		}
		return fmt.Errorf("%s: not yet", what)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// AwaitRunning waits until a connector and this many of its tasks run.
func (w *Worker) AwaitRunning(t testing.TB, name string, tasks int) {
	t.Helper()
	var last []byte
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("last status of %s: %s", name, last)
		}
	})
	w.Await(t, "connector "+name+" running", func() bool {
		_, last = w.Call(t, http.MethodGet, "/connectors/"+name+"/status", nil)
		var status struct {
			Connector struct{ State string }
			Tasks     []struct{ State string }
		}
		if json.Unmarshal(last, &status) != nil || status.Connector.State != "RUNNING" || len(status.Tasks) != tasks {
			return false
		}
		for _, task := range status.Tasks {
			if task.State != "RUNNING" {
				return false
			}
		}
		return true
	})
}

// Log is what the worker has written.
func (w *Worker) Log() string { return w.proc.output() }

// Stop ends the worker as a user does, with SIGTERM.
func (w *Worker) Stop() { w.proc.end(syscall.SIGTERM) }

// Kill ends the worker with SIGKILL.
func (w *Worker) Kill() { w.proc.end(os.Kill) }

// Signal sends a signal to the worker, such as SIGSTOP for one that is to become a zombie.
func (w *Worker) Signal(s syscall.Signal) error { return w.proc.Signal(s) }
