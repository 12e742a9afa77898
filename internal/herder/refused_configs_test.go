package herder

import (
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/internal/store"
)

// TestNullsAreShown wants a key without a value to be shown as what it was given, and the connector that has one to fail at its start, as Java's.
func TestNullsAreShown(t *testing.T) {
	t.Parallel()
	inGroup(t, func(t *testing.T, g *groupOf) {
		g.running("c")
		with := source("c")
		with["file"] = nil
		info, _, err := g.h.PutConnector(t.Context(), "c", with, "", true)
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		const want = `{"connector.class":"org.example.FileSourceConnector","file":null,"name":"c","topic":"t"}`
		read, err := g.h.Connector(t.Context(), "c")
		if err != nil {
			t.Fatal(err)
		}
		alone, err := g.h.ConnectorConfig(t.Context(), "c")
		if err != nil {
			t.Fatal(err)
		}
		for _, props := range []config.Props{info.Config, read.Config, alone} {
			if text, err := json.Marshal(props); err != nil || string(text) != want {
				t.Errorf("got %s %v, want %s", text, err, want)
			}
		}
		got, err := g.h.ConnectorStatus(t.Context(), "c")
		if err != nil || got.Connector.State != Failed || got.Tasks[0].State != Running ||
			!strings.HasPrefix(got.Connector.Trace, "org.apache.kafka.common.config.ConfigException: Non-string value found in original settings for key file: null") {
			t.Errorf("got %+v %v", got, err)
		}
		// A patch of another key keeps it, a null in a patch takes the key away.
		name := "u"
		if info, err = g.h.PatchConnector(t.Context(), "c", config.Props{"topic": &name}); err != nil || !info.Config.Has("file") {
			t.Errorf("got %v %v", info, err)
		}
		if info, err = g.h.PatchConnector(t.Context(), "c", config.Props{"file": nil}); err != nil || info.Config.Has("file") {
			t.Errorf("got %v %v", info, err)
		}
		synctest.Wait()
		if g.state("c") != Running {
			t.Error("the connector does not run without the null")
		}
	})
}

// TestNullsOfTasksAreShown wants them of tasks as well: another worker may have written them.
func TestNullsOfTasksAreShown(t *testing.T) {
	t.Parallel()
	inGroup(t, func(t *testing.T, g *groupOf) {
		g.running("c")
		task := source("c")
		task["file"] = nil
		g.configs.read(append(store.TaskRecords("c", [][]store.Property{store.PropertiesOf(task)}), store.CommitRecord("c", 1))...)
		tasks, err := g.h.TaskConfigs(t.Context(), "c")
		if err != nil || len(tasks) != 1 || !tasks[0].Config.Equal(task) {
			t.Errorf("got %v %v", tasks, err)
		}
	})
}

// TestTooManyTasksFailTheConnectorAlone wants a connector that gives more tasks than it may to fail at once, its tasks to go on, and nobody to ask it
// again before it is restarted (StandaloneHerder.updateConnectorTasks, Worker.connectorTaskConfigs).
func TestTooManyTasksFailTheConnectorAlone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h, f := newHerder(t, fakeValidator{}, 0)
		defer stop(t, h)
		if _, _, err := h.PutConnector(t.Context(), "c", source("c"), "", false); err != nil {
			t.Fatal(err)
		}
		asked := 0
		tooMany := func(string) ([]map[string]string, error) {
			asked++
			return nil, f.tooMany("c")
		}
		ask := func() {
			t.Helper()
			f.taken()
			h.RequestTaskReconfiguration("c")
			time.Sleep(time.Hour)
			settle(h, "c")
			got, err := h.ConnectorStatus(t.Context(), "c")
			if err != nil || got.Connector.State != Failed || len(got.Tasks) != 1 || got.Tasks[0].State != Running || asked != 1 {
				t.Errorf("got %+v %v, asked %d times", got, err, asked)
			}
			if diff := cmp.Diff([]string(nil), f.taken()); diff != "" {
				t.Error(diff)
			}
		}
		f.onTasks = tooMany
		ask()
		ask() // not asked: it does not run
		f.onTasks = nil
		if err := h.RestartConnector(t.Context(), "c"); err != nil {
			t.Error(err)
		}
		if got, err := h.ConnectorStatus(t.Context(), "c"); err != nil || got.Connector.State != Running {
			t.Errorf("got %+v %v", got, err)
		}
		// Resumed, it is asked for its tasks too.
		f.onTasks, asked = tooMany, 0
		if err := h.PauseConnector(t.Context(), "c"); err != nil {
			t.Error(err)
		}
		settle(h, "c")
		if err := h.ResumeConnector(t.Context(), "c"); err != nil {
			t.Error(err)
		}
		time.Sleep(time.Hour)
		settle(h, "c")
		if asked != 1 {
			t.Errorf("asked %d times", asked)
		}
	})
}
