// Package avsc is a model of Avro schemas that keeps everything a schema's text holds, prints it as Avro's Java library 1.12 does, and checks it
// with that library's rules and words.
package avsc

import (
	"slices"
	"strings"
	"unicode"

	"github.com/moldau/moldau/internal/javafmt"
)

// Java classes of the errors.
const (
	SchemaParseException = "org.apache.avro.SchemaParseException"
	AvroRuntimeException = "org.apache.avro.AvroRuntimeException"
	AvroTypeException    = "org.apache.avro.AvroTypeException"
)

func parseError(message string) error {
	return javafmt.NewException(SchemaParseException, message, nil)
}

func runtimeError(message string) error {
	return javafmt.NewException(AvroRuntimeException, message, nil)
}

// Type is the type of a schema.
type Type uint8

// The types.
const (
	NullType Type = iota
	BooleanType
	IntType
	LongType
	FloatType
	DoubleType
	BytesType
	StringType
	RecordType
	EnumType
	ArrayType
	MapType
	UnionType
	FixedType
)

var typeNames = [...]string{
	"null", "boolean", "int", "long", "float", "double", "bytes", "string", "record", "enum", "array", "map", "union", "fixed",
}

// String returns the name of the type as schemas write it.
func (t Type) String() string { return typeNames[t] }

// Named reports whether schemas of the type have names of their own.
func (t Type) Named() bool { return t == RecordType || t == EnumType || t == FixedType }

func typeOf(name string) (Type, bool) {
	i := slices.Index(typeNames[:], name)
	return Type(max(i, 0)), i >= 0
}

// Schema is an Avro schema. It does not change once it is complete.
type Schema struct {
	Type Type
	// Name and Space are the last part and the namespace of a named type's full name; Space is "" where there is none.
	Name, Space string
	// Error marks a record that is declared as error.
	Error   bool
	Doc     *string
	Fields  []*Field
	Symbols []string
	// EnumDefault is the default symbol of an enum.
	EnumDefault *string
	// Elem is the schema of an array's elements or a map's values.
	Elem *Schema
	// Types are the members of a union.
	Types   []*Schema
	Size    int
	Props   []Prop
	Aliases []Alias
}

// Prop is a property that Avro itself gives no meaning.
type Prop struct {
	Name  string
	Value *Node
}

// Alias is another full name of a named type.
type Alias struct{ Name, Space string }

// Field is a field of a record.
type Field struct {
	Name   string
	Schema *Schema
	Doc    *string
	// Default is nil where there is none.
	Default *Node
	// Order is "" for ascending.
	Order   string
	Aliases []string
	Props   []Prop
}

// New returns a schema of a type without attributes.
func New(t Type) *Schema { return &Schema{Type: t} }

// NewNamed returns a record, enum or fixed of a name. A name with dots brings its namespace, which then is that and not space.
func NewNamed(t Type, name, space string) (*Schema, error) {
	name, space = cut(name, space)
	if err := ValidName(name); err != nil {
		return nil, err
	}
	return &Schema{Type: t, Name: name, Space: space}, nil
}

// cut splits a full name; without a dot its namespace is space.
func cut(name, space string) (string, string) {
	if i := strings.LastIndexByte(name, '.'); i >= 0 {
		return name[i+1:], name[:i]
	}
	return name, space
}

// ValidName checks a name without namespace.
func ValidName(name string) error {
	if name == "" {
		return parseError("Empty name")
	}
	for i, r := range name {
		if r == '_' || unicode.IsLetter(r) && r <= 0xffff || i > 0 && unicode.IsDigit(r) && r <= 0xffff {
			continue
		}
		if i == 0 {
			return parseError("Illegal initial character: " + name)
		}
		return parseError("Illegal character in: " + name)
	}
	return nil
}

// FullName returns the full name of a named type, the type's name for others.
func (s *Schema) FullName() string {
	if !s.Type.Named() {
		return s.Type.String()
	}
	return full(s.Name, s.Space)
}

