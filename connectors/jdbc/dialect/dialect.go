// Package dialect says what a kind of database has of its own: how one is reached, what its types are called, how its statements are
// written, what its errors mean. The connectors above know none of that; each kind is a package beside this one.
package dialect

import (
	"context"
	"time"

	"github.com/moldau/moldau/connect/data"
)

// Dialect is one kind of database. An implementation is a value without state that any number of tasks use at a time.
type Dialect interface {
	// Name is what the key dialect.name calls it: the simple name of Confluent's class, such as PostgreSqlDatabaseDialect.
	Name() string
	// Protocols are the sub-protocols of the jdbc: URLs that it takes, such as postgresql.
	Protocols() []string
	// Check reads a target without reaching it. The notes say which parameters mean nothing here; an error says what cannot be honoured.
	Check(t Target) (notes []string, err error)
	// Open connects. It may block until ctx ends. Errors never hold the password.
	Open(ctx context.Context, t Target) (Conn, error)
	// Classify says what an error of a Conn means.
	Classify(err error) Fault

	Catalog
	Reader
	Writer
}

// Target is a database to reach.
type Target struct {
	URL      URL
	User     string
	Password string
	// Properties are the further connection.* keys without their prefix; Java hands them to the driver like the parameters of the URL.
	Properties map[string]string
}

// Catalog is what a database tells about its tables.
type Catalog interface {
	// Quote returns an identifier as a statement writes it, whatever it contains.
	Quote(name string) string
	// Fold returns an identifier as the database keeps it where it is written without quotes.
	Fold(name string) string
	// MaxIdentifier is how long an identifier may be, in characters or else in bytes; 0 is no limit. Longer ones are refused, since some databases cut
	// them silently.
	MaxIdentifier() (most int, characters bool)
	// Tables lists tables of the kinds (TABLE, VIEW and the like, as JDBC names them) in order. Patterns are those of JDBC, nil for any.
	Tables(ctx context.Context, c Conn, catalog, schema *string, kinds []string) ([]TableID, error)
	// Describe returns a table with its columns, nil where there is none. What id leaves out is the connection's.
	Describe(ctx context.Context, c Conn, id TableID) (*Table, error)
}

// Reader is what a source needs.
type Reader interface {
	// BeginRead is the statement that gives a new connection a transaction.isolation.mode; "" where nothing is to be run, an error for a mode the
	// database does not have.
	BeginRead(isolation string) (string, error)
	// Now is a query of one row and column: the present as milliseconds since 1970.
	Now() string
	// ColumnOf describes a column of a result by the driver's words for it; ok is false for types that no source reads.
	ColumnOf(r Result) (c Column, ok bool)
	// Placeholder is the n-th parameter of a statement, from 1.
	Placeholder(n int) string
	// TimeColumn is what a point in time is compared as, given the quoted name of its column.
	TimeColumn(quoted string) string
	// Compared is a point in time of a row as TimeColumn has it, whose digits may be fewer.
	Compared(t time.Time) time.Time
	// TimeArg is the parameter for a comparison with a column that holds a point in time.
	TimeArg(m Moment, c *Column) any
}

// Writer is what a sink needs.
type Writer interface {
	// BeginWrite starts a transaction.
	BeginWrite() string
	// Savepoint is how what follows is undone alone: what sets the point, what goes back to it, and what forgets it, "" where nothing does.
	Savepoint() (set, back, release string)
	// TypeFor is the type of a new column for values of a schema; an error where the database has none.
	TypeFor(f NewColumn) (string, error)
	// Default is the text of a default value in DDL, "" where the database takes none for such values.
	Default(f NewColumn, v data.Value) string
	// AddColumns are the statements that add columns, each given as its quoted name with type and constraint.
	AddColumns(table string, columns []string) []string
	// Can reports whether rows are written so.
	Can(op Op) bool
	// Statement is the SQL that writes n rows; parameters follow each other row by row, in the order of Write.Columns but for Update, whose
	// keys come last, and Delete, which has keys only.
	Statement(w *Write, n int) string
	// MostRows is how many rows of that many columns a statement takes at most, 1 where it takes one only.
	MostRows(op Op, columns int) int
	// Bind returns a value as an argument of the driver.
	Bind(a Arg, c *Column) (any, error)
	// OffsetTable is the DDL of the table of offsets, whose name is quoted; it does nothing where the table exists.
	OffsetTable(table string) string
}

// Prober is an optional ability of a Dialect whose Open leaves something behind, such as the file of a database: find out without that whether
// Open would succeed.
type Prober interface {
	Probe(ctx context.Context, t Target) error
}

// BulkWriter is an optional ability of a Dialect: write rows in a way that is faster than statements with parameters. It is called within
// a transaction, on the task's goroutine. Slow tells that this way is closed to these rows (a missing right, a type); nothing was
// written then, and the rows go by Statement.
type BulkWriter interface {
	Bulk(ctx context.Context, c Conn, w *Write) (slow error, err error)
}

// Deferrer is an optional ability of a Dialect whose databases know constraints that are checked at the end of a transaction only: CheckAtOnce is the
// statement that has those of the present transaction checked with each statement from then on.
type Deferrer interface{ CheckAtOnce() string }

// Blamer is an optional ability of a Dialect whose database does not always name the column of a value that it refuses. Blame returns the column of the one
// row of w that was refused with err, empty where it cannot be told. It runs within a transaction and leaves that as it was.
type Blamer interface {
	Blame(ctx context.Context, c Conn, w *Write, err error) string
}

// OneWriter is an optional ability of a Dialect whose databases let one transaction at a time write, so that several connections of a task would only
// wait for each other.
type OneWriter interface{ OneWriter() }

// JSONTyper is an optional ability of a Dialect: columns for JSON. Elsewhere it is written to columns for texts.
type JSONTyper interface {
	// JSONType is the type of such a column.
	JSONType() string
}

// Truncater is an optional ability of a Dialect: to empty a table within a transaction faster than DELETE does.
type Truncater interface {
	Truncate(table string) string
}
