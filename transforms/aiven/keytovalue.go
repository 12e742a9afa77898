package aiven

import (
	"context"
	"strings"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/connect/data/values"
	"github.com/moldau/moldau/transforms/internal/smt"
)

// keyToValue copies fields of the key into the value (KeyToValue).
type keyToValue struct {
	copies       []keyCopy
	named, whole bool
	plans        smt.Known[[2]*data.Schema, *mergedValue]
	maps         smt.MapCopier
}

// keyCopy is a field of the value with the field of the key that it gets, * for the whole key.
type keyCopy struct{ value, key string }

const wholeKey = "*"

var keyToValueKeys = config.NewDef(
	config.Key{Name: "key.fields", Type: config.List, Default: config.NoDefault, Importance: config.High,
		Doc: "Names of the fields of the key to copy into the value; * is the whole key."},
	config.Key{Name: "value.fields", Type: config.List, Default: []string{}, Importance: config.High,
		Doc: "Names of the fields of the value to add or replace, in the order of key.fields. Where there are fewer, the fields are called as in the key, and the whole key _key."},
)

func keyToValuePlugins() []connect.Plugin {
	return []connect.Plugin{smt.One(classPrefix+"KeyToValue", "Copies fields of the key, or the whole key, into the value.", keyToValueKeys,
		func() connect.Transformation { return new(keyToValue) })}
}

func (x *keyToValue) Configure(props map[string]string) error {
	parsed, err := keyToValueKeys.ParseStrings(props)
	if err != nil {
		return err
	}
	names := parsed.List("value.fields")
	for i, key := range parsed.List("key.fields") {
		value := key
		if i < len(names) {
			value = names[i]
		}
		if value == wholeKey {
			value = "_key"
		}
		for _, c := range x.copies {
			if c.value == value {
				return smt.DataError("More than one key value is copied to the value field name '" + value + "'")
			}
		}
		x.copies = append(x.copies, keyCopy{value, key})
		x.named = x.named || key != wholeKey
		x.whole = x.whole || key == wholeKey
	}
	return nil
}

func (x *keyToValue) Apply(_ context.Context, r *connect.Record) (bool, error) {
	if err := x.check(r); err != nil {
		return false, err
	}
	if s := r.Value().Struct(); s != nil {
		return true, x.intoStruct(r, s)
	}
	m := r.Value().Map()
	if m == nil {
		return false, smt.NullPointer("the value is null")
	}
	return true, x.intoMap(r, m)
}

// check refuses keys without the fields wanted and values that cannot get them.
func (x *keyToValue) check(r *connect.Record) error {
	key, schema := r.Key(), r.KeySchema()
	if x.named && schema != nil && schema.Kind() != data.StructKind {
		return smt.DataError("Named key fields " + x.keyNames() + " cannot be copied from the key schema: " + schema.Kind().String())
	}
	if x.named && schema == nil && key.Kind() != data.MapKind && key.Kind() != data.StructKind {
		if key.IsNull() {
			return smt.NullPointer("the key is null")
		}
		return smt.DataError("Named key fields " + x.keyNames() + " cannot be copied from the key class: " + key.JavaClass())
	}
	value := r.ValueSchema()
	if x.whole && schema == nil && key.Kind() == data.MapKind && value != nil && value.Kind() == data.StructKind {
		return smt.DataError("The value requires a schema, but the key class is a schemaless Map")
	}
	if value == nil && r.Value().Kind() != data.MapKind || value != nil && value.Kind() != data.StructKind {
		return smt.DataError("The value needs to be a Struct or Map in order to append fields")
	}
	return nil
}

func (x *keyToValue) keyNames() string {
	names := make([]string, len(x.copies))
	for i, c := range x.copies {
		names[i] = c.key
	}
	return "[" + strings.Join(names, ", ") + "]"
}

// mergedValue is the schema of values with fields of the key, and where its fields come from.
type mergedValue struct {
	schema *data.Schema
	fields []mergedField
}

// mergedField has the index of the field in the value or the key.
type mergedField struct {
	ofKey bool
	index int // -1 for the whole key
}

func (x *keyToValue) intoStruct(r *connect.Record, s *data.Struct) error {
	key, schema := r.Key(), r.KeySchema()
	if schema == nil {
		if key.IsNull() {
			return smt.NullPointer("the key is null")
		}
		var err error
		if schema, err = values.Infer(key); err != nil {
			return err
		}
		if schema == nil {
			return smt.DataError("Cannot infer schema for unsupported key class: " + key.JavaClass())
		}
	}
	plan, err := x.plans.Get([2]*data.Schema{schema, s.Schema()}, x.merge)
	if err != nil {
		return err
	}
	b := r.Arena().Struct(plan.schema)
	keyStruct := key.Struct()
	for i, f := range plan.fields {
		switch {
		case !f.ofKey:
			smt.CopyField(&b, i, s, f.index, true)
		case f.index < 0:
			b.Set(i, key)
		case keyStruct != nil:
			b.Set(i, keyStruct.Get(f.index))
		}
	}
	out, err := b.BuildPartial()
	if err != nil {
		return err
	}
	r.SetValue(plan.schema, out.Value())
	return nil
}

// merge works out the schema of the value with the key's fields, which replace those of the same names in their places.
func (x *keyToValue) merge(schemas [2]*data.Schema) (*mergedValue, error) {
	key, value := schemas[0], schemas[1]
	plan := &mergedValue{}
	var fields []data.Field
	at := map[string]int{}
	for _, f := range value.Fields() {
		at[f.Name] = len(fields)
		fields, plan.fields = append(fields, f), append(plan.fields, mergedField{index: f.Index})
	}
	for _, c := range x.copies {
		from, schema := mergedField{ofKey: true, index: -1}, key
		if c.key != wholeKey {
			if key.Kind() != data.StructKind {
				return nil, smt.DataError("Cannot look up fields on non-struct type")
			}
			f, ok := key.Field(c.key)
			if !ok {
				return nil, smt.DataError("Key field '" + c.key + "' not found in key schema")
			}
			from.index, schema = f.Index, f.Schema
		}
		i, ok := at[c.value]
		if !ok {
			fields, plan.fields = append(fields, data.Field{}), append(plan.fields, mergedField{})
			i = len(fields) - 1
		}
		fields[i], plan.fields[i] = data.Field{Name: c.value, Schema: schema}, from
	}
	b := data.NewSchema(data.StructKind).CopyBasics(value).SetOptional(value.Optional())
	for _, f := range fields {
		b.Field(f.Name, f.Schema)
	}
	var err error
	plan.schema, err = b.Build()
	return plan, err
}

func (x *keyToValue) intoMap(r *connect.Record, m *data.Map) error {
	key := r.Key()
	b := x.maps.Copy(r.Arena(), m, len(x.copies))
	for _, c := range x.copies {
		switch {
		case c.key == wholeKey:
			b.Set(c.value, key)
		case key.Kind() == data.StructKind:
			v, err := key.Struct().Lookup(c.key)
			if err != nil {
				return err
			}
			b.Set(c.value, v)
		case key.Kind() == data.MapKind:
			b.Set(c.value, key.Map().Field(c.key))
		}
	}
	r.SetValue(nil, b.Build().Value())
	return nil
}

func (x *keyToValue) Close() error { return nil }
