package transforms

import (
	"strconv"
	"testing"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/data"
)

var flat10 = func() *data.Schema {
	b := data.NewStructSchema("flat10")
	for i := range 4 {
		b.Field("long"+strconv.Itoa(i), data.Int64Schema)
	}
	for i := range 4 {
		b.Field("text"+strconv.Itoa(i), data.OptionalStringSchema)
	}
	return b.Field("float", data.Float64Schema).Field("flag", data.BoolSchema).MustBuild()
}()

func flatStruct(a *data.Arena) data.Value {
	b := a.Struct(flat10)
	b.Int64(0, 1).Int64(1, 2).Int64(2, 3).Int64(3, 4).Text(4, "first text").Text(5, "second").Text(6, "third").Text(7, "the fourth text")
	return b.Float64(8, 1.5).Bool(9, true).MustBuild().Value()
}

func flatObject(a *data.Arena) data.Value {
	b := a.Map(10)
	for i, f := range flat10.Fields() {
		b.Set(f.Name, flatStruct(data.NewArena()).Struct().At(i))
	}
	return b.Build().Value()
}

// chain makes transformations of pairs of class and configuration.
func chain(b *testing.B, steps ...any) (chain []connect.Transformation) {
	for i := 0; i < len(steps); i += 2 {
		for _, p := range Plugins() {
			if p.Class == classPrefix+steps[i].(string) {
				x := p.NewTransformation()
				if err := x.Configure(steps[i+1].(map[string]string)); err != nil {
					b.Fatal(err)
				}
				chain = append(chain, x)
			}
		}
	}
	return chain
}

// benchChain runs batches of 500 records with the value through a chain. The memory of a batch is used again, as the worker does.
func benchChain(b *testing.B, schema *data.Schema, value data.Value, steps ...any) {
	b.Helper()
	b.ReportAllocs()
	c := chain(b, steps...)
	batch := connect.NewSourceBatch(connect.BatchLimits{Records: 500, Bytes: 1 << 20})
	for i := range b.N {
		if i%500 == 0 {
			batch.Reset()
		}
		r := batch.Add("orders")
		r.Timestamp = 1600000000000 + int64(i)
		r.SetValue(schema, value)
		for _, x := range c {
			if _, err := x.Apply(b.Context(), r); err != nil {
				b.Fatal(err)
			}
		}
	}
}

var (
	insertMaskReplace = []any{"InsertField$Value", map[string]string{"topic.field": "topic", "static.field": "where", "static.value": "here"},
		"MaskField$Value", map[string]string{"fields": "text1,long2"},
		"ReplaceField$Value", map[string]string{"exclude": "text3", "renames": "text0:title"}}
	castFlattenConvert = []any{"Cast$Value", map[string]string{"spec": "long0:string,long1:int32,float:int64"}, "Flatten$Value", map[string]string{},
		"TimestampConverter$Value", map[string]string{"field": "long3", "target.type": "string", "format": "yyyy-MM-dd"}}
)

func BenchmarkInsertMaskReplace(b *testing.B) {
	benchChain(b, flat10, flatStruct(data.NewArena()), insertMaskReplace...)
}

func BenchmarkInsertMaskReplaceSchemaless(b *testing.B) {
	benchChain(b, nil, flatObject(data.NewArena()), insertMaskReplace...)
}

func BenchmarkCastFlattenConvert(b *testing.B) {
	benchChain(b, flat10, flatStruct(data.NewArena()), castFlattenConvert...)
}

func BenchmarkCastFlattenConvertSchemaless(b *testing.B) {
	benchChain(b, nil, flatObject(data.NewArena()), castFlattenConvert...)
}

func BenchmarkRoute(b *testing.B) {
	benchChain(b, nil, data.Null, "RegexRouter", map[string]string{"regex": "(.*)s", "replacement": "$1"}, "TimestampRouter", map[string]string{},
		"DropHeaders", map[string]string{"headers": "a,b"})
}

func BenchmarkValueToKeyExtract(b *testing.B) {
	benchChain(b, flat10, flatStruct(data.NewArena()), "ValueToKey", map[string]string{"fields": "long0,text0"}, "ExtractField$Key", map[string]string{"field": "text0"},
		"HoistField$Value", map[string]string{"field": "it"}, "SetSchemaMetadata$Value", map[string]string{"schema.name": "n"})
}
