package worker

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/internal/plugin"
	"github.com/moldau/moldau/internal/store"
)

// bare returns a worker without a cluster.
func bare(t *testing.T, connector func() connect.Connector) (*Worker, *statuses) {
	t.Helper()
	registry, err := plugin.New("4.3.1",
		connect.Plugin{Kind: connect.KindSource, Class: "Source", TaskClass: "SourceTask", NewConnector: connector, NewSourceTask: func() connect.SourceTask { return nil }},
		connect.Plugin{Kind: connect.KindSink, Class: "Sink", TaskClass: "SinkTask", NewConnector: connector, NewSinkTask: func() connect.SinkTask { return nil }})
	if err != nil {
		t.Fatal(err)
	}
	s := newStatuses()
	w, err := New(Config{WorkerID: "w", Props: map[string]string{}, Plugins: registry, Offsets: store.NewMemoryOffsets(), Statuses: s})
	if err != nil {
		t.Fatal(err)
	}
	return w, s
}

func TestConnectorStates(t *testing.T) {
	for _, tc := range []struct {
		name    string
		initial TargetState
		steps   []TargetState
		failAt  string // method that fails
		want    string
		calls   string
	}{
		{"run and stop", TargetStarted, nil, "", "RUNNING UNASSIGNED", "start stop"},
		{"start paused", TargetPaused, nil, "", "PAUSED UNASSIGNED", ""},
		{"start paused, resume", TargetPaused, []TargetState{TargetStarted}, "", "PAUSED RUNNING UNASSIGNED", "start stop"},
		{"start stopped", TargetStopped, nil, "", "STOPPED UNASSIGNED", ""},
		{"pause twice", TargetStarted, []TargetState{TargetPaused, TargetPaused}, "", "RUNNING PAUSED UNASSIGNED", "start stop"},
		{"pause, resume", TargetStarted, []TargetState{TargetPaused, TargetStarted}, "", "RUNNING PAUSED RUNNING UNASSIGNED", "start stop start stop"},
		{"stopped to paused", TargetStarted, []TargetState{TargetStopped, TargetPaused}, "", "RUNNING STOPPED PAUSED UNASSIGNED", "start stop"},
		{"start fails", TargetStarted, nil, "start", "FAILED UNASSIGNED", "start stop"},
		{"failed refuses resume", TargetStarted, []TargetState{TargetPaused, TargetStarted}, "start", "FAILED UNASSIGNED", "start stop"},
		{"failed can be stopped", TargetStarted, []TargetState{TargetStopped}, "start", "FAILED STOPPED UNASSIGNED", "start stop"},
		{"pause fails", TargetStarted, []TargetState{TargetPaused}, "stop", "RUNNING FAILED UNASSIGNED", "start stop"},
		{"stop fails", TargetStarted, []TargetState{TargetStopped}, "stop", "RUNNING STOPPED UNASSIGNED", "start stop"},
		{"shutdown fails", TargetStarted, nil, "stop", "RUNNING FAILED", "start stop"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			var mu sync.Mutex
			var calls []string
			call := func(name string) error {
				mu.Lock()
				defer mu.Unlock()
				calls = append(calls, name)
				if name == tc.failAt {
					return errors.New("on purpose")
				}
				return nil
			}
			w, s := bare(t, func() connect.Connector {
				return &testConnector{start: func(context.Context, connect.ConnectorContext, map[string]string) error { return call("start") },
					stop: func(context.Context) error { return call("stop") }}
			})
			err := w.StartConnector(t.Context(), "c", map[string]string{"connector.class": "Source"}, tc.initial)
			if (err != nil) != (tc.failAt == "start") {
				t.Errorf("start: %v", err)
			}
			if err != nil && err.Error() != "Failed to transition connector c to state STARTED" {
				t.Error(err)
			}
			for _, step := range tc.steps {
				if err := w.SetTargetState(t.Context(), "c", step); err != nil {
					t.Log(err)
				}
			}
			if err := w.StopConnectors(t.Context(), "c"); err != nil {
				t.Error(err)
			}
			if got := s.connectorStates("c"); got != tc.want {
				t.Errorf("states %q, not %q", got, tc.want)
			}
			if got := strings.Join(calls, " "); got != tc.calls {
				t.Errorf("calls %q, not %q", got, tc.calls)
			}
		})
	}
}

