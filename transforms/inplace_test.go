package transforms

import (
	"context"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/data"
)

// TestNothingChangesInPlace applies every transformation to any data: what a record held before stays as it was, a failure leaves the record as
// it was, and nothing of the result is lost when the same instance goes on to other records.
func TestNothingChangesInPlace(t *testing.T) {
	t.Parallel()
	for _, p := range Plugins() {
		if p.Kind != connect.KindTransformation {
			continue
		}
		t.Run(strings.TrimPrefix(p.Class, classPrefix), func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(t *rapid.T) {
				x := p.NewTransformation()
				if err := x.Configure(rapid.SampledFrom(propsFor[p.Class]).Draw(t, "props")); err != nil {
					t.Fatal(err)
				}
				arena := data.NewArena()
				var results []result
				for range rapid.IntRange(1, 4).Draw(t, "records") {
					results = append(results, applyToAny(t, x, arena))
				}
				for i, r := range results {
					r.check(t, i)
				}
			})
		})
	}
}

// propsFor are the working configurations by class.
var propsFor = func() map[string][]map[string]string {
	all := map[string][]map[string]string{}
	for _, p := range Plugins() {
		name, _, _ := strings.Cut(strings.TrimPrefix(p.Class, classPrefix), "$")
		all[p.Class] = workingProps[name]
	}
	return all
}()

// result is what a record held, and holds after a transformation, with copies made then.
type result struct {
	values, copies []data.Value
}

func (r *result) add(values ...data.Value) {
	for _, v := range values {
		r.values, r.copies = append(r.values, v), append(r.copies, v.Detach())
	}
}

func (r *result) check(t *rapid.T, i int) {
	for j, v := range r.values {
		if !v.Equal(r.copies[j]) {
			t.Fatalf("record %d: value %d was %s and is now %s", i, j, r.copies[j], v)
		}
	}
}

func applyToAny(t *rapid.T, x connect.Transformation, arena *data.Arena) result {
	r := new(connect.Record)
	r.InitSink(arena, &connect.TopicPartition{Topic: "orders", Partition: 3}, 42, 1600000000123, connect.CreateTime)
	r.SetKey(anyData(t, arena))
	r.SetValue(anyData(t, arena))
	schema, v := anyData(t, arena)
	r.Headers.Add("trace", schema, v)
	before := *r
	var out result
	out.add(r.Key(), r.Value(), v)
	kept, err := x.Apply(context.Background(), r)
	switch {
	case err != nil:
		if r.String() != before.String() || r.KeySchema() != before.KeySchema() || r.ValueSchema() != before.ValueSchema() {
			t.Fatalf("the failure %q changed %s to %s", err, &before, r)
		}
	case kept:
		out.add(r.Key(), r.Value())
	}
	return out
}

var fieldNames = []string{"id", "name", "price", "flag", "day", "at", "inner", "tags"}

func anyData(t *rapid.T, a *data.Arena) (*data.Schema, data.Value) {
	switch rapid.IntRange(0, 5).Draw(t, "form") {
	case 0:
		s := anySchema(t, 2)
		return s, anyValue(t, a, s)
	case 1, 2:
		s := anyStruct(t, 2)
		return s, anyValue(t, a, s)
	}
	return nil, anyPlain(t, a, 2)
}

func anySchema(t *rapid.T, depth int) *data.Schema {
	optional := rapid.Bool().Draw(t, "optional")
	n := 11
	if depth > 0 {
		n = 14
	}
	switch i := rapid.IntRange(0, n-1).Draw(t, "type"); i {
	case 9:
		return data.DecimalSchema(1).AsOptional(optional)
	case 10:
		return rapid.SampledFrom([]*data.Schema{data.DateSchema, data.TimeSchema, data.TimestampSchema}).Draw(t, "date").AsOptional(optional)
	case 11:
		return data.NewListSchema(anySchema(t, depth-1)).SetOptional(optional).MustBuild()
	case 12:
		return data.NewMapSchema(data.StringSchema, anySchema(t, depth-1)).SetOptional(optional).MustBuild()
	case 13:
		return anyStruct(t, depth-1)
	default:
		return data.SchemaOfKind(data.BoolKind + data.Kind(i)).AsOptional(optional)
	}
}

func anyStruct(t *rapid.T, depth int) *data.Schema {
	b := data.NewSchema(data.StructKind).SetOptional(rapid.Bool().Draw(t, "optional struct"))
	for _, name := range rapid.SliceOfNDistinct(rapid.SampledFrom(fieldNames), 0, 5, rapid.ID).Draw(t, "fields") {
		b.Field(name, anySchema(t, depth))
	}
	return b.MustBuild()
}

// anyValue returns a value of a schema; one null in five where it is optional.
func anyValue(t *rapid.T, a *data.Arena, s *data.Schema) data.Value {
	if s.Optional() && rapid.IntRange(0, 4).Draw(t, "null") == 0 {
		return data.Null
	}
	n := rapid.Int64Range(-200, 200).Draw(t, "n")
	switch s.ValueKind() {
	case data.ListKind:
		b := a.List(0)
		for range rapid.IntRange(0, 2).Draw(t, "elements") {
			b.Append(anyValue(t, a, s.Elem()))
		}
		return b.Build().Value()
	case data.MapKind:
		b := a.Map(0)
		for i := range rapid.IntRange(0, 2).Draw(t, "entries") {
			b.Set("k"+strconv.Itoa(i), anyValue(t, a, s.Elem()))
		}
		return b.Build().Value()
	case data.StructKind:
		b := a.Struct(s)
		for i, f := range s.Fields() {
			b.Set(i, anyValue(t, a, f.Schema))
		}
		out, err := b.Build()
		if err != nil {
			t.Fatal(err)
		}
		return out.Value()
	case data.DecimalKind:
		return data.SmallDecimal(n, 1)
	case data.DateKind:
		return data.DateMillis(n * millisPerDay)
	case data.TimeKind, data.TimestampKind:
		return data.TemporalMillis(s.ValueKind(), n*n)
	}
	return anyPrimitive(t, a, s.Kind(), n)
}

func anyPrimitive(t *rapid.T, a *data.Arena, k data.Kind, n int64) data.Value {
	switch k {
	case data.StringKind:
		return a.Text(rapid.SampledFrom([]string{"", "12", "-1.5", "2020-09-13", "true", "long text that does not fit a slot"}).Draw(t, "text"))
	case data.BytesKind:
		return a.Bytes(rapid.SliceOfN(rapid.Byte(), 0, 20).Draw(t, "bytes"))
	}
	return castInteger(n, k)
}

// anyPlain returns a value without schema.
func anyPlain(t *rapid.T, a *data.Arena, depth int) data.Value {
	n := 10
	if depth > 0 {
		n = 20
	}
	switch i := rapid.IntRange(0, n-1).Draw(t, "plain"); {
	case i == 9:
		return data.Null
	case i < 9:
		return anyPrimitive(t, a, data.BoolKind+data.Kind(i), rapid.Int64Range(-200, 200).Draw(t, "n"))
	case i < 12:
		b := a.List(0)
		for range rapid.IntRange(0, 3).Draw(t, "elements") {
			b.Append(anyPlain(t, a, depth-1))
		}
		return b.Build().Value()
	}
	b := a.Map(0)
	for _, name := range rapid.SliceOfNDistinct(rapid.SampledFrom(fieldNames), 0, 6, rapid.ID).Draw(t, "keys") {
		b.Set(name, anyPlain(t, a, depth-1))
	}
	return b.Build().Value()
}
