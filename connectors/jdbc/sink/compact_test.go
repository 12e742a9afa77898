package sink_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/connectors/jdbc/dialect"
	"github.com/moldau/moldau/connectors/jdbc/sink"
	"github.com/moldau/moldau/connectors/jdbc/sqlite"
)

// TestShapesOfOneKey mixes records of one key that do not write the same columns.
func TestShapesOfOneKey(t *testing.T) {
	extra := data.NewStructSchema("v", data.Field{Name: "extra", Schema: data.OptionalInt64Schema}).MustBuild()
	all := data.NewStructSchema("v", data.Field{Name: "name", Schema: data.OptionalStringSchema}, data.Field{Name: "n", Schema: data.OptionalInt64Schema},
		data.Field{Name: "extra", Schema: data.OptionalInt64Schema}).MustBuild()
	more := func(id int32, n int64) rec {
		return rec{data.MustStruct(keySchema, data.Int32(id)), data.MustStruct(extra, data.Int64(n))}
	}
	whole := func(id int32, name string) rec {
		return rec{data.MustStruct(keySchema, data.Int32(id)), data.MustStruct(all, data.String(name), data.Int64(7), data.Int64(8))}
	}
	eachDatabase(t, func(t *testing.T, db *database) {
		db.exec(t, "CREATE TABLE ~t~ (~id~ INTEGER PRIMARY KEY, ~name~ VARCHAR(20), ~n~ INTEGER, ~extra~ INTEGER)")
		task := start(t, db.config("insert.mode", "upsert", "pk.mode", "record_key", "delete.enabled", "true"), context1(t))
		for name, c := range map[string]struct {
			recs []rec
			want string
		}{
			"deleted behind two shapes":   {[]rec{kv(1, "a", 1), more(1, 2), gone(1)}, ""},
			"merged":                      {[]rec{kv(1, "a", 1), more(1, 2), kv(1, "b", 3)}, "1|b|3|2"},
			"all columns after an opened": {[]rec{whole(2, "other"), kv(1, "a", 1), more(1, 2), whole(1, "last")}, "1|last|7|8;2|other|7|8"},
			"some columns after all":      {[]rec{whole(1, "first"), more(1, 2), kv(1, "c", 3), more(1, 4)}, "1|c|3|4"},
			"written again":               {[]rec{kv(1, "a", 1), more(1, 2), gone(1), more(1, 5)}, "1|||5"},
		} {
			put(t, task, batch("t", 0, c.recs...))
			if got := db.rows(t, "SELECT ~id~, ~name~, ~n~, ~extra~ FROM ~t~ ORDER BY 1"); got != c.want {
				t.Errorf("%s: %s, want %s", name, got, c.want)
			}
			db.exec(t, "DELETE FROM ~t~")
		}
	})
}

// TestEqualKeys writes keys that differ for Kafka and not for the database.
func TestEqualKeys(t *testing.T) {
	text := data.NewStructSchema("k", data.Field{Name: "id", Schema: data.StringSchema}).MustBuild()
	eachDatabase(t, func(t *testing.T, db *database) {
		db.exec(t, "CREATE TABLE ~t~ (~id~ DECIMAL(10,2) PRIMARY KEY, ~name~ VARCHAR(20), ~n~ INTEGER)")
		task := start(t, db.config("insert.mode", "upsert", "pk.mode", "record_key"), context1(t))
		for _, n := range []int{5, 100} {
			var recs []rec
			for i := range n {
				recs = append(recs, kv(0, "all", int64(i)))
				recs[i].key = data.MustStruct(text, data.String(fmt.Sprint(i)))
			}
			last := kv(0, "last", int64(n))
			last.key = data.MustStruct(text, data.String("1.0"))
			put(t, task, batch("t", 0, append(recs, last)...))
			if got, want := db.rows(t, "SELECT count(*), max(CASE WHEN ~id~ = 1 THEN ~n~ END) FROM ~t~"), fmt.Sprintf("%d|%d", n, n); got != want {
				t.Errorf("%d rows: %s", n, got)
			}
		}
	})
}

