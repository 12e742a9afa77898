package sqlserver

import (
	"context"
	"slices"
	"strings"

	"github.com/moldau/moldau/connectors/jdbc/dialect"
)

// kinds are sys.objects.type by the words of JDBC.
var kinds = map[string]string{"TABLE": "U", "VIEW": "V", "SYSTEM TABLE": "S", "SYNONYM": "SN"}

// within is what names of the catalog begin with: those of another database, where one is named.
func (d Dialect) within(database string) string {
	if database == "" {
		return "sys."
	}
	return d.Quote(database) + ".sys."
}

// Tables implements dialect.Catalog. Names begin with the database, as Microsoft's driver gives them.
func (d Dialect) Tables(ctx context.Context, c dialect.Conn, catalog, schema *string, wanted []string) ([]dialect.TableID, error) {
	var letters []string
	for kind, letter := range kinds {
		if dialect.OneOf(wanted, kind) {
			letters = append(letters, "'"+letter+"'")
		}
	}
	if len(letters) == 0 {
		return nil, nil
	}
	slices.Sort(letters)
	database := ""
	if catalog != nil {
		database = *catalog
	}
	sys := d.within(database)
	sql := "SELECT COALESCE(NULLIF(@p1, N''), DB_NAME()), s.name, o.name FROM " + sys + "objects AS o JOIN " + sys + "schemas AS s ON s.schema_id = o.schema_id " +
		"WHERE o.type IN (" + strings.Join(letters, ", ") + ") AND (o.is_ms_shipped = 0 OR o.type = 'S')"
	args := []any{database}
	if schema != nil && *schema != "" {
		sql += " AND s.name LIKE @p2"
		args = append(args, *schema)
	}
	all, err := dialect.Read(ctx, c, sql+" ORDER BY 2, 3", args...)
	if err != nil {
		return nil, err
	}
	var ids []dialect.TableID
	for _, row := range all {
		ids = append(ids, dialect.TableID{Catalog: row[0], Schema: row[1], Name: row[2]})
	}
	return ids, nil
}

// columnsOf describes a table; types that users named are those they stand for.
func (d Dialect) columnsOf(database string) string {
	sys := d.within(database)
	return "SELECT COALESCE(NULLIF(@p1, N''), DB_NAME()), s.name, o.name, RTRIM(o.type), c.name, COALESCE(b.name, t.name), CAST(c.precision AS int), CAST(c.scale AS int), " +
		"CAST(c.is_nullable AS int), CASE WHEN c.default_object_id <> 0 THEN 1 ELSE 0 END, CAST(c.is_identity AS int), CAST(c.is_computed AS int), " +
		"CASE WHEN EXISTS (SELECT 1 FROM " + sys + "indexes AS i JOIN " + sys + "index_columns AS x ON x.object_id = i.object_id AND x.index_id = i.index_id " +
		"WHERE i.is_primary_key = 1 AND i.object_id = c.object_id AND x.column_id = c.column_id) THEN 1 ELSE 0 END " +
		"FROM " + sys + "objects AS o JOIN " + sys + "schemas AS s ON s.schema_id = o.schema_id JOIN " + sys + "columns AS c ON c.object_id = o.object_id " +
		"JOIN " + sys + "types AS t ON t.user_type_id = c.user_type_id LEFT JOIN " + sys + "types AS b ON b.user_type_id = t.system_type_id AND t.is_user_defined = 1 " +
		"WHERE o.object_id = OBJECT_ID(@p2) AND o.type IN ('U', 'V', 'S') ORDER BY c.column_id"
}

// baseOf finds what a synonym stands for.
func (d Dialect) baseOf(database string) string {
	return "SELECT base_object_name FROM " + d.within(database) + "synonyms WHERE object_id = OBJECT_ID(@p1)"
}

