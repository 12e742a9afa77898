package jdbc_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/connecttest"
)

func TestSourceContract(t *testing.T) {
	eachDatabase(t, func(t *testing.T, db *database) {
		stamp := map[bool]string{true: "TIMESTAMP(3)", false: "DATETIME(3)"}[db.is("Postgre")]
		db.exec(t, "CREATE TABLE ~t~ (~id~ INTEGER NOT NULL PRIMARY KEY, ~at~ "+stamp+" NOT NULL, ~name~ VARCHAR(30))")
		var want []string
		for i := range 7 {
			db.exec(t, fmt.Sprintf("INSERT INTO ~t~ VALUES (%d, '2024-05-01 12:00:0%d.250', 'row %d')", i+1, i/2, i))
			want = append(want, fmt.Sprintf("Struct{id=%d,at=%s,name=row %d}", i+1, "", i))
		}
		for _, mode := range []string{"incrementing", "timestamp+incrementing"} {
			t.Run(mode, func(t *testing.T) {
				props := db.config("mode", mode, "incrementing.column.name", "id", "topic.prefix", "p-")
				if strings.HasPrefix(mode, "timestamp") {
					props["timestamp.column.name"] = "at"
				}
				got := start(t, props, connecttest.NewOffsets()).want(len(want))
				values := strings.Split(strings.ReplaceAll(got, "p-t ", ""), "\n")
				for i, v := range values {
					if !strings.HasSuffix(v, fmt.Sprintf("name=row %d}", i)) {
						t.Errorf("row %d is %s", i, v)
					}
				}
				connecttest.Source(t, connecttest.SourceCase{Plugin: plugin(connect.KindSource), Props: props, Want: values})
			})
		}
	})
}

func TestIncrementing(t *testing.T) {
	eachDatabase(t, func(t *testing.T, db *database) {
		id := "INTEGER NOT NULL PRIMARY KEY"
		auto := map[string]string{"Sqlite": "INTEGER PRIMARY KEY AUTOINCREMENT", "MySql": "INTEGER NOT NULL AUTO_INCREMENT PRIMARY KEY", "Postgre": "SERIAL PRIMARY KEY"}
		for name, ddl := range auto {
			if db.is(name) {
				id = ddl
			}
		}
		db.exec(t, "CREATE TABLE ~t~ (~id~ "+id+", ~name~ VARCHAR(30))", "INSERT INTO ~t~ (~name~) VALUES ('a'), ('b')")
		offsets := connecttest.NewOffsets()
		p := start(t, db.config("mode", "incrementing", "topic.prefix", "p-"), offsets)
		if got := p.want(2); got != "p-t Struct{id=1,name=a}\np-t Struct{id=2,name=b}" {
			t.Errorf("read %s", got)
		}
		if got := fmt.Sprint(p.last); got != "map[incrementing:2]" {
			t.Errorf("offset %s", got)
		}
		db.exec(t, "INSERT INTO ~t~ (~name~) VALUES ('c')")
		if got := p.want(1); got != "p-t Struct{id=3,name=c}" {
			t.Errorf("read %s", got)
		}
		// A column that comes while the task runs.
		db.exec(t, "ALTER TABLE ~t~ ADD ~n~ INTEGER", "INSERT INTO ~t~ (~name~, ~n~) VALUES ('d', 4)")
		if got := p.want(1); got != "p-t Struct{id=4,name=d,n=4}" {
			t.Errorf("read %s", got)
		}
		db.exec(t, "INSERT INTO ~t~ (~name~) VALUES ('e')")
		p = start(t, db.config("mode", "incrementing", "topic.prefix", "p-"), offsets)
		if got := p.want(1); got != "p-t Struct{id=5,name=e}" {
			t.Errorf("a new task read %s", got)
		}
	})
}

// TestLegacyOffset checks that offsets of protocol 0 are found.
func TestLegacyOffset(t *testing.T) {
	eachDatabase(t, func(t *testing.T, db *database) {
		db.exec(t, "CREATE TABLE ~t~ (~id~ INTEGER NOT NULL PRIMARY KEY)", "INSERT INTO ~t~ VALUES (1), (2), (3)")
		offsets := connecttest.NewOffsets()
		offsets.Commit(connect.NewSourcePartition(map[string]any{"table": "t"}), connect.OffsetFields{"incrementing": int64(2)})
		if got := start(t, db.config("mode", "incrementing", "incrementing.column.name", "id"), offsets).want(1); got != "t Struct{id=3}" {
			t.Errorf("read %s", got)
		}
	})
}

