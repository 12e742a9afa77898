package source

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/connectors/jdbc/connection"
	"github.com/moldau/moldau/connectors/jdbc/dialect"
)

// reader reads one table, or the query.
type reader struct {
	settings  *settings
	id        dialect.TableID // without name for a query
	topic     string
	partition *connect.SourcePartition
	at        position // behind the last row that a mark covers
	due       time.Time
	failures  int

	table       *dialect.Table
	inc         string
	stamps      []string
	stampColumn *dialect.Column

	rows   dialect.Rows // nil between two queries
	cancel context.CancelFunc
	shape  *shape
	// pending is the position of rows that were added without a mark, since others may follow with the same timestamp.
	pending position
	unsaid  bool
}

// Task is JdbcSourceTask. Its tables take turns; a result is read to its end before the next query.
type Task struct {
	dialects []dialect.Dialect

	tc      connect.SourceTaskContext
	s       *settings
	c       dialect.Conn // nil while there is none
	readers []*reader
	open    *reader // the one whose result is being read
	ctx     context.Context
	stop    context.CancelFunc
	// failed is an error behind rows that were delivered; the next poll returns it.
	failed error
	known  bool // the committed offsets were read
	warned map[string]bool
}

// NewTask returns a task for databases of the dialects.
func NewTask(dialects []dialect.Dialect) *Task { return &Task{dialects: dialects} }

// Start reads the configuration; the first poll connects.
func (t *Task) Start(ctx context.Context, tc connect.SourceTaskContext, props map[string]string) error {
	s, err := read(props, t.dialects)
	if err != nil {
		return err
	}
	t.tc, t.s, t.warned = tc, s, map[string]bool{}
	t.ctx, t.stop = context.WithCancel(context.Background())
	for _, n := range s.Notes {
		tc.Logger().Info(n)
	}
	if s.query != "" {
		t.readers = []*reader{{settings: s, topic: s.prefix, partition: queryPartition()}}
		return nil
	}
	if len(s.tables) == 0 {
		return connect.NewFailure("Task is being killed because it was not assigned a table nor a query to execute. If run in table mode please make sure that the tables exist on the database.", nil)
	}
	for _, id := range s.tables {
		p, _ := partitions(id)
		t.readers = append(t.readers, &reader{settings: s, id: id, topic: s.prefix + id.Name, partition: p})
	}
	return nil
}

// Stop ends a query under way and closes the connection.
func (t *Task) Stop(context.Context) error {
	if t.stop != nil {
		t.stop()
	}
	t.disconnect()
	return nil
}

func (t *Task) disconnect() {
	if t.open != nil {
		t.open.close(t)
		t.open = nil
	}
	if t.c != nil {
		if err := t.c.Close(); err != nil {
			t.tc.Logger().Debug("Closing a connection failed", "error", err)
		}
		t.c = nil
	}
}

// close ends a result.
func (r *reader) close(t *Task) {
	if r.rows != nil {
		r.cancel()
		if err := r.rows.Close(); err != nil {
			t.tc.Logger().Debug("Closing a result failed", "error", err)
		}
		r.rows = nil
	}
}

// grace is how long a poll that is to end waits for the database before it gives up the query.
const grace = time.Second

// Poll adds rows of the table whose turn it is, at most batch.max.rows, or waits until one is due.
func (t *Task) Poll(ctx context.Context, b *connect.SourceBatch) error {
	if err := t.failed; err != nil {
		t.failed = nil
		return t.judge(ctx, err)
	}
	defer t.watch(ctx)()
	for ctx.Err() == nil {
		r := t.open
		if r == nil {
			next := t.next()
			if wait := time.Until(next.due); wait > 0 {
				if !connection.Sleep(ctx, wait) {
					return nil
				}
			}
			if err := t.begin(ctx, next); err != nil {
				if ctx.Err() != nil {
					t.disconnect()
					return nil
				}
				next.due = time.Now().Add(t.s.poll)
				return t.judge(ctx, err)
			}
			r = next
			t.open = r
		}
		ended, err := t.read(ctx, r, b)
		if ended || err != nil {
			r.close(t)
			t.open = nil
			r.due = time.Now().Add(t.s.poll)
		}
		switch {
		case err == nil && ended, len(b.Records()) > 0:
			r.failures = 0
		case err != nil:
			r.failures++
		}
		if len(b.Records()) > 0 {
			t.failed = err
			return nil
		}
		if err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return t.judge(ctx, err)
		}
		if len(b.Marks()) > 0 {
			return nil
		}
	}
	return nil
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

