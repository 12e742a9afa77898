package sink_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/test/servers"
)

var loadSchema = data.NewStructSchema("l", data.Field{Name: "id", Schema: data.Int64Schema}, data.Field{Name: "s", Schema: data.OptionalStringSchema},
	data.Field{Name: "b", Schema: data.OptionalBytesSchema}, data.Field{Name: "bit", Schema: data.OptionalBoolSchema}, data.Field{Name: "d", Schema: data.OptionalFloat64Schema},
	data.Field{Name: "tiny", Schema: data.Int32Schema}).MustBuild()

const loadTable = "CREATE TABLE ~t~ (~id~ BIGINT PRIMARY KEY, ~s~ VARCHAR(40) CHECK (~s~ <> 'refused'), ~b~ VARBINARY(256), ~bit~ BIT(1), ~d~ DOUBLE, ~tiny~ TINYINT NOT NULL)"

func loadRow(id int64, s, b, bit, d data.Value, tiny int32) rec {
	return rec{value: data.MustStruct(loadSchema, data.Int64(id), s, b, bit, d, data.Int32(tiny))}
}

// loaded asks the server how many LOAD DATA it has run.
func loaded(t *testing.T, db *database) string {
	return db.rows(t, "SELECT VARIABLE_VALUE FROM information_schema.GLOBAL_STATUS WHERE VARIABLE_NAME = 'COM_LOAD'")
}

