package sqlite

import (
	"context"
	"strconv"
	"strings"

	"github.com/moldau/moldau/connectors/jdbc/dialect"
)

// Tables implements dialect.Catalog.
func (d Dialect) Tables(ctx context.Context, c dialect.Conn, _, _ *string, kinds []string) ([]dialect.TableID, error) {
	all, err := dialect.Read(ctx, c, "SELECT name, upper(type) FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY 1")
	if err != nil {
		return nil, err
	}
	var ids []dialect.TableID
	for _, row := range all {
		if dialect.OneOf(kinds, row[1]) {
			ids = append(ids, dialect.TableID{Name: row[0]})
		}
	}
	return ids, nil
}

// Describe implements dialect.Catalog.
func (d Dialect) Describe(ctx context.Context, c dialect.Conn, id dialect.TableID) (*dialect.Table, error) {
	schema := id.Schema
	if schema == "" {
		schema = id.Catalog
	}
	args := []any{id.Name}
	sql := "SELECT name, type, \"notnull\", dflt_value IS NOT NULL, pk, hidden FROM pragma_table_xinfo(?) WHERE hidden <> 1"
	master := "sqlite_master"
	if schema != "" {
		sql = strings.Replace(sql, "(?)", "(?, ?)", 1)
		args = append(args, schema)
		master = d.Quote(schema) + "." + master
	}
	all, err := dialect.Read(ctx, c, sql, args...)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	t := &dialect.Table{ID: id, Kind: "TABLE"}
	kind, err := dialect.Read(ctx, c, "SELECT upper(type) FROM "+master+" WHERE name = ? COLLATE NOCASE", id.Name)
	if err != nil {
		return nil, err
	}
	if len(kind) > 0 {
		t.Kind = kind[0][0]
	}
	keys := 0
	for _, row := range all {
		col, _ := d.ColumnOf(declared(row[0], row[1]))
		col.Nullable, col.Default, col.Key, col.Generated = row[2] == "0", row[3] == "1", row[4] != "0", row[5] != "0"
		if col.Key {
			keys++
		}
		t.Columns = append(t.Columns, col)
	}
	for i := range t.Columns {
		// A single key of type INTEGER is the rowid, which is never null and counted up.
		if col := &t.Columns[i]; keys == 1 && col.Key && strings.EqualFold(col.Type, "INTEGER") {
			col.Nullable, col.Auto = false, true
		}
	}
	return t, nil
}

// declared divides a type as the schema has it, such as DECIMAL(10, 2).
func declared(name, text string) dialect.Result {
	r := dialect.Result{Name: name, Precision: -1, Scale: -1}
	word, in, _ := strings.Cut(strings.ToUpper(text), "(")
	r.Type = strings.TrimSpace(word)
	in, _, _ = strings.Cut(in, ")")
	p, s, two := strings.Cut(in, ",")
	if n, err := strconv.Atoi(strings.TrimSpace(p)); err == nil {
		r.Precision, r.Scale = n, 0
		if m, err := strconv.Atoi(strings.TrimSpace(s)); two && err == nil {
			r.Scale = m
		}
	}
	return r
}

// ColumnOf implements dialect.Reader. SQLite's values have types, its columns only wishes; the declared type decides, as far as the Java
// driver looks at it. An INTEGER holds 64 bits and is read so; that driver says INT32 or INT64 by the row it happens to look at.
func (d Dialect) ColumnOf(r dialect.Result) (dialect.Column, bool) {
	if r.Precision < 0 {
		r = declared(r.Name, r.Type)
	}
	c := dialect.Column{Name: r.Name, Type: r.Type, Precision: r.Precision, Scale: r.Scale, Nullable: true}
	has := func(words ...string) bool {
		for _, w := range words {
			if strings.Contains(r.Type, w) {
				return true
			}
		}
		return false
	}
	switch {
	case has("BOOL"):
		c.JDBC = dialect.Boolean
	case r.Type == "TINYINT":
		c.JDBC = dialect.TinyInt
	case r.Type == "SMALLINT", r.Type == "INT2":
		c.JDBC = dialect.SmallInt
	case r.Type == "MEDIUMINT", r.Type == "INT4":
		c.JDBC = dialect.Integer
	case has("TIMESTAMP", "DATETIME"):
		c.JDBC = dialect.Timestamp
	case r.Type == "DATE":
		c.JDBC = dialect.Date
	case r.Type == "TIME":
		c.JDBC = dialect.Time
	case has("INT"):
		c.JDBC = dialect.BigInt
	case has("CHAR", "CLOB", "TEXT", "JSON", "UUID"):
		c.JDBC = dialect.Varchar
	case has("BLOB", "BINARY"):
		c.JDBC = dialect.Binary
	case has("FLOA", "DOUB"):
		c.JDBC = dialect.Double
	case has("REAL"):
		c.JDBC = dialect.Double // eight bytes in SQLite, whatever the name says elsewhere
	case r.Precision < 0 && has("NUM", "DEC"):
		c.JDBC = dialect.Double // that is how SQLite keeps it
	case r.Type == "DECIMAL":
		c.JDBC = dialect.Decimal
	case has("NUM", "DEC"):
		c.JDBC = dialect.Numeric
	default:
		c.JDBC = dialect.Varchar
	}
	return c, true
}