// TestRefusedAfterGood checks that a record that is refused does not take with it those of its key that were good.
func TestRefusedAfterGood(t *testing.T) {
	eachDatabase(t, func(t *testing.T, db *database) {
		db.exec(t, "CREATE TABLE ~t~ (~id~ INTEGER PRIMARY KEY, ~name~ VARCHAR(20) NOT NULL CHECK (~name~ <> 'bad'), ~n~ INTEGER)")
		for _, mode := range []string{"upsert", "update"} {
			db.exec(t, "DELETE FROM ~t~")
			db.exec(t, "INSERT INTO ~t~ VALUES (1, 'old', 0), (2, 'old', 0), (3, 'old', 0)")
			tc := context1(t)
			tc.none = false
			task := start(t, db.config("insert.mode", mode, "pk.mode", "record_key", "delete.enabled", "true"), tc)
			put(t, task, batch("t", 0, kv(1, "good", 1), kv(2, "bad", 2), kv(2, "good", 2), kv(1, "bad", 3), kv(1, "better", 4), kv(1, "bad", 5), kv(3, "good", 6), gone(3), kv(3, "bad", 7)))
			if got := db.rows(t, "SELECT ~id~, ~name~, ~n~ FROM ~t~ ORDER BY 1"); got != "1|better|4;2|good|2" {
				t.Errorf("%s: %s", mode, got)
			}
			want := "[3 5 8]"
			if mode == "update" { // there is no row 3 to be refused
				want = "[3 5]"
			}
			if got := fmt.Sprint(tc.offsets); got != want {
				t.Errorf("%s: reported %s, want %s: %q", mode, got, want, tc.errs)
			}
		}
	})
}

// TestOrderOfKeyFields has a key whose fields come in another order in some records: it is the same key.
func TestOrderOfKeyFields(t *testing.T) {
	a, b := data.Field{Name: "a", Schema: data.Int32Schema}, data.Field{Name: "b", Schema: data.Int32Schema}
	one, other := data.NewStructSchema("k", a, b).MustBuild(), data.NewStructSchema("k", b, a).MustBuild()
	key := func(turned bool) *data.Struct {
		if turned {
			return data.MustStruct(other, data.Int32(2), data.Int32(1))
		}
		return data.MustStruct(one, data.Int32(1), data.Int32(2))
	}
	eachDatabase(t, func(t *testing.T, db *database) {
		db.exec(t, "CREATE TABLE ~t~ (~a~ INTEGER, ~b~ INTEGER, ~name~ VARCHAR(20), ~n~ INTEGER, PRIMARY KEY (~a~, ~b~))")
		task := start(t, db.config("insert.mode", "upsert", "pk.mode", "record_key", "delete.enabled", "true"), context1(t))
		put(t, task, batch("t", 0, rec{key(false), kv(0, "first", 1).value}, rec{key(true), kv(0, "second", 2).value}, rec{key(false), kv(0, "last", 3).value}))
		if got := db.rows(t, "SELECT ~a~, ~b~, ~name~ FROM ~t~"); got != "1|2|last" {
			t.Errorf("upserts: %s", got)
		}
		put(t, task, batch("t", 3, rec{key(false), kv(0, "gone", 4).value}, rec{key: key(true)}))
		if got := db.rows(t, "SELECT ~name~ FROM ~t~"); got != "" {
			t.Errorf("after a delete: %s", got)
		}
	})
}

// watched is SQLite whose statements go through exec first.
type watched struct {
	sqlite.Dialect
	exec func(sql string) error
}

func (d watched) Open(ctx context.Context, t dialect.Target) (dialect.Conn, error) {
	c, err := d.Dialect.Open(ctx, t)
	return watchedConn{c, d}, err
}

// CheckAtOnce implements dialect.Deferrer.
func (watched) CheckAtOnce() string { return "PRAGMA user_version" }

type watchedConn struct {
	dialect.Conn
	d watched
}

