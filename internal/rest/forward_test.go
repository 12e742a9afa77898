package rest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/internal/herder"
)

// member is a herder of a group: it serves what comes to it, or says who must.
type member struct {
	herder.Herder
	// elsewhere returns the error that sends a request away, nil to serve it.
	elsewhere func() error

	mu     sync.Mutex
	served []string
}

func (m *member) serve(format string, args ...any) error {
	if err := m.elsewhere(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.served = append(m.served, fmt.Sprintf(format, args...))
	return nil
}

func asText(v any) string {
	data, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(data)
}

func (m *member) PutConnector(_ context.Context, name string, props config.Props, target herder.TargetState, replace bool) (*herder.ConnectorInfo, bool, error) {
	if err := m.serve("put %q %s %s %t", name, asText(props), target, replace); err != nil {
		return nil, false, err
	}
	return &herder.ConnectorInfo{Name: name, Config: config.PropsOf(map[string]string{"a": "<b>"}), Tasks: []herder.TaskID{}, Type: herder.TypeSink}, props["there"] == nil, nil
}

func (m *member) PatchConnector(_ context.Context, name string, patch config.Props) (*herder.ConnectorInfo, error) {
	if err := m.serve("patch %q %s", name, asText(patch)); err != nil {
		return nil, err
	}
	return &herder.ConnectorInfo{Name: name, Tasks: []herder.TaskID{}}, nil
}

func (m *member) DeleteConnector(_ context.Context, name string) error {
	return m.serve("delete %q", name)
}
func (m *member) StopConnector(_ context.Context, name string) error { return m.serve("stop %q", name) }
func (m *member) RestartConnector(_ context.Context, name string) error {
	return m.serve("restart %q", name)
}
func (m *member) RestartTask(_ context.Context, id herder.TaskID) error {
	return m.serve("restart %v", id)
}

func (m *member) RestartConnectorAndTasks(_ context.Context, r herder.RestartRequest) (*herder.ConnectorStatus, error) {
	if err := m.serve("restart %+v", r); err != nil {
		return nil, err
	}
	return &herder.ConnectorStatus{Name: r.Connector, Tasks: []herder.TaskState{}}, nil
}

func (m *member) AlterConnectorOffsets(_ context.Context, name string, offsets []herder.ConnectorOffset) (string, error) {
	return "altered", m.serve("alter %q %s", name, asText(offsets))
}

func (m *member) ResetConnectorOffsets(_ context.Context, name string) (string, error) {
	return "reset", m.serve("reset %q", name)
}

func (m *member) PutTaskConfigs(_ context.Context, name string, tasks []map[string]string, body []byte, s *herder.Signature) error {
	if s != nil {
		return m.serve("tasks %q %s %s %s %x", name, asText(tasks), body, s.Algorithm, s.MAC)
	}
	return m.serve("tasks %q %s", name, asText(tasks))
}

func (m *member) FenceZombies(_ context.Context, name string, s *herder.Signature) error {
	if s != nil {
		return m.serve("fence %q %s %x", name, s.Algorithm, s.MAC)
	}
	return m.serve("fence %q", name)
}

// took returns what the member served, and forgets it.
func (m *member) took() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := m.served
	m.served = nil
	return out
}

func redirectTo(url *string) func() error {
	return func() error { return &herder.RedirectError{Message: "not here", URL: *url} }
}

func here() error { return nil }

// group starts servers of which each sends everything to the next one, and the last serves.
func group(t *testing.T, n int, pairs map[string]string) ([]*Server, []*member) {
	t.Helper()
	servers, members := make([]*Server, n), make([]*member, n)
	elsewhere := here
	for i := n - 1; i >= 0; i-- {
		servers[i], _ = newServer(t, pairs, nil)
		members[i] = &member{elsewhere: elsewhere}
		servers[i].RegisterResources(members[i])
		url := servers[i].AdvertisedURL().String()
		elsewhere = redirectTo(&url)
	}
	return servers, members
}

