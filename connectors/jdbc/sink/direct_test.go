package sink_test

import (
	"fmt"
	"testing"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/test/servers"
)

// staged is how many temporary tables the server has for rows that are merged.
func staged(t *testing.T, db *database) string {
	return db.rows(t, "SELECT count(*) FROM pg_class WHERE relpersistence = 't' AND relname LIKE 'moldau@_%' ESCAPE '@'")
}

// keyed is n rows with descending keys from from on.
func keyed(n, from int, name string) []rec {
	recs := make([]rec, n)
	for i := range recs {
		recs[i] = kv(int32(from+n-1-i), name, int64(i))
	}
	return recs
}

const directTable = "CREATE TABLE t (id INTEGER NOT NULL%s, name VARCHAR(20) NOT NULL CHECK (name <> 'bad'), n INTEGER%s)"

// TestUpsertOfNewKeys has upserts whose keys are all new, which need no temporary table, and others.
func TestUpsertOfNewKeys(t *testing.T) {
	for _, once := range []string{"false", "true"} {
		db := open(t, servers.PostgreSQL(t).Database(t))
		db.exec(t, fmt.Sprintf(directTable, " PRIMARY KEY", ""))
		tc := context1(t)
		tc.none = false
		task := start(t, db.config("insert.mode", "upsert", "pk.mode", "record_key", "exactly.once", once), tc)
		if err := task.(connect.PartitionOpener).Open(t.Context(), []connect.TopicPartition{{Topic: "t"}}); err != nil {
			t.Fatal(err)
		}
		put(t, task, batch("t", 0, keyed(100, 0, "first")...))
		if got := db.rows(t, "SELECT count(*), min(n), max(n) FROM t WHERE name = 'first' AND n = 99 - id"); got != "100|0|99" || staged(t, db) != "0" {
			t.Fatalf("new keys: %s, %s temporary tables", got, staged(t, db))
		}
		// One key is there, in the middle of the others.
		put(t, task, batch("t", 100, append(append(keyed(100, 500, "second"), kv(50, "second", 1)), keyed(100, 1000, "second")...)...))
		if got := db.rows(t, "SELECT count(*), min(id), max(id) FROM t WHERE name = 'second'"); got != "201|50|1099" || staged(t, db) != "1" {
			t.Errorf("with a key that is there: %s, %s temporary tables", got, staged(t, db))
		}
		// A bad row stands alone in the end, also where the others are new.
		put(t, task, batch("t", 400, append(append(keyed(60, 2000, "third"), kv(3000, "bad", 1)), keyed(60, 4000, "third")...)...))
		if got := db.rows(t, "SELECT count(*) FROM t WHERE name = 'third'"); got != "120" || fmt.Sprint(tc.offsets) != "[460]" {
			t.Errorf("with a bad row: %s rows, reported %v: %v", got, tc.offsets, tc.errs)
		}
		for i := range 5 {
			put(t, task, batch("t", int64(600+100*i), keyed(100, 50*i, fmt.Sprint("round ", i))...))
		}
		if got := db.rows(t, "SELECT name, count(*) FROM t WHERE name LIKE 'round%' GROUP BY 1 ORDER BY 1"); got != "round 0|50;round 1|50;round 2|50;round 3|50;round 4|100" {
			t.Errorf("keys that overlap: %s", got)
		}
	}
}

// TestUpsertAsStatement has tables for which COPY would do what INSERT with ON CONFLICT does not.
func TestUpsertAsStatement(t *testing.T) {
	const noticed = "CREATE TABLE noted (n INTEGER); CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO noted VALUES (1); RETURN NULL; END'; "
	for name, c := range map[string]struct {
		column, table, more, want string
		fine                      bool // though no rows land
	}{
		"no unique index":      {want: "0"},
		"index of more":        {table: ", UNIQUE (id, name)", want: "0"},
		"index of another":     {table: ", UNIQUE (n)", want: "0"},
		"partial index":        {more: "CREATE UNIQUE INDEX ON t (id) WHERE id > 0", want: "0"},
		"index of expression":  {more: "CREATE UNIQUE INDEX ON t ((id + 1))", want: "0"},
		"checked at the end":   {table: ", PRIMARY KEY (id) DEFERRABLE INITIALLY DEFERRED", want: "0"},
		"identity":             {column: " GENERATED ALWAYS AS IDENTITY PRIMARY KEY", want: "0"},
		"rule":                 {column: " PRIMARY KEY", more: "CREATE RULE r AS ON INSERT TO t DO INSTEAD NOTHING", want: "0", fine: true},
		"trigger of UPDATE":    {column: " PRIMARY KEY", more: noticed + "CREATE TRIGGER g AFTER UPDATE ON t EXECUTE FUNCTION note()", want: "100|1"},
		"index that has more":  {more: "CREATE UNIQUE INDEX ON t (id) INCLUDE (name)", want: "100"},
		"index of the columns": {more: "CREATE UNIQUE INDEX ON t (id)", want: "100"},
	} {
		t.Run(name, func(t *testing.T) {
			db := open(t, servers.PostgreSQL(t).Database(t))
			db.exec(t, fmt.Sprintf(directTable, c.column, c.table)+"; "+c.more)
			task := start(t, db.config("insert.mode", "upsert", "pk.mode", "record_key", "max.retries", "0"), context1(t))
			err := task.Put(t.Context(), batch("t", 0, keyed(100, 0, "x")...))
			query := "SELECT count(*) FROM t"
			if c.want == "100|1" {
				query = "SELECT count(*), (SELECT count(*) FROM noted) FROM t"
			}
			if got := db.rows(t, query); got != c.want || (err == nil) != (c.fine || c.want != "0") {
				t.Errorf("%s, %v", got, err)
			}
		})
	}
}

// TestUpsertAfterIndex has a unique index that goes away while rows are written.
func TestUpsertAfterIndex(t *testing.T) {
	db := open(t, servers.PostgreSQL(t).Database(t))
	db.exec(t, fmt.Sprintf(directTable, " PRIMARY KEY", ""))
	task := start(t, db.config("insert.mode", "upsert", "pk.mode", "record_key", "max.retries", "0"), context1(t))
	put(t, task, batch("t", 0, keyed(100, 0, "x")...))
	db.exec(t, "ALTER TABLE t DROP CONSTRAINT t_pkey")
	if err := task.Put(t.Context(), batch("t", 100, keyed(100, 0, "y")...)); err == nil || db.rows(t, "SELECT count(*) FROM t") != "100" {
		t.Errorf("%v, %s rows", err, db.rows(t, "SELECT count(*) FROM t"))
	}
}