// Describe implements dialect.Catalog. A synonym has the columns of its table, which may be in another database of the server.
func (d Dialect) Describe(ctx context.Context, c dialect.Conn, id dialect.TableID) (*dialect.Table, error) {
	t, err := d.describe(ctx, c, id)
	if t != nil || err != nil {
		return t, err
	}
	bases, err := dialect.Read(ctx, c, d.baseOf(id.Catalog), id.Quoted(d.Quote))
	if err != nil || len(bases) == 0 {
		return nil, err
	}
	base := dialect.ParseTableID(bases[0][0])
	if base.Catalog == "" {
		base.Catalog = id.Catalog
	}
	if t, err = d.describe(ctx, c, base); t != nil {
		t.ID, t.Kind = id, "SYNONYM"
	}
	return t, err
}

func (d Dialect) describe(ctx context.Context, c dialect.Conn, id dialect.TableID) (*dialect.Table, error) {
	all, err := dialect.Read(ctx, c, d.columnsOf(id.Catalog), id.Catalog, id.Quoted(d.Quote))
	if err != nil || len(all) == 0 {
		return nil, err
	}
	t := &dialect.Table{ID: dialect.TableID{Catalog: all[0][0], Schema: all[0][1], Name: all[0][2]}}
	for kind, letter := range kinds {
		if letter == all[0][3] {
			t.Kind = kind
		}
	}
	for _, row := range all {
		r := dialect.Result{Name: row[4], Type: strings.ToUpper(row[5]), Precision: dialect.Number(row[6]), Scale: dialect.Number(row[7])}
		col, _ := d.ColumnOf(r)
		col.Nullable, col.Default, col.Auto, col.Key = row[8] == "1", row[9] == "1", row[10] == "1", row[12] == "1"
		col.Generated = row[11] == "1" || col.Type == "TIMESTAMP"
		t.Columns = append(t.Columns, col)
	}
	return t, nil
}

// types are the types that Microsoft's driver reports. TIMESTAMP is the rowversion, which has nothing to do with time.
var types = map[string]dialect.JDBC{
	"BIT": dialect.Bit, "TINYINT": dialect.TinyInt, "SMALLINT": dialect.SmallInt, "INT": dialect.Integer, "BIGINT": dialect.BigInt,
	"REAL": dialect.Real, "FLOAT": dialect.Double, "DECIMAL": dialect.Decimal, "NUMERIC": dialect.Numeric, "MONEY": dialect.Decimal, "SMALLMONEY": dialect.Decimal,
	"DATE": dialect.Date, "TIME": dialect.Time, "DATETIME": dialect.Timestamp, "DATETIME2": dialect.Timestamp, "SMALLDATETIME": dialect.Timestamp, "DATETIMEOFFSET": dialect.Timestamp,
	"CHAR": dialect.Varchar, "VARCHAR": dialect.Varchar, "NCHAR": dialect.Varchar, "NVARCHAR": dialect.Varchar, "TEXT": dialect.Varchar, "NTEXT": dialect.Varchar,
	"SYSNAME": dialect.Varchar, "XML": dialect.Varchar, "UNIQUEIDENTIFIER": dialect.Varchar, "JSON": dialect.Varchar,
	"BINARY": dialect.Binary, "VARBINARY": dialect.Binary, "IMAGE": dialect.Binary, "TIMESTAMP": dialect.Binary,
}

// ColumnOf implements dialect.Reader. A tinyint has no sign; where a result and not a catalog describes it, numeric is called decimal.
func (d Dialect) ColumnOf(r dialect.Result) (dialect.Column, bool) {
	c := dialect.Column{Name: r.Name, Type: r.Type, Precision: r.Precision, Scale: r.Scale, Nullable: r.Nullable || !r.Known, JDBC: types[r.Type], Unsigned: r.Type == "TINYINT"}
	switch r.Type {
	case "MONEY":
		c.Precision, c.Scale = 19, 4
	case "SMALLMONEY":
		c.Precision, c.Scale = 10, 4
	}
	return c, c.JDBC != dialect.Other
}
