package dialect

import "context"

// LateGuard is an optional ability of a Dialect: tell which transactions run that may yet commit rows with numbers or timestamps smaller than those that
// can be read already. Without it a source waits by the clock.
type LateGuard interface {
	// Running names the transactions of others that run now: for a timestamp all that may write, otherwise those that wrote to the table, as far as the
	// database tells them apart; t is nil for a query. An error means that the user may not know, or that the connection is gone.
	Running(ctx context.Context, c Conn, t *Table, timestamps bool) ([]string, error)
}

// PreparedName is what LateGuard's names of prepared transactions begin with. Such a one had another name before it was prepared, so it may be any of those
// that ran then.
const PreparedName = "prepared "

// Snapshots is an optional ability of a Dialect: statements that begin a transaction for reading in which all queries see the same rows.
type Snapshots interface {
	BeginSnapshot() []string
}

// CatalogNamer is an optional ability of a Dialect whose tables have no catalog here, while some versions of Java's driver name one.
type CatalogNamer interface {
	// CurrentCatalog is a query for the name.
	CurrentCatalog() string
}

// QueryDescriber is an optional ability of a Dialect: say what a query returns without running it, with Nullable where it is known. Rows of such a
// database do not tell whether a column may be null.
type QueryDescriber interface {
	DescribeQuery(ctx context.Context, c Conn, sql string) ([]Result, error)
}
