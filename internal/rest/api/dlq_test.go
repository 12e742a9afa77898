package api

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/internal/deadletter"
	"github.com/moldau/moldau/internal/herder"
)

// connectors has one connector, without dead letter queue.
type connectors struct{}

func (connectors) Connectors(context.Context) ([]string, error) { return []string{"plain"}, nil }

func (connectors) ConnectorConfig(_ context.Context, name string) (config.Props, error) {
	if name != "plain" {
		return nil, herder.NotFound("Connector %s not found", name)
	}
	return config.Props{}, nil
}

func (connectors) TaskConfigs(context.Context, string) ([]herder.TaskInfo, error) { return nil, nil }

func TestRequestsThatAreRefused(t *testing.T) {
	t.Parallel()
	log := slog.New(slog.DiscardHandler)
	h := New(Config{Logger: log, Redact: func(text string) string { return strings.ReplaceAll(text, "hunter2", "[hidden]") },
		Letters: deadletter.New(deadletter.Config{Connectors: connectors{}, Logger: log})})
	const redrive = "/api/dlq/plain/redrive"
	for _, c := range []struct {
		method, path, contentType, body string
		status                          int
		message                         string
	}{
		{"GET", "/api/dlq", "", "", 200, `{"queues":[]}`},
		{"HEAD", "/api/dlq", "", "", 200, ""},
		{"OPTIONS", "/api/dlq", "", "", 200, ""},
		{"GET", "/api/dlq?x=1", "", "", 400, "parameter x: it is unknown"},
		{"GET", "/api", "", "", 404, "HTTP 404 Not Found"},
		{"GET", "/api/dlq/a/b", "", "", 404, "HTTP 404 Not Found"},
		{"DELETE", "/api/dlq", "", "", 405, "HTTP 405 Method Not Allowed"},
		{"GET", redrive, "", "", 405, "HTTP 405 Method Not Allowed"},
		{"GET", "/api/dlq/nobody", "", "", 404, "Connector nobody not found"},
		{"GET", "/api/dlq/hunter2", "", "", 404, "Connector [hidden] not found"},
		{"GET", "/api/dlq/a%20b%3Fc", "", "", 404, "Connector a b?c not found"},
		{"GET", "/api/dlq/plain", "", "", 409, "errors.deadletterqueue.topic.name"},
		{"GET", "/api/dlq/plain?limit=0", "", "", 400, `parameter limit: "0" is no number from 1 to 2147483647`},
		{"GET", "/api/dlq/plain?limit=9999", "", "", 400, "limit 9999"},
		{"GET", "/api/dlq/plain?limit=1&limit=2", "", "", 400, "parameter limit: it is given 2 times"},
		{"GET", "/api/dlq/plain?after=17", "", "", 400, "parameter after"},
		{"GET", "/api/dlq/plain?partition=-1", "", "", 400, "parameter partition"},
		{"GET", "/api/dlq/plain?since=yesterday", "", "", 400, "parameter since"},
		{"GET", "/api/dlq/plain?since=2026-01-02T03:04:05Z&until=2026-01-02T03:04:05Z", "", "", 400, "does not lie before until"},
		{"GET", "/api/dlq/plain?from_offset=2&to_offset=1", "", "", 400, "from_offset 2 lies after"},
		{"GET", "/api/dlq/plain?state=gone", "", "", 400, "state 'gone' is unknown"},
		{"GET", "/api/dlq/plain/x/1", "", "", 404, "no place of a letter"},
		{"GET", "/api/dlq/plain/0/-1", "", "", 404, "no place of a letter"},
		{"GET", "/api/dlq/plain/0/1?bytes=x", "", "", 400, "parameter bytes"},
		{"POST", redrive, "", `{}`, 415, "application/json"},
		{"POST", redrive, "text/plain", `{}`, 415, "application/json"},
		{"POST", redrive, "application/json", "", 400, "the body is empty"},
		{"POST", redrive, "application/json", "{", 400, "the body cannot be read"},
		{"POST", redrive, "application/json", "[]", 400, "the body cannot be read"},
		{"POST", redrive, "application/json", "{} {}", 400, "something follows"},
		{"POST", redrive, "application/json", `{"targett":"topic"}`, 400, "targett"},
		{"POST", redrive, "application/json", `{"filter":{"exeption":"x"}}`, 400, "exeption"},
		{"POST", redrive, "application/json", `{}`, 400, "Name either letters"},
		{"POST", redrive, "application/json; charset=utf-8", `{"target":"topic","filter":{}}`, 409, "errors.deadletterqueue.topic.name"},
		{"POST", redrive, "application/json", `{"target":"` + strings.Repeat("x", maxBody) + `"}`, 413, "larger than"},
	} {
		r := httptest.NewRequest(c.method, "http://w"+c.path, strings.NewReader(c.body))
		if c.contentType != "" {
			r.Header.Set("Content-Type", c.contentType)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		body, _ := io.ReadAll(w.Result().Body)
		if w.Code != c.status || !strings.Contains(strings.ReplaceAll(string(body), `\"`, `"`), c.message) {
			t.Errorf("%s %s %.80s: %d %s, want %d %s", c.method, c.path, c.body, w.Code, body, c.status, c.message)
		}
		var known struct {
			Code int `json:"error_code"`
		}
		if w.Code >= 400 && (json.Unmarshal(body, &known) != nil || known.Code != w.Code) {
			t.Errorf("%s %s: the error has the body %s", c.method, c.path, body)
		}
	}
}

// slow tells of each request that asks for a connector, and holds it until it is released or its client is gone.
type slow struct {
	connectors
	asked   chan context.Context
	release chan struct{}
}

func (s slow) ConnectorConfig(ctx context.Context, _ string) (config.Props, error) {
	s.asked <- ctx
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-s.release:
		return config.Props{}, nil
	}
}

