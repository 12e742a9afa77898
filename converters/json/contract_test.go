package json

import (
	"testing"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/connecttest"
	"github.com/moldau/moldau/connect/data"
)

func TestContract(t *testing.T) {
	t.Parallel()
	point := structSchema("geo.Point", false, "x", data.Float64Schema, "label", data.OptionalStringSchema, "price", data.DecimalSchema(2))
	samples := []connecttest.Sample{
		{Schema: data.Int8Schema, Value: data.Int8(-5)},
		{Schema: data.OptionalStringSchema, Value: data.String("é😀\x01")},
		{Schema: data.OptionalStringSchema, Value: data.Null},
		{Schema: data.TimestampSchema, Value: data.TimestampMillis(1600000000123)},
		{Schema: data.NewListSchema(data.OptionalFloat64Schema).MustBuild(), Value: data.ListOf(data.Float64(1e300), data.Null, data.Float64(0.5))},
		{Schema: data.NewMapSchema(data.Int32Schema, data.BoolSchema).MustBuild(), Value: data.MapOf(data.Int32(7), data.Bool(true))},
		{Schema: point, Value: data.MustStruct(point, data.Float64(2.5), data.Null, data.SmallDecimal(-1250, 2)).Value()},
	}
	for _, p := range Plugins() {
		if p.Kind == connect.KindHeaderConverter {
			connecttest.Plugin(t, p)
			continue
		}
		connecttest.Converter(t, connecttest.ConverterCase{Plugin: p, Samples: samples})
		connecttest.Converter(t, connecttest.ConverterCase{Plugin: p, Props: map[string]string{"decimal.format": "NUMERIC"}, Samples: samples})
		connecttest.Converter(t, connecttest.ConverterCase{Plugin: p, Props: map[string]string{"schemas.enable": "false"}, Samples: []connecttest.Sample{
			{Value: data.MapOf(data.String("a"), data.ListOf(data.Int64(1), data.Float64(2.5)), data.String("b"), data.MapOf())},
			{Value: data.String("x")}, {Value: data.Bool(false)}, {Value: data.Float64(1e-7)},
		}})
	}
}
