package data

import (
	"iter"
)

// Schema describes values. It is immutable; schemas made by a SchemaBuilder are interned, so that equal ones usually are the same pointer,
// and shared by everything that uses them. Make one with a SchemaBuilder.
type Schema struct {
	kind      Kind
	valueKind Kind
	optional  bool

	hasName, hasDoc, hasVersion, hasParams, hasDefault bool

	// cyclic marks schemas that contain a reference to an enclosing one; see Recursive.
	cyclic bool

	version   int32
	name, doc string
	params    []Param
	def       Value

	layout *Layout
	key    *Schema
	elem   *Schema

	// hash covers what Equal compares; it is zero for cyclic schemas.
	hash [2]uint64
}

// Field is one field of a struct schema.
type Field struct {
	Name   string
	Index  int
	Schema *Schema
}

// Param is one parameter of a schema. Java allows a null value.
type Param struct {
	Key, Value string
	Null       bool
}

// Kind returns the type of the schema: BoolKind to StructKind.
func (s *Schema) Kind() Kind { return s.kind }

// ValueKind returns the kind of the values that the schema accepts: that of the logical type for DECIMAL, DATE, TIME and TIMESTAMP, else Kind.
// As in Java, the schema's name decides.
func (s *Schema) ValueKind() Kind { return s.valueKind }

// Optional reports whether null is accepted.
func (s *Schema) Optional() bool { return s.optional }

// Default returns the default value; ok is false where the schema has none. A default of null is no default.
func (s *Schema) Default() (v Value, ok bool) { return s.def, s.hasDefault }

// Name returns the name, "" where there is none.
func (s *Schema) Name() string { return s.name }

// HasName reports whether the schema has a name: "" is a name too.
func (s *Schema) HasName() bool { return s.hasName }

// Version returns the version; ok is false where the schema has none.
func (s *Schema) Version() (v int32, ok bool) { return s.version, s.hasVersion }

// Doc returns the documentation, "" where there is none.
func (s *Schema) Doc() string { return s.doc }

// HasDoc reports whether the schema has documentation: "" is documentation too.
func (s *Schema) HasDoc() bool { return s.hasDoc }

// HasParams reports whether the schema has parameters, possibly none: Java tells an empty map of parameters from null.
func (s *Schema) HasParams() bool { return s.hasParams }

// ParamList returns the parameters in the order they were set. The slice must not be changed.
func (s *Schema) ParamList() []Param { return s.params }

// Params yields the parameters in the order they were set, a null value as "".
func (s *Schema) Params() iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		for _, p := range s.params {
			if !yield(p.Key, p.Value) {
				return
			}
		}
	}
}

// Param returns the value of a parameter; ok is false where there is none or it is null.
func (s *Schema) Param(key string) (value string, ok bool) {
	for _, p := range s.params {
		if p.Key == key {
			return p.Value, !p.Null
		}
	}
	return "", false
}

// Fields returns the fields of a struct schema, nil for other kinds. The slice must not be changed.
func (s *Schema) Fields() []Field {
	if s.layout == nil {
		return nil
	}
	return s.layout.fields
}

// Field returns the field of a name.
func (s *Schema) Field(name string) (f Field, ok bool) {
	if s.layout == nil {
		return Field{}, false
	}
	i := s.layout.Index(name)
	if i < 0 {
		return Field{}, false
	}
	return s.layout.fields[i], true
}

// Layout returns the layout of structs of this schema, nil where Kind is not StructKind.
func (s *Schema) Layout() *Layout { return s.layout }

// Key returns the schema of a map's keys, nil for other kinds.
func (s *Schema) Key() *Schema { return s.key }

// Elem returns the schema of a map's or list's values, nil for other kinds and where it is not known.
func (s *Schema) Elem() *Schema { return s.elem }

// Cyclic reports whether the schema contains a reference to itself or to an enclosing schema.
func (s *Schema) Cyclic() bool { return s.cyclic }

// Equal reports whether the schemas are equal as Java's ConnectSchema.equals has it: everything counts, down to documentation and defaults,
// except the order of parameters. Two nil schemas are equal.
func (s *Schema) Equal(o *Schema) bool {
	if s == o {
		return true
	}
	if s == nil || o == nil {
		return false
	}
	if !s.cyclic && !o.cyclic && s.hash != o.hash {
		return false
	}
	return schemasEqual(s, o, false, nil)
}

// String returns Java's ConnectSchema.toString: Schema{name:TYPE} or Schema{TYPE}.
func (s *Schema) String() string {
	if s == nil {
		return "null"
	}
	if s.hasName {
		return "Schema{" + s.name + ":" + s.kind.String() + "}"
	}
	return "Schema{" + s.kind.String() + "}"
}
