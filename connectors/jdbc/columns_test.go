package jdbc_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/connecttest"
)

// TestRecordKeys makes keys of primary keys and of named columns.
func TestRecordKeys(t *testing.T) {
	eachDatabase(t, func(t *testing.T, db *database) {
		db.exec(t, "CREATE TABLE ~one~ (~id~ INTEGER NOT NULL PRIMARY KEY, ~name~ VARCHAR(10))", "INSERT INTO ~one~ VALUES (3, 'x')",
			"CREATE TABLE ~two~ (~a~ INTEGER NOT NULL, ~b~ VARCHAR(5) NOT NULL, ~c~ INTEGER, PRIMARY KEY (~a~, ~b~))", "INSERT INTO ~two~ VALUES (1, 'k', 9)",
			"CREATE TABLE ~none~ (~c~ INTEGER)", "INSERT INTO ~none~ VALUES (5)")
		for _, c := range []struct{ table, key, columns, want string }{
			{"one", "none", "", "null"}, {"one", "value", "", "3"}, {"one", "struct", "", "Struct{id=3}"}, {"two", "struct", "", "Struct{a=1,b=k}"}, {"one", "value", "name", "x"},
			{"two", "value", "", "a key of several columns (a, b)"}, {"none", "value", "", "has no primary key"}, {"none", "struct", "c", "Struct{c=5}"}, {"none", "struct", "d", "has no column d"},
		} {
			p := start(t, db.config("mode", "bulk", "table.whitelist", c.table, "moldau.record.key", c.key, "moldau.record.key.columns", c.columns), connecttest.NewOffsets())
			b := connect.NewSourceBatch(connect.BatchLimits{Records: 1000, Bytes: 1 << 20})
			got := ""
			if err := p.task.Poll(t.Context(), b); err != nil {
				got = err.Error()
			} else {
				got = b.Records()[0].Key().String()
			}
			if !strings.Contains(got, c.want) {
				t.Errorf("%s, %s of %q: %s, want %s", c.table, c.key, c.columns, got, c.want)
			}
		}
	})
}

// TestOddTypes reads arrays, intervals and infinite dates of PostgreSQL.
func TestOddTypes(t *testing.T) {
	eachDatabase(t, func(t *testing.T, db *database) {
		if !db.is("Postgre") {
			t.Skip("other databases have no such types")
		}
		db.exec(t, "CREATE TABLE odd (i INT[], t TEXT[], ts TIMESTAMP[], d DATE, v INTERVAL, n NUMERIC(6,2)[] NOT NULL)",
			`INSERT INTO odd VALUES ('{1,NULL,-3}', ARRAY['a,b', 'say "x"', '\', '', 'NULL', NULL], '{"2024-05-01 12:00:00.5",infinity}', 'infinity', '1 day 2 hours', '[2:3]={1.5,2}')`)
		p := start(t, db.config("mode", "bulk", "moldau.arrays", "true", "moldau.other.types", "text"), connecttest.NewOffsets())
		b := connect.NewSourceBatch(connect.BatchLimits{Records: 1000, Bytes: 1 << 20})
		if err := p.task.Poll(t.Context(), b); err != nil {
			t.Fatal(err)
		}
		row := b.Records()[0].Value().Struct()
		for name, want := range map[string]string{"i": "[1, null, -3]", "t": `[a,b, say "x", \, , NULL, null]`, "v": "1 day 02:00:00", "n": "[1.50, 2.00]"} {
			if got := row.Field(name).String(); got != want {
				t.Errorf("%s is %s, want %s", name, got, want)
			}
		}
		if got := row.Field("ts").List().Len(); got != 2 {
			t.Errorf("%d timestamps", got)
		}
		if last, ok := row.Field("d").Time(); !ok || last.Year() < 5_000_000 {
			t.Errorf("an infinite date is %v", last)
		}
		if got := start(t, db.config("mode", "bulk"), connecttest.NewOffsets()).want(1); strings.Contains(got, "i=") || strings.Contains(got, "v=") {
			t.Errorf("without the options came %s", got)
		}
		db.exec(t, "UPDATE odd SET i = '{{1},{2}}'")
		b.Reset()
		if err := start(t, db.config("mode", "bulk", "moldau.arrays", "true"), connecttest.NewOffsets()).task.Poll(t.Context(), b); err == nil || !strings.Contains(err.Error(), "several dimensions") {
			t.Errorf("two dimensions: %v", err)
		}
	})
}

// TestOffsetWithCatalog goes on from offsets that Java's driver named with the database, and takes the one that is further ahead.
func TestOffsetWithCatalog(t *testing.T) {
	eachDatabase(t, func(t *testing.T, db *database) {
		if !db.is("Postgre") {
			t.Skip("only pgjdbc changed its mind")
		}
		db.exec(t, "CREATE TABLE t (id INT PRIMARY KEY)", "INSERT INTO t VALUES (1), (2), (3), (4)")
		name := db.text(t, "SELECT current_database()::text") + ".public.t"
		for _, c := range []struct {
			short, long int64
			want        string
		}{{0, 3, "t Struct{id=4}"}, {2, 3, "t Struct{id=4}"}, {3, 1, "t Struct{id=4}"}} {
			offsets := connecttest.NewOffsets()
			offsets.Commit(connect.NewSourcePartition(map[string]any{"protocol": "1", "table": name}), connect.OffsetFields{"incrementing": c.long})
			if c.short > 0 {
				offsets.Commit(connect.NewSourcePartition(map[string]any{"protocol": "1", "table": "public.t"}), connect.OffsetFields{"incrementing": c.short})
			}
			props := db.config("mode", "incrementing", "incrementing.column.name", "id", "table.include.list", strings.ReplaceAll(name, ".", "[.]"))
			if got := start(t, props, offsets).want(1); got != c.want {
				t.Errorf("offsets %d and %d: read %s", c.short, c.long, got)
			}
		}
	})
}

