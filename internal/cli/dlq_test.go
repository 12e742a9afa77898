package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// worker is a REST API that answers with what a test sets and keeps what it was asked.
type worker struct {
	t       *testing.T
	answers []string // "STATUS BODY", the last one for all others
	asked   []string
	user    string
}

func (w *worker) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		w.t.Error(err)
	}
	w.asked = append(w.asked, strings.TrimSpace(r.Method+" "+r.URL.RequestURI()+" "+string(body)))
	w.user, _, _ = r.BasicAuth()
	answer := w.answers[0]
	if len(w.answers) > 1 {
		w.answers = w.answers[1:]
	}
	status, text, _ := strings.Cut(answer, " ")
	if status != "200" {
		rw.WriteHeader(map[string]int{"401": 401, "404": 404, "409": 409, "502": 502}[status])
	}
	if _, err := io.WriteString(rw, text); err != nil {
		w.t.Error(err)
	}
}

// run runs `moldau dlq` and returns what it prints.
func run(t *testing.T, w *worker, args ...string) (string, error) {
	t.Helper()
	w.t = t
	server := httptest.NewServer(w)
	defer server.Close()
	var out bytes.Buffer
	cmd := DLQ(&out)
	cmd.SetOut(&out)
	cmd.SetErr(&out)
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	cmd.SetArgs(append(args, "--url", server.URL+"/"))
	err := cmd.ExecuteContext(t.Context())
	return out.String(), err
}

const oneLetter = `{"partition":0,"offset":7,"timestamp":1700000000000,"has_context":true,"connector":"snk","stage":"VALUE_CONVERTER",` +
	`"exception":"org.apache.kafka.connect.errors.DataException","message":"bad","root_cause":"e.E: why","original":{"topic":"orders","partition":1,"offset":5},` +
	`"state":"open","key_bytes":1,"value_bytes":3,"key":"k","value":"a\nb"}`

func TestPrintsLists(t *testing.T) {
	for _, c := range []struct {
		name, answer string
		args         []string
		asked, want  string
	}{
		{"overview", `200 {"queues":[{"topic":"dead","connectors":["snk","b"],"total":3,"open":2,"redriven":1,"uncertain":0,"causes":[` +
			`{"connector":"snk","stage":"TASK_PUT","exception":"a.b.C","total":3,"open":2,"redriven":1,"uncertain":0,"last_timestamp":1700000000000}]},` +
			`{"topic":"gone","connectors":["x"],"causes":[],"error":"it is gone"}]}`, []string{"list"}, "GET /api/dlq",
			"TOPIC  CONNECTOR  STAGE       EXCEPTION  TOTAL  OPEN  REDRIVEN  UNCERTAIN  LAST\n" +
				"dead   snk        TASK_PUT    C          3      2     1         0          2023-11-14T22:13:20Z\n" +
				"gone   x          (not read)  -          0      0     0         0          -\n\nx: it is gone\n"},
		{"no queues", `200 {"queues":[]}`, []string{"list"}, "GET /api/dlq", "No connector has a dead letter queue (errors.deadletterqueue.topic.name).\n"},
		{"letters", `200 {"letters":[` + oneLetter + `],"next":"0:7"}`, []string{"list", "a b/c", "--limit", "1", "--exception", "DataException", "--partition", "0", "--after", "0:6"},
			"GET /api/dlq/a%20b%2Fc?after=0%3A6&exception=DataException&limit=1&partition=0",
			"LETTER  STATE  TIMESTAMP             ORIGINAL    STAGE            EXCEPTION      CAUSE     KEY  VALUE\n" +
				"0:7     open   2023-11-14T22:13:20Z  orders 1:5  VALUE_CONVERTER  DataException  e.E: why  k    a·b\n\nThere are more: --after 0:7\n"},
		{"json", `200 {"letters":[]}`, []string{"list", "snk", "-o", "json"}, "GET /api/dlq/snk?limit=50", "{\n  \"letters\": []\n}\n"},
		{"a letter", `200 {"dead_letter_topic":"dead","headers":[{"key":"h","text":"1"},{"key":"n"},{"key":"__connect.errors.topic","text":"orders"}],` +
			`"key":{"bytes":-1},"stack_trace":"x\n\tat y\u001b[31m\n",` + strings.Replace(oneLetter[1:len(oneLetter)-1], `"key":"k","value":"a\nb"`, `"value":{"bytes":3,"text":"\u001b[1","data":{"a":1}}`, 1) + `}`,
			[]string{"show", "snk", "0:7"}, "GET /api/dlq/snk/0/7",
			"letter        0:7 of dead\nstate         open\ntimestamp     2023-11-14T22:13:20Z\noriginal      orders 1:5\nconnector     snk\nstage         VALUE_CONVERTER\n" +
				"exception     org.apache.kafka.connect.errors.DataException\nmessage       bad\nroot cause    e.E: why\nkey           null\nvalue         ·[1 (3 bytes)\n" +
				"              data: {\"a\":1}\nheader        h = 1\nheader        n = null\n\nx\n    at y·[31m\n"},
	} {
		w := &worker{answers: []string{c.answer}}
		out, err := run(t, w, c.args...)
		if diff := cmp.Diff(c.want, out); diff != "" || err != nil || len(w.asked) != 1 || w.asked[0] != c.asked {
			t.Errorf("%s: asked %v, %v (-want +got)\n%s", c.name, w.asked, err, diff)
		}
	}
}

