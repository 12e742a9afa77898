package debezium

import (
	"fmt"
	"slices"
	"strings"

	"github.com/moldau/moldau/connect/data"
)

// The shapes of documents, from which MongoDataConverter makes schemas: what Java holds in maps from a shape or value to its type.

// shapedValue is a shape with the type of BSON it stands for. What it is, is a *documentShape, an *arrayShape, a listShape or a *bsonValue.
type shapedValue struct {
	what any
	kind bsonKind
}

// documentShape has the shapes of a document's members.
type documentShape struct {
	names  []string
	shapes []shapedValue
}

// arrayShape has the different shapes of an array's elements.
type arrayShape struct{ shapes []shapedValue }

// listShape has those elements of an array that are neither documents nor arrays.
type listShape []*bsonValue

func (d *documentShape) set(name string, s shapedValue) {
	if i := slices.Index(d.names, name); i >= 0 {
		d.shapes[i] = s
		return
	}
	d.names, d.shapes = append(d.names, name), append(d.shapes, s)
}

func (a *arrayShape) add(s shapedValue) {
	for i := range a.shapes {
		if equalShapes(a.shapes[i].what, s.what) {
			a.shapes[i].kind = s.kind
			return
		}
	}
	a.shapes = append(a.shapes, s)
}

func equalShapes(a, b any) bool {
	same := func(x, y shapedValue) bool { return x.kind == y.kind && equalShapes(x.what, y.what) }
	switch a := a.(type) {
	case *documentShape:
		b, ok := b.(*documentShape)
		if !ok || len(a.names) != len(b.names) {
			return false
		}
		for i, name := range a.names {
			if j := slices.Index(b.names, name); j < 0 || !same(a.shapes[i], b.shapes[j]) {
				return false
			}
		}
		return true
	case *arrayShape:
		b, ok := b.(*arrayShape)
		return ok && slices.EqualFunc(a.shapes, b.shapes, same)
	case listShape:
		b, ok := b.(listShape)
		return ok && slices.EqualFunc(a, b, (*bsonValue).equal)
	case *bsonValue:
		b, ok := b.(*bsonValue)
		return ok && a.equal(b)
	}
	return false
}

// emptyShape reports whether a shape is a document or array without members, and whether it is a document or array at all.
func emptyShape(s any) (empty, container bool) {
	switch s := s.(type) {
	case *documentShape:
		return len(s.names) == 0, true
	case *arrayShape:
		return len(s.shapes) == 0, true
	}
	return false, false
}

func (l listShape) String() string {
	parts := make([]string, len(l))
	for i, v := range l {
		parts[i] = v.String()
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

// shape returns the shape of a document.
func (c *mongoConverter) shape(doc *bsonValue) (*documentShape, error) {
	d := &documentShape{}
	for i, v := range doc.items {
		s := shapedValue{v, v.kind}
		var err error
		switch v.kind {
		case bsonArray:
			s.what, err = c.arrayShape(v)
		case bsonDocument:
			s.what, err = c.shape(v)
		}
		if err != nil {
			return nil, err
		}
		d.set(doc.names[i], s)
	}
	return d, nil
}

// arrayShape returns the shape of an array. Its documents become one with the members of all, unless arrays become structs themselves.
func (c *mongoConverter) arrayShape(array *bsonValue) (*arrayShape, error) {
	out, merged, seen := &arrayShape{}, &documentShape{}, &mergedSchemas{}
	var list listShape
	for _, v := range array.items {
		switch v.kind {
		case bsonArray:
			inner, err := c.arrayShape(v)
			if err != nil {
				return nil, err
			}
			out.add(shapedValue{inner, bsonArray})
		case bsonDocument:
			inner, err := c.shape(v)
			if err != nil {
				return nil, err
			}
			if c.arraysAreStructs {
				out.add(shapedValue{inner, bsonDocument})
			} else if err := c.merge(merged, inner, seen); err != nil {
				return nil, err
			}
		default:
			list = append(list, v)
		}
	}
	switch {
	case !c.arraysAreStructs && len(merged.names) > 0:
		out.add(shapedValue{merged, bsonDocument})
	case len(list) > 0:
		kind := list[0].kind
		if slices.ContainsFunc(list, func(v *bsonValue) bool { return v.kind != kind }) {
			kind = bsonArray
		}
		out.add(shapedValue{list, kind})
	}
	return out, nil
}

// mergedSchemas are the schemas that the members of an array's documents have had so far.
type mergedSchemas struct {
	names   []string
	schemas [][]*data.Schema
}

func (m *mergedSchemas) add(name string, s *data.Schema) int {
	i := slices.Index(m.names, name)
	if i < 0 {
		i = len(m.names)
		m.names, m.schemas = append(m.names, name), append(m.schemas, nil)
	}
	if !slices.ContainsFunc(m.schemas[i], s.Equal) {
		m.schemas[i] = append(m.schemas[i], s)
	}
	return len(m.schemas[i])
}

// String returns what Java prints of a map from names to sets of schemas.
func (m *mergedSchemas) String() string {
	parts := make([]string, len(m.names))
	for i, name := range m.names {
		parts[i] = fmt.Sprintf("%s=%v", name, m.schemas[i])
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

// merge adds the members of one more document. A member that is a document itself is replaced as a whole.
func (c *mongoConverter) merge(into, doc *documentShape, seen *mergedSchemas) error {
	for i, name := range doc.names {
		s := doc.shapes[i]
		schema, err := c.elementSchema(s.kind)
		if err != nil {
			return err
		}
		n := seen.add(name, schema)
		empty, container := emptyShape(s.what)
		if !(container && !empty && s.kind == bsonDocument) && n > 1 {
			return debeziumError("Array elements with different Bson types are not supported: "+strings.ReplaceAll(seen.String(), "} Schema", "}, Schema"), nil)
		}
		into.set(name, s)
	}
	return nil
}
