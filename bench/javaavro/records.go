package main

import (
	"fmt"
	"math/big"
	"time"

	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/converters/avro"
)

// record is what is converted.
type record struct {
	name   string
	schema *data.Schema
	value  *data.Struct
}

func schema(name string, fields ...data.Field) *data.Schema {
	b := data.NewStructSchema(name)
	for _, f := range fields {
		b.Field(f.Name, f.Schema)
	}
	return b.MustBuild()
}

func field(name string, s *data.Schema) data.Field { return data.Field{Name: name, Schema: s} }

// records are those of the benchmarks of converters/avro: ten fields with nulls, a decimal, a list and a struct among them, and ten plain ones.
func records() []record {
	address := schema("shop.Address", field("street", data.StringSchema), field("zip", data.OptionalStringSchema))
	order := schema("shop.Order", field("id", data.Int64Schema), field("customer", data.Int32Schema), field("note", data.OptionalStringSchema),
		field("total", data.DecimalSchema(2)), field("at", data.TimestampSchema), field("paid", data.BoolSchema), field("weight", data.OptionalFloat64Schema),
		field("status", data.StringSchema), field("tags", data.NewListSchema(data.StringSchema).MustBuild()), field("address", address))
	b := data.NewStruct(order)
	b.Int64(0, 1234567).Int32(1, 4711).Text(2, "leave at the door").Decimal(3, big.NewInt(123456), 2).Time(4, time.UnixMilli(1600000000123)).Bool(5, true)
	b.Null(6).Text(7, "SHIPPED").Set(8, data.ListOf(data.String("a"), data.String("gift")))
	b.Set(9, data.MustStruct(address, data.String("Main Street 1"), data.Null).Value())
	flat := schema("shop.Flat", field("a", data.Int64Schema), field("b", data.Int32Schema), field("c", data.StringSchema), field("d", data.OptionalStringSchema),
		field("e", data.BoolSchema), field("f", data.Float64Schema), field("g", data.OptionalInt64Schema), field("h", data.StringSchema),
		field("i", data.TimestampSchema), field("j", data.Int32Schema))
	plain := data.MustStruct(flat, data.Int64(1<<40), data.Int32(7), data.String("some text"), data.String("more text"), data.Bool(true), data.Float64(1.5),
		data.Null, data.String("STATUS"), data.TimestampMillis(1600000000123), data.Int32(-300))
	return []record{{"nested", order, b.MustBuild()}, {"flat", flat, plain}}
}

// codec converts one record as the converter does once it knows the schemas.
type codec struct {
	record
	schema  string
	bytes   []byte
	write   *avro.WritePlan
	read    *avro.ReadPlan
	decoder avro.Decoder
}

func newCodec(r record) (*codec, error) {
	d := avro.NewData(avro.Options{})
	own, err := d.AvroSchema(r.schema)
	if err != nil {
		return nil, err
	}
	c := &codec{record: r, schema: own.String(), write: d.WritePlan(r.schema, own, own)}
	back, err := d.ConnectSchema(own, nil)
	if err != nil {
		return nil, err
	}
	c.read = d.ReadPlan(own, back, nil)
	c.bytes, err = c.write.Append(nil, r.value.Value())
	return c, err
}

// batch is how many records share an arena.
const batch = 500

func (c *codec) convert(direction string, count int, keep bool) error {
	if direction == "encode" {
		out := make([]byte, 0, 1024)
		v := c.value.Value()
		for range count {
			var err error
			if out, err = c.write.Append(out[:0], v); err != nil {
				return err
			}
		}
		return nil
	}
	a := data.NewArena()
	for i := range count {
		switch {
		case i%batch > 0:
		case keep:
			a = data.NewArena()
		default:
			a.Reset()
		}
		// Each record of a topic has bytes of its own.
		a.View(c.bytes)
		if v, _, err := c.decoder.Decode(c.read, a, c.bytes); err != nil || v.IsNull() {
			return fmt.Errorf("%s: %w", c.name, err)
		}
	}
	return nil
}
