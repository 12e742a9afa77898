package avro

import (
	"testing"

	"github.com/moldau/moldau/connect/connecttest"
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/converters/internal/registry/registrytest"
)

func TestContract(t *testing.T) {
	t.Parallel()
	// The version that the registry gives to a schema becomes that of the Connect schema, so the samples have the one they will get.
	point := data.NewStructSchema("geo.Point").Version(5).
		Field("x", data.Float64Schema).Field("label", data.OptionalStringSchema).Field("price", data.DecimalSchema(2)).MustBuild()
	samples := []connecttest.Sample{
		{Schema: data.NewSchema(data.Int32Kind).Version(1).MustBuild(), Value: data.Int32(-5)},
		{Schema: data.OptionalStringSchema, Value: data.String("é😀\x01")},
		{Schema: data.NewListSchema(data.OptionalFloat64Schema).Version(3).MustBuild(), Value: data.ListOf(data.Float64(1e300), data.Null, data.Float64(0.5))},
		{Schema: data.NewMapSchema(data.Int32Schema, data.BoolSchema).Version(4).MustBuild(), Value: data.MapOf(data.Int32(7), data.Bool(true))},
		{Schema: point, Value: data.MustStruct(point, data.Float64(2.5), data.Null, data.SmallDecimal(-1250, 2)).Value()},
		{Value: data.MapOf(data.String("a"), data.ListOf(data.Int64(1), data.Float64(2.5)), data.String("b"), data.Null)},
	}
	url := registrytest.New(t).URL
	connecttest.Converter(t, connecttest.ConverterCase{Plugin: Plugins()[0], Props: map[string]string{"schema.registry.url": url}, Samples: samples})
}
