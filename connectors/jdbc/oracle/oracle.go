// Package oracle is the dialect of Oracle Database. Rows are written by array binding: one statement for one row, and arrays of values for many.
// Points in time and numbers that are not whole are sent as texts with their format, so that neither the driver nor the session's
// settings have a say in them.
package oracle

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"strconv"
	"strings"

	ora "github.com/sijms/go-ora/v2"
	"github.com/sijms/go-ora/v2/network"

	"github.com/moldau/moldau/connectors/jdbc/dialect"
)

// Dialect is the dialect of Oracle.
type Dialect struct{ dialect.Usual }

// Name implements dialect.Dialect.
func (Dialect) Name() string { return "OracleDatabaseDialect" }

// Protocols implements dialect.Dialect.
func (Dialect) Protocols() []string { return []string{"oracle"} }

// Quote implements dialect.Catalog. A name cannot hold a quotation mark; doubled, it is refused by the database.
func (Dialect) Quote(name string) string { return dialect.QuoteWith(`"`, name) }

// Fold implements dialect.Catalog.
func (Dialect) Fold(name string) string { return strings.ToUpper(name) }

// MaxIdentifier implements dialect.Catalog: 128 bytes since version 12.2; older ones refuse more than 30 by themselves.
func (Dialect) MaxIdentifier() (int, bool) { return 128, false }

// Placeholder implements dialect.Reader.
func (Dialect) Placeholder(n int) string { return ":" + strconv.Itoa(n) }

// session makes texts mean the same whatever the server's settings are.
const session = "ALTER SESSION SET NLS_NUMERIC_CHARACTERS='.,' NLS_DATE_FORMAT='" + dateFormat + "' NLS_TIMESTAMP_FORMAT='" + stampFormat + "' NLS_TIMESTAMP_TZ_FORMAT='" + zonedFormat + "' TIME_ZONE='+00:00'"

// Open implements dialect.Dialect.
func (d Dialect) Open(ctx context.Context, t dialect.Target) (dialect.Conn, error) {
	name, _, err := configure(t)
	if err != nil {
		return nil, err
	}
	connector := ora.NewConnector(name)
	c, err := dialect.OverSQL(ctx, sql.OpenDB(connector), dialect.CellsAs(cell), dialect.First(session))
	if err != nil {
		return nil, err
	}
	return &conn{Conn: c}, nil
}

// conn commits nothing by itself once a transaction was begun; before that the driver commits each statement.
type conn struct {
	dialect.Conn
	manual bool
}

// beginWrite also finds out whether the connection is alive.
const beginWrite = "SET TRANSACTION READ WRITE"

func (c *conn) Exec(ctx context.Context, text string, args ...any) (int64, error) {
	if text == beginWrite && !c.manual {
		raw, ok := c.Conn.(dialect.Underlying)
		if !ok {
			return 0, fmt.Errorf("the connection is a %T", c.Conn)
		}
		err := raw.Raw(func(x any) error {
			b, ok := x.(driver.ConnBeginTx)
			if !ok {
				return fmt.Errorf("the connection of the driver is a %T", x)
			}
			_, err := b.BeginTx(ctx, driver.TxOptions{}) // which asks the server nothing
			return err
		})
		if err != nil {
			return 0, err
		}
		c.manual = true
	}
	return c.Conn.Exec(ctx, text, args...)
}

// Classify implements dialect.Dialect by the number behind ORA-.
func (Dialect) Classify(err error) dialect.Fault {
	var e *network.OracleError
	if !errors.As(err, &e) {
		if errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) || errors.Is(err, network.ErrConnReset) || dialect.IsNetwork(err) {
			return dialect.Network
		}
		return dialect.Unknown
	}
	switch code := e.ErrCode; code {
	case 1017, 1005, 1045, 28000, 28001, 28009, 28040:
		return dialect.Login
	case 12514, 12505, 12154, 1109:
		return dialect.Absent
	case 60, 54, 4020, 4021, 51, 8177, 1555, 30006, 18, 20, 2391, 12516, 12518, 12519, 12520, 12526, 12527, 12528, 1033, 1034, 1089, 1090, 257, 1652, 1653, 1654, 1688, 1691, 30036, 2049, 4061, 4065, 4068:
		return dialect.Busy
	case 28, 1012, 1092, 2396, 2399, 3113, 3114, 3135, 12152, 12153, 12170, 12535, 12537, 12541, 12543, 12545, 12547, 12560, 12564, 12571, 12606, 12609, 17002, 17410, 25402, 25408:
		return dialect.Network
	case 2291, 2091: // 2091 is a COMMIT that deferred constraints refuse
		return dialect.Parent
	case 942, 904:
		return dialect.Changed
	case 30926:
		return dialect.Twice
	case 1:
		return dialect.Unique
	case 1400, 1401, 1407, 1426, 1438, 1461, 1465, 1483, 1489, 1722, 2290, 2292, 2359, 6502, 12899, 14400, 14402, 22275, 31011, 40441, 40587:
		return dialect.Row
	default:
		if code >= 1830 && code <= 1899 || code >= 20000 && code <= 20999 { // texts that are no dates; RAISE_APPLICATION_ERROR of triggers
			return dialect.Row
		}
	}
	return dialect.Unknown
}

var (
	_ dialect.Dialect      = Dialect{}
	_ dialect.BulkWriter   = Dialect{}
	_ dialect.Deferrer     = Dialect{}
	_ dialect.Snapshots    = Dialect{}
	_ dialect.ParamsReader = Dialect{}
)
