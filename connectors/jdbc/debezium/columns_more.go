package debezium

import (
	"fmt"

	"github.com/moldau/moldau/connect/data"
)

func (t Types) sqlServerType(s *data.Schema, key bool) string {
	switch s.Name() {
	case date:
		return "date"
	case timeMillis, timeMicros:
		return fractional("time(%d)", s, 7, 7)
	case timeNanos:
		return fractional("time(%d)", s, 7, 7)
	case stampMillis, stampMicros, stampNanos:
		return fractional("datetime2(%d)", s, 7, 7)
	case zonedTime, zonedStamp:
		return fractional("datetimeoffset(%d)", s, 7, 7)
	case bits:
		if n := number(s, bitsLength); n > 1 && n <= 8000 {
			return fmt.Sprintf("varbinary(%d)", n)
		} else if n > 8000 {
			return "varbinary(max)"
		}
		return "bit"
	case xml:
		return "xml"
	case variableScale:
		return "double precision"
	case geometry, geography, point:
		return "geometry"
	}
	switch s.ValueKind() {
	case data.BoolKind:
		return "bit"
	case data.Int8Kind, data.Int16Kind: // tinyint has no sign
		return "smallint"
	case data.Int32Kind:
		return "int"
	case data.Int64Kind:
		return "bigint"
	case data.Float32Kind:
		return "real"
	case data.Float64Kind:
		return "double precision"
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
	case data.DecimalKind:
		return decimal("decimal", s, 38, 38)
	case data.DateKind:
		return "date"
	case data.TimeKind:
		return fractional("time(%d)", s, 7, 7)
	case data.TimestampKind:
		return fractional("datetime2(%d)", s, 7, 7)
	case data.MapKind:
		return "varchar(max)"
	}
	return ""
}

func (t Types) oracleType(s *data.Schema, key bool) string {
	integer := func(usual int) string {
		if n := number(s, sourceLength); param(s, sourceType) != "" && n > 0 && n <= 38 {
			usual = n
		}
		return fmt.Sprintf("number(%d,0)", usual)
	}
	switch s.Name() {
	case date:
		return "date"
	case timeMillis, timeMicros, timeNanos, stampMillis, stampMicros, stampNanos:
		return fractional("timestamp(%d)", s, 9, 9)
	case zonedTime, zonedStamp:
		return fractional("timestamp(%d) with time zone", s, 9, 9)
	case variableScale:
		return "double precision"
	case geometry, geography, point:
		return "mdsys.sdo_geometry"
	}
	switch s.ValueKind() {
	case data.BoolKind:
		return "number(1,0)"
	case data.Int8Kind, data.Int16Kind, data.Int32Kind, data.Int64Kind:
		return integer(38)
	case data.Float32Kind:
		return "float(24)"
	case data.Float64Kind:
		return "float(53)"
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
	case data.DecimalKind:
		return decimal("number", s, 38, 38)
	case data.DateKind:
		return "date"
	case data.TimeKind, data.TimestampKind:
		return fractional("timestamp(%d)", s, 9, 9)
	case data.MapKind:
		return "clob"
	}
	return ""
}
