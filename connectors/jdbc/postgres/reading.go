package postgres

import (
	"context"

	"github.com/moldau/moldau/connectors/jdbc/dialect"
)

// writers are the transactions that wrote to a table, or to a part of it: each keeps a lock on it until its end, prepared ones too. Everybody may read
// pg_locks. A number of a sequence is drawn under that lock already.
const writers = `SELECT DISTINCT virtualtransaction FROM pg_catalog.pg_locks
WHERE locktype = 'relation' AND granted AND pid IS DISTINCT FROM pg_catalog.pg_backend_pid()
  AND mode IN ('RowExclusiveLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
  AND database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
  AND relation IN (WITH RECURSIVE parts(id) AS (SELECT pg_catalog.to_regclass($1::text)::oid
    UNION SELECT i.inhrelid FROM pg_catalog.pg_inherits i JOIN parts p ON p.id = i.inhparent) SELECT id FROM parts)`

// transactions are all: now() is the time of a transaction's begin, before it has written anything. VACUUM writes no rows.
const transactions = `SELECT virtualxid FROM pg_catalog.pg_locks WHERE locktype = 'virtualxid' AND granted AND pid IS DISTINCT FROM pg_catalog.pg_backend_pid()
  AND pid NOT IN (SELECT pid FROM pg_catalog.pg_stat_progress_vacuum)
UNION ALL SELECT gid FROM pg_catalog.pg_prepared_xacts`

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

var (
	_ dialect.LateGuard    = Dialect{}
	_ dialect.Snapshots    = Dialect{}
	_ dialect.CatalogNamer = Dialect{}
)
