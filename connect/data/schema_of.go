package data

import (
	"fmt"
	"reflect"
	"slices"
)

// SchemaOf returns the schema of a Go struct type, by its fields and their connect tags:
//
//	type Order struct {
//		ID    int64        `connect:"id"`
//		Note  *string      `connect:"note"`
//		Total data.Decimal `connect:"total,scale=2"`
//		Day   time.Time    `connect:"day,date"`
//	}
//
// Pointers and fields with the option optional are optional. An int is INT64, unsigned integers take the next wider signed type. Slices are lists,
// maps maps, structs structs without a name. A type that contains itself has no schema here; see Recursive.
func SchemaOf[T any](name string) (*Schema, error) {
	t := reflect.TypeFor[T]()
	if t.Kind() != reflect.Struct {
		return nil, fmt.Errorf("type %v is no struct", t)
	}
	b, err := structSchemaOf(t, name, nil)
	if err != nil {
		return nil, err
	}
	return b.Build()
}

// MustSchemaOf is SchemaOf for types known to be right; it panics on an error.
func MustSchemaOf[T any](name string) *Schema {
	s, err := SchemaOf[T](name)
	if err != nil {
		panic("data: " + err.Error())
	}
	return s
}

func structSchemaOf(t reflect.Type, name string, within []reflect.Type) (*SchemaBuilder, error) {
	if slices.Contains(within, t) {
		return nil, fmt.Errorf("type %v contains itself", t)
	}
	fields, err := goFields(t)
	if err != nil {
		return nil, err
	}
	b := NewStructSchema(name)
	for _, f := range fields {
		fb, err := schemaOfType(f.typ, f.tag, append(within, t))
		if err != nil {
			return nil, fmt.Errorf("field %s of type %v: %w", f.tag.name, t, err)
		}
		if f.tag.optional {
			fb.Optional()
		}
		s, err := fb.Build()
		if err != nil {
			return nil, err
		}
		b.Field(f.tag.name, s)
	}
	return b, nil
}

func schemaOfType(t reflect.Type, tag structTag, within []reflect.Type) (*SchemaBuilder, error) {
	switch t {
	case timeType:
		return SchemaOfKind(tag.temporal).Builder(), nil
	case decimalType:
		if !tag.hasScale {
			return nil, fmt.Errorf("a Decimal needs the option scale")
		}
		return DecimalBuilder(tag.scale), nil
	case bytesType:
		return NewSchema(BytesKind), nil
	}
	if k, ok := scalarKinds[t.Kind()]; ok {
		return NewSchema(k), nil
	}
	switch t.Kind() {
	case reflect.Pointer:
		b, err := schemaOfType(t.Elem(), tag, within)
		if err != nil {
			return nil, err
		}
		return b.Optional(), nil
	case reflect.Slice:
		elem, err := builtSchemaOf(t.Elem(), tag, within)
		if err != nil {
			return nil, err
		}
		return NewListSchema(elem), nil
	case reflect.Map:
		key, err := builtSchemaOf(t.Key(), tag, within)
		if err != nil {
			return nil, err
		}
		elem, err := builtSchemaOf(t.Elem(), tag, within)
		if err != nil {
			return nil, err
		}
		return NewMapSchema(key, elem), nil
	case reflect.Struct:
		return structSchemaOf(t, "", within)
	}
	return nil, fmt.Errorf("type %v has no schema", t)
}

func builtSchemaOf(t reflect.Type, tag structTag, within []reflect.Type) (*Schema, error) {
	b, err := schemaOfType(t, tag, within)
	if err != nil {
		return nil, err
	}
	return b.Build()
}

// scalarKinds are the kinds that hold all values of Go's scalar types.
var scalarKinds = map[reflect.Kind]Kind{
	reflect.Bool: BoolKind, reflect.Int8: Int8Kind, reflect.Int16: Int16Kind, reflect.Int32: Int32Kind, reflect.Int64: Int64Kind,
	reflect.Int: Int64Kind, reflect.Uint8: Int16Kind, reflect.Uint16: Int32Kind, reflect.Uint32: Int64Kind,
	reflect.Float32: Float32Kind, reflect.Float64: Float64Kind, reflect.String: StringKind,
}
