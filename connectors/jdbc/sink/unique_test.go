package sink_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/moldau/moldau/connect/data"
)

// TestUniqueColumn lets values of a unique column go from row to row within a put: what is there in the end is what records written one by one leave.
func TestUniqueColumn(t *testing.T) {
	short := data.NewStructSchema("v", data.Field{Name: "name", Schema: data.OptionalStringSchema}).MustBuild()
	only := func(id int32, name string) rec {
		return rec{data.MustStruct(keySchema, data.Int32(id)), data.MustStruct(short, data.String(name))}
	}
	eachDatabase(t, func(t *testing.T, db *database) {
		for _, mode := range []string{"upsert", "update"} {
			for _, others := range []int{0, 300} { // some are written in the fast way
				for _, reporting := range []bool{false, true} {
					for name, c := range map[string]struct {
						recs []rec
						want string
					}{
						"swapped":               {[]rec{kv(1, "x", 1), kv(2, "a", 2), kv(1, "b", 3)}, "1|b|3;2|a|2;3|c|0"},
						"handed on":             {[]rec{kv(3, "z", 1), kv(2, "c", 2), kv(1, "b", 3)}, "1|b|3;2|c|2;3|z|1"},
						"of another schema":     {[]rec{kv(3, "c", 1), only(1, "x"), kv(2, "a", 2)}, "1|x|0;2|a|2;3|c|1"},
						"twice":                 {[]rec{kv(1, "x", 1), kv(2, "a", 2), kv(2, "y", 3), kv(1, "a", 4), kv(3, "b", 5)}, "1|a|4;2|y|3;3|b|5"},
						"of a row that is gone": {[]rec{kv(2, "x", 1), kv(1, "b", 1), gone(2), kv(3, "a", 3)}, "1|b|1;3|a|3"},
					} {
						db.exec(t, "CREATE TABLE ~t~ (~id~ INTEGER PRIMARY KEY, ~name~ VARCHAR(20) UNIQUE, ~n~ INTEGER)")
						db.exec(t, "INSERT INTO ~t~ VALUES (1, 'a', 0), (2, 'b', 0), (3, 'c', 0)")
						tc := context1(t)
						tc.none = !reporting
						task := start(t, db.config("insert.mode", mode, "pk.mode", "record_key", "delete.enabled", "true"), tc)
						recs := c.recs
						for i := range others {
							recs = append(recs, kv(int32(1000+i), fmt.Sprint("other", i), 0))
						}
						put(t, task, batch("t", 0, recs...))
						if got := db.rows(t, "SELECT ~id~, ~name~, ~n~ FROM ~t~ WHERE ~id~ < 1000 ORDER BY 1"); got != c.want || len(tc.offsets) > 0 {
							t.Errorf("%s of %d, %s: %s, want %s; reported %v: %s", mode, len(recs), name, got, c.want, tc.offsets, strings.Join(tc.errs, "; "))
						}
						db.exec(t, "DROP TABLE ~t~")
					}
				}
			}
		}
	})
}

// TestUniqueColumnRefused has a value that a row keeps, behind another bad record: both are reported, once.
func TestUniqueColumnRefused(t *testing.T) {
	eachDatabase(t, func(t *testing.T, db *database) {
		db.exec(t, "CREATE TABLE ~t~ (~id~ INTEGER PRIMARY KEY, ~name~ VARCHAR(20) UNIQUE CHECK (~name~ <> 'bad'), ~n~ INTEGER)")
		db.exec(t, "INSERT INTO ~t~ VALUES (1, 'a', 0), (2, 'b', 0), (3, 'c', 0)")
		tc := context1(t)
		tc.none = false
		task := start(t, db.config("insert.mode", "update", "pk.mode", "record_key", "delete.enabled", "true"), tc)
		put(t, task, batch("t", 0, kv(3, "bad", 1))) // so that the next put sets savepoints
		put(t, task, batch("t", 1, kv(3, "bad", 1), kv(1, "x", 2), kv(2, "a", 3), kv(1, "y", 4), kv(3, "a", 5), kv(3, "d", 6)))
		if got := db.rows(t, "SELECT ~id~, ~name~, ~n~ FROM ~t~ ORDER BY 1"); got != "1|y|4;2|a|3;3|d|6" || fmt.Sprint(tc.offsets) != "[0 1 5]" {
			t.Errorf("%s, reported %v", got, tc.offsets)
		}
		alone := context1(t)
		task = start(t, db.config("insert.mode", "update", "pk.mode", "record_key"), alone)
		if err := task.Put(t.Context(), batch("t", 7, kv(1, "z", 7), kv(3, "a", 8))); err == nil || !strings.Contains(err.Error(), "offset 8") {
			t.Errorf("without a reporter: %v", err)
		}
	})
}
