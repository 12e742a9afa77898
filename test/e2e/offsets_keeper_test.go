//go:build unix

package e2e

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// modes starts a worker of each kind, and returns its API and its broker.
var modes = map[string]func(t *testing.T) (api, string){
	"dev": func(t *testing.T) (api, string) {
		d := startDev(t, t.TempDir())
		return d.rest, d.kafka
	},
	"standalone": func(t *testing.T) (api, string) {
		dir := t.TempDir()
		return moldau(t, dir, "standalone", worker(t, dir, quickSessions)).rest(), broker(t)
	},
	"distributed": func(t *testing.T) (api, string) {
		dir := t.TempDir()
		p := moldau(t, dir, "distributed", member(t, dir, broker(t), "offsets", quickSessions))
		rest := p.rest()
		p.await("the group", func() error {
			code, body, err := rest.call(http.MethodGet, "/connectors", nil)
			if err == nil && code != http.StatusOK {
				err = fmt.Errorf("%d %s", code, body)
			}
			return err
		})
		return rest, broker(t)
	},
}

// settled sends a request until the worker's answer is not one that asks to send it again.
func (a api) settled(method, path string, v any) (status int, body string) {
	a.p.t.Helper()
	a.p.await(method+" "+path, func() (err error) {
		status, body, err = a.call(method, path, v)
		if err == nil && (status == http.StatusConflict || strings.Contains(body, "can be safely retried")) {
			err = fmt.Errorf("%d %s", status, body)
		}
		return err
	})
	return status, body
}

// stopped stops a connector and waits until its tasks are gone.
func (a api) stopped(name string) {
	a.p.t.Helper()
	if code, body := a.settled(http.MethodPut, "/connectors/"+name+"/stop", nil); code != http.StatusNoContent {
		a.p.t.Fatal(code, body)
	}
	a.p.await("no tasks of "+name, func() error {
		s, err := a.status(name)
		if err == nil && (s.Connector.State != "STOPPED" || len(s.Tasks) > 0) {
			err = fmt.Errorf("%+v", s)
		}
		return err
	})
}

// TestOffsetsOfAFileThatKeepsThem changes the offsets of a file sink with exactly.once=true, whose next start follows them.
func TestOffsetsOfAFileThatKeepsThem(t *testing.T) {
	t.Parallel()
	for mode, begin := range modes {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			rest, bootstrap := begin(t)
			client := kafkaClient(t, bootstrap)
			if _, err := kadm.NewClient(client).CreateTopic(t.Context(), 1, 1, nil, "kept"); err != nil {
				t.Fatal(err)
			}
			produce := func(values ...string) {
				t.Helper()
				for _, v := range values {
					if err := client.ProduceSync(t.Context(), &kgo.Record{Topic: "kept", Value: []byte(v)}).FirstErr(); err != nil {
						t.Fatal(err)
					}
				}
			}
			produce("0", "1", "2", "3", "4")
			out := filepath.Join(t.TempDir(), "out.txt")
			config := maps.Clone(sink(out, "kept"))
			config["exactly.once"], config["value.converter"] = "true", "org.apache.kafka.connect.storage.StringConverter"
			rest.create("snk", config)
			all := "0\n1\n2\n3\n4\n"
			rest.p.holds(out, all)

			const path = "/connectors/snk/offsets"
			request := func(partition int, at any) json.RawMessage {
				text, err := json.Marshal(map[string]any{"offsets": []any{map[string]any{
					"partition": map[string]any{"kafka_topic": "kept", "kafka_partition": partition}, "offset": at}}})
				if err != nil {
					t.Fatal(err)
				}
				return text
			}
			to := func(at int) map[string]int { return map[string]int{"kafka_offset": at} }
			change := func(method string, v any, done string) {
				t.Helper()
				want := `{"message":"The offsets for this connector have been ` + done + ` successfully"}`
				if code, body := rest.settled(method, path, v); code != http.StatusOK || strings.TrimSpace(body) != want {
					t.Errorf("%s: %d %s, want %s", method, code, body, want)
				}
			}
			shows := func(want string) {
				t.Helper()
				if got := rest.want(http.StatusOK, http.MethodGet, path, nil); !strings.Contains(got, want) {
					t.Errorf("shown is %s, want %s", got, want)
				}
			}
			next := func(want string) {
				t.Helper()
				if code, body := rest.settled(http.MethodPut, "/connectors/snk/resume", nil); code != http.StatusAccepted {
					t.Fatal(code, body)
				}
				all += want
				rest.p.holds(out, all)
				rest.stopped("snk")
			}

			rest.running("snk")
			for _, method := range []string{http.MethodPatch, http.MethodDelete} {
				if code, body := rest.settled(method, path, request(0, to(3))); code != http.StatusBadRequest || !strings.Contains(body, "must be in the STOPPED state") {
					t.Errorf("%s while it runs: %d %s", method, code, body)
				}
			}
			rest.stopped("snk")
			change(http.MethodPatch, request(0, to(3)), "altered")
			shows(`"kafka_offset":3`)
			next("3\n4\n")
			produce("5", "6")
			change(http.MethodPatch, request(0, to(6)), "altered")
			next("6\n")
			ledger := read(t, out+".offsets")
			for _, v := range []json.RawMessage{request(0, to(-1)), request(7, to(1)), request(7, nil)} {
				if code, body := rest.settled(http.MethodPatch, path, v); code != http.StatusInternalServerError || !strings.Contains(body, "offsets for") {
					t.Errorf("%s: %d %s", v, code, body)
				}
			}
			if now := read(t, out+".offsets"); now != ledger {
				t.Errorf("refused requests made %s of %s", now, ledger)
			}
			change(http.MethodPatch, request(0, nil), "altered")
			shows(`"offsets":[]`)
			next("0\n1\n2\n3\n4\n5\n6\n")
			change(http.MethodDelete, nil, "reset")
			shows(`"offsets":[]`)
			next("0\n1\n2\n3\n4\n5\n6\n")
		})
	}
}

