package data

import (
	"github.com/moldau/moldau/internal/javafmt"
)

// SchemaBuilder makes a Schema, with the rules and words of Java's SchemaBuilder. Its methods may be chained; the first error is kept and Build
// returns it. A builder is used by one goroutine.
type SchemaBuilder struct {
	s           Schema
	optionalSet bool
	// given is the default as it was given, which Java compares by reference.
	given  Value
	fields []Field
	names  map[string]int32
	self   *Schema
	err    error
}

// NewSchema starts a schema of a kind, BoolKind to StructKind. A list or map begun so has no schema of its elements.
func NewSchema(k Kind) *SchemaBuilder {
	b := &SchemaBuilder{}
	b.s.kind = k
	if k < BoolKind || k > StructKind {
		b.fail("type cannot be null")
	}
	return b
}

// NewStructSchema starts a struct schema. An empty name is no name.
func NewStructSchema(name string, fields ...Field) *SchemaBuilder {
	b := NewSchema(StructKind)
	if name != "" {
		b.Name(name)
	}
	for _, f := range fields {
		b.Field(f.Name, f.Schema)
	}
	return b
}

// NewListSchema starts the schema of lists of elem.
func NewListSchema(elem *Schema) *SchemaBuilder {
	b := NewSchema(ListKind)
	if elem == nil {
		return b.fail("valueSchema cannot be null.")
	}
	b.s.elem = elem
	return b
}

// NewMapSchema starts the schema of maps from key to elem.
func NewMapSchema(key, elem *Schema) *SchemaBuilder {
	b := NewSchema(MapKind)
	switch {
	case key == nil:
		return b.fail("keySchema cannot be null.")
	case elem == nil:
		return b.fail("valueSchema cannot be null.")
	}
	b.s.key, b.s.elem = key, elem
	return b
}

// NewMapOfUnknown starts the schema of maps from key to values of no common schema, which Java's parser of texts makes.
func NewMapOfUnknown(key *Schema) *SchemaBuilder {
	b := NewSchema(MapKind)
	if key == nil {
		return b.fail("keySchema cannot be null.")
	}
	b.s.key = key
	return b
}

// Recursive builds a schema that contains itself: build gets the schema that stands for the one to be built, and uses it for fields, elements
// or map values like any other. Until Recursive returns, self has no attributes. Recursive schemas are not interned.
func Recursive(build func(self *Schema) *SchemaBuilder) (*Schema, error) {
	self := &Schema{cyclic: true}
	b := build(self)
	b.self = self
	return b.Build()
}

func (b *SchemaBuilder) fail(message string) *SchemaBuilder {
	return b.failWith(&javafmt.Exception{Class: javafmt.SchemaBuilderException, Message: message})
}

func (b *SchemaBuilder) failWith(err error) *SchemaBuilder {
	if b.err == nil {
		b.err = err
	}
	return b
}

func (b *SchemaBuilder) once(attribute string, set bool) bool {
	if set {
		b.fail("Invalid SchemaBuilder call: " + attribute + " has already been set.")
		return false
	}
	return true
}

// Err returns the first error so far.
func (b *SchemaBuilder) Err() error { return b.err }

// Optional lets the schema accept null.
func (b *SchemaBuilder) Optional() *SchemaBuilder { return b.setOptional(true) }

// Required lets the schema reject null, which is so without it too.
func (b *SchemaBuilder) Required() *SchemaBuilder { return b.setOptional(false) }

// SetOptional is Optional or Required.
func (b *SchemaBuilder) SetOptional(optional bool) *SchemaBuilder { return b.setOptional(optional) }

func (b *SchemaBuilder) setOptional(optional bool) *SchemaBuilder {
	if b.once("optional", b.optionalSet && b.s.optional != optional) {
		b.s.optional, b.optionalSet = optional, true
	}
	return b
}

// Name sets the name.
func (b *SchemaBuilder) Name(name string) *SchemaBuilder {
	if b.once("name", b.s.hasName && b.s.name != name) {
		b.s.name, b.s.hasName = name, true
	}
	return b
}

// Version sets the version.
func (b *SchemaBuilder) Version(version int32) *SchemaBuilder {
	// Java compares references: only small integers are the same object twice.
	if b.once("version", b.s.hasVersion && (b.s.version != version || version < -128 || version > 127)) {
		b.s.version, b.s.hasVersion = version, true
	}
	return b
}

// Doc sets the documentation.
func (b *SchemaBuilder) Doc(doc string) *SchemaBuilder {
	if b.once("doc", b.s.hasDoc && b.s.doc != doc) {
		b.s.doc, b.s.hasDoc = doc, true
	}
	return b
}

// Param sets a parameter, in the place it has already where it was set before.
func (b *SchemaBuilder) Param(key, value string) *SchemaBuilder {
	return b.param(Param{Key: key, Value: value})
}

func (b *SchemaBuilder) param(p Param) *SchemaBuilder {
	b.s.hasParams = true
	for i := range b.s.params {
		if b.s.params[i].Key == p.Key {
			b.s.params[i] = p
			return b
		}
	}
	b.s.params = append(b.s.params, p)
	return b
}

