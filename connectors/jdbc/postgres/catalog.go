package postgres

import (
	"context"
	"slices"
	"strings"

	"github.com/moldau/moldau/connectors/jdbc/dialect"
)

// kinds are pg_class.relkind by the words of JDBC.
var kinds = map[string]string{"TABLE": "r", "PARTITIONED TABLE": "p", "VIEW": "v", "MATERIALIZED VIEW": "m", "FOREIGN TABLE": "f", "SYSTEM TABLE": "r", "LOCAL TEMPORARY": "r", "TEMPORARY TABLE": "r"}

// Tables implements dialect.Catalog. Names have no catalog, as pgjdbc gives them, for offsets are found by them.
func (d Dialect) Tables(ctx context.Context, c dialect.Conn, _, schema *string, wanted []string) ([]dialect.TableID, error) {
	var letters []string
	system := false
	for _, k := range wanted {
		k = strings.ToUpper(k)
		if l := kinds[k]; l != "" && !slices.Contains(letters, l) {
			letters = append(letters, l)
		}
		system = system || k == "SYSTEM TABLE"
	}
	sql := "SELECT n.nspname::text, c.relname::text FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind::text = ANY($1)"
	args := []any{letters}
	if !system {
		sql += " AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast') AND n.nspname NOT LIKE 'pg\\_t%'"
	}
	if schema != nil && *schema != "" {
		sql += " AND n.nspname::text LIKE $2"
		args = append(args, *schema)
	}
	all, err := dialect.Read(ctx, c, sql+" ORDER BY 1, 2", args...)
	if err != nil {
		return nil, err
	}
	var ids []dialect.TableID
	for _, row := range all {
		ids = append(ids, dialect.TableID{Schema: row[0], Name: row[1]})
	}
	return ids, nil
}

const columnsOf = `SELECT n.nspname::text, c.relname::text, c.relkind::text, a.attname::text, a.atttypid::int8, a.atttypmod::text,
  a.attnotnull::text, (d.adbin IS NOT NULL)::text,
  (a.attidentity <> '' OR coalesce(pg_catalog.pg_get_expr(d.adbin, d.adrelid) LIKE 'nextval(%', false))::text,
  coalesce(a.attnum = ANY (i.indkey), false)::text, (a.attgenerated <> '')::text, t.typname::text, t.typtype::text
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
LEFT JOIN pg_catalog.pg_index i ON i.indrelid = c.oid AND i.indisprimary
WHERE c.oid = pg_catalog.to_regclass($1::text) ORDER BY a.attnum`

// Describe implements dialect.Catalog.
func (d Dialect) Describe(ctx context.Context, c dialect.Conn, id dialect.TableID) (*dialect.Table, error) {
	// A catalog is the database itself: no other can be reached by this connection, and a wrong one fails in the statement.
	name := dialect.TableID{Schema: id.Schema, Name: id.Name}.Quoted(d.Quote)
	all, err := dialect.Read(ctx, c, columnsOf, name)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	pg, _ := c.(*conn)
	t := &dialect.Table{ID: dialect.TableID{Schema: all[0][0], Name: all[0][1]}}
	for kind, letter := range kinds {
		if letter == all[0][2] && kind != "SYSTEM TABLE" && !strings.Contains(kind, "TEMPORARY") {
			t.Kind = kind
		}
	}
	for _, row := range all {
		oid := number(row[4])
		if oid >= firstUserOID {
			if pg != nil && pg.types == nil {
				if err := pg.loadTypes(ctx); err != nil {
					return nil, err
				}
			}
			if pg != nil {
				oid = pg.resolve(oid)
			}
		}
		x := dialect.Result{Name: row[3], OID: oid, Precision: -1, Scale: -1}
		describe(&x, typmod(row[5]))
		col, _ := d.ColumnOf(x)
		col.Type, col.Nullable, col.Default, col.Auto, col.Key, col.Generated = row[11], row[6] != "true", row[7] == "true", row[8] == "true", row[9] == "true", row[10] == "true"
		t.Columns = append(t.Columns, col)
	}
	return t, nil
}

func typmod(s string) int32 {
	if strings.HasPrefix(s, "-") {
		return -1
	}
	return int32(number(s))
}
