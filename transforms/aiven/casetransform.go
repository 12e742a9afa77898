package aiven

import (
	"context"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/transforms/internal/smt"
)

// caseTransform changes the case of the text in fields (CaseTransform).
type caseTransform struct {
	part   smt.Part
	fields []string
	change func(string) string
	plans  smt.BySchema[[]int]
	maps   smt.MapCopier
}

var caseTransformKeys = config.NewDef(
	config.Key{Name: "field.names", Type: config.List, Default: config.NoDefault, Importance: config.High,
		Doc: "Names of the fields with the text to change. In a struct, fields of other types than STRING stay what they are; in a map without schema the text of any value is taken, and a field that is not there is added as null."},
	config.Key{Name: "case", Type: config.String, Default: config.NoDefault, Validator: config.NonEmptyString(), Importance: config.High,
		Doc: "upper or lower."},
)

func caseTransformPlugins() []connect.Plugin {
	return smt.Both(classPrefix+"CaseTransform", "Changes the text in fields to upper or lower case.", caseTransformKeys,
		func(p smt.Part) connect.Transformation { return &caseTransform{part: p} })
}

func (x *caseTransform) Configure(props map[string]string) error {
	values, err := caseTransformKeys.ParseStrings(props)
	if err != nil {
		return err
	}
	x.fields = values.List("field.names")
	switch name := values.String("case"); name {
	case "lower":
		x.change = lower
	case "upper":
		x.change = upper
	default:
		return illegalArgument("Unknown enum value " + name)
	}
	return nil
}

func (x *caseTransform) Apply(_ context.Context, r *connect.Record) (bool, error) {
	schema, v := x.part.Of(r)
	switch v.Kind() {
	case data.NullKind:
		return false, nullPart(x.part, r)
	case data.StructKind:
		out, err := x.ofStruct(r.Arena(), v.Struct())
		if err != nil {
			return false, err
		}
		x.part.Set(r, out.Schema(), out.Value())
		return true, nil
	case data.MapKind:
		x.part.Set(r, schema, x.ofMap(r.Arena(), v.Map()))
		return true, nil
	}
	return false, notObject(r)
}

func (x *caseTransform) ofStruct(a *data.Arena, s *data.Struct) (*data.Struct, error) {
	// No error is possible.
	fields, _ := x.plans.Get(s.Schema(), x.plan)
	b := a.Struct(s.Schema())
	smt.CopyFields(&b, s, true)
	for _, i := range fields {
		if text, ok := s.Get(i).Text(); ok {
			b.Text(i, x.change(text))
		}
	}
	return b.BuildPartial()
}

// plan returns the fields of a schema that hold text.
func (x *caseTransform) plan(s *data.Schema) ([]int, error) {
	var fields []int
	for _, name := range x.fields {
		if f, ok := s.Field(name); ok && f.Schema.Kind() == data.StringKind {
			fields = append(fields, f.Index)
		}
	}
	return fields, nil
}

func (x *caseTransform) ofMap(a *data.Arena, m *data.Map) data.Value {
	b := x.maps.Copy(a, m, len(x.fields))
	for _, name := range x.fields {
		v := m.Field(name)
		if !v.IsNull() {
			v = a.Text(x.change(v.String()))
		}
		b.Set(name, v)
	}
	return b.Build().Value()
}

func (x *caseTransform) Close() error { return nil }
