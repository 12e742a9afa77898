package jdbc_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/connecttest"
	"github.com/moldau/moldau/connect/data"
)

// hostile are names that end a name, a text, a statement or a comment in some database.
var hostile = []string{`a"b`, "a`b", "a'b", `a"; DROP TABLE victim; --`, "a`; DROP TABLE victim; -- ", "a'); DROP TABLE victim; --", "a]b", `a\`, `a\"b`, "a b", "a\tb", "a;b", "a--b", "a/*b*/", "a?b", "a$1b", "a:b", "a%sb",
	"ä😀", "漢字", "select", "NULL", "a\nb", "~", "{{a}}", "${topic}"}

// TestHostileNames writes and reads tables and columns of names that are none of SQL's: nothing but their own tables changes.
func TestHostileNames(t *testing.T) {
	eachDatabase(t, func(t *testing.T, db *database) {
		db.exec(t, "CREATE TABLE ~victim~ (~id~ INTEGER)", "INSERT INTO ~victim~ VALUES (42)")
		fields := []data.Field{{Name: "id", Schema: data.Int32Schema}}
		values := []data.Value{data.Int32(1)}
		for _, name := range hostile {
			if db.is("MySql") && (strings.Contains(name, "😀") || strings.HasSuffix(name, " ")) {
				continue // MySQL has names of three bytes a letter, and none that end with a space
			}
			fields = append(fields, data.Field{Name: name, Schema: data.OptionalStringSchema})
			values = append(values, data.String(name))
		}
		s := data.NewStructSchema("s", fields...).MustBuild()
		for _, mode := range []string{"insert", "upsert"} {
			// Columns that come by CREATE TABLE and by ALTER TABLE.
			w := write(t, "fields", false, db.config("auto.create", "true", "auto.evolve", "true", "insert.mode", mode, "pk.mode", "record_value", "pk.fields", "id", "table.name.format", "fields_"+mode))
			w.must(of(personIDOnly, data.Int32(0)))
			w.must(of(s, values...))
			p := start(t, db.config("mode", "incrementing", "incrementing.column.name", "id", "table.whitelist", "fields_"+mode), connecttest.NewOffsets())
			got := p.messages(2)
			for i, f := range fields[1:] {
				if v, err := got[1].value.Struct().Lookup(f.Name); err != nil || v.String() != fmt.Sprint(values[i+1]) {
					t.Errorf("column %q holds %v (%v)", f.Name, v, err)
				}
			}
		}
		for i, name := range hostile {
			if db.is("MySql") && (strings.Contains(name, "😀") || strings.HasSuffix(name, " ")) {
				continue
			}
			w := write(t, name, false, db.config("auto.create", "true", "insert.mode", "upsert", "pk.mode", "record_value", "pk.fields", "id"))
			w.must(of(person, data.Int32(int32(i)), data.String(name), data.Null, data.Null))
			p := start(t, db.config("mode", "bulk", "table.include.list", ".*"+quoteRegexp(name)), connecttest.NewOffsets())
			if got := p.messages(1)[0].value.String(); !strings.Contains(got, "part="+name) {
				t.Errorf("table %q holds %s", name, got)
			}
		}
		if got := db.text(t, "SELECT ~id~ FROM ~victim~"); got != "42" {
			t.Errorf("another table holds %s", got)
		}
		// Too long for a name: refused, and not cut.
		if most, _ := db.d.MaxIdentifier(); most > 0 {
			long := strings.Repeat("x", most)
			w := write(t, long, false, db.config("auto.create", "true"))
			w.must(of(personIDOnly, data.Int32(1)))
			w = write(t, long+"y", false, db.config("auto.create", "true"))
			if err := w.put(of(personIDOnly, data.Int32(1))); err == nil || !strings.Contains(err.Error(), fmt.Sprint(most+1)) {
				t.Errorf("a name of %d bytes: %v", most+1, err)
			}
		}
	})
}

var personIDOnly = data.NewStructSchema("i", data.Field{Name: "id", Schema: data.Int32Schema}).MustBuild()

func quoteRegexp(s string) string {
	var b strings.Builder
	for _, r := range s {
		fmt.Fprintf(&b, `\x{%x}`, r)
	}
	return b.String()
}

