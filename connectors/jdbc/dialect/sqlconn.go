package dialect

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"strings"
)

// SQLOption changes what OverSQL returns.
type SQLOption func(*sqlConn)

// TypeByValue names the types of columns that have none by their first value.
func TypeByValue(name func(Cell) string) SQLOption {
	return func(s *sqlConn) { s.byValue = name }
}

// Prepared reads what begins with SELECT by prepared statements, also without arguments: MySQL sends floating point numbers with all their digits then.
func Prepared() SQLOption {
	return func(s *sqlConn) { s.prepare = true }
}

// CellsAs changes cells as they are read, where a driver gives values in a form of its own.
func CellsAs(change func(r *Result, c *Cell)) SQLOption {
	return func(s *sqlConn) { s.change = change }
}

// ErrorsAs changes errors of statements, where a driver's own words do not say what to do.
func ErrorsAs(change func(error) error) SQLOption {
	return func(s *sqlConn) { s.errorsAs = change }
}

// First runs statements on the new connection, such as settings of its session.
func First(statements ...string) SQLOption {
	return func(s *sqlConn) { s.first = statements }
}

// Underlying is a Conn over a driver of database/sql, whose own connection can do more than statements.
type Underlying interface {
	Raw(f func(driverConn any) error) error
}

// OverSQL returns a Conn of a driver of database/sql: one connection of the pool, which is closed with it.
func OverSQL(ctx context.Context, db *sql.DB, options ...SQLOption) (Conn, error) {
	db.SetMaxOpenConns(1)
	db.SetMaxIdleConns(1)
	c, err := db.Conn(ctx)
	if err == nil {
		if err = c.PingContext(ctx); err != nil {
			err = errors.Join(err, c.Close())
		}
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	s := &sqlConn{db: db, c: c, alive: true, prepared: map[string]*sql.Stmt{}}
	for _, o := range options {
		o(s)
	}
	for _, text := range s.first {
		if _, err := s.Exec(ctx, text); err != nil {
			return nil, errors.Join(err, s.Close())
		}
	}
	return s, nil
}

type sqlConn struct {
	db    *sql.DB
	c     *sql.Conn
	alive bool
	// prepared are the statements with arguments: a sink has few, and their text is long.
	prepared map[string]*sql.Stmt
	byValue  func(Cell) string
	prepare  bool
	change   func(*Result, *Cell)
	first    []string
	errorsAs func(error) error
}

// Raw implements Underlying.
func (s *sqlConn) Raw(f func(driverConn any) error) error {
	err := s.c.Raw(f)
	if err != nil {
		return s.seen(err)
	}
	return nil
}

// mostPrepared bounds the statements kept; bisection makes many sizes of one.
const mostPrepared = 64

func (s *sqlConn) statement(ctx context.Context, text string) (*sql.Stmt, error) {
	if st, ok := s.prepared[text]; ok {
		return st, nil
	}
	if len(s.prepared) >= mostPrepared {
		s.forget()
	}
	st, err := s.c.PrepareContext(ctx, text)
	if err != nil {
		return nil, err
	}
	s.prepared[text] = st
	return st, nil
}

func (s *sqlConn) forget() {
	for k, st := range s.prepared {
		_ = st.Close() // the connection goes on without it
		delete(s.prepared, k)
	}
}

func (s *sqlConn) Exec(ctx context.Context, text string, args ...any) (int64, error) {
	var result sql.Result
	var err error
	if len(args) == 0 {
		result, err = s.c.ExecContext(ctx, text)
	} else {
		var st *sql.Stmt
		if st, err = s.statement(ctx, text); err == nil {
			if result, err = st.ExecContext(ctx, args...); err != nil { // MariaDB's keep an error of values that were sent in pieces
				_ = st.Close() // the error of the statement counts
				delete(s.prepared, text)
			}
		}
	}
	if err != nil {
		return 0, s.seen(err)
	}
	return result.RowsAffected()
}

func (s *sqlConn) Query(ctx context.Context, text string, args ...any) (Rows, error) {
	var rows *sql.Rows
	var err error
	var st *sql.Stmt                                                                           // of this result alone
	if s.prepare && len(args) == 0 && len(text) > 6 && strings.EqualFold(text[:6], "SELECT") { // not SHOW WARNINGS, which another statement resets
		if st, err = s.c.PrepareContext(ctx, text); err != nil {
			return nil, s.seen(err)
		}
		if rows, err = st.QueryContext(ctx); err != nil {
			return nil, s.seen(errors.Join(err, st.Close()))
		}
	} else if rows, err = s.c.QueryContext(ctx, text, args...); err != nil {
		return nil, s.seen(err)
	}
	r := &sqlRows{conn: s, rows: rows, st: st}
	types, err := rows.ColumnTypes()
	if err != nil {
		return nil, errors.Join(s.seen(err), r.Close())
	}
	r.cells, r.into = make([]Cell, len(types)), make([]any, len(types))
	for i, t := range types {
		r.into[i] = &r.cells[i]
		x := Result{Name: t.Name(), Type: strings.ToUpper(t.DatabaseTypeName()), Precision: -1, Scale: -1}
		if p, scale, ok := t.DecimalSize(); ok {
			x.Precision, x.Scale = int(p), int(scale)
		}
		x.Nullable, x.Known = t.Nullable()
		r.columns = append(r.columns, x)
	}
	if s.byValue != nil {
		for i := range r.columns {
			if r.columns[i].Type != "" {
				continue
			}
			if !r.ahead {
				r.first = r.Next()
				r.ahead = true
			}
			if r.first {
				r.columns[i].Type = s.byValue(r.cells[i])
			}
		}
	}
	return r, nil
}

// seen notes an error after which the connection is of no use.
func (s *sqlConn) seen(err error) error {
	if errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) || errors.Is(err, context.Canceled) || IsNetwork(err) {
		s.alive = false
	}
	if s.errorsAs != nil {
		return s.errorsAs(err)
	}
	return err
}

func (s *sqlConn) Alive() bool { return s.alive }

func (s *sqlConn) Close() error {
	s.alive = false
	s.forget()
	err := s.c.Close()
	if errors.Is(err, sql.ErrConnDone) {
		err = nil
	}
	return errors.Join(err, s.db.Close())
}

type sqlRows struct {
	conn    *sqlConn
	rows    *sql.Rows
	st      *sql.Stmt // closed with the rows; nil where there is none
	columns []Result
	cells   []Cell
	into    []any
	// ahead says that the first row was read to see its types; first that there was one.
	ahead, first bool
	err          error
}

func (r *sqlRows) Columns() []Result { return r.columns }

func (r *sqlRows) Next() bool {
	if r.ahead {
		r.ahead = false
		return r.first
	}
	if r.err != nil || !r.rows.Next() {
		return false
	}
	if r.err = r.rows.Scan(r.into...); r.err != nil {
		return false
	}
	if change := r.conn.change; change != nil {
		for i := range r.cells {
			change(&r.columns[i], &r.cells[i])
		}
	}
	return true
}

func (r *sqlRows) Cell(i int) *Cell { return &r.cells[i] }

func (r *sqlRows) Err() error {
	if r.err != nil {
		return r.err
	}
	if err := r.rows.Err(); err != nil {
		return r.conn.seen(err)
	}
	return nil
}

func (r *sqlRows) Close() error {
	err := r.rows.Close()
	if r.st != nil && r.conn.alive {
		err = errors.Join(err, r.st.Close())
	}
	return err
}
