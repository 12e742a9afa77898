package sink_test

import (
	"fmt"
	"testing"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connectors/jdbc/dialect"
)

// partitioned is a batch with so many records in each of some partitions, all of different keys; mark makes records bad.
func partitioned(partitions int32, each int, mark func(partition int32, i int) string) *connect.SinkBatch {
	b := connect.NewSinkBatch()
	for p := range partitions {
		tp := &connect.TopicPartition{Topic: "t", Partition: p}
		records := make([]connect.Record, each)
		for i := range records {
			x := kv(p*10000+int32(i), mark(p, i), int64(i))
			records[i].InitSink(b.Arena(), tp, int64(i), 0, connect.CreateTime)
			records[i].SetKey(x.key.Schema(), x.key.Value())
			records[i].SetValue(x.value.Schema(), x.value.Value())
		}
		b.Append(connect.SinkSlice{TopicPartition: *tp, Records: records})
	}
	return b
}

func good(int32, int) string { return "good" }

// TestLanes writes partitions side by side; where one of them is refused, the others are not written twice.
func TestLanes(t *testing.T) {
	eachDatabase(t, func(t *testing.T, db *database) {
		for _, once := range []string{"false", "true"} {
			for _, mode := range []string{"insert", "upsert"} {
				db.exec(t, "CREATE TABLE ~t~ (~id~ INTEGER PRIMARY KEY, ~name~ VARCHAR(20) NOT NULL CHECK (~name~ <> 'bad'), ~n~ INTEGER)")
				tc := context1(t)
				config := db.config("insert.mode", mode, "pk.mode", "record_key", "moldau.connections.max", "3", "exactly.once", once, "exactly.once.table", "offsets_"+mode)
				task := start(t, config, tc)
				var tps []connect.TopicPartition
				for p := range int32(4) {
					tps = append(tps, connect.TopicPartition{Topic: "t", Partition: p})
				}
				if err := task.(connect.PartitionOpener).Open(t.Context(), tps); err != nil {
					t.Fatal(err)
				}
				err := task.Put(t.Context(), partitioned(4, 400, func(p int32, i int) string { return map[bool]string{true: "bad", false: "good"}[p == 1 && i == 399] }))
				if err == nil || connect.ClassOf(err) == connect.Retriable {
					t.Fatalf("with a bad row: %v", err)
				}
				delivered := map[connect.TopicPartition]int64{}
				for _, tp := range tps {
					delivered[tp] = 0
				}
				if got, err := task.(connect.PreCommitter).PreCommit(t.Context(), delivered); err != nil || once == "false" && db.d.Name() != "SqliteDatabaseDialect" && fmt.Sprint(got) != "map[{t 0}:400 {t 1}:0 {t 2}:400 {t 3}:400]" {
					t.Errorf("%s: %v can be committed, %v", mode, got, err)
				}
				put(t, task, partitioned(4, 400, good))
				if got := db.rows(t, "SELECT count(*), max(~name~) FROM ~t~"); got != "1600|good" {
					t.Errorf("%s, exactly.once=%s: %s", mode, once, got)
				}
				db.exec(t, "DROP TABLE ~t~")
			}
		}
	})
}

// TestLanesReport has bad rows in several partitions at a time.
func TestLanesReport(t *testing.T) {
	eachDatabase(t, func(t *testing.T, db *database) {
		db.exec(t, "CREATE TABLE ~t~ (~id~ INTEGER PRIMARY KEY, ~name~ VARCHAR(20) NOT NULL CHECK (~name~ <> 'bad'), ~n~ INTEGER)")
		tc := context1(t)
		tc.none = false
		task := start(t, db.config("pk.mode", "record_key", "moldau.connections.max", "8"), tc)
		put(t, task, partitioned(4, 400, func(p int32, i int) string { return map[bool]string{true: "bad", false: "good"}[i == int(p)*100+7] }))
		if len(tc.offsets) != 4 {
			t.Errorf("reported %v: %v", tc.offsets, tc.errs)
		}
		if got := db.rows(t, "SELECT count(*) FROM ~t~"); got != "1596" {
			t.Errorf("%s rows", got)
		}
	})
}

