package postgres

import (
	"strconv"
	"time"

	"github.com/moldau/moldau/connectors/jdbc/dialect"
)

// OIDs of types that mean more than their entry in the table.
const (
	oidText      = 25
	oidTextArray = 1009
	oidBit       = 1560
	oidVarbit    = 1562
	oidNumeric   = 1700
)

type known struct {
	name string
	jdbc dialect.JDBC
}

// types are PostgreSQL's own types with the JDBC type that pgjdbc reports. json, jsonb and uuid are OTHER there, and Confluent's dialect reads
// them as texts.
var types = map[uint32]known{
	16: {"bool", dialect.Boolean}, 17: {"bytea", dialect.Binary}, 18: {"char", dialect.Varchar}, 19: {"name", dialect.Varchar},
	20: {"int8", dialect.BigInt}, 21: {"int2", dialect.SmallInt}, 23: {"int4", dialect.Integer}, oidText: {"text", dialect.Varchar},
	26: {"oid", dialect.BigInt}, 114: {"json", dialect.Varchar}, 142: {"xml", dialect.Varchar}, 700: {"float4", dialect.Real},
	701: {"float8", dialect.Double}, 790: {"money", dialect.Double}, 1042: {"bpchar", dialect.Varchar}, 1043: {"varchar", dialect.Varchar},
	1082: {"date", dialect.Date}, 1083: {"time", dialect.Time}, 1114: {"timestamp", dialect.Timestamp}, 1184: {"timestamptz", dialect.Timestamp},
	1266: {"timetz", dialect.Time}, oidNumeric: {"numeric", dialect.Numeric}, 2950: {"uuid", dialect.Varchar}, 3802: {"jsonb", dialect.Varchar},
	oidBit: {"bit", dialect.Bit}, oidVarbit: {"varbit", dialect.Other},
}

// arrays are the types of arrays by that of their elements.
var arrays = map[uint32]uint32{1000: 16, 1005: 21, 1007: 23, 1016: 20, oidTextArray: oidText, 1014: 1042, 1015: 1043, 1021: 700, 1022: 701, 1231: oidNumeric, 2951: 2950,
	199: 114, 3807: 3802, 1182: 1082, 1183: 1083, 1115: 1114, 1185: 1184}

func describe(x *dialect.Result, typmod int32) {
	t, ok := types[x.OID]
	if !ok {
		if elem, isArray := arrays[x.OID]; isArray {
			e := dialect.Result{OID: elem, Precision: -1, Scale: -1}
			describe(&e, typmod)
			x.Type, x.Precision, x.Scale = "_"+e.Type, e.Precision, e.Scale
		}
		return
	}
	x.Type = t.name
	switch {
	case x.OID == oidNumeric && typmod >= 4:
		m := typmod - 4
		x.Precision = int(m>>16) & 0xffff
		x.Scale = int(m&0x7ff^1024) - 1024 // signed since PostgreSQL 15
	case x.OID == oidBit:
		x.Precision = int(typmod)
	case t.jdbc == dialect.Timestamp || t.jdbc == dialect.Time:
		x.Scale = 6
		if typmod >= 0 {
			x.Scale = int(typmod)
		}
	}
}

// ColumnOf implements dialect.Reader.
func (d Dialect) ColumnOf(r dialect.Result) (dialect.Column, bool) {
	c := dialect.Column{Name: r.Name, Type: r.Type, Precision: r.Precision, Scale: r.Scale, Nullable: true}
	if elem, ok := arrays[r.OID]; ok {
		e, _ := d.ColumnOf(dialect.Result{OID: elem, Type: types[elem].name, Precision: r.Precision, Scale: r.Scale})
		c.JDBC, c.Elem = dialect.Array, &e
		return c, true
	}
	t, ok := types[r.OID]
	if !ok {
		return c, false
	}
	c.JDBC = t.jdbc
	switch {
	case r.OID == oidBit && r.Precision == 1:
		c.JDBC = dialect.Boolean
	case r.OID == oidBit && r.Precision > 8: // more than a number of eight bits holds
		c.JDBC = dialect.Binary
	}
	return c, c.JDBC != dialect.Other
}

// BeginRead implements dialect.Reader.
func (Dialect) BeginRead(isolation string) (string, error) {
	return dialect.Levels("PostgreSQL", isolation, "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL")
}

// Now implements dialect.Reader.
func (Dialect) Now() string {
	return "SELECT FLOOR(EXTRACT(EPOCH FROM CURRENT_TIMESTAMP) * 1000)::int8"
}

// Placeholder implements dialect.Reader.
func (Dialect) Placeholder(n int) string { return "$" + strconv.Itoa(n) }

// TimeArg implements dialect.Reader. The text has an offset from UTC, which a column without time zone ignores.
func (Dialect) TimeArg(m dialect.Moment, c *dialect.Column) any {
	return string(appendTimestamp(nil, m.Time(), time.Nanosecond))
}

func number(s string) uint32 {
	n, err := strconv.ParseUint(s, 10, 32)
	if err != nil {
		return 0
	}
	return uint32(n)
}
