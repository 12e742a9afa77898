package oracle

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/sijms/go-ora/v2/network"

	"github.com/moldau/moldau/connectors/jdbc/dialect"
)

// kinds are those of ALL_OBJECTS by the words of JDBC.
var kinds = map[string]string{"TABLE": "TABLE", "VIEW": "VIEW", "MATERIALIZED VIEW": "MATERIALIZED VIEW", "SYNONYM": "SYNONYM"}

// system are owners of Oracle's own tables, which ojdbc lists too where no schema.pattern is given.
const system = "'SYS', 'SYSTEM', 'XDB', 'MDSYS', 'CTXSYS', 'ORDSYS', 'ORDDATA', 'OLAPSYS', 'WMSYS', 'LBACSYS', 'DVSYS', 'DVF', 'GSMADMIN_INTERNAL', 'APPQOSSYS', 'DBSNMP', 'DBSFWUSER', " +
	"'AUDSYS', 'OUTLN', 'OJVMSYS', 'EXFSYS', 'SYSMAN', 'ANONYMOUS', 'REMOTE_SCHEDULER_AGENT', 'SI_INFORMTN_SCHEMA', 'GGSYS', 'VECSYS'"

// Tables implements dialect.Catalog. What Java calls a schema is a user here, and there are no catalogs.
func (d Dialect) Tables(ctx context.Context, c dialect.Conn, _, schema *string, wanted []string) ([]dialect.TableID, error) {
	var list []string
	for kind, object := range kinds {
		if dialect.OneOf(wanted, kind) {
			list = append(list, "'"+object+"'")
		}
	}
	if len(list) == 0 {
		return nil, nil
	}
	slices.Sort(list)
	sql := "SELECT DISTINCT owner, object_name FROM all_objects WHERE object_type IN (" + strings.Join(list, ", ") + ") AND object_name NOT LIKE 'BIN$%'"
	var args []any
	if schema != nil && *schema != "" {
		sql += " AND owner LIKE :1"
		args = append(args, *schema)
	} else {
		sql += " AND owner NOT IN (" + system + ") AND owner NOT LIKE 'APEX%' AND owner NOT LIKE 'FLOWS%'"
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

// columnsOf describes a table. Columns that count themselves up came with version 12.
func columnsOf(identity string) string {
	return "SELECT c.owner, c.table_name, (SELECT MIN(o.object_type) FROM all_objects o WHERE o.owner = c.owner AND o.object_name = c.table_name AND o.object_type IN ('TABLE', 'VIEW')), " +
		"c.column_name, c.data_type, c.data_precision, c.data_scale, c.nullable, NVL2(c.default_length, 1, 0), " + identity + ", c.virtual_column, " +
		"(SELECT COUNT(*) FROM all_constraints k JOIN all_cons_columns x ON x.owner = k.owner AND x.constraint_name = k.constraint_name " +
		"WHERE k.constraint_type = 'P' AND k.owner = c.owner AND k.table_name = c.table_name AND x.column_name = c.column_name) " +
		"FROM all_tab_cols c WHERE c.hidden_column = 'NO' AND c.table_name = :1 AND c.owner = NVL(:2, SYS_CONTEXT('USERENV', 'CURRENT_SCHEMA')) ORDER BY c.column_id"
}

// baseOf finds what a synonym of this database stands for.
const baseOf = "SELECT table_owner, table_name FROM all_synonyms WHERE synonym_name = :1 AND owner = NVL(:2, SYS_CONTEXT('USERENV', 'CURRENT_SCHEMA')) AND db_link IS NULL AND table_owner IS NOT NULL"

// Describe implements dialect.Catalog. A synonym has the columns of its table.
func (d Dialect) Describe(ctx context.Context, c dialect.Conn, id dialect.TableID) (*dialect.Table, error) {
	t, err := d.describe(ctx, c, id)
	if t != nil || err != nil {
		return t, err
	}
	bases, err := dialect.Read(ctx, c, baseOf, id.Name, id.Schema)
	if err != nil || len(bases) == 0 {
		return nil, err
	}
	if t, err = d.describe(ctx, c, dialect.TableID{Schema: bases[0][0], Name: bases[0][1]}); t != nil {
		t.ID, t.Kind = id, "SYNONYM"
	}
	return t, err
}

func (d Dialect) describe(ctx context.Context, c dialect.Conn, id dialect.TableID) (*dialect.Table, error) {
	all, err := dialect.Read(ctx, c, columnsOf("c.identity_column"), id.Name, id.Schema)
	var old *network.OracleError
	if errors.As(err, &old) && old.ErrCode == 904 {
		all, err = dialect.Read(ctx, c, columnsOf("'NO'"), id.Name, id.Schema)
	}
	if err != nil || len(all) == 0 {
		return nil, err
	}
	t := &dialect.Table{ID: dialect.TableID{Schema: all[0][0], Name: all[0][1]}, Kind: all[0][2]}
	for _, row := range all {
		r := dialect.Result{Name: row[3], Type: row[4], Precision: dialect.Number(row[5]), Scale: dialect.Number(row[6])}
		if r.Precision < 0 && r.Scale >= 0 && r.Type == "NUMBER" {
			r.Precision = 38 // NUMBER(*, 0)
		}
		col, _ := d.ColumnOf(r)
		col.Nullable, col.Default, col.Auto, col.Generated, col.Key = row[7] == "Y", row[8] == "1", row[9] == "YES", row[10] == "YES", row[11] != "0"
		t.Columns = append(t.Columns, col)
	}
	return t, nil
}

// names are the driver's names of types as the catalog has them.
var names = map[string]string{"TIMESTAMPDTY": timestamp, "TIMESTAMPTZ_DTY": withZone, "TIMESTAMPTZ": withZone, "TIMESTAMPLTZ_DTY": withLocal, "TIMESTAMPELTZ": withLocal, "IBFLOAT": "BINARY_FLOAT", "BFLOAT": "BINARY_FLOAT",
	"IBDOUBLE": "BINARY_DOUBLE", "BDOUBLE": "BINARY_DOUBLE", "OCICLOBLOCATOR": "CLOB", "LONGVARCHAR": "CLOB", "OCIBLOBLOCATOR": "BLOB", "LONGRAW": "LONG RAW", "OCIXMLTYPE": "XMLTYPE", "NCHAR": "VARCHAR2"}

// Types that mean more than their entry in the table.
const (
	timestamp = "TIMESTAMP"
	withZone  = "TIMESTAMP WITH TIME ZONE"
	withLocal = "TIMESTAMP WITH LOCAL TIME ZONE"
)

// types are those that ojdbc reports: a DATE has a time of day. It has numbers of its own for BINARY_FLOAT, BINARY_DOUBLE and timestamps
// with a zone, which Confluent's source leaves out.
var types = map[string]dialect.JDBC{
	"NUMBER": dialect.Numeric, "FLOAT": dialect.Numeric, "BINARY_FLOAT": dialect.Real, "BINARY_DOUBLE": dialect.Double, "DATE": dialect.Timestamp, timestamp: dialect.Timestamp,
	withZone: dialect.Timestamp, withLocal: dialect.Timestamp, "CHAR": dialect.Varchar, "NCHAR": dialect.Varchar, "VARCHAR": dialect.Varchar, "VARCHAR2": dialect.Varchar, "NVARCHAR2": dialect.Varchar,
	"CLOB": dialect.Varchar, "NCLOB": dialect.Varchar, "LONG": dialect.Varchar, "XMLTYPE": dialect.Varchar, "JSON": dialect.Varchar, "RAW": dialect.Binary, "LONG RAW": dialect.Binary, "BLOB": dialect.Binary,
}

// ColumnOf implements dialect.Reader.
func (d Dialect) ColumnOf(r dialect.Result) (dialect.Column, bool) {
	c := dialect.Column{Name: r.Name, Type: r.Type, Precision: r.Precision, Scale: r.Scale, Nullable: r.Nullable || !r.Known}
	if before, in, ok := strings.Cut(c.Type, "("); ok { // TIMESTAMP(6) WITH TIME ZONE
		digits, after, _ := strings.Cut(in, ")")
		c.Type = before + after
		if n := dialect.Number(digits); n >= 0 {
			c.Scale = n
		}
	}
	if name, ok := names[c.Type]; ok {
		c.Type = name
	}
	c.JDBC = types[c.Type]
	if c.JDBC == dialect.Numeric {
		if c.Scale > 127 { // the driver has it as a byte without sign
			c.Scale -= 256
		}
		if c.Type == "FLOAT" || c.Scale == -127 || c.Precision <= 0 {
			c.Precision, c.Scale = -1, -1
		}
	}
	return c, c.JDBC != dialect.Other
}