// ask makes a request and returns its answer with the Location header.
func ask(t *testing.T, method, url, body string, headers ...string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Add(headers[i], headers[i+1])
	}
	res, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	out := fmt.Sprint(res.StatusCode, " ", string(data))
	if l := res.Header.Get("Location"); l != "" {
		out += " " + l
	}
	return strings.TrimSpace(out)
}

func problem(status int, text string) string {
	return fmt.Sprintf(`%d {"error_code":%d,"message":"%s"}`, status, status, text)
}

var forwardCases = []struct {
	request, body string
	served        string
	answer        string // BASE is the asked server's URL
}{
	{"POST /connectors", `{"name":" c ","config":{"z":1,"a":null,"u":"<&>\u2028"}}`, `put "c" {"a":null,"name":"c","u":"\u003c\u0026\u003e\u2028","z":"1"}  false`,
		`201 {"name":"c","config":{"a":"<b>"},"tasks":[],"type":"sink"} BASE/connectors/c`},
	{"POST /connectors", `{"name":"c","config":{},"initial_state":"paused"}`, `put "c" {"name":"c"} PAUSED false`,
		`201 {"name":"c","config":{"a":"<b>"},"tasks":[],"type":"sink"} BASE/connectors/c`},
	{"POST /connectors", `{"name":"c","config":{},"initial_state":"RUNNING"}`, `put "c" {"name":"c"} STARTED false`,
		`201 {"name":"c","config":{"a":"<b>"},"tasks":[],"type":"sink"} BASE/connectors/c`},
	{"PUT /connectors/a%20%3Bb%3F/config?x=1", `{"k":"v"}`, `put "a ;b?" {"k":"v","name":"a ;b?"}  true`,
		`201 {"name":"a ;b?","config":{"a":"<b>"},"tasks":[],"type":"sink"} BASE/connectors/a%20;b%3F`},
	{"PUT /connectors/c/config", `{"there":"yes"}`, `put "c" {"name":"c","there":"yes"}  true`, `200 {"name":"c","config":{"a":"<b>"},"tasks":[],"type":"sink"}`},
	{"PATCH /connectors/c/config", `{"k":null}`, `patch "c" {"k":null}`, `200 {"name":"c","config":null,"tasks":[],"type":""}`},
	{"PATCH /connectors/c/config", `{}`, `patch "c" {}`, `200 {"name":"c","config":null,"tasks":[],"type":""}`},
	{"DELETE /connectors/%7Bc%7D", ``, `delete "{c}"`, `204`},
	{"PUT /connectors/c/stop", ``, `stop "c"`, `204`},
	{"PUT /connectors/../stop", ``, `stop ".."`, `204`}, // dots within the tree are a name to Java as well
	{"POST /connectors/c/restart", ``, `restart "c"`, `204`},
	{"POST /connectors/c/restart?onlyFailed=true&includeTasks=no&other=1", ``, `restart {Connector:c OnlyFailed:true IncludeTasks:false}`,
		`202 {"name":"c","connector":{"state":"","worker_id":"","version":null},"tasks":[],"type":""}`},
	{"POST /connectors/c/tasks/3/restart", ``, `restart c-3`, `204`},
	{"PATCH /connectors/c/offsets", `{"offsets":[{"partition":{"p":1.50},"offset":null}]}`, `alter "c" [{"partition":{"p":1.50},"offset":null}]`, `200 {"message":"altered"}`},
	{"DELETE /connectors/c/offsets", ``, `reset "c"`, `200 {"message":"reset"}`},
	{"POST /connectors/c/tasks", `[{"b":"1","a":2}]`, `tasks "c" [{"a":"2","b":"1"}]`, `204`},
	{"POST /connectors/c/tasks", `[]`, `tasks "c" []`, `204`},
	{"PUT /connectors/c/fence", ``, `fence "c"`, `204`},
}

