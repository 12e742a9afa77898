//go:build unix

package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// event is a line of the log as JSON.
type event struct {
	Time, Level, Logger, Connector, Message, Trace string
	Task                                           *int
}

// TestLogAsJSON: every line is an object, from the first on, with the connector and task that it is of; levels have Java's names.
func TestLogAsJSON(t *testing.T) {
	dir := t.TempDir()
	add(t, filepath.Join(dir, "input.txt"), "one\n")
	w := moldau(t, dir, "standalone", worker(t, dir, "moldau.log.format=json"))
	a := w.rest()
	const clients = "org.apache.kafka.clients.producer"
	a.want(http.StatusOK, http.MethodPut, "/admin/loggers/"+clients, map[string]string{"level": "TRACE"})
	a.create("good", source(filepath.Join(dir, "input.txt"), "json-log"))
	bad := source(filepath.Join(dir, "input.txt"), "json-log")
	bad["transforms"], bad["transforms.x.type"], bad["transforms.x.field"] = "x", "org.apache.kafka.connect.transforms.ExtractField$Value", "none"
	a.create("bad", bad)
	a.failed("bad")
	var failure, client *event
	w.await("lines of the failure and of a producer", func() error {
		for _, line := range strings.SplitAfter(w.out.String(), "\n") {
			if !strings.HasSuffix(line, "\n") {
				break // it is being written
			}
			e := event{}
			if err := json.Unmarshal([]byte(line), &e); err != nil || e.Time == "" || e.Level == "" || e.Logger == "" {
				t.Fatalf("%v: %s", err, line)
			}
			switch {
			case e.Connector == "bad" && e.Level == "ERROR" && strings.Contains(e.Message, "Task threw an uncaught"):
				failure = &e
			case e.Connector == "good" && strings.HasPrefix(e.Logger, clients) && (e.Level == "DEBUG" || e.Level == "TRACE"):
				client = &e
			}
		}
		if failure == nil || client == nil {
			return fmt.Errorf("failure %v, client %v", failure, client)
		}
		return nil
	})
	if failure.Task == nil || *failure.Task != 0 || !strings.Contains(failure.Trace, "Caused by: ") || !strings.Contains(failure.Message, "POST /connectors/bad/tasks/0/restart") {
		t.Errorf("got %+v", failure)
	}
	w.stop(syscall.SIGTERM)
	for _, line := range strings.Split(strings.TrimSpace(w.out.String()), "\n") {
		if !json.Valid([]byte(line)) {
			t.Errorf("no JSON: %s", line)
		}
	}
}

func TestLogFormatFlag(t *testing.T) {
	dir := t.TempDir()
	refused := moldau(t, dir, "--log-format", "xml", "version")
	if code := refused.exit(); code != 1 || !strings.Contains(refused.errOut.String(), `--log-format: "xml" is no format of logs: text and json are`) {
		t.Errorf("%d %s", code, refused.errOut.String())
	}
	given := moldau(t, dir, "standalone", "--log-format", "json")
	given.exit()
	if out := given.out.String(); !json.Valid([]byte(strings.TrimSpace(out))) {
		t.Errorf("got %s", out)
	}
}
