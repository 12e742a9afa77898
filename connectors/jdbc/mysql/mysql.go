// Package mysql is the dialect of MySQL and MariaDB. Results are streamed whatever the parameters say, and many rows go by one statement,
// as Java's driver does it with rewriteBatchedStatements.
package mysql

import (
	"context"
	"database/sql"
	"errors"
	"strings"

	driver "github.com/go-sql-driver/mysql"

	"github.com/moldau/moldau/connectors/jdbc/dialect"
)

// Dialect is the dialect of MySQL and MariaDB.
type Dialect struct{ dialect.Usual }

// Name implements dialect.Dialect.
func (Dialect) Name() string { return "MySqlDatabaseDialect" }

// Protocols implements dialect.Dialect.
func (Dialect) Protocols() []string { return []string{"mysql", "mariadb"} }

// Quote implements dialect.Catalog.
func (Dialect) Quote(name string) string { return dialect.QuoteWith("`", name) }

// MaxIdentifier implements dialect.Catalog.
func (Dialect) MaxIdentifier() (int, bool) { return 64, true }

// Open implements dialect.Dialect.
func (d Dialect) Open(ctx context.Context, t dialect.Target) (dialect.Conn, error) {
	c, _, err := configure(t)
	if err != nil {
		return nil, err
	}
	connector, err := driver.NewConnector(c)
	if err != nil {
		return nil, err
	}
	over, err := dialect.OverSQL(ctx, sql.OpenDB(connector), dialect.Prepared(), dialect.ErrorsAs(sized))
	if err != nil {
		return nil, err
	}
	return loading(over, t), nil
}

// ER_DISK_FULL, and ER_RECORD_FILE_FULL, which InnoDB says when its disk is full.
const (
	diskFull  = 1021
	tableFull = 1114
)

// Classify implements dialect.Dialect by the error number.
func (Dialect) Classify(err error) dialect.Fault {
	if errors.As(err, new(*packetError)) || tooLarge(err) {
		return dialect.Row // fewer rows may pass
	}
	var e *driver.MySQLError
	if !errors.As(err, &e) {
		if errors.Is(err, driver.ErrInvalidConn) || dialect.IsNetwork(err) {
			return dialect.Network
		}
		return dialect.Unknown
	}
	switch e.Number {
	case 1044, 1045, 1698, 1820, 1862, 3118:
		return dialect.Login
	case 1049:
		return dialect.Absent
	case 1020, 1040, 1203, 1205, 1206, 1213, 1226, 3024, 3572, 1969, diskFull, tableFull:
		return dialect.Busy
	case 1053, 1927, 2006, 2013, 1077, 1079:
		return dialect.Network
	case 1216, 1452:
		return dialect.Parent
	case 1146, 1054:
		return dialect.Changed
	case 1062, 1586:
		return dialect.Unique
	case 1048, 1264, 1265, 1292, 1364, 1366, 1406, 1411, 1441, 1451, 1644, 3140, 3819, 4025, 1690, 1153, 1118, 3903:
		return dialect.Row
	}
	if strings.HasPrefix(string(e.SQLState[:]), "22") || strings.HasPrefix(string(e.SQLState[:]), "23") {
		return dialect.Row
	}
	return dialect.Unknown
}

var (
	_ dialect.Dialect    = Dialect{}
	_ dialect.BulkWriter = Dialect{}
)
