package debezium

import (
	"fmt"

	"github.com/moldau/moldau/connect/data"
)

// sqlServerKinds has no tinyint, which has no sign.
var sqlServerKinds = kinds{boolean: "bit", int8: "smallint", int16: "smallint", int32: "int", int64: "bigint", float32: "real", float64: "double precision", date: "date",
	time: "time(%d)", zonedTime: "datetimeoffset(%d)", stamp: "datetime2(%d)", zonedStamp: "datetimeoffset(%d)", fraction: 7, decimal: "decimal", mostDigits: 38,
	variableScale: "double precision", entries: "varchar(max)"}

func (t Types) sqlServerType(s *data.Schema, key bool) string {
	if name := sqlServerKinds.named(s); name != "" {
		return name
	}
	switch s.Name() {
	case bits:
		if n := number(s, bitsLength); n > 1 && n <= 8000 {
			return fmt.Sprintf("varbinary(%d)", n)
		} else if n > 8000 {
			return "varbinary(max)"
		}
		return "bit"
	case xml:
		return "xml"
	case geometry, geography, point:
		return "geometry"
	}
	switch s.ValueKind() {
	case data.StringKind:
		if isNational(s) {
			return character(s, key, "nvarchar(max)", "nchar(%d)", "nvarchar(%d)", "nvarchar(%d)", 450)
		}
		return character(s, key, "varchar(max)", "char(%d)", "varchar(%d)", "varchar(%d)", 900)
	case data.BytesKind:
		if n := number(s, sourceLength); n > 0 && n <= 8000 {
			return fmt.Sprintf("varbinary(%d)", n)
		}
		if key {
			return "varbinary(900)"
		}
		return "varbinary(max)"
	}
	return sqlServerKinds.of(s)
}

// oracleKinds has no whole numbers: their digits are those of the source.
var oracleKinds = kinds{boolean: "number(1,0)", float32: "float(24)", float64: "float(53)", date: "date", time: "timestamp(%d)", zonedTime: "timestamp(%d) with time zone",
	stamp: "timestamp(%d)", zonedStamp: "timestamp(%d) with time zone", fraction: 9, decimal: "number", mostDigits: 38, variableScale: "double precision", entries: "clob"}

func (t Types) oracleType(s *data.Schema, key bool) string {
	integer := func(usual int) string {
		if n := number(s, sourceLength); param(s, sourceType) != "" && n > 0 && n <= 38 {
			usual = n
		}
		return fmt.Sprintf("number(%d,0)", usual)
	}
	if name := oracleKinds.named(s); name != "" {
		return name
	}
	switch s.Name() {
	case geometry, geography, point:
		return "mdsys.sdo_geometry"
	}
	switch s.ValueKind() {
	case data.Int8Kind, data.Int16Kind, data.Int32Kind, data.Int64Kind:
		return integer(38)
	case data.StringKind:
		if isNational(s) {
			return character(s, key, "nclob", "nchar(%d)", "nvarchar2(%d)", "nvarchar2(%d)", 2000)
		}
		return character(s, key, "clob", "char(%d)", "varchar2(%d char)", "varchar2(%d)", 4000)
	case data.BytesKind:
		if key {
			return "raw(2000)"
		}
		return "blob"
	}
	return oracleKinds.of(s)
}