// TestForwarding sends every request by one hop, by two, and by one too many.
func TestForwarding(t *testing.T) {
	t.Parallel()
	servers, members := group(t, 4, nil)
	for _, c := range forwardCases {
		method, path, _ := strings.Cut(c.request, " ")
		for first := 1; first < 4; first++ {
			base := servers[first].URLs()[0]
			if got, want := ask(t, method, base+path, c.body), strings.ReplaceAll(c.answer, "BASE", base); got != want {
				t.Errorf("%s over %d hops: got %s, want %s", c.request, 3-first, got, want)
			}
			if diff := cmp.Diff([]string{c.served}, members[3].took()); diff != "" {
				t.Errorf("%s over %d hops: %s", c.request, 3-first, diff)
			}
		}
		if got, want := ask(t, method, servers[0].URLs()[0]+path, c.body), problem(409, tooManyHops); got != want {
			t.Errorf("%s over 3 hops: got %s", c.request, got)
		}
		if got := members[3].took(); got != nil {
			t.Errorf("%s over 3 hops was served: %v", c.request, got)
		}
	}
}

// TestForwardParameter checks how far a request goes that has made hops already.
func TestForwardParameter(t *testing.T) {
	t.Parallel()
	servers, _ := group(t, 3, nil)
	for parameter, want := range map[string][2]string{ // from two hops away, from one
		"":               {"204", "204"},
		"?forward=":      {"204", "204"},
		"?forward=true":  {problem(409, tooManyHops), "204"},
		"?forward=TRUE":  {problem(409, tooManyHops), "204"},
		"?forward=false": {problem(409, tooManyHops), problem(409, tooManyHops)},
		"?forward=x":     {problem(409, tooManyHops), problem(409, tooManyHops)},
	} {
		for i := range want {
			if got := ask(t, http.MethodDelete, servers[i].URLs()[0]+"/connectors/c"+parameter, ""); got != want[i] {
				t.Errorf("%q from server %d: got %s, want %s", parameter, i, got, want[i])
			}
		}
	}
}

// TestConflicts are the answers when nobody is known to serve a request.
func TestConflicts(t *testing.T) {
	t.Parallel()
	s, out := newServer(t, nil, nil)
	var failure error
	s.RegisterResources(&member{elsewhere: func() error { return failure }})
	for _, c := range []struct {
		failure     error
		query, want string
	}{
		{&herder.RedirectError{Message: "x"}, "", problem(409, noLeader)},
		{&herder.RedirectError{Message: "x"}, "?forward=false", problem(409, tooManyHops)},
		{&herder.RebalanceError{Message: "x"}, "", problem(409, staleConfig)},
		{fmt.Errorf("y: %w", &herder.RebalanceError{Message: "x"}), "?forward=false", problem(409, staleConfig)},
		{herder.NotFound("no"), "", problem(404, "no")},
		{&herder.RedirectError{Message: "x", URL: "ftp://h:1/"}, "", problem(500, `Error trying to forward REST request: the URL \"ftp://h:1/\" of the other worker is none of HTTP`)},
	} {
		failure = c.failure
		if got := ask(t, http.MethodPut, s.URLs()[0]+"/connectors/c/stop"+c.query, ""); got != c.want {
			t.Errorf("%v %s: got %s, want %s", c.failure, c.query, got, c.want)
		}
	}
	if text := "ERROR Request 'PUT /connectors/c/stop' failed because it couldn't find the target Connect worker within two hops (between workers)."; !strings.Contains(out.String(), text) {
		t.Errorf("the log: %s", out)
	}
}