func TestReadingsAreBounded(t *testing.T) {
	t.Parallel()
	log := slog.New(slog.DiscardHandler)
	s := slow{asked: make(chan context.Context), release: make(chan struct{})}
	h := New(Config{Logger: log, Letters: deadletter.New(deadletter.Config{Connectors: s, Logger: log})})
	ask := func(ctx context.Context, method, path, body string) *httptest.ResponseRecorder {
		r := httptest.NewRequestWithContext(ctx, method, "http://w/api/dlq/"+path, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w
	}
	ctx, leave := context.WithCancel(t.Context())
	var readings, redrives sync.WaitGroup
	for i := range mostReadings {
		readings.Go(func() { ask(ctx, "GET", []string{"plain", "plain/0/1"}[i%2], "") })
	}
	for range mostReadings {
		<-s.asked
	}
	if w := ask(t.Context(), "GET", "plain", ""); w.Code != 503 || w.Header().Get("Retry-After") == "" || !strings.Contains(w.Body.String(), `"error_code":503`) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	// A redrive needs no room among them, and goes on when its client is gone.
	redrives.Go(func() { ask(ctx, "POST", "plain/redrive", `{"target":"topic","filter":{}}`) })
	redrive := <-s.asked
	leave()
	readings.Wait()
	if redrive.Err() != nil {
		t.Error("the redrive ended with its client")
	}
	close(s.release)
	redrives.Wait()
	go func() { <-s.asked }()
	if w := ask(t.Context(), "GET", "plain", ""); w.Code != 409 {
		t.Errorf("after that: %d %s", w.Code, w.Body)
	}
}

func TestParametersOfAList(t *testing.T) {
	t.Parallel()
	values, err := url.ParseQuery("since=2026-01-02T03:04:05.5Z&n=7")
	if err != nil {
		t.Fatal(err)
	}
	q := parameters{values: values}
	if since := q.moment("since"); since == nil || *since != 1767323045500 {
		t.Errorf("%v", since)
	}
	if n := q.maybe("n"); n == nil || *n != 7 || q.maybe("other") != nil || q.number("third", 1, 2) != 0 || q.end() != nil {
		t.Errorf("%v %v", n, q.end())
	}
}
