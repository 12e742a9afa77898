package sqlserver

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"strconv"
	"strings"
	"time"

	mssql "github.com/microsoft/go-mssqldb"

	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/connectors/jdbc/dialect"
)

// fewRows go faster by one statement with parameters than by a bulk copy, which asks for the columns first.
const fewRows = 50

// Bulk implements dialect.BulkWriter: bulk copy into the table, or into a temporary one from which one statement goes on. The driver writes
// values as the column has them, without looking whether they fit; so only types that hold every value they are given are copied directly.
func (d Dialect) Bulk(ctx context.Context, c dialect.Conn, w *dialect.Write) (slow, err error) {
	raw, ok := c.(dialect.Underlying)
	if !ok || w.Rows < fewRows || w.Distinct {
		return dialect.ErrFew, nil
	}
	for i := range w.Columns {
		if staged(&w.Columns[i]) == "" {
			return fmt.Errorf("a column of type %s cannot be copied", strings.ToLower(w.Columns[i].Type)), nil
		}
	}
	if w.Op == dialect.Insert {
		direct, err := direct(w)
		if err != nil {
			return nil, err
		}
		if direct {
			return refused(d.send(ctx, raw, w, w.Table))
		}
	}
	table := temporary(w)
	if _, err := c.Exec(ctx, stage(w, table)); err != nil {
		return refused(err)
	}
	if err := d.send(ctx, raw, w, table); err != nil {
		return refused(err)
	}
	_, err = c.Exec(ctx, fromStage(w, table))
	return refused(err)
}

// refused tells errors of this way of writing from errors of the rows: a right that is missing, a view that takes no copies.
func refused(err error) (slow, _ error) {
	var e mssql.Error
	if errors.As(err, &e) {
		switch e.Number {
		case 229, 230, 262, 4834, 4417, 4437, 40510, 468:
			return err, nil
		}
	}
	return nil, err
}

// staged is the type that a column has in the temporary table; its values are converted on their way from there.
func staged(c *dialect.Column) string {
	switch c.JDBC {
	case dialect.TinyInt, dialect.SmallInt, dialect.Integer, dialect.BigInt:
		return "bigint"
	case dialect.Bit:
		return "bit"
	case dialect.Real, dialect.Float, dialect.Double:
		return "float"
	case dialect.Binary:
		return "varbinary(max)"
	case dialect.Date:
		return "date"
	case dialect.Time:
		return "time(7)"
	case dialect.Timestamp:
		if c.Type == "DATETIMEOFFSET" {
			return "datetimeoffset(7)"
		}
		return "datetime2(7)"
	case dialect.Varchar, dialect.Decimal, dialect.Numeric:
		return "nvarchar(max)"
	}
	return ""
}