// TestRefusedChangesOfOffsets wants the same answers of every kind of worker, which are Java's.
func TestRefusedChangesOfOffsets(t *testing.T) {
	t.Parallel()
	const (
		state     = "Connectors must be in the STOPPED state before their offsets can be modified. This can be done for the specified connector by issuing a 'PUT' request to the '/connectors/runs/stop' endpoint"
		nothing   = "Partitions / offsets need to be provided for an alter offsets request"
		noBody    = `Cannot invoke "org.apache.kafka.connect.runtime.rest.entities.ConnectorOffsets.offsets()" because "offsets" is null`
		noElement = `Cannot invoke "org.apache.kafka.connect.runtime.rest.entities.ConnectorOffset.partition()" because "offset" is null`
		framework = "The Connect framework-managed offsets for this connector have been %s successfully. However, if this connector manages offsets externally, they will need to be manually %[1]s in the system that the connector uses."
	)
	some := json.RawMessage(`{"offsets":[{"partition":{"id":0},"offset":{"seqno":5}}]}`)
	for mode, begin := range modes {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			rest, _ := begin(t)
			for _, name := range []string{"runs", "stopped"} {
				rest.create(name, map[string]string{"connector.class": "VerifiableSource", "topic": "v", "throughput": "1"})
				rest.running(name)
			}
			rest.stopped("stopped")
			for _, c := range []struct {
				method, name string
				body         any
				status       int
				want         string
			}{
				{http.MethodPatch, "runs", some, http.StatusBadRequest, state},
				{http.MethodDelete, "runs", nil, http.StatusBadRequest, state},
				{http.MethodPatch, "none", some, http.StatusNotFound, "Connector none not found"},
				{http.MethodDelete, "none", nil, http.StatusNotFound, "Connector none not found"},
				{http.MethodPatch, "none", json.RawMessage(`{}`), http.StatusBadRequest, nothing},
				{http.MethodPatch, "stopped", nil, http.StatusInternalServerError, noBody},
				{http.MethodPatch, "stopped", json.RawMessage(`null`), http.StatusInternalServerError, noBody},
				{http.MethodPatch, "stopped", json.RawMessage(`{}`), http.StatusBadRequest, nothing},
				{http.MethodPatch, "stopped", json.RawMessage(`{"offsets":null}`), http.StatusBadRequest, nothing},
				{http.MethodPatch, "stopped", json.RawMessage(`{"offsets":[]}`), http.StatusBadRequest, nothing},
				{http.MethodPatch, "stopped", json.RawMessage(`{"offsets":[null]}`), http.StatusInternalServerError, noElement},
				{http.MethodPatch, "stopped", some, http.StatusOK, fmt.Sprintf(framework, "altered")},
				{http.MethodPatch, "stopped", json.RawMessage(`{"offsets":[{"partition":{"id":0},"offset":null}]}`), http.StatusOK, fmt.Sprintf(framework, "altered")},
				{http.MethodDelete, "stopped", nil, http.StatusOK, fmt.Sprintf(framework, "reset")},
			} {
				code, body := rest.settled(c.method, "/connectors/"+c.name+"/offsets", c.body)
				var answer struct{ Message string }
				if err := json.Unmarshal([]byte(body), &answer); err != nil || code != c.status || answer.Message != c.want {
					t.Errorf("%s of %s with %s: %d %s, want %d %s", c.method, c.name, c.body, code, body, c.status, c.want)
				}
			}
		})
	}
}
