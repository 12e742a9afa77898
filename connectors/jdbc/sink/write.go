package sink

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connectors/jdbc/dialect"
)

// transaction writes the rows of a lane.
type transaction struct {
	*settings
	c        dialect.Conn
	log      *slog.Logger
	reporter connect.ErrantRecordReporter
	// careful says that savepoints are set, atOnce that all constraints are checked with each statement.
	careful, atOnce bool
	aside           []aside
	// lastTry says that rows whose parents are missing are not waited for any longer.
	lastTry bool
	// lasting says that a table is among them whose rows stay when the transaction is undone.
	lasting bool
	// overtaken are those of the table that is being written, and reordered says that its rows do not have the order of their records.
	overtaken map[*connect.Record][]overtaken
	reordered bool
	letters   *letters
	args      []any
}

// reported is an error of reporting: the record may not be skipped.
type reported struct{ error }

func (e reported) Unwrap() error { return e.error }

// write writes a group in pieces of batch.size.
func (x *transaction) write(ctx context.Context, g *group) error {
	size := x.batchSize
	if size == 0 {
		size = len(g.rows)
	}
	for from := 0; from < len(g.rows); from += size {
		rows := g.rows[from:min(from+size, len(g.rows))]
		w := g.shape.write
		w.Rows = len(rows)
		w.Arg = func(row, column int) (dialect.Arg, error) { return g.shape.plan.arg(x.settings, rows[row], column) }
		if err := x.piece(ctx, g.shape, &w, rows, false); err != nil {
			return err
		}
	}
	return nil
}

// piece writes rows, in halves where the database refuses some of them, until each row that it refuses stands alone and is reported, or ends the task.
// Plain says that they go by statements.
func (x *transaction) piece(ctx context.Context, sh *shape, w *dialect.Write, rows []*connect.Record, plain bool) error {
	bulk, _ := x.Dialect.(dialect.BulkWriter)
	if plain || sh.table.noBulk.Load() {
		bulk = nil
	}
	w.Distinct = sh.distinct.Load()
	if !x.careful {
		return x.ordered(x.send(ctx, bulk, sh, w))
	}
	set, back, release := x.Dialect.Savepoint()
	if _, err := x.c.Exec(ctx, set); err != nil {
		return err
	}
	err := x.ordered(x.send(ctx, bulk, sh, w))
	if err == nil {
		return x.steps(ctx, release)
	}
	if errors.As(err, new(errOrder)) {
		return err
	}
	var again errAgain
	unlike := errors.As(err, &again)
	if !unlike && !x.refused(err) && (w.Rows == 1 || x.fault(err) != dialect.Twice) {
		return err
	}
	if w.Rows == 1 && !unlike {
		if failure := x.steps(ctx, back); failure != nil {
			return errors.Join(err, failure)
		}
		err = x.blamed(ctx, w, err)
		back = ""
	}
	if failure := x.steps(ctx, back, release); failure != nil {
		return errors.Join(err, failure)
	}
	if unlike {
		return x.piece(ctx, sh, w, rows, errors.Is(err, dialect.ErrOther))
	}
	if w.Rows == 1 {
		bad := aside{sh, rows[0], x.overtaken, fmt.Errorf("the database refuses the row for table %s: %w", w.Name, err)}
		if x.atOnce {
			x.aside = append(x.aside, bad)
			return nil
		}
		return x.report(ctx, bad)
	}
	half := w.Rows / 2
	if err := x.piece(ctx, sh, w.Slice(0, half), rows[:half], plain); err != nil {
		return err
	}
	return x.piece(ctx, sh, w.Slice(half, w.Rows), rows[half:], plain)
}

// ordered marks an error that rows in the order of their records may not cause. Constraints that are checked at once find who breaks them at the end,
// which no order helps.
func (x *transaction) ordered(err error) error {
	if err != nil && x.reordered && !x.atOnce && x.c.Alive() && x.fault(err) == dialect.Unique {
		return errOrder{err}
	}
	return err
}

// aside is a row that was refused with all constraints checked at once: what it lacks may come behind it.
type aside struct {
	shape     *shape
	record    *connect.Record
	overtaken map[*connect.Record][]overtaken
	err       error
}