func TestTimestamp(t *testing.T) {
	eachDatabase(t, func(t *testing.T, db *database) {
		stamp := map[bool]string{true: "TIMESTAMP(6)", false: "DATETIME(6)"}[db.is("Postgre")]
		db.exec(t, "CREATE TABLE ~t~ (~id~ INTEGER NOT NULL PRIMARY KEY, ~at~ "+stamp+" NOT NULL)",
			"INSERT INTO ~t~ VALUES (1, '1965-01-01 00:00:00'), (2, '2024-05-01 12:00:00.5'), (3, '2024-05-01 12:00:00.5'), (4, '2024-05-02 00:00:00')")
		offsets := connecttest.NewOffsets()
		props := db.config("mode", "timestamp", "timestamp.column.name", "at", "batch.max.rows", "2", "timestamp.granularity", "micros_iso_datetime_string")
		p := start(t, props, offsets)
		if got := p.want(4); got != "t Struct{id=1,at=1965-01-01T00:00:00.000000}\nt Struct{id=2,at=2024-05-01T12:00:00.500000}\n"+
			"t Struct{id=3,at=2024-05-01T12:00:00.500000}\nt Struct{id=4,at=2024-05-02T00:00:00.000000}" {
			t.Errorf("read %s", got)
		}
		for p.last["timestamp"] != time.Date(2024, 5, 2, 0, 0, 0, 0, time.UTC).UnixMilli() {
			if n := p.once(); n > 0 {
				t.Fatalf("%d more rows", n)
			}
		}
		db.exec(t, "INSERT INTO ~t~ VALUES (5, '2024-05-03 00:00:00.123456')")
		p = start(t, props, offsets)
		if got := p.want(1); !strings.Contains(got, "id=5") {
			t.Errorf("a new task read %s", got)
		}
	})
}

// TestTimestampDigits reads timestamps of more digits than a database compares: none is read twice, and none is skipped.
func TestTimestampDigits(t *testing.T) {
	eachDatabase(t, func(t *testing.T, db *database) {
		stamp := map[bool]string{true: "TIMESTAMP(6)", false: "DATETIME(6)"}[db.is("Postgre")]
		db.exec(t, "CREATE TABLE ~t~ (~id~ INTEGER NOT NULL PRIMARY KEY, ~at~ "+stamp+" NOT NULL)")
		for _, mode := range []string{"timestamp", "timestamp+incrementing"} {
			db.exec(t, "DELETE FROM ~t~")
			p := start(t, db.config("mode", mode, "timestamp.column.name", "at", "incrementing.column.name", "id"), connecttest.NewOffsets())
			for i, digits := range []string{"123678", "124", "125499", "999999"} {
				db.exec(t, fmt.Sprintf("INSERT INTO ~t~ VALUES (%d, '2024-05-01 12:00:0%d.%s')", i, i, digits))
				if got := p.want(1); !strings.HasPrefix(got, fmt.Sprintf("t Struct{id=%d,", i)) {
					t.Errorf("%s: read %s, want row %d", mode, got, i)
				}
			}
		}
	})
}

// TestTimestampTies checks that a batch that ends among rows of one timestamp does not commit it.
func TestTimestampTies(t *testing.T) {
	eachDatabase(t, func(t *testing.T, db *database) {
		stamp := map[bool]string{true: "TIMESTAMP(3)", false: "DATETIME(3)"}[db.is("Postgre")]
		db.exec(t, "CREATE TABLE ~t~ (~id~ INTEGER NOT NULL PRIMARY KEY, ~at~ "+stamp+" NOT NULL)",
			"INSERT INTO ~t~ VALUES (1, '2024-01-01 00:00:00'), (2, '2024-01-02 00:00:00'), (3, '2024-01-02 00:00:00'), (4, '2024-01-02 00:00:00')")
		offsets := connecttest.NewOffsets()
		props := db.config("mode", "timestamp", "timestamp.column.name", "at", "batch.max.rows", "3")
		first := start(t, props, offsets)
		first.want(3)
		if first.last["timestamp"] != time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli() {
			t.Errorf("committed %v within a tie", first.last)
		}
		if got := start(t, props, offsets).want(3); strings.Count(got, "at=") != 3 || !strings.Contains(got, "id=4") {
			t.Errorf("a new task read %s", got)
		}
	})
}

