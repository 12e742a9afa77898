package mysql

import (
	"context"
	"errors"
	"regexp"
	"strconv"
	"strings"

	driver "github.com/go-sql-driver/mysql"

	"github.com/moldau/moldau/connectors/jdbc/dialect"
)

// active is a transaction in what InnoDB tells of itself. INNODB_TRX cannot be used: it is a copy that is not renewed while anybody reads it often.
var active = regexp.MustCompile(`(?m)^---TRANSACTION (\d+), (?:ACTIVE|COMMITTED IN MEMORY)`)

// firstReadOnly is the least number of a transaction that wrote nothing.
const firstReadOnly = 1 << 48

// Running implements dialect.LateGuard; the user needs the PROCESS privilege. Which tables a transaction wrote to cannot be seen; a timestamp is that of
// its statement, so one that wrote nothing yet has none.
func (Dialect) Running(ctx context.Context, c dialect.Conn, _ *dialect.Table, _ bool) (names []string, err error) {
	rows, err := dialect.Read(ctx, c, "SHOW ENGINE INNODB STATUS")
	if err != nil {
		return nil, err
	}
	if len(rows) != 1 || len(rows[0]) < 3 || strings.Contains(rows[0][2], "... truncated...") {
		return nil, errors.New("InnoDB's status does not list all transactions")
	}
	for _, found := range active.FindAllStringSubmatch(rows[0][2], -1) {
		if n, err := strconv.ParseUint(found[1], 10, 64); err != nil || n < firstReadOnly {
			names = append(names, found[1])
		}
	}
	return names, nil
}

// DescribeQuery implements dialect.QueryDescriber. The driver does not tell how many bits a column has, which decides about its type: a product of it has
// so many digits, and two of its own. A query that cannot stand in another one, such as one with two columns of a name, is described without.
func (d Dialect) DescribeQuery(ctx context.Context, c dialect.Conn, query string) ([]dialect.Result, error) {
	within := " FROM (" + query + ") AS moldau LIMIT 0"
	results, err := columns(ctx, c, "SELECT *"+within)
	if err == nil {
		err = d.countBits(ctx, c, within, results)
	}
	var refused *driver.MySQLError
	if !errors.As(err, &refused) {
		return results, err
	}
	if results, err = columns(ctx, c, query+" WHERE 1 = 0"); errors.As(err, &refused) { // as the query of a timestamp mode goes on; what else is wrong it tells itself
		return nil, nil
	}
	return results, err
}

// countBits fills in the precision of columns of bits.
func (d Dialect) countBits(ctx context.Context, c dialect.Conn, within string, results []dialect.Result) error {
	var products []string
	var bits []*dialect.Result
	for i := range results {
		if results[i].Type == "BIT" {
			products, bits = append(products, d.Quote(results[i].Name)+"*1.0"), append(bits, &results[i])
		}
	}
	if len(bits) == 0 {
		return nil
	}
	measured, err := columns(ctx, c, "SELECT "+strings.Join(products, ", ")+within)
	for i := range measured {
		bits[i].Precision = measured[i].Precision - 2
	}
	return err
}

// columns describes a result.
func columns(ctx context.Context, c dialect.Conn, query string) ([]dialect.Result, error) {
	rows, err := c.Query(ctx, query)
	if err != nil {
		return nil, err
	}
	return rows.Columns(), rows.Close()
}

// BeginSnapshot implements dialect.Snapshots.
func (Dialect) BeginSnapshot() []string {
	return []string{"SET TRANSACTION ISOLATION LEVEL REPEATABLE READ", "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY"}
}

var (
	_ dialect.LateGuard      = Dialect{}
	_ dialect.Snapshots      = Dialect{}
	_ dialect.QueryDescriber = Dialect{}
)
