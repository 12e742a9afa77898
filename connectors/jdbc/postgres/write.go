package postgres

import (
	"strings"

	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/connectors/jdbc/dialect"
)

// columnTypes are the types of Confluent's PostgreSqlDatabaseDialect.
var columnTypes = dialect.Types{Database: "PostgreSQL", Bool: "BOOLEAN", Int8: "SMALLINT", Int16: "SMALLINT", Int32: "INT", Int64: "BIGINT", Float32: "REAL", Float64: "DOUBLE PRECISION",
	Text: "TEXT", Bytes: "BYTEA", Decimal: "DECIMAL", Date: "DATE", Time: "TIME", Timestamp: "TIMESTAMP", Stamp: "TIMESTAMP", List: "[]"}

// TypeFor implements dialect.Writer.
func (d Dialect) TypeFor(f dialect.NewColumn) (string, error) { return columnTypes.For(f) }

// Default implements dialect.Writer.
func (Dialect) Default(f dialect.NewColumn, v data.Value) string {
	switch v.Kind() {
	case data.ListKind, data.MapKind, data.StructKind, data.NullKind:
		return ""
	}
	text, err := appendValue(nil, dialect.ArgOf(v), nil)
	if err != nil {
		return ""
	}
	switch v.Kind() {
	case data.Int8Kind, data.Int16Kind, data.Int32Kind, data.Int64Kind, data.DecimalKind:
		return string(text)
	case data.BoolKind:
		return strings.ToUpper(map[string]string{"t": "true", "f": "false"}[string(text)])
	}
	if strings.Contains(string(text), `\`) {
		return "E'" + strings.NewReplacer(`'`, `''`, `\`, `\\`).Replace(string(text)) + "'"
	}
	return "'" + strings.ReplaceAll(string(text), "'", "''") + "'"
}

// MostRows implements dialect.Writer: the protocol counts parameters in 16 bits.
func (Dialect) MostRows(op dialect.Op, columns int) int {
	return dialect.MostRows(op, columns, 500, 65535)
}

// Statement implements dialect.Writer.
func (d Dialect) Statement(w *dialect.Write, n int) string {
	switch w.Op {
	case dialect.Update:
		return dialect.UpdateOne(w, d.Placeholder)
	case dialect.Delete:
		return dialect.DeleteSome(w, n, d.Placeholder)
	case dialect.Upsert:
		return dialect.InsertSome(w, n, d.Placeholder) + dialect.OnConflict(w)
	}
	return dialect.InsertSome(w, n, d.Placeholder)
}

// Bind implements dialect.Writer: the text of the value, which the server converts to the type of the column.
func (Dialect) Bind(a dialect.Arg, c *dialect.Column) (any, error) {
	if a.Kind == data.NullKind {
		return nil, nil
	}
	text, err := appendValue(nil, a, c)
	if err != nil {
		return nil, err
	}
	return string(text), nil
}

// CheckAtOnce implements dialect.Deferrer.
func (Dialect) CheckAtOnce() string { return "SET CONSTRAINTS ALL IMMEDIATE" }

// OffsetTable implements dialect.Writer.
func (Dialect) OffsetTable(table string) string {
	return "CREATE TABLE IF NOT EXISTS " + table + " " + dialect.OffsetColumns("VARCHAR(255)", "VARCHAR(255)", "INT", "BIGINT")
}