func full(name, space string) string {
	if space == "" {
		return name
	}
	return space + "." + name
}

// SetFields gives a record its fields.
func (s *Schema) SetFields(fields []*Field) error {
	seen := make(map[string]bool, len(fields))
	for _, f := range fields {
		if seen[f.Name] {
			return runtimeError("Duplicate field " + f.Name + " in record " + s.FullName())
		}
		seen[f.Name] = true
	}
	s.Fields = fields
	return nil
}

// SetSymbols gives an enum its symbols and its default, if that is not nil.
func (s *Schema) SetSymbols(symbols []string, def *string) error {
	return s.setSymbols(symbols, def, true)
}

func (s *Schema) setSymbols(symbols []string, def *string, strict bool) error {
	for i, symbol := range symbols {
		if err := ValidName(symbol); strict && err != nil {
			return err
		}
		if slices.Contains(symbols[:i], symbol) {
			return parseError("Duplicate enum symbol: " + symbol)
		}
	}
	if def != nil && !slices.Contains(symbols, *def) {
		return parseError("The Enum Default: " + *def + " is not in the enum symbol set: [" + strings.Join(symbols, ", ") + "]")
	}
	s.Symbols, s.EnumDefault = symbols, def
	return nil
}

// NewUnion returns the union of the types.
func NewUnion(types ...*Schema) (*Schema, error) {
	seen := make(map[string]bool, len(types))
	for _, t := range types {
		if t.Type == UnionType {
			return nil, runtimeError("Nested union: " + t.String())
		}
		name := t.FullName()
		if seen[name] {
			return nil, runtimeError("Duplicate in union:" + name)
		}
		seen[name] = true
	}
	return &Schema{Type: UnionType, Types: types}, nil
}

// Branch returns the index of the union's member of a full name, or of a type's name; -1 where there is none.
func (s *Schema) Branch(name string) int {
	return slices.IndexFunc(s.Types, func(t *Schema) bool { return t.FullName() == name })
}

// Nullable reports whether the schema is a union with null.
func (s *Schema) Nullable() bool { return s.Type == UnionType && s.Branch("null") >= 0 }

// Field returns a field of a record, nil where there is none.
func (s *Schema) Field(name string) *Field {
	if i := s.FieldIndex(name); i >= 0 {
		return s.Fields[i]
	}
	return nil
}

// FieldIndex returns the index of a field, -1 where there is none.
func (s *Schema) FieldIndex(name string) int {
	return slices.IndexFunc(s.Fields, func(f *Field) bool { return f.Name == name })
}

// Prop returns a property, nil where there is none.
func (s *Schema) Prop(name string) *Node { return propOf(s.Props, name) }

// Prop returns a property, nil where there is none.
func (f *Field) Prop(name string) *Node { return propOf(f.Props, name) }

func propOf(props []Prop, name string) *Node {
	for i := range props {
		if props[i].Name == name {
			return props[i].Value
		}
	}
	return nil
}

// TextProp returns a property that is text; ok is false where there is none.
func (s *Schema) TextProp(name string) (text string, ok bool) {
	n := s.Prop(name)
	if n == nil || n.Kind != TextNode {
		return "", false
	}
	return n.Text, true
}

// AddProp adds a property. One that is there may only be added again with an equal value.
func (s *Schema) AddProp(name string, value *Node) error {
	if reserved(name, s.Type) {
		return runtimeError("Can't set reserved property: " + name)
	}
	if old := s.Prop(name); old != nil {
		if old.Equal(value) {
			return nil
		}
		return runtimeError("Can't overwrite property: " + name)
	}
	s.Props = append(s.Props, Prop{name, value})
	return nil
}

var (
	reservedOfSchemas = []string{"doc", "fields", "items", "name", "namespace", "size", "symbols", "values", "type", "aliases"}
	reservedOfFields  = []string{"default", "doc", "name", "order", "type", "aliases"}
)

func reserved(name string, t Type) bool {
	return slices.Contains(reservedOfSchemas, name) || t == EnumType && name == "default"
}
