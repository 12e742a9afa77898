package sqlite

import (
	"errors"
	"strings"
	"time"

	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/connectors/jdbc/dialect"
)

// BeginRead implements dialect.Reader.
func (Dialect) BeginRead(isolation string) (string, error) {
	level, err := dialect.Isolation("SQLite", isolation)
	if err == nil && level != "" && level != "SERIALIZABLE" {
		err = errors.New("SQLite has no transaction.isolation.mode=" + isolation)
	}
	return "", err
}

// Now implements dialect.Reader.
func (Dialect) Now() string {
	return "SELECT CAST(strftime('%s', 'now') AS INTEGER) * 1000 + CAST(substr(strftime('%f', 'now'), 4) AS INTEGER)"
}

// TimeColumn implements dialect.Reader: milliseconds, also where the column holds texts, as CURRENT_TIMESTAMP does. A text is greater than any
// number in SQLite, so that Java's source reads such rows for ever.
func (Dialect) TimeColumn(quoted string) string {
	return "CASE typeof(" + quoted + ") WHEN 'text' THEN CAST(round((julianday(" + quoted + ") - 2440587.5) * 86400000) AS INTEGER) ELSE " + quoted + " END"
}

// Compared implements dialect.Reader: SQLite rounds the seconds of a text to milliseconds (computeJD in its date.c), so that a row would be
// behind its own position if that was cut.
func (Dialect) Compared(t time.Time) time.Time {
	seconds := float64(t.Second()) + float64(t.Nanosecond())/1e9
	return t.Truncate(time.Minute).Add(time.Duration(seconds*1000+0.5) * time.Millisecond)
}

// TimeArg implements dialect.Reader with what the Java driver binds.
func (Dialect) TimeArg(m dialect.Moment, _ *dialect.Column) any { return m.Millis }

// OneWriter implements dialect.OneWriter.
func (Dialect) OneWriter() {}

// BeginWrite implements dialect.Writer: the lock is taken at once, since a transaction that needs it later can only fail.
func (Dialect) BeginWrite() string { return "BEGIN IMMEDIATE" }

// columnTypes are the types of Confluent's SqliteDatabaseDialect.
var columnTypes = dialect.Types{Database: "SQLite", Bool: "INTEGER", Int8: "INTEGER", Int16: "INTEGER", Int32: "INTEGER", Int64: "INTEGER", Float32: "REAL", Float64: "REAL",
	Text: "TEXT", Bytes: "BLOB", Decimal: "NUMERIC", Date: "NUMERIC", Time: "NUMERIC", Timestamp: "NUMERIC", Stamp: "NUMERIC"}

// TypeFor implements dialect.Writer.
func (Dialect) TypeFor(f dialect.NewColumn) (string, error) { return columnTypes.For(f) }

// Default implements dialect.Writer.
func (d Dialect) Default(_ dialect.NewColumn, v data.Value) string {
	return dialect.Literals{Text: "'", Bytes: "x'", BytesEnd: "'"}.Default(d.Bind, v)
}

// AddColumns implements dialect.Writer: one at a time.
func (Dialect) AddColumns(table string, columns []string) []string {
	var all []string
	for _, c := range columns {
		all = append(all, "ALTER TABLE "+table+" ADD "+c)
	}
	return all
}

// MostRows implements dialect.Writer: longer statements are not faster.
func (Dialect) MostRows(op dialect.Op, columns int) int {
	return dialect.MostRows(op, columns, 100, 32766)
}

// Statement implements dialect.Writer. An upsert changes the row that is there; INSERT OR REPLACE, which Java's sink uses, deletes it first,
// and with it what refers to it.
func (d Dialect) Statement(w *dialect.Write, n int) string {
	switch w.Op {
	case dialect.Update:
		return dialect.UpdateOne(w, dialect.Question)
	case dialect.Delete:
		return d.deleteSome(w, n)
	case dialect.Upsert:
		return dialect.InsertSome(w, n, dialect.Question) + dialect.OnConflict(w)
	}
	return dialect.InsertSome(w, n, dialect.Question)
}

// deleteSome differs for keys of several columns: SQLite takes lists of rows as VALUES only.
func (d Dialect) deleteSome(w *dialect.Write, n int) string {
	if w.Keys == 1 {
		return dialect.DeleteSome(w, n, dialect.Question)
	}
	sql := "DELETE FROM " + w.Table + " WHERE (" + strings.Join(w.Quoted[:w.Keys], ",") + ") IN (VALUES "
	return string(append(dialect.Tuples([]byte(sql), n, w.Keys, dialect.Question), ')'))
}

// Bind implements dialect.Writer.
func (Dialect) Bind(a dialect.Arg, _ *dialect.Column) (any, error) {
	if arg, ok := dialect.Plain(a); ok {
		return arg, nil
	}
	switch a.Kind {
	case data.DateKind, data.TimeKind, data.TimestampKind:
		return a.Time.UnixMilli(), nil
	}
	return nil, a.Unsupported("SQLite")
}

// OffsetTable implements dialect.Writer.
func (Dialect) OffsetTable(table string) string {
	return "CREATE TABLE IF NOT EXISTS " + table + " " + dialect.OffsetColumns("TEXT", "TEXT", "INTEGER", "INTEGER")
}
