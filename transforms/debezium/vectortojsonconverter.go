package debezium

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/transforms/internal/smt"
)

// vectorToJSONConverter writes vectors as JSON texts (VectorToJsonConverter).
type vectorToJSONConverter struct{ plans smt.BySchema[*vectorPlan] }

// vectorPlan is what becomes of a struct schema.
type vectorPlan struct {
	schema *data.Schema
	// steps are the fields that change.
	steps []vectorStep
}

type vectorStep struct {
	index int
	text  func(data.Value) (data.Value, error)
	// inner is set for structs.
	inner *vectorPlan
}

var vectorToJSONConverterKeys = config.NewDef()

func vectorToJSONConverterPlugin() connect.Plugin {
	return smt.One(classPrefix+"VectorToJsonConverter", "Writes the vectors of pgvector and the like as JSON texts.", vectorToJSONConverterKeys,
		func() connect.Transformation { return new(vectorToJSONConverter) })
}

func (x *vectorToJSONConverter) Configure(map[string]string) error { return nil }

func (x *vectorToJSONConverter) Apply(_ context.Context, r *connect.Record) (bool, error) {
	if r.Value().IsNull() {
		return true, nil
	}
	s, err := smt.RequireStruct(r.Value(), "Value should be a struct")
	if err != nil {
		return false, err
	}
	if r.ValueSchema() == nil {
		return false, smt.NullPointer("The value has no schema")
	}
	plan, err := x.plans.Get(s.Schema(), planVectors)
	if err != nil {
		return false, err
	}
	out, err := plan.apply(r.Arena(), s)
	if err != nil {
		return false, err
	}
	r.SetValue(plan.schema, out.Value())
	return true, nil
}

var jsonSchema = data.NewSchema(data.StringKind).Name("io.debezium.data.Json").Version(1).MustBuild()

func planVectors(s *data.Schema) (*vectorPlan, error) {
	p := &vectorPlan{}
	b := basics(s).SetOptional(s.Optional())
	for i, f := range s.Fields() {
		step := vectorStep{index: i}
		switch name := f.Schema.Name(); {
		case name == "io.debezium.data.DoubleVector" || name == "io.debezium.data.FloatVector":
			step.text = vectorText
		case name == "io.debezium.data.SparseDoubleVector":
			step.text = sparseVectorText
		case f.Schema.Kind() == data.StructKind:
			inner, err := planVectors(f.Schema)
			if err != nil {
				return nil, err
			}
			step.inner = inner
			b.Field(f.Name, inner.schema)
			p.steps = append(p.steps, step)
			continue
		default:
			b.Field(f.Name, f.Schema)
			continue
		}
		b.Field(f.Name, jsonSchema.AsOptional(f.Schema.Optional()))
		p.steps = append(p.steps, step)
	}
	var err error
	p.schema, err = b.Build()
	return p, err
}

func (p *vectorPlan) apply(a *data.Arena, s *data.Struct) (*data.Struct, error) {
	b, row, from := a.Struct(p.schema), s.Row(), 0
	for _, step := range p.steps {
		copyUnchanged(&b, s, from, step.index)
		from = step.index + 1
		v, err := s.Get(step.index), error(nil)
		switch {
		case v.IsNull():
		case step.inner == nil:
			v, err = step.text(v)
		default:
			var inner *data.Struct
			if inner, err = smt.RequireStruct(v, "Should be a struct."); err == nil {
				inner, err = step.inner.apply(a, inner)
				v = inner.Value()
			}
		}
		if err != nil {
			return nil, err
		}
		b.Set(step.index, v)
	}
	copyUnchanged(&b, s, from, row.Len())
	return b.BuildPartial()
}

// copyUnchanged copies the fields from one index to before another, with defaults for nulls.
func copyUnchanged(b *data.StructBuilder, s *data.Struct, from, to int) {
	row := s.Row()
	for i := from; i < to; i++ {
		if row.IsNull(i) {
			b.Set(i, s.Get(i))
		} else {
			b.Copy(i, row, i)
		}
	}
}

func vectorText(v data.Value) (data.Value, error) {
	list := v.List()
	if list == nil {
		return data.Null, smt.CastError(v, "java.util.Collection")
	}
	text := []byte(`{ "values": [`)
	for i, item := range list.All() {
		if i > 0 {
			text = append(text, ", "...)
		}
		text = appendJava(text, item)
	}
	return data.TextOf(append(text, "] }"...)), nil
}

func appendJava(dst []byte, v data.Value) []byte {
	if v.IsNull() {
		return append(dst, "null"...)
	}
	return v.AppendString(dst)
}

func sparseVectorText(v data.Value) (data.Value, error) {
	s, err := smt.RequireStruct(v, "SparseDoubleVector should be a struct.")
	if err != nil {
		return data.Null, err
	}
	dimensions, err := s.LookupAs("dimensions", data.Int16Kind)
	if err != nil {
		return data.Null, err
	}
	entries, err := s.LookupAs("vector", data.MapKind)
	if err != nil {
		return data.Null, err
	}
	if entries.IsNull() {
		return data.Null, smt.NullPointer("The vector is null")
	}
	m := entries.Map()
	order := make([]int, m.Len())
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int {
		a, _ := m.Key(i).Int64()
		b, _ := m.Key(j).Int64()
		return cmp.Compare(a, b)
	})
	var parts []string
	for _, i := range order {
		parts = append(parts, `"`+string(appendJava(nil, m.Key(i)))+`": `+string(appendJava(nil, m.At(i))))
	}
	return data.String(fmt.Sprintf(`{ "dimensions": %s, "vector": { %s } }`, appendJava(nil, dimensions), strings.Join(parts, ", "))), nil
}

func (x *vectorToJSONConverter) Close() error { return nil }
