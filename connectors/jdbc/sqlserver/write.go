package sqlserver

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/golang-sql/civil"
	mssql "github.com/microsoft/go-mssqldb"

	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/connectors/jdbc/dialect"
)

// BeginWrite implements dialect.Writer.
func (Dialect) BeginWrite() string { return "BEGIN TRANSACTION" }

// Savepoint implements dialect.Writer: there is nothing that forgets one.
func (Dialect) Savepoint() (set, back, release string) {
	return "SAVE TRANSACTION moldau", "ROLLBACK TRANSACTION moldau", ""
}

// columnTypes are the types of Confluent's SqlServerDatabaseDialect.
var columnTypes = dialect.Types{Database: "SQL Server", Bool: "bit", Int8: "tinyint", Int16: "smallint", Int32: "int", Int64: "bigint", Float32: "real", Float64: "float",
	Text: "varchar(max)", KeyText: "varchar(900)", Bytes: "varbinary(max)", Decimal: "decimal(38,{scale})", Date: "date", Time: "time", Timestamp: "datetime2", Stamp: "datetime2"}

// TypeFor implements dialect.Writer.
func (Dialect) TypeFor(f dialect.NewColumn) (string, error) { return columnTypes.For(f) }

// Default implements dialect.Writer.
func (d Dialect) Default(_ dialect.NewColumn, v data.Value) string {
	t, _ := v.Time()
	switch v.Kind() {
	case data.DateKind:
		return t.Format("'2006-01-02'")
	case data.TimeKind:
		return t.Format("'15:04:05.000'")
	case data.TimestampKind:
		return t.Format("'2006-01-02T15:04:05.000'")
	}
	return dialect.Literals{Text: "N'", Bytes: "0x"}.Default(d.Bind, v)
}

// AddColumns implements dialect.Writer: the word ADD stands once.
func (Dialect) AddColumns(table string, columns []string) []string {
	return []string{"ALTER TABLE " + table + " ADD " + strings.Join(columns, ", ")}
}

// A statement takes 2,100 parameters, of which the call of sp_executesql has two, and 1,000 rows of VALUES.
const (
	mostParameters = 2098
	mostRows       = 1000
)

// MostRows implements dialect.Writer.
func (Dialect) MostRows(_ dialect.Op, columns int) int {
	return dialect.MostRows(dialect.Insert, columns, mostRows, mostParameters)
}

// Statement implements dialect.Writer. A lock on the range of the key keeps two tasks from inserting one row at a time.
func (d Dialect) Statement(w *dialect.Write, n int) string {
	names, columns := w.Quoted, w.Columns
	switch w.Op {
	case dialect.Update: // whose arguments end with the keys
		names = append(append([]string(nil), names[w.Keys:]...), names[:w.Keys]...)
		columns = append(append([]dialect.Column(nil), columns[w.Keys:]...), columns[:w.Keys]...)
	case dialect.Delete:
		names, columns = names[:w.Keys], columns[:w.Keys]
	}
	values := dialect.Tuples(nil, n, len(names), func(i int) string { return as(&columns[(i-1)%len(columns)], d.Placeholder(i)) })
	if w.Op == dialect.Insert {
		return "INSERT INTO " + w.Table + " (" + strings.Join(names, ",") + ") VALUES " + string(values)
	}
	return apply(w, "(VALUES "+string(values)+") AS incoming ("+strings.Join(names, ",")+")")
}

// as converts texts for types that take none by themselves.
func as(c *dialect.Column, expression string) string {
	switch c.Type {
	case "MONEY", "SMALLMONEY":
		return "CAST(" + expression + " AS decimal(19,4))"
	}
	return expression
}

