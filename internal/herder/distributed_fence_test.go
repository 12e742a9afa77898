package herder

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/moldau/moldau/internal/store"
	"github.com/moldau/moldau/internal/worker"
)

// tasksOf makes the topic say that a connector has so many tasks.
func (g *groupOf) tasksOf(name string, n int) {
	g.t.Helper()
	tasks := make([]map[string]string, n)
	for i := range tasks {
		tasks[i] = map[string]string{"n": string(rune('0' + i)), "of": string(rune('0' + n))}
	}
	g.configs.read(append(store.TaskRecords(name, propertiesOfAll(tasks)), store.CommitRecord(name, n))...)
	synctest.Wait()
	g.worker.taken()
}

// fencing are the calls that matter to fencing.
func fencing(calls []string) []string {
	return slices.DeleteFunc(calls, func(c string) bool {
		return !strings.HasPrefix(c, "fence ") && !strings.HasPrefix(c, "write task count")
	})
}

func TestFencingRounds(t *testing.T) {
	inGroup(t, func(t *testing.T, g *groupOf) {
		g.configs.read(store.ConnectorRecord("c", store.PropertiesOf(source("c"))))
		step := func(what string, want ...string) {
			t.Helper()
			if err := g.h.FenceZombies(t.Context(), "c", nil); err != nil {
				t.Fatalf("%s: %v", what, err)
			}
			synctest.Wait()
			if got := fencing(g.worker.taken()); !slices.Equal(got, want) {
				t.Errorf("%s: got %q, want %q", what, got, want)
			}
		}
		step("without tasks ever") // no commit: nothing is pending
		g.tasksOf("c", 1)
		step("the first generation", "write task count of c")
		step("again")
		g.tasksOf("c", 1)
		step("one task after one", "write task count of c")
		g.tasksOf("c", 3)
		step("three tasks after one", "fence 1 of c", "write task count of c")
		g.tasksOf("c", 1)
		step("one task after three", "fence 3 of c", "write task count of c")
		g.tasksOf("c", 0)
		step("none after one", "fence 1 of c", "write task count of c")
		g.tasksOf("c", 2)
		step("two after none", "fence 0 of c", "write task count of c")
		if count, ok := g.configs.Snapshot().TaskCountRecord("c"); !ok || count != 2 {
			t.Errorf("the record says %d %t", count, ok)
		}
	})
}

func TestFencingRefusals(t *testing.T) {
	inGroup(t, func(t *testing.T, g *groupOf) {
		if err := g.h.FenceZombies(t.Context(), "nope", nil); status(err) != http.StatusNotFound {
			t.Errorf("unknown connector: %v", err)
		}
		g.configs.read(store.ConnectorRecord("c", store.PropertiesOf(source("c"))))
		g.tasksOf("c", 2)
		if err := g.h.FenceZombies(t.Context(), "c", nil); err != nil {
			t.Fatal(err)
		}
		g.tasksOf("c", 2)

		g.worker.onFence = func() error { return errors.New("no right") }
		err := g.h.FenceZombies(t.Context(), "c", nil)
		if err == nil || err.Error() != "Failed to perform zombie fencing" || !strings.Contains(errors.Unwrap(err).Error(), "no right") {
			t.Errorf("a fencing that fails: %v", err)
		}
		if !g.configs.Snapshot().PendingFencing("c") {
			t.Error("a fencing that failed counts as done")
		}

		// New tasks while the old ones are fenced: the record would say that these are fenced too.
		g.worker.onFence = func() error {
			g.configs.read(append(store.TaskRecords("c", propertiesOfAll([]map[string]string{{"a": "b"}})), store.CommitRecord("c", 1))...)
			return nil
		}
		if err := g.h.FenceZombies(t.Context(), "c", nil); status(err) != http.StatusConflict || !strings.Contains(err.Error(), "new task configurations were generated") {
			t.Errorf("new tasks meanwhile: %v", err)
		}
		g.worker.onFence = nil
		g.configs.with(func() { g.configs.unreadable = errors.New("gone") })
		if err := g.h.FenceZombies(t.Context(), "c", nil); err == nil || !strings.Contains(err.Error(), "Failed to read to end of config topic") {
			t.Errorf("unreadable topic: %v", err)
		}
		g.configs.with(func() { g.configs.unreadable = nil })
		if err := g.h.FenceZombies(t.Context(), "c", nil); err != nil {
			t.Error(err)
		}
	})
}

