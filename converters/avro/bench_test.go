package avro

import (
	"math/big"
	"testing"
	"time"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/converters/internal/registry/registrytest"
)

// tenFields is the record of the benchmarks: nullable fields, a decimal, a timestamp, a list and a struct inside.
func tenFields(t testing.TB) (*data.Schema, data.Value) {
	address := structSchema("shop.Address", "street", data.StringSchema, "zip", data.OptionalStringSchema)
	s := structSchema("shop.Order", "id", data.Int64Schema, "customer", data.Int32Schema, "note", data.OptionalStringSchema, "total", data.DecimalSchema(2),
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

// flat is ten fields without any inside them.
func flat(t testing.TB) (*data.Schema, data.Value) {
	s := structSchema("shop.Flat", "a", data.Int64Schema, "b", data.Int32Schema, "c", data.StringSchema, "d", data.OptionalStringSchema, "e", data.BoolSchema,
		"f", data.Float64Schema, "g", data.OptionalInt64Schema, "h", data.StringSchema, "i", data.TimestampSchema, "j", data.Int32Schema)
	x := data.MustStruct(s, data.Int64(1<<40), data.Int32(7), data.String("some text"), data.String("more text"), data.Bool(true), data.Float64(1.5), data.Null,
		data.String("STATUS"), data.TimestampMillis(1600000000123), data.Int32(-300))
	return s, x.Value()
}

func newConverter(t testing.TB, url string, props ...string) *Converter {
	t.Helper()
	all := map[string]string{"schema.registry.url": url, "max.retries": "0"}
	for i := 0; i < len(props); i += 2 {
		all[props[i]] = props[i+1]
	}
	c := Plugins()[0].NewConverter().(*Converter)
	if err := c.Configure(all, false); err != nil {
		t.Fatal(err)
	}
	return c
}

func benchRecords(b *testing.B, f func(b *testing.B, c *Converter, s *data.Schema, v data.Value)) {
	for name, record := range map[string]func(testing.TB) (*data.Schema, data.Value){"nested": tenFields, "flat": flat} {
		b.Run(name, func(b *testing.B) {
			s, v := record(b)
			f(b, newConverter(b, registrytest.New(b).URL), s, v)
		})
	}
}

func BenchmarkEncode(b *testing.B) {
	benchRecords(b, func(b *testing.B, c *Converter, s *data.Schema, v data.Value) {
		dst := make([]byte, 0, 1024)
		b.ReportAllocs()
		for b.Loop() {
			out, _, err := c.FromConnect(dst, "t", nil, s, v)
			if err != nil {
				b.Fatal(err)
			}
			dst = out[:0]
		}
	})
}

// BenchmarkDecode reads batches of 500 records, each into an arena of its own, as a sink's are.
func BenchmarkDecode(b *testing.B) {
	benchDecode(b, func(*data.Arena) *data.Arena { return data.NewArena() })
}

// BenchmarkDecodeAgain reads batches into one arena, which is used again for each.
func BenchmarkDecodeAgain(b *testing.B) {
	benchDecode(b, func(a *data.Arena) *data.Arena {
		a.Reset()
		return a
	})
}

func benchDecode(b *testing.B, next func(*data.Arena) *data.Arena) {
	benchRecords(b, func(b *testing.B, c *Converter, s *data.Schema, v data.Value) {
		raw, _, err := c.FromConnect(nil, "t", &connect.Headers{}, s, v)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportAllocs()
		a := data.NewArena()
		for n := 1; b.Loop(); n++ {
			if n%500 == 0 {
				a = next(a)
			}
			if _, _, err := c.ToConnect(a, "t", nil, raw); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkCalibrate copies the bytes of a record and adds up its numbers: what other benchmarks are compared with on machines of all speeds.
func BenchmarkCalibrate(b *testing.B) {
	raw := make([]byte, 100)
	for i := range raw {
		raw[i] = byte(i)
	}
	dst := make([]byte, 0, 128)
	sum := uint64(0)
	for b.Loop() {
		dst = append(dst[:0], raw...)
		for _, c := range dst {
			sum = sum*31 + uint64(c)
		}
	}
	if sum == 0 {
		b.Fatal("nothing was added up")
	}
}