// settle tries the rows that were set aside again, as long as that helps, and reports what remains.
func (x *transaction) settle(ctx context.Context) error {
	for before := -1; len(x.aside) > 0 && len(x.aside) != before; {
		list := x.aside
		before, x.aside = len(list), nil
		for _, a := range list {
			x.overtaken = a.overtaken
			if err := x.write(ctx, &group{shape: a.shape, rows: []*connect.Record{a.record}}); err != nil {
				return err
			}
		}
	}
	list := x.aside
	x.aside, x.atOnce = nil, false
	for _, a := range list {
		x.overtaken = a.overtaken
		if err := x.report(ctx, a); err != nil {
			return err
		}
	}
	return nil
}

// steps runs statements that have neither parameters nor results, but for empty ones.
func (x *transaction) steps(ctx context.Context, all ...string) error {
	for _, sql := range all {
		if sql == "" {
			continue
		}
		if _, err := x.c.Exec(ctx, sql); err != nil {
			return err
		}
	}
	return nil
}

// empty deletes all rows of a table.
func (x *transaction) empty(ctx context.Context, t *table) error {
	sql := "DELETE FROM " + t.quoted
	if d, ok := x.Dialect.(dialect.Truncater); ok {
		sql = d.Truncate(t.quoted)
	}
	_, err := x.c.Exec(ctx, sql)
	return err
}

// before writes the records that a refused one had overtaken, one after the other: without it they are what stands for their key.
func (x *transaction) before(ctx context.Context, r *connect.Record) error {
	for _, o := range x.overtaken[r] {
		if err := x.write(ctx, &group{shape: o.shape, rows: []*connect.Record{o.record}}); err != nil {
			return err
		}
	}
	return nil
}

// send writes rows in the fast way, or else by statements. With errAgain nothing of the transaction, or since the savepoint, may stay, and the rows
// are to be sent again.
func (x *transaction) send(ctx context.Context, bulk dialect.BulkWriter, sh *shape, w *dialect.Write) error {
	if bulk == nil {
		return x.statements(ctx, sh, w)
	}
	slow, err := bulk.Bulk(ctx, x.c, w)
	switch {
	case errors.Is(slow, dialect.ErrFew):
		return x.statements(ctx, sh, w)
	case errors.Is(slow, dialect.ErrOther):
		return errAgain{slow}
	case slow != nil:
		if !sh.table.noBulk.Swap(true) {
			x.log.Info("Rows of the table are written by single statements from now on: the fast way is closed", "table", w.Name, "operation", w.Op.String(), "reason", slow)
		}
		return errAgain{slow}
	case err != nil && x.c.Alive() && x.fault(err) == dialect.Twice && !sh.distinct.Swap(true):
		return errAgain{err}
	}
	return err
}

// statements writes rows by statements with parameters, as many at a time as the dialect takes.
func (x *transaction) statements(ctx context.Context, sh *shape, w *dialect.Write) error {
	most := x.Dialect.MostRows(w.Op, len(w.Columns))
	for from := 0; from < w.Rows; from += most {
		n := min(most, w.Rows-from)
		text := sh.statement(x.Dialect, w, n)
		x.args = x.args[:0]
		for row := from; row < from+n; row++ {
			if err := x.bind(w, row); err != nil {
				return err
			}
		}
		if _, err := x.c.Exec(ctx, text, x.args...); err != nil {
			return err
		}
	}
	return nil
}

// bind appends the arguments of a row.
func (x *transaction) bind(w *dialect.Write, row int) error {
	columns := len(w.Columns)
	for n := range columns {
		i := n
		if w.Op.WritesKeysLast() {
			i = (n + w.Keys) % columns
		}
		a, err := w.Arg(row, i)
		if err != nil {
			return err
		}
		arg, err := x.Dialect.Bind(a, &w.Columns[i])
		if err != nil {
			return &dialect.RowError{Column: w.Columns[i].Name, Err: err}
		}
		x.args = append(x.args, arg)
	}
	return nil
}

// statement returns the text that writes n rows, which is the same for most pieces.
func (sh *shape) statement(d dialect.Dialect, w *dialect.Write, n int) string {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	text, ok := sh.texts[n]
	if !ok {
		if len(sh.texts) > 32 { // halves have all sizes
			clear(sh.texts)
		}
		text = d.Statement(w, n)
		sh.texts[n] = text
	}
	return text
}
