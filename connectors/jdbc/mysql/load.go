package mysql

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync/atomic"

	driver "github.com/go-sql-driver/mysql"

	"github.com/moldau/moldau/connectors/jdbc/dialect"
)

// fewRows go as fast by one statement with parameters; fewStaged where a temporary table is needed.
const (
	fewRows   = 20
	fewStaged = 100
)

// conn is a connection that can load rows as if from a file of the client.
type conn struct {
	dialect.Conn
	reader string // the name under which the driver finds the rows
	rows   *loadReader
	closed error // why nothing can be loaded
}

var readers atomic.Int64

// loading makes a connection one that loads rows, unless the parameters of its URL forbid it. The server gets what it asks for only if it asks for
// the reader of this connection: the driver opens no files.
func loading(c dialect.Conn, t dialect.Target) dialect.Conn {
	if !mayLoad(t) {
		return c
	}
	l := &conn{Conn: c, reader: fmt.Sprintf("moldau-%d", readers.Add(1)), rows: &loadReader{}}
	driver.RegisterReaderHandler(l.reader, func() io.Reader { return l.rows })
	return l
}

// mayLoad reads the parameters by which the Java drivers allow it; those of MariaDB and MySQL differ, and so do their defaults. Here only a false
// forbids it, since no file is ever read.
func mayLoad(t dialect.Target) bool {
	s, err := dialect.ParseServer(t.URL.Rest)
	if err != nil {
		return false
	}
	p := &s.Params
	p.SetAll(t.Properties)
	for _, name := range []string{"allowLoadLocalInfile", "allowLocalInfile"} {
		if v := p.Take(name); v != "" && !dialect.IsTrue(v) {
			return false
		}
	}
	return true
}

// Close implements dialect.Conn.
func (c *conn) Close() error {
	driver.DeregisterReaderHandler(c.reader)
	return c.Conn.Close()
}

// Bulk implements dialect.BulkWriter: LOAD DATA LOCAL into the table, or for updates into a temporary one that is joined. Upserts and deletes of
// many rows are faster by statements of many rows than through a temporary table.
//
// The server takes errors of rows for warnings when they are loaded so, and goes on with something else in their place. So every batch that
// leaves a warning, or fewer rows than it had, is undone and goes by INSERT, which finds the error. Where nothing can be undone, rows go by INSERT at once.
func (d Dialect) Bulk(ctx context.Context, c dialect.Conn, w *dialect.Write) (slow, err error) {
	l, ok := c.(*conn)
	switch {
	case !ok, w.Op == dialect.Upsert, w.Op == dialect.Insert && w.Lasting, w.Op == dialect.Delete, w.Rows < fewRows, w.Op == dialect.Update && w.Rows < fewStaged:
		return dialect.ErrFew, nil
	case l.closed != nil:
		return l.closed, nil
	case w.Op == dialect.Insert:
		return l.load(ctx, d, w, w.Table)
	}
	for _, k := range w.Columns[:w.Keys] {
		if !k.JDBC.Whole() { // keys that only the database finds equal have an order
			return dialect.ErrFew, nil
		}
	}
	return l.update(ctx, d, w)
}

const staged = "`moldau_staged`"

// update loads the rows into a temporary table and joins it. Neither statement ends the transaction.
func (c *conn) update(ctx context.Context, d Dialect, w *dialect.Write) (slow, err error) {
	for _, sql := range []string{"DROP TEMPORARY TABLE IF EXISTS " + staged,
		"CREATE TEMPORARY TABLE " + staged + " AS SELECT " + strings.Join(w.Quoted, ",") + " FROM " + w.Table + " LIMIT 0"} {
		if _, err := c.Exec(ctx, sql); err != nil {
			return c.refused(d, err)
		}
	}
	if slow, err := c.load(ctx, d, w, staged); slow != nil || err != nil {
		return slow, err
	}
	match := make([]string, w.Keys)
	for i, k := range w.Quoted[:w.Keys] {
		match[i] = "t." + k + "=s." + k
	}
	set := make([]string, 0, len(w.Quoted)-w.Keys)
	for _, q := range w.Quoted[w.Keys:] {
		set = append(set, "t."+q+"=s."+q)
	}
	_, err = c.Exec(ctx, "UPDATE "+w.Table+" t JOIN "+staged+" s ON "+strings.Join(match, " AND ")+" SET "+strings.Join(set, ","))
	return nil, err
}

// load sends the rows to a table.
func (c *conn) load(ctx context.Context, d Dialect, w *dialect.Write, table string) (slow, err error) {
	c.rows.reset(d, w)
	n, err := c.Exec(ctx, loadStatement(c.reader, table, w))
	c.rows.w = nil // a server that asks for rows at another time gets none
	switch {
	case c.rows.err != nil && c.Alive(): // the rows before it were loaded
		var row *dialect.RowError
		if errors.As(c.rows.err, &row) {
			return nil, c.rows.err
		}
		return dialect.ErrOther, nil
	case err != nil:
		return c.refused(d, err)
	}
	warnings, err := dialect.Read(ctx, c, "SHOW COUNT(*) WARNINGS") // a SELECT would be prepared, which resets the count
	if err != nil {
		return nil, err
	}
	if n != int64(w.Rows) || len(warnings) != 1 || warnings[0][0] != "0" {
		return dialect.ErrOther, nil
	}
	return nil, nil
}

// Errors of a server that takes no writes for a while, whatever the way: ER_OPTION_PREVENTS_STATEMENT, ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION, ER_READ_ONLY_MODE.
const (
	readOnly            = 1290
	readOnlyTransaction = 1792
	readOnlyMode        = 1836
)

// refused tells errors of this way of writing from others: the server or the account does not allow it.
func (c *conn) refused(d Dialect, err error) (slow, _ error) {
	var e *driver.MySQLError
	if !errors.As(err, &e) || !c.Alive() {
		return nil, err
	}
	switch e.Number {
	case 1148, 3948, 3950, 4166: // local_infile is off
		c.closed = fmt.Errorf("LOAD DATA LOCAL is not allowed, local_infile=ON at the server allows it: %w", err)
		return c.closed, nil
	case readOnly, readOnlyTransaction, readOnlyMode:
		return nil, err
	}
	if f := d.Classify(err); f == dialect.Unknown || f == dialect.Login {
		return err, nil // the statement that takes its place says what is wrong with the table
	}
	return nil, err
}