// ParamList sets parameters in their order; an empty list sets none.
func (b *SchemaBuilder) ParamList(params []Param) *SchemaBuilder {
	for _, p := range params {
		b.param(p)
	}
	return b
}

// EmptyParams gives the schema an empty list of parameters, which Java tells from none.
func (b *SchemaBuilder) EmptyParams() *SchemaBuilder {
	b.s.hasParams = true
	return b
}

// Default sets the default value. It is checked against the attributes set so far, so the name of a logical type and Optional come first.
func (b *SchemaBuilder) Default(v Value) *SchemaBuilder {
	if !b.once("default", b.s.hasDefault && !sameReference(b.given, v)) {
		return b
	}
	probe := b.s
	probe.valueKind = valueKind(probe.kind, probe.name)
	probe.layout = newLayout(&probe, b.fields)
	if probe.cyclic = refersToCycle(&probe); !probe.cyclic {
		probe.hash = schemaHash(&probe)
	}
	if err := ValidateValue(&probe, v); err != nil {
		return b.failWith(&javafmt.Exception{Class: javafmt.SchemaBuilderException, Message: "Invalid default value", Cause: err})
	}
	b.given = v
	b.s.def, b.s.hasDefault = temporalAs(v.Detach(), probe.valueKind), !v.IsNull()
	return b
}

// sameReference says whether Java would have the same object for two values: it has for what it keeps only once.
func sameReference(v, w Value) bool {
	switch v.Kind() {
	case BoolKind, StringKind:
		return v.Equal(w)
	case Int8Kind, Int16Kind, Int32Kind, Int64Kind:
		x, _ := v.Int64()
		return x >= -128 && x <= 127 && v.Equal(w)
	}
	return v.p != nil && v.p == w.p && v.m == w.m && v.n == w.n
}

// Field adds a field to a struct schema.
func (b *SchemaBuilder) Field(name string, schema *Schema) *SchemaBuilder {
	switch {
	case b.s.kind != StructKind:
		return b.fail("Cannot create fields on type " + b.s.kind.String())
	case name == "":
		return b.fail("fieldName cannot be null.")
	case schema == nil:
		return b.fail("fieldSchema for field " + name + " cannot be null.")
	}
	if b.hasField(name) {
		return b.fail("Cannot create field because of field name duplication " + name)
	}
	if b.names != nil {
		b.names[name] = int32(len(b.fields))
	}
	b.fields = append(b.fields, Field{Name: name, Index: len(b.fields), Schema: schema})
	return b
}

func (b *SchemaBuilder) hasField(name string) bool {
	if len(b.fields) < smallLayout {
		for i := range b.fields {
			if b.fields[i].Name == name {
				return true
			}
		}
		return false
	}
	if b.names == nil {
		b.names = make(map[string]int32, 2*len(b.fields))
		for i := range b.fields {
			b.names[b.fields[i].Name] = int32(i)
		}
	}
	_, ok := b.names[name]
	return ok
}

// CopyBasics sets name, version, documentation and parameters of another schema: what transformations keep of a schema they rebuild
// (SchemaUtil.copySchemaBasics).
func (b *SchemaBuilder) CopyBasics(from *Schema) *SchemaBuilder {
	if from.hasName {
		b.Name(from.name)
	}
	if from.hasVersion {
		b.Version(from.version)
	}
	if from.hasDoc {
		b.Doc(from.doc)
	}
	return b.ParamList(from.params)
}

// Build returns the schema, the interned one where there is an equal one already.
func (b *SchemaBuilder) Build() (*Schema, error) {
	if b.err != nil {
		return nil, b.err
	}
	s := &b.s
	if b.self != nil {
		// What was built around the reference points to it, so the schema is completed in place.
		*b.self = *s
		s = b.self
		s.cyclic = true
	} else {
		c := *s
		s = &c
	}
	s.params = append([]Param(nil), s.params...)
	s.valueKind = valueKind(s.kind, s.name)
	s.layout = newLayout(s, append([]Field(nil), b.fields...))
	return intern(s), nil
}

// MustBuild is Build for schemas known to be right; it panics on an error.
func (b *SchemaBuilder) MustBuild() *Schema {
	s, err := b.Build()
	if err != nil {
		panic("data: " + err.Error())
	}
	return s
}

// Builder returns a builder that holds everything of the schema, to add what it lacks; attributes that are set cannot be set again, except whether
// it is optional.
func (s *Schema) Builder() *SchemaBuilder {
	b := &SchemaBuilder{s: *s, given: s.def}
	b.s.params = append([]Param(nil), s.params...)
	b.fields = append([]Field(nil), s.Fields()...)
	b.s.layout, b.s.cyclic, b.s.hash = nil, false, [2]uint64{}
	return b
}

// AsOptional returns the schema with the optionality given and everything else kept.
func (s *Schema) AsOptional(optional bool) *Schema {
	if s.optional == optional {
		return s
	}
	b := s.Builder()
	b.s.optional = optional
	return b.MustBuild()
}