// next is the reader that has waited longest.
func (t *Task) next() *reader {
	first := t.readers[0]
	for _, r := range t.readers[1:] {
		if r.due.Before(first.due) {
			first = r
		}
	}
	return first
}

// judge says whether an error of the database is worth another try.
func (t *Task) judge(_ context.Context, err error) error {
	fault := t.s.Dialect.Classify(err)
	if t.c != nil && !t.c.Alive() {
		fault = dialect.Network
	}
	if fault == dialect.Network {
		t.disconnect()
	}
	var missing errMissing
	again := fault == dialect.Network || fault == dialect.Busy || fault == dialect.Changed || errors.As(err, &missing)
	failures := 0
	for _, r := range t.readers {
		failures = max(failures, r.failures)
	}
	if !again || t.s.retries >= 0 && failures > t.s.retries {
		return err
	}
	return connect.NewRetriable(err)
}

// begin connects where it must and runs the query of a reader.
func (t *Task) begin(ctx context.Context, r *reader) (err error) {
	defer func() {
		if err != nil {
			r.failures++
		}
	}()
	if t.ctx.Err() != nil { // a query was interrupted
		t.disconnect()
		t.ctx, t.stop = context.WithCancel(context.Background())
	}
	if err := t.connected(ctx); err != nil {
		return err
	}
	if err := t.resume(ctx); err != nil {
		return err
	}
	if r.table == nil {
		if err := r.prepare(ctx, t.c); err != nil {
			return err
		}
	}
	where, args, err := r.where(ctx, t.c)
	if err != nil {
		return err
	}
	text := r.text(where)
	qctx, cancel := context.WithCancel(t.ctx)
	rows, err := t.c.Query(qctx, text, args...)
	if err != nil {
		cancel()
		return fmt.Errorf("reading %s: %w", r.name(), err)
	}
	r.rows, r.cancel, r.unsaid = rows, cancel, false
	if r.shape == nil || !same(r.shape, rows.Columns()) {
		if r.shape != nil && r.id.Name != "" { // the table has changed
			r.close(t)
			r.shape, r.table = nil, nil
			t.disconnect() // the rest of the result is not waited for
			return t.begin(ctx, r)
		}
		sh, err := r.shapeOf(rows.Columns())
		if err == nil {
			err = r.checkShape(sh)
		}
		if err != nil {
			r.close(t)
			return err
		}
		sh.results(rows.Columns())
		r.shape = sh
		if len(sh.dropped) > 0 {
			t.tc.Logger().Warn("Columns of types that have no place in Connect's data are left out", "table", r.name(), "columns", strings.Join(sh.dropped, ", "))
		}
	}
	return nil
}

func (r *reader) name() string {
	if r.id.Name == "" {
		return "the query"
	}
	return "table " + r.id.String()
}

// checkShape finds offset columns that a query does not return.
func (r *reader) checkShape(sh *shape) error {
	if r.settings.incrementing && sh.inc < 0 {
		return fmt.Errorf("%s returns no column %s, which %s names", r.name(), r.inc, keyIncrementing)
	}
	if len(sh.stamps) < len(r.stamps) {
		return fmt.Errorf("%s does not return all columns of %s: %s", r.name(), keyTimestamp, strings.Join(r.stamps, ", "))
	}
	return nil
}

func (t *Task) connected(ctx context.Context) error {
	if t.c != nil && t.c.Alive() {
		return nil
	}
	t.disconnect()
	c, err := t.s.Open(ctx, t.tc.Logger())
	if err != nil {
		return err
	}
	t.c = c
	sql, err := t.s.Dialect.BeginRead(t.s.isolation)
	if err == nil && sql != "" {
		_, err = c.Exec(ctx, sql)
	}
	if err != nil { // not to be used with another isolation
		t.disconnect()
	}
	return err
}

// resume reads the committed offsets, once.
func (t *Task) resume(ctx context.Context) error {
	if t.known {
		return nil
	}
	for _, r := range t.readers {
		all := []*connect.SourcePartition{r.partition}
		if r.id.Name != "" {
			_, older := partitions(r.id)
			all = append(all, older...)
		}
		offsets, err := t.tc.Offsets(ctx, all...)
		if err != nil {
			return fmt.Errorf("reading the committed offsets of %s: %w", r.name(), err)
		}
		for _, o := range offsets {
			if o != nil {
				if r.at, err = positionOf(o); err != nil {
					return err
				}
				break
			}
		}
	}
	t.known = true
	return nil
}

