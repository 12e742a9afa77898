package jdbc_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/connecttest"
)

// everyType has for each kind of database columns with values for two rows, least and most where there are such; a third row has nulls.
var everyType = map[string][][3]string{
	"Postgre": {
		{"SMALLINT", "-32768", "32767"}, {"INT", "-2147483648", "2147483647"}, {"BIGINT", "-9223372036854775808", "9223372036854775807"},
		{"REAL", "'-Infinity'", "1.5e-30"}, {"DOUBLE PRECISION", "'NaN'", "1.7976931348623157e308"}, {"NUMERIC(38,10)", "-9999999999999999999999999999.9999999999", "0.0000000001"},
		{"NUMERIC(5,0)", "-99999", "7"}, {"NUMERIC", "12345678901234567890.123456789", "-0.5"}, {"BOOLEAN", "true", "false"}, {"TEXT", "''", `E'ä€😀 tab\t line\n back\\slash ''q'' "d" {a,b} \\N'`},
		{"VARCHAR(10)", "'ten chars!'", "' '"}, {"CHAR(4)", "'a'", "'abcd'"}, {"BYTEA", `'\x'`, `'\x00ff5c6e0a'`}, {"DATE", "'0001-01-01'", "'9999-12-31'"}, {"DATE", "'0044-03-15 BC'", "'1582-10-10'"},
		{"TIME", "'00:00:00'", "'23:59:59.999'"}, {"TIMESTAMP", "'1969-12-31 23:59:59.999'", "'9999-12-31 23:59:59.001'"}, {"TIMESTAMP", "'infinity'", "'-infinity'"}, {"TIMESTAMPTZ", "'2024-03-31 02:30:00+01'", "'1900-01-01 00:00:00Z'"},
		{"UUID", "'00000000-0000-0000-0000-000000000000'", "'ffffffff-ffff-ffff-ffff-ffffffffffff'"}, {"JSON", `'{"a": [1, null]}'`, "'3'"}, {"JSONB", `'{"a": "\\n"}'`, "'null'"},
		{"mood", "'sad'", "'very happy'"}, {"positive", "1", "2147483647"}, {"XML", "'<a/>'", "'<b>x</b>'"}, {"BIT(1)", "B'1'", "B'0'"},
	},
	"MySql": {
		{"TINYINT", "-128", "127"}, {"TINYINT UNSIGNED", "0", "255"}, {"SMALLINT UNSIGNED", "0", "65535"}, {"MEDIUMINT", "-8388608", "8388607"}, {"INT UNSIGNED", "0", "4294967295"},
		{"BIGINT", "-9223372036854775808", "9223372036854775807"}, {"BIGINT UNSIGNED", "0", "9223372036854775807"}, {"FLOAT", "-1.5", "0.25"}, {"DOUBLE", "-1.7976931348623157e308", "5e-324"},
		{"DECIMAL(65,30)", "-99999999999999999999999999999999999.999999999999999999999999999999", "0.5"}, {"DECIMAL(4,0)", "-9999", "1"}, {"BOOLEAN", "true", "false"},
		{"VARCHAR(100)", "''", `'ä€😀 tab\t line\n back\\slash ''q'' "d"'`}, {"CHAR(4)", "'a'", "'abcd'"}, {"LONGTEXT", "repeat('x', 70000)", "'y'"}, {"VARBINARY(10)", "x''", "x'00ff5c6e0a'"},
		{"BINARY(3)", "x'000000'", "x'ff00ff'"}, {"LONGBLOB", "repeat(x'00', 70000)", "x'01'"}, {"DATE", "'1000-01-01'", "'9999-12-31'"}, {"TIME(3)", "'00:00:00'", "'23:59:59.999'"},
		{"DATETIME(3)", "'1000-01-01 00:00:00.001'", "'9999-12-31 23:59:59.999'"}, {"TIMESTAMP(3) NULL", "'1970-01-01 00:00:01.5'", "'2038-01-19 03:14:07'"},
		{"ENUM('a','b c')", "'a'", "'b c'"}, {"SET('x','y')", "'x,y'", "''"}, {"JSON", `'{"a": [1, null]}'`, "'3'"}, {"BIT(1)", "b'1'", "b'0'"},
	},
	"Sqlite": {
		{"INTEGER", "-9223372036854775808", "9223372036854775807"}, {"SMALLINT", "-32768", "32767"}, {"TINYINT", "-128", "127"}, {"BOOLEAN", "1", "0"}, {"REAL", "-1.5e300", "0.1"},
		{"DOUBLE", "1e-300", "-0.5"}, {"TEXT", "''", "'ä€😀 ''q'' \"d\" \\N'"}, {"VARCHAR(10)", "'longer than ten'", "' '"}, {"BLOB", "x''", "x'00ff5c6e0a'"},
		{"DATE", "-62135596800000", "253402214400000"}, {"TIMESTAMP", "-1", "1714566600123"}, {"TIME", "0", "86399999"}, {"NUMERIC(10,2)", "-12.5", "99999999.99"},
	},
}