func TestBulkAndQuery(t *testing.T) {
	eachDatabase(t, func(t *testing.T, db *database) {
		db.exec(t, "CREATE TABLE ~a~ (~id~ INTEGER NOT NULL PRIMARY KEY)", "CREATE TABLE ~b~ (~id~ INTEGER NOT NULL PRIMARY KEY, ~x~ VARCHAR(5))", "CREATE TABLE ~c~ (~id~ INTEGER)",
			"INSERT INTO ~a~ VALUES (1), (2)", "INSERT INTO ~b~ VALUES (1, 'x')")
		p := start(t, db.config("mode", "bulk", "table.whitelist", "a,b"), connecttest.NewOffsets())
		got := p.want(6)
		if strings.Count(got, "a Struct{id=1}") != 2 || strings.Count(got, "b Struct{id=1,x=x}") != 2 {
			t.Errorf("bulk read %s", got)
		}
		if p.last != nil {
			t.Errorf("bulk committed %v", p.last)
		}
		if list := configs(t, db.config("mode", "bulk", "table.blacklist", "b"), 5); len(list) != 2 {
			t.Errorf("%d tasks for two tables", len(list))
		}
		if list := configs(t, db.config("mode", "bulk", "table.include.list", ".*[ab]", "table.exclude.list", ".*b"), 5); len(list) != 1 || !strings.Contains(list[0]["tables"], "a") {
			t.Errorf("tasks %v", list)
		}
		q := start(t, db.config("mode", "incrementing", "incrementing.column.name", "id", "topic.prefix", "q", "query", "SELECT * FROM (SELECT id, id + 1 AS more FROM a) s"), connecttest.NewOffsets())
		if got := q.want(2); got != "q Struct{id=1,more=2}\nq Struct{id=2,more=3}" {
			t.Errorf("query read %s", got)
		}
	})
}

func TestValidationAndErrors(t *testing.T) {
	eachDatabase(t, func(t *testing.T, db *database) {
		for _, kind := range []connect.Kind{connect.KindSource, connect.KindSink} {
			tester := plugin(kind).NewConnector().(connect.ConnectionTester)
			props := db.config("mode", "bulk")
			if err := tester.TestConnection(t.Context(), props); err != nil {
				t.Errorf("%s: %v", kind, err)
			}
			fails := func(class connect.ErrorClass, key, want string) {
				t.Helper()
				err := tester.TestConnection(t.Context(), props)
				var e *connect.Error
				if !errors.As(err, &e) || e.Class != class || e.Key != key || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "secret") {
					t.Errorf("%s: want %s at %s, got %v", kind, want, key, err)
				}
			}
			const absent = "there is no such database"
			url := props["connection.url"]
			if db.node == nil {
				file := t.TempDir() + "/no-folder/x.db"
				props["connection.url"] = "jdbc:sqlite:" + file
				fails(connect.BadConfig, "connection.url", absent)
				props["connection.url"] = "jdbc:sqlite:" + filepath.Dir(filepath.Dir(file)) + "/x.db"
				if err := tester.TestConnection(t.Context(), props); err != nil {
					t.Errorf("%s with a file to be made: %v", kind, err)
				}
				if _, err := os.Stat(filepath.Dir(filepath.Dir(file)) + "/x.db"); err == nil {
					t.Error("a test of the connection made a file")
				}
				continue
			}
			props["connection.url"] = strings.Replace(url, db.node.Address()+"/", db.node.Address()+"/not-", 1)
			fails(connect.BadConfig, "connection.url", absent)
			props["connection.url"], props["connection.password"] = url, "secret-and-wrong"
			fails(connect.BadConfig, "connection.password", "refuses the login")
			props["connection.url"] = strings.Replace(url, db.node.Address(), "127.0.0.1:1", 1)
			fails(connect.Retriable, "connection.url", "cannot be reached")
		}
	})
	validator := plugin(connect.KindSink).NewConnector().(connect.ConfigValidator)
	for url, want := range map[string]string{
		"jdbc:h2:mem:x": "databases of jdbc:h2: are not supported; supported are jdbc:postgresql:, jdbc:yugabytedb:, jdbc:mysql:, jdbc:mariadb:, jdbc:sqlite:",
		"postgres://x":  "begins with jdbc:",
		"jdbc:postgresql://h/db?targetServerType=odd": "targetServerType=odd is not known",
		"jdbc:mysql:loadbalance://a,b/db":             "are not supported",
		"jdbc:mariadb://a,b/db":                       "only one server",
		"jdbc:sqlite:x?busy_timeout=1)":               "no word or number",
	} {
		values, err := validator.Validate(t.Context(), map[string]string{"connection.url": url})
		if err != nil || len(values) != 1 || values[0].Name != "connection.url" || !strings.Contains(values[0].Errors[0], want) {
			t.Errorf("%s: %v %v", url, values, err)
		}
	}
	for _, c := range [][]string{{"delete.enabled", "true"}, {"insert.mode", "upsert"}, {"pk.mode", "kafka", "pk.fields", "a,b"}} {
		props := map[string]string{"connection.url": "jdbc:sqlite:x"}
		for i := 0; i < len(c); i += 2 {
			props[c[i]] = c[i+1]
		}
		if values, _ := validator.Validate(t.Context(), props); len(values) != 1 {
			t.Errorf("%v is valid", c)
		}
	}
}