// read adds rows of an open result; ended says that there are no more.
func (t *Task) read(ctx context.Context, r *reader, b *connect.SourceBatch) (ended bool, err error) {
	s := t.s
	f := filler{settings: s}
	marks := s.incrementing || s.timestamped
	for n := 0; n < s.batch && !b.Full() && ctx.Err() == nil; n++ {
		if !r.rows.Next() {
			if err := r.rows.Err(); err != nil {
				r.mark(b, false)
				return false, fmt.Errorf("reading %s: %w", r.name(), err)
			}
			if marks {
				r.mark(b, true)
			}
			return true, nil
		}
		var at position
		if marks {
			if at, err = r.positionOf(s); err != nil {
				r.mark(b, false)
				return false, err
			}
			if !s.incrementing && r.unsaid && at != r.pending {
				r.mark(b, true) // all rows of that timestamp were read
			}
		}
		f.b, f.bytes = b.Arena().Struct(r.shape.schema), 0
		if err := f.fill(r); err != nil {
			r.mark(b, false)
			return false, fmt.Errorf("%s: %w", r.name(), err)
		}
		row, err := f.b.Build()
		if err != nil {
			r.mark(b, false)
			return false, fmt.Errorf("%s: %w", r.name(), err)
		}
		record := b.Add(r.topic)
		record.SetValue(r.shape.schema, row.Value())
		b.AddBytes(f.bytes)
		if marks {
			r.pending, r.unsaid = at, true
		}
	}
	if marks {
		r.mark(b, s.incrementing)
	}
	return false, nil
}

// mark states how far the rows added so far reach. Without all, rows of the last timestamp may be missing yet, and what is said is the position before
// them.
func (r *reader) mark(b *connect.SourceBatch, all bool) {
	if !all && r.settings.incrementing {
		all = true // every row has a place of its own
	}
	if all && r.unsaid {
		r.at, r.unsaid = r.pending, false
		b.Mark(r.partition, r.at)
	} else if len(b.Records()) > 0 && (r.at.hasInc || r.at.hasTime) {
		b.Mark(r.partition, r.at)
	}
}

// positionOf returns the position of the row under the cursor.
func (r *reader) positionOf(s *settings) (p position, err error) {
	if s.incrementing {
		cell := r.rows.Cell(r.shape.inc)
		if cell.Null {
			return p, fmt.Errorf("%s has a row with null in the incrementing column %s", r.name(), r.inc)
		}
		if p.inc, err = integer(&cell); err != nil {
			return p, fmt.Errorf("%s: incrementing column %s: %w", r.name(), r.inc, err)
		}
		p.hasInc = true
	}
	if !s.timestamped {
		return p, nil
	}
	for _, i := range r.shape.stamps {
		cell := r.rows.Cell(i)
		if cell.Null {
			continue
		}
		c := column{}
		if r.stampColumn != nil {
			c.Column = *r.stampColumn
		}
		t, err := s.moment(&c, &cell, s.zone)
		if err != nil {
			return p, fmt.Errorf("%s: timestamp column: %w", r.name(), err)
		}
		t = s.Dialect.Compared(t)
		p.hasTime, p.millis, p.nanos = true, t.UnixMilli(), t.Nanosecond()
		return p, nil
	}
	return p, fmt.Errorf("%s has a row with null in all timestamp columns", r.name())
}

// fill fills a struct with the row under the cursor.
func (f *filler) fill(r *reader) error {
	for i := range r.shape.columns {
		c := &r.shape.columns[i]
		cell := r.rows.Cell(c.cell)
		if cell.Null || zeroDate(c, &cell) {
			if !c.Nullable {
				if c.schema.ValueKind() == data.TimestampKind || c.schema.ValueKind() == data.DateKind {
					f.b.Set(i, data.TemporalMillis(c.schema.ValueKind(), 0))
					continue
				}
				return fmt.Errorf("column %s: null in a column that was not null", c.Name)
			}
			f.b.Null(i)
			continue
		}
		if err := c.fill(f, i, c, &cell); err != nil {
			return fmt.Errorf("column %s: %w", c.Name, err)
		}
	}
	return nil
}

// zeroDate recognizes MySQL's 0000-00-00.
func zeroDate(c *column, cell *dialect.Cell) bool {
	return (c.JDBC == dialect.Timestamp || c.JDBC == dialect.Date) && strings.HasPrefix(string(cell.Text[:min(10, len(cell.Text))]), "0000-00-0")
}

var _ connect.SourceTask = (*Task)(nil)
