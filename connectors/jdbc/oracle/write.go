package oracle

import (
	"context"
	"errors"
	"math"
	"strconv"
	"strings"
	"time"

	ora "github.com/sijms/go-ora/v2"

	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/connectors/jdbc/dialect"
)

// BeginWrite implements dialect.Writer.
func (Dialect) BeginWrite() string { return beginWrite }

// CheckAtOnce implements dialect.Deferrer.
func (Dialect) CheckAtOnce() string { return "SET CONSTRAINTS ALL IMMEDIATE" }

// Savepoint implements dialect.Writer: there is nothing that forgets one.
func (Dialect) Savepoint() (set, back, release string) {
	return "SAVEPOINT moldau", "ROLLBACK TO SAVEPOINT moldau", ""
}

// columnTypes are the types of Confluent's OracleDatabaseDialect.
var columnTypes = dialect.Types{Database: "Oracle", Bool: "NUMBER(1,0)", Int8: "NUMBER(3,0)", Int16: "NUMBER(5,0)", Int32: "NUMBER(10,0)", Int64: "NUMBER(19,0)", Float32: "BINARY_FLOAT", Float64: "BINARY_DOUBLE",
	Text: "VARCHAR2(4000)", Bytes: "BLOB", Decimal: "NUMBER(*,{scale})", Date: "DATE", Time: "DATE", Timestamp: "TIMESTAMP", Stamp: "TIMESTAMP(6)"}

// TypeFor implements dialect.Writer.
func (Dialect) TypeFor(f dialect.NewColumn) (string, error) {
	if f.Timestamp && f.Nanos {
		return "TIMESTAMP(9)", nil
	}
	return columnTypes.For(f)
}

// Default implements dialect.Writer.
func (d Dialect) Default(_ dialect.NewColumn, v data.Value) string {
	t, _ := v.Time()
	switch v.Kind() {
	case data.DecimalKind:
		x, _ := v.Decimal()
		return x.PlainString()
	case data.DateKind:
		return t.Format("DATE '2006-01-02'")
	case data.TimeKind:
		return "TO_DATE('" + t.Format(time.DateTime) + "', 'YYYY-MM-DD HH24:MI:SS')"
	case data.TimestampKind:
		return t.Format("TIMESTAMP '2006-01-02 15:04:05.000'")
	}
	return dialect.Literals{Text: "'", Bytes: "HEXTORAW('", BytesEnd: "')"}.Default(d.Bind, v)
}

// AddColumns implements dialect.Writer.
func (Dialect) AddColumns(table string, columns []string) []string {
	return []string{"ALTER TABLE " + table + " ADD (" + strings.Join(columns, ", ") + ")"}
}

// MostRows implements dialect.Writer: many rows go as arrays, see Bulk.
func (Dialect) MostRows(dialect.Op, int) int { return 1 }

// as is a parameter as its column takes it: the texts of Bind with their format.
func as(c *dialect.Column, parameter string) string {
	switch c.Type {
	case "NUMBER", "FLOAT":
		return "TO_NUMBER(" + parameter + ")"
	case "BINARY_FLOAT", "BINARY_DOUBLE":
		return "TO_" + c.Type + "(" + parameter + ")"
	case "DATE":
		return "TO_DATE(" + parameter + ", '" + dateFormat + "')"
	case timestamp:
		return "TO_TIMESTAMP(" + parameter + ", '" + stampFormat + "')"
	case withZone, withLocal:
		return "TO_TIMESTAMP_TZ(" + parameter + ", '" + zonedFormat + "')"
	}
	return parameter
}

// Statement implements dialect.Writer, for one row.
func (d Dialect) Statement(w *dialect.Write, _ int) string {
	values := make([]string, len(w.Columns))
	for n := range w.Columns {
		place := n + 1
		if w.Op.WritesKeysLast() {
			place = (n+len(w.Columns)-w.Keys)%len(w.Columns) + 1
		}
		values[n] = as(&w.Columns[n], d.Placeholder(place))
	}
	pairs := func(from, to int, left string, right []string, between string) string {
		list := make([]string, 0, to-from)
		for i := from; i < to; i++ {
			list = append(list, left+w.Quoted[i]+"="+right[i])
		}
		return strings.Join(list, between)
	}
	switch w.Op {
	case dialect.Delete:
		return "DELETE FROM " + w.Table + " WHERE " + pairs(0, w.Keys, "", values, " AND ")
	case dialect.Update:
		return "UPDATE " + w.Table + " SET " + pairs(w.Keys, len(values), "", values, ",") + " WHERE " + pairs(0, w.Keys, "", values, " AND ")
	case dialect.Upsert:
		source, incoming := make([]string, len(values)), make([]string, len(values))
		for i, name := range w.Quoted {
			source[i], incoming[i] = values[i]+" AS "+name, "incoming."+name
		}
		sql := "MERGE INTO " + w.Table + " target USING (SELECT " + strings.Join(source, ",") + " FROM dual) incoming ON (" + pairs(0, w.Keys, "target.", incoming, " AND ") + ")"
		if len(values) > w.Keys {
			sql += " WHEN MATCHED THEN UPDATE SET " + pairs(w.Keys, len(values), "target.", incoming, ",")
		}
		return sql + " WHEN NOT MATCHED THEN INSERT (" + strings.Join(w.Quoted, ",") + ") VALUES (" + strings.Join(incoming, ",") + ")"
	}
	return "INSERT INTO " + w.Table + " (" + strings.Join(w.Quoted, ",") + ") VALUES (" + strings.Join(values, ",") + ")"
}

