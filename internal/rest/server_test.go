package rest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/internal/herder"
	"github.com/moldau/moldau/internal/logs"
	"github.com/moldau/moldau/internal/plugin"
	"github.com/moldau/moldau/internal/workerconfig"
)

// stub is a herder of which a test replaces what it needs; anything else it is asked for is a fault of the test.
type stub struct {
	herder.Herder
	ready   bool
	health  error
	stage   *herder.Stage
	names   func(ctx context.Context) ([]string, error)
	created func(name string, target herder.TargetState) error
}

func (s *stub) Server() herder.ServerInfo {
	return herder.ServerInfo{Version: "4.3.1", Commit: "c", KafkaClusterID: "k"}
}
func (s *stub) Ready() bool                                      { return s.ready }
func (s *stub) Health(context.Context) error                     { return s.health }
func (s *stub) Connectors(ctx context.Context) ([]string, error) { return s.names(ctx) }

func (s *stub) Stage() (herder.Stage, bool) {
	if s.stage == nil {
		return herder.Stage{}, false
	}
	return *s.stage, true
}

func (s *stub) PutConnector(_ context.Context, name string, props config.Props, target herder.TargetState, _ bool) (*herder.ConnectorInfo, bool, error) {
	return &herder.ConnectorInfo{Name: name, Config: props.Clone(), Tasks: []herder.TaskID{}}, true, s.created(name, target)
}

