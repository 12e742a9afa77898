// Package dialecttest holds what the tests of dialects share.
package dialecttest

import (
	"testing"
	"time"

	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/connectors/jdbc/dialect"
)

// Field is a schema and a value of it.
type Field struct {
	Name   string
	Schema *data.Schema
	Value  data.Value
}

// Moment is the point in time of the fields that have one.
var Moment = time.Date(2024, 2, 29, 13, 14, 15, 123e6, time.UTC)

// Fields are one of each kind that dialects have types for.
func Fields() []Field {
	midnight := time.Date(1970, 1, 1, 13, 14, 15, 0, time.UTC)
	return []Field{
		{"bool", data.BoolSchema, data.Bool(true)}, {"int8", data.Int8Schema, data.Int8(8)}, {"int16", data.Int16Schema, data.Int16(-16)}, {"int32", data.Int32Schema, data.Int32(32)},
		{"int64", data.Int64Schema, data.Int64(-64)}, {"float32", data.Float32Schema, data.Float32(0.5)}, {"float64", data.Float64Schema, data.Float64(2.5)},
		{"text", data.StringSchema, data.String("it's")}, {"bytes", data.BytesSchema, data.BytesOf([]byte{1, 0xfe})}, {"decimal", data.DecimalSchema(2), data.SmallDecimal(12345, 2)},
		{"date", data.DateBuilder().MustBuild(), data.DateOf(Moment.Truncate(24 * time.Hour))}, {"time", data.TimeBuilder().MustBuild(), data.TimeMillis(midnight.UnixMilli())},
		{"timestamp", data.TimestampBuilder().MustBuild(), data.TimestampMillis(Moment.UnixMilli())},
	}
}

// Column is the line that a sink makes for a field, with its value as the default.
func Column(t testing.TB, d dialect.Dialect, f Field) string {
	t.Helper()
	c := dialect.NewColumn{Name: f.Name, Schema: f.Schema}
	name, err := d.TypeFor(c)
	if err != nil {
		t.Fatalf("%s: %v", f.Name, err)
	}
	if text := d.Default(c, f.Value); text != "" {
		name += " DEFAULT " + text
	}
	return d.Quote(f.Name) + " " + name
}

// Key is the type of a text in a key.
func Key(t testing.TB, d dialect.Dialect) string {
	t.Helper()
	name, err := d.TypeFor(dialect.NewColumn{Name: "k", Schema: data.StringSchema, Key: true})
	if err != nil {
		t.Fatal(err)
	}
	return name
}