// TestForwardedRequest looks at what goes over the wire.
func TestForwardedRequest(t *testing.T) {
	t.Parallel()
	var got string
	var headers http.Header
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got, headers = r.Method+" "+r.RequestURI+" "+string(body), r.Header
		w.WriteHeader(http.StatusNoContent)
	}))
	defer other.Close()
	url := other.URL + "/prefix/"
	s, _ := newServer(t, nil, nil)
	s.RegisterResources(&member{elsewhere: redirectTo(&url)})
	for _, c := range []struct {
		request, body, want string
		headers             http.Header
	}{
		{"POST /connectors?x=1", `{"config":{"b":"1","a":null},"name":" c","initial_state":"stopped"}`,
			`POST /prefix/connectors?forward=true {"name":" c","config":{"b":"1","a":null,"name":"c"},"initial_state":"STOPPED"}`,
			http.Header{"Accept": {"application/json"}, "User-Agent": {"kafka-connect"}, "Content-Type": {"application/json"}, "Content-Length": {"78"}}},
		{"POST /connectors/a%3Bb/restart?forward=true&includeTasks=true", "", `POST /prefix/connectors/a%3Bb/restart?forward=false&includeTasks=true&onlyFailed=false `,
			http.Header{"Accept": {"application/json"}, "User-Agent": {"kafka-connect"}, "Content-Length": {"0"}}},
		{"PUT /connectors/c/config", `{}`, `PUT /prefix/connectors/c/config?forward=true {"name":"c"}`,
			http.Header{"Accept": {"application/json"}, "User-Agent": {"kafka-connect"}, "Content-Type": {"application/json"}, "Content-Length": {"12"}}},
	} {
		method, path, _ := strings.Cut(c.request, " ")
		ask(t, method, s.URLs()[0]+path, c.body, "Authorization", "Bearer t", "X-Other", "o", "Cookie", "c=1", "Origin", "http://o", "X-Connect-Authorization", "AAAA")
		if got != c.want {
			t.Errorf("got %s, want %s", got, c.want)
		}
		c.headers["Authorization"], c.headers["Connection"] = []string{"Bearer t"}, []string{"close"}
		if diff := cmp.Diff(c.headers, headers); diff != "" {
			t.Errorf("%s: %s", c.request, diff)
		}
	}
}

// TestForwardedAnswers are what another worker, or who is mistaken for one, can answer.
func TestForwardedAnswers(t *testing.T) {
	t.Parallel()
	var status int
	var body string
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if status == 302 {
			w.Header().Set("Location", "/elsewhere")
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
	defer other.Close()
	s, out := newServer(t, nil, nil)
	s.RegisterResources(&member{elsewhere: redirectTo(&other.URL)})
	const at = `\n at [Source: REDACTED (` + "`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION`" + ` disabled); line: 1, column: `
	const empty = `No content to map due to end-of-input\n at [Source: REDACTED (` + "`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION`" + ` disabled); line: 1]`
	for _, c := range []struct {
		status       int
		body, answer string
	}{
		{404, `{"error_code":404,"message":"Connector c not found"}`, problem(404, "Connector c not found")},
		{409, `{"error_code":"4090","message":"secret é"}`, `409 {"error_code":4090,"message":"secret é"}`},
		{500, `{"message":null}`, problem(500, "")},
		{418, `{} and more`, problem(418, "")},
		{502, `<html>`, problem(500, ioFailed+`Unexpected character ('<' (code 60)): expected a valid value (JSON String, Number, Array, Object or token 'null', 'true' or 'false')`+at+`1]`)},
		{503, ``, problem(500, ioFailed+empty)},
		{401, `User cannot access the resource.`, problem(500, ioFailed+noChallenge)},
		{403, `User`, problem(500, ioFailed+`Unrecognized token 'User': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')`+at+`5]`)},
		{400, `{"error":"x"}`, problem(500, ioFailed+`Unrecognized field \"error\" (class `+errorClass+`), not marked as ignorable (2 known properties: \"error_code\", \"message\")`+at+`13]`)},
		{302, ``, problem(500, badStatus+"302")},
		{304, ``, problem(500, badStatus+"304")},
		{200, `{"name":"c","config":{"x":null},"more":[1.50]}`, `200 {"name":"c","config":{"x":null},"more":[1.50]}`},
		{201, ` {"name":"c"} `, `201 {"name":"c"} BASE/connectors/c`},
		{200, ``, problem(500, ioFailed+empty)},
		{200, `[]`, problem(500, ioFailed+"Cannot deserialize value of type `"+infoClass+"` from Array value (token `JsonToken.START_ARRAY`)"+at+`1]`)},
		{200, `{"a":`, problem(500, ioFailed+`Unexpected end-of-input within/between Object entries`+at+`6]`)},
	} {
		status, body = c.status, c.body
		got := ask(t, http.MethodPut, s.URLs()[0]+"/connectors/c/config", `{}`)
		if want := strings.ReplaceAll(c.answer, "BASE", s.URLs()[0]); got != want {
			t.Errorf("%d %s:\n got %s\nwant %s", c.status, c.body, got, want)
		}
	}
	if log := out.String(); strings.Contains(log, "secret") || !strings.Contains(log, "answered 502 Bad Gateway with text/html; charset=utf-8, which is no answer of a worker") {
		t.Errorf("the log: %s", log)
	}
}

// TestForwardingFails on the way.
func TestForwardingFails(t *testing.T) {
	t.Parallel()
	closed := httptest.NewServer(nil)
	closed.Close()
	silent := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	defer silent.Close()
	rude := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }))
	defer rude.Close()
	for url, want := range map[string]string{
		closed.URL:                "java.net.ConnectException: Connection refused",
		silent.URL:                "java.util.concurrent.TimeoutException: no answer from " + silent.URL + "/connectors/c?forward=true within the time for a request",
		rude.URL:                  "java.io.EOFException: " + rude.URL + "/connectors/c?forward=true closed the connection before its answer was complete",
		"http://worker.invalid:1": "java.net.UnknownHostException: worker.invalid: Name or service not known",
		strings.Replace(closed.URL, "http", "https", 1): "java.net.ConnectException: Connection refused",
		strings.Replace(rude.URL, "http", "https", 1):   "javax.net.ssl.SSLHandshakeException: Unsupported or unrecognized SSL message",
	} {
		s, _ := newServer(t, nil, func(c *Config) {
			if url == silent.URL {
				c.RequestTimeout = 200 * time.Millisecond
			}
		})
		s.client.dial = func(ctx context.Context, network, address string) (net.Conn, error) {
			if host, _, _ := strings.Cut(address, ":"); host == "worker.invalid" {
				return nil, &net.OpError{Op: "dial", Net: network, Err: &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}}
			}
			return (&net.Dialer{}).DialContext(ctx, network, address)
		}
		s.RegisterResources(&member{elsewhere: redirectTo(&url)})
		if got := ask(t, http.MethodDelete, s.URLs()[0]+"/connectors/c", ""); got != problem(500, ioFailed+want) {
			t.Errorf("%s: got %s, want %s", url, got, want)
		}
	}
}

