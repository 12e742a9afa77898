// Package convertertest has what the tests and benchmarks of converters with a Schema Registry share.
package convertertest

import (
	"math/big"
	"testing"
	"time"

	"github.com/moldau/moldau/connect/data"
)

// StructSchema returns a schema of a name with these fields, a name and a schema each.
func StructSchema(name string, fields ...any) *data.Schema {
	b := data.NewStructSchema(name)
	for i := 0; i < len(fields); i += 2 {
		b.Field(fields[i].(string), fields[i+1].(*data.Schema))
	}
	return b.MustBuild()
}

// Person is a small record.
func Person(t testing.TB) (*data.Schema, data.Value) {
	t.Helper()
	s := StructSchema("acme.Person", "name", data.StringSchema, "age", data.OptionalInt32Schema)
	return s, data.MustStruct(s, data.String("Ada"), data.Int32(36)).Value()
}

// TenFields is the record of the benchmarks: nullable fields, a decimal, a timestamp, a list and a struct inside.
func TenFields(t testing.TB) (*data.Schema, data.Value) {
	address := StructSchema("shop.Address", "street", data.StringSchema, "zip", data.OptionalStringSchema)
	s := StructSchema("shop.Order", "id", data.Int64Schema, "customer", data.Int32Schema, "note", data.OptionalStringSchema, "total", data.DecimalSchema(2),
		"at", data.TimestampSchema, "paid", data.BoolSchema, "weight", data.OptionalFloat64Schema, "status", data.StringSchema,
		"tags", data.NewListSchema(data.StringSchema).MustBuild(), "address", address)
	b := data.NewStruct(s)
	b.Int64(0, 1234567).Int32(1, 4711).Text(2, "leave at the door").Decimal(3, big.NewInt(123456), 2).Time(4, time.UnixMilli(1600000000123)).Bool(5, true)
	b.Null(6).Text(7, "SHIPPED").Set(8, data.ListOf(data.String("a"), data.String("gift")))
	b.Set(9, data.MustStruct(address, data.String("Main Street 1"), data.Null).Value())
	x, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	return s, x.Value()
}

// Flat is a record of ten fields without any inside them.
func Flat(t testing.TB) (*data.Schema, data.Value) {
	s := StructSchema("shop.Flat", "a", data.Int64Schema, "b", data.Int32Schema, "c", data.StringSchema, "d", data.OptionalStringSchema, "e", data.BoolSchema,
		"f", data.Float64Schema, "g", data.OptionalInt64Schema, "h", data.StringSchema, "i", data.TimestampSchema, "j", data.Int32Schema)
	x := data.MustStruct(s, data.Int64(1<<40), data.Int32(7), data.String("some text"), data.String("more text"), data.Bool(true), data.Float64(1.5), data.Null,
		data.String("STATUS"), data.TimestampMillis(1600000000123), data.Int32(-300))
	return s, x.Value()
}

// Wide is a record's schema with a field more, "channel", and the record's values, to which one for it can be added.
func Wide(s *data.Schema, v data.Value) (*data.Schema, []data.Value) {
	b := data.NewStructSchema(s.Name())
	for _, f := range s.Fields() {
		b.Field(f.Name, f.Schema)
	}
	wide := b.Field("channel", data.OptionalStringSchema).MustBuild()
	values := make([]data.Value, 0, wide.Layout().Len())
	for i := range v.Struct().Len() {
		values = append(values, v.Struct().At(i))
	}
	return wide, values
}
