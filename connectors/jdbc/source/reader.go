package source

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connectors/jdbc/dialect"
)

// reader reads one table, a part of one, or the query.
type reader struct {
	settings  *settings
	log       *slog.Logger
	id        dialect.TableID // without name for a query
	part      *part           // nil for a whole table
	run       run             // within the snapshot of the task
	topic     string
	partition *connect.SourcePartition
	known     bool     // the committed offset was read
	at        position // behind the last row that a mark covers
	due       time.Time
	looks     int // early ones for rows that are held back, since the last turn in time
	failures  int
	doubted   bool // the table was looked at again for an error of a row of this result

	table       *dialect.Table
	inc         string
	stamps      []string
	stampColumn *dialect.Column
	guard       guard
	again       again
	// prepared says that a query was looked at, described what was found; nothing where the database's results say all.
	prepared  bool
	described []dialect.Result
	// last and now are the greatest number and the time of the database as seen last, for Lag.
	last, now int64

	stamp column // of the timestamp, as moment wants it

	rows   dialect.Rows // nil between two queries
	cancel context.CancelFunc
	shape  *shape
	// pending is the position of rows that were added without a mark, since others may follow with the same timestamp.
	pending position
	unsaid  bool
}

func (r *reader) name() string {
	switch {
	case r.id.Name == "":
		return "the query"
	case r.part != nil:
		return "table " + r.id.String() + ", part " + r.part.String()
	}
	return "table " + r.id.String()
}

// from is the table as statements have it.
func (r *reader) from() string {
	id := r.id
	if !r.settings.qualify {
		id = dialect.TableID{Name: id.Name}
	}
	return id.Quoted(r.settings.name)
}

// rest says when the reader is due again.
func (r *reader) rest() {
	wait := r.settings.poll
	const mostLooks = 4
	if r.guard.waits() && r.looks < mostLooks {
		wait = min(wait, lookAgain<<r.looks)
		r.looks++
	} else {
		r.looks = 0
	}
	if r.part != nil && r.part.more {
		wait = 0
	}
	r.due = time.Now().Add(wait)
}

// close ends a result.
func (r *reader) close() {
	if r.rows != nil {
		r.cancel()
		if err := r.rows.Close(); err != nil {
			r.log.Debug("Closing a result failed", "error", err)
		}
		r.rows = nil
	}
}

// begin connects where it must and runs the query of a reader. opened is false where nothing is to be read yet.
func (t *Task) begin(ctx context.Context, r *reader) (opened bool, err error) {
	if err := t.connected(ctx); err != nil {
		return false, err
	}
	if err := t.resume(ctx, r); err != nil {
		return false, err
	}
	if r.table == nil {
		if err := r.prepare(ctx, t.c); err != nil {
			return false, err
		}
	}
	if r.stampColumn != nil {
		r.stamp.Column = *r.stampColumn
	}
	where, args, ok, err := r.where(ctx, t)
	if err != nil || !ok {
		return false, err
	}
	qctx, cancel := context.WithCancel(t.ctx)
	rows, err := t.c.Query(qctx, r.text(where), args...)
	if err != nil {
		cancel()
		return false, fmt.Errorf("reading %s: %w", r.name(), err)
	}
	r.rows, r.cancel, r.unsaid = rows, cancel, false
	if r.shape != nil && same(r.shape, rows.Columns()) {
		return true, nil
	}
	if r.shape != nil && r.id.Name != "" { // the table has changed
		r.close()
		r.shape, r.table = nil, nil
		t.disconnect() // the rest of the result is not waited for
		return t.begin(ctx, r)
	}
	sh, err := r.shapeOf(rows.Columns())
	if err == nil {
		err = r.checkShape(sh)
	}
	if err != nil {
		r.close()
		return false, err
	}
	r.shape = sh
	if len(sh.dropped) > 0 {
		r.log.Warn("Columns of types that have no place in Connect's data are left out", "table", r.name(), "columns", strings.Join(sh.dropped, ", "))
	}
	return true, nil
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

// connected opens the connection where there is none.
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
	if n, ok := t.s.Dialect.(dialect.CatalogNamer); ok && err == nil && t.catalog == "" && t.s.query == "" {
		var rows [][]string
		if rows, err = dialect.Read(ctx, c, n.CurrentCatalog()); err == nil && len(rows) == 1 {
			t.catalog = rows[0][0]
		}
	}
	if err != nil { // not to be used with another isolation
		t.disconnect()
	}
	return err
}

func (t *Task) disconnect() {
	if t.open != nil {
		t.open.close()
		t.open = nil
	}
	t.leaveSnapshot()
	if t.c != nil {
		if err := t.c.Close(); err != nil {
			t.tc.Logger().Debug("Closing a connection failed", "error", err)
		}
		t.c = nil
	}
}

// judge says whether an error of the database is worth another try.
func (t *Task) judge(err error) error {
	fault := t.s.Dialect.Classify(err)
	if t.c != nil && !t.c.Alive() {
		fault = dialect.Network
	}
	if fault == dialect.Network || t.snapshot { // which is of no use after an error
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

// resume reads the committed offset of a reader, once.
func (t *Task) resume(ctx context.Context, r *reader) error {
	if r.known {
		return nil
	}
	all := []*connect.SourcePartition{r.partition}
	if r.id.Name != "" {
		all = append(all, olderPartitions(r.id, t.catalog, r.part != nil)...)
	}
	offsets, err := t.tc.Offsets(ctx, all...)
	if err != nil {
		return fmt.Errorf("reading the committed offset of %s: %w", r.name(), err)
	}
	for i, o := range offsets {
		if o == nil {
			continue
		}
		at, err := positionOf(o)
		if err != nil {
			return fmt.Errorf("%s: %w", r.name(), err)
		}
		if i == 0 && r.part != nil {
			r.at = at
			break
		}
		if r.at.before(at) {
			r.at = at
		}
	}
	if r.part != nil {
		r.part.resume(r.at)
	}
	r.known = true
	return nil
}
