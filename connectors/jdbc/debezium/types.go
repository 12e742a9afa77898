// Package debezium holds what Debezium's JDBC sink does with types: which column type a field gets that is created, and how the values of
// Debezium's semantic types (io.debezium.*) are written. Both differ from Confluent's sink. The classes named here are those of package
// io.debezium.connector.jdbc.
package debezium

import (
	"strconv"
	"strings"
	"time"

	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/connectors/jdbc/dialect"
)

// Names of the semantic types.
const (
	date          = "io.debezium.time.Date"
	timeMillis    = "io.debezium.time.Time"
	timeMicros    = "io.debezium.time.MicroTime"
	timeNanos     = "io.debezium.time.NanoTime"
	stampMillis   = "io.debezium.time.Timestamp"
	stampMicros   = "io.debezium.time.MicroTimestamp"
	stampNanos    = "io.debezium.time.NanoTimestamp"
	zonedTime     = "io.debezium.time.ZonedTime"
	zonedStamp    = "io.debezium.time.ZonedTimestamp"
	duration      = "io.debezium.time.MicroDuration"
	year          = "io.debezium.time.Year"
	bits          = "io.debezium.data.Bits"
	enum          = "io.debezium.data.Enum"
	enumSet       = "io.debezium.data.EnumSet"
	json          = "io.debezium.data.Json"
	uuid          = "io.debezium.data.Uuid"
	xml           = "io.debezium.data.Xml"
	ltree         = "io.debezium.data.Ltree"
	tsvector      = "io.debezium.data.Tsvector"
	variableScale = "io.debezium.data.VariableScaleDecimal"
	point         = "io.debezium.data.geometry.Point"
	geometry      = "io.debezium.data.geometry.Geometry"
	geography     = "io.debezium.data.geometry.Geography"
	circle        = "io.debezium.data.geometry.Circle"
	floatVector   = "io.debezium.data.FloatVector"
	doubleVector  = "io.debezium.data.DoubleVector"
	sparseVector  = "io.debezium.data.SparseDoubleVector"
	sourceType    = "__debezium.source.column.type"
	sourceLength  = "__debezium.source.column.length"
	sourceScale   = "__debezium.source.column.scale"
	bitsLength    = "length"
	allowedValues = "allowed"
	decimalDigits = "connect.decimal.precision"
	unboundedBits = 1<<31 - 1
	millisInDay   = 86_400_000
)

// Types are the types of Debezium's sink for one kind of database. They are immutable.
type Types struct {
	d    dialect.Dialect
	zone *time.Location
	// postgis is the schema of PostGIS.
	postgis string
	product product
}

type product uint8

const (
	other product = iota
	postgreSQL
	mySQL
	sqlServer
	oracle
)

// For returns the types for a dialect. Points in time with a zone are written in that one where the column has none.
func For(d dialect.Dialect, zone *time.Location, postgis string) Types {
	products := map[string]product{"PostgreSqlDatabaseDialect": postgreSQL, "MySqlDatabaseDialect": mySQL, "SqlServerDatabaseDialect": sqlServer, "OracleDatabaseDialect": oracle}
	return Types{d: d, zone: zone, postgis: postgis, product: products[d.Name()]}
}

// TypeFor is the type of a new column.
func (t Types) TypeFor(f dialect.NewColumn) (string, error) {
	var name string
	switch t.product {
	case postgreSQL:
		name = t.postgresType(f.Schema, f.Key, 0)
	case mySQL:
		name = t.mysqlType(f.Schema, f.Key)
	case sqlServer:
		name = t.sqlServerType(f.Schema, f.Key)
	case oracle:
		name = t.oracleType(f.Schema, f.Key)
	default: // Debezium knows no other database: what its values are to the dialect decides
		f.Schema = plain(f.Schema)
		return t.d.TypeFor(f)
	}
	if name == "" {
		return "", f.Unsupported(t.d.Name())
	}
	return name, nil
}

// plain is a schema of Connect's own types for one of Debezium's.
func plain(s *data.Schema) *data.Schema {
	var p *data.Schema
	switch s.Name() {
	case date:
		p = data.DateSchema
	case timeMillis, timeMicros, timeNanos:
		p = data.TimeSchema
	case stampMillis, stampMicros, stampNanos, zonedStamp:
		p = data.TimestampSchema
	case variableScale:
		p = data.Float64Schema
	case point, geometry, geography, circle, sparseVector:
		p = data.StringSchema
	default:
		switch s.Kind() {
		case data.MapKind:
			p = data.StringSchema
		default:
			return s
		}
	}
	return p.AsOptional(s.Optional())
}

// Default is the text of a default, "" where Debezium writes none.
func (t Types) Default(f dialect.NewColumn, v data.Value) string {
	if v.IsNull() {
		return ""
	}
	switch s := f.Schema; s.Name() {
	case bits, json, variableScale, point, geometry, geography, circle, floatVector, doubleVector, sparseVector:
		return ""
	case "":
		if within(param(s, sourceType), "SMALLSERIAL", "SERIAL", "BIGSERIAL") {
			return ""
		}
	}
	if t.product == mySQL {
		switch name, _ := t.TypeFor(f); name {
		case "tinytext", "mediumtext", "longtext", "text", "tinyblob", "blob", "mediumblob", "longblob":
			return ""
		}
	}
	if convert := t.Convert(f.Schema); convert != nil {
		a, err := convert(v)
		if err != nil {
			return ""
		}
		if a.Kind == data.StringKind {
			return t.d.Default(dialect.NewColumn{Name: f.Name, Schema: data.StringSchema, Key: true}, a.Value)
		}
		switch a.Kind {
		case data.DateKind, data.TimeKind, data.TimestampKind: // to the millisecond, as values of these kinds are
			return t.d.Default(dialect.NewColumn{Name: f.Name, Schema: f.Schema, Key: true}, data.TemporalMillis(a.Kind, a.Time.UnixMilli()))
		}
		v = a.Value
	}
	f.Key = true // it is no TEXT, for which MySQL takes no default
	return t.d.Default(f, v)
}

func param(s *data.Schema, name string) string {
	v, _ := s.Param(name)
	return v
}

// number reads a parameter of a schema, 0 where there is none.
func number(s *data.Schema, name string) int {
	n, err := strconv.Atoi(param(s, name))
	if err != nil {
		return 0
	}
	return n
}

// digits is how many digits of a second the column at the source had, 0 where that is not known (AbstractTimestampType.getTimePrecision).
func digits(s *data.Schema) int {
	if p := param(s, sourceScale); p != "" {
		return number(s, sourceScale)
	}
	return number(s, sourceLength)
}

func within(name string, list ...string) bool {
	for _, x := range list {
		if strings.EqualFold(name, x) {
			return true
		}
	}
	return false
}

// isChar and isVarchar tell types of texts at the source that Debezium keeps (ConnectStringType).
func isChar(name string) bool { return within(name, "CHAR", "CHARACTER", "BPCHAR", "NCHAR") }
func isVarchar(name string) bool {
	return within(name, "VARCHAR", "VARCHAR2", "CHARACTER VARYING", "NVARCHAR", "NVARCHAR2")
}
func isNational(s *data.Schema) bool {
	return within(param(s, sourceType), "NCHAR", "NVARCHAR", "NVARCHAR2") || strings.HasPrefix(strings.ToLower(param(s, "__debezium.source.column.character_set")), "utf8")
}
