package sqlite

import (
	"context"
	"slices"

	"github.com/moldau/moldau/connectors/jdbc/dialect"
)

// Running implements dialect.LateGuard: there is one writer at a time, so what commits later was also numbered and stamped later.
func (Dialect) Running(context.Context, dialect.Conn, *dialect.Table, bool) ([]string, error) {
	return nil, nil
}

// BeginSnapshot implements dialect.Snapshots.
func (Dialect) BeginSnapshot() []string { return []string{"BEGIN"} }

// DescribeQuery implements dialect.QueryDescriber. A column of a query that is none of a table has the type of its first value that is not null, so that it
// does not change with the row that happens to come first.
func (d Dialect) DescribeQuery(ctx context.Context, c dialect.Conn, sql string) ([]dialect.Result, error) {
	rows, err := c.Query(ctx, sql)
	if err != nil {
		return nil, err
	}
	results := slices.Clone(rows.Columns())
	if err := rows.Close(); err != nil {
		return nil, err
	}
	types := map[string]string{"integer": "BIGINT", "real": "DOUBLE", "text": "TEXT", "blob": "BLOB"}
	for i := range results {
		if results[i].Type != "" {
			continue
		}
		name := d.Quote(results[i].Name)
		found, err := dialect.Read(ctx, c, "SELECT typeof("+name+") FROM ("+sql+") WHERE "+name+" IS NOT NULL LIMIT 1")
		if err != nil {
			return nil, err
		}
		if len(found) == 1 {
			results[i].Type = types[found[0][0]]
		}
	}
	return results, nil
}

var (
	_ dialect.QueryDescriber = Dialect{}
	_ dialect.LateGuard      = Dialect{}
	_ dialect.Snapshots      = Dialect{}
)
