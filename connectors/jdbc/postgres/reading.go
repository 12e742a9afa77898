package postgres

import (
	"context"
	"errors"
	"regexp"

	"github.com/moldau/moldau/connectors/jdbc/dialect"
)

// writers are the transactions that wrote to a table, or to a part of it: each keeps a lock on it until its end, prepared ones too. Everybody may read
// pg_locks. A number of a sequence is drawn under that lock already.
const writers = `SELECT DISTINCT CASE WHEN pid IS NULL THEN '` + dialect.PreparedName + `' ELSE '' END || virtualtransaction FROM pg_catalog.pg_locks
WHERE locktype = 'relation' AND granted AND pid IS DISTINCT FROM pg_catalog.pg_backend_pid()
  AND mode IN ('RowExclusiveLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
  AND database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
  AND relation IN (WITH RECURSIVE parts(id) AS (SELECT pg_catalog.to_regclass($1::text)::oid
    UNION SELECT i.inhrelid FROM pg_catalog.pg_inherits i JOIN parts p ON p.id = i.inhparent) SELECT id FROM parts)` + primary

// primary are, on a standby, the transactions that run on its primary, as far as they wrote anything: locks are not replicated.
const primary = `
UNION ALL SELECT x::text FROM pg_catalog.txid_snapshot_xip(pg_catalog.txid_current_snapshot()) AS x WHERE pg_catalog.pg_is_in_recovery()`

// transactions are all: now() is the time of a transaction's begin, before it has written anything. VACUUM writes no rows.
const transactions = `SELECT virtualxid FROM pg_catalog.pg_locks WHERE locktype = 'virtualxid' AND granted AND pid IS DISTINCT FROM pg_catalog.pg_backend_pid()
  AND pid NOT IN (SELECT pid FROM pg_catalog.pg_stat_progress_vacuum)
UNION ALL SELECT '` + dialect.PreparedName + `' || gid FROM pg_catalog.pg_prepared_xacts` + primary

// Running implements dialect.LateGuard.
func (d Dialect) Running(ctx context.Context, c dialect.Conn, t *dialect.Table, timestamps bool) (names []string, err error) {
	sql, args := transactions, []any(nil)
	if !timestamps && t != nil && (t.Kind == "TABLE" || t.Kind == "PARTITIONED TABLE") {
		sql, args = writers, []any{dialect.TableID{Schema: t.ID.Schema, Name: t.ID.Name}.Quoted(d.Quote)}
	}
	rows, err := dialect.Read(ctx, c, sql, args...)
	for _, row := range rows {
		names = append(names, row[0])
	}
	return names, err
}

// BeginSnapshot implements dialect.Snapshots.
func (Dialect) BeginSnapshot() []string {
	return []string{"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"}
}

// CurrentCatalog implements dialect.CatalogNamer: pgjdbc from 42.7.5 on names the database, which Confluent's dialect leaves out again.
func (Dialect) CurrentCatalog() string { return "SELECT pg_catalog.current_database()::text" }

// outer are the words with which columns of a query may be null although those of their tables may not. pgjdbc does not look at them.
var outer = regexp.MustCompile(`(?i)\b(left|right|full|outer|cube|rollup|sets|except|intersect|union)\b`)

// DescribeQuery implements dialect.QueryDescriber as pgjdbc does: a column of a result that is one of a table is null where that may be.
func (d Dialect) DescribeQuery(ctx context.Context, c dialect.Conn, sql string) ([]dialect.Result, error) {
	pg, ok := c.(*conn)
	if !ok {
		return nil, errors.New("not a connection to PostgreSQL")
	}
	about, err := pg.pg.Prepare(ctx, "", sql)
	if err != nil {
		return nil, err
	}
	results := make([]dialect.Result, len(about.Fields))
	var tables, columns []int64
	for i, f := range about.Fields {
		results[i] = dialect.Result{Name: f.Name, OID: f.DataTypeOID, Precision: -1, Scale: -1}
		describe(&results[i], f.TypeModifier)
		tables, columns = append(tables, int64(f.TableOID)), append(columns, int64(f.TableAttributeNumber))
	}
	if outer.MatchString(sql) {
		return results, nil
	}
	rows, err := dialect.Read(ctx, c, `SELECT coalesce(a.attnotnull, false)::text FROM unnest($1::int8[], $2::int8[]) WITH ORDINALITY AS f(rel, num, i)
LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = f.rel AND a.attnum = f.num AND f.num > 0 ORDER BY f.i`, tables, columns)
	if err != nil {
		return nil, err
	}
	for i, row := range rows {
		results[i].Known, results[i].Nullable = row[0] == "true", row[0] != "true"
	}
	return results, nil
}

var (
	_ dialect.QueryDescriber = Dialect{}
	_ dialect.LateGuard      = Dialect{}
	_ dialect.Snapshots      = Dialect{}
	_ dialect.CatalogNamer   = Dialect{}
)