// TestLoad compares what LOAD DATA LOCAL leaves in a table with what statements leave there.
func TestLoad(t *testing.T) {
	db := open(t, servers.MariaDB(t).Database(t))
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	texts := []string{"", `\N`, "NULL", "a\tb\nc\\d\x00e\r\x1a", "äöü 𝄞", " trailing  ", `"'` + "`", `\`, "\t", "\n", "@moldau1", "--"}
	var recs []rec
	for i := range 300 {
		b := data.BytesOf(all[i%256:])
		bit, s, d := data.Bool(i%2 == 0), data.String(texts[i%len(texts)]), data.Float64(float64(i)*1.1e-7)
		switch i % 11 {
		case 3:
			b = data.Null
		case 4:
			bit = data.Null
		case 5:
			s = data.Null
		case 6:
			d = data.Null
		case 7:
			b = data.BytesOf(nil)
		}
		recs = append(recs, loadRow(int64(i), s, b, bit, d, int32(i%256-128)))
	}
	var sums []string
	for _, url := range []string{"?allowLocalInfile=false", "?allowLoadLocalInfile=true", ""} {
		db.exec(t, "DROP TABLE IF EXISTS ~t~")
		db.exec(t, loadTable)
		before := loaded(t, db)
		config := db.config()
		config["connection.url"] += url
		put(t, start(t, config, context1(t)), batch("t", 0, recs...))
		if used := loaded(t, db) != before; used != (url != "?allowLocalInfile=false") {
			t.Errorf("%q: LOAD DATA was used: %t", url, used)
		}
		sums = append(sums, db.rows(t, "SELECT ~id~, HEX(~s~), HEX(~b~), ~bit~+0, ~d~, ~tiny~ FROM ~t~ ORDER BY 1"))
	}
	if sums[0] != sums[1] || sums[0] != sums[2] || !strings.Contains(sums[0], ";299|") {
		t.Errorf("by statements\n%s\nloaded\n%s", sums[0], sums[1])
	}
	update := start(t, db.config("insert.mode", "update", "pk.mode", "record_value", "pk.fields", "id"), context1(t))
	for i := range recs {
		recs[i] = loadRow(int64(i), data.String(fmt.Sprint("new ", i)), data.BytesOf(all[i%256:]), data.Bool(true), data.Float64(1), 1)
	}
	before := loaded(t, db)
	put(t, update, batch("t", 300, recs...))
	put(t, update, batch("t", 600, recs...))
	if got := db.rows(t, "SELECT COUNT(*) FROM ~t~ WHERE ~s~ = CONCAT('new ', ~id~) AND ~bit~ = 1 AND ~tiny~ = 1"); got != "300" || loaded(t, db) == before {
		t.Errorf("%s rows updated", got)
	}
}

// TestLoadRefuses has rows that LOAD DATA LOCAL would change or leave out with a mere warning.
func TestLoadRefuses(t *testing.T) {
	db := open(t, servers.MariaDB(t).Database(t))
	fine := func(i int64) rec { return loadRow(i, data.String("x"), data.Null, data.Null, data.Null, 1) }
	bad := map[string]rec{
		"too long":     loadRow(77, data.String(strings.Repeat("x", 41)), data.Null, data.Null, data.Null, 1),
		"out of range": loadRow(77, data.Null, data.Null, data.Null, data.Null, 128),
		"key twice":    fine(3),
		"check":        loadRow(77, data.String("refused"), data.Null, data.Null, data.Null, 1),
		"long bytes":   loadRow(77, data.Null, data.BytesOf(make([]byte, 257)), data.Null, data.Null, 1),
	}
	for name, r := range bad {
		t.Run(name, func(t *testing.T) {
			for _, reporting := range []bool{true, false} {
				db.exec(t, "DROP TABLE IF EXISTS ~t~")
				db.exec(t, loadTable)
				var recs []rec
				for i := range int64(100) {
					recs = append(recs, fine(i))
				}
				recs[77] = r
				tc := context1(t)
				tc.none = !reporting
				task := start(t, db.config(), tc)
				err := task.Put(t.Context(), batch("t", 0, recs...))
				want := map[bool]string{true: "99|98", false: "0|0"}[reporting]
				if got := db.rows(t, "SELECT COUNT(*), COALESCE(SUM(~s~ = 'x' AND ~tiny~ = 1 AND ~id~ <> 50), 0) FROM ~t~"); got != want {
					t.Errorf("reporting %t: %s, want %s", reporting, got, want)
				}
				if reporting && (err != nil || fmt.Sprint(tc.offsets) != "[77]") || !reporting && (err == nil || connect.ClassOf(err) == connect.Retriable) {
					t.Errorf("reporting %t: %v, reported %v", reporting, err, tc.errs)
				}
			}
		})
	}
	t.Run("column without default", func(t *testing.T) {
		db.exec(t, "DROP TABLE IF EXISTS ~t~")
		db.exec(t, strings.Replace(loadTable, "~tiny~ TINYINT", "~more~ INTEGER NOT NULL, ~tiny~ TINYINT", 1))
		var recs []rec
		for i := range int64(100) {
			recs = append(recs, fine(i))
		}
		if err := start(t, db.config(), context1(t)).Put(t.Context(), batch("t", 0, recs...)); err == nil {
			t.Errorf("rows were written: %s", db.rows(t, "SELECT COUNT(*), MAX(~more~) FROM ~t~"))
		}
	})
	t.Run("an engine that undoes nothing", func(t *testing.T) {
		db.exec(t, "CREATE TABLE ~lasting~ (~id~ BIGINT, ~s~ VARCHAR(5)) ENGINE=MyISAM")
		var recs []rec
		for i := range int64(100) {
			recs = append(recs, loadRow(i, data.String(strings.Repeat("x", 4+int(i/99)*4)), data.Null, data.Null, data.Null, 1))
		}
		_ = start(t, db.config("fields.whitelist", "id,s"), context1(t)).Put(t.Context(), batch("lasting", 0, recs...)) // the engine decides whether it is an error
		if got := db.rows(t, "SELECT COUNT(*) - COUNT(DISTINCT ~id~) FROM ~lasting~"); got != "0" {
			t.Errorf("%s rows came twice", got)
		}
	})
	t.Run("a parent that is missing", func(t *testing.T) {
		db.exec(t, "CREATE TABLE ~child~ (~id~ BIGINT PRIMARY KEY, ~tiny~ INTEGER, CONSTRAINT ~parent~ FOREIGN KEY (~id~) REFERENCES ~t~ (~id~))")
		var recs []rec
		for i := range int64(100) {
			recs = append(recs, fine(i))
		}
		task := start(t, db.config("fields.whitelist", "id,tiny", "max.retries", "1"), context1(t))
		if err := task.Put(t.Context(), batch("child", 0, recs...)); connect.ClassOf(err) != connect.Retriable {
			t.Errorf("children: %v, %s rows", err, db.rows(t, "SELECT COUNT(*) FROM ~child~"))
		}
	})
}

// TestLoadForbidden has a server that does not allow LOAD DATA LOCAL.
func TestLoadForbidden(t *testing.T) {
	node := servers.MariaDB(t)
	db := open(t, node.Database(t))
	db.exec(t, loadTable)
	node.Admin(t, "SET GLOBAL local_infile = OFF")
	defer node.Admin(t, "SET GLOBAL local_infile = ON")
	var log bytes.Buffer
	tc := &logging{context1(t), slog.New(slog.NewTextHandler(&log, nil))}
	task := start(t, db.config(), tc)
	for i := range int64(3) {
		var recs []rec
		for n := range int64(100) {
			recs = append(recs, loadRow(i*100+n, data.Null, data.Null, data.Null, data.Null, 1))
		}
		put(t, task, batch("t", i*100, recs...))
	}
	if got := db.rows(t, "SELECT COUNT(*) FROM ~t~"); got != "300" || strings.Count(log.String(), "\n") != 1 || !strings.Contains(log.String(), "local_infile=ON") {
		t.Errorf("%s rows, log %q", got, log.String())
	}
}

// logging is a context with a log to look into.
type logging struct {
	*reporter
	log *slog.Logger
}

func (l *logging) Logger() *slog.Logger { return l.log }
