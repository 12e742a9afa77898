package mysql

import (
	"time"

	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/connectors/jdbc/dialect"
)

// BeginRead implements dialect.Reader.
func (Dialect) BeginRead(isolation string) (string, error) {
	return dialect.Levels("MySQL", isolation, "SET SESSION TRANSACTION ISOLATION LEVEL")
}

// Now implements dialect.Reader.
func (Dialect) Now() string { return "SELECT CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED)" }

// TimeArg implements dialect.Reader.
func (Dialect) TimeArg(m dialect.Moment, c *dialect.Column) any {
	return clock(m.Time(), c).Format("2006-01-02 15:04:05.999999")
}

// clock returns what a column shows of a point in time: TIMESTAMP is in the time zone of the session, which is UTC.
func clock(t time.Time, c *dialect.Column) time.Time {
	if c != nil && c.Type == "TIMESTAMP" {
		return t.UTC()
	}
	return t
}

// BeginWrite implements dialect.Writer.
func (Dialect) BeginWrite() string { return "START TRANSACTION" }

// columnTypes are the types of Confluent's MySqlDatabaseDialect, but for texts in keys: MySQL refuses keys of TEXT.
var columnTypes = dialect.Types{Database: "MySQL", Bool: "TINYINT", Int8: "TINYINT", Int16: "SMALLINT", Int32: "INT", Int64: "BIGINT", Float32: "FLOAT", Float64: "DOUBLE",
	Text: "TEXT", KeyText: "VARCHAR(255)", Bytes: "VARBINARY(1024)", Decimal: "DECIMAL(65,{scale})", Date: "DATE", Time: "TIME(3)", Timestamp: "DATETIME(3)", Stamp: "DATETIME(6)"}

// TypeFor implements dialect.Writer.
func (Dialect) TypeFor(f dialect.NewColumn) (string, error) { return columnTypes.For(f) }

// Default implements dialect.Writer; a TEXT has none in MySQL.
func (d Dialect) Default(f dialect.NewColumn, v data.Value) string {
	if v.Kind() == data.StringKind && !f.Key {
		return ""
	}
	return dialect.Literals{Text: "'", Backslash: true, Bytes: "x'", BytesEnd: "'"}.Default(d.Bind, v)
}

// MostRows implements dialect.Writer: a prepared statement has at most 65,535 parameters.
func (Dialect) MostRows(op dialect.Op, columns int) int {
	return dialect.MostRows(op, columns, 500, 65535)
}

// Statement implements dialect.Writer.
func (Dialect) Statement(w *dialect.Write, n int) string {
	switch w.Op {
	case dialect.Update:
		return dialect.UpdateOne(w, dialect.Question)
	case dialect.Delete:
		return dialect.DeleteSome(w, n, dialect.Question)
	case dialect.Upsert:
		columns := w.Quoted[w.Keys:]
		if len(columns) == 0 {
			columns = w.Quoted
		}
		return dialect.InsertSome(w, n, dialect.Question) + " ON DUPLICATE KEY UPDATE " + dialect.Assign(columns, "VALUES(", ")")
	}
	return dialect.InsertSome(w, n, dialect.Question)
}

// Bind implements dialect.Writer.
func (Dialect) Bind(a dialect.Arg, c *dialect.Column) (any, error) {
	if arg, ok := dialect.Plain(a); ok {
		return arg, nil
	}
	switch a.Kind {
	case data.DateKind:
		if c != nil && c.Type == "YEAR" { // read as a date, as by Connector/J
			return int64(a.Time.Year()), nil
		}
		return a.Time.Format("2006-01-02"), nil
	case data.TimeKind:
		return a.Time.Format("15:04:05.999999"), nil
	case data.TimestampKind:
		return clock(a.Time, c).Round(time.Microsecond).Format("2006-01-02 15:04:05.999999"), nil
	}
	return nil, a.Unsupported("MySQL")
}

// OffsetTable implements dialect.Writer. The engine must know transactions; texts compare by their bytes.
func (Dialect) OffsetTable(table string) string {
	return "CREATE TABLE IF NOT EXISTS " + table + " " + dialect.OffsetColumns("VARCHAR(255)", "VARCHAR(249)", "INT", "BIGINT") + " ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"
}
