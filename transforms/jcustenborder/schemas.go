package jcustenborder

import (
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/transforms/internal/smt"
)

// sameNamed starts a struct schema with the name and optionality of another, which is all that most transformations here keep.
func sameNamed(s *data.Schema) *data.SchemaBuilder {
	b := data.NewSchema(data.StructKind).SetOptional(s.Optional())
	if s.Name() != "" {
		b.Name(s.Name())
	}
	return b
}

// rebuild returns s, of a record with the given schema, with what change makes of that schema: one with as many fields.
func rebuild(a *data.Arena, cache *smt.SchemaCache, schema *data.Schema, s *data.Struct, change func(*data.Schema) (*data.Schema, error)) (*data.Schema, data.Value, error) {
	out, err := cache.Get(schema, change)
	if err != nil {
		return nil, data.Null, err
	}
	if s == nil {
		return nil, data.Null, smt.NullPointer("The struct is null")
	}
	b := a.Struct(out)
	copyFields(&b, s)
	built, err := b.BuildPartial()
	return out, built.Value(), err
}

// copyFields sets the first fields to those of s, with their defaults for nulls. The record's schema may be another than that of its struct, so
// types are checked.
func copyFields(b *data.StructBuilder, s *data.Struct) {
	for i := range s.Len() {
		smt.CopyField(b, i, s, i, true)
	}
}
