package backup

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/moldau/moldau/connect/config"
)

// refused is an answer that is an error.
type refused struct {
	status int
	text   string
}

func (r *refused) Error() string   { return r.text }
func (r *refused) HTTPStatus() int { return r.status }

// script answers requests with what a test sets: for "METHOD PATH" one "STATUS BODY" after the other, the last one for all that follow.
type script struct {
	t       *testing.T
	answers map[string][]string
	asked   []string
}

func (s *script) Call(_ context.Context, method, path string, query url.Values, body any) (json.RawMessage, error) {
	text, err := json.Marshal(body)
	if err != nil {
		s.t.Fatal(err)
	}
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	if method != "GET" {
		s.asked = append(s.asked, strings.TrimSuffix(method+" "+path+" "+string(text), " null"))
	}
	answers := s.answers[method+" "+path]
	if len(answers) == 0 {
		return nil, &refused{404, "HTTP 404 Not Found: " + method + " " + path}
	}
	if len(answers) > 1 {
		s.answers[method+" "+path] = answers[1:]
	}
	var status int
	if _, err := fmt.Sscan(answers[0], &status); err != nil {
		s.t.Fatal(err)
	}
	answer := strings.TrimPrefix(answers[0], fmt.Sprint(status))
	if status == 0 {
		return nil, errors.New("broken off")
	}
	if status >= 400 {
		return nil, &refused{status, strings.TrimSpace(answer)}
	}
	return json.RawMessage(answer), nil
}

func rest(t *testing.T, answers map[string][]string) (*RESTCluster, *script) {
	t.Helper()
	for request, always := range map[string]string{
		"GET /": `200 {"version":"4.3.1","kafka_cluster_id":"id"}`,
		"GET /connectors?expand=info&expand=status": `200 {}`,
	} {
		if _, ok := answers[request]; !ok {
			answers[request] = []string{always}
		}
	}
	s := &script{t: t, answers: answers}
	c := NewREST(s)
	c.pause, c.patience = time.Millisecond, time.Minute
	return c, s
}

const listed = `200 {
	"snk":{"info":{"config":{"topics":"t","k":null},"type":"sink"},"status":{"connector":{"state":"PAUSED","worker_id":"w"},"tasks":[{"id":1,"state":"PAUSED","worker_id":"w"},{"id":0,"state":"FAILED","worker_id":"v","trace":"x"}]}},
	"a/b":{"info":{"config":{"password":"[hidden]"},"type":"source"},"status":{"connector":{"state":"UNASSIGNED","worker_id":"w","version":"1"},"tasks":[]}}}`