// direct reports whether rows may be copied into the table itself. Texts for columns of one code page must be ASCII, for the driver sends
// their bytes.
func direct(w *dialect.Write) (bool, error) {
	var texts []int
	for i := range w.Columns {
		switch c := &w.Columns[i]; c.Type {
		case "BIGINT", "FLOAT", "DATE", "DATETIMEOFFSET", "NVARCHAR", "VARBINARY", "BIT":
		case "DATETIME2", "TIME":
			if c.Scale >= 0 && c.Scale < 6 { // the server rounds, the driver cuts
				return false, nil
			}
		case "VARCHAR":
			texts = append(texts, i)
		default:
			return false, nil
		}
	}
	for row := range w.Rows {
		for _, i := range texts {
			a, err := w.Arg(row, i)
			if err != nil {
				return false, err
			}
			if s, _ := a.Value.Text(); a.Kind == data.StringKind && !ascii(s) {
				return false, nil
			}
		}
	}
	return true, nil
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// temporary names the temporary table for rows of these columns, which is the session's own.
func temporary(w *dialect.Write) string {
	h := fnv.New64a()
	fmt.Fprintf(h, "%s|%d|%q", w.Table, w.Keys, w.Quoted)
	for _, c := range w.Columns {
		fmt.Fprintf(h, "|%s", c.Type)
	}
	return fmt.Sprintf("#moldau_%016x", h.Sum64())
}

// stage makes the temporary table, empty. Texts have the collation of the column they are for, as they are compared with it.
func stage(w *dialect.Write, table string) string {
	list := make([]string, len(w.Quoted))
	for i, name := range w.Quoted {
		list[i] = "CAST(" + name + " AS " + staged(&w.Columns[i]) + ") AS " + name
	}
	return "IF OBJECT_ID(N'tempdb.." + table + "') IS NULL SELECT TOP (0) " + strings.Join(list, ",") + " INTO " + table + " FROM " + w.Table + " ELSE TRUNCATE TABLE " + table
}

// fromStage writes the rows of the temporary table.
func fromStage(w *dialect.Write, table string) string {
	list := make([]string, len(w.Quoted))
	for i, name := range w.Quoted {
		if list[i] = as(&w.Columns[i], name); list[i] != name {
			list[i] += " AS " + name
		}
	}
	source := "SELECT " + strings.Join(list, ",") + " FROM " + table
	if w.Op == dialect.Insert {
		return "INSERT INTO " + w.Table + " (" + strings.Join(w.Quoted, ",") + ") " + source
	}
	return apply(w, "("+source+") AS incoming")
}

// send copies the rows into a table. After a row that cannot be sent, those before it are sent to their end: the connection would be of no
// use otherwise. The caller's savepoint undoes them.
func (d Dialect) send(ctx context.Context, c dialect.Underlying, w *dialect.Write, table string) error {
	names := make([]string, len(w.Columns))
	for i := range w.Columns {
		names[i] = w.Columns[i].Name
	}
	return c.Raw(func(driver any) error {
		conn, ok := driver.(*mssql.Conn)
		if !ok {
			return fmt.Errorf("the connection is a %T", driver)
		}
		bulk := conn.CreateBulkContext(ctx, table, names)
		bulk.Options = mssql.BulkOptions{CheckConstraints: true, FireTriggers: true, KeepNulls: true}
		row := make([]any, len(w.Columns))
		var failure error
		for i := 0; i < w.Rows && failure == nil; i++ {
			if failure = d.fill(w, i, row); failure == nil {
				failure = bulk.AddRow(row)
			}
		}
		_, err := bulk.Done()
		if failure != nil {
			return failure
		}
		return err
	})
}

// fill puts the values of a row as the types of the temporary table have them.
func (d Dialect) fill(w *dialect.Write, i int, row []any) error {
	for n := range row {
		c := &w.Columns[n]
		a, err := w.Arg(i, n)
		if err != nil {
			return err
		}
		if row[n], err = d.copied(a, c); err != nil {
			return &dialect.RowError{Column: c.Name, Err: err}
		}
	}
	return nil
}

func (d Dialect) copied(a dialect.Arg, c *dialect.Column) (any, error) {
	arg, err := d.Bind(a, c)
	if err != nil || a.Kind == data.NullKind {
		return nil, err
	}
	switch staged(c) {
	case "bigint":
		if n, ok := arg.(int64); ok {
			return n, nil
		}
	case "bit":
		switch x := arg.(type) {
		case bool:
			return x, nil
		case int64:
			return x != 0, nil
		}
	case "float":
		switch x := arg.(type) {
		case float64:
			return x, nil
		case int64:
			return float64(x), nil
		}
	case "varbinary(max)":
		if b, ok := arg.([]byte); ok {
			return b, nil
		}
	case "date", "time(7)", "datetime2(7)":
		if temporal(a) {
			return clock(a.Time), nil
		}
	case "datetimeoffset(7)":
		if temporal(a) {
			return a.Time, nil
		}
	case "nvarchar(max)":
		if temporal(a) {
			return a.Time.Format("2006-01-02 15:04:05.999999"), nil
		}
		switch x := arg.(type) {
		case string:
			return x, nil
		case int64:
			return strconv.FormatInt(x, 10), nil
		case float64:
			return strconv.FormatFloat(x, 'f', -1, 64), nil // decimals have no exponents
		}
	}
	return nil, fmt.Errorf("a value of type %s cannot be written to a column of type %s", a.Kind, strings.ToLower(c.Type))
}

func temporal(a dialect.Arg) bool {
	return (a.Kind == data.DateKind || a.Kind == data.TimeKind || a.Kind == data.TimestampKind) && a.Time != (time.Time{})
}
