package jsonschema

import (
	"errors"
	"slices"
	"strings"

	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/converters/jsonschema/internal/everit"
	"github.com/moldau/moldau/internal/javafmt"
)

// object makes a struct of an object, with its fields in the order of connect.index.
func (r *schemaReader) object(s *Schema) (*draft, error) {
	extras := r.opts.KeepAdditional && !s.Closed
	if extras && s.Property(extrasField) != nil {
		return nil, dataException("JSON Schema property name '" + extrasField + "' collides with the reserved field name for " + preserveKey +
			"=true. Rename the property or disable the config.")
	}
	d := &draft{kind: data.StructKind}
	r.structs[s] = d
	properties, err := inIndexOrder(s)
	if err != nil {
		return nil, err
	}
	for _, p := range properties {
		if err := r.field(d, p, s.Needed[p.Name]); err != nil {
			return nil, err
		}
	}
	if extras {
		d.fields = append(d.fields, draftField{extrasField, &draft{kind: data.MapKind, key: &draft{kind: data.StringKind}, elem: variantDraft(), optional: true}})
	}
	return d, nil
}

func (r *schemaReader) field(d *draft, p Property, needed bool) error {
	f, err := r.schema(p.Schema, nil, r.opts.OptionalNonRequired && !needed)
	if err != nil {
		return inField(p.Name, err)
	}
	d.fields = append(d.fields, draftField{p.Name, f})
	return nil
}

// inField names the field in an error, whose words are Java's, as its cause: the path of all fields around the place.
func inField(name string, err error) error {
	path := name
	var inner *fieldError
	if errors.As(err, &inner) {
		if path = name + "." + inner.path; strings.HasPrefix(inner.path, "[") {
			path = name + inner.path
		}
		err = inner.err
	}
	return javafmt.NewException(javafmt.ClassOf(err), err.Error(), &fieldError{path, err})
}

type fieldError struct {
	path string
	err  error
}

func (e *fieldError) Error() string { return "at " + e.path + ": " + e.err.Error() }

func (e *fieldError) Unwrap() error { return e.err }

// inIndexOrder returns the properties in the order of connect.index. One without index has as index how many are before it in the map, and one
// that comes later takes the place of the one that has its index.
func inIndexOrder(s *Schema) ([]Property, error) {
	sorted := map[int32]Property{}
	for _, p := range s.InJavaOrder() {
		if p.Schema.Wrong != nil {
			return nil, javafmt.NewException(javafmt.ClassCastException, p.Schema.Wrong.Error(), nil)
		}
		index := int32(len(sorted))
		if p.Schema.ConnectIndex != nil {
			index = *p.Schema.ConnectIndex
		}
		sorted[index] = p
	}
	indexes := make([]int32, 0, len(sorted))
	for i := range sorted {
		indexes = append(indexes, i)
	}
	slices.Sort(indexes)
	out := make([]Property, len(indexes))
	for i, index := range indexes {
		out[i] = sorted[index]
	}
	return out, nil
}

// allOf makes one schema of several that must all hold: a struct of all their properties, or the one that says most.
func (r *schemaReader) allOf(s *Schema, version *int32, forceOptional bool) (*draft, error) {
	var last [everit.ConditionalSchema + 1]*Schema
	c := collector{needed: map[string]bool{}, places: map[string]int{}}
	for _, m := range s.Members {
		last[m.Type] = m
		c.visited = map[*Schema]bool{}
		c.collect(m)
	}
	if len(c.properties) > 0 {
		d := &draft{kind: data.StructKind, optional: forceOptional}
		r.structs[s] = d
		for _, p := range c.properties {
			if err := r.field(d, p, c.needed[p.Name]); err != nil {
				return nil, err
			}
		}
		d.named = d.id != ""
		return d, nil
	}
	number, text := last[everit.NumberSchema], last[everit.StringSchema]
	switch {
	case last[everit.CombinedSchema] != nil:
		return r.schema(last[everit.CombinedSchema], version, forceOptional)
	case last[everit.ConstSchema] != nil:
		if text != nil {
			return r.schema(text, version, forceOptional)
		} else if number != nil {
			return r.schema(number, version, forceOptional)
		}
	case last[everit.EnumSchema] != nil:
		if text != nil {
			return r.schema(last[everit.EnumSchema], version, forceOptional)
		} else if number != nil {
			return r.schema(number, version, forceOptional)
		}
	case text != nil:
		// A string may come from no more than a format, which numbers can have.
		if number != nil {
			return r.schema(number, version, forceOptional)
		}
		return r.schema(text, version, forceOptional)
	case last[everit.ReferenceSchema] != nil:
		return r.reference(last[everit.ReferenceSchema], version, forceOptional)
	}
	return nil, illegalArgument("Unsupported criterion allOf for "+s.Text(), nil)
}

// collector gathers the properties of objects.
type collector struct {
	properties []Property
	places     map[string]int
	needed     map[string]bool
	visited    map[*Schema]bool
}

func (c *collector) collect(s *Schema) {
	if s == nil || c.visited[s] {
		return
	}
	c.visited[s] = true
	switch s.Type {
	case everit.CombinedSchema:
		if s.Criterion == everit.AllOf {
			for _, m := range s.Members {
				c.collect(m)
			}
		}
	case everit.ObjectSchema:
		for _, p := range s.InJavaOrder() {
			c.needed[p.Name] = s.Needed[p.Name]
			if i, known := c.places[p.Name]; known {
				c.properties[i] = p
			} else {
				c.places[p.Name] = len(c.properties)
				c.properties = append(c.properties, p)
			}
		}
	case everit.ReferenceSchema:
		c.collect(s.Target)
	}
}