// TestDeferred has constraints that are only checked at the end of a transaction: the rows that break them are reported, but not those whose parents
// come behind them.
func TestDeferred(t *testing.T) {
	eachDatabase(t, func(t *testing.T, db *database) {
		if _, ok := db.d.(dialect.Deferrer); !ok {
			t.Skip("no deferred constraints")
		}
		for _, mode := range []string{"insert", "upsert"} {
			db.exec(t, "CREATE TABLE ~t~ (~id~ INTEGER PRIMARY KEY, ~name~ VARCHAR(20), ~n~ INTEGER REFERENCES ~t~ (~id~) DEFERRABLE INITIALLY DEFERRED)")
			var recs []rec
			for i := range int32(100) {
				recs = append(recs, kv(i, "row", int64(i+1))) // each refers to the next
			}
			recs[99], recs[50] = kv(99, "last", 0), kv(50, "orphan", 12345) // 49 refers to an orphan, and so on
			recs = append(recs, kv(200, "fine", 200))
			tc := context1(t)
			tc.none = false
			task := start(t, db.config("pk.mode", "record_key", "insert.mode", mode, "max.retries", "0"), tc)
			put(t, task, batch("t", 0, recs...))
			// The chain that ends at the orphan falls with it, and the row that closes the circle.
			if got := db.rows(t, "SELECT count(*), min(~id~) FROM ~t~"); got != "1|200" || len(tc.offsets) != 100 {
				t.Errorf("%s: rows %s, reported %d", mode, got, len(tc.offsets))
			}
			put(t, task, batch("t", 200, kv(1, "child", 2), kv(2, "parent", 2), kv(3, "orphan", 9), kv(4, "child", 5), kv(5, "parent", 5)))
			if got := db.rows(t, "SELECT ~id~ FROM ~t~ ORDER BY 1"); got != "1;2;4;5;200" || fmt.Sprint(tc.offsets[100:]) != "[202]" {
				t.Errorf("%s: rows %s, reported %v", mode, got, tc.offsets[100:])
			}
			db.exec(t, "DROP TABLE ~t~")
		}
	})
}

// TestEqualForTheDatabase has keys that differ in case only, in a column that does not tell them apart: the last one counts, whatever the way
// rows are written.
func TestEqualForTheDatabase(t *testing.T) {
	column := map[string]string{"SqliteDatabaseDialect": "TEXT COLLATE NOCASE", "MySqlDatabaseDialect": "VARCHAR(20) COLLATE utf8mb4_general_ci", "PostgreSqlDatabaseDialect": `TEXT COLLATE "blind"`}
	eachDatabase(t, func(t *testing.T, db *database) {
		if db.d.Name() == "PostgreSqlDatabaseDialect" {
			db.exec(t, `CREATE COLLATION "blind" (provider = icu, locale = 'und-u-ks-level2', deterministic = false)`)
		}
		for _, mode := range []string{"upsert", "update"} {
			for _, n := range []int{3, 200} {
				for _, reporting := range []bool{false, true} {
					db.exec(t, "CREATE TABLE ~t~ (~name~ "+column[db.d.Name()]+" PRIMARY KEY, ~n~ INTEGER)")
					if mode == "update" {
						for i := range n {
							db.exec(t, fmt.Sprintf("INSERT INTO ~t~ VALUES ('key%d', -1)", i))
						}
					}
					tc := context1(t)
					tc.none = !reporting
					task := start(t, db.config("pk.mode", "record_value", "pk.fields", "name", "insert.mode", mode), tc)
					var recs []rec
					for i := range n {
						recs = append(recs, kv(0, fmt.Sprintf("Key%d", i), 0))
					}
					for i := range n {
						recs = append(recs, kv(0, fmt.Sprintf("kEY%d", i), 1))
					}
					put(t, task, batch("t", 0, recs...))
					put(t, task, batch("t", 1000, recs...))
					if got := db.rows(t, "SELECT count(*), min(~n~) FROM ~t~"); got != fmt.Sprintf("%d|1", n) || len(tc.offsets) > 0 {
						t.Errorf("%s of %d: %s, reported %d %.200q", mode, n, got, len(tc.offsets), tc.errs)
					}
					db.exec(t, "DROP TABLE ~t~")
				}
			}
		}
	})
}