// TestWide writes records of more fields than a database has columns: one clear error, and no table that is half there; and reads as many as there can be.
func TestWide(t *testing.T) {
	eachDatabase(t, func(t *testing.T, db *database) {
		wide := func(n int) (*data.Schema, []data.Value) {
			fields, values := []data.Field{{Name: "id", Schema: data.Int32Schema}}, []data.Value{data.Int32(1)}
			for i := range n - 1 {
				fields = append(fields, data.Field{Name: nameOf(i), Schema: data.OptionalInt16Schema})
				values = append(values, data.Int16(int16(i)))
			}
			return data.NewStructSchema("s", fields...).MustBuild(), values
		}
		const most = 900 // what all of them take
		s, values := wide(most)
		w := write(t, "wide", false, db.config("auto.create", "true", "auto.evolve", "true", "insert.mode", "upsert", "pk.mode", "record_value", "pk.fields", "id", "max.retries", "0"))
		all := make([]message, 10)
		for i := range all {
			values[0] = data.Int32(int32(i))
			all[i] = of(s, values...)
		}
		w.must(all...)
		got := start(t, db.config("mode", "incrementing", "incrementing.column.name", "id", "table.whitelist", "wide"), connecttest.NewOffsets()).messages(10)
		if n := len(got[9].valueSchema.Fields()); n != most {
			t.Errorf("%d fields came of %d", n, most)
		}
		s, values = wide(10000)
		tables := []string{"wide", "wider"} // by ALTER and by CREATE
		if db.is("Sqlite") {                // adds a thousand columns one by one before it refuses the next
			tables = tables[1:]
		}
		for _, table := range tables {
			w := write(t, table, false, db.config("auto.create", "true", "auto.evolve", "true", "max.retries", "0"))
			err := w.put(of(s, values...))
			if err == nil || !strings.Contains(err.Error(), table) || len(err.Error()) > 2000 || connect.ClassOf(err) == connect.Retriable {
				t.Errorf("10,000 fields: %.300v", err)
			}
			t.Logf("10,000 fields: %.300v", err)
			if table == "wide" {
				continue
			}
			tolerant := write(t, table, true, db.config("auto.create", "true", "auto.evolve", "true", "max.retries", "0"))
			small, few := wide(2)
			if err := tolerant.put(of(small, few...), of(s, values...), of(small, few...)); err != nil && connect.ClassOf(err) == connect.Retriable {
				t.Errorf("10,000 fields among others: %.300v", err)
			}
		}
	})
}

// TestViewsAndKeyless reads views, tables without key and empty ones, and writes to a view where the database can.
func TestViewsAndKeyless(t *testing.T) {
	eachDatabase(t, func(t *testing.T, db *database) {
		db.exec(t, "CREATE TABLE ~plain~ (~id~ INTEGER, ~name~ VARCHAR(20))", "CREATE TABLE ~empty~ (~id~ INTEGER)", "CREATE VIEW ~seen~ AS SELECT ~id~, ~name~ FROM ~plain~")
		w := write(t, "plain", false, db.config())
		plain := data.NewStructSchema("s", data.Field{Name: "id", Schema: data.Int32Schema}, data.Field{Name: "name", Schema: data.StringSchema}).MustBuild()
		w.must(of(plain, data.Int32(1), data.String("x")), of(plain, data.Int32(1), data.String("x")))
		if got := start(t, db.config("mode", "bulk", "table.whitelist", "plain"), connecttest.NewOffsets()).want(2); !strings.HasPrefix(got, "plain Struct{id=1,name=x}\nplain Struct{id=1,name=x}") {
			t.Errorf("read %s", got)
		}
		if got := start(t, db.config("mode", "bulk", "table.whitelist", "seen", "table.types", "VIEW"), connecttest.NewOffsets()).want(2); !strings.HasPrefix(got, "seen Struct{id=1,name=x}") {
			t.Errorf("read %s", got)
		}
		// A table without rows comes with the others.
		if got := start(t, db.config("mode", "bulk", "table.whitelist", "empty,plain"), connecttest.NewOffsets()).want(4); strings.Contains(got, "empty") {
			t.Errorf("read %s", got)
		}
		v := write(t, "seen", false, db.config("max.retries", "0"))
		if err := v.put(of(plain, data.Int32(2), data.String("y"))); err == nil || !strings.Contains(err.Error(), "VIEW") {
			t.Errorf("a view, which table.types does not name: %v", err)
		}
		if !db.is("Sqlite") {
			v = write(t, "seen", false, db.config("table.types", "TABLE,VIEW"))
			v.must(of(plain, data.Int32(2), data.String("y")))
			if got := db.text(t, "SELECT count(*) FROM ~plain~"); got != "3" {
				t.Errorf("%s rows", got)
			}
		}
	})
}
