package debezium

import (
	"fmt"
	"strings"

	"github.com/moldau/moldau/connect/data"
)

// decimal is the type of a decimal with its digits. Where neither they nor a scale are known, Debezium lets Hibernate ask for a scale of -1, which
// rounds to tens or is refused; the scale is 0 here.
func decimal(name string, s *data.Schema, usual, most int) string {
	scale, err := data.DecimalScale(s)
	if err != nil || scale < 0 {
		scale = 0
	}
	precision := number(s, decimalDigits)
	if precision <= 0 {
		precision = usual
	}
	precision = min(precision, most)
	return fmt.Sprintf("%s(%d,%d)", name, precision, scale)
}

// character is the type of a text as ConnectStringType works it out: that of the source, or long, in keys of at most some characters.
func character(s *data.Schema, key bool, long, fixed, varying, inKey string, mostInKey int) string {
	length := number(s, sourceLength)
	if key && mostInKey > 0 && (length == 0 || length > mostInKey) {
		length = mostInKey
	}
	switch name := param(s, sourceType); {
	case isChar(name):
		return fmt.Sprintf(fixed, max(1, length))
	case isVarchar(name) && length > 0:
		return fmt.Sprintf(varying, length)
	}
	if key && mostInKey > 0 {
		return fmt.Sprintf(inKey, mostInKey)
	}
	return long
}

// postgresNative are types of the source that PostgreSQL has too (their classes in dialect.postgres are registered by them).
var postgresNative = []string{"INT4RANGE", "INT8RANGE", "NUMRANGE", "TSRANGE", "TSTZRANGE", "DATERANGE", "CIDR", "MACADDR", "MACADDR8", "INET", "CITEXT", "OID", "MONEY", "XML",
	"SMALLSERIAL", "SERIAL", "BIGSERIAL"}

var postgresKinds = kinds{boolean: "boolean", int8: "smallint", int16: "smallint", int32: "integer", int64: "bigint", float32: "real", float64: "double precision", date: "date",
	time: "time(%d)", zonedTime: "time(%d) with time zone", stamp: "timestamp(%d)", zonedStamp: "timestamp(%d) with time zone", fraction: 6, decimal: "numeric", mostDigits: 1000,
	variableScale: "double precision", entries: "hstore"}

func (t Types) postgresType(s *data.Schema, key bool, depth int) string {
	source := param(s, sourceType)
	if s.Name() == variableScale && depth > 0 { // of an array
		return "numeric"
	}
	if name := postgresKinds.named(s); name != "" {
		return name
	}
	switch s.Name() {
	case duration:
		return "interval"
	case bits:
		n := number(s, bitsLength)
		switch {
		case n == 0 || n == unboundedBits:
			return "bit varying"
		case within(source, "VARBIT"):
			return fmt.Sprintf("bit varying(%d)", n)
		}
		return fmt.Sprintf("bit(%d)", n)
	case json:
		if within(source, "JSONB", "HSTORE") {
			return strings.ToLower(source)
		}
		return "json"
	case uuid, xml, ltree, tsvector:
		return strings.ToLower(s.Name()[strings.LastIndexByte(s.Name(), '.')+1:])
	case point:
		return "point"
	case circle:
		return "circle"
	case geometry:
		if within(source, "box", "lseg", "path", "polygon") {
			return strings.ToLower(source)
		}
		return t.d.Quote(t.postgis) + ".geometry"
	case geography:
		return t.d.Quote(t.postgis) + ".geography"
	case floatVector:
		return vector("halfvec", s)
	case doubleVector:
		return vector("vector", s)
	case sparseVector:
		return vector("sparsevec", s)
	}
	if s.Name() == "" {
		switch {
		case within(source, postgresNative...):
			return strings.ToLower(source)
		case within(source, "BIT", "VARBIT") && s.Kind() == data.BoolKind:
			return "bit"
		}
	}
	switch s.ValueKind() {
	case data.StringKind:
		return character(s, key, "text", "char(%d)", "varchar(%d)", "", 0)
	case data.BytesKind:
		return "bytea"
	case data.ListKind:
		if native, ok := strings.CutPrefix(strings.ToLower(source), "_"); ok && within(native, "inet", "cidr", "macaddr", "macaddr8", "int4range", "int8range", "numrange", "tsrange",
			"tstzrange", "daterange", "jsonb") {
			return native + "[]"
		}
		if elem := s.Elem(); elem != nil && depth < 8 {
			if e := t.postgresType(elem, key, depth+1); e != "" {
				return e + "[]"
			}
		}
	}
	return postgresKinds.of(s)
}

