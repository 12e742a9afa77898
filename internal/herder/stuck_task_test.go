package herder

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/moldau/moldau/internal/group"
)

// What a real worker allows: task.shutdown.graceful.timeout.ms for a stop, the limit of plugin calls for the making of a task.
const (
	stopLimit  = 5 * time.Second
	startLimit = 90 * time.Second
)

// stuckTask makes every stop and start of a task last as long as a worker lets a plugin that hangs.
func stuckTask(f *fakeWorker, stuck TaskID) {
	f.beforeTask = func(call string, id TaskID) {
		switch {
		case id != stuck:
		case call == "StopTasks":
			time.Sleep(stopLimit)
		default:
			time.Sleep(startLimit)
		}
	}
}

var twoTasks = func(string) ([]map[string]string, error) { return []map[string]string{{"n": "0"}, {"n": "1"}}, nil }

// TestStuckTaskHoldsUpNothingElse has a task whose plugin returns from neither stop nor start. Reads, other connectors and the group go on at once; the
// connector's other tasks, which share its queue, wait until the limits of those calls are over and no longer.
func TestStuckTaskHoldsUpNothingElse(t *testing.T) {
	t.Parallel()
	inGroup(t, func(t *testing.T, g *groupOf) {
		g.worker.onTasks = twoTasks
		for _, name := range []string{"c", "d"} {
			if _, _, err := g.h.PutConnector(t.Context(), name, source(name), "", false); err != nil {
				t.Fatal(err)
			}
		}
		all := group.Work{Connectors: []string{"c", "d"}}
		g.assigned(all)
		for _, name := range []string{"c", "d"} {
			all.Tasks = append(all.Tasks, TaskID{Connector: name}, TaskID{Connector: name, Task: 1})
		}
		g.assigned(all)
		g.worker.taken()
		stuck := TaskID{Connector: "c"}
		stuckTask(g.worker, stuck)

		begin := time.Now()
		restarted := make(chan time.Duration, 2)
		restart := func(id TaskID) {
			if err := g.h.RestartTask(t.Context(), id); err != nil {
				t.Errorf("restart of %s: %v", id, err)
			}
			restarted <- time.Since(begin)
		}
		go restart(stuck)
		synctest.Wait()
		go restart(TaskID{Connector: "c", Task: 1})
		synctest.Wait()
		// Nothing of this needs time.
		if _, err := g.h.ConnectorStatus(t.Context(), "c"); err != nil {
			t.Error(err)
		}
		if _, err := g.h.TaskConfigs(t.Context(), "c"); err != nil {
			t.Error(err)
		}
		if err := g.h.RestartTask(t.Context(), TaskID{Connector: "d"}); err != nil {
			t.Error(err)
		}
		if err := g.h.RestartConnector(t.Context(), "d"); err != nil {
			t.Error(err)
		}
		if err := g.h.PauseConnector(t.Context(), "c"); err != nil {
			t.Error(err)
		}
		other := "u"
		if _, err := g.h.PatchConnector(t.Context(), "d", map[string]*string{"topic": &other}); err != nil {
			t.Error(err)
		}
		g.assigned(all)
		if took := time.Since(begin); took != 0 {
			t.Errorf("a stuck task held up others for %s", took)
		}
		if stage, ok := g.h.Stage(); !ok || !strings.Contains(stage.Description, "restarting task c-0") {
			t.Errorf("what is stuck is called %q", stage.Description)
		}
		if took := <-restarted; took != stopLimit+startLimit {
			t.Errorf("the stuck task was given up after %s", took)
		}
		if took := <-restarted; took != stopLimit+startLimit {
			t.Errorf("the other task was restarted after %s", took)
		}
		// Taken away while it is stuck it keeps the worker for no longer than tasks may take to stop.
		begin = time.Now()
		g.member.events <- group.Revoked{Work: work("c", 0, 1)}
		g.member.events <- group.Revoked{} // taken when the first is done
		if took := time.Since(begin); took > stopLimit {
			t.Errorf("the revocation took %s", took)
		}
	})
}

// TestStuckTaskInStandalone is the same of a worker on its own.
func TestStuckTaskInStandalone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h, f := newHerder(t, fakeValidator{}, 0)
		defer stop(t, h)
		f.onTasks = twoTasks
		for _, name := range []string{"c", "d"} {
			if _, _, err := h.PutConnector(t.Context(), name, source(name), "", false); err != nil {
				t.Fatal(err)
			}
		}
		stuckTask(f, TaskID{Connector: "c"})
		begin := time.Now()
		done := make(chan error, 1)
		go func() { done <- h.RestartTask(t.Context(), TaskID{Connector: "c"}) }()
		synctest.Wait()
		if _, err := h.ConnectorStatus(t.Context(), "c"); err != nil {
			t.Error(err)
		}
		if err := h.RestartTask(t.Context(), TaskID{Connector: "d"}); err != nil {
			t.Error(err)
		}
		if err := h.DeleteConnector(t.Context(), "d"); err != nil {
			t.Error(err)
		}
		if took := time.Since(begin); took != 0 {
			t.Errorf("a stuck task held up others for %s", took)
		}
		err := errors.Join(h.RestartTask(t.Context(), TaskID{Connector: "c", Task: 1}), <-done)
		if took := time.Since(begin); err != nil || took != stopLimit+startLimit {
			t.Errorf("the other task was restarted after %s: %v", took, err)
		}
	})
}
