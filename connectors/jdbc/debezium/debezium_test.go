package debezium_test

import (
	"encoding/hex"
	"testing"
	"time"

	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/connectors/jdbc/debezium"
	"github.com/moldau/moldau/connectors/jdbc/dialect"
	"github.com/moldau/moldau/connectors/jdbc/mysql"
	"github.com/moldau/moldau/connectors/jdbc/postgres"
	"github.com/moldau/moldau/connectors/jdbc/sqlite"
	"github.com/moldau/moldau/connectors/jdbc/sqlserver"
)

func typed(kind data.Kind, name string, params ...string) *data.Schema {
	b := data.NewSchema(kind).Optional()
	if name != "" {
		b.Name(name).Version(1)
	}
	for i := 0; i < len(params); i += 2 {
		b.Param(params[i], params[i+1])
	}
	return b.MustBuild()
}

func fields(name string, params []string, list ...data.Field) *data.Schema {
	b := data.NewStructSchema(name, list...).Version(1).Optional()
	for i := 0; i < len(params); i += 2 {
		b.Param(params[i], params[i+1])
	}
	return b.MustBuild()
}

const (
	sourceType = "__debezium.source.column.type"
	length     = "__debezium.source.column.length"
)

// TestColumnTypes has what test/compat cannot see: databases that are not there, and types that Java's release gets wrong.
func TestColumnTypes(t *testing.T) {
	for _, x := range []struct {
		name                               string
		schema                             *data.Schema
		key                                bool
		postgres, mysql, sqlserver, sqlite string // "-" for an error
	}{
		{"key text", data.StringSchema, true, "text", "varchar(255)", "varchar(900)", "TEXT"},
		{"key of the source", typed(data.StringKind, "", sourceType, "VARCHAR", length, "4000"), true, "varchar(4000)", "varchar(255)", "varchar(900)", "TEXT"},
		{"national", typed(data.StringKind, "", sourceType, "NVARCHAR", length, "20"), false, "varchar(20)", "varchar(20)", "nvarchar(20)", "TEXT"},
		{"decimal", data.DecimalBuilder(0).MustBuild(), false, "numeric(38,0)", "decimal(38,0)", "decimal(38,0)", "NUMERIC"},
		{"long decimal", data.DecimalBuilder(4).Param("connect.decimal.precision", "60").MustBuild(), false, "numeric(60,4)", "decimal(60,4)", "decimal(38,4)", "NUMERIC"},
		{"zoned time", typed(data.StringKind, "io.debezium.time.ZonedTime"), false, "time(6) with time zone", "time(6)", "datetimeoffset(7)", "TEXT"},
		{"micro timestamp", typed(data.Int64Kind, "io.debezium.time.MicroTimestamp", length, "3"), false, "timestamp(3)", "datetime(3)", "datetime2(3)", "NUMERIC"},
		{"enum", typed(data.StringKind, "io.debezium.data.Enum", "allowed", `a,it's,b\,c,d\\`), false, "text", `enum('a','it''s','b,c','d\\')`, "varchar(max)", "TEXT"},
		{"bits", typed(data.BytesKind, "io.debezium.data.Bits", "length", "12"), false, "bit(12)", "bit(12)", "varbinary(12)", "BLOB"},
		{"point", fields("io.debezium.data.geometry.Point", nil, data.Field{Name: "x", Schema: data.Float64Schema}), false, "point", "point", "geometry", "TEXT"},
		{"geometry", fields("io.debezium.data.geometry.Geometry", nil, data.Field{Name: "wkb", Schema: data.BytesSchema}), false, `"gis".geometry`, "geometry", "geometry", "TEXT"},
		{"native box", fields("io.debezium.data.geometry.Geometry", []string{sourceType, "BOX"}, data.Field{Name: "wkb", Schema: data.BytesSchema}), false, "box", "geometry", "geometry", "TEXT"},
		{"vector", data.NewListSchema(data.Float32Schema).Name("io.debezium.data.FloatVector").Param(length, "3").MustBuild(), false, "halfvec(3)", "vector(3)", "-", "-"},
		{"map", data.NewMapSchema(data.StringSchema, data.StringSchema).MustBuild(), false, "hstore", "json", "varchar(max)", "TEXT"},
		{"array", data.NewListSchema(data.NewListSchema(data.Int64Schema).MustBuild()).MustBuild(), false, "bigint[][]", "-", "-", "-"},
		{"struct", fields("x", nil, data.Field{Name: "a", Schema: data.Int8Schema}), false, "-", "-", "-", "-"},
		{"unsigned", typed(data.Int64Kind, "", sourceType, "BIGINT UNSIGNED"), false, "bigint", "bigint unsigned", "bigint", "INTEGER"},
	} {
		for d, want := range map[dialect.Dialect]string{postgres.Dialect{}: x.postgres, mysql.Dialect{}: x.mysql, sqlserver.Dialect{}: x.sqlserver, sqlite.Dialect{}: x.sqlite} {
			got, err := debezium.For(d, time.UTC, "gis").TypeFor(dialect.NewColumn{Name: "c", Schema: x.schema, Key: x.key})
			if err != nil {
				got = "-"
			}
			if got != want {
				t.Errorf("%s, %s: %s, want %s (%v)", x.name, d.Name(), got, want, err)
			}
		}
	}
}

