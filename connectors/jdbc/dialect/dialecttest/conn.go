package dialecttest

import (
	"context"

	"github.com/moldau/moldau/connectors/jdbc/dialect"
)

// Answers is a connection to nothing: what it returns for a statement are the rows of the answer, as texts.
type Answers func(sql string, args ...any) [][]string

// Exec implements dialect.Conn.
func (a Answers) Exec(_ context.Context, sql string, args ...any) (int64, error) {
	return int64(len(a(sql, args...))), nil
}

// Query implements dialect.Conn.
func (a Answers) Query(_ context.Context, sql string, args ...any) (dialect.Rows, error) {
	return &rows{all: a(sql, args...)}, nil
}

// Alive implements dialect.Conn.
func (a Answers) Alive() bool { return true }

// Close implements dialect.Conn.
func (a Answers) Close() error { return nil }

type rows struct {
	all  [][]string
	at   int
	cell dialect.Cell
}

func (r *rows) Columns() []dialect.Result {
	if len(r.all) == 0 {
		return nil
	}
	return make([]dialect.Result, len(r.all[0]))
}

func (r *rows) Next() bool {
	r.at++
	return r.at <= len(r.all)
}

func (r *rows) Cell(i int) *dialect.Cell {
	r.cell = dialect.Cell{Text: []byte(r.all[r.at-1][i])}
	return &r.cell
}

func (r *rows) Err() error   { return nil }
func (r *rows) Close() error { return nil }