// apply writes the rows of a source, which is called incoming.
func apply(w *dialect.Write, source string) string {
	match := make([]string, w.Keys)
	for i, k := range w.Quoted[:w.Keys] {
		match[i] = "target." + k + "=incoming." + k
	}
	on := " ON " + strings.Join(match, " AND ")
	others := w.Quoted[w.Keys:]
	switch w.Op {
	case dialect.Delete:
		return "DELETE target FROM " + w.Table + " AS target JOIN " + source + on
	case dialect.Update:
		return "UPDATE target SET " + dialect.Assign(others, "incoming.", "") + " FROM " + w.Table + " AS target JOIN " + source + on
	}
	sql := "MERGE INTO " + w.Table
	if w.Holdlock {
		sql += " WITH (HOLDLOCK)"
	}
	sql += " AS target USING " + source + on
	if len(others) > 0 {
		sql += " WHEN MATCHED THEN UPDATE SET " + dialect.Assign(others, "incoming.", "")
	}
	list := strings.Join(w.Quoted, ",")
	return sql + " WHEN NOT MATCHED THEN INSERT (" + list + ") VALUES (incoming." + strings.Join(w.Quoted, ",incoming.") + ");"
}

// Bind implements dialect.Writer. A value that cannot be converted is refused here: in the server that would end the transaction.
func (Dialect) Bind(a dialect.Arg, c *dialect.Column) (any, error) {
	kind := dialect.Other
	name := ""
	if c != nil {
		kind, name = c.JDBC, c.Type
	}
	switch a.Kind {
	case data.NullKind:
		if kind == dialect.Binary {
			return []byte(nil), nil // a null without type would be a text, which binary columns do not take
		}
		return nil, nil
	case data.BoolKind:
		if kind == dialect.Bit {
			b, _ := a.Value.Bool()
			return b, nil
		}
	case data.Float32Kind, data.Float64Kind:
		f, _ := a.Value.Float64()
		if math.IsNaN(f) || math.IsInf(f, 0) {
			return nil, errors.New("SQL Server has no such number: " + strconv.FormatFloat(f, 'g', -1, 64))
		}
		return f, nil
	case data.StringKind:
		s, _ := a.Value.Text()
		return s, textFits(s, c)
	case data.BytesKind:
		if kind != dialect.Binary && kind != dialect.Other {
			return nil, fmt.Errorf("bytes cannot be written to a column of type %s", strings.ToLower(name))
		}
	case data.DateKind, data.TimeKind, data.TimestampKind:
		switch {
		case name == "DATETIMEOFFSET":
			return mssql.DateTimeOffset(a.Time), nil
		case name == "DATETIME" || name == "SMALLDATETIME":
			return mssql.DateTime1(clock(a.Time)), nil
		case name == "DATE" || a.Kind == data.DateKind:
			return civil.DateOf(a.Time), nil
		case name == "TIME" || a.Kind == data.TimeKind:
			return civil.TimeOf(a.Time), nil
		}
		return civil.DateTimeOf(a.Time), nil
	}
	if arg, ok := dialect.Plain(a); ok {
		return arg, nil
	}
	return nil, a.Unsupported("SQL Server")
}

// textFits reports a text that the column's type cannot be made of.
func textFits(s string, c *dialect.Column) error {
	if c == nil {
		return nil
	}
	var err error
	switch c.JDBC {
	case dialect.TinyInt, dialect.SmallInt, dialect.Integer, dialect.BigInt:
		_, err = strconv.ParseInt(strings.TrimSpace(s), 10, 64)
	case dialect.Decimal, dialect.Numeric:
		_, err = data.ParseDecimal(strings.TrimSpace(s))
	case dialect.Real, dialect.Float, dialect.Double:
		_, err = strconv.ParseFloat(strings.TrimSpace(s), 64)
	case dialect.Binary:
		err = errors.New("text")
	}
	if c.Type == "UNIQUEIDENTIFIER" {
		var id mssql.UniqueIdentifier
		err = id.Scan(strings.Trim(s, "{}"))
	}
	if err != nil {
		return fmt.Errorf("the text cannot be written to a column of type %s", strings.ToLower(c.Type))
	}
	return nil
}

// OffsetTable implements dialect.Writer. Names of topics have ASCII characters only; a key has room for 900 bytes.
func (d Dialect) OffsetTable(table string) string {
	const binary = " COLLATE Latin1_General_BIN2"
	return "IF OBJECT_ID(N'" + strings.ReplaceAll(table, "'", "''") + "', N'U') IS NULL CREATE TABLE " + table + " " +
		dialect.OffsetColumns("nvarchar(255)"+binary, "varchar(249)"+binary, "int", "bigint")
}
