package jdbc_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/data"
)

// TestBadInput writes one bad record among good ones: it alone is a dead letter, with its place and reason, and all others land. Without dead letter
// queue the task fails with the same words.
func TestBadInput(t *testing.T) {
	optional := data.NewStructSchema("o", data.Field{Name: "id", Schema: data.OptionalInt32Schema}, data.Field{Name: "name", Schema: data.OptionalStringSchema}).MustBuild()
	good := func(id int32) message { return of(optional, data.Int32(id), data.String("good")) }
	wrong := data.NewStructSchema("w", data.Field{Name: "id", Schema: data.OptionalInt32Schema}, data.Field{Name: "name", Schema: data.OptionalStringSchema}, data.Field{Name: "n", Schema: data.OptionalStringSchema}).MustBuild()
	extra := data.NewStructSchema("e", data.Field{Name: "id", Schema: data.OptionalInt32Schema}, data.Field{Name: "must", Schema: data.StringSchema}).MustBuild()
	inner := data.NewStructSchema("i", data.Field{Name: "x", Schema: data.Int32Schema}).MustBuild()
	nested := data.NewStructSchema("n", data.Field{Name: "id", Schema: data.OptionalInt32Schema}, data.Field{Name: "name", Schema: inner}).MustBuild()
	eachDatabase(t, func(t *testing.T, db *database) {
		for i, c := range []struct {
			name   string
			bad    message
			words  string // of the reason, in all databases
			lax    bool   // SQLite takes it
			config []string
		}{
			{"null in the key", of(optional, data.Null, data.String("x")), "id", false, nil},
			{"null in a column that takes none", of(optional, data.Int32(1000), data.Null), "name", false, nil},
			{"value too long", of(optional, data.Int32(1000), data.String(strings.Repeat("long ", 100))), "name", true, nil},
			{"text in a number", of(wrong, data.Int32(1000), data.String("x"), data.String("no number")), "n", true, nil},
			{"a column that is not there", of(extra, data.Int32(1000), data.String("x")), "must", false, nil},
			{"a column that has no default", of(extra, data.Int32(1000), data.String("x")), "must", false, []string{"auto.evolve", "true"}},
			{"no value", message{}, "no value", false, nil},
			{"no struct", message{value: data.Int32(5), valueSchema: data.Int32Schema}, "struct", false, nil},
			{"no schema", message{value: data.MapOf(data.String("id"), data.Int64(1))}, "schema", false, nil},
			{"a struct in a column", of(nested, data.Int32(1000), data.MustStruct(inner, data.Int32(1)).Value()), "name", false, nil},
		} {
			if c.lax && db.is("Sqlite") {
				continue
			}
			t.Run(c.name, func(t *testing.T) {
				table := fmt.Sprint("bad", i)
				db.exec(t, "CREATE TABLE ~"+table+"~ (~id~ INTEGER NOT NULL PRIMARY KEY, ~name~ VARCHAR(100) NOT NULL, ~n~ INTEGER)")
				props := db.config(append([]string{"insert.mode", "upsert", "pk.mode", "record_value", "pk.fields", "id", "max.retries", "2", "retry.backoff.ms", "1"}, c.config...)...)
				var batch []message
				for id := range int32(60) {
					if id == 33 {
						batch = append(batch, c.bad)
					}
					batch = append(batch, good(id))
				}
				w := write(t, table, true, props)
				if err := w.put(batch...); err != nil {
					t.Fatalf("the task fails: %v", err)
				}
				if len(w.letters.errs) != 1 || w.letters.offsets[0] != 33 || !strings.Contains(w.letters.errs[0], c.words) || !strings.Contains(w.letters.errs[0], table) || strings.Contains(w.letters.errs[0], "\n") {
					t.Errorf("dead letters %v: %q", w.letters.offsets, w.letters.errs)
				}
				if got := db.text(t, "SELECT count(*), min(~name~), max(~name~) FROM ~"+table+"~"); got != "60|good|good" {
					t.Errorf("the table holds %s", got)
				}
				strict := write(t, table, false, props)
				strict.next = 100
				err := strict.put(batch...)
				if err == nil || connect.ClassOf(err) == connect.Retriable || !strings.Contains(err.Error(), c.words) || !strings.Contains(err.Error(), table) || strict.retried > 0 {
					t.Fatalf("without dead letter queue: %v", err)
				}
				if place := fmt.Sprintf("topic %s, partition 0, offset 133: ", table); !strings.HasPrefix(err.Error(), place) && !strings.Contains(err.Error(), "auto-evolution") && c.config == nil {
					t.Errorf("without dead letter queue the error does not begin with %q: %v", place, err)
				}
				t.Logf("%v", err)
				strict.must(good(60))
				if got := db.text(t, "SELECT count(*) FROM ~"+table+"~"); got != "61" {
					t.Errorf("%s rows", got)
				}
			})
		}
	})
}
