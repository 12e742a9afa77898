package sink_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/connecttest"
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/connectors/jdbc/dialect"
	"github.com/moldau/moldau/connectors/jdbc/mysql"
	"github.com/moldau/moldau/connectors/jdbc/postgres"
	"github.com/moldau/moldau/connectors/jdbc/sink"
	"github.com/moldau/moldau/connectors/jdbc/sqlite"
	"github.com/moldau/moldau/test/servers"
)

func TestMain(m *testing.M) {
	code := m.Run()
	servers.Stop()
	os.Exit(code)
}

var dialects = []dialect.Dialect{postgres.Dialect{}, mysql.Dialect{}, sqlite.Dialect{}}

// database is a target that tests write to and look into.
type database struct {
	props map[string]string
	conn  dialect.Conn
	d     dialect.Dialect
}

// eachDatabase runs a test on every database there is: SQLite always, servers where integration tests were asked for.
func eachDatabase(t *testing.T, f func(t *testing.T, db *database)) {
	t.Run("sqlite", func(t *testing.T) {
		f(t, open(t, map[string]string{"connection.url": "jdbc:sqlite:" + t.TempDir() + "/target.db"}))
	})
	t.Run("postgres", func(t *testing.T) {
		f(t, open(t, servers.PostgreSQL(t).Database(t)))
	})
	t.Run("mariadb", func(t *testing.T) {
		f(t, open(t, servers.MariaDB(t).Database(t)))
	})
	if node := servers.MySQL(t); node != nil {
		t.Run("mysql", func(t *testing.T) { f(t, open(t, node.Database(t))) })
	}
}

func open(t *testing.T, props map[string]string) *database {
	t.Helper()
	u, err := dialect.ParseURL(props["connection.url"])
	if err != nil {
		t.Fatal(err)
	}
	d, err := dialect.Find(dialects, u, "")
	if err != nil {
		t.Fatal(err)
	}
	conn, err := d.Open(t.Context(), dialect.Target{URL: u, User: props["connection.user"], Password: props["connection.password"]})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return &database{props: props, conn: conn, d: d}
}

// config is the configuration for the database with more keys.
func (db *database) config(more ...string) map[string]string {
	props := map[string]string{"name": "s", "retry.backoff.ms": "1", "connection.backoff.ms": "1"}
	for k, v := range db.props {
		props[k] = v
	}
	for i := 0; i < len(more); i += 2 {
		props[more[i]] = more[i+1]
	}
	return props
}

func (db *database) exec(t *testing.T, sql string) {
	t.Helper()
	if _, err := db.conn.Exec(t.Context(), strings.ReplaceAll(sql, "~", db.d.Quote("")[:1])); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

// rows returns what a query finds, values divided by |, rows by a semicolon.
func (db *database) rows(t *testing.T, sql string) string {
	t.Helper()
	all, err := dialect.Read(t.Context(), db.conn, strings.ReplaceAll(sql, "~", db.d.Quote("")[:1]))
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	var lines []string
	for _, r := range all {
		lines = append(lines, strings.Join(r, "|"))
	}
	return strings.Join(lines, ";")
}

// reporter collects records that were refused.
type reporter struct {
	connect.SinkTaskContext
	none    bool
	mu      sync.Mutex // lanes report side by side
	offsets []int64
	errs    []string
}

func (r *reporter) Errors() connect.ErrantRecordReporter {
	if r.none {
		return nil
	}
	return r
}
func (r *reporter) Timeout(time.Duration) {}
func (r *reporter) Logger() *slog.Logger  { return slog.New(slog.DiscardHandler) }

func (r *reporter) Report(record *connect.Record, err error) error {
	_, offset, _ := record.SinkOrigin()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.offsets = append(r.offsets, offset)
	r.errs = append(r.errs, err.Error())
	return nil
}

// rec is a record of a test.
type rec struct {
	key, value *data.Struct
}

func batch(topic string, from int64, recs ...rec) *connect.SinkBatch {
	tp := &connect.TopicPartition{Topic: topic}
	b := connect.NewSinkBatch()
	records := make([]connect.Record, len(recs))
	for i, x := range recs {
		records[i].InitSink(b.Arena(), tp, from+int64(i), 0, connect.CreateTime)
		if x.key != nil {
			records[i].SetKey(x.key.Schema(), x.key.Value())
		}
		if x.value != nil {
			records[i].SetValue(x.value.Schema(), x.value.Value())
		}
	}
	b.Append(connect.SinkSlice{TopicPartition: *tp, Records: records})
	return b
}

func start(t *testing.T, props map[string]string, tc connect.SinkTaskContext) connect.SinkTask {
	t.Helper()
	task := sink.NewTask(dialects)
	if err := task.Start(t.Context(), tc, props); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = task.Stop(context.Background()) })
	return task
}