// What a parameter holds that is no LOB, in bytes.
const (
	mostText = 4000
	mostRaw  = 2000
)

// Bind implements dialect.Writer.
func (Dialect) Bind(a dialect.Arg, c *dialect.Column) (any, error) {
	name, kind := "", dialect.Other
	if c != nil {
		name, kind = c.Type, c.JDBC
	}
	switch a.Kind {
	case data.Float32Kind, data.Float64Kind:
		if c == nil {
			break
		}
		bits := 64
		if a.Kind == data.Float32Kind {
			bits = 32
		}
		f, _ := a.Value.Float64()
		return float(f, bits, kind)
	case data.StringKind:
		s, _ := a.Value.Text()
		switch {
		case kind == dialect.Timestamp:
			t, err := parseMoment(s)
			return moment(t, name), err
		case kind == dialect.Binary:
			return nil, errors.New("a text cannot be written to a column of bytes")
		case name == "NCLOB" && len(s) > mostText/2:
			return ora.NClob{String: s, Valid: true}, nil
		case (name == "CLOB" || name == "XMLTYPE" || name == "JSON" || name == "LONG") && len(s) > mostText:
			return ora.Clob{String: s, Valid: true}, nil
		case name == "NCLOB" || name == "NVARCHAR2" || name == "NCHAR":
			return ora.NVarChar(s), nil
		}
		return s, nil
	case data.BytesKind:
		if b, _ := a.Value.Bytes(); len(b) > mostRaw {
			return ora.Blob{Data: b}, nil
		}
	case data.DateKind, data.TimeKind, data.TimestampKind:
		if kind != dialect.Timestamp {
			name = timestamp
		}
		return moment(a.Time, name), nil
	}
	if arg, ok := dialect.Plain(a); ok {
		return arg, nil
	}
	return nil, a.Unsupported("Oracle")
}

// float writes a floating point number with all its digits; only the binary types have what is no number.
func float(f float64, bits int, kind dialect.JDBC) (any, error) {
	binary := kind == dialect.Real || kind == dialect.Double
	switch {
	case !math.IsNaN(f) && !math.IsInf(f, 0):
		return strconv.FormatFloat(f, 'E', -1, bits), nil
	case !binary:
		return nil, errors.New("a NUMBER cannot hold " + strconv.FormatFloat(f, 'g', -1, 64))
	case math.IsNaN(f):
		return "NAN", nil
	case f > 0:
		return "INF", nil
	}
	return "-INF", nil
}

// fewRows are sent one by one.
const fewRows = 2

// mostBound is how many rows go in one call, for the driver holds all of it in memory.
const mostBound = 1000

// Bulk implements dialect.BulkWriter by arrays of values. A LOB cannot stand in an array; rows that have one go alone.
func (d Dialect) Bulk(ctx context.Context, c dialect.Conn, w *dialect.Write) (slow, err error) {
	if w.Rows < fewRows {
		return dialect.ErrFew, nil
	}
	all, err := d.arrays(w)
	if err != nil {
		return nil, err
	}
	if all == nil {
		return dialect.ErrFew, nil
	}
	text := d.Statement(w, 1)
	args := make([]any, len(all))
	for from := 0; from < w.Rows; from += mostBound {
		for n := range all {
			args[n] = all[n][from:min(from+mostBound, w.Rows)]
		}
		if _, err := c.Exec(ctx, text, args...); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

// arrays are the values of each parameter, nil where one is a LOB.
func (d Dialect) arrays(w *dialect.Write) ([][]any, error) {
	columns := len(w.Columns)
	all := make([][]any, columns)
	for n := range all {
		i := n
		if w.Op.WritesKeysLast() {
			i = (n + w.Keys) % columns
		}
		values := make([]any, w.Rows)
		for row := range values {
			a, err := w.Arg(row, i)
			if err != nil {
				return nil, err
			}
			if values[row], err = d.Bind(a, &w.Columns[i]); err != nil {
				return nil, &dialect.RowError{Column: w.Columns[i].Name, Err: err}
			}
			switch values[row].(type) {
			case ora.Clob, ora.NClob, ora.Blob:
				return nil, nil
			}
		}
		all[n] = values
	}
	return all, nil
}

// OffsetTable implements dialect.Writer; ORA-00955 says that the table exists.
func (Dialect) OffsetTable(table string) string {
	ddl := "CREATE TABLE " + table + " " + dialect.OffsetColumns("VARCHAR2(255 CHAR)", "VARCHAR2(249)", "NUMBER(10)", "NUMBER(19)")
	return "BEGIN EXECUTE IMMEDIATE '" + strings.ReplaceAll(ddl, "'", "''") + "'; EXCEPTION WHEN OTHERS THEN IF SQLCODE <> -955 THEN RAISE; END IF; END;"
}
