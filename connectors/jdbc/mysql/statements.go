package mysql

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
	levels := map[string]string{"": "", "DEFAULT": "", "READ_UNCOMMITED": "READ UNCOMMITTED", "READ_COMMITED": "READ COMMITTED", "READ_UNCOMMITTED": "READ UNCOMMITTED",
		"READ_COMMITTED": "READ COMMITTED", "REPEATABLE_READ": "REPEATABLE READ", "SERIALIZABLE": "SERIALIZABLE"}
	level, ok := levels[isolation]
	switch {
	case !ok:
		return "", dialect.NoIsolation("MySQL", isolation)
	case level == "":
		return "", nil
	}
	return "SET SESSION TRANSACTION ISOLATION LEVEL " + level, nil
}

// Now implements dialect.Reader.
func (Dialect) Now() string { return "SELECT CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED)" }

// Placeholder implements dialect.Reader.
func (Dialect) Placeholder(int) string { return "?" }

// TimeColumn implements dialect.Reader.
func (Dialect) TimeColumn(quoted string) string { return quoted }

// Compared implements dialect.Reader.
func (Dialect) Compared(t time.Time) time.Time { return t }

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

// TypeFor implements dialect.Writer with the types of Confluent's MySqlDatabaseDialect, but for texts in keys: MySQL refuses keys of TEXT.
func (Dialect) TypeFor(f dialect.NewColumn) (string, error) {
	if f.Timestamp {
		return "DATETIME(6)", nil
	}
	switch f.Schema.ValueKind() {
	case data.BoolKind, data.Int8Kind:
		return "TINYINT", nil
	case data.Int16Kind:
		return "SMALLINT", nil
	case data.Int32Kind:
		return "INT", nil
	case data.Int64Kind:
		return "BIGINT", nil
	case data.Float32Kind:
		return "FLOAT", nil
	case data.Float64Kind:
		return "DOUBLE", nil
	case data.StringKind:
		if f.Key {
			return "VARCHAR(255)", nil
		}
		return "TEXT", nil
	case data.BytesKind:
		return "VARBINARY(1024)", nil
	case data.DecimalKind:
		scale, err := data.DecimalScale(f.Schema)
		return fmt.Sprintf("DECIMAL(65,%d)", scale), err
	case data.DateKind:
		return "DATE", nil
	case data.TimeKind:
		return "TIME(3)", nil
	case data.TimestampKind:
		return "DATETIME(3)", nil
	}
	return "", f.Unsupported("MySQL")
}

// Default implements dialect.Writer; a TEXT has none in MySQL.
func (d Dialect) Default(f dialect.NewColumn, v data.Value) string {
	if v.Kind() == data.StringKind && !f.Key {
		return ""
	}
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
		return "'" + strings.NewReplacer(`'`, `''`, `\`, `\\`).Replace(x) + "'"
	case []byte:
		return "x'" + hex.EncodeToString(x) + "'"
	}
	return ""
}

// AddColumns implements dialect.Writer.
func (Dialect) AddColumns(table string, columns []string) []string {
	return []string{"ALTER TABLE " + table + " ADD " + strings.Join(columns, ", ADD ")}
}

// Can implements dialect.Writer.
func (Dialect) Can(dialect.Op) bool { return true }

// MostRows implements dialect.Writer: a prepared statement has at most 65,535 parameters.
func (Dialect) MostRows(op dialect.Op, columns int) int {
	if op == dialect.Update {
		return 1
	}
	return max(1, min(500, 65535/max(1, columns)))
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
		set := make([]string, len(columns))
		for i, c := range columns {
			set[i] = c + "=VALUES(" + c + ")"
		}
		return dialect.InsertSome(w, n, dialect.Question) + " ON DUPLICATE KEY UPDATE " + strings.Join(set, ",")
	}
	return dialect.InsertSome(w, n, dialect.Question)
}

// Bind implements dialect.Writer.
func (Dialect) Bind(a dialect.Arg, c *dialect.Column) (any, error) {
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
	case data.DateKind:
		return a.Time.Format("2006-01-02"), nil
	case data.TimeKind:
		return a.Time.Format("15:04:05.999999"), nil
	case data.TimestampKind:
		return clock(a.Time, c).Round(time.Microsecond).Format("2006-01-02 15:04:05.999999"), nil
	}
	return nil, fmt.Errorf("a value of type %s has no column type in MySQL", a.Kind)
}

// OffsetTable implements dialect.Writer. The engine must know transactions; texts compare by their bytes.
func (Dialect) OffsetTable(table string) string {
	return fmt.Sprintf("CREATE TABLE IF NOT EXISTS %s (connector VARCHAR(255) NOT NULL, topic VARCHAR(249) NOT NULL, kafka_partition INT NOT NULL, epoch BIGINT NOT NULL, "+
		"next_offset BIGINT, PRIMARY KEY (connector, topic, kafka_partition)) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin", table)
}
