package jcustenborder

import (
	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/internal/javafmt"
	"github.com/moldau/moldau/transforms/internal/smt"
)

// process is what a transformation does with the types it supports (BaseTransformation); nil functions are types it does not.
type process struct {
	bytes, text func(a *data.Arena, s *data.Schema, v data.Value) (*data.Schema, data.Value, error)
	object      func(a *data.Arena, m *data.Map) (data.Value, error)
	// structs gets the schema of the record, and nil for a null.
	structs func(a *data.Arena, schema *data.Schema, s *data.Struct) (*data.Schema, data.Value, error)
}

// apply changes a part of the record.
func (x process) apply(r *connect.Record, p smt.Part) error {
	schema, v := p.Of(r)
	if schema == nil && v.IsNull() {
		return nil
	}
	if v.Kind() == data.MapKind {
		if x.object == nil {
			return unsupported("MAP")
		}
		out, err := x.object(r.Arena(), v.Map())
		if err == nil {
			p.Set(r, nil, out)
		}
		return err
	}
	if schema == nil {
		if schema = schemaOf(v); schema == nil {
			return unsupported(v.JavaClass())
		}
	}
	if schema.Kind() == data.StructKind && x.structs != nil {
		return x.applyStruct(r, p, schema, v)
	}
	run := x.text
	if schema.ValueKind() == data.BytesKind {
		run = x.bytes
	} else if schema.ValueKind() != data.StringKind {
		run = nil
	}
	if run == nil {
		return unsupported(typeName(schema))
	}
	outSchema, out, err := run(r.Arena(), schema, v)
	if err == nil {
		p.Set(r, outSchema, out)
	}
	return err
}

func (x process) applyStruct(r *connect.Record, p smt.Part, schema *data.Schema, v data.Value) error {
	s := v.Struct()
	if s == nil && !v.IsNull() {
		return smt.CastError(v, "org.apache.kafka.connect.data.Struct")
	}
	outSchema, out, err := x.structs(r.Arena(), schema, s)
	if err == nil {
		p.Set(r, outSchema, out)
	}
	return err
}

// typeName returns what errors call the type of a schema.
func typeName(s *data.Schema) string {
	switch s.ValueKind() {
	case data.TimestampKind:
		return "Timestamp"
	case data.DateKind:
		return "Date"
	case data.TimeKind:
		return "Time"
	case data.DecimalKind:
		return "Decimal"
	}
	return s.Kind().String()
}

// schemaOf returns the schema of a value that has none, nil for types that get none.
func schemaOf(v data.Value) *data.Schema {
	switch kind := v.Kind(); {
	case kind == data.StructKind:
		return v.Struct().Schema()
	case kind.IsTemporal():
		return data.OptionalTimestampSchema
	case kind == data.DecimalKind:
		d, _ := v.Decimal()
		return data.DecimalSchema(d.Scale()).AsOptional(true)
	case kind == data.ListKind || kind == data.ForeignKind:
		return nil
	default:
		return data.SchemaOfKind(kind).AsOptional(true)
	}
}

func unsupported(what string) error {
	return javafmt.NewException(javafmt.UnsupportedOperation, what+" is not a supported type.", nil)
}
