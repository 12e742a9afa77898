//go:build unix

package compat

import (
	"fmt"
	"maps"
	"net/http"
	"strings"
	"syscall"
	"testing"

	"github.com/moldau/moldau/test/servers"
)

// TestStopWithoutABroker stops workers whose broker has gone or does not answer any more, while records and offsets are on their way. A worker must end
// all the same, as it does for a service manager: Java's within task.shutdown.graceful.timeout.ms for each of its tasks and its herder.
func TestStopWithoutABroker(t *testing.T) {
	if !servers.Enabled() {
		t.Skip("set MOLDAU_INTEGRATION=1")
	}
	for name, signal := range map[string]syscall.Signal{"gone": syscall.SIGKILL, "silent": syscall.SIGSTOP} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			kafka := fmt.Sprint("127.0.0.1:", freePort(t))
			rest := fmt.Sprint("127.0.0.1:", freePort(t))
			broker := launch(t, "http://"+rest, "dev", "--data", t.TempDir(), "--kafka", kafka, "--rest", rest)
			c := &cluster{t: t, name: "stop-" + name, dir: t.TempDir(), props: maps.Clone(groupProps)}
			c.props["bootstrap.servers"], c.props["group.id"], c.props["task.shutdown.graceful.timeout.ms"] = kafka, c.name, "1000"
			for _, kind := range []string{"config", "offset", "status"} {
				c.props[kind+".storage.topic"] = c.name + "-" + kind
			}
			n := c.node("worker").runMoldau()
			f := c.flow("lines").create(n, n)
			f.complete(0)
			if err := broker.Signal(signal); err != nil {
				t.Fatal(err)
			}
			f.add(1000)
			// A request waits for the broker when the worker is told to stop, or comes too late. It gets no answer either way.
			late := map[string]string{"connector.class": "FileStreamSource", "file": "x", "topic": "late"}
			answered := make(chan error, 1)
			go func() {
				code, body, err := n.call(http.MethodPut, "/connectors/late/config", late)
				if err == nil {
					answered <- fmt.Errorf("the request was waited for: %d %s", code, body)
				}
				close(answered)
			}()
			n.stop()
			if err := <-answered; err != nil {
				t.Error(err)
			}
			if text := n.moldau.out.String(); !strings.Contains(text, "Kafka Connect stopped") {
				t.Error("the log does not end with the stop")
			}
		})
	}
}
