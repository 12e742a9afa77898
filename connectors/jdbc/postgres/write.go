package postgres

import (
	"fmt"
	"strings"

	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/connectors/jdbc/dialect"
)

// BeginWrite implements dialect.Writer.
func (Dialect) BeginWrite() string { return "BEGIN" }

// TypeFor implements dialect.Writer with the types of Confluent's PostgreSqlDatabaseDialect.
func (d Dialect) TypeFor(f dialect.NewColumn) (string, error) {
	if f.Timestamp {
		return "TIMESTAMP", nil
	}
	switch f.Schema.ValueKind() {
	case data.Int8Kind, data.Int16Kind:
		return "SMALLINT", nil
	case data.Int32Kind:
		return "INT", nil
	case data.Int64Kind:
		return "BIGINT", nil
	case data.Float32Kind:
		return "REAL", nil
	case data.Float64Kind:
		return "DOUBLE PRECISION", nil
	case data.BoolKind:
		return "BOOLEAN", nil
	case data.StringKind:
		return "TEXT", nil
	case data.BytesKind:
		return "BYTEA", nil
	case data.DecimalKind:
		return "DECIMAL", nil
	case data.DateKind:
		return "DATE", nil
	case data.TimeKind:
		return "TIME", nil
	case data.TimestampKind:
		return "TIMESTAMP", nil
	case data.ListKind:
		if elem := f.Schema.Elem(); elem != nil {
			t, err := d.TypeFor(dialect.NewColumn{Name: f.Name, Schema: elem})
			return t + "[]", err
		}
	}
	return "", f.Unsupported("PostgreSQL")
}

// Default implements dialect.Writer.
func (Dialect) Default(f dialect.NewColumn, v data.Value) string {
	switch v.Kind() {
	case data.ListKind, data.MapKind, data.StructKind, data.NullKind:
		return ""
	}
	a := dialect.Arg{Kind: v.Kind(), Value: v}
	if t, ok := v.Time(); ok {
		a.Time = t
	}
	text, err := appendValue(nil, a, nil)
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

// AddColumns implements dialect.Writer. IF NOT EXISTS is left out: the sink looks at the table again when another task was first.
func (Dialect) AddColumns(table string, columns []string) []string {
	return []string{"ALTER TABLE " + table + " ADD " + strings.Join(columns, ", ADD ")}
}

// Can implements dialect.Writer.
func (Dialect) Can(dialect.Op) bool { return true }

// MostRows implements dialect.Writer: the protocol counts parameters in 16 bits.
func (Dialect) MostRows(op dialect.Op, columns int) int {
	if op == dialect.Update {
		return 1
	}
	return max(1, min(500, 65535/max(1, columns)))
}

// Statement implements dialect.Writer.
func (d Dialect) Statement(w *dialect.Write, n int) string {
	switch w.Op {
	case dialect.Update:
		return dialect.UpdateOne(w, d.Placeholder)
	case dialect.Delete:
		return dialect.DeleteSome(w, n, d.Placeholder)
	case dialect.Upsert:
		return dialect.InsertSome(w, n, d.Placeholder) + onConflict(w)
	}
	return dialect.InsertSome(w, n, d.Placeholder)
}

func onConflict(w *dialect.Write) string {
	keys := strings.Join(w.Quoted[:w.Keys], ",")
	if len(w.Quoted) == w.Keys {
		return " ON CONFLICT (" + keys + ") DO NOTHING"
	}
	return " ON CONFLICT (" + keys + ") DO UPDATE SET " + assign(w.Quoted[w.Keys:], "EXCLUDED.")
}

func assign(columns []string, from string) string {
	var b strings.Builder
	for i, c := range columns {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(c + "=" + from + c)
	}
	return b.String()
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

// OffsetTable implements dialect.Writer.
func (Dialect) OffsetTable(table string) string {
	return fmt.Sprintf("CREATE TABLE IF NOT EXISTS %s (connector VARCHAR(255) NOT NULL, topic VARCHAR(255) NOT NULL, kafka_partition INT NOT NULL, "+
		"epoch BIGINT NOT NULL, next_offset BIGINT, PRIMARY KEY (connector, topic, kafka_partition))", table)
}
