// Package protofile reads, links and prints Protobuf schemas as Confluent's library does: leniently where Wire's parser is, with the checks of
// protobuf-java, and byte for byte where the text of a schema decides which schema of a registry it is.
package protofile

import (
	"google.golang.org/protobuf/types/descriptorpb"
)

// Type is the type of a field.
type Type = descriptorpb.FieldDescriptorProto_Type

// Types of fields.
const (
	Double   = descriptorpb.FieldDescriptorProto_TYPE_DOUBLE
	Float    = descriptorpb.FieldDescriptorProto_TYPE_FLOAT
	Int64    = descriptorpb.FieldDescriptorProto_TYPE_INT64
	Uint64   = descriptorpb.FieldDescriptorProto_TYPE_UINT64
	Int32    = descriptorpb.FieldDescriptorProto_TYPE_INT32
	Fixed64  = descriptorpb.FieldDescriptorProto_TYPE_FIXED64
	Fixed32  = descriptorpb.FieldDescriptorProto_TYPE_FIXED32
	Bool     = descriptorpb.FieldDescriptorProto_TYPE_BOOL
	String   = descriptorpb.FieldDescriptorProto_TYPE_STRING
	Group    = descriptorpb.FieldDescriptorProto_TYPE_GROUP
	MessageT = descriptorpb.FieldDescriptorProto_TYPE_MESSAGE
	Bytes    = descriptorpb.FieldDescriptorProto_TYPE_BYTES
	Uint32   = descriptorpb.FieldDescriptorProto_TYPE_UINT32
	EnumT    = descriptorpb.FieldDescriptorProto_TYPE_ENUM
	Sfixed32 = descriptorpb.FieldDescriptorProto_TYPE_SFIXED32
	Sfixed64 = descriptorpb.FieldDescriptorProto_TYPE_SFIXED64
	Sint32   = descriptorpb.FieldDescriptorProto_TYPE_SINT32
	Sint64   = descriptorpb.FieldDescriptorProto_TYPE_SINT64
)

// typeNames are the names of the scalar types as schemas have them.
var typeNames = map[Type]string{
	Double: "double", Float: "float", Int64: "int64", Uint64: "uint64", Int32: "int32", Fixed64: "fixed64", Fixed32: "fixed32", Bool: "bool",
	String: "string", Group: "group", MessageT: "message", Bytes: "bytes", Uint32: "uint32", EnumT: "enum", Sfixed32: "sfixed32",
	Sfixed64: "sfixed64", Sint32: "sint32", Sint64: "sint64",
}

// TypeName returns the name of a type in lower case.
func TypeName(t Type) string { return typeNames[t] }

// ScalarType returns the scalar type of a name.
func ScalarType(name string) (t Type, ok bool) {
	for t, n := range typeNames {
		if n == name && t != Group && t != MessageT && t != EnumT {
			return t, true
		}
	}
	return 0, false
}

// File is a linked schema.
type File struct {
	// Name is the path under which others import it.
	Name     string
	Proto    *descriptorpb.FileDescriptorProto
	Package  string
	Messages []*Message
	Enums    []*Enum
	// Imports are the files that are there; a schema may name others.
	Imports []*File

	public  []*File
	symbols map[string]any
}

// Message is a type of messages.
type Message struct {
	Name, FullName string
	File           *File
	// Fields are in the order of Confluent's library: the members of oneofs first.
	Fields []*Field
	// Oneofs are those that the schema writes, not those that stand for the keyword optional.
	Oneofs   []*Oneof
	Messages []*Message
	Enums    []*Enum
	// MapEntry says that the schema has the message as a map.
	MapEntry bool

	byName map[string]*Field
}

// Field returns the field of a name, nil where there is none.
func (m *Message) Field(name string) *Field { return m.byName[name] }

// Field is a field of a message.
type Field struct {
	Name     string
	FullName string
	Number   int32
	Type     Type
	Repeated bool
	Required bool
	// Packed says that the elements are written as one value.
	Packed bool
	// Keyword says that the field has the keyword optional; Proto3 that it has it in a schema of proto3.
	Keyword, Proto3 bool
	// Presence says that a value that equals the default is told from none.
	Presence bool
	// Checked says that texts must be UTF-8.
	Checked bool
	// Default is the text of the default, HasDefault says that there is one.
	Default    string
	HasDefault bool
	Oneof      *Oneof
	Message    *Message
	Enum       *Enum
	Params     []Param
}

// Param returns a parameter of Confluent's option field_meta.
func (f *Field) Param(key string) (string, bool) {
	for _, p := range f.Params {
		if p.Key == key {
			return p.Value, true
		}
	}
	return "", false
}

// Oneof is a oneof of a message.
type Oneof struct {
	Name, FullName string
	Index          int
	Fields         []*Field
}

// Enum is a type of enums.
type Enum struct {
	Name, FullName string
	Values         []EnumValue
	// Closed says that numbers without a name are no values.
	Closed bool
}

// EnumValue is a value of an enum.
type EnumValue struct {
	Name   string
	Number int32
}

// Number returns the value of a number; of several the first one counts.
func (e *Enum) Number(n int32) (EnumValue, bool) {
	for _, v := range e.Values {
		if v.Number == n {
			return v, true
		}
	}
	return EnumValue{}, false
}

// Find returns the message of a full name in the file or those it imports, nil where there is none.
func (f *File) Find(fullName string) *Message {
	m, _ := f.find(fullName, map[*File]bool{}).(*Message)
	return m
}

// FindEnum is Find for enums.
func (f *File) FindEnum(fullName string) *Enum {
	e, _ := f.find(fullName, map[*File]bool{}).(*Enum)
	return e
}

func (f *File) find(fullName string, seen map[*File]bool) any {
	if seen[f] {
		return nil
	}
	seen[f] = true
	if x, ok := f.symbols[fullName]; ok {
		return x
	}
	for _, i := range f.Imports {
		if x := i.find(fullName, seen); x != nil {
			return x
		}
	}
	return nil
}