func context1(t *testing.T) *reporter {
	return &reporter{SinkTaskContext: connecttest.SinkTaskContext(t, connect.TopicPartition{Topic: "t"}), none: true}
}

func put(t *testing.T, task connect.SinkTask, b *connect.SinkBatch) {
	t.Helper()
	if err := task.Put(t.Context(), b); err != nil {
		t.Fatalf("put: %v", err)
	}
}

var (
	keySchema   = data.NewStructSchema("k", data.Field{Name: "id", Schema: data.Int32Schema}).MustBuild()
	valueSchema = data.NewStructSchema("v", data.Field{Name: "name", Schema: data.OptionalStringSchema}, data.Field{Name: "n", Schema: data.OptionalInt64Schema}).MustBuild()
)

func kv(id int32, name string, n int64) rec {
	return rec{data.MustStruct(keySchema, data.Int32(id)), data.MustStruct(valueSchema, data.String(name), data.Int64(n))}
}

func gone(id int32) rec { return rec{key: data.MustStruct(keySchema, data.Int32(id))} }

func TestModes(t *testing.T) {
	eachDatabase(t, func(t *testing.T, db *database) {
		const all = "SELECT ~id~, ~name~, ~n~ FROM ~t~ ORDER BY 1"
		task := start(t, db.config("auto.create", "true", "insert.mode", "upsert", "pk.mode", "record_key", "delete.enabled", "true"), context1(t))
		put(t, task, batch("t", 0, gone(9)))
		put(t, task, batch("t", 1, kv(1, "one", 10), kv(2, "two", 20), kv(1, "uno", 11), gone(2), kv(3, "three", 30), gone(3), kv(3, "drei", 31)))
		if got := db.rows(t, all); got != "1|uno|11;3|drei|31" {
			t.Errorf("after upserts and deletes: %s", got)
		}
		var many []rec
		for i := range int32(300) {
			many = append(many, kv(i, fmt.Sprintf("tab\t back\\slash \n line %d 'ä\"", i), int64(i)))
		}
		put(t, task, batch("t", 8, many...))
		if got := db.rows(t, "SELECT count(*), sum(~n~), max(~name~) FROM ~t~"); got != "300|44850|tab\t back\\slash \n line 99 'ä\"" {
			t.Errorf("after many: %q", got)
		}
		many = nil
		for i := range int32(298) {
			many = append(many, gone(i))
		}
		put(t, task, batch("t", 308, many...))
		update := start(t, db.config("insert.mode", "update", "pk.mode", "record_key"), context1(t))
		put(t, update, batch("t", 0, kv(298, "changed", 1), kv(1000, "nobody", 1)))
		many = nil
		for i := range int32(50) {
			many = append(many, kv(299+i, "later", int64(i)))
		}
		put(t, update, batch("t", 2, many...))
		if got := db.rows(t, all); got != "298|changed|1;299|later|0" {
			t.Errorf("after updates: %s", got)
		}
		kafka := start(t, db.config("auto.create", "true", "insert.mode", "upsert", "pk.mode", "kafka", "table.name.format", "k_${topic}"), context1(t))
		put(t, kafka, batch("t", 0, kv(1, "a", 1), kv(1, "b", 2)))
		put(t, kafka, batch("t", 0, kv(1, "a", 1), kv(1, "b", 2), kv(1, "c", 3)))
		if got := db.rows(t, "SELECT ~__connect_topic~, ~__connect_partition~, ~__connect_offset~, ~name~ FROM ~k_t~ ORDER BY 3"); got != "t|0|0|a;t|0|1|b;t|0|2|c" {
			t.Errorf("with coordinates: %s", got)
		}
		insert := start(t, db.config("auto.create", "true", "pk.mode", "record_value", "pk.fields", "n", "table.name.format", "odd \"`name"), context1(t))
		put(t, insert, batch("t", 0, kv(1, "a", 1), kv(1, "b", 2)))
		if got := db.rows(t, "SELECT ~name~ FROM "+db.d.Quote("odd \"`name")+" ORDER BY ~n~"); got != "a;b" {
			t.Errorf("odd table: %s", got)
		}
	})
}

