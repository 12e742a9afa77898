package herder

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/internal/worker"
)

func status(err error) int {
	var e *Error
	if errors.As(err, &e) {
		return e.Status
	}
	return 0
}

func stop(t *testing.T, h *Standalone) {
	t.Helper()
	if err := h.Stop(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestCreateChangeDelete(t *testing.T) {
	t.Parallel()
	h, f := newHerder(t, fakeValidator{}, 0)
	ctx := t.Context()
	defer stop(t, h)

	info, created, err := h.PutConnector(ctx, "c", source("c"), "", false)
	if err != nil || !created || info.Type != TypeSource || len(info.Tasks) != 1 {
		t.Fatalf("got %+v, %v, %v", info, created, err)
	}
	if diff := cmp.Diff([]string{"start c", "start task c-0"}, f.taken()); diff != "" {
		t.Error(diff)
	}
	if _, _, err := h.PutConnector(ctx, "c", source("c"), "", false); status(err) != http.StatusConflict || err.Error() != "Connector c already exists" {
		t.Errorf("a second one: %v", err)
	}
	// The same configuration restarts the connector and leaves its tasks alone; another one replaces them.
	if _, created, err := h.PutConnector(ctx, "c", source("c"), "", true); err != nil || created {
		t.Errorf("the same again: %v %v", created, err)
	}
	if diff := cmp.Diff([]string{"stop c", "start c"}, f.taken()); diff != "" {
		t.Error(diff)
	}
	other := "u"
	if _, err := h.PatchConnector(ctx, "c", config.Props{"topic": &other, "nothing": nil}); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff([]string{"stop c", "start c", "stop task c-0", "start task c-0"}, f.taken()); diff != "" {
		t.Error(diff)
	}
	if got, _ := h.ConnectorConfig(ctx, "c"); got.Text("topic") != "u" {
		t.Errorf("the patch is not there: %v", got)
	}
	const invalid = "Connector configuration is invalid and contains the following 2 error(s):\nno topic\nreally none\n" +
		"You can also find the above list of errors at the endpoint `/connector-plugins/{connectorType}/config/validate`"
	if _, err := h.PatchConnector(ctx, "c", config.Props{"topic": nil}); status(err) != http.StatusBadRequest || err.Error() != invalid {
		t.Errorf("an invalid patch: %v", err)
	}
	if err := h.DeleteConnector(ctx, "c"); err != nil {
		t.Error(err)
	}
	for _, err := range []error{h.DeleteConnector(ctx, "c"), second(h.ConnectorConfig(ctx, "c")), second(h.ConnectorStatus(ctx, "c")), h.PauseConnector(ctx, "c"),
		second(h.TaskStatus(ctx, TaskID{Connector: "c", Task: 0})), second(h.TaskConfigs(ctx, "c")), second(h.ConnectorOffsets(ctx, "c")), second(h.PatchConnector(ctx, "c", nil))} {
		if status(err) != http.StatusNotFound {
			t.Errorf("after the deletion: %v", err)
		}
	}
}

func second[T any](_ T, err error) error { return err }

func TestTargetStates(t *testing.T) {
	t.Parallel()
	h, f := newHerder(t, fakeValidator{}, 0)
	ctx := t.Context()
	defer stop(t, h)
	if _, _, err := h.PutConnector(ctx, "c", source("c"), TargetPaused, false); err != nil {
		t.Fatal(err)
	}
	// Java makes no tasks for a connector that begins paused, until it is resumed.
	if diff := cmp.Diff([]string{"start c"}, f.taken()); diff != "" {
		t.Error(diff)
	}
	for _, step := range []struct {
		do    func(context.Context, string) error
		calls []string
		state State
		tasks int
	}{
		{h.ResumeConnector, []string{"STARTED c", "start task c-0"}, Running, 1},
		{h.PauseConnector, []string{"PAUSED c"}, Paused, 1},
		{h.StopConnector, []string{"stop task c-0", "STOPPED c"}, Stopped, 0},
		{h.RestartConnector, []string{"stop c", "start c"}, Stopped, 0},
		{h.ResumeConnector, []string{"STARTED c", "start task c-0"}, Running, 1},
	} {
		if err := step.do(ctx, "c"); err != nil {
			t.Error(err)
		}
		settle(h, "c")
		if diff := cmp.Diff(step.calls, f.taken()); diff != "" {
			t.Error(diff)
		}
		got, err := h.ConnectorStatus(ctx, "c")
		if err != nil || got.Connector.State != step.state || len(got.Tasks) != step.tasks {
			t.Errorf("got %+v, %v, want %s with %d tasks", got, err, step.state, step.tasks)
		}
	}
}

func TestRestartPlans(t *testing.T) {
	t.Parallel()
	h, f := newHerder(t, fakeValidator{}, 0)
	ctx := t.Context()
	defer stop(t, h)
	f.onTasks = func(string) ([]map[string]string, error) { return []map[string]string{{"n": "0"}, {"n": "1"}}, nil }
	if _, _, err := h.PutConnector(ctx, "c", source("c"), "", false); err != nil {
		t.Fatal(err)
	}
	f.cfg.Statuses.OnTask(worker.TaskID{Connector: "c", Task: 1}, worker.Status{State: Failed, Trace: "boom", WorkerID: "w:1"})
	f.taken()
	for _, c := range []struct {
		request RestartRequest
		calls   []string
		shown   []State
	}{
		{RestartRequest{"c", true, true}, []string{"stop task c-1", "start task c-1"}, []State{Running, Running, Restarting}},
		{RestartRequest{"c", true, false}, nil, []State{Running, Running, Running}},
		{RestartRequest{"c", false, true}, []string{"stop task c-0", "stop task c-1", "stop c", "start c", "start task c-0", "start task c-1"},
			[]State{Restarting, Restarting, Restarting}},
		{RestartRequest{"c", false, false}, []string{"stop c", "start c"}, []State{Restarting, Running, Running}},
	} {
		got, err := h.RestartConnectorAndTasks(ctx, c.request)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.shown, []State{got.Connector.State, got.Tasks[0].State, got.Tasks[1].State}); diff != "" {
			t.Errorf("%+v: %s", c.request, diff)
		}
		if diff := cmp.Diff(c.calls, f.taken()); diff != "" {
			t.Errorf("%+v: %s", c.request, diff)
		}
	}
	if err := h.RestartTask(ctx, TaskID{Connector: "c", Task: 1}); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff([]string{"stop task c-1", "start task c-1"}, f.taken()); diff != "" {
		t.Error(diff)
	}
	if err := h.RestartTask(ctx, TaskID{Connector: "c", Task: 2}); status(err) != http.StatusNotFound {
		t.Errorf("a task that is not there: %v", err)
	}
	if got, _ := h.ConnectorStatus(ctx, "c"); len(got.Tasks) != 2 {
		t.Errorf("a task out of nothing: %+v", got.Tasks)
	}
	if _, err := h.RestartConnectorAndTasks(ctx, RestartRequest{"d", true, true}); status(err) != http.StatusNotFound {
		t.Errorf("an unknown connector: %v", err)
	}
}

func TestStuckConnectorHoldsUpNothingElse(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h, f := newHerder(t, fakeValidator{}, 0)
		f.onStart = func(ctx context.Context, name string) error {
			if name == "stuck" {
				<-ctx.Done()
				return ctx.Err()
			}
			return nil
		}
		ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
		defer cancel()
		began := time.Now()
		_, _, err := h.PutConnector(ctx, "stuck", source("stuck"), "", false)
		var late *TimeoutError
		if !errors.As(err, &late) || !errors.Is(err, context.DeadlineExceeded) || late.Stage.Description != "starting connector stuck" || time.Since(began) != 90*time.Second {
			t.Errorf("got %v after %v", err, time.Since(began))
		}
		// A further change of it waits, and says for what; everything else goes on.
		short, cancelShort := context.WithTimeout(t.Context(), time.Second)
		defer cancelShort()
		if err := h.DeleteConnector(short, "stuck"); !errors.As(err, &late) || late.Stage.Description != "starting connector stuck" {
			t.Errorf("deleting it: %v", err)
		}
		began = time.Now()
		if _, _, err := h.PutConnector(t.Context(), "fine", source("fine"), "", false); err != nil {
			t.Error(err)
		}
		if info, err := h.Connector(t.Context(), "stuck"); err != nil || len(info.Tasks) != 0 {
			t.Errorf("reading it: %+v, %v", info, err)
		}
		if stage, ok := h.Stage(); !ok || stage.Description != "starting connector stuck" || h.Health(t.Context()) != nil {
			t.Errorf("got %+v, %v", stage, ok)
		}
		if time.Since(began) != 0 {
			t.Errorf("other requests waited %v", time.Since(began))
		}
		if err := h.Stop(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

func TestStuckValidation(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		wait := make(chan struct{})
		h, _ := newHerder(t, fakeValidator{wait}, 0)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := h.ValidateConfig(ctx, source("c"))
		var late *TimeoutError
		if !errors.As(err, &late) || !strings.HasPrefix(late.Stage.Summary(), "The worker is currently performing multi-property validation for the connector, which began at ") {
			t.Errorf("got %v", err)
		}
		close(wait)
		stop(t, h)
	})
}

func TestTaskReconfiguration(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h, f := newHerder(t, fakeValidator{}, 0)
		n, fails := 1, 0
		f.onTasks = func(string) ([]map[string]string, error) {
			if fails > 0 {
				fails--
				return nil, errors.New("the database is away")
			}
			return make([]map[string]string, n), nil
		}
		if _, _, err := h.PutConnector(t.Context(), "c", source("c"), "", false); err != nil {
			t.Fatal(err)
		}
		n, fails = 3, 2
		f.cfg.Reconfigure("c")
		synctest.Wait()
		time.Sleep(firstRetry + 2*firstRetry)
		synctest.Wait()
		if tasks, err := h.TaskConfigs(t.Context(), "c"); err != nil || len(tasks) != 3 {
			t.Errorf("got %v, %v, want 3 tasks", tasks, err)
		}
		stop(t, h)
	})
}