func TestReadsWorkers(t *testing.T) {
	t.Parallel()
	c, _ := rest(t, map[string][]string{
		"GET /": {`200 {"version":"4.3.1","kafka_cluster_id":""}`, `200 {"version":"4.3.1","kafka_cluster_id":"id"}`},
		"GET /connectors?expand=info&expand=status": {"409 rebalance", listed},
		"GET /connectors/snk/offsets":               {`200 {"offsets":[{"partition":{"kafka_topic":"t","kafka_partition":"1"},"offset":{"kafka_offset":7}}]}`},
		"GET /connectors/snk/tasks":                 {`200 [{"id":{"connector":"snk","task":0},"config":{"a":"0"}},{"id":{"connector":"snk","task":1},"config":{"a":"1"}}]`},
		"GET /connectors/snk/topics":                {`200 {"snk":{"topics":["t"]}}`},
		"GET /connectors/a%2Fb/status":              {"404 not yet", `200 {"connector":{"state":"UNASSIGNED"}}`, `200 {"connector":{"state":"STOPPED","worker_id":"w","version":"1"},"tasks":[]}`},
		"GET /connectors/a%2Fb/offsets":             {`200 {"offsets":[{"partition":{"z":1,"a":2},"offset":{"at":9007199254740993}},{"partition":{"a":2},"offset":null}]}`},
		"GET /connectors/a%2Fb/tasks":               {`500 broken`},
		"GET /connectors/a%2Fb/topics":              {`403 Topic tracking is disabled.`},
	})
	got, err := c.Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := &Content{Cluster: Origin{Over: OverREST, KafkaClusterID: "id", Version: "4.3.1"}, Masked: true, Problems: []Problem{{"a/b", "tasks", "broken"}}, Connectors: []Connector{
		{Name: "a/b", Type: "source", Config: config.PropsOf(map[string]string{"password": "[hidden]"}), TargetState: "STOPPED", Status: &Status{State: "STOPPED", WorkerID: "w", Version: text("1")},
			SourceOffsets: []SourceOffset{asked(`{"z":1,"a":2}`, `{"at":9007199254740993}`)}},
		{Name: "snk", Type: "sink", Config: config.Props{"topics": text("t"), "k": nil}, TargetState: "PAUSED", Status: &Status{State: "PAUSED", WorkerID: "w"},
			TaskStatuses: []Status{{State: "FAILED", WorkerID: "v", Trace: text("x")}, {Task: 1, State: "PAUSED", WorkerID: "w"}}, Topics: []Topic{{Name: "t"}},
			Tasks: []config.Props{{"a": text("0")}, {"a": text("1")}}, SinkOffsets: &SinkOffsets{Offsets: []SinkOffset{{"t", 1, 7}}}},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestTargetStatesThatDoNotShow: what nobody runs for a long time is named, and no restore starts it.
func TestTargetStatesThatDoNotShow(t *testing.T) {
	t.Parallel()
	c, _ := rest(t, map[string][]string{
		"GET /connectors?expand=info&expand=status": {`200 {"c":{"info":{"config":{"k":"v"},"type":"source"},"status":{"connector":{"state":"UNASSIGNED"}}},"d":{"info":{"config":{}}}}`},
		"GET /connectors/c/status":                  {`200 {"connector":{"state":"UNASSIGNED"}}`}, "GET /connectors/d/status": {"403 no rights"},
		"GET /connectors/c/offsets": {`200 {"offsets":[]}`}, "GET /connectors/c/tasks": {"200 []"}, "GET /connectors/c/topics": {"200 {}"},
		"GET /connectors/d/offsets": {`200 {"offsets":[]}`}, "GET /connectors/d/tasks": {"200 []"}, "GET /connectors/d/topics": {"200 {}"},
	})
	got, err := c.Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	why := "which does not tell whether it is to run, paused or stopped"
	if diff := cmp.Diff([]Problem{{"c", "target state", "it is UNASSIGNED, " + why}, {"d", "target state", "it is without a status, " + why}}, got.Problems); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	running := contents(OverREST, source("PAUSED", "old"))
	for want, have := range map[string]*Content{"create >STOPPED": contents(OverREST), "update PAUSED>PAUSED k": running} {
		plan, err := NewPlan(got, have, Options{OtherCluster: true, OverwriteRunning: true})
		if err != nil || plan.Items[0].short() != want {
			t.Error(plan.Items[0].short(), err, want)
		}
	}
	plan, err := NewPlan(running, got, Options{OtherCluster: true})
	if err != nil || plan.Items[0].Action != Conflict || !strings.Contains(plan.Items[0].Reason, "present target state") {
		t.Error(plan.Items[0].short(), plan.Items[0].Reason, err)
	}
}

func TestReadingFails(t *testing.T) {
	t.Parallel()
	for want, answers := range map[string]map[string][]string{
		"older than Kafka 2.3":             {"GET /connectors?expand=info&expand=status": {`200 {"a":{}}`}},
		"GET /connectors cannot be read":   {"GET /connectors?expand=info&expand=status": {`200 ["a"]`}},
		"no rights":                        {"GET /connectors?expand=info&expand=status": {`403 no rights`}},
		"broken off":                       {"GET /connectors?expand=info&expand=status": {listed}, "GET /connectors/a%2Fb/offsets": {"0"}},
		"has reached no broker":            {"GET /": {`200 {"version":"4.3.1"}`}},
		"the offsets of connector snk can": {"GET /connectors?expand=info&expand=status": {listed}, "GET /connectors/snk/offsets": {`200 {"offsets":[{"partition":{"kafka_topic":"t"},"offset":{"kafka_offset":7}}]}`}},
	} {
		c, _ := rest(t, answers)
		if _, err := c.Read(t.Context()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

func TestAppliesOverREST(t *testing.T) {
	t.Parallel()
	const stopped = `200 {"connector":{"state":"STOPPED"},"tasks":[]}`
	k := source("STARTED", "v", raw(`["c",{"f":"x"}]`, `{"p":1}`))
	changed := source("PAUSED", "old")
	create := `POST /connectors {"config":{"k":"v"},"initial_state":"STOPPED","name":"c"}`
	patch := `PATCH /connectors/c/offsets {"offsets":[{"offset":{"p":1},"partition":{"f":"x"}}]}`
	for name, c := range map[string]struct {
		want, have []Connector
		answers    map[string][]string
		asked      []string
		err        string
	}{
		"create": {[]Connector{k}, nil, map[string][]string{
			"POST /connectors": {"409 rebalance", "201 {}"}, "GET /connectors/c/status": {"404 not yet", `200 {"connector":{"state":"UNASSIGNED"}}`, stopped},
			"PATCH /connectors/c/offsets": {"500 there are zombie sink tasks", "200 {}"}, "PUT /connectors/c/resume": {"202"},
		}, []string{create, create, patch, patch, "PUT /connectors/c/resume"}, ""},
		"create without offsets": {[]Connector{source("PAUSED", "v")}, nil, map[string][]string{"POST /connectors": {"201 {}"}},
			[]string{`POST /connectors {"config":{"k":"v"},"initial_state":"PAUSED","name":"c"}`}, ""},
		"somebody else created it": {[]Connector{k}, nil, map[string][]string{"POST /connectors": {"409 Connector c already exists"}}, []string{create}, "create: Connector c already exists"},
		"offsets are refused": {[]Connector{k}, nil, map[string][]string{"POST /connectors": {"201 {}"}, "GET /connectors/c/status": {stopped}, "PATCH /connectors/c/offsets": {"400 bad"}},
			[]string{create, patch}, "set offsets (it stays stopped): bad"},
		"change a running one": {[]Connector{k}, []Connector{changed}, map[string][]string{
			"PUT /connectors/c/stop": {"204"}, "GET /connectors/c/status": {`200 {"connector":{"state":"STOPPED"},"tasks":[{"id":0}]}`, stopped},
			"PUT /connectors/c/config": {"200 {}"}, "PATCH /connectors/c/offsets": {"200 {}"}, "PUT /connectors/c/resume": {"202"},
		}, []string{"PUT /connectors/c/stop", `PUT /connectors/c/config {"k":"v"}`, patch, "PUT /connectors/c/resume"}, ""},
		"what was equal has moved on until the stop": {[]Connector{sink("STARTED", SinkOffset{"t", 0, 5}, SinkOffset{"t", 1, 7})}, []Connector{sink("STARTED", SinkOffset{"t", 0, 5}, SinkOffset{"t", 1, 8})}, map[string][]string{
			"PUT /connectors/c/stop": {"204"}, "GET /connectors/c/status": {stopped}, "PATCH /connectors/c/offsets": {"200 {}"}, "PUT /connectors/c/resume": {"202"},
		}, []string{"PUT /connectors/c/stop", `PATCH /connectors/c/offsets {"offsets":[{"offset":{"kafka_offset":5},"partition":{"kafka_partition":0,"kafka_topic":"t"}},{"offset":{"kafka_offset":7},"partition":{"kafka_partition":1,"kafka_topic":"t"}}]}`, "PUT /connectors/c/resume"}, ""},
		"what is stopped has not": {[]Connector{sink("STOPPED", SinkOffset{"t", 0, 5}, SinkOffset{"t", 1, 7})}, []Connector{sink("STOPPED", SinkOffset{"t", 0, 5}, SinkOffset{"t", 1, 8})}, map[string][]string{
			"PATCH /connectors/c/offsets": {"200 {}"},
		}, []string{`PATCH /connectors/c/offsets {"offsets":[{"offset":{"kafka_offset":7},"partition":{"kafka_partition":1,"kafka_topic":"t"}}]}`}, ""},
		"change a configuration only": {[]Connector{source("PAUSED", "v")}, []Connector{changed}, map[string][]string{"PUT /connectors/c/config": {"200 {}"}}, []string{`PUT /connectors/c/config {"k":"v"}`}, ""},
		"the configuration is refused": {[]Connector{source("STOPPED", "v")}, []Connector{changed}, map[string][]string{"PUT /connectors/c/config": {"400 invalid"}},
			[]string{`PUT /connectors/c/config {"k":"v"}`}, "PUT config: invalid"},
	} {
		cluster, s := rest(t, c.answers)
		plan, err := NewPlan(contents(OverREST, c.want...), contents(OverREST, c.have...), Options{OverwriteRunning: true})
		if err != nil {
			t.Fatal(err)
		}
		err = cluster.Apply(t.Context(), plan.Items[0])
		if text := fmt.Sprint(err); err != nil && text != c.err || err == nil && c.err != "" {
			t.Errorf("%s: %v, want %s", name, err, c.err)
		}
		if !slices.Equal(s.asked, c.asked) {
			t.Errorf("%s: (-want +got)\n%s", name, cmp.Diff(c.asked, s.asked))
		}
	}
}

func TestOldWorkersCannotRestore(t *testing.T) {
	t.Parallel()
	for version, ready := range map[string]bool{"3.6.2": false, "3.7.0": true, "4.0.0": true, "7.6.1-ccs": false, "7.7.0-ce": true, "8.0.0-ccs": true, "2.8.1": false, "unknown": true} {
		c, _ := rest(t, map[string][]string{"GET /": {fmt.Sprintf(`200 {"version":%q,"kafka_cluster_id":"id"}`, version)}})
		if _, err := c.Read(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := c.Ready(t.Context()); (err == nil) != ready {
			t.Errorf("%s: %v", version, err)
		}
	}
}
