package debezium

import (
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/transforms/internal/smt"
)

// basics returns a builder with type, name, version, documentation and parameters of a schema (Connect's SchemaUtil.copySchemaBasics). That of a
// struct has no fields.
func basics(s *data.Schema) *data.SchemaBuilder {
	switch s.Kind() {
	case data.ListKind:
		return data.NewListSchema(s.Elem()).CopyBasics(s)
	case data.MapKind:
		return data.NewMapSchema(s.Key(), s.Elem()).CopyBasics(s)
	}
	return data.NewSchema(s.Kind()).CopyBasics(s)
}

// sameFields returns s as a struct of a schema that has the same fields.
func sameFields(a *data.Arena, s *data.Struct, schema *data.Schema) (*data.Struct, error) {
	b := a.Struct(schema)
	smt.CopyFields(&b, s, true)
	return b.BuildPartial()
}