func TestPlaceholders(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h, f := newHerder(t, fakeValidator{}, time.Hour)
		p := source("c")
		p.Set("password", "x${v:path:key}")
		if _, _, err := h.PutConnector(t.Context(), "c", p, "", false); err != nil {
			t.Fatal(err)
		}
		if got := f.props["c"]["password"]; got != "xsecret-key" {
			t.Errorf("the connector got %q", got)
		}
		if got := f.tasks[worker.TaskID{Connector: "c"}]["password"]; got != "xsecret-key" {
			t.Errorf("the task got %q", got)
		}
		tasks, _ := h.TaskConfigs(t.Context(), "c")
		info, _ := h.Connector(t.Context(), "c")
		if tasks[0].Config.Text("password") != "x${v:path:key}" || info.Config.Text("password") != "x${v:path:key}" {
			t.Errorf("a secret shows: %v %v", tasks, info)
		}
		f.taken()
		time.Sleep(time.Hour)
		synctest.Wait()
		if calls := f.taken(); len(calls) > 0 {
			t.Errorf("restarted for values that ran out and are as they were: %v", calls)
		}
		if err := h.DeleteConnector(t.Context(), "c"); err != nil {
			t.Error(err)
		}
		f.taken()
		time.Sleep(2 * time.Hour)
		synctest.Wait()
		if calls := f.taken(); len(calls) > 0 {
			t.Errorf("a deleted connector is restarted: %v", calls)
		}
		stop(t, h)
	})
}