// TestOverlap inserts rows whose timestamps a program set, before and at the last one that was read.
func TestOverlap(t *testing.T) {
	eachDatabase(t, func(t *testing.T, db *database) {
		stamp := map[bool]string{true: "TIMESTAMP(3)", false: "DATETIME(3)"}[db.is("Postgre")]
		for _, mode := range []string{"timestamp", "timestamp+incrementing"} {
			table := "t_" + strings.ReplaceAll(mode, "+", "_")
			db.exec(t, "CREATE TABLE ~"+table+"~ (~id~ INTEGER NOT NULL PRIMARY KEY, ~at~ "+stamp+" NOT NULL, ~x~ INTEGER)",
				"INSERT INTO ~"+table+"~ VALUES (1, '2024-05-01 12:00:00', 0), (5, '2024-05-01 12:00:30', 0)")
			offsets := connecttest.NewOffsets()
			props := db.config("mode", mode, "timestamp.column.name", "at", "incrementing.column.name", "id", "table.whitelist", table, "moldau.late.rows.overlap.ms", "60000")
			p := start(t, props, offsets)
			p.want(2)
			for i, row := range []string{"(2, '2024-05-01 12:00:30', 0)", "(3, '2024-05-01 11:59:31', 0)", "(4, '2024-05-01 12:00:31', 0)"} {
				db.exec(t, "INSERT INTO ~"+table+"~ VALUES "+row)
				if got, id := p.want(1), []int{2, 3, 4}[i]; !strings.Contains(got, fmt.Sprintf("id=%d,", id)) {
					t.Errorf("%s: read %s, want row %d", mode, got, id)
				}
			}
			db.exec(t, "UPDATE ~"+table+"~ SET ~x~ = 1 WHERE ~id~ = 5")
			if got := p.want(1); !strings.Contains(got, "x=1") {
				t.Errorf("%s: read %s", mode, got)
			}
			if got := p.brief(); got != "" {
				t.Errorf("%s: read again %s", mode, got)
			}
			if got := p.last["timestamp"]; got != time.Date(2024, 5, 1, 12, 0, 31, 0, time.UTC).UnixMilli() {
				t.Errorf("%s: the offset is %v", mode, got)
			}
			// After a restart all of the last minute comes again.
			if got := start(t, props, offsets).want(4); !strings.Contains(got, "id=5,") {
				t.Errorf("%s: read %s", mode, got)
			}
		}
	})
}
