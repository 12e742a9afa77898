package protobuf

import (
	"testing"

	"github.com/moldau/moldau/connect/connecttest"
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/converters/internal/registry/registrytest"
)

// tagged is an optional schema with the parameters that it has when it is read.
func tagged(b *data.SchemaBuilder, tag string) *data.Schema {
	return b.Optional().Param(tagParam, tag).MustBuild()
}

func TestContract(t *testing.T) {
	t.Parallel()
	// The version that the registry gives to a schema becomes that of the Connect schema, so the samples have the one they will get.
	inner := data.NewStructSchema("Inner").Field("n", tagged(data.NewSchema(data.Int64Kind), "1")).Optional().Param(tagParam, "4").MustBuild()
	key, value := tagged(data.NewSchema(data.Int32Kind), "1"), tagged(data.NewSchema(data.BoolKind), "2")
	point := data.NewStructSchema("Point").Version(2).
		Field("x", tagged(data.NewSchema(data.Float64Kind), "1")).Field("label", tagged(data.NewSchema(data.StringKind), "2")).
		Field("price", tagged(data.DecimalBuilder(2), "3")).Field("inner", inner).
		Field("list", tagged(data.NewListSchema(data.OptionalFloat32Schema), "5")).
		Field("m", tagged(data.NewMapSchema(key, value).Name("m_x"), "6")).Field("at", tagged(data.TimestampBuilder(), "7")).MustBuild()
	samples := []connecttest.Sample{
		{Schema: data.NewSchema(data.Int32Kind).Version(1).MustBuild(), Value: data.Int32(-5)},
		{Schema: data.NewSchema(data.StringKind).Version(1).MustBuild(), Value: data.String("é😀\x01")},
		{Schema: point, Value: data.MustStruct(point, data.Float64(2.5), data.String("x"), data.SmallDecimal(-1250, 2),
			data.MustStruct(inner, data.Int64(0)).Value(), data.ListOf(data.Float32(0.5), data.Float32(0)), data.MapOf(data.Int32(7), data.Bool(true)),
			data.TimestampMillis(-1)).Value()},
		{Schema: point, Value: data.MustStruct(point, data.Float64(0), data.String(""), data.Null, data.Null, data.ListOf(), data.MapOf(), data.Null).Value()},
	}
	url := registrytest.New(t).URL
	connecttest.Converter(t, connecttest.ConverterCase{Plugin: Plugins()[0], Props: map[string]string{"schema.registry.url": url}, Samples: samples})
}