// TestEveryType reads a table and writes what came to another one of the same columns: both must hold the same.
func TestEveryType(t *testing.T) {
	eachDatabase(t, func(t *testing.T, db *database) {
		if db.is("Postgre") {
			db.exec(t, "CREATE TYPE mood AS ENUM ('sad', 'very happy')", "CREATE DOMAIN positive AS INT CHECK (value > 0)")
		}
		for name, types := range everyType {
			if !db.is(name) {
				continue
			}
			columns, rows := []string{"~id~ INTEGER NOT NULL PRIMARY KEY"}, [3][]string{{"1"}, {"2"}, {"3"}}
			var shown []string
			for i, x := range types {
				columns = append(columns, fmt.Sprintf("~c%d~ %s", i, x[0]))
				rows[0], rows[1], rows[2] = append(rows[0], x[1]), append(rows[1], x[2]), append(rows[2], "NULL")
				col := fmt.Sprintf("~c%d~", i)
				if x[0] == "NUMERIC" && db.is("Postgre") { // of any scale there, of one scale in Connect
					col = "trim_scale(" + col + ")"
				}
				shown = append(shown, col)
			}
			for _, table := range []string{"src", "dst"} {
				db.exec(t, "CREATE TABLE ~"+table+"~ ("+strings.Join(columns, ", ")+")")
			}
			columns[0] = "~id~ INTEGER"
			db.exec(t, "CREATE TABLE ~many~ ("+strings.Join(columns, ", ")+")")
			for _, r := range rows {
				db.exec(t, "INSERT INTO ~src~ VALUES ("+strings.Join(r, ", ")+")")
			}
			for _, way := range []struct {
				table, mode string
				times       int
			}{{"dst", "insert", 1}, {"dst", "upsert", 1}, {"many", "insert", 10}} {
				copyRows(t, db, way.table, way.mode, way.times)
				for i, x := range shown {
					want := db.text(t, "SELECT "+x+" FROM ~src~ ORDER BY ~id~")
					got := db.text(t, "SELECT "+x+" FROM ~"+way.table+"~ ORDER BY ~id~")
					var repeated []string
					for line := range strings.SplitSeq(want, "\n") {
						for range way.times {
							repeated = append(repeated, line)
						}
					}
					if way.times > 1 && strings.Count(want, "\n") > 2 { // a text with line ends: how they repeat is seen above
						continue
					}
					if want = strings.Join(repeated, "\n"); got != want {
						t.Errorf("%s, %s: %.200q came out as %.200q", types[i][0], way.mode, want, got)
					}
				}
				db.exec(t, "DELETE FROM ~dst~")
			}
		}
	})
}

// copyRows reads src and writes another table, as often as times says: with more rows they go by another way.
func copyRows(t *testing.T, db *database, table, mode string, times int) {
	t.Helper()
	source := start(t, db.config("mode", "incrementing", "incrementing.column.name", "id", "table.whitelist", "src"), connecttest.NewOffsets())
	b := connect.NewSourceBatch(connect.BatchLimits{Records: 100, Bytes: 1 << 20})
	for len(b.Records()) < 3 {
		if err := source.task.Poll(t.Context(), b); err != nil {
			t.Fatal(err)
		}
	}
	props := db.config("pk.mode", "record_value", "pk.fields", "id", "table.name.format", table, "insert.mode", mode)
	if times > 1 {
		props["pk.mode"] = "none"
	}
	sink := plugin(connect.KindSink).NewSinkTask()
	tp := connect.TopicPartition{Topic: "src"}
	if err := sink.Start(t.Context(), connecttest.SinkTaskContext(t, tp), props); err != nil {
		t.Fatal(err)
	}
	out := connect.NewSinkBatch()
	var records []connect.Record
	for range times {
		for i := range b.Records() {
			r := &b.Records()[i]
			var x connect.Record
			x.InitSink(out.Arena(), &tp, int64(len(records)), 0, connect.CreateTime)
			x.SetValue(r.ValueSchema(), r.Value())
			records = append(records, x)
		}
	}
	out.Append(connect.SinkSlice{TopicPartition: tp, Records: records})
	if err := sink.Put(t.Context(), out); err != nil {
		t.Fatal(err)
	}
	if err := sink.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
}