func TestOffsetsOfStoppedConnectorsOnly(t *testing.T) {
	t.Parallel()
	h, f := newHerder(t, fakeValidator{}, 0)
	ctx := t.Context()
	defer stop(t, h)
	f.offsets = func(offsets []worker.ConnectorOffset) (string, error) {
		if offsets == nil {
			return "reset", nil
		}
		return "altered", nil
	}
	if _, _, err := h.PutConnector(ctx, "c", source("c"), "", false); err != nil {
		t.Fatal(err)
	}
	change := []ConnectorOffset{{Partition: map[string]any{"p": "1"}}}
	for _, state := range []func(context.Context, string) error{h.ResumeConnector, h.PauseConnector} {
		if err := state(ctx, "c"); err != nil {
			t.Error(err)
		}
		if _, err := h.AlterConnectorOffsets(ctx, "c", change); status(err) != http.StatusBadRequest || !strings.Contains(err.Error(), "must be in the STOPPED state") {
			t.Errorf("got %v", err)
		}
	}
	if err := h.StopConnector(ctx, "c"); err != nil {
		t.Error(err)
	}
	if text, err := h.AlterConnectorOffsets(ctx, "c", change); err != nil || text != "altered" {
		t.Errorf("got %q, %v", text, err)
	}
	if text, err := h.ResetConnectorOffsets(ctx, "c"); err != nil || text != "reset" {
		t.Errorf("got %q, %v", text, err)
	}
	if got, err := h.ConnectorOffsets(ctx, "c"); err != nil || len(got) != 1 {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestFailedStartIsKept(t *testing.T) {
	t.Parallel()
	h, f := newHerder(t, fakeValidator{}, 0)
	ctx := t.Context()
	defer stop(t, h)
	f.onStart = func(context.Context, string) error { return errors.New("no way") }
	if _, _, err := h.PutConnector(ctx, "c", source("c"), "", false); err == nil || err.Error() != "no way" {
		t.Errorf("got %v", err)
	}
	got, err := h.ConnectorStatus(ctx, "c")
	if err != nil || got.Connector.State != Failed || got.Connector.Trace != "no way" || got.Connector.Version != nil {
		t.Errorf("got %+v, %v", got, err)
	}
	if names, _ := h.Connectors(ctx); !has(names, "c") {
		t.Errorf("got %v", names)
	}
}

func TestTopicsAndPlugins(t *testing.T) {
	t.Parallel()
	h, f := newHerder(t, fakeValidator{}, 0)
	ctx := t.Context()
	defer stop(t, h)
	f.cfg.TopicUsed(worker.TaskID{Connector: "c"}, "b")
	f.cfg.TopicUsed(worker.TaskID{Connector: "c", Task: 1}, "a")
	f.cfg.TopicUsed(worker.TaskID{Connector: "c"}, "b")
	if got, _ := h.ConnectorTopics(ctx, "c"); !cmp.Equal(got, []string{"a", "b"}) {
		t.Errorf("got %v", got)
	}
	if err := h.ResetConnectorTopics(ctx, "c"); err != nil {
		t.Error(err)
	}
	if got, _ := h.ConnectorTopics(ctx, "c"); len(got) != 0 || !has(f.taken(), "forget topics c") {
		t.Errorf("got %v", got)
	}
	if got := h.Plugins(true); len(got) != 2 || got[0] != (PluginInfo{"org.example.FileSinkConnector", "sink", "1"}) {
		t.Errorf("got %v", got)
	}
	if got := h.Plugins(false); len(got) != 3 || got[2].Type != "predicate" {
		t.Errorf("got %v", got)
	}
}

func TestNullsAreRefused(t *testing.T) {
	t.Parallel()
	h, _ := newHerder(t, fakeValidator{}, 0)
	defer stop(t, h)
	p := source("c")
	p["file"] = nil
	if _, _, err := h.PutConnector(t.Context(), "c", p, "", false); err == nil || err.Error() != "Non-string value found in original settings for key file: null" {
		t.Errorf("got %v", err)
	}
}