// TestTimeZoneOfQuery compares timestamps of a query in a zone far from UTC: a row is read once, and as soon as it is there.
func TestTimeZoneOfQuery(t *testing.T) {
	eachDatabase(t, func(t *testing.T, db *database) {
		if db.node == nil {
			t.Skip("SQLite keeps milliseconds")
		}
		types := map[bool][]string{true: {"TIMESTAMPTZ"}, false: {"TIMESTAMP"}}[db.is("Postgre")]
		for _, stamp := range types {
			db.exec(t, "CREATE TABLE ~q~ (~id~ INTEGER NOT NULL PRIMARY KEY, ~at~ "+stamp+" NOT NULL)", "INSERT INTO ~q~ VALUES (1, CURRENT_TIMESTAMP)")
			for _, zone := range []string{"Asia/Tokyo", "America/New_York"} {
				offsets := connecttest.NewOffsets()
				props := db.config("mode", "timestamp", "timestamp.column.name", "at", "query", "SELECT * FROM q", "topic.prefix", "q", "db.timezone", zone)
				p := start(t, props, offsets)
				if got := p.want(1); !strings.Contains(got, "id=1") {
					t.Errorf("read %s", got)
				}
				for p.last == nil {
					p.once()
				}
				if rows := p.brief(); rows != "" {
					t.Errorf("%s: read again %s", zone, rows)
				}
				ms, _ := p.last["timestamp"].(int64)
				if away := time.Since(time.UnixMilli(ms)); away < -time.Minute || away > 10*time.Minute {
					t.Errorf("%s: the offset is %s away", zone, away)
				}
			}
		}
	})
}

// TestWithoutQuotes refuses names that would be more than a name.
func TestWithoutQuotes(t *testing.T) {
	eachDatabase(t, func(t *testing.T, db *database) {
		db.exec(t, "CREATE TABLE ~odd; name~ (~id~ INTEGER NOT NULL PRIMARY KEY)", "CREATE TABLE ~plain~ (~id~ INTEGER NOT NULL PRIMARY KEY)", "INSERT INTO ~plain~ VALUES (1)")
		for table, want := range map[string]string{"odd; name": "needs quotes in statements", "plain": ""} {
			p := start(t, db.config("mode", "bulk", "table.whitelist", table, "quote.sql.identifiers", "never"), connecttest.NewOffsets())
			b := connect.NewSourceBatch(connect.BatchLimits{Records: 1000, Bytes: 1 << 20})
			if err := p.task.Poll(t.Context(), b); (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v", table, err)
			}
		}
		p := start(t, db.config("mode", "incrementing", "incrementing.column.name", "id) OR (1=1", "table.whitelist", "plain", "quote.sql.identifiers", "never"), connecttest.NewOffsets())
		b := connect.NewSourceBatch(connect.BatchLimits{Records: 1000, Bytes: 1 << 20})
		if err := p.task.Poll(t.Context(), b); err == nil || !strings.Contains(err.Error(), "needs quotes") {
			t.Errorf("a column that is a condition: %v", fmt.Sprint(err))
		}
	})
}

// TestNullsOfQuery checks which columns of a query may be null.
func TestNullsOfQuery(t *testing.T) {
	eachDatabase(t, func(t *testing.T, db *database) {
		if db.node == nil {
			t.Skip("SQLite tells nothing of the columns of a query")
		}
		db.exec(t, "CREATE TABLE ~a~ (~id~ INTEGER NOT NULL PRIMARY KEY, ~x~ VARCHAR(5))", "CREATE TABLE ~b~ (~id~ INTEGER NOT NULL PRIMARY KEY)", "INSERT INTO ~a~ VALUES (1, 'x')")
		for query, want := range map[string]string{
			"SELECT id, x, id + 1 AS n FROM a":                           "id",
			"SELECT a.id, b.id AS bid FROM a LEFT JOIN b ON a.id = b.id": map[bool]string{true: "", false: "id"}[db.is("Postgre")],
		} {
			p := start(t, db.config("mode", "bulk", "query", query, "topic.prefix", "q"), connecttest.NewOffsets())
			b := connect.NewSourceBatch(connect.BatchLimits{Records: 1000, Bytes: 1 << 20})
			if err := p.task.Poll(t.Context(), b); err != nil {
				t.Fatal(err)
			}
			var required []string
			for _, f := range b.Records()[0].ValueSchema().Fields() {
				if !f.Schema.Optional() && f.Name != "n" {
					required = append(required, f.Name)
				}
			}
			if got := strings.Join(required, ","); got != want {
				t.Errorf("%s: %s cannot be null, want %s", query, got, want)
			}
		}
	})
}

// TestTypesOfExpressions reads columns of a query that are none of a table, the first row of which has nulls.
func TestTypesOfExpressions(t *testing.T) {
	eachDatabase(t, func(t *testing.T, db *database) {
		db.exec(t, "CREATE TABLE ~e~ (~id~ INTEGER NOT NULL PRIMARY KEY, ~n~ INTEGER, ~f~ DOUBLE PRECISION)", "INSERT INTO ~e~ VALUES (1, NULL, NULL), (2, 5, 0.5)")
		p := start(t, db.config("mode", "bulk", "query", "SELECT id, n + 1 AS more, f * 2 AS twice FROM e ORDER BY id", "topic.prefix", "q"), connecttest.NewOffsets())
		if got := p.want(2); got != "q Struct{id=1}\nq Struct{id=2,more=6,twice=1.0}" {
			t.Errorf("read %s", got)
		}
	})
}
