package sink

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connectors/jdbc/dialect"
)

// transaction writes the rows of a put.
type transaction struct {
	*settings
	c        dialect.Conn
	log      *slog.Logger
	reporter connect.ErrantRecordReporter
	// lastTry says that rows whose parents are missing are not waited for any longer.
	lastTry bool
	// overtaken are those of the table that is being written.
	overtaken map[*connect.Record][]overtaken
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
		if err := x.piece(ctx, g.shape, &w, rows); err != nil {
			return err
		}
	}
	return nil
}

// piece writes rows, in halves where the database refuses some of them, until each row that it refuses stands alone and is reported.
func (x *transaction) piece(ctx context.Context, sh *shape, w *dialect.Write, rows []*connect.Record) error {
	bulk, _ := x.Dialect.(dialect.BulkWriter)
	if sh.table.noBulk {
		bulk = nil
	}
	if x.reporter == nil && bulk == nil {
		return x.statements(ctx, sh, w)
	}
	set, back, release := x.Dialect.Savepoint()
	if _, err := x.c.Exec(ctx, set); err != nil {
		return err
	}
	err := x.send(ctx, bulk, sh, w)
	if err == nil {
		return x.steps(ctx, release)
	}
	if !x.refused(err) && (w.Rows == 1 || x.fault(err) != dialect.Twice) {
		return err
	}
	if failure := x.steps(ctx, back, release); failure != nil {
		return errors.Join(err, failure)
	}
	if w.Rows == 1 {
		if err := x.before(ctx, rows[0]); err != nil {
			return err
		}
		if failure := x.reporter.Report(rows[0], fmt.Errorf("the database refuses the row for table %s: %w", w.Name, err)); failure != nil {
			return reported{failure}
		}
		return nil
	}
	half := w.Rows / 2
	if err := x.piece(ctx, sh, w.Slice(0, half), rows[:half]); err != nil {
		return err
	}
	return x.piece(ctx, sh, w.Slice(half, w.Rows), rows[half:])
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

// before writes the records that a refused one had overtaken, one after the other: without it they are what stands for their key.
func (x *transaction) before(ctx context.Context, r *connect.Record) error {
	for _, o := range x.overtaken[r] {
		if err := x.write(ctx, &group{shape: o.shape, rows: []*connect.Record{o.record}}); err != nil {
			return err
		}
	}
	return nil
}

// refused reports whether an error is the fault of rows that may be reported.
func (x *transaction) refused(err error) bool {
	if x.reporter == nil || !x.c.Alive() {
		return false
	}
	fault := x.fault(err)
	return fault == dialect.Row || fault == dialect.Twice || fault == dialect.Parent && x.lastTry
}

func (s *settings) fault(err error) dialect.Fault {
	var row *dialect.RowError
	if errors.As(err, &row) {
		return dialect.Row
	}
	return s.Dialect.Classify(err)
}

// send writes rows in the fast way, or else by statements. A savepoint is set.
func (x *transaction) send(ctx context.Context, bulk dialect.BulkWriter, sh *shape, w *dialect.Write) error {
	if bulk != nil {
		slow, err := bulk.Bulk(ctx, x.c, w)
		if slow == nil || err != nil {
			return err
		}
		if !errors.Is(slow, dialect.ErrFew) {
			sh.table.noBulk = true
			x.log.Info("Rows of the table are written by single statements from now on: the fast way is closed", "table", w.Name, "operation", w.Op.String(), "reason", slow)
			_, back, _ := x.Dialect.Savepoint()
			if err := x.steps(ctx, back); err != nil {
				return err
			}
		}
	}
	return x.statements(ctx, sh, w)
}

// statements writes rows by statements with parameters, as many at a time as the dialect takes.
func (x *transaction) statements(ctx context.Context, sh *shape, w *dialect.Write) error {
	most := x.Dialect.MostRows(w.Op, len(w.Columns))
	for from := 0; from < w.Rows; from += most {
		n := min(most, w.Rows-from)
		text, ok := sh.texts[n]
		if !ok {
			if len(sh.texts) > 32 { // halves have all sizes
				clear(sh.texts)
			}
			text = x.Dialect.Statement(w, n)
			sh.texts[n] = text
		}
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
