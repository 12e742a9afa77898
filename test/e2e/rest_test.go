//go:build unix

package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// api is the REST API of a process.
type api struct {
	p   *process
	url string
}

var client = &http.Client{Timeout: patience}

// call sends a request, with v as JSON unless it is nil.
func (a api) call(method, path string, v any) (status int, body string, err error) {
	var payload io.Reader
	if v != nil {
		text, err := json.Marshal(v)
		if err != nil {
			return 0, "", err
		}
		payload = bytes.NewReader(text)
	}
	req, err := http.NewRequest(method, a.url+path, payload)
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

// want calls and fails the test unless the status is the one wanted; it returns the body.
func (a api) want(status int, method, path string, v any) string {
	a.p.t.Helper()
	got, body, err := a.call(method, path, v)
	if err != nil {
		a.p.t.Fatal(err)
	}
	if got != status {
		a.p.t.Fatalf("%s %s: %d %s, want status %d", method, path, got, body, status)
	}
	return body
}

// create makes a connector.
func (a api) create(name string, config map[string]string) {
	a.p.t.Helper()
	a.want(http.StatusCreated, http.MethodPut, "/connectors/"+name+"/config", config)
}

// status is the answer of GET /connectors/NAME/status.
type status struct {
	Connector state
	Tasks     []state
}

type state struct {
	ID       int
	State    string
	Trace    string
	WorkerID string `json:"worker_id"`
}

func (a api) status(name string) (s status, err error) {
	code, body, err := a.call(http.MethodGet, "/connectors/"+name+"/status", nil)
	if err == nil && code != http.StatusOK {
		err = fmt.Errorf("%d %s", code, body)
	}
	if err == nil {
		err = json.Unmarshal([]byte(body), &s)
	}
	return s, err
}

// running waits until a connector and its only task run.
func (a api) running(name string) {
	a.p.t.Helper()
	a.p.await(name+" running", func() error {
		s, err := a.status(name)
		if err == nil && (s.Connector.State != "RUNNING" || len(s.Tasks) != 1 || s.Tasks[0].State != "RUNNING") {
			err = fmt.Errorf("%+v", s)
		}
		return err
	})
}

// failed waits until a connector's only task has failed and returns its trace.
func (a api) failed(name string) string {
	a.p.t.Helper()
	var trace string
	a.p.await("failed task of "+name, func() error {
		s, err := a.status(name)
		if err == nil && (len(s.Tasks) != 1 || s.Tasks[0].State != "FAILED") {
			err = fmt.Errorf("%+v", s)
		}
		if err == nil {
			trace = s.Tasks[0].Trace
		}
		return err
	})
	return trace
}

// names returns the connectors.
func (a api) names(t *testing.T) []string {
	t.Helper()
	var names []string
	if err := json.Unmarshal([]byte(a.want(http.StatusOK, http.MethodGet, "/connectors", nil)), &names); err != nil {
		t.Fatal(err)
	}
	return names
}

// rest waits for the address of the REST API in the log of a standalone worker, and for its readiness.
func (p *process) rest() api {
	p.t.Helper()
	a := p.listening()
	p.await("REST API", func() error {
		code, body, err := a.call(http.MethodGet, "/", nil)
		if err == nil && code != http.StatusOK {
			err = fmt.Errorf("%d %s", code, body)
		}
		return err
	})
	return a
}

// listening returns the address of the REST API as soon as it is bound: it answers probes then, and nothing else yet.
func (p *process) listening() api {
	p.t.Helper()
	return api{p, p.prints(`REST server listening at (http://[^ ,]+)/, advertising`)[1]}
}

// clusterID is what GET / says of the Kafka cluster.
func (a api) clusterID() (string, error) {
	code, body, err := a.call(http.MethodGet, "/", nil)
	var root struct {
		ClusterID string `json:"kafka_cluster_id"`
	}
	if err == nil {
		err = json.Unmarshal([]byte(body), &root)
	}
	if err == nil && (code != http.StatusOK || root.ClusterID == "") {
		err = fmt.Errorf("%d %s", code, strings.TrimSpace(body))
	}
	return root.ClusterID, err
}

// within fails the test if f takes longer than limit.
func within(t *testing.T, limit time.Duration, what string, f func()) {
	t.Helper()
	begin := time.Now()
	f()
	if took := time.Since(begin); took > limit {
		t.Errorf("%s took %v, more than %v", what, took.Round(time.Millisecond), limit)
	}
}