// lines collects a log.
type lines struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func values(t *testing.T, pairs map[string]string) *config.Values {
	t.Helper()
	registry, err := plugin.New("4.3.1")
	if err != nil {
		t.Fatal(err)
	}
	props := config.PropsOf(map[string]string{"bootstrap.servers": "b:1", "offset.storage.file.filename": "f", "listeners": "http://127.0.0.1:0"})
	for k, v := range pairs {
		props.Set(k, v)
	}
	// Converters are classes that a registry without plugins does not know, so what needs them is left out.
	def := workerconfig.RESTDef().Clone()
	for _, name := range []string{"topic.tracking.enable", "topic.tracking.allow.reset"} {
		def.Define(*workerconfig.StandaloneDef().Lookup(name))
	}
	v, err := def.Parse(props, workerconfig.NewPlugins(registry).Option())
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func newServer(t *testing.T, pairs map[string]string, change func(*Config)) (*Server, *lines) {
	t.Helper()
	out := &lines{}
	cfg := Config{Values: values(t, pairs), Logger: slog.New(logs.NewHandler(out, logs.NewLevels(slog.LevelInfo)))}
	if change != nil {
		change(&cfg)
	}
	s, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return s, out
}

func do(t *testing.T, method, url, body string) (int, string, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, res.Header.Get("Content-Type"), string(data)
}

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestNothingIsThereBeforeRegistration(t *testing.T) {
	t.Parallel()
	s, out := newServer(t, nil, nil)
	url := s.URLs()[0]
	status, contentType, body := do(t, http.MethodGet, url+"/connectors", "")
	if status != http.StatusNotFound || contentType != htmlType || !strings.Contains(body, "<title>Error 404 Not Found</title>") {
		t.Errorf("got %d %s %s", status, contentType, body)
	}
	if status, _, body := do(t, http.MethodPut, url+"/connectors", ""); status != http.StatusNotFound || body != "" {
		t.Errorf("got %d %s", status, body)
	}
	s.RegisterResources(&stub{names: func(context.Context) ([]string, error) { return []string{"a"}, nil }})
	if status, contentType, body := do(t, http.MethodGet, url+"/connectors", ""); status != http.StatusOK || contentType != jsonType || body != `["a"]` {
		t.Errorf("got %d %s %s", status, contentType, body)
	}
	if s.WorkerID() != strings.TrimPrefix(url, "http://") || s.AdvertisedURL().String() != url+"/" {
		t.Errorf("got %s and %s", s.WorkerID(), s.AdvertisedURL())
	}
	for _, want := range []string{
		`INFO Initializing REST server \(org\.apache\.kafka\.connect\.runtime\.rest\.RestServer:\d+\)`,
		`INFO REST server listening at ` + regexp.QuoteMeta(url+"/, advertising URL "+url+"/") + ` \(`,
		`INFO 127\.0\.0\.1 - - \[\d\d/\w{3}/\d{4}:\d\d:\d\d:\d\d \+0000\] "GET /connectors HTTP/1\.1" 200 5 "" "Go-http-client/1\.1" \d+ \(org\.apache\.kafka\.connect\.runtime\.rest\.RestServer:\d+\)\n`,
	} {
		if !regexp.MustCompile(want).MatchString(out.String()) {
			t.Errorf("the log has no %s:\n%s", want, out)
		}
	}
}

func TestHealth(t *testing.T) {
	t.Parallel()
	began := time.Date(2026, 11, 20, 23, 18, 37, 80_500_000, time.UTC)
	starting := &herder.Stage{Description: "starting connector c", Started: began}
	ended := &herder.Stage{Description: "awaiting startup", Started: began, Completed: began.Add(time.Second)}
	for _, c := range []struct {
		herder          stub
		code            int
		status, message string
	}{
		{stub{ready: true}, 200, "healthy", "Worker has completed startup and is ready to handle requests."},
		{stub{}, 503, "starting", "Worker is still starting up."},
		{stub{stage: starting}, 503, "starting", "Worker is still starting up. The worker is currently starting connector c, which began at 2026-11-20T23:18:37.080Z."},
		{stub{ready: true, health: errors.New("x"), stage: ended}, 500, "unhealthy", "Worker was unable to handle this request and may be unable to handle other requests. " +
			"The last operation the worker completed was awaiting startup, which began at 2026-11-20T23:18:37.080Z and completed at 2026-11-20T23:18:38.080Z."},
	} {
		s, _ := newServer(t, nil, nil)
		s.RegisterResources(&c.herder)
		code, _, body := do(t, http.MethodGet, s.URLs()[0]+"/health", "")
		var got health
		if err := json.Unmarshal([]byte(body), &got); err != nil || code != c.code || got.Status != c.status || got.Message != c.message {
			t.Errorf("got %d %s, want %d %q", code, body, c.code, c.message)
		}
	}
}

func TestTimeouts(t *testing.T) {
	t.Parallel()
	s, _ := newServer(t, nil, func(c *Config) { c.RequestTimeout = 10 * time.Millisecond })
	began := time.Date(2026, 11, 20, 23, 18, 37, 0, time.UTC)
	h := &stub{}
	var late error
	h.names = func(ctx context.Context) ([]string, error) {
		<-ctx.Done()
		if late != nil {
			return nil, late
		}
		return nil, ctx.Err()
	}
	s.RegisterResources(h)
	for _, c := range []struct {
		late error
		want string
	}{
		{nil, "Request timed out"},
		{&herder.TimeoutError{Stage: herder.Stage{Description: "stopping connector c", Started: began}, Err: context.DeadlineExceeded},
			"Request timed out. The worker is currently stopping connector c, which began at 2026-11-20T23:18:37Z."},
	} {
		late = c.late
		status, _, body := do(t, http.MethodGet, s.URLs()[0]+"/connectors", "")
		var got errorBody
		if err := json.Unmarshal([]byte(body), &got); err != nil || status != 500 || got.Code != 500 || got.Message != c.want {
			t.Errorf("got %d %s, want %s", status, body, c.want)
		}
	}
}

func TestCreate(t *testing.T) {
	t.Parallel()
	s, _ := newServer(t, nil, nil)
	var name string
	var target herder.TargetState
	s.RegisterResources(&stub{created: func(n string, s herder.TargetState) error {
		name, target = n, s
		if n == "moved" {
			return &herder.RebalanceError{Message: "later"}
		}
		return nil
	}})
	url := s.URLs()[0] + "/connectors"
	status, _, body := do(t, http.MethodPost, url, `{"name":" a%b \t","config":{"x":1},"initial_state":"stopped"}`)
	if status != http.StatusCreated || name != "a%b" || target != herder.TargetStopped || body != `{"name":"a%b","config":{"name":"a%b","x":"1"},"tasks":[],"type":""}` {
		t.Errorf("got %d %s (%q, %s)", status, body, name, target)
	}
	if status, _, body := do(t, http.MethodPost, url, `{"name":"moved","config":{}}`); status != http.StatusConflict || body != `{"error_code":409,"message":"`+staleConfig+`"}` {
		t.Errorf("got %d %s", status, body)
	}
}

// TestRefusals covers what net/http itself answers: it looks like Jetty's page, too.
func TestRefusals(t *testing.T) {
	t.Parallel()
	s, _ := newServer(t, nil, nil)
	for request, want := range map[string]string{
		"GET /a%zz HTTP/1.1\r\nHost: x\r\n\r\n":                                      "HTTP/1.1 400 Bad Request\r\nContent-Type: text/html;charset=iso-8859-1\r\n",
		"GET / HTTP/1.1\r\n\r\n":                                                     "HTTP/1.1 400 Bad Request\r\nContent-Type: text/html",
		"GET / HTTP/1.1\r\nHost: x\r\nA: " + strings.Repeat("a", 90000) + "\r\n\r\n": "HTTP/1.1 431 Request Header Fields Too Large\r\nContent-Type: text/html",
	} {
		conn, err := net.Dial("tcp", s.WorkerID())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(conn, request); err != nil {
			t.Log(err)
		}
		got := make([]byte, len(want))
		if _, err := io.ReadFull(conn, got); err != nil || string(got) != want {
			t.Errorf("got %q, %v, want %q", got, err, want)
		}
		_ = conn.Close()
	}
}

func TestAdvertisedURL(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		pairs map[string]string
		want  string
	}{
		{map[string]string{"rest.advertised.host.name": "h", "rest.advertised.port": "81"}, "http://h:81/"},
		{map[string]string{"rest.advertised.listener": "https", "rest.advertised.host.name": "h", "rest.advertised.port": "81"}, "https://h:81/"},
		{map[string]string{"listeners": "http://[::1]:0", "rest.advertised.port": "81"}, "http://[::1]:81/"},
		{map[string]string{"listeners": "http://:0", "rest.advertised.port": "81"}, "http://" + net.JoinHostPort(localHost(), "81") + "/"},
		{map[string]string{"listeners": "http://:0,http://127.0.0.1:0", "rest.advertised.listener": "https", "rest.advertised.port": "81"}, "https://" + net.JoinHostPort(localHost(), "81") + "/"},
	} {
		s, _ := newServer(t, c.pairs, nil)
		if got := s.AdvertisedURL().String(); got != c.want {
			t.Errorf("%v: got %s, want %s", c.pairs, got, c.want)
		}
	}
}

