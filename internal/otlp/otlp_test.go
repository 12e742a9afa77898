package otlp

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	tracepb "go.opentelemetry.io/proto/slim/otlp/trace/v1"
	"go.uber.org/goleak"
	"google.golang.org/protobuf/proto"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func variables(all map[string]string) func(string) string {
	return func(name string) string { return all[name] }
}

func TestResolve(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		given Given
		env   map[string]string
		want  Settings
		err   string
	}{
		"nothing":       {want: Settings{URL: "http://localhost:4318/v1/traces", Headers: map[string]string{}, Timeout: 10 * time.Second}},
		"key":           {given: Given{Endpoint: "https://c:1/x/", Timeout: time.Second}, want: Settings{URL: "https://c:1/x/v1/traces", Headers: map[string]string{}, Timeout: time.Second}},
		"whole address": {given: Given{Endpoint: "http://c/v1/traces"}, want: Settings{URL: "http://c/v1/traces", Headers: map[string]string{}, Timeout: 10 * time.Second}},
		"environment": {env: map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318", "OTEL_EXPORTER_OTLP_HEADERS": "a=b%20c, d=e", "OTEL_EXPORTER_OTLP_TIMEOUT": "5",
			"OTEL_EXPORTER_OTLP_COMPRESSION": "gzip"}, want: Settings{URL: "http://c:4318/v1/traces", Headers: map[string]string{"a": "b c", "d": "e"}, Timeout: 5 * time.Millisecond, Compress: true}},
		"of the signal": {env: map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://d/here", "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT": "7",
			"OTEL_EXPORTER_OTLP_TIMEOUT": "5"}, want: Settings{URL: "http://d/here", Headers: map[string]string{}, Timeout: 7 * time.Millisecond}},
		"key wins":    {given: Given{Endpoint: "http://k"}, env: map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c"}, want: Settings{URL: "http://k/v1/traces", Headers: map[string]string{}, Timeout: 10 * time.Second}},
		"no address":  {given: Given{Endpoint: "c:4318", EndpointKey: "the.key"}, err: "the.key=c:4318: an address"},
		"headers":     {given: Given{Headers: "secret", HeadersKey: "the.key"}, err: "the.key: pairs name=value"},
		"line breaks": {given: Given{Headers: "a=b%0d%0ac", HeadersKey: "the.key"}, err: "the.key: pairs name=value"},
		"grpc":        {env: map[string]string{"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, err: "only http/protobuf"},
		"time-out":    {env: map[string]string{"OTEL_EXPORTER_OTLP_TIMEOUT": "soon"}, err: "OTEL_EXPORTER_OTLP_TIMEOUT=soon"},
		"zip":         {env: map[string]string{"OTEL_EXPORTER_OTLP_COMPRESSION": "zip"}, err: "must be gzip or none"},
		"certificate": {env: map[string]string{"OTEL_EXPORTER_OTLP_CERTIFICATE": "/nowhere"}, err: "OTEL_EXPORTER_OTLP_CERTIFICATE: open /nowhere"},
	} {
		got, err := Resolve(Traces, c.given, variables(c.env))
		switch {
		case c.err != "":
			if err == nil || !strings.Contains(err.Error(), c.err) || strings.Contains(err.Error(), "secret") {
				t.Errorf("%s: %v, want %s", name, err, c.err)
			}
		case err != nil || !cmp.Equal(*got, c.want):
			t.Errorf("%s: %+v %v", name, got, err)
		}
	}
}

func TestResource(t *testing.T) {
	t.Parallel()
	r := Resource(map[string]string{"service.instance.id": "w:1", "empty": ""}, variables(map[string]string{"OTEL_RESOURCE_ATTRIBUTES": "env=a%20b,service.name=x,bad", "OTEL_SERVICE_NAME": "mine"}))
	got := map[string]string{}
	for _, a := range r.Attributes {
		got[a.Key] = a.Value.GetStringValue()
	}
	want := map[string]string{"service.name": "mine", "service.instance.id": "w:1", "env": "a b", "telemetry.sdk.language": "go", "telemetry.sdk.name": "opentelemetry"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// lines is a log.
type lines struct {
	mu sync.Mutex
	bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.Buffer.Write(p)
}

func (l *lines) count(what string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Count(l.String(), what)
}

func TestSender(t *testing.T) {
	t.Parallel()
	var status atomic.Int64
	var requests atomic.Int64
	status.Store(http.StatusBadRequest)
	sent := &tracepb.TracesData{ResourceSpans: []*tracepb.ResourceSpans{{SchemaUrl: "here"}}}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		in, err := gzip.NewReader(r.Body)
		if err == nil {
			var body []byte
			var got tracepb.TracesData
			if body, err = io.ReadAll(in); err == nil {
				err = proto.Unmarshal(body, &got)
			}
			if !proto.Equal(&got, sent) || r.Header.Get("Content-Type") != "application/x-protobuf" || r.Header.Get("X-Token") != "t" {
				t.Errorf("got %v %v", &got, r.Header)
			}
		}
		if err != nil {
			t.Error(err)
		}
		if status.Load() == http.StatusServiceUnavailable {
			status.Store(http.StatusOK) // the next attempt arrives
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		w.WriteHeader(int(status.Load()))
	}))
	defer server.Close()
	log := &lines{}
	s := NewSender(Traces, Settings{URL: server.URL, Headers: map[string]string{"X-Token": "t"}, Timeout: time.Minute, Compress: true}, slog.New(slog.NewTextHandler(log, nil)))
	defer s.Close()
	for range 3 {
		if err := s.Send(t.Context(), sent); err == nil || !strings.Contains(err.Error(), "400") {
			t.Error(err)
		}
	}
	if n := requests.Load(); n != 3 || log.count("do not arrive") != 1 {
		t.Errorf("%d requests, and the log says %s", n, log)
	}
	status.Store(http.StatusServiceUnavailable)
	if err := s.Send(t.Context(), sent); err != nil {
		t.Error(err)
	}
	if n := requests.Load(); n != 5 || log.count("arrive at") != 2 || log.count("again") != 1 {
		t.Errorf("%d requests, and the log says %s", n, log)
	}
}

func TestSenderWithoutCollector(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(nil)
	server.Close()
	log := &lines{}
	s := NewSender(Metrics, Settings{URL: server.URL, Timeout: time.Minute}, slog.New(slog.NewTextHandler(log, nil)))
	defer s.Close()
	if err := s.Send(t.Context(), &tracepb.TracesData{}); err == nil || log.count("do not arrive") != 1 {
		t.Error(err, log)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Send(ctx, &tracepb.TracesData{}); err == nil {
		t.Error("sent with a context that ended")
	}
}
