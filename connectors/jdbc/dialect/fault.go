package dialect

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"
	"net"
	"syscall"
)

// Fault is what an error of a database means.
type Fault uint8

const (
	// Unknown errors say nothing about another try: a statement that is wrong, a right that is missing.
	Unknown Fault = iota
	// Network means that there is no connection (any more).
	Network
	// Login means that the database refuses the user.
	Login
	// Busy means that the same may succeed soon: deadlocks, lock and statement time-outs, too many connections, a full disk, a server that starts.
	Busy
	// Parent means that a row refers to one that is not there (yet).
	Parent
	// Row means that values of a row are wrong: too long, out of range, null where none may be.
	Row
	// Unique means that another row has a value that only one may have. It may be one that gives it up, where rows are written in another order.
	Unique
	// Twice means that two rows of a statement are one row of the table: their keys differ for Kafka, but not for the database.
	Twice
	// Changed means that the table is not what it was described as: it or a column was dropped or renamed.
	Changed
	// Absent means that the server has no database of that name, or that the file of one cannot be opened.
	Absent
)

func (f Fault) String() string {
	return [...]string{"unknown", "network", "login", "busy", "missing parent", "row", "value that is not unique", "row twice", "changed table", "absent database"}[f]
}

// OfValues reports whether values of rows are at fault, so that the others of a statement can be written without them.
func (f Fault) OfValues() bool { return f == Row || f == Unique || f == Twice }

// IsNetwork reports whether an error is one of the network, whatever the driver.
func IsNetwork(err error) bool {
	var n net.Error
	var op *net.OpError
	return errors.As(err, &n) || errors.As(err, &op) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, net.ErrClosed) || errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, syscall.ECONNRESET) ||
		errors.Is(err, syscall.EPIPE) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, driver.ErrBadConn)
}

// RowError is the error of a value that a column cannot take, found before the database saw it.
type RowError struct {
	Column string
	Err    error
}

func (e *RowError) Error() string { return "column " + e.Column + ": " + e.Err.Error() }

// Unwrap returns the cause.
func (e *RowError) Unwrap() error { return e.Err }

// ErrFew is what BulkWriter.Bulk says when there are so few rows that statements are faster.
var ErrFew = errors.New("few rows")

// ErrOther is what BulkWriter.Bulk says when these rows, not all of the table, must go by statements. Some of them may have been written.
var ErrOther = errors.New("rows that go by statements")
