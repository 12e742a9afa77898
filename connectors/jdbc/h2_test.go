package jdbc_test

import (
	"bytes"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/connectors/jdbc/dialect"
	"github.com/moldau/moldau/connectors/jdbc/dialect/dialecttest"
	"github.com/moldau/moldau/connectors/jdbc/oracle"
	"github.com/moldau/moldau/connectors/jdbc/sqlserver"
	"github.com/moldau/moldau/test/servers"
)

// engine runs the statements of a dialect in H2, in the mode of a database that cannot be had here.
type engine struct {
	t       *testing.T
	d       dialect.Dialect
	conn    *pgconn.PgConn
	replace *strings.Replacer // what H2 does not know
}

var parameter = regexp.MustCompile(`(?:@p|:)([0-9]+)\b`)

func (e *engine) run(sql string, args ...any) string {
	e.t.Helper()
	if len(args) > 0 {
		sql = parameter.ReplaceAllStringFunc(sql, func(name string) string {
			n, _ := strconv.Atoi(strings.TrimLeft(name, "@p:"))
			if s, ok := args[n-1].(string); ok {
				return "'" + strings.ReplaceAll(s, "'", "''") + "'"
			}
			if args[n-1] == nil {
				return "NULL"
			}
			return fmt.Sprint(args[n-1])
		})
	}
	sql = e.replace.Replace(sql)
	results, err := e.conn.Exec(e.t.Context(), sql).ReadAll() // H2 takes texts without parameters from this client only
	if err != nil {
		e.t.Fatalf("%s: %v", sql, err)
	}
	var lines []string
	for _, row := range results[0].Rows {
		lines = append(lines, string(bytes.Join(row, []byte("|"))))
	}
	return strings.Join(lines, "\n")
}

// write writes rows by the dialect's statement, all in one where it can.
func (e *engine) write(op dialect.Op, columns []dialect.Column, keys int, rows ...[]data.Value) {
	e.t.Helper()
	w := &dialect.Write{Op: op, Table: e.d.Quote("Orders"), Keys: keys, Holdlock: true}
	for _, c := range columns {
		w.Columns, w.Quoted = append(w.Columns, c), append(w.Quoted, e.d.Quote(c.Name))
	}
	most := min(len(rows), e.d.MostRows(op, len(columns)))
	for from := 0; from < len(rows); from += most {
		part := rows[from:min(from+most, len(rows))]
		var args []any
		for _, row := range part {
			for n := range row {
				i := n
				if op.WritesKeysLast() {
					i = (n + keys) % len(row)
				}
				arg, err := e.d.Bind(dialect.ArgOf(row[i]), &columns[i])
				if err != nil {
					e.t.Fatal(err)
				}
				if x, ok := arg.(fmt.Stringer); ok {
					arg = x.String()
				}
				args = append(args, arg)
			}
		}
		e.run(e.d.Statement(w, len(part)), args...)
	}
}

// created makes a table of all types, and then more columns.
func (e *engine) created(keyType string, more ...string) {
	e.t.Helper()
	lines := []string{e.d.Quote("id") + " " + keyType + " NOT NULL"}
	for _, f := range dialecttest.Fields() {
		lines = append(lines, dialecttest.Column(e.t, e.d, f))
	}
	e.run("CREATE TABLE " + e.d.Quote("Orders") + " (" + strings.Join(append(lines, "PRIMARY KEY("+e.d.Quote("id")+")"), ",\n") + ")")
	for i, name := range more {
		more[i] = e.d.Quote(name) + " " + keyType + " NULL"
	}
	for _, sql := range e.d.AddColumns(e.d.Quote("Orders"), more) {
		e.run(sql)
	}
}

func newEngine(t *testing.T, d dialect.Dialect, mode string, replace ...string) *engine {
	t.Helper()
	conn, err := pgconn.Connect(t.Context(), servers.H2(t).URL(strings.ToLower(mode)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(t.Context()) }) // the server is the test's own
	e := &engine{t: t, d: d, conn: conn, replace: strings.NewReplacer(replace...)}
	e.run("SET MODE " + mode)
	return e
}

