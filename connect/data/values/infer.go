package values

import (
	"github.com/moldau/moldau/connect/data"
)

// Infer returns the schema that a value without schema would have, nil where there is none: for null, decimals and dates, empty lists and maps,
// and those of mixed types. As in Java it fails for a list or map whose parts are all null.
func Infer(v data.Value) (*data.Schema, error) {
	switch v.Kind() {
	case data.BoolKind, data.Int8Kind, data.Int16Kind, data.Int32Kind, data.Int64Kind, data.Float32Kind, data.Float64Kind, data.StringKind,
		data.BytesKind:
		return data.SchemaOfKind(v.Kind()), nil
	case data.StructKind:
		return v.Struct().Schema(), nil
	case data.ListKind:
		var elements detector
		for _, e := range v.List().All() {
			if ok, err := elements.detect(e); !ok {
				return nil, err
			}
		}
		if v.List().Len() == 0 {
			return nil, nil
		}
		elem, err := elements.build()
		if err != nil {
			return nil, err
		}
		return data.NewListSchema(elem).Build()
	case data.MapKind:
		return inferMap(v.Map())
	}
	return nil, nil
}

func inferMap(m *data.Map) (*data.Schema, error) {
	var keys, values detector
	if m.Len() == 0 {
		return nil, nil
	}
	for _, i := range m.JavaOrder() {
		if ok, err := keys.detect(m.Key(i)); !ok {
			return nil, err
		}
		if ok, err := values.detect(m.At(i)); !ok {
			return nil, err
		}
	}
	key, err := keys.build()
	if err != nil {
		return nil, err
	}
	elem, err := values.build()
	if err != nil {
		return nil, err
	}
	return data.NewMapSchema(key, elem).Build()
}

// detector finds the type that all parts of a list or map have; of their schemas it keeps nothing else.
type detector struct {
	kind     data.Kind
	optional bool
}

func (d *detector) detect(v data.Value) (bool, error) {
	if v.IsNull() {
		d.optional = true
		return true, nil
	}
	s, err := Infer(v)
	if s == nil || err != nil {
		return false, err
	}
	if d.kind == data.NullKind {
		d.kind = s.Kind()
	}
	return d.kind == s.Kind(), nil
}

func (d *detector) build() (*data.Schema, error) {
	b := data.NewSchema(d.kind)
	if d.optional {
		b.Optional()
	}
	return b.Build()
}
