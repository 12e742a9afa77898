package transforms

import (
	"context"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/transforms/internal/smt"
)

// valueToKey makes a new key of fields of the value (ValueToKey).
type valueToKey struct {
	fields       []string
	replaceNulls bool
	cache        smt.SchemaCache
}

var valueToKeyKeys = config.NewDef(
	config.Key{Name: "fields", Type: config.List, Default: config.NoDefault, Validator: config.AnyNonDuplicateValues(false, false), Importance: config.High,
		Doc: "Names of the fields of the value that make the key, in the order of the key's fields."},
	replaceNull(),
)

func valueToKeyPlugins() []connect.Plugin {
	return one("ValueToKey", "Replaces the key by a struct or map with some fields of the value.", valueToKeyKeys,
		func() connect.Transformation { return new(valueToKey) })
}

func (x *valueToKey) Configure(props map[string]string) error {
	values, err := valueToKeyKeys.ParseStrings(props)
	if err != nil {
		return err
	}
	x.fields, x.replaceNulls = values.List("fields"), values.Bool(replaceNullKey)
	return nil
}

const copyPurpose = "copying fields from value to key"

func (x *valueToKey) Apply(_ context.Context, r *connect.Record) (bool, error) {
	if r.ValueSchema() == nil {
		m, err := smt.RequireMap(r.Value(), copyPurpose)
		if err != nil {
			return false, err
		}
		b := r.Arena().Map(len(x.fields))
		b.JavaHashMap(len(x.fields))
		for _, name := range x.fields {
			b.Set(name, m.Field(name))
		}
		r.SetKey(nil, b.Build().Value())
		return true, nil
	}
	s, err := smt.RequireStruct(r.Value(), copyPurpose)
	if err != nil {
		return false, err
	}
	schema, err := x.cache.Get(s.Schema(), x.keySchema)
	if err != nil {
		return false, err
	}
	b := r.Arena().Struct(schema)
	for i, name := range x.fields {
		f, _ := s.Schema().Field(name)
		b.Set(i, smt.FieldOf(s, f.Index, x.replaceNulls))
	}
	key, err := b.BuildPartial()
	if err != nil {
		return false, err
	}
	r.SetKey(schema, key.Value())
	return true, nil
}

func (x *valueToKey) keySchema(value *data.Schema) (*data.Schema, error) {
	b := data.NewSchema(data.StructKind)
	for _, name := range x.fields {
		f, ok := value.Field(name)
		if !ok {
			return nil, smt.DataError("Field does not exist: " + name)
		}
		b.Field(name, f.Schema)
	}
	return b.Build()
}

func (x *valueToKey) Close() error { return nil }