// TestOracleInH2 runs what the dialect of Oracle writes.
func TestOracleInH2(t *testing.T) {
	e := newEngine(t, oracle.Dialect{}, "Oracle", "NUMBER(*,", "NUMBER(38,")
	for _, name := range []string{"TO_BINARY_DOUBLE", "TO_NUMBER"} {
		e.run("CREATE ALIAS " + name + " FOR 'java.lang.Double.parseDouble'")
	}
	e.created("NUMBER(19,0)", "more", "most")
	columns := []dialect.Column{{Name: "id", Type: "NUMBER", JDBC: dialect.Numeric}, {Name: "text", Type: "VARCHAR2", JDBC: dialect.Varchar}, {Name: "timestamp", Type: "TIMESTAMP", JDBC: dialect.Timestamp},
		{Name: "float64", Type: "BINARY_DOUBLE", JDBC: dialect.Double}}
	stamp := data.TimestampMillis(dialecttest.Moment.UnixMilli())
	e.write(dialect.Insert, columns, 1, []data.Value{data.Int64(1), data.String("one"), stamp, data.Float64(1e10)}, []data.Value{data.Int64(2), data.String("two"), stamp, data.Float64(-0.5)})
	e.run("SAVEPOINT moldau")
	e.write(dialect.Upsert, columns, 1, []data.Value{data.Int64(2), data.String("TWO"), stamp, data.Float64(2)}, []data.Value{data.Int64(3), data.String("it's"), stamp, data.Float64(3)})
	e.write(dialect.Update, columns[:2], 1, []data.Value{data.Int64(1), data.String("ONE")})
	const all = `SELECT "id","text","timestamp","float64","decimal","int16","date" FROM "Orders" ORDER BY 1`
	const rest = "|123.45|-16|2024-02-29 00:00:00"
	if got, want := e.run(all), "1|ONE|2024-02-29 13:14:15.123|1.0E10"+rest+"\n2|TWO|2024-02-29 13:14:15.123|2.0"+rest+"\n3|it's|2024-02-29 13:14:15.123|3.0"+rest; got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
	e.write(dialect.Delete, columns[:1], 1, []data.Value{data.Int64(1)}, []data.Value{data.Int64(3)})
	if got := e.run(`SELECT "id" FROM "Orders"`); got != "2" {
		t.Errorf("left are %s", got)
	}
}

// TestSQLServerInH2 runs what H2 knows of the dialect of SQL Server; UPDATE and DELETE with FROM are not among that.
func TestSQLServerInH2(t *testing.T) {
	e := newEngine(t, sqlserver.Dialect{}, "MSSQLServer", " WITH (HOLDLOCK)", "", "N'", "'", "0x01fe", "X'01fe'")
	e.created("bigint", "more") // H2 takes one at a time here
	columns := []dialect.Column{{Name: "id", Type: "BIGINT", JDBC: dialect.BigInt}, {Name: "text", Type: "VARCHAR", JDBC: dialect.Varchar}, {Name: "timestamp", Type: "DATETIME2", JDBC: dialect.Timestamp},
		{Name: "more", Type: "MONEY", JDBC: dialect.Decimal}}
	stamp := data.TimestampMillis(dialecttest.Moment.UnixMilli())
	e.write(dialect.Insert, columns, 1, []data.Value{data.Int64(1), data.String("one"), stamp, data.SmallDecimal(100, 1)}, []data.Value{data.Int64(2), data.String("two"), stamp, data.Null})
	e.write(dialect.Upsert, columns, 1, []data.Value{data.Int64(2), data.String("TWO"), stamp, data.Null}, []data.Value{data.Int64(3), data.String("it's"), stamp, data.SmallDecimal(7, 0)})
	const rest = "|123.45|-16|2024-02-29"
	if got, want := e.run("SELECT [id],[text],[timestamp],[more],[decimal],[int16],[date] FROM [Orders] ORDER BY 1"),
		"1|one|2024-02-29 13:14:15.123|10"+rest+"\n2|TWO|2024-02-29 13:14:15.123|"+rest+"\n3|it's|2024-02-29 13:14:15.123|7"+rest; got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}
