package jdbc_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/connecttest"
	"github.com/moldau/moldau/connect/data"
)

// TestTableChangesUnderSink changes a table under a sink that writes to it: what fits goes on, what does not is said, and lands once it fits.
func TestTableChangesUnderSink(t *testing.T) {
	eachDatabase(t, func(t *testing.T, db *database) {
		s := data.NewStructSchema("s", data.Field{Name: "id", Schema: data.Int32Schema}, data.Field{Name: "name", Schema: data.StringSchema}).MustBuild()
		row := func(id int32, name string) message { return of(s, data.Int32(id), data.String(name)) }
		db.exec(t, "CREATE TABLE ~t~ (~id~ INTEGER NOT NULL PRIMARY KEY, ~name~ VARCHAR(8))")
		w := write(t, "t", false, db.config("insert.mode", "upsert", "pk.mode", "record_value", "pk.fields", "id", "max.retries", "3", "retry.backoff.ms", "1"))
		w.must(row(1, "one"))
		db.exec(t, "ALTER TABLE ~t~ ADD ~more~ INTEGER")
		w.must(row(2, "two"))
		if !db.is("Sqlite") { // which takes any length
			wide := row(3, "longer than eight")
			if err := w.put(wide); err == nil {
				t.Error("a text that is too long is written")
			}
			db.exec(t, map[bool]string{true: "ALTER TABLE t ALTER name TYPE VARCHAR(50)", false: "ALTER TABLE t MODIFY name VARCHAR(50)"}[db.is("Postgre")])
			w.must(wide)
			db.exec(t, "DELETE FROM ~t~ WHERE ~id~ = 3")
		}
		db.exec(t, "ALTER TABLE ~t~ RENAME COLUMN ~name~ TO ~label~")
		if err := w.put(row(3, "three")); err == nil || !strings.Contains(err.Error(), "name") {
			t.Errorf("a column that was renamed: %v", err)
		}
		db.exec(t, "ALTER TABLE ~t~ RENAME COLUMN ~label~ TO ~name~")
		w.must(row(3, "three"))
		db.exec(t, "ALTER TABLE ~t~ DROP COLUMN ~more~")
		w.must(row(4, "four"))
		if got := db.dump(t, "t", "id", "name"); got != "1|one\n2|two\n3|three\n4|four" {
			t.Errorf("the table holds %s", got)
		}
		db.exec(t, "DROP TABLE ~t~")
		if err := w.put(row(5, "five")); err == nil || !strings.Contains(err.Error(), "t ") {
			t.Errorf("a table that was dropped: %v", err)
		}
		db.exec(t, "CREATE TABLE ~t~ (~extra~ INTEGER, ~name~ VARCHAR(90), ~id~ BIGINT NOT NULL PRIMARY KEY)")
		w.must(row(5, "five"))
		if got := db.dump(t, "t", "id", "name"); got != "5|five" {
			t.Errorf("the table holds %s", got)
		}
	})
}

