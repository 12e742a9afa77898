package herder

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/moldau/moldau/internal/group"
)

// TestPulse: what probes see follows the loop, also while it is at something that takes long.
func TestPulse(t *testing.T) {
	t.Parallel()
	inGroup(t, func(t *testing.T, g *groupOf) {
		if p := g.h.Pulse(); p.Away.IsZero() || p.Failed != nil || p.Behind {
			t.Errorf("before it joined: %+v", p)
		}
		g.assigned(work("c", 0))
		if p := g.h.Pulse(); p != (Pulse{}) {
			t.Errorf("in its group: %+v", p)
		}
		// The states of what was revoked cannot be written.
		g.statuses.locked(func() { g.statuses.away = true })
		began := time.Now()
		g.member.events <- group.Revoked{Work: work("c", 0)}
		synctest.Wait()
		if p := g.h.Pulse(); !p.Busy.Equal(began) || !p.Away.IsZero() {
			t.Errorf("while the loop waits for the status topic: %+v", p)
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		if p := g.h.Pulse(); !p.Busy.IsZero() {
			t.Errorf("once it gave up: %+v", p)
		}
		g.statuses.locked(func() { g.statuses.away = false })
		g.configs.with(func() { g.configs.unreadable = errors.New("took too long") })
		g.member.events <- group.Assigned{Assignment: &group.Assignment{LeaderURL: ownURL, ConfigOffset: g.configs.Snapshot().Offset() + 5}, Protocol: group.Compatible}
		synctest.Wait()
		if p := g.h.Pulse(); !p.Behind || p.Away.IsZero() {
			t.Errorf("behind the config topic: %+v", p)
		}
		g.configs.with(func() { g.configs.unreadable = nil })
		g.assigned(work("c", 0))
		if p := g.h.Pulse(); p != (Pulse{}) {
			t.Errorf("in its group again: %+v", p)
		}
		why := errors.New("not authorized for the group")
		g.member.fail <- why
		<-g.h.Failed()
		if p := g.h.Pulse(); !errors.Is(p.Failed, why) || !p.Busy.IsZero() {
			t.Errorf("at its end: %+v", p)
		}
	})
}
