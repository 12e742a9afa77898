//go:build unix

package compat

import "github.com/moldau/moldau/connect/data"

func logical(kind data.Kind, name string, params ...string) *data.Schema {
	b := data.NewSchema(kind).Optional().Name(name).Version(1)
	for i := 0; i < len(params); i += 2 {
		b.Param(params[i], params[i+1])
	}
	return b.MustBuild()
}

func sourced(kind data.Kind, typ, length, scale string) *data.Schema {
	b := data.NewSchema(kind).Optional().Param("__debezium.source.column.type", typ)
	if length != "" {
		b.Param("__debezium.source.column.length", length)
	}
	if scale != "" {
		b.Param("__debezium.source.column.scale", scale)
	}
	return b.MustBuild()
}

// inner are the values of a struct whose schema the field has.
func inner(values ...data.Value) []data.Value { return values }

func listOf(values ...data.Value) data.Value {
	b := data.NewArena().List(len(values))
	for _, v := range values {
		b.Append(v)
	}
	return b.Build().Value()
}

// typed is a field with values of two rows.
type typed struct {
	name   string
	schema *data.Schema
	// one and two are a data.Value, or the fields' values of a struct.
	one, two any
}

func commonTypes() []typed {
	str := data.String
	return []typed{
		{"c_b", data.OptionalBoolSchema, data.Bool(true), data.Bool(false)},
		{"c_i8", data.OptionalInt8Schema, data.Int8(-128), data.Int8(127)},
		{"c_i16", data.OptionalInt16Schema, data.Int16(-32768), data.Int16(32767)},
		{"c_i32", data.OptionalInt32Schema, data.Int32(-1 << 31), data.Int32(1<<31 - 1)},
		{"c_i64", data.OptionalInt64Schema, data.Int64(-1 << 63), data.Int64(1<<63 - 1)},
		{"c_f32", data.OptionalFloat32Schema, data.Float32(1.5), data.Float32(-0.25)},
		{"c_f64", data.OptionalFloat64Schema, data.Float64(1.25e10), data.Float64(-5e-3)},
		{"c_s", data.OptionalStringSchema, str("it's"), str("ä€😀 tab\t\\ \"q\"")},
		{"c_by", data.OptionalBytesSchema, data.BytesOf([]byte{0, 255, '\\', 10}), data.BytesOf([]byte{})},
		{"c_dec", data.DecimalBuilder(2).Optional().MustBuild(), data.SmallDecimal(-12345, 2), data.SmallDecimal(99, 2)},
		{"c_decp", data.DecimalBuilder(3).Optional().Param("connect.decimal.precision", "10").MustBuild(), data.SmallDecimal(-12345, 3), data.SmallDecimal(99, 3)},
		{"c_cdate", data.DateBuilder().Optional().MustBuild(), data.DateMillis(86400000 * 19000), data.DateMillis(0)},
		{"c_ctime", data.TimeBuilder().Optional().MustBuild(), data.TimeMillis(3723004), data.TimeMillis(0)},
		{"c_cts", data.TimestampBuilder().Optional().MustBuild(), data.TimestampMillis(1714566600123), data.TimestampMillis(1000)},
		{"c_ddate", logical(data.Int32Kind, "io.debezium.time.Date"), data.Int32(19000), data.Int32(-1)},
		{"c_dtime", logical(data.Int32Kind, "io.debezium.time.Time"), data.Int32(3723004), data.Int32(0)},
		{"c_dmtime", logical(data.Int64Kind, "io.debezium.time.MicroTime"), data.Int64(3723004005), data.Int64(0)},
		{"c_dntime", logical(data.Int64Kind, "io.debezium.time.NanoTime"), data.Int64(3723004005000), data.Int64(0)},
		{"c_dts", logical(data.Int64Kind, "io.debezium.time.Timestamp"), data.Int64(1714566600123), data.Int64(1000)},
		{"c_dmts", logical(data.Int64Kind, "io.debezium.time.MicroTimestamp"), data.Int64(1714566600123456), data.Int64(1000)},
		{"c_dnts", logical(data.Int64Kind, "io.debezium.time.NanoTimestamp"), data.Int64(1714566600123456000), data.Int64(1000)},
		{"c_dmts3", data.NewSchema(data.Int64Kind).Optional().Name("io.debezium.time.MicroTimestamp").Version(1).Param("__debezium.source.column.length", "3").MustBuild(), data.Int64(1714566600123456), data.Int64(1000)},
		{"c_zts", logical(data.StringKind, "io.debezium.time.ZonedTimestamp"), str("2024-05-01T12:30:00.123456Z"), str("2024-05-01T12:30:00+02:00")},
		{"c_bits", logical(data.BytesKind, "io.debezium.data.Bits", "length", "12"), data.BytesOf([]byte{0x05, 0x08}), data.BytesOf([]byte{0xff, 0x0f})},
		{"c_enum", logical(data.StringKind, "io.debezium.data.Enum", "allowed", "a,b c,d"), str("a"), str("b c")},
		{"c_eset", logical(data.StringKind, "io.debezium.data.EnumSet", "allowed", "x,y,z"), str("x"), str("x,y")},
		{"c_vsd", data.NewStructSchema("io.debezium.data.VariableScaleDecimal", data.Field{Name: "scale", Schema: data.Int32Schema}, data.Field{Name: "value", Schema: data.BytesSchema}).Version(1).Optional().MustBuild(),
			inner(data.Int32(2), data.BytesOf([]byte{0xfb, 0x2e})), inner(data.Int32(0), data.BytesOf([]byte{7}))},
		{"c_vc20", sourced(data.StringKind, "VARCHAR", "20", ""), str("twenty"), str("")},
		{"c_ch4", sourced(data.StringKind, "CHAR", "4", ""), str("ab"), str("abcd")},
		{"c_vc", sourced(data.StringKind, "VARCHAR", "", ""), str("x"), str("y")},
		{"c_by20", sourced(data.BytesKind, "VARBINARY", "20", ""), data.BytesOf([]byte{1}), data.BytesOf([]byte{2})},
	}
}

