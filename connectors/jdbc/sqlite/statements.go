package sqlite

import (
	"encoding/hex"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/connectors/jdbc/dialect"
)

// BeginRead implements dialect.Reader.
func (Dialect) BeginRead(isolation string) (string, error) {
	switch isolation {
	case "", "DEFAULT", "SERIALIZABLE":
		return "", nil
	}
	return "", dialect.NoIsolation("SQLite", isolation)
}

// Now implements dialect.Reader.
func (Dialect) Now() string {
	return "SELECT CAST(strftime('%s', 'now') AS INTEGER) * 1000 + CAST(substr(strftime('%f', 'now'), 4) AS INTEGER)"
}

// Placeholder implements dialect.Reader.
func (Dialect) Placeholder(int) string { return "?" }

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

// BeginWrite implements dialect.Writer: the lock is taken at once, since a transaction that needs it later can only fail.
func (Dialect) BeginWrite() string { return "BEGIN IMMEDIATE" }

// TypeFor implements dialect.Writer with the types of Confluent's SqliteDatabaseDialect.
func (Dialect) TypeFor(f dialect.NewColumn) (string, error) {
	if f.Timestamp {
		return "NUMERIC", nil
	}
	switch f.Schema.ValueKind() {
	case data.BoolKind, data.Int8Kind, data.Int16Kind, data.Int32Kind, data.Int64Kind:
		return "INTEGER", nil
	case data.Float32Kind, data.Float64Kind:
		return "REAL", nil
	case data.StringKind:
		return "TEXT", nil
	case data.BytesKind:
		return "BLOB", nil
	case data.DecimalKind, data.DateKind, data.TimeKind, data.TimestampKind:
		return "NUMERIC", nil
	}
	return "", f.Unsupported("SQLite")
}

// Default implements dialect.Writer.
func (d Dialect) Default(_ dialect.NewColumn, v data.Value) string {
	a := dialect.Arg{Kind: v.Kind(), Value: v}
	if t, ok := v.Time(); ok {
		a.Time = t
	}
	arg, err := d.Bind(a, nil)
	if err != nil {
		return ""
	}
	switch x := arg.(type) {
	case int64:
		return strconv.FormatInt(x, 10)
	case float64:
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return ""
		}
		return strconv.FormatFloat(x, 'e', -1, 64)
	case string:
		return "'" + strings.ReplaceAll(x, "'", "''") + "'"
	case []byte:
		return "x'" + hex.EncodeToString(x) + "'"
	}
	return ""
}

// AddColumns implements dialect.Writer: one at a time.
func (Dialect) AddColumns(table string, columns []string) []string {
	var all []string
	for _, c := range columns {
		all = append(all, "ALTER TABLE "+table+" ADD "+c)
	}
	return all
}

// Can implements dialect.Writer.
func (Dialect) Can(dialect.Op) bool { return true }

// MostRows implements dialect.Writer: longer statements are not faster.
func (Dialect) MostRows(op dialect.Op, columns int) int {
	if op == dialect.Update {
		return 1
	}
	return max(1, min(100, 32766/max(1, columns)))
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
		sql := dialect.InsertSome(w, n, dialect.Question) + " ON CONFLICT (" + strings.Join(w.Quoted[:w.Keys], ",") + ") DO "
		if len(w.Quoted) == w.Keys {
			return sql + "NOTHING"
		}
		set := make([]string, 0, len(w.Quoted))
		for _, c := range w.Quoted[w.Keys:] {
			set = append(set, c+"=excluded."+c)
		}
		return sql + "UPDATE SET " + strings.Join(set, ",")
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
	switch a.Kind {
	case data.NullKind:
		return nil, nil
	case data.BoolKind:
		if b, _ := a.Value.Bool(); b {
			return int64(1), nil
		}
		return int64(0), nil
	case data.Int8Kind, data.Int16Kind, data.Int32Kind, data.Int64Kind:
		n, _ := a.Value.Int64()
		return n, nil
	case data.Float32Kind, data.Float64Kind:
		f, _ := a.Value.Float64()
		return f, nil
	case data.StringKind:
		s, _ := a.Value.Text()
		return s, nil
	case data.BytesKind:
		b, _ := a.Value.Bytes()
		if b == nil {
			b = []byte{} // nil would be null
		}
		return b, nil
	case data.DecimalKind:
		d, _ := a.Value.Decimal()
		return d.PlainString(), nil
	case data.DateKind, data.TimeKind, data.TimestampKind:
		return a.Time.UnixMilli(), nil
	}
	return nil, fmt.Errorf("a value of type %s has no column type in SQLite", a.Kind)
}

// OffsetTable implements dialect.Writer.
func (Dialect) OffsetTable(table string) string {
	return fmt.Sprintf("CREATE TABLE IF NOT EXISTS %s (connector TEXT NOT NULL, topic TEXT NOT NULL, kafka_partition INTEGER NOT NULL, "+
		"epoch INTEGER NOT NULL, next_offset INTEGER, PRIMARY KEY (connector, topic, kafka_partition))", table)
}
