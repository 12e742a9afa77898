package mysql

import (
	"context"
	"strings"

	"github.com/moldau/moldau/connectors/jdbc/dialect"
)

// Tables implements dialect.Catalog. In MySQL a database is what JDBC calls a catalog, and there are no schemas.
func (d Dialect) Tables(ctx context.Context, c dialect.Conn, catalog, _ *string, kinds []string) ([]dialect.TableID, error) {
	sql := "SELECT TABLE_SCHEMA, TABLE_NAME, TABLE_TYPE FROM information_schema.TABLES WHERE TABLE_SCHEMA "
	var args []any
	if catalog != nil && *catalog != "" {
		sql += "LIKE ?"
		args = append(args, *catalog)
	} else {
		sql += "= DATABASE()"
	}
	all, err := dialect.Read(ctx, c, sql+" ORDER BY 1, 2", args...)
	if err != nil {
		return nil, err
	}
	var ids []dialect.TableID
	for _, row := range all {
		if dialect.OneOf(kinds, kindOf(row[2])) {
			ids = append(ids, dialect.TableID{Catalog: row[0], Name: row[1]})
		}
	}
	return ids, nil
}

func kindOf(s string) string {
	switch s {
	case "BASE TABLE", "SYSTEM VERSIONED":
		return "TABLE"
	case "SYSTEM VIEW":
		return "SYSTEM TABLE"
	}
	return s
}

const columnsOf = "SELECT t.TABLE_SCHEMA, t.TABLE_NAME, t.TABLE_TYPE, c.COLUMN_NAME, c.DATA_TYPE, c.COLUMN_TYPE, c.NUMERIC_PRECISION, c.NUMERIC_SCALE, " +
	"c.DATETIME_PRECISION, c.IS_NULLABLE, c.COLUMN_DEFAULT IS NOT NULL, c.EXTRA, c.COLUMN_KEY, " +
	"(SELECT e.TRANSACTIONS FROM information_schema.ENGINES e WHERE e.ENGINE = t.ENGINE), " +
	"(SELECT COUNT(DISTINCT s.INDEX_NAME) FROM information_schema.STATISTICS s WHERE s.TABLE_SCHEMA = t.TABLE_SCHEMA AND s.TABLE_NAME = t.TABLE_NAME AND s.NON_UNIQUE = 0) FROM information_schema.COLUMNS c " +
	"JOIN information_schema.TABLES t ON t.TABLE_SCHEMA = c.TABLE_SCHEMA AND t.TABLE_NAME = c.TABLE_NAME " +
	"WHERE t.TABLE_NAME = ? AND t.TABLE_SCHEMA = COALESCE(NULLIF(?, ''), DATABASE()) ORDER BY c.ORDINAL_POSITION"

// Describe implements dialect.Catalog.
func (d Dialect) Describe(ctx context.Context, c dialect.Conn, id dialect.TableID) (*dialect.Table, error) {
	database := id.Catalog
	if database == "" {
		database = id.Schema // a name of two parts
	}
	all, err := dialect.Read(ctx, c, columnsOf, id.Name, database)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	t := &dialect.Table{ID: dialect.TableID{Catalog: all[0][0], Name: all[0][1]}, Kind: kindOf(all[0][2]), Lasting: all[0][13] != "YES", Mistakes: dialect.Number(all[0][14]) > 1}
	for _, row := range all {
		r := dialect.Result{Name: row[3], Type: strings.ToUpper(row[4]), Precision: dialect.Number(row[6]), Scale: dialect.Number(row[7])}
		if strings.Contains(strings.ToLower(row[5]), "unsigned") {
			r.Type = "UNSIGNED " + r.Type
		}
		if fraction := dialect.Number(row[8]); fraction >= 0 {
			r.Scale = fraction
		}
		col, _ := d.ColumnOf(r)
		extra := strings.ToLower(row[11])
		col.Nullable, col.Default, col.Key = row[9] == "YES", row[10] == "1", row[12] == "PRI"
		col.Auto = strings.Contains(extra, "auto_increment")
		col.Generated = strings.Contains(extra, "generated") && !strings.Contains(extra, "default_generated")
		t.Columns = append(t.Columns, col)
	}
	return t, nil
}

// ColumnOf implements dialect.Reader with the types that Connector/J reports.
func (d Dialect) ColumnOf(r dialect.Result) (dialect.Column, bool) {
	c := dialect.Column{Name: r.Name, Precision: r.Precision, Scale: r.Scale, Nullable: r.Nullable || !r.Known}
	c.Type, c.Unsigned = strings.CutPrefix(r.Type, "UNSIGNED ")
	switch c.Type {
	case "TINYINT":
		c.JDBC = dialect.TinyInt
	case "SMALLINT":
		c.JDBC = dialect.SmallInt
	case "MEDIUMINT", "INT":
		c.JDBC = dialect.Integer
		c.Unsigned = c.Unsigned && c.Type == "INT"
	case "BIGINT":
		c.JDBC = dialect.BigInt
	case "FLOAT":
		c.JDBC = dialect.Real
	case "DOUBLE":
		c.JDBC = dialect.Double
	case "DECIMAL":
		c.JDBC = dialect.Decimal
	case "BIT":
		c.JDBC = dialect.Bit
		if c.Precision > 1 {
			c.JDBC = dialect.Binary
		}
	case "DATE", "YEAR":
		c.JDBC = dialect.Date
	case "TIME":
		c.JDBC = dialect.Time
	case "DATETIME", "TIMESTAMP":
		c.JDBC = dialect.Timestamp
	case "CHAR", "VARCHAR", "TINYTEXT", "TEXT", "MEDIUMTEXT", "LONGTEXT", "ENUM", "SET", "JSON", "UUID", "INET6", "INET4":
		c.JDBC = dialect.Varchar
	case "BINARY", "VARBINARY", "TINYBLOB", "BLOB", "MEDIUMBLOB", "LONGBLOB", "GEOMETRY", "VECTOR":
		c.JDBC = dialect.Binary
	default:
		return c, false
	}
	return c, true
}
