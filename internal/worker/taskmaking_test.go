package worker

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/internal/plugin"
	"github.com/moldau/moldau/internal/store"
)

// TestTaskThatCannotBeMadeIsAbandoned has a transformation that does not return from Configure.
func TestTaskThatCannotBeMadeIsAbandoned(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		registry, err := plugin.New("4.3.1",
			connect.Plugin{Kind: connect.KindSource, Class: "Source", TaskClass: "SourceTask", NewConnector: func() connect.Connector { return nil },
				NewSourceTask: func() connect.SourceTask { return &counterTask{} }},
			connect.Plugin{Kind: connect.KindConverter, Class: "Stuck", NewConverter: func() connect.Converter {
				<-release
				return nil
			}})
		if err != nil {
			t.Fatal(err)
		}
		s := newStatuses()
		w, err := New(Config{WorkerID: "w", Props: map[string]string{"key.converter": "Stuck"}, Plugins: registry, Offsets: store.NewMemoryOffsets(), Statuses: s})
		if err != nil {
			t.Fatal(err)
		}
		id := TaskID{Connector: "c", Task: 0}
		begin := time.Now()
		err = w.StartTask(id, map[string]string{"name": "c", "connector.class": "Source"}, map[string]string{}, TargetStarted)
		var stuck *stuckError
		if !errors.As(err, &stuck) || time.Since(begin) != pluginLimit || !strings.Contains(err.Error(), "task c-0 did not return from the making of its converters") {
			t.Errorf("after %s: %v", time.Since(begin), err)
		}
		if got := s.states(id); got != "FAILED" || len(w.Tasks()) != 0 {
			t.Errorf("states %s, tasks %v", got, w.Tasks())
		}
		close(release)
		synctest.Wait()
		if got := s.states(id); got != "FAILED" || len(w.Tasks()) != 0 {
			t.Errorf("what was abandoned came back: states %s, tasks %v", got, w.Tasks())
		}
	})
}
