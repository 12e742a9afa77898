package jcustenborder

import (
	"context"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/transforms/internal/smt"
)

// extractNestedField adds a field of a nested struct to the struct that holds it (ExtractNestedField).
type extractNestedField struct {
	part         smt.Part
	outer, inner string
	schemas      smt.SchemaCache
}

var extractNestedFieldKeys = config.NewDef(
	config.Key{Name: "input.outer.field.name", Type: config.String, Default: config.NoDefault, Importance: config.High,
		Doc: "Name of the field with the nested struct: address, to get address.state."},
	config.Key{Name: "input.inner.field.name", Type: config.String, Default: config.NoDefault, Importance: config.High,
		Doc: "Name of the field in the nested struct: state, to get address.state. The new field has this name too."},
	config.Key{Name: "output.field.name", Type: config.String, Default: config.NoDefault, Importance: config.High,
		Doc: "Name for the new field, which has to be given.", NoEffect: "the new field is called as the inner one, as in version 0.1.0.14"},
)

func extractNestedFieldPlugins() []connect.Plugin {
	return smt.Both(classPrefix+"ExtractNestedField", "Adds a field of a nested struct to the struct that holds it.", extractNestedFieldKeys,
		func(p smt.Part) connect.Transformation { return &extractNestedField{part: p} })
}

func (x *extractNestedField) Configure(props map[string]string) error {
	values, err := extractNestedFieldKeys.ParseStrings(props)
	if err != nil {
		return err
	}
	x.outer, x.inner = values.String("input.outer.field.name"), values.String("input.inner.field.name")
	return nil
}

func (x *extractNestedField) Apply(_ context.Context, r *connect.Record) (bool, error) {
	err := process{structs: x.extract}.apply(r, x.part)
	return err == nil, err
}

func (x *extractNestedField) extract(a *data.Arena, schema *data.Schema, s *data.Struct) (*data.Schema, data.Value, error) {
	if s == nil {
		return nil, data.Null, smt.NullPointer("The struct is null")
	}
	v, err := s.LookupAs(x.outer, data.StructKind)
	if err != nil {
		return nil, data.Null, err
	}
	inner := v.Struct()
	if inner == nil {
		return nil, data.Null, smt.NullPointer("The field " + x.outer + " is null")
	}
	out, err := x.schemas.Get(schema, func(schema *data.Schema) (*data.Schema, error) { return x.schema(schema, inner.Schema()) })
	if err != nil {
		return nil, data.Null, err
	}
	b := a.Struct(out)
	copyFields(&b, s)
	if v, err = inner.Lookup(x.inner); err != nil {
		return nil, data.Null, err
	}
	b.Set(s.Len(), v)
	built, err := b.BuildPartial()
	return out, built.Value(), err
}

func (x *extractNestedField) schema(s, inner *data.Schema) (*data.Schema, error) {
	f, ok := inner.Field(x.inner)
	if !ok {
		return nil, smt.NullPointer("There is no field " + x.inner + " in " + x.outer)
	}
	b := sameNamed(s)
	for _, f := range s.Fields() {
		b.Field(f.Name, f.Schema)
	}
	return b.Field(f.Name, f.Schema).Build()
}

func (x *extractNestedField) Close() error { return nil }
