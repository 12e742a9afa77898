package aiven

import (
	"context"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/connect/data/values"
	"github.com/moldau/moldau/internal/javafmt"
	"github.com/moldau/moldau/transforms/internal/smt"
)

// filterByFieldValue keeps the records with a certain value in a field (FilterByFieldValue).
type filterByFieldValue struct {
	part     smt.Part
	field    string
	expected data.Value
	pattern  *javafmt.Regex
	matches  bool
}

var filterByFieldValueKeys = config.NewDef(
	config.Key{Name: "field.name", Type: config.String, Default: nil, Importance: config.High,
		Doc: "Name of the field to look at. Without it the whole key or value is looked at, which must have no schema then."},
	config.Key{Name: "field.value", Type: config.String, Default: nil, Importance: config.High,
		Doc: "Value to expect. Its type is guessed from its text, as for headers, and must be that of the field: 42 is an INT8. Either this or field.value.pattern is to be set."},
	config.Key{Name: "field.value.pattern", Type: config.String, Default: nil, Importance: config.High,
		Doc: "Java regular expression to find in the text of the field."},
	config.Key{Name: "field.value.matches", Type: config.Boolean, Default: true, Importance: config.Medium,
		Doc: "Whether to keep the records that match; with false the others are kept."},
)

func filterByFieldValuePlugins() []connect.Plugin {
	return smt.Both(classPrefix+"FilterByFieldValue", "Keeps the records whose field has a certain value or matches a pattern. Records where the key or value is null are always kept.",
		filterByFieldValueKeys, func(p smt.Part) connect.Transformation { return &filterByFieldValue{part: p} })
}

func (x *filterByFieldValue) Configure(props map[string]string) error {
	parsed, err := filterByFieldValueKeys.ParseStrings(props)
	if err != nil {
		return err
	}
	x.field, x.matches = parsed.String("field.name"), parsed.Bool("field.value.matches")
	pattern := parsed.String("field.value.pattern")
	if parsed.IsSet("field.value") == (pattern != "") {
		return config.Failed("Either field.value or field.value.pattern have to be set to apply filter transform")
	}
	if pattern != "" {
		x.pattern, err = javafmt.Compile(pattern, 0)
		return err
	}
	_, x.expected = values.Parse(parsed.String("field.value"))
	return nil
}

func (x *filterByFieldValue) Apply(_ context.Context, r *connect.Record) (bool, error) {
	schema, v := x.part.Of(r)
	if v.IsNull() {
		return true, nil
	}
	field, err := x.fieldOf(schema, v)
	if err != nil {
		return false, err
	}
	matches, err := x.test(field)
	return matches == x.matches && err == nil, err
}

func (x *filterByFieldValue) fieldOf(schema *data.Schema, v data.Value) (data.Value, error) {
	switch {
	case schema != nil:
		s := v.Struct()
		if s == nil {
			return data.Null, smt.CastError(v, "org.apache.kafka.connect.data.Struct")
		}
		f, ok := s.Schema().Field(x.field)
		if !ok {
			return data.Null, smt.NullPointer("the struct has no field " + x.field)
		}
		return s.Get(f.Index), nil
	case x.field == "":
		return v, nil
	}
	m := v.Map()
	if m == nil {
		return data.Null, smt.CastError(v, "java.util.Map")
	}
	return m.Field(x.field), nil
}

func (x *filterByFieldValue) test(v data.Value) (bool, error) {
	if x.pattern == nil {
		if v.IsNull() || x.expected.IsNull() {
			return false, smt.NullPointer("field.value is compared with a null")
		}
		return x.expected.Equal(v), nil
	}
	if v.IsNull() {
		return false, nil
	}
	text, err := values.ToString(nil, v)
	if err != nil {
		return false, err
	}
	m, err := x.pattern.Find(text.String())
	return m != nil, err
}

func (x *filterByFieldValue) Close() error { return nil }
