package postgres

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/moldau/moldau/connectors/jdbc/dialect"
)

// tries says when rows of an upsert are tried as rows of an insert: always while their keys are new, and ever less often while they are not, since
// each try that fails costs time and leaves dead rows behind.
type tries struct{ wait, skip int }

// mostSkipped bounds how long it takes until new keys are noticed.
const mostSkipped = 64

func (t *tries) due() bool {
	if t.skip > 0 {
		t.skip--
		return false
	}
	return true
}

func (t *tries) ended(well bool) {
	if well {
		t.wait /= 2
		return
	}
	t.wait = min(max(1, 2*t.wait), mostSkipped)
	t.skip = t.wait
}

// insertable asks whether INSERT with ON CONFLICT would do for new keys what COPY does: a unique index of just these columns that is checked at once,
// since without one it is refused; no triggers of the table, since those for UPDATE statements run with it; no rules; no row security; no identity
// that COPY alone writes to.
const insertable = `SELECT c.relkind IN ('r', 'p') AND NOT c.relhasrules AND NOT c.relrowsecurity
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_trigger g WHERE g.tgrelid = c.oid AND NOT g.tgisinternal)
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attidentity = 'a')
  AND EXISTS (SELECT FROM pg_catalog.pg_index i WHERE i.indrelid = c.oid AND i.indisunique AND i.indisvalid AND i.indimmediate
    AND i.indpred IS NULL AND i.indexprs IS NULL AND i.indnkeyatts = $2
    AND NOT EXISTS (SELECT FROM pg_catalog.unnest(i.indkey::int2[]) WITH ORDINALITY k (attnum, n)
      JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.attnum
      WHERE k.n <= i.indnkeyatts AND a.attname::text <> ALL ($3::text[])))
FROM pg_catalog.pg_class c WHERE c.oid = pg_catalog.to_regclass($1::text)`

// allNew brings rows of an upsert into the table, and reports whether it did: not where one of their keys is there already, or where an upsert
// would not be the same. Nothing was written then.
func (c *conn) allNew(ctx context.Context, w *dialect.Write, name, sql string) (done bool, err error) {
	t := c.tries[name]
	if t == nil {
		if t = new(tries); c.tries == nil {
			c.tries = map[string]*tries{}
		}
		c.tries[name] = t
	}
	if !t.due() {
		return false, nil
	}
	// The lock, which is that of any INSERT, keeps the index and all else that is asked for as it is until the end of the transaction.
	if _, err := c.pg.PgConn().Exec(ctx, "SAVEPOINT moldau_new; LOCK TABLE "+w.Table+" IN ROW EXCLUSIVE MODE").ReadAll(); err != nil {
		return false, c.undoNew(ctx, t, err)
	}
	keys := make([]string, w.Keys)
	for i := range keys {
		keys[i] = w.Columns[i].Name
	}
	var same bool
	if err := c.pg.QueryRow(ctx, insertable, w.Table, w.Keys, keys).Scan(&same); err != nil {
		return false, c.undoNew(ctx, t, err)
	}
	if !same {
		return false, c.undoNew(ctx, t, nil)
	}
	if err := c.copy(ctx, w, sql); err != nil {
		var pg *pgconn.PgError
		if !errors.As(err, &pg) || pg.Code != "23505" {
			return false, err
		}
		return false, c.undoNew(ctx, t, err)
	}
	t.ended(true)
	_, err = c.pg.PgConn().Exec(ctx, "RELEASE SAVEPOINT moldau_new").ReadAll()
	return err == nil, err
}

// undoNew goes back to where allNew began. The error for which it does is left to the other way of writing, but for one of the connection.
func (c *conn) undoNew(ctx context.Context, t *tries, cause error) error {
	var pg *pgconn.PgError
	if cause != nil && !errors.As(cause, &pg) {
		return cause
	}
	t.ended(false)
	if _, err := c.pg.PgConn().Exec(ctx, "ROLLBACK TO SAVEPOINT moldau_new; RELEASE SAVEPOINT moldau_new").ReadAll(); err != nil {
		return errors.Join(cause, err)
	}
	return nil
}

// byKey is the order of the rows by their key, nil where they keep theirs. Neighbours in the index are written together then, which took a sixth to a third off
// what the server did for new keys and nothing for others, and transactions lock rows in one order. Only whole numbers are put in order, which are different for the
// database where they are for Kafka.
func byKey(w *dialect.Write) ([]int32, error) {
	if w.Op != dialect.Upsert || w.Keys != 1 || !w.Columns[0].JDBC.Whole() {
		return nil, nil
	}
	type keyed struct {
		key int64
		row int32
	}
	rows := make([]keyed, w.Rows)
	for i := range rows {
		a, err := w.Arg(i, 0)
		if err != nil {
			return nil, err
		}
		n, ok := a.Value.Int64()
		if !ok {
			return nil, nil
		}
		rows[i] = keyed{n, int32(i)}
	}
	slices.SortStableFunc(rows, func(a, b keyed) int { return cmp.Compare(a.key, b.key) })
	order := make([]int32, len(rows))
	for i, r := range rows {
		order[i] = r.row
	}
	return order, nil
}