func wkb(t *testing.T, text string) data.Value {
	t.Helper()
	b, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return data.BytesOf(b)
}

// TestValues converts values; "!" begins the error of one that cannot be.
func TestValues(t *testing.T) {
	geometry := fields("io.debezium.data.geometry.Geometry", nil, data.Field{Name: "wkb", Schema: data.BytesSchema}, data.Field{Name: "srid", Schema: data.OptionalInt32Schema})
	native := func(name string) *data.Schema {
		return fields("io.debezium.data.geometry.Geometry", []string{sourceType, name}, data.Field{Name: "wkb", Schema: data.BytesSchema}, data.Field{Name: "srid", Schema: data.OptionalInt32Schema})
	}
	const pointWKB = "0101000000000000000000f03f0000000000000040"                                                  // (1,2)
	const lineWKB = "010200000002000000" + "000000000000f03f0000000000000040" + "00000000000008400000000000001040" // (1,2),(3,4)
	const ringWKB = "01030000000100000004000000" + "0000000000000000" + "0000000000000000" + "000000000000f03f0000000000000000" + "000000000000f03f000000000000f03f" + "00000000000000000000000000000000"
	structOf := func(s *data.Schema, values ...data.Value) data.Value { return data.MustStruct(s, values...).Value() }
	decimal := fields("io.debezium.data.VariableScaleDecimal", nil, data.Field{Name: "scale", Schema: data.Int32Schema}, data.Field{Name: "value", Schema: data.BytesSchema})
	stringMap := data.NewMapSchema(data.StringSchema, data.OptionalStringSchema).MustBuild()
	for _, x := range []struct {
		name            string
		schema          *data.Schema
		value           data.Value
		postgres, mysql string
	}{
		{"end of the day", typed(data.Int64Kind, "io.debezium.time.MicroTime"), data.Int64(86_400_000_000), "24:00:00", "!86400000000 is no time of a day, which begins with 0 and ends before 86400000000"},
		{"time before", typed(data.Int32Kind, "io.debezium.time.Time"), data.Int32(-1), "!-1 is no time of a day, which begins with 0 and ends before 86400000", "!-1 is no time of a day, which begins with 0 and ends before 86400000"},
		{"zoned", typed(data.StringKind, "io.debezium.time.ZonedTimestamp"), data.String("2024-05-01T12:00:00+02:00"), "2024-05-01T15:30:00+05:30", "2024-05-01T15:30:00+05:30"},
		{"infinity", typed(data.StringKind, "io.debezium.time.ZonedTimestamp"), data.String("infinity"), "infinity", "2038-01-19T08:44:07+05:30"},
		{"no point in time", typed(data.StringKind, "io.debezium.time.ZonedTimestamp"), data.String("soon"), `!"soon" is no point in time with a zone, as in 2024-05-01T12:30:00.123456Z`,
			`!"soon" is no point in time with a zone, as in 2024-05-01T12:30:00.123456Z`},
		{"bits", typed(data.BytesKind, "io.debezium.data.Bits", "length", "10"), wkb(t, "05fe"), "1000000101", "0205"},
		{"no bits", typed(data.BytesKind, "io.debezium.data.Bits", "length", "2147483647"), wkb(t, "00"), "", "00"},
		{"decimal", decimal, structOf(decimal, data.Int32(2), wkb(t, "fb2e")), "-12.34", "-12.34"},
		{"unsigned", typed(data.Int64Kind, "", sourceType, "BIGINT UNSIGNED"), data.Int64(-1), "as it is", "18446744073709551615"},
		{"map", stringMap, data.MapOf(data.String(`a"\`), data.String("1"), data.String("b"), data.Null), `"a\"\\"=>"1","b"=>NULL`, `{"a\"\\":"1","b":null}`},
		{"hstore as JSON", typed(data.StringKind, "io.debezium.data.Json", sourceType, "HSTORE"), data.String(`{"b":"2","a":null}`), `"a"=>NULL,"b"=>"2"`, "as it is"},
		{"geometry", geometry, structOf(geometry, wkb(t, pointWKB), data.Int32(4326)), "0101000020e6100000000000000000f03f0000000000000040", "e6100000" + pointWKB},
		{"extended geometry", geometry, structOf(geometry, wkb(t, "0101000020e6100000000000000000f03f0000000000000040"), data.Null), "0101000020e6100000000000000000f03f0000000000000040", "e6100000" + pointWKB},
		{"cut geometry", geometry, structOf(geometry, wkb(t, "01"), data.Null), "!the well-known binary form of the geometry is cut off or wrong", "!the well-known binary form of the geometry is cut off or wrong"},
		{"lseg", native("LSEG"), structOf(native("LSEG"), wkb(t, lineWKB), data.Null), "[(1,2),(3,4)]", "00000000" + lineWKB},
		{"polygon", native("POLYGON"), structOf(native("POLYGON"), wkb(t, ringWKB), data.Null), "((0,0),(1,0),(1,1))", "00000000" + ringWKB},
		{"box", native("BOX"), structOf(native("BOX"), wkb(t, ringWKB), data.Null), "(0,0),(1,1)", "00000000" + ringWKB},
	} {
		india := time.FixedZone("", 5*3600+1800)
		for d, want := range map[dialect.Dialect]string{postgres.Dialect{}: x.postgres, mysql.Dialect{}: x.mysql} {
			got := "as it is"
			if convert := debezium.For(d, india, "public").Convert(x.schema); convert != nil {
				a, err := convert(x.value)
				switch b, isBytes := a.Value.Bytes(); {
				case err != nil:
					got = "!" + err.Error()
				case isBytes:
					got = hex.EncodeToString(b)
				case a.Kind == data.TimestampKind || a.Kind == data.TimeKind:
					got = a.Time.Format(time.RFC3339Nano)
				default:
					got = a.Value.String()
				}
			}
			if got != want {
				t.Errorf("%s, %s: %s, want %s", x.name, d.Name(), got, want)
			}
		}
	}
}

// FuzzGeometry reads any bytes as a geometry.
func FuzzGeometry(f *testing.F) {
	for _, seed := range []string{"0101000000000000000000f03f0000000000000040", "010200000002000000", "0103000020e6100000ffffffff"} {
		b, err := hex.DecodeString(seed)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	schema := fields("io.debezium.data.geometry.Geometry", []string{sourceType, "POLYGON"}, data.Field{Name: "wkb", Schema: data.BytesSchema}, data.Field{Name: "srid", Schema: data.OptionalInt32Schema})
	polygon := debezium.For(postgres.Dialect{}, time.UTC, "public").Convert(schema)
	plain := debezium.For(mysql.Dialect{}, time.UTC, "public").Convert(schema)
	f.Fuzz(func(t *testing.T, b []byte) {
		v := data.MustStruct(schema, data.BytesOf(b), data.Int32(7)).Value()
		for _, convert := range []func(data.Value) (dialect.Arg, error){polygon, plain} {
			if a, err := convert(v); err == nil && a.Value.IsNull() {
				t.Errorf("%x became null", b)
			}
		}
	})
}
