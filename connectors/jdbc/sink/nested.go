package sink

import (
	"strings"

	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/connectors/jdbc/debezium"
	"github.com/moldau/moldau/connectors/jdbc/dialect"
)

// Values of moldau.nested.
const (
	nestedRefuse  = "refuse"
	nestedJSON    = "json"
	nestedFlatten = "flatten"
)

// isNested reports whether values of a schema hold others.
func isNested(s *data.Schema) bool {
	switch s.ValueKind() {
	case data.StructKind, data.MapKind, data.ListKind:
		return true
	}
	return false
}

// jsonText marks texts that are JSON, of records without schema.
var jsonText = data.NewSchema(data.StringKind).Name("io.debezium.data.Json").Version(1).Optional().MustBuild()

// columnType is the type of a new column.
func (s *settings) columnType(f *field) (string, error) {
	isJSON := f.Schema == jsonText && (f.from == fromValueMember || f.from == fromKeyMember) // Debezium may have the same schema
	if !isJSON {
		kind, err := s.types.TypeFor(f.NewColumn)
		if err == nil || s.nested != nestedJSON || !isNested(f.Schema) {
			return kind, err
		}
	}
	if d, ok := s.Dialect.(dialect.JSONTyper); ok {
		return d.JSONType(), nil
	}
	return s.types.TypeFor(dialect.NewColumn{Name: f.Name, Schema: data.OptionalStringSchema})
}

// converter returns how values of a field become arguments for a column.
func (s *settings) converter(f *field, c *dialect.Column) func(data.Value) (dialect.Arg, error) {
	if f.from == fromValueMember || f.from == fromKeyMember {
		return s.coercion(f.Schema, c)
	}
	if isNested(f.Schema) && s.nested == nestedJSON && (f.Schema.ValueKind() != data.ListKind || c.Elem == nil) && !isArray(c) && c.Type != "hstore" {
		if f.Schema.ValueKind() != data.StructKind || s.types.Convert(f.Schema) == nil {
			return debezium.JSON
		}
	}
	return s.types.Convert(f.Schema)
}

// isArray tells array columns of types that have no place in dialect.JDBC: PostgreSQL names them after their elements.
func isArray(c *dialect.Column) bool { return strings.HasPrefix(c.Type, "_") }