func TestStuckConnector(t *testing.T) {
	for _, method := range []string{"start", "tasks", "stop"} {
		t.Run(method, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				release := make(chan struct{})
				var blocking atomic.Value // the method that blocks
				blocking.Store(method)
				block := func(name string) {
					if name == blocking.Load() {
						<-release
					}
				}
				w, s := bare(t, func() connect.Connector {
					return &testConnector{
						start: func(context.Context, connect.ConnectorContext, map[string]string) error { block("start"); return nil },
						tasks: func(context.Context, int) ([]map[string]string, error) { block("tasks"); return nil, nil },
						stop:  func(context.Context) error { block("stop"); return nil }}
				})
				begin := time.Now()
				err := w.StartConnector(t.Context(), "stuck", map[string]string{"connector.class": "Source"}, TargetStarted)
				if method == "start" {
					if err == nil || time.Since(begin) != pluginLimit {
						t.Errorf("after %s: %v", time.Since(begin), err)
					}
					if got := s.connectorStates("stuck"); got != "FAILED" {
						t.Errorf("states %s", got)
					}
				}
				if method == "tasks" {
					_, err := w.ConnectorTaskConfigs(t.Context(), "stuck")
					var stuck *stuckError
					if !errors.As(err, &stuck) {
						t.Error(err)
					}
				}
				// Another connector is not bothered.
				blocking.Store("")
				begin = time.Now()
				if err := w.StartConnector(t.Context(), "free", map[string]string{"connector.class": "Source"}, TargetStarted); err != nil || time.Since(begin) > 0 {
					t.Error(err)
				}
				blocking.Store("stop")
				begin = time.Now()
				if err := w.StopConnectors(t.Context(), "stuck"); err == nil || time.Since(begin) > connectorStopLimit {
					t.Errorf("after %s: %v", time.Since(begin), err)
				}
				before := s.connectorStates("stuck")
				close(release)
				synctest.Wait()
				if got := s.connectorStates("stuck"); got != before {
					t.Errorf("states after it was abandoned: %s", got)
				}
				if err := w.StopConnectors(t.Context(), "free"); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

func TestConnectorRaisesError(t *testing.T) {
	var cc connect.ConnectorContext
	w, s := bare(t, func() connect.Connector {
		return &testConnector{start: func(_ context.Context, c connect.ConnectorContext, _ map[string]string) error { cc = c; return nil }}
	})
	if err := w.StartConnector(t.Context(), "c", map[string]string{"connector.class": "Sink"}, TargetStarted); err != nil {
		t.Fatal(err)
	}
	if !w.IsRunning("c") || cc.Offsets() != nil {
		t.Error("it does not run, or a sink reads source offsets")
	}
	cc.RaiseError(errors.New("the table is gone"))
	if w.IsRunning("c") {
		t.Error("it runs")
	}
	if got := s.connectors["c"][1]; got.State != Failed || firstLine(got.Trace) != "org.apache.kafka.connect.errors.ConnectException: the table is gone" {
		t.Errorf("%+v", got)
	}
	if err := w.StopConnectors(t.Context(), "c"); err != nil {
		t.Error(err)
	}
}

func TestTaskConfigs(t *testing.T) {
	n := 2
	w, s := bare(t, func() connect.Connector {
		return &testConnector{tasks: func(_ context.Context, most int) ([]map[string]string, error) {
			out := make([]map[string]string, n)
			for i := range out {
				out[i] = map[string]string{"number": fmt.Sprint(i), "most": fmt.Sprint(most)}
			}
			return out, nil
		}}
	})
	props := map[string]string{"connector.class": "Sink", "tasks.max": "2", "topics": "a,b"}
	if err := w.StartConnector(t.Context(), "c", props, TargetStarted); err != nil {
		t.Fatal(err)
	}
	defer w.StopConnectors(context.Background(), "c")
	got, err := w.ConnectorTaskConfigs(t.Context(), "c")
	if err != nil || len(got) != 2 || fmt.Sprint(got[1]) != "map[most:2 number:1 task.class:SinkTask topics:a,b]" {
		t.Errorf("%v %v", got, err)
	}
	n = 3
	_, err = w.ConnectorTaskConfigs(t.Context(), "c")
	if err == nil || !strings.HasPrefix(err.Error(), "The connector c has generated 3 tasks, which is greater than 2, the maximum number of tasks it is configured to create.") {
		t.Error(err)
	}
	// The connector is FAILED then, with what it was asked for as the reason (WorkerConnector.fail).
	s.mu.Lock()
	last := s.connectors["c"][len(s.connectors["c"])-1]
	s.mu.Unlock()
	if w.IsRunning("c") || last.State != Failed || !strings.Contains(last.Trace, "has generated 3 tasks") {
		t.Errorf("got %+v", last)
	}
	if _, err := w.ConnectorTaskConfigs(t.Context(), "unknown"); err == nil {
		t.Error("configurations of an unknown connector")
	}
}