func vector(name string, s *data.Schema) string {
	if n := number(s, sourceLength); n > 0 && n != unboundedBits {
		return fmt.Sprintf("%s(%d)", name, n)
	}
	return name
}

var mysqlKinds = kinds{boolean: "boolean", int8: "tinyint", int16: "smallint", int32: "integer", int64: "bigint", float32: "float", float64: "double", date: "date",
	time: "time(%d)", zonedTime: "time(%d)", stamp: "datetime(%d)", zonedStamp: "timestamp(%d)", fraction: 6, decimal: "decimal", mostDigits: 65, variableScale: "double", entries: "json"}

func (t Types) mysqlType(s *data.Schema, key bool) string {
	source := strings.ToUpper(param(s, sourceType))
	length := number(s, sourceLength)
	switch source {
	case "BIGINT UNSIGNED", "BIGINT UNSIGNED ZEROFILL", "INT8 UNSIGNED", "INT8 UNSIGNED ZEROFILL":
		return "bigint unsigned"
	}
	if name := mysqlKinds.named(s); name != "" {
		return name
	}
	switch s.Name() {
	case year:
		return "year"
	case bits:
		return fmt.Sprintf("bit(%d)", min(64, max(1, number(s, bitsLength))))
	case enum, enumSet:
		name := map[string]string{enum: "enum", enumSet: "set"}[s.Name()]
		return name + "(" + listed(param(s, allowedValues)) + ")"
	case json:
		return "json"
	case point:
		return "point"
	case geometry, geography:
		return "geometry"
	case floatVector, doubleVector:
		return vector("vector", s)
	}
	if s.Name() == "" {
		sized := func(name string) string {
			if length > 0 {
				return fmt.Sprintf("%s(%d)", name, length)
			}
			return name
		}
		switch source {
		case "BOOLEAN":
			return "boolean"
		case "MEDIUMINT", "INTEGER":
			return sized(strings.ToLower(source))
		case "TINYINT":
			if s.Kind() == data.Int16Kind && length != 1 {
				return "smallint"
			}
			return sized("tinyint")
		}
	}
	switch s.ValueKind() {
	case data.StringKind:
		return character(s, key, "longtext", "char(%d)", "varchar(%d)", "varchar(%d)", 255)
	case data.BytesKind:
		switch source {
		case "TINYBLOB", "MEDIUMBLOB", "BLOB":
			return strings.ToLower(source)
		}
		if length > 0 && length <= 65535 {
			return fmt.Sprintf("varbinary(%d)", length)
		}
		if key {
			return "varbinary(255)"
		}
		return "longblob"
	}
	return mysqlKinds.of(s)
}

// listed quotes the values of an enumeration, which a comma divides; one within a value has a backslash before it (EnumeratedValues).
func listed(values string) string {
	var b strings.Builder
	b.WriteByte('\'')
	for i := 0; i < len(values); i++ {
		switch c := values[i]; {
		case c == '\\' && i+1 < len(values) && (values[i+1] == ',' || values[i+1] == '\\'):
			i++
			if values[i] == '\\' {
				b.WriteString(`\\`)
			} else {
				b.WriteByte(',')
			}
		case c == ',':
			b.WriteString("','")
		case c == '\'':
			b.WriteString("''")
		case c == '\\':
			b.WriteString(`\\`)
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte('\'')
	return b.String()
}
