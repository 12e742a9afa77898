package jsonschema

import (
	"github.com/moldau/moldau/converters/jsonschema/internal/everit"
	"github.com/moldau/moldau/converters/jsonschema/internal/tree"
)

// Schema is a JSON Schema.
type Schema = everit.Schema

// Property is a property of an object's schema.
type Property = everit.Property

// Param is a parameter that Connect gave to a schema.
type Param = everit.Param

// NewSchema returns a schema of a kind: a type of JSON Schema, or enum, map, oneOf, ref or empty; nil for other kinds.
func NewSchema(kind string) *Schema {
	switch kind {
	case "null":
		return &Schema{Type: everit.NullSchema}
	case "boolean":
		return &Schema{Type: everit.BooleanSchema}
	case "integer", "number":
		return &Schema{Type: everit.NumberSchema, Integer: kind == "integer", Required: true}
	case "string":
		return &Schema{Type: everit.StringSchema, Required: true}
	case "enum":
		return &Schema{Type: everit.EnumSchema}
	case "array":
		return &Schema{Type: everit.ArraySchema, Required: true}
	case "object", "map":
		return &Schema{Type: everit.ObjectSchema, Required: true}
	case "oneOf":
		return &Schema{Type: everit.CombinedSchema}
	case "ref":
		return &Schema{Type: everit.ReferenceSchema}
	case "empty":
		return &Schema{Type: everit.EmptySchema}
	}
	return nil
}

// ParseJSON parses a JSON value, such as the default of a schema.
func ParseJSON(text []byte) (*tree.Node, error) { return tree.Parse(text) }