func TestEvolve(t *testing.T) {
	eachDatabase(t, func(t *testing.T, db *database) {
		db.exec(t, "CREATE TABLE ~t~ (~id~ INTEGER PRIMARY KEY, ~name~ VARCHAR(20))")
		wide := data.NewStructSchema("v", data.Field{Name: "name", Schema: data.OptionalStringSchema}, data.Field{Name: "Select", Schema: data.OptionalInt64Schema},
			data.Field{Name: "d", Schema: data.NewSchema(data.Int32Kind).Optional().Default(data.Int32(7)).MustBuild()}).MustBuild()
		off := start(t, db.config("insert.mode", "upsert", "pk.mode", "record_key"), context1(t))
		record := rec{data.MustStruct(keySchema, data.Int32(1)), data.MustStruct(wide, data.String("x"), data.Int64(5), data.Null)}
		err := off.Put(t.Context(), batch("t", 0, record))
		if err == nil || !strings.Contains(err.Error(), "Table t is missing fields (Select, d) and auto-evolution is disabled") {
			t.Errorf("without auto.evolve: %v", err)
		}
		on := start(t, db.config("insert.mode", "upsert", "pk.mode", "record_key", "auto.evolve", "true"), context1(t))
		put(t, on, batch("t", 0, kv2(2), record))
		if got := db.rows(t, "SELECT ~id~, ~name~, ~Select~, ~d~ FROM ~t~ ORDER BY 1"); got != "1|x|5|7;2|only|||" && got != "1|x|5|7;2|only||7" {
			t.Errorf("after evolution: %s", got)
		}
		required := data.NewStructSchema("v", data.Field{Name: "must", Schema: data.Int64Schema}).MustBuild()
		err = on.Put(t.Context(), batch("t", 2, rec{data.MustStruct(keySchema, data.Int32(1)), data.MustStruct(required, data.Int64(5))}))
		if err == nil || !strings.Contains(err.Error(), "not optional and does not have a default value") {
			t.Errorf("with a required field: %v", err)
		}
		missing := start(t, db.config(), context1(t))
		if err = missing.Put(t.Context(), batch("none", 0, kv(1, "a", 1))); err == nil || !strings.Contains(err.Error(), "Table none is missing and auto-creation is disabled") {
			t.Errorf("without auto.create: %v", err)
		}
	})
}

func kv2(id int32) rec {
	s := data.NewStructSchema("v", data.Field{Name: "name", Schema: data.OptionalStringSchema}).MustBuild()
	return rec{data.MustStruct(keySchema, data.Int32(id)), data.MustStruct(s, data.String("only"))}
}

