// Package everit holds JSON Schemas as the library everit-json-schema does, on which Confluent's converter is built: how a text is understood as
// schemas of certain types, and how schemas are printed.
package everit

import "github.com/moldau/moldau/converters/jsonschema/internal/tree"

// Type is the type of a schema: which of the library's classes it is.
type Type uint8

// The types. An EmptySchema allows everything, a TrueSchema is one that was written as true.
const (
	EmptySchema Type = iota
	TrueSchema
	FalseSchema
	NullSchema
	BooleanSchema
	NumberSchema
	StringSchema
	ConstSchema
	EnumSchema
	ArraySchema
	ObjectSchema
	CombinedSchema
	ReferenceSchema
	NotSchema
	ConditionalSchema
)

// String returns the name of the library's class.
func (t Type) String() string {
	return [...]string{"EmptySchema", "TrueSchema", "FalseSchema", "NullSchema", "BooleanSchema", "NumberSchema", "StringSchema", "ConstSchema", "EnumSchema",
		"ArraySchema", "ObjectSchema", "CombinedSchema", "ReferenceSchema", "NotSchema", "ConditionalSchema"}[t]
}

// Criterion says how the members of a combined schema are combined.
type Criterion uint8

// The criteria.
const (
	OneOf Criterion = iota
	AnyOf
	AllOf
)

// String returns the keyword.
func (c Criterion) String() string { return [...]string{"oneOf", "anyOf", "allOf"}[c] }

// Param is a parameter of Connect.
type Param struct{ Key, Value string }

// Property is a property of an object.
type Property struct {
	Name   string
	Schema *Schema
}

// Schema is a JSON Schema. Once it is complete it does not change.
type Schema struct {
	Type           Type
	Title, Doc, ID *string
	Default        *tree.Node

	// ConnectIndex, ConnectVersion, ConnectType and Params are the members connect.* of the schema.
	ConnectIndex, ConnectVersion *int32
	ConnectType                  *string
	Params                       []Param
	// Wrong is the error of whoever reads members connect.* that are of a wrong type.
	Wrong error

	// Integer makes a number an integer.
	Integer bool
	// Required says of numbers, strings, arrays and objects that the schema asks for the type, not only for how values of it must be.
	Required bool

	// Values are those of an enum, or the one of a const.
	Values []*tree.Node

	Criterion Criterion
	// Members of a combined schema. Generated marks one that no keyword stands for.
	Members   []*Schema
	Generated bool

	// Items is the schema of all elements of an array.
	Items *Schema

	// Properties of an object, in the order of the text; Closed says that no others may occur, Additional what they must be, Needed which must occur.
	Properties []Property
	Closed     bool
	Additional *Schema
	Needed     map[string]bool

	// Target is what a reference refers to, by the text Ref.
	Target *Schema
	Ref    string

	// Limits are the members that restrict values further, in Java's words such as minLength. They matter for comparisons only.
	Limits map[string]*tree.Node
}

// Property returns a property's schema, nil where there is none.
func (s *Schema) Property(name string) *Schema {
	for i := range s.Properties {
		if s.Properties[i].Name == name {
			return s.Properties[i].Schema
		}
	}
	return nil
}

// put sets a property; one that is set again keeps its place, as in a map.
func (s *Schema) put(name string, p *Schema) {
	for i := range s.Properties {
		if s.Properties[i].Name == name {
			s.Properties[i].Schema = p
			return
		}
	}
	s.Properties = append(s.Properties, Property{name, p})
}
