package source

import (
	"context"
	"time"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connectors/jdbc/connection"
	"github.com/moldau/moldau/connectors/jdbc/dialect"
)

// Task is JdbcSourceTask. Its tables take turns; a result is read to its end before the next query.
type Task struct {
	dialects []dialect.Dialect

	tc      connect.SourceTaskContext
	s       *settings
	c       dialect.Conn // nil while there is none
	readers []*reader
	open    *reader // the one whose result is being read
	// snapshot says that the connection is in a transaction in which readers take turns, block by block; it ends when each that began has its table.
	snapshot bool
	look     time.Time
	catalog  string // see dialect.CatalogNamer
	ctx      context.Context
	stop     context.CancelFunc
	// failed is an error behind rows that were delivered; the next poll returns it.
	failed error
	pause  pause
}

// NewTask returns a task for databases of the dialects.
func NewTask(dialects []dialect.Dialect) *Task { return &Task{dialects: dialects} }

// Start reads the configuration; the first poll connects.
func (t *Task) Start(ctx context.Context, tc connect.SourceTaskContext, props map[string]string) error {
	s, err := read(props, t.dialects)
	if err != nil {
		return err
	}
	t.tc, t.s = tc, s
	t.ctx, t.stop = context.WithCancel(context.Background())
	for _, n := range s.Notes {
		tc.Logger().Info(n)
	}
	t.look = time.Now().Add(s.tablePoll)
	if s.query != "" {
		t.readers = []*reader{{settings: s, log: tc.Logger(), topic: s.prefix, partition: queryPartition()}}
		return nil
	}
	if len(s.tables) == 0 {
		return connect.NewFailure("Task is being killed because it was not assigned a table nor a query to execute. If run in table mode please make sure that the tables exist on the database.", nil)
	}
	for _, id := range s.tables {
		t.add(id)
	}
	return nil
}

// Stop ends a query under way and closes the connection.
func (t *Task) Stop(context.Context) error {
	t.pause.end()
	defer t.pause.mu.Unlock()
	if t.stop != nil {
		t.stop()
	}
	t.disconnect()
	return nil
}

// grace is how long a poll that is to end waits for the database before it gives up the query.
const grace = time.Second

// Poll adds rows of the table whose turn it is, at most batch.max.rows, or waits until one is due.
func (t *Task) Poll(ctx context.Context, b *connect.SourceBatch) error {
	t.pause.end()
	defer t.pause.mu.Unlock()
	if err := t.failed; err != nil {
		t.failed = nil
		return t.judge(err)
	}
	if t.ctx.Err() != nil { // a query of the poll before was interrupted
		t.disconnect()
		t.ctx, t.stop = context.WithCancel(context.Background())
	}
	defer t.watch(ctx)()
	for ctx.Err() == nil {
		if t.open == nil {
			opened, err := t.turn(ctx)
			if err != nil {
				if ctx.Err() != nil {
					t.disconnect()
					return nil
				}
				return t.judge(err)
			}
			if !opened {
				continue
			}
		}
		r := t.open
		ended, err := t.read(ctx, r, b)
		if ended || err != nil {
			r.close()
			t.open = nil
			if err == nil {
				err = r.ended(ctx, t, b)
			}
			r.rest()
		}
		switch {
		case err == nil && ended, len(b.Records()) > 0:
			r.failures = 0
		case err != nil:
			r.failures++
		}
		if err != nil && ctx.Err() != nil { // it may only say that the poll is to end; what the connection is in the middle of is not known
			t.disconnect()
			return nil
		}
		if len(b.Records()) > 0 {
			t.failed = err
			return nil
		}
		if err != nil {
			return t.judge(err)
		}
		if len(b.Marks()) > 0 {
			return nil
		}
	}
	return nil
}

// turn waits until a table is due and runs its query; false means that there was nothing to open.
func (t *Task) turn(ctx context.Context) (opened bool, err error) {
	if err := t.watchTables(ctx); err != nil {
		return false, err
	}
	next := t.next()
	due := t.look
	if next != nil {
		due = next.due
	}
	if t.s.spanned && !t.snapshot && t.look.Before(due) {
		due = t.look
	}
	if wait := time.Until(due); wait > 0 {
		connection.Sleep(ctx, wait)
		return false, nil
	}
	if next == nil || time.Now().Before(next.due) {
		return false, nil
	}
	opened, err = t.begin(ctx, next)
	switch {
	case err != nil:
		next.failures++
		next.due = time.Now().Add(t.s.poll)
	case opened:
		t.open = next
	default:
		next.rest()
	}
	return opened, err
}

// watch ends the queries of the task some time after ctx has, unless the poll has returned, which the result says: a query that hangs must not keep
// the task from stopping.
func (t *Task) watch(ctx context.Context) (returned func()) {
	over, stop := make(chan struct{}), t.stop
	cancel := context.AfterFunc(ctx, func() {
		timer := time.NewTimer(grace)
		defer timer.Stop()
		select {
		case <-over:
		case <-timer.C:
			stop()
		}
	})
	return func() {
		close(over)
		cancel()
	}
}

// next is the reader that has waited longest, nil where there is none. In a snapshot each has its table once.
func (t *Task) next() *reader {
	var first *reader
	for _, r := range t.readers {
		if t.snapshot && r.run == ended {
			continue
		}
		if first == nil || r.due.Before(first.due) {
			first = r
		}
	}
	return first
}

// Lag implements connect.LagReporter: for timestamps the seconds between the last row read and the present, for incrementing columns how many numbers lie
// between, of which some may have no row.
func (t *Task) Lag() (amount int64, unit string, ok bool) {
	for _, r := range t.readers {
		switch {
		case t.s.timestamped && r.at.hasTime && r.now > 0:
			amount, ok = max(amount, (r.now-r.at.millis)/1000), true
		case t.s.incrementing && !t.s.timestamped && r.at.hasInc && r.last > 0:
			amount, ok = amount+max(0, r.last-r.at.inc), true
		}
	}
	if t.s.timestamped {
		return amount, "seconds", ok
	}
	return amount, "records", ok
}

var (
	_ connect.SourceTask  = (*Task)(nil)
	_ connect.LagReporter = (*Task)(nil)
	_ connect.PauseHearer = (*Task)(nil)
)
