package source

import (
	"context"
	"fmt"

	"github.com/moldau/moldau/connectors/jdbc/dialect"
)

// run says what a reader that reads its table in blocks has done in the snapshot of the task.
type run uint8

const (
	idle run = iota
	begun
	ended
)

// beginSnapshot has a run of a reader read what is there now, or what was there when the first of those began that take turns with it. There is one
// transaction, since it is the connection's; where a database has none such, each block is what is there when it is read.
func (r *reader) beginSnapshot(ctx context.Context, t *Task) error {
	snap, ok := r.settings.Dialect.(dialect.Snapshots)
	if !ok {
		return nil
	}
	r.run = begun
	if t.snapshot {
		return nil
	}
	t.snapshot = true
	for _, sql := range snap.BeginSnapshot() {
		if _, err := t.c.Exec(ctx, sql); err != nil {
			return fmt.Errorf("reading %s: beginning a snapshot: %w", r.name(), err)
		}
	}
	return nil
}

// endSnapshot ends the run of a reader, and the snapshot where it is the last: readers whose next run is due wait for that, so that it ends and they see
// what is new.
func (r *reader) endSnapshot(ctx context.Context, t *Task) error {
	if !t.snapshot || r.run != begun {
		return nil
	}
	r.run = ended
	for _, other := range t.readers {
		if other.run == begun {
			return nil
		}
	}
	t.leaveSnapshot()
	if _, err := t.c.Exec(ctx, "COMMIT"); err != nil {
		return fmt.Errorf("reading %s: ending a snapshot: %w", r.name(), err)
	}
	return nil
}

// leaveSnapshot notes that there is none any more.
func (t *Task) leaveSnapshot() {
	t.snapshot = false
	for _, r := range t.readers {
		r.run = idle
	}
}
