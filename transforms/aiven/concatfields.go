package aiven

import (
	"context"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/transforms/internal/smt"
)

// concatFields adds a field with the texts of others joined (ConcatFields).
type concatFields struct {
	part                       smt.Part
	fields                     []string
	output, delimiter, missing string
	schemas                    smt.SchemaCache
	maps                       smt.MapCopier
	text                       []byte
}

var concatFieldsKeys = config.NewDef(
	config.Key{Name: "field.names", Type: config.List, Default: config.NoDefault, Importance: config.High,
		Doc: "Names of the fields whose texts to join, in their order."},
	config.Key{Name: "output.field.name", Type: config.String, Default: config.NoDefault, Validator: config.NonEmptyString(), Importance: config.High,
		Doc: "Name of the field to add for the joined text."},
	config.Key{Name: "field.replace.missing", Type: config.String, Default: "", Importance: config.High,
		Doc: "Text for a field that is not there or null."},
	config.Key{Name: "delimiter", Type: config.String, Default: "", Importance: config.High,
		Doc: "Text between those of two fields."},
)

func concatFieldsPlugins() []connect.Plugin {
	return smt.Both(classPrefix+"ConcatFields", "Adds a field with the texts of other fields joined. The name of the schema is lost.", concatFieldsKeys,
		func(p smt.Part) connect.Transformation { return &concatFields{part: p} })
}

func (x *concatFields) Configure(props map[string]string) error {
	values, err := concatFieldsKeys.ParseStrings(props)
	if err != nil {
		return err
	}
	x.fields, x.output = values.List("field.names"), values.String("output.field.name")
	x.delimiter, x.missing = values.String("delimiter"), values.String("field.replace.missing")
	return nil
}

func (x *concatFields) Apply(_ context.Context, r *connect.Record) (bool, error) {
	schema, v := x.part.Of(r)
	switch v.Kind() {
	case data.NullKind:
		return false, nullPart(x.part, r)
	case data.StructKind:
		return true, x.ofStruct(r, v.Struct())
	case data.MapKind:
		if schema != nil {
			return false, smt.DataError("Cannot list fields on non-struct type")
		}
		x.ofMap(r, v.Map())
		return true, nil
	}
	return false, notObject(r)
}

func (x *concatFields) ofStruct(r *connect.Record, s *data.Struct) error {
	schema, err := x.schemas.Get(s.Schema(), x.extend)
	if err != nil {
		return err
	}
	b := r.Arena().Struct(schema)
	smt.CopyFields(&b, s, true)
	b.Set(s.Len(), x.join(r.Arena(), s.Field))
	out, err := b.BuildPartial()
	if err != nil {
		return err
	}
	x.part.Set(r, schema, out.Value())
	return nil
}

func (x *concatFields) ofMap(r *connect.Record, m *data.Map) {
	b := x.maps.Copy(r.Arena(), m, 1)
	b.Set(x.output, x.join(r.Arena(), m.Field))
	x.part.Set(r, nil, b.Build().Value())
}

// join returns the texts of the fields that field returns.
func (x *concatFields) join(a *data.Arena, field func(string) data.Value) data.Value {
	x.text = x.text[:0]
	for i, name := range x.fields {
		if i > 0 {
			x.text = append(x.text, x.delimiter...)
		}
		if v := field(name); v.IsNull() {
			x.text = append(x.text, x.missing...)
		} else {
			x.text = v.AppendString(x.text)
		}
	}
	return smt.ArenaText(a, x.text)
}

// extend returns a schema with the fields of another and the new one, and nothing else of it.
func (x *concatFields) extend(s *data.Schema) (*data.Schema, error) {
	return smt.WithFields(data.NewSchema(data.StructKind), s).Field(x.output, data.OptionalStringSchema).Build()
}

func (x *concatFields) Close() error { return nil }
