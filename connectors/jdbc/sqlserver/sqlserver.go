// Package sqlserver is the dialect of Microsoft SQL Server and Azure SQL. Many rows are sent by bulk copy, into the table itself or into a
// temporary one that is merged then; few by statements with parameters.
package sqlserver

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"strconv"
	"strings"

	mssql "github.com/microsoft/go-mssqldb"

	"github.com/moldau/moldau/connectors/jdbc/dialect"
)

// Dialect is the dialect of SQL Server.
type Dialect struct{ dialect.Usual }

// Name implements dialect.Dialect.
func (Dialect) Name() string { return "SqlServerDatabaseDialect" }

// Protocols implements dialect.Dialect: those of Microsoft's driver, of its oldest form, and of jTDS.
func (Dialect) Protocols() []string { return []string{"sqlserver", "microsoft", "jtds"} }

// Quote implements dialect.Catalog.
func (Dialect) Quote(name string) string { return "[" + strings.ReplaceAll(name, "]", "]]") + "]" }

// MaxIdentifier implements dialect.Catalog.
func (Dialect) MaxIdentifier() (int, bool) { return 128, true }

// Placeholder implements dialect.Reader.
func (Dialect) Placeholder(n int) string { return "@p" + strconv.Itoa(n) }

// Open implements dialect.Dialect.
func (d Dialect) Open(ctx context.Context, t dialect.Target) (dialect.Conn, error) {
	c, err := configure(t)
	if err != nil {
		return nil, err
	}
	connector := mssql.NewConnectorConfig(c.driver)
	if c.token != "" {
		token := c.token
		if connector, err = mssql.NewSecurityTokenConnector(c.driver, func(context.Context) (string, error) { return token, nil }); err != nil {
			return nil, err
		}
	}
	return dialect.OverSQL(ctx, sql.OpenDB(connector), dialect.CellsAs(cell), dialect.First(c.session...))
}

// Classify implements dialect.Dialect by the error number.
func (Dialect) Classify(err error) dialect.Fault {
	var e mssql.Error
	if !errors.As(err, &e) {
		var stream mssql.StreamError
		if errors.As(err, &stream) || errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) || dialect.IsNetwork(err) {
			return dialect.Network
		}
		return dialect.Unknown
	}
	for _, first := range e.All { // a login to a database that is not there ends as one that failed
		if first.Number == 4060 || first.Number == 911 {
			return dialect.Absent
		}
	}
	switch e.Number {
	case 4060, 911:
		return dialect.Absent
	case 18456, 18452, 18450, 18470, 18486, 18487, 18488, 4064, 916, 40615, 40532:
		return dialect.Login
	case 1205, 1222, 1204, 701, 802, 845, 8645, 8651, 3960, 3958, 3961, 41301, 41302, 41305, 41325, 1105, 9002, 601, 921, 922, 927, 17142, 18401, 17809,
		10928, 10929, 40197, 40501, 40613, 49918, 49919, 49920, 4221, 976, 978, 979, 983:
		return dialect.Busy
	case 64, 121, 233, 10053, 10054, 10060, 596, 6002, 6005:
		return dialect.Network
	case 547:
		if strings.Contains(e.Message, "FOREIGN KEY") {
			return dialect.Parent
		}
		return dialect.Row // a check, or a row that others refer to
	case 208, 207, 4891:
		return dialect.Changed
	case 8672:
		return dialect.Twice
	case 2601, 2627:
		return dialect.Unique
	case 515, 8152, 2628, 220, 232, 235, 241, 242, 245, 248, 257, 295, 296, 298, 206, 511, 517, 529, 8114, 8115, 8169, 8023, 8028, 1946, 4815, 4816, 4863, 4864, 4867,
		7105, 13608, 13609, 550, 3998:
		return dialect.Row
	}
	switch {
	case e.Number >= 9400 && e.Number < 9500: // XML that cannot be parsed
		return dialect.Row
	case e.Number >= 50000: // THROW and RAISERROR of triggers
		return dialect.Row
	case e.Class >= 20: // the server ends the connection
		return dialect.Network
	}
	return dialect.Unknown
}

var (
	_ dialect.Dialect      = Dialect{}
	_ dialect.BulkWriter   = Dialect{}
	_ dialect.ParamsReader = Dialect{}
)