func TestStartErrors(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	s, err := New(Config{Values: values(t, map[string]string{"listeners": "http://127.0.0.1:0,http://" + taken.Addr().String()})})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Start(); err == nil || !strings.Contains(err.Error(), "Unable to initialize REST server: ") || !strings.Contains(err.Error(), "of listeners is in use") {
		t.Errorf("got %v", err)
	}
	for key, c := range map[string]struct{ value, want string }{
		"listeners":              {"ftp://x:1", `Listener protocol must be either "http" or "https".`},
		"admin.listeners":        {"x:1", "Listener doesn't have the right format (protocol://hostname:port)."},
		"rest.extension.classes": {"nope", "Failed to find any class that implements interface org.apache.kafka.connect.rest.ConnectRestExtension and which name matches nope"},
	} {
		if _, err := New(Config{Values: values(t, map[string]string{key: c.value})}); err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%s: got %v", key, err)
		}
	}
}

// TestStopCutsRequestsOff has a request that waits without end when the server is stopped.
func TestStopCutsRequestsOff(t *testing.T) {
	t.Parallel()
	s, _ := newServer(t, nil, nil)
	asked, release := make(chan struct{}), make(chan struct{})
	s.RegisterResources(&stub{names: func(context.Context) ([]string, error) {
		close(asked)
		<-release
		return nil, nil
	}})
	answered := make(chan error, 1)
	go func() {
		client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
		resp, err := client.Get(s.URLs()[0] + "/connectors")
		if err == nil {
			resp.Body.Close()
		}
		answered <- err
	}()
	<-asked
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Stop(ctx); err == nil || !strings.Contains(err.Error(), "requests to the REST API that were under way were cut off") {
		t.Errorf("got %v", err)
	}
	if err := <-answered; err == nil {
		t.Error("the request was answered")
	}
	close(release)
}
