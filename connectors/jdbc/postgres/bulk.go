package postgres

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"runtime/debug"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/connectors/jdbc/dialect"
)

// fewRows go faster by one statement with parameters than by COPY, which takes more round trips when rows are merged.
const (
	fewRows   = 8
	fewMerged = 40
)

// Bulk implements dialect.BulkWriter: COPY into the table, or into a temporary one that is merged then. Rows of an upsert whose keys are all new go
// into the table at once.
func (d Dialect) Bulk(ctx context.Context, c dialect.Conn, w *dialect.Write) (slow, err error) {
	pg, ok := c.(*conn)
	if !ok || w.Op == dialect.Insert && w.Rows < fewRows || w.Op != dialect.Insert && w.Op != dialect.Update && w.Rows < fewMerged {
		return errFew, nil
	}
	columns := strings.Join(w.Quoted, ",")
	direct := "COPY " + w.Table + " (" + columns + ") FROM STDIN"
	if w.Op == dialect.Insert {
		return refused(pg.copy(ctx, w, direct))
	}
	staged := staging(w)
	if w.Op == dialect.Upsert && !w.Distinct {
		if done, err := pg.allNew(ctx, w, staged, direct); done || err != nil {
			return refused(err)
		}
	}
	if slow, err := refused(pg.stage(ctx, w, staged, columns)); slow != nil || err != nil {
		return slow, err
	}
	if _, err := pg.Exec(ctx, merge(w, staged, columns)); err != nil {
		return refused(err)
	}
	return nil, nil
}

// errFew is no reason to tell anybody: the other way is the faster one.
var errFew = dialect.ErrFew

// refused tells errors of this way of writing from errors of the rows: a right that is missing, a view, a table with row security.
func refused(err error) (slow, _ error) {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		switch pg.Code {
		case "42501", "0A000", "42809":
			return err, nil
		}
	}
	return nil, err
}

// staging names the temporary table for rows of these columns. It is per session; its columns are those of the table when it was made, so a
// table that changes gets another one.
func staging(w *dialect.Write) string {
	h := fnv.New64a()
	fmt.Fprintf(h, "%s|%d|%q", w.Table, w.Keys, w.Quoted)
	for _, c := range w.Columns {
		fmt.Fprintf(h, "|%s|%d|%d", c.Type, c.Precision, c.Scale)
	}
	return fmt.Sprintf("moldau_%016x", h.Sum64())
}

// stage brings the rows into the temporary table, which is made at its first use and empties itself at the end of each transaction.
func (c *conn) stage(ctx context.Context, w *dialect.Write, staged, columns string) error {
	state, known := c.staged[staged]
	var sql string
	switch {
	case !known:
		if len(c.staged) >= mostStaged {
			sql, c.staged = "DISCARD TEMP; ", nil
		}
		sql += "CREATE TEMPORARY TABLE IF NOT EXISTS " + staged + " ON COMMIT DELETE ROWS AS SELECT " + columns + " FROM " + w.Table + " WITH NO DATA; TRUNCATE pg_temp." + staged
	case state == filled:
		sql = "TRUNCATE pg_temp." + staged
	}
	if sql != "" {
		if _, err := c.Exec(ctx, sql); err != nil {
			return err
		}
	}
	if c.staged == nil {
		c.staged = map[string]stagedState{}
	}
	c.staged[staged] = filled
	return c.copy(ctx, w, "COPY pg_temp."+staged+" ("+columns+") FROM STDIN")
}

// mostStaged bounds the temporary tables of a connection, each of which is emptied at every commit: records without schema may have any of their members.
const mostStaged = 64

// stagedState is what is known of a temporary table. A transaction that is undone leaves nothing known.
type stagedState uint8

const (
	empty stagedState = iota
	filled
)

// ended notes that a transaction, or a part of it, is over.
func (c *conn) ended(sql string) {
	switch {
	case strings.HasPrefix(sql, "ROLLBACK"):
		clear(c.staged)
	case sql == "COMMIT" && c.pg.PgConn().TxStatus() == 'I':
		for name := range c.staged {
			c.staged[name] = empty
		}
	}
}