func (c watchedConn) Exec(ctx context.Context, sql string, args ...any) (int64, error) {
	if err := c.d.exec(sql); err != nil {
		return 0, err
	}
	return c.Conn.Exec(ctx, sql, args...)
}

// TestHistory inserts many records of one key into a table without unique key: they go together, in order.
func TestHistory(t *testing.T) {
	db := open(t, map[string]string{"connection.url": "jdbc:sqlite:" + t.TempDir() + "/target.db"})
	db.exec(t, "CREATE TABLE ~t~ (~id~ INTEGER, ~name~ TEXT, ~n~ INTEGER)")
	inserts := 0
	task := sink.NewTask([]dialect.Dialect{watched{exec: func(sql string) error {
		if strings.HasPrefix(sql, "INSERT") {
			inserts++
		}
		return nil
	}}})
	if err := task.Start(t.Context(), context1(t), db.config("pk.mode", "record_key")); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = task.Stop(context.Background()) }()
	var recs []rec
	var want []string
	for i := range 90 {
		recs = append(recs, kv(1, "x", int64(i)))
		want = append(want, fmt.Sprint(i))
	}
	put(t, task, batch("t", 0, recs...))
	if got := db.rows(t, "SELECT ~n~ FROM ~t~ ORDER BY rowid"); got != strings.Join(want, ";") || inserts != 1 {
		t.Errorf("%d statements: %s", inserts, got)
	}
}

// TestCommitIsAlwaysRefused has a database that refuses every COMMIT for its rows, also with all constraints checked before.
func TestCommitIsAlwaysRefused(t *testing.T) {
	db := open(t, map[string]string{"connection.url": "jdbc:sqlite:" + t.TempDir() + "/target.db"})
	db.exec(t, "CREATE TABLE ~t~ (~id~ INTEGER, ~name~ TEXT, ~n~ INTEGER)")
	commits := 0
	task := sink.NewTask([]dialect.Dialect{watched{exec: func(sql string) error {
		if sql != "COMMIT" {
			return nil
		}
		if commits++; commits > 10 {
			panic("it is tried for ever")
		}
		return &dialect.RowError{Column: "id", Err: errors.New("not this one")}
	}}})
	tc := context1(t)
	tc.none = false
	if err := task.Start(t.Context(), tc, db.config("max.retries", "0")); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = task.Stop(context.Background()) }()
	if err := task.Put(t.Context(), batch("t", 0, kv(1, "x", 1))); err == nil || connect.ClassOf(err) == connect.Retriable || commits != 2 {
		t.Errorf("%d commits: %v", commits, err)
	}
}

// TestReportedOnce has a put that is tried again because of the database: a record that no row can be made of is reported once.
func TestReportedOnce(t *testing.T) {
	db := open(t, map[string]string{"connection.url": "jdbc:sqlite:" + t.TempDir() + "/target.db"})
	begun := 0
	task := sink.NewTask([]dialect.Dialect{watched{exec: func(sql string) error {
		if strings.HasPrefix(sql, "BEGIN") {
			if begun++; begun <= 3 {
				return errors.New("later")
			}
		}
		return nil
	}}})
	tc := context1(t)
	tc.none = false
	if err := task.Start(t.Context(), tc, db.config("auto.create", "true", "pk.mode", "record_key")); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = task.Stop(context.Background()) }()
	b := batch("t", 0, kv(1, "x", 1), rec{value: kv(1, "no key", 1).value})
	for range 3 {
		if err := task.Put(t.Context(), b); connect.ClassOf(err) != connect.Retriable {
			t.Fatal(err)
		}
	}
	put(t, task, b)
	if got := fmt.Sprint(tc.offsets); got != "[1]" {
		t.Errorf("reported %s", got)
	}
	put(t, task, batch("t", 0, rec{value: kv(1, "no key", 1).value})) // a record that comes anew
	if got := fmt.Sprint(tc.offsets); got != "[1 0]" {
		t.Errorf("reported %s", got)
	}
}