func postgresTypes() []typed {
	str := data.String
	return []typed{
		{"c_ztime", logical(data.StringKind, "io.debezium.time.ZonedTime"), str("10:15:30+01:00"), str("23:59:59.123456Z")},
		{"c_json", logical(data.StringKind, "io.debezium.data.Json"), str(`{"a": 1}`), str("[]")},
		{"c_jsonb", data.NewSchema(data.StringKind).Optional().Name("io.debezium.data.Json").Version(1).Param("__debezium.source.column.type", "JSONB").MustBuild(), str(`{"a":1}`), str("[]")},
		{"c_uuid", logical(data.StringKind, "io.debezium.data.Uuid"), str("00000000-0000-0000-0000-000000000001"), str("ffffffff-ffff-ffff-ffff-ffffffffffff")},
		{"c_xml", logical(data.StringKind, "io.debezium.data.Xml"), str("<a/>"), str("<b>x</b>")},
		{"c_dur", logical(data.Int64Kind, "io.debezium.time.MicroDuration"), data.Int64(3600000001), data.Int64(-5)},
		{"c_vbits", logical(data.BytesKind, "io.debezium.data.Bits", "length", "2147483647"), data.BytesOf([]byte{0x05}), data.BytesOf([]byte{0xff, 0x0f})},
		{"c_arr", data.NewListSchema(data.OptionalStringSchema).Optional().MustBuild(), listOf(str("a"), data.Null, str(`b"\\,{}`)), listOf()},
		{"c_iarr", data.NewListSchema(data.OptionalInt32Schema).Optional().MustBuild(), listOf(data.Int32(1), data.Null), listOf(data.Int32(-1))},
		{"c_money", sourced(data.StringKind, "MONEY", "", ""), str("1.50"), str("-2.25")},
		{"c_inet", sourced(data.StringKind, "INET", "", ""), str("10.0.0.1"), str("::1")},
		{"c_cidr", sourced(data.StringKind, "CIDR", "", ""), str("10.0.0.0/8"), str("::/0")},
		{"c_mac", sourced(data.StringKind, "MACADDR", "", ""), str("08:00:2b:01:02:03"), str("08:00:2b:01:02:04")},
		{"c_rng", sourced(data.StringKind, "INT4RANGE", "", ""), str("[1,5)"), str("empty")},
		{"c_oid", sourced(data.Int64Kind, "OID", "", ""), data.Int64(5), data.Int64(4294967295)},
		{"c_bit1", sourced(data.BoolKind, "BIT", "1", ""), data.Bool(true), data.Bool(false)},
		{"c_ts", logical(data.StringKind, "io.debezium.data.Tsvector"), str("'a' 'b'"), str("")},
	}
}

func mysqlTypes() []typed {
	str := data.String
	return []typed{
		{"c_json", logical(data.StringKind, "io.debezium.data.Json"), str(`{"a": 1}`), str("[]")},
		{"c_year", logical(data.Int32Kind, "io.debezium.time.Year"), data.Int32(2024), data.Int32(1999)},
		{"c_med", sourced(data.Int32Kind, "MEDIUMINT", "", ""), data.Int32(5), data.Int32(6)},
		{"c_tiny", sourced(data.Int16Kind, "TINYINT", "1", ""), data.Int16(1), data.Int16(0)},
		{"c_int11", sourced(data.Int32Kind, "INTEGER", "11", ""), data.Int32(1), data.Int32(0)},
		{"c_bigu", sourced(data.Int64Kind, "BIGINT UNSIGNED", "", ""), data.Int64(-1), data.Int64(0)},
		{"c_tblob", sourced(data.BytesKind, "TINYBLOB", "", ""), data.BytesOf([]byte{1}), data.BytesOf([]byte{2})},
		{"c_blob", sourced(data.BytesKind, "BLOB", "", ""), data.BytesOf([]byte{1}), data.BytesOf([]byte{2})},
	}
}
