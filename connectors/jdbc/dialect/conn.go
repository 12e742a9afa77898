package dialect

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"
	"time"
)

// Conn is one connection. One goroutine at a time uses it; an open Rows must be closed before the next statement.
type Conn interface {
	// Exec runs a statement and returns how many rows it changed.
	Exec(ctx context.Context, sql string, args ...any) (int64, error)
	// Query runs a statement that returns rows. They are streamed: memory does not grow with the result.
	Query(ctx context.Context, sql string, args ...any) (Rows, error)
	// Alive reports whether the connection can still be used, without asking the server.
	Alive() bool
	// Close ends the connection.
	Close() error
}

// Rows is the result of a query.
type Rows interface {
	// Columns describes the columns; it may be called before Next.
	Columns() []Result
	// Next moves to the next row. False is the end or an error, see Err.
	Next() bool
	// Cell returns a value of the row. It is valid until the next call of Cell; what it refers to, until Next or Close.
	Cell(i int) *Cell
	// Err returns what ended the rows early.
	Err() error
	// Close ends the result, read to its end or not.
	Close() error
}

// Result describes a column of a result in the words of the driver.
type Result struct {
	Name string
	// Type is the driver's name of the type, upper case; OID identifies it where names are not sent (PostgreSQL).
	Type string
	OID  uint32
	// Precision and Scale are -1 where they are not known.
	Precision, Scale int
	Nullable, Known  bool // Known says that Nullable is
}

// Form says what Cell.Num is.
type Form uint8

// What drivers of binary protocols give without making an object of it.
const (
	// NoNumber: the value is in Text or Value.
	NoNumber Form = iota
	// Int is an integer, or a truth value as 1 or 0.
	Int
	// Real64 is the bits of a float64.
	Real64
	// Micros are microseconds since 1970 in UTC, LocalMicros those of a clock whose zone is not said.
	Micros
	LocalMicros
	// Days are days since 1970.
	Days
	// Raw says that Text is bytes as they are, in no notation.
	Raw
)

// Cell is a value as a driver gives it: Num as Form says, texts and bytes in Text, everything else in Value.
type Cell struct {
	Null  bool
	Form  Form
	Num   int64
	Text  []byte
	Value any
}

// Scan implements sql.Scanner without copying bytes.
func (c *Cell) Scan(src any) error {
	switch x := src.(type) {
	case nil:
		*c = Cell{Null: true}
	case []byte:
		*c = Cell{Text: x}
	case string:
		*c = Cell{Text: []byte(x)}
	default:
		*c = Cell{Value: x}
	}
	return nil
}

// String returns the value as text.
func (c *Cell) String() string {
	switch {
	case c.Null:
		return ""
	case c.Form == Int:
		return strconv.FormatInt(c.Num, 10)
	case c.Form == Real64:
		return strconv.FormatFloat(math.Float64frombits(uint64(c.Num)), 'g', -1, 64)
	case c.Form == Micros || c.Form == LocalMicros:
		return time.UnixMicro(c.Num).UTC().Format("2006-01-02 15:04:05.999999")
	case c.Form == Days:
		return time.Unix(c.Num*24*60*60, 0).UTC().Format(time.DateOnly)
	case c.Value != nil:
		return fmt.Sprint(c.Value)
	}
	return string(c.Text)
}

// Read runs a query and returns its rows as texts, null as "": for catalogs, not for data.
func Read(ctx context.Context, c Conn, sql string, args ...any) (_ [][]string, err error) {
	rows, err := c.Query(ctx, sql, args...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	var all [][]string
	for n := len(rows.Columns()); rows.Next(); {
		row := make([]string, n)
		for i := range row {
			cell := rows.Cell(i)
			row[i] = cell.String()
		}
		all = append(all, row)
	}
	return all, rows.Err()
}

// Number reads a whole number of a catalog, such as a precision; -1 stands for none.
func Number(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return -1
	}
	return n
}
