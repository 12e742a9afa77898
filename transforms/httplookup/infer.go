package httplookup

import (
	"slices"

	"github.com/moldau/moldau/connect/data"
)

// form is what is known of the type of JSON values that are to have one schema.
type form struct {
	kind data.Kind // NullKind: only nulls so far
	// names and members are those of objects, in the order in which they came first.
	names   []string
	members []*form
	elem    *form // of arrays
}

// learn widens the form so that v fits: whole numbers become fractions where they have to, objects get the members of both, and what fits nothing
// else becomes text.
func (f *form) learn(v data.Value) {
	kind := v.Kind()
	switch kind {
	case data.NullKind:
		return
	case data.BoolKind, data.Int64Kind, data.Float64Kind, data.StringKind, data.ListKind, data.MapKind:
	default:
		kind = data.StringKind // numbers beyond 64 bits
	}
	switch {
	case f.kind == data.NullKind:
		f.kind = kind
	case f.kind == data.Int64Kind && kind == data.Float64Kind, f.kind == data.Float64Kind && kind == data.Int64Kind:
		f.kind = data.Float64Kind
	case f.kind != kind:
		*f = form{kind: data.StringKind}
		return
	}
	switch kind {
	case data.ListKind:
		if f.elem == nil {
			f.elem = &form{}
		}
		for _, x := range v.List().All() {
			f.elem.learn(x)
		}
	case data.MapKind:
		for k, x := range v.Map().All() {
			f.member(k.String()).learn(x)
		}
	}
}

func (f *form) member(name string) *form {
	if i := slices.Index(f.names, name); i >= 0 {
		return f.members[i]
	}
	f.names, f.members = append(f.names, name), append(f.members, &form{})
	return f.members[len(f.members)-1]
}

// schema returns the schema, which is optional as all within it. Nulls only make a text.
func (f *form) schema() (*data.Schema, error) {
	switch f.kind {
	case data.NullKind:
		return data.OptionalStringSchema, nil
	case data.ListKind:
		elem, err := f.elem.schema()
		if err != nil {
			return nil, err
		}
		return data.NewListSchema(elem).Optional().Build()
	case data.MapKind:
		b := data.NewSchema(data.StructKind).Optional()
		for i, name := range f.names {
			s, err := f.members[i].schema()
			if err != nil {
				return nil, err
			}
			b.Field(name, s)
		}
		return b.Build()
	}
	return data.SchemaOfKind(f.kind).AsOptional(true), nil
}

// inferred returns the value as its own members say.
func (x *reader) inferred(v data.Value) (*typedValue, error) {
	f := &form{}
	f.learn(v)
	schema, err := f.schema()
	if err != nil {
		return nil, err
	}
	x.arena.Reset()
	out, err := x.fit(x.arena, schema, v)
	return &typedValue{schema, out.Detach()}, err
}

// fit returns v as a value of an inferred schema.
func (x *reader) fit(a *data.Arena, schema *data.Schema, v data.Value) (data.Value, error) {
	if v.IsNull() {
		return v, nil
	}
	switch schema.Kind() {
	case data.StringKind:
		return x.text(v)
	case data.Float64Kind:
		if n, ok := v.Int64(); ok {
			return data.Float64(float64(n)), nil
		}
	case data.ListKind:
		b := a.List(v.List().Len())
		for _, e := range v.List().All() {
			e, err := x.fit(a, schema.Elem(), e)
			if err != nil {
				return data.Null, err
			}
			b.Append(e)
		}
		return b.Build().Value(), nil
	case data.StructKind:
		b := a.Struct(schema)
		for k, e := range v.Map().All() {
			f, _ := schema.Field(k.String())
			e, err := x.fit(a, f.Schema, e)
			if err != nil {
				return data.Null, err
			}
			b.Set(f.Index, e)
		}
		s, err := b.Build()
		return s.Value(), err
	}
	return v, nil
}