func TestBadRowsAreReportedAlone(t *testing.T) {
	eachDatabase(t, func(t *testing.T, db *database) {
		db.exec(t, "CREATE TABLE ~t~ (~id~ INTEGER PRIMARY KEY, ~name~ VARCHAR(20) NOT NULL CHECK (~name~ <> 'bad'), ~n~ INTEGER)")
		null := rec{data.MustStruct(keySchema, data.Int32(77)), data.MustStruct(valueSchema, data.Null, data.Int64(1))}
		var recs []rec
		for i := range int32(100) {
			recs = append(recs, kv(i, "good", int64(i)))
		}
		recs[13], recs[77], recs[99] = kv(13, "bad", 1), null, kv(5, "twice", 1)
		for _, mode := range []string{"insert", "upsert"} {
			tc := context1(t)
			tc.none = false
			task := start(t, db.config("insert.mode", mode, "pk.mode", "record_key"), tc)
			put(t, task, batch("t", 1000, recs...))
			want := []int64{1013, 1077, 1099}
			if mode == "upsert" {
				want = want[:2]
			}
			if fmt.Sprint(tc.offsets) != fmt.Sprint(want) {
				t.Errorf("%s: reported %v, want %v: %q", mode, tc.offsets, want, tc.errs)
			}
			count := map[string]string{"insert": "97|good", "upsert": "97|twice"}[mode] // 13 and 77 are missing; the last one has the key of 5
			if got := db.rows(t, "SELECT count(*), max(CASE WHEN ~id~ = 5 THEN ~name~ END) FROM ~t~"); got != count {
				t.Errorf("%s: %s, want %s", mode, got, count)
			}
			db.exec(t, "DELETE FROM ~t~")
		}
		none := start(t, db.config("pk.mode", "record_key"), context1(t))
		err := none.Put(t.Context(), batch("t", 0, recs...))
		if err == nil || connect.ClassOf(err) == connect.Retriable {
			t.Errorf("without reporter: %v", err)
		}
		if got := db.rows(t, "SELECT count(*) FROM ~t~"); got != "0" {
			t.Errorf("%s rows of a put that failed", got)
		}
		// A record that is none for this table.
		tc := context1(t)
		tc.none = false
		task := start(t, db.config("pk.mode", "record_key", "insert.mode", "upsert"), tc)
		put(t, task, batch("t", 0, rec{value: kv(1, "a", 1).value}, kv(1, "a", 1), gone(1)))
		if fmt.Sprint(tc.offsets) != "[0 2]" {
			t.Errorf("reported %v: %q", tc.offsets, tc.errs)
		}
	})
}

func TestSinkContract(t *testing.T) {
	eachDatabase(t, func(t *testing.T, db *database) {
		for _, once := range []string{"false", "true"} {
			t.Run("exactly.once="+once, func(t *testing.T) {
				table := "c_" + once
				db.exec(t, "CREATE TABLE ~"+table+"~ (~seq~ INTEGER PRIMARY KEY "+map[string]string{"SqliteDatabaseDialect": "AUTOINCREMENT", "MySqlDatabaseDialect": "AUTO_INCREMENT"}[db.d.Name()]+
					map[bool]string{true: "GENERATED ALWAYS AS IDENTITY"}[db.d.Name() == "PostgreSqlDatabaseDialect"]+", ~record_value~ VARCHAR(200))")
				connecttest.Sink(t, connecttest.SinkCase{
					Plugin: connect.Plugin{Kind: connect.KindSink, Class: "io.confluent.connect.jdbc.JdbcSinkConnector", TaskClass: "io.confluent.connect.jdbc.sink.JdbcSinkTask",
						Doc: "Writes records to the tables of a database.", Config: sink.Config(),
						NewConnector: func() connect.Connector { return sink.NewConnector(dialects) }, NewSinkTask: func() connect.SinkTask { return sink.NewTask(dialects) }},
					Props: db.config("table.name.format", table, "exactly.once", once),
					Contents: func(t *testing.T) []string {
						return strings.Split(db.rows(t, "SELECT ~record_value~ FROM ~"+table+"~ ORDER BY ~seq~"), ";")
					},
				})
			})
		}
	})
}