func merge(w *dialect.Write, staged, columns string) string {
	match := make([]string, w.Keys)
	for i, k := range w.Quoted[:w.Keys] {
		match[i] = "t." + k + "=s." + k
	}
	where := strings.Join(match, " AND ")
	rows := "SELECT " + columns + " FROM pg_temp." + staged
	if w.Distinct || w.Op == dialect.Update && !plainKeys(w) { // COPY has put the rows behind each other: the greatest place is that of the last
		keys := strings.Join(w.Quoted[:w.Keys], ",")
		rows = "SELECT DISTINCT ON (" + keys + ") " + columns + " FROM pg_temp." + staged + " ORDER BY " + keys + ",ctid DESC"
	}
	switch w.Op {
	case dialect.Delete:
		return "DELETE FROM " + w.Table + " t USING pg_temp." + staged + " s WHERE " + where
	case dialect.Update:
		return "UPDATE " + w.Table + " t SET " + dialect.Assign(w.Quoted[w.Keys:], "s.", "") + " FROM (" + rows + ") s WHERE " + where
	}
	return "INSERT INTO " + w.Table + " (" + columns + ") " + rows + dialect.OnConflict(w)
}

// plainKeys reports whether different keys are different for the database too, as numbers are; an UPDATE says nothing when they are not.
func plainKeys(w *dialect.Write) bool {
	for _, c := range w.Columns[:w.Keys] {
		if !c.JDBC.Whole() {
			return false
		}
	}
	return true
}

// copy sends the rows.
func (c *conn) copy(ctx context.Context, w *dialect.Write, sql string) error {
	order, err := byKey(w)
	if err != nil {
		return err
	}
	r := &copyReader{w: w, order: order, buf: c.buf[:0]}
	_, err = c.pg.PgConn().CopyFrom(ctx, r, sql)
	if c.pg.IsClosed() {
		return err // the driver's goroutine may still be reading
	}
	if c.buf = r.buf; cap(c.buf) > mostBuffer {
		c.buf = nil
	}
	if r.panic != nil {
		panic(r.panic)
	}
	if r.err != nil {
		return r.err // the server only says that the client gave up
	}
	return err
}

// copyReader writes rows in COPY's text format as they are asked for, so that memory does not grow with their number. The driver reads it on a
// goroutine of its own, where a panic would end the process instead of the task.
type copyReader struct {
	w *dialect.Write
	// order is that of the rows, nil for theirs.
	order []int32

	row  int
	buf  []byte
	sent int
	err  error
	// panic is what a value ended in, for the task's goroutine.
	panic any
}

// mostBuffer is how much a connection keeps for the next COPY: one large value shall not stay in memory.
const mostBuffer = 4 << 20

// copyChunk is how much text is made at a time.
const copyChunk = 64 << 10

func (r *copyReader) Read(p []byte) (n int, err error) {
	defer func() {
		if x := recover(); x != nil {
			r.panic = fmt.Sprintf("%v\n%s", x, debug.Stack())
			n, err = 0, errPanic
		}
	}()
	if r.sent == len(r.buf) {
		r.buf, r.sent = r.buf[:0], 0
		for r.row < r.w.Rows && len(r.buf) < copyChunk {
			if r.err = r.appendRow(); r.err != nil {
				return 0, r.err
			}
			r.row++
		}
		if len(r.buf) == 0 {
			return 0, io.EOF
		}
	}
	n = copy(p, r.buf[r.sent:])
	r.sent += n
	return n, nil
}

var errPanic = errors.New("a value could not be written")

func (r *copyReader) appendRow() error {
	row := r.row
	if r.order != nil {
		row = int(r.order[row])
	}
	for i := range r.w.Columns {
		if i > 0 {
			r.buf = append(r.buf, '\t')
		}
		a, err := r.w.Arg(row, i)
		if err != nil {
			return err
		}
		if a.Kind == data.NullKind {
			r.buf = append(r.buf, '\\', 'N')
			continue
		}
		start := len(r.buf)
		if r.buf, err = appendValue(r.buf, a, &r.w.Columns[i]); err != nil {
			return &dialect.RowError{Column: r.w.Columns[i].Name, Err: err}
		}
		switch a.Kind {
		case data.StringKind, data.BytesKind, data.ListKind:
			r.buf = escape(r.buf, start, "\\\n\r\t", copyAs)
		}
	}
	r.buf = append(r.buf, '\n')
	return nil
}