func TestPreflight(t *testing.T) {
	inGroup(t, func(t *testing.T, g *groupOf) {
		g.running("c")
		id := TaskID{Connector: "c", Task: 0}
		preflight := func(id TaskID) worker.Preflight {
			generation, _ := g.configs.Snapshot().TaskConfigGeneration(id.Connector)
			defer g.h.generations.begin(id, generation)()
			return g.h.preflight(id)
		}
		if err := g.h.preflight(id).Verify(t.Context()); err == nil || !strings.Contains(err.Error(), "already generated a new set of task configs") {
			t.Errorf("a task that nobody starts: %v", err)
		}
		check := preflight(id)
		if err := check.Fence(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := check.Verify(t.Context()); err != nil {
			t.Error(err)
		}
		if err := preflight(TaskID{Connector: "c", Task: 7}).Verify(t.Context()); err == nil || !strings.Contains(err.Error(), "already been revoked from this worker") {
			t.Errorf("a task of another worker: %v", err)
		}
		g.tasksOf("c", 1)
		if err := check.Verify(t.Context()); err == nil || !strings.Contains(err.Error(), "already generated a new set of task configs") {
			t.Errorf("new task configurations: %v", err)
		}

		g.member.lead(otherURL, false)
		g.tasksOf("c", 1)
		if err := preflight(id).Fence(t.Context()); err != nil {
			t.Fatal(err)
		}
		g.peers.with(func() {
			if g.peers.leader != otherURL || g.peers.sent != 1 {
				t.Errorf("asked %s %d times", g.peers.leader, g.peers.sent)
			}
			g.peers.err = errors.New("unreachable")
		})
		if err := preflight(id).Fence(t.Context()); err == nil || !strings.Contains(err.Error(), "unreachable") {
			t.Errorf("the leader cannot be reached: %v", err)
		}
	})
}

// TestPreflightIsOfTheConfigurationThatIsStarted has new task configurations come after a task's own was read and before its checks are made: the
// task must not pass as one of them.
func TestPreflightIsOfTheConfigurationThatIsStarted(t *testing.T) {
	inGroup(t, func(t *testing.T, g *groupOf) {
		g.running("c")
		id := TaskID{Connector: "c", Task: 0}
		var early, late worker.Preflight
		var began atomic.Bool
		g.worker.beforeTask = func(what string, of worker.TaskID) {
			if what != "StartTask" || of != id || began.Swap(true) { // its new configuration starts it once more
				return
			}
			early = g.h.preflight(id)
			g.configs.read(append(store.TaskRecords("c", propertiesOfAll([]map[string]string{{"a": "b"}})), store.CommitRecord("c", 1))...)
			late = g.h.preflight(id)
		}
		if err := g.h.RestartTask(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		for what, check := range map[string]worker.Preflight{"early": early, "late": late} {
			if check.Verify == nil {
				t.Fatalf("%s: no checks were made", what)
			}
			if err := check.Verify(t.Context()); err == nil || !strings.Contains(err.Error(), "already generated a new set of task configs") {
				t.Errorf("%s checks of a task with an old configuration: %v", what, err)
			}
		}
		synctest.Wait()
	})
}

func TestOffsetsOfExactlyOnceSourcesAreFencedFirst(t *testing.T) {
	inGroup(t, func(t *testing.T, g *groupOf) {
		g.h.cfg.Worker.Group = &worker.GroupConfig{ExactlyOnce: true}
		g.running("c")
		if err := g.h.FenceZombies(t.Context(), "c", nil); err != nil {
			t.Fatal(err)
		}
		g.worker.offsets = func([]worker.ConnectorOffset) (string, error) { g.worker.note("reset"); return "done", nil }
		if _, err := g.h.ResetConnectorOffsets(t.Context(), "c"); status(err) != http.StatusBadRequest {
			t.Errorf("while it runs: %v", err)
		}
		if err := g.h.StopConnector(t.Context(), "c"); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		g.assigned(work("c"))
		g.h.mu.Lock()
		g.h.rejoin = ""
		g.h.mu.Unlock()
		g.worker.taken()
		if text, err := g.h.ResetConnectorOffsets(t.Context(), "c"); err != nil || text != "done" {
			t.Fatalf("%q %v", text, err)
		}
		synctest.Wait()
		want := []string{"fence 1 of c", "write task count of c", "reset"}
		calls := slices.DeleteFunc(g.worker.taken(), func(c string) bool { return !slices.Contains(want, c) })
		if !slices.Equal(calls, want) {
			t.Errorf("got %q, want %q", calls, want)
		}
	})
}
