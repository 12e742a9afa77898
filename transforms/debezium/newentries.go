package debezium

import (
	"fmt"
	"slices"
	"strings"

	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/transforms/internal/smt"
)

// The making of fields anywhere in a struct (io.debezium.transforms.ConnectRecordUtil).

// rootField is what Debezium calls the struct itself.
const rootField = "payload"

// checkNested checks that the structs that entries lead into exist.
func checkNested(s *data.Schema, entries []newEntry) error {
	for _, e := range entries {
		if !e.nested() {
			continue
		}
		holder := s
		for _, step := range e.steps[:max(len(e.steps)-1, 0)] {
			if holder.Kind() != data.StructKind {
				return smt.DataError("Cannot look up fields on non-struct type")
			}
			f, ok := holder.Field(step)
			if !ok {
				return debeziumError(fmt.Sprintf("Field '%s' does not exist in the schema. Cannot add nested field '%s'.", step, e.path), nil)
			}
			if f.Schema.Kind().IsPrimitive() {
				return debeziumError(fmt.Sprintf("Field '%s' is a primitive type, not a struct. Cannot add nested field '%s'.", step, e.path), nil)
			}
			holder = f.Schema
		}
	}
	return nil
}

// leadsInto reports whether some entry is within a field, as far as its name can tell.
func leadsInto(field string, entries []newEntry) bool {
	return slices.ContainsFunc(entries, func(e newEntry) bool { return e.nested() && strings.Contains(e.path, field+".") })
}

// nameIn returns what an entry is called in the struct of a name and depth, ok false where it does not belong there.
func (e *newEntry) nameIn(field string, level int) (name string, ok bool) {
	if len(e.steps) == 1 && field == rootField {
		return e.steps[0], true
	}
	if len(e.steps) == level+1 && e.steps[max(level-1, 0)] == field {
		return e.steps[level], true
	}
	return "", false
}

// extendSchema returns the schema with the fields of the entries.
func extendSchema(field string, s *data.Schema, entries []newEntry, level int) (*data.Schema, error) {
	if s.Kind().IsPrimitive() {
		return s, nil
	}
	if s.Kind() != data.StructKind {
		return nil, smt.DataError("Cannot list fields on non-struct type")
	}
	b := data.NewSchema(data.StructKind).CopyBasics(s)
	for _, f := range s.Fields() {
		if leadsInto(f.Name, entries) {
			inner, err := extendSchema(f.Name, f.Schema, entries, level+1)
			if err != nil {
				return nil, err
			}
			f.Schema = inner
		}
		b.Field(f.Name, f.Schema)
	}
	for i := range entries {
		if name, ok := entries[i].nameIn(field, level); ok {
			b.Field(name, entries[i].schema)
		}
	}
	return b.Build()
}

// extendValue returns the struct with the values of the entries.
func extendValue(a *data.Arena, field string, s *data.Struct, schema *data.Schema, entries []newEntry, level int) (*data.Struct, error) {
	b := a.Struct(schema)
	for i := range s.Len() {
		v := s.Get(i)
		if v.IsNull() {
			continue
		}
		name := s.Name(i)
		if leadsInto(name, entries) {
			inner, err := smt.RequireStruct(v, "Nested field")
			if err != nil {
				return nil, err
			}
			f, _ := schema.Field(name)
			out, err := extendValue(a, name, inner, f.Schema, entries, level+1)
			if err != nil {
				return nil, err
			}
			v = out.Value()
		}
		b.Put(name, v)
	}
	for i := range entries {
		if name, ok := entries[i].nameIn(field, level); ok {
			b.Put(name, entries[i].value)
		}
	}
	return b.BuildPartial()
}