func TestRedrivesUntilNothingIsLeft(t *testing.T) {
	w := &worker{answers: []string{
		`200 {"redriven":2,"failed":1,"letters":[{"partition":0,"offset":1,"outcome":"redriven","to":"orders"},{"partition":0,"offset":2,"outcome":"failed","reason":"no\nway"}],"next":{"partition":0,"offset":2}}`,
		`200 {"redriven":1,"skipped":1,"letters":[]}`,
	}}
	out, err := run(t, w, "redrive", "snk", "--all", "--to", "topic", "--limit", "2500", "--force", "--no-headers", "--timestamp", "now", "--max-redrives", "0")
	var exit *ExitError
	if want := "0:2 failed: no·way\n3 letters redriven, 1 skipped, 1 failed, 0 uncertain\n"; out != want || !errors.As(err, &exit) || exit.Code != 2 {
		t.Errorf("%q %v", out, err)
	}
	var bodies []map[string]any
	for _, asked := range w.asked {
		text, ok := strings.CutPrefix(asked, "POST /api/dlq/snk/redrive ")
		var body map[string]any
		if !ok || json.Unmarshal([]byte(text), &body) != nil {
			t.Fatal(asked)
		}
		bodies = append(bodies, body)
	}
	common := func(more ...any) map[string]any {
		out := map[string]any{"target": "topic", "filter": map[string]any{}, "dry_run": false, "force": true, "max_redrives": 0.0, "annotate": false, "timestamp": "now", "limit": 1000.0}
		for i := 0; i < len(more); i += 2 {
			out[more[i].(string)] = more[i+1]
		}
		return out
	}
	if diff := cmp.Diff([]map[string]any{common(), common("after", map[string]any{"partition": 0.0, "offset": 2.0})}, bodies); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestNamedLettersGoIntoOneRequest(t *testing.T) {
	places := []string{"redrive", "snk", "--to", "topic"}
	for i := range perRequest + 1 {
		places = append(places, fmt.Sprintf("0:%d", i))
	}
	for _, c := range []struct {
		args  []string
		limit float64
	}{
		{places, perRequest + 1},
		{append(places[:len(places):len(places)], "--limit", "5000"), perRequest + 1},
		{append(places[:6:6], "--limit", "1"), 1},
	} {
		w := &worker{answers: []string{`200 {"redriven":1,"skipped":1}`}}
		if _, err := run(t, w, c.args...); err != nil || len(w.asked) != 1 {
			t.Fatalf("%d requests, %v", len(w.asked), err)
		}
		var body struct{ Limit float64 }
		text := strings.TrimPrefix(w.asked[0], "POST /api/dlq/snk/redrive ")
		if err := json.Unmarshal([]byte(text), &body); err != nil || body.Limit != c.limit {
			t.Errorf("%d letters: limit %v, want %v, %v", len(c.args)-4, body.Limit, c.limit, err)
		}
	}
}

func TestRedriveExitCodes(t *testing.T) {
	for _, c := range []struct {
		answer, want string
		code         int
	}{
		{`200 {"redriven":1}`, "1 letters redriven, 0 skipped, 0 failed, 0 uncertain\n", 0},
		{`200 {"skipped":1,"letters":[{"partition":0,"offset":1,"outcome":"skipped","reason":"was redriven"}]}`, "0:1 skipped: was redriven\n0 letters redriven, 1 skipped, 0 failed, 0 uncertain\n", 0},
		{`200 {"uncertain":1}`, "0 letters redriven, 0 skipped, 0 failed, 1 uncertain\n", 2},
		{`409 {"error_code":409,"message":"Connector snk has no tasks"}`, "", 1},
	} {
		out, err := run(t, &worker{answers: []string{c.answer}}, "redrive", "snk", "0:1", "--to-topic", "x")
		code := 0
		var exit *ExitError
		if errors.As(err, &exit) {
			code = exit.Code
		} else if err != nil {
			code = 1
		}
		if out != c.want || code != c.code {
			t.Errorf("%s: %q, code %d (%v)", c.answer, out, code, err)
		}
	}
}

func TestSaysWhatIsWrong(t *testing.T) {
	for _, c := range []struct {
		answer string
		args   []string
		want   string
	}{
		{"", []string{"list", "a", "b"}, "one connector at most"},
		{"", []string{"list", "--state", "open"}, "--state needs a connector"},
		{"", []string{"list", "-o", "yaml"}, "--output yaml"},
		{"", []string{"list", "snk", "--since", "soon"}, "--since soon: milliseconds"},
		{"", []string{"list", "snk", "--from-offset", "-1"}, "--from-offset -1"},
		{"", []string{"list", "--cacert", "/does/not/exist"}, "--cacert"},
		{"", []string{"show", "snk"}, "needs a connector and a letter"},
		{"", []string{"show", "snk", "17"}, `"17" is no place of a letter`},
		{"", []string{"redrive"}, "needs a connector"},
		{"", []string{"redrive", "snk", "--all"}, "say which"},
		{"", []string{"redrive", "snk", "--all", "--to", "moon"}, "say which"},
		{"", []string{"redrive", "snk", "--to", "topic"}, "name letters"},
		{"", []string{"redrive", "snk", "--to", "topic", "--all", "0:1"}, "not both"},
		{"", []string{"redrive", "snk", "--to", "topic", "0"}, "no place of a letter"},
		{"", []string{"redrive", "snk", "--to", "topic", "--all", "--limit", "0"}, "--limit 0"},
		{`404 {"error_code":404,"message":"Connector snk not found"}`, []string{"list", "snk"}, "Connector snk not found"},
		{`404 {"error_code":404,"message":"HTTP 404 Not Found"}`, []string{"list", "snk"}, "it is no worker of Moldau"},
		{`502 <html>`, []string{"list", "snk"}, "502 Bad Gateway: it is no worker"},
		{`200 <html>`, []string{"list", "snk"}, "it is no worker"},
		{`200 []`, []string{"list", "snk"}, "cannot be read"},
		{`401 User cannot access the resource.`, []string{"list"}, "set MOLDAU_REST_USER and MOLDAU_REST_PASSWORD"},
	} {
		w := &worker{answers: []string{c.answer}}
		_, err := run(t, w, c.args...)
		if err == nil || !strings.Contains(err.Error(), c.want) || c.answer == "" && len(w.asked) > 0 {
			t.Errorf("%v: %v, asked %v, want %s", c.args, err, w.asked, c.want)
		}
	}
	var out bytes.Buffer
	cmd := DLQ(&out)
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	cmd.SetArgs([]string{"list", "--url", "http://127.0.0.1:1"})
	if err := cmd.ExecuteContext(t.Context()); err == nil || !strings.Contains(err.Error(), "no worker answers at http://127.0.0.1:1") {
		t.Error(err)
	}
}

func TestCredentialsComeFromTheEnvironment(t *testing.T) {
	t.Setenv(userVariable, "ann")
	t.Setenv(passwordVariable, "x")
	w := &worker{answers: []string{`200 {"queues":[]}`}}
	if _, err := run(t, w, "list"); err != nil || w.user != "ann" {
		t.Error(w.user, err)
	}
}

func TestMoments(t *testing.T) {
	t.Parallel()
	now := time.UnixMilli(10_000_000)
	for text, want := range map[string]int64{"17": 17, "1970-01-01T00:00:01.5Z": 1500, "1h": 6_400_000} {
		if got, err := moment(text, now); err != nil || got != want {
			t.Errorf("%s: %d %v", text, got, err)
		}
	}
	if got := short("äöüß", 3); got != "äö…" {
		t.Error(got)
	}
}
