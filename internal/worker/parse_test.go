package worker

import (
	"context"
	"strings"
	"testing"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/internal/plugin"
	"github.com/moldau/moldau/internal/workerconfig"
)

// TestBadConfigFailsAtStart starts a connector and a task from configurations that were never validated: what Java's ConnectorConfig refuses
// makes them FAILED with its text, and the plugin is not started.
func TestBadConfigFailsAtStart(t *testing.T) {
	for _, c := range []struct{ class, key, value, want string }{
		{"Source", "tasks.max", "0", "org.apache.kafka.common.config.ConfigException: Invalid value 0 for configuration tasks.max: Value must be at least 1"},
		{"Sink", "errors.tolerance", "some", "org.apache.kafka.common.config.ConfigException: Invalid value some for configuration errors.tolerance: "},
		{"Sink", "config.action.reload", "perhaps", "org.apache.kafka.common.config.ConfigException: Invalid value perhaps for configuration config.action.reload: "},
		{"Source", "transforms", "a", "org.apache.kafka.common.config.ConfigException: Invalid value null for configuration transforms.a.type: Not a Transformation"},
		{"Source", "key.converter", "none.Such", "org.apache.kafka.common.config.ConfigException: Invalid value none.Such for configuration key.converter: Class none.Such could not be found."},
	} {
		t.Run(c.key, func(t *testing.T) {
			r := newRig(t)
			touched := func(context.Context, connect.ConnectorContext, map[string]string) error {
				t.Error("the connector was started")
				return nil
			}
			r.connector = func() connect.Connector { return &testConnector{start: touched} }
			r.source = func() connect.SourceTask { return &counterTask{} }
			r.sink = func() connect.SinkTask { return newListTask() }
			r.start()
			plugins := workerconfig.NewPlugins(r.worker.cfg.Plugins.(*plugin.Registry))
			values, err := plugins.ParseStandalone(config.PropsOf(with(r.props, "offset.storage.file.filename", "unused")))
			if err != nil {
				t.Fatal(err)
			}
			r.worker.cfg.ParseConnector = func(kind connect.Kind, props map[string]string) error {
				_, err := plugins.ParseConnector(kind, config.PropsOf(props), values)
				return err
			}
			props := map[string]string{"name": "c", "connector.class": c.class, "topics": "in", c.key: c.value}
			if c.class == "Source" {
				delete(props, "topics")
			}
			if err := r.worker.StartConnector(t.Context(), "c", props, TargetStarted); err == nil {
				t.Error("the connector started")
			}
			if err := r.worker.StartTask(TaskID{Connector: "c", Task: 0}, props, nil, TargetStarted); err == nil {
				t.Error("the task started")
			}
			connector, task := r.statuses.connectors["c"], r.statuses.tasks[TaskID{Connector: "c", Task: 0}]
			for _, st := range [][]Status{connector, task} {
				if len(st) != 1 || st[0].State != Failed || !strings.HasPrefix(st[0].Trace, c.want) {
					t.Errorf("%v", st)
				}
			}
			if r.worker.IsRunning("c") {
				t.Error("the connector counts as running")
			}
		})
	}
}
