package herder

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/internal/worker"
	"github.com/moldau/moldau/internal/workerconfig"
)

// panicking is a validator whose plugin panics.
type panicking struct{ fakeValidator }

func (panicking) Validate(context.Context, config.Props, Purpose, func(string)) (*config.Infos, error) {
	panic("index out of range")
}

func TestPanicsOfPluginsAreErrors(t *testing.T) {
	t.Parallel()
	h, _ := newHerder(t, panicking{}, 0)
	if _, err := h.ValidateConfig(t.Context(), source("c")); status(err) != http.StatusInternalServerError || err.Error() != "a plugin panicked: index out of range" {
		t.Errorf("got %v", err)
	}
	if _, _, err := h.PutConnector(t.Context(), "c", source("c"), "", false); status(err) != http.StatusInternalServerError {
		t.Errorf("got %v", err)
	}
	stop(t, h)

	h, f := newHerder(t, fakeValidator{}, 0)
	f.onTasks = func(string) ([]map[string]string, error) { panic("no tasks") }
	if _, _, err := h.PutConnector(t.Context(), "c", source("c"), "", false); err == nil || !strings.Contains(err.Error(), "no tasks") {
		t.Errorf("got %v", err)
	}
	f.onTasks = nil
	if err := h.RestartConnector(t.Context(), "c"); err != nil {
		t.Errorf("the next change of the same connector: %v", err)
	}
	stop(t, h)
}

// failing is a provider that does what its function does.
type failing struct {
	fakeProvider
	get func(context.Context) (connect.ConfigData, error)
}

func (f failing) Get(ctx context.Context, _ string, _ []string) (connect.ConfigData, error) {
	return f.get(ctx)
}

func TestUnresolvedConfigurationFailsItsTask(t *testing.T) {
	t.Parallel()
	h, f := newHerder(t, fakeValidator{}, 0)
	var away error
	f.cfg.WorkerID, h.workerID = "w:1", "w:1"
	h.transformer = workerconfig.NewTransformer(map[string]connect.ConfigProvider{"v": failing{get: func(context.Context) (connect.ConfigData, error) {
		return connect.ConfigData{Values: map[string]string{"k": "secret"}}, away
	}}})
	p := source("c")
	p.Set("password", "${v:k}")
	if _, _, err := h.PutConnector(t.Context(), "c", p, "", false); err != nil {
		t.Fatal(err)
	}
	away = errors.New("the vault is sealed")
	if err := h.RestartTask(t.Context(), TaskID{Connector: "c"}); err == nil {
		t.Error("the task restarted without its password")
	}
	if _, err := h.RestartConnectorAndTasks(t.Context(), RestartRequest{Connector: "c", IncludeTasks: true}); err != nil {
		t.Error(err)
	}
	got, err := h.ConnectorStatus(t.Context(), "c")
	if err != nil || got.Connector.State != Failed || got.Tasks[0].State != Failed || got.Tasks[0].WorkerID != "w:1" || !strings.Contains(got.Tasks[0].Trace, "the vault is sealed") {
		t.Errorf("got %+v, %v", got, err)
	}
	stop(t, h)
}

func TestTasksBeyondTheMaximumDoNotStart(t *testing.T) {
	t.Parallel()
	h, f := newHerder(t, fakeValidator{}, 0)
	defer stop(t, h)
	f.onTasks = func(string) ([]map[string]string, error) { return []map[string]string{{}, {}}, nil }
	if _, _, err := h.PutConnector(t.Context(), "c", source("c"), "", false); err != nil {
		t.Fatal(err)
	}
	f.onTasks = func(string) ([]map[string]string, error) { return nil, errors.New("the database is away") }
	p := source("c")
	p.Set("tasks.max", "1")
	if _, _, err := h.PutConnector(t.Context(), "c", p, "", true); err == nil {
		t.Fatal("the tasks were generated")
	}
	if err := h.RestartTask(t.Context(), TaskID{Connector: "c", Task: 1}); status(err) != http.StatusInternalServerError {
		t.Errorf("got %v", err)
	}
	if got, _ := h.TaskStatus(t.Context(), TaskID{Connector: "c", Task: 1}); got.State != Failed || !strings.Contains(got.Trace, "c has 2 tasks") {
		t.Errorf("got %+v", got)
	}
}

func TestStuckProviderIsLeft(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h, _ := newHerder(t, fakeValidator{}, 0)
		release, stuck := make(chan struct{}), false
		h.transformer = workerconfig.NewTransformer(map[string]connect.ConfigProvider{"v": failing{get: func(context.Context) (connect.ConfigData, error) {
			if stuck {
				<-release
			}
			return connect.ConfigData{}, nil
		}}})
		p := source("c")
		p.Set("password", "${v:k}")
		if _, _, err := h.PutConnector(t.Context(), "c", p, "", false); err != nil {
			t.Fatal(err)
		}
		stuck = true
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		var late *TimeoutError
		if _, err := h.ConnectorOffsets(ctx, "c"); !errors.As(err, &late) {
			t.Errorf("got %v", err)
		}
		close(release)
		stop(t, h)
	})
}

func TestOffsetsChangedAfterTheirRequestEnded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h, f := newHerder(t, fakeValidator{}, 0)
		if _, _, err := h.PutConnector(t.Context(), "c", source("c"), TargetStopped, false); err != nil {
			t.Fatal(err)
		}
		release := make(chan struct{})
		f.offsets = func([]worker.ConnectorOffset) (string, error) {
			<-release
			return "reset", nil
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if text, err := h.ResetConnectorOffsets(ctx, "c"); text != "" || err == nil {
			t.Errorf("got %q, %v", text, err)
		}
		close(release)
		stop(t, h)
	})
}

func TestRetriesOfOneConnectorDoNotAddUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h, f := newHerder(t, fakeValidator{}, 0)
		if _, _, err := h.PutConnector(t.Context(), "c", source("c"), "", false); err != nil {
			t.Fatal(err)
		}
		asked := 0
		f.onTasks = func(string) ([]map[string]string, error) { asked++; return nil, errors.New("the database is away") }
		for range 100 {
			f.cfg.Reconfigure("c")
			synctest.Wait()
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		if asked < 100+55 || asked > 100+75 {
			t.Errorf("asked for tasks %d times", asked)
		}
		stop(t, h)
	})
}

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
