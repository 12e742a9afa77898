// Package postgres is the dialect of PostgreSQL and of databases that speak its protocol and its SQL. Rows are written by COPY and read in
// the text format, so that the server, which knows the types of its columns, converts every value.
package postgres

import (
	"errors"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/moldau/moldau/connectors/jdbc/dialect"
)

// Dialect is the dialect of PostgreSQL.
type Dialect struct{ dialect.Usual }

// Name implements dialect.Dialect.
func (Dialect) Name() string { return "PostgreSqlDatabaseDialect" }

// Protocols implements dialect.Dialect.
func (Dialect) Protocols() []string { return []string{"postgresql", "yugabytedb"} }

// Quote implements dialect.Catalog.
func (Dialect) Quote(name string) string { return dialect.QuoteWith(`"`, name) }

// Fold implements dialect.Catalog.
func (Dialect) Fold(name string) string { return strings.ToLower(name) }

// MaxIdentifier implements dialect.Catalog: NAMEDATALEN is 64 with its end; the server cuts longer names silently.
func (Dialect) MaxIdentifier() (int, bool) { return 63, false }

// Classify implements dialect.Dialect by SQLSTATE.
func (Dialect) Classify(err error) dialect.Fault {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		var connecting *pgconn.ConnectError
		if errors.As(err, &connecting) || dialect.IsNetwork(err) || pgconn.SafeToRetry(err) {
			return dialect.Network
		}
		return dialect.Unknown
	}
	switch pg.Code {
	case "28000", "28P01":
		return dialect.Login
	case "3D000":
		return dialect.Absent
	case "57P01", "57P02":
		return dialect.Network
	case "40001", "40P01", "55P03", "57P03", "57014", "53100", "53200", "53300", "53400":
		return dialect.Busy
	case "23503":
		return dialect.Parent
	case "42P01", "42703", "3F000":
		return dialect.Changed
	case "21000":
		return dialect.Twice
	case "23505", "23P01": // a unique index, an exclusion
		return dialect.Unique
	case "54000", "P0001", "42804", "44000":
		return dialect.Row
	}
	switch pg.Code[:min(2, len(pg.Code))] {
	case "08":
		return dialect.Network
	case "22", "23":
		return dialect.Row
	}
	return dialect.Unknown
}

var (
	_ dialect.Dialect    = Dialect{}
	_ dialect.BulkWriter = Dialect{}
	_ dialect.Deferrer   = Dialect{}
)