// TestTableChangesUnderSource changes a table under a source that reads it.
func TestTableChangesUnderSource(t *testing.T) {
	eachDatabase(t, func(t *testing.T, db *database) {
		db.exec(t, "CREATE TABLE ~t~ (~id~ INTEGER NOT NULL PRIMARY KEY, ~name~ VARCHAR(9), ~n~ SMALLINT)", "INSERT INTO ~t~ VALUES (1, 'a', 1)")
		p := start(t, db.config("mode", "incrementing", "incrementing.column.name", "id", "table.whitelist", "t"), connecttest.NewOffsets())
		next := func(want string, statements ...string) {
			t.Helper()
			db.exec(t, statements...)
			if got := p.want(1); got != "t Struct{"+want+"}" {
				t.Errorf("read %s, want %s", got, want)
			}
		}
		next("id=1,name=a,n=1")
		next("id=2,name=b,n=2,more=5", "ALTER TABLE ~t~ ADD ~more~ INTEGER", "INSERT INTO ~t~ VALUES (2, 'b', 2, 5)")
		next("id=3,label=c,n=3,more=5", "ALTER TABLE ~t~ RENAME COLUMN ~name~ TO ~label~", "INSERT INTO ~t~ VALUES (3, 'c', 3, 5)")
		next("id=4,label=d,n=4", "ALTER TABLE ~t~ DROP COLUMN ~more~", "INSERT INTO ~t~ VALUES (4, 'd', 4)")
		switch {
		case db.is("Postgre"):
			next("id=5,label=e,n=5000000000", "ALTER TABLE t ALTER n TYPE BIGINT", "INSERT INTO t VALUES (5, 'e', 5000000000)")
		case db.is("MySql"):
			next("id=5,label=e,n=5000000000", "ALTER TABLE t MODIFY n BIGINT", "INSERT INTO t VALUES (5, 'e', 5000000000)")
		}
		next("id=6,new=text", "DROP TABLE ~t~", "CREATE TABLE ~t~ (~id~ INTEGER NOT NULL PRIMARY KEY, ~new~ VARCHAR(9))", "INSERT INTO ~t~ VALUES (6, 'text')")
		// A table that is gone is said, and read again when it is back.
		db.exec(t, "DROP TABLE ~t~")
		b := connect.NewSourceBatch(connect.BatchLimits{Records: 10, Bytes: 1 << 20})
		if err := p.task.Poll(t.Context(), b); connect.ClassOf(err) != connect.Retriable || !strings.Contains(err.Error(), "t") {
			t.Errorf("a table that was dropped: %v", err)
		}
		next("id=7,back=1.5", "CREATE TABLE ~t~ (~id~ INTEGER NOT NULL PRIMARY KEY, ~back~ DOUBLE PRECISION)", "INSERT INTO ~t~ VALUES (7, 1.5)")
	})
}

// TestTablesOfTwoTasks lets tasks create and change one table at a time: all rows land.
func TestTablesOfTwoTasks(t *testing.T) {
	const tasks, steps = 3, 6
	eachDatabase(t, func(t *testing.T, db *database) {
		props := db.config("auto.create", "true", "auto.evolve", "true", "insert.mode", "upsert", "pk.mode", "record_value", "pk.fields", "id", "retry.backoff.ms", "1", "max.retries", "1000")
		var all [tasks]*writing
		for i := range all {
			all[i] = write(t, "race", false, props)
		}
		fields := []data.Field{{Name: "id", Schema: data.StringSchema}}
		values := []data.Value{data.Null}
		for step := range steps {
			s := data.NewStructSchema("s", fields...).MustBuild()
			var errs [tasks]error
			var wait sync.WaitGroup
			for i, w := range all {
				mine := append([]data.Value{data.String(fmt.Sprintf("%d %d", i, step))}, values[1:]...)
				m := of(s, mine...)
				wait.Go(func() { errs[i] = w.put(m) })
			}
			wait.Wait()
			for i, err := range errs {
				if err != nil {
					t.Fatalf("task %d, step %d: %v", i, step, err)
				}
			}
			fields = append(fields, data.Field{Name: fmt.Sprint("added ", step), Schema: data.OptionalInt32Schema})
			values = append(values, data.Int32(int32(step)))
		}
		if got := db.text(t, "SELECT count(*), count(~added 0~), count(~added 4~) FROM ~race~"); got != fmt.Sprintf("%d|%d|%d", tasks*steps, tasks*(steps-1), tasks) {
			t.Errorf("the table holds %s", got)
		}
	})
}

// TestOverlappingColumns lets a task add columns of which another one has added some since the table was looked at.
func TestOverlappingColumns(t *testing.T) {
	eachDatabase(t, func(t *testing.T, db *database) {
		db.exec(t, "CREATE TABLE ~t~ (~id~ INTEGER NOT NULL PRIMARY KEY)")
		w := write(t, "t", false, db.config("auto.evolve", "true"))
		w.must(of(personIDOnly, data.Int32(1)))
		db.exec(t, "ALTER TABLE ~t~ ADD ~part~ VARCHAR(20)")
		more := data.NewStructSchema("m", data.Field{Name: "id", Schema: data.Int32Schema}, data.Field{Name: "name", Schema: data.OptionalInt32Schema},
			data.Field{Name: "part", Schema: data.OptionalStringSchema}, data.Field{Name: "n", Schema: data.OptionalInt64Schema}).MustBuild()
		w.must(of(more, data.Int32(2), data.Int32(5), data.String("a"), data.Int64(3)))
		if got := db.dump(t, "t", "id", "part", "name", "n"); got != "1|||\n2|a|5|3" {
			t.Errorf("the table holds %s", got)
		}
	})
}