func TestClient(t *testing.T) {
	t.Parallel()
	m := &member{elsewhere: here}
	s, _ := newServer(t, nil, nil)
	s.RegisterResources(m)
	client := NewClient(values(t, nil), nil)
	sign := func(body []byte, h http.Header) error {
		h.Set("X-Connect-Authorization", "AQID")
		h.Set("X-Connect-Request-Signature-Algorithm", fmt.Sprintf("HmacSHA256-%d", len(body)))
		return nil
	}
	url := s.AdvertisedURL().String()
	for _, err := range []error{
		client.PutTaskConfigs(t.Context(), url, "a b;c", []map[string]string{{"k": "<v>"}}, sign),
		client.PutTaskConfigs(t.Context(), url, "c", nil, nil),
		client.FenceZombies(t.Context(), url, "c", sign),
		client.FenceZombies(t.Context(), url, "c", nil),
	} {
		if err != nil {
			t.Error(err)
		}
	}
	want := []string{`tasks "a b;c" [{"k":"\u003cv\u003e"}] [{"k":"<v>"}] HmacSHA256-13 010203`, `tasks "c" []`, `fence "c" HmacSHA256-0 010203`, `fence "c"`}
	if diff := cmp.Diff(want, m.took()); diff != "" {
		t.Error(diff)
	}
	m.elsewhere = func() error { return &herder.Error{Status: http.StatusForbidden, Message: "forged"} }
	var refusal *herder.Error
	if err := client.FenceZombies(t.Context(), url, "c", sign); !errors.As(err, &refusal) || refusal.Status != http.StatusForbidden || err.Error() != "forged" {
		t.Errorf("got %v", err)
	}
	if err := client.FenceZombies(t.Context(), "", "c", sign); err == nil || !strings.HasPrefix(err.Error(), "Error trying to forward REST request: ") {
		t.Errorf("got %v", err)
	}
	broken := errors.New("no such algorithm")
	if err := client.FenceZombies(t.Context(), url, "c", func([]byte, http.Header) error { return broken }); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := client.PutTaskConfigs(ctx, url, "c", nil, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
