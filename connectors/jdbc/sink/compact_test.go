package sink_test

import (
	"fmt"
	"testing"

	"github.com/moldau/moldau/connect/data"
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
