package group

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/moldau/moldau/internal/kafka"
)

// TestWorkOfAGenerationThatIsOver wants nothing to begin that was assigned in a generation of which the member is no part any more when its worker hears
// of it: others may run it. What the worker runs it keeps, unless it stopped that of its own accord.
func TestWorkOfAGenerationThatIsOver(t *testing.T) {
	t.Parallel()
	over := map[string]struct {
		end       func(m *Member)
		kept, new string
	}{
		"nothing happens":           {func(*Member) {}, "[n b]", "[n]"},
		"the member was evicted":    {func(m *Member) { m.mu.Lock(); m.reset(SessionLost, "unknown member", true); m.mu.Unlock() }, "[b]", "[]"},
		"the worker wants to leave": {func(m *Member) { m.Leave("it has to catch up", time.Hour) }, "[b]", "[]"},
		"the worker stopped it all": {func(m *Member) { m.Forget() }, "[]", "[]"},
		"it stopped all and leaves": {func(m *Member) { m.Forget(); m.Leave("it has to catch up", time.Hour) }, "[]", "[]"},
		"its poll timed out":        {func(m *Member) { m.busySince = time.Now().Add(-time.Hour); m.heartbeat() }, "[b]", "[]"},
		"it left and joins anew":    {func(m *Member) { m.leave(context.Background(), WorkerLeft, "stuck") }, "[b]", "[]"},
	}
	for name, c := range over {
		for _, before := range []string{"while it stops what was revoked", "before it hears of the assignment"} {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				m := &Member{cfg: Config{RebalanceTimeout: time.Minute}, log: slog.New(slog.DiscardHandler), ctx: ctx, cancel: cancel, kicked: make(chan struct{}, 1),
					beat: make(chan struct{}, 1), notify: make(chan struct{}, 1), state: completing, id: "m", generation: 5, coordinator: noCoordinator,
					held: &Assignment{Work: Work{Connectors: []string{"a", "b"}, Tasks: []kafka.Task{{Connector: "b"}}}}}
				done := make(chan error, 1)
				given := &Assignment{Version: Sessioned, Leader: "l", Work: Work{Connectors: []string{"n"}, Tasks: []kafka.Task{{Connector: "n"}}}}
				if before == "while it stops what was revoked" {
					given.Revoked = Work{Connectors: []string{"a"}}
				} else {
					m.held.Connectors = []string{"b"}
				}
				go func() { done <- m.complete(&attempt{id: "m", generation: 5, protocol: Sessioned}, given, nil) }()
				poll := func() Event {
					e, err := m.Poll(t.Context())
					if err != nil {
						t.Fatal(err)
					}
					return e
				}
				if !given.Revoked.Empty() {
					if e, ok := poll().(Revoked); !ok || fmt.Sprint(e.Connectors) != "[a]" {
						t.Errorf("got %+v", e)
					}
				}
				synctest.Wait()
				c.end(m)
				e, ok := poll().(Assigned)
				if !ok || fmt.Sprint(e.Assignment.Connectors) != c.kept || fmt.Sprint(e.New.Connectors) != c.new || len(e.Assignment.Tasks) != len(e.Assignment.Connectors) ||
					len(e.New.Tasks) != len(e.New.Connectors) {
					t.Errorf("%s, %s: got %+v", name, before, e)
				}
				if got := m.Stats(); got.Connectors != len(e.Assignment.Connectors) || got.Tasks != len(e.Assignment.Tasks) {
					t.Errorf("%s, %s: joins with %+v", name, before, m.held)
				}
				cancel()
				if err := <-done; err != nil {
					t.Error(err)
				}
			})
		}
	}
}
