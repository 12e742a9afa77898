package jsonschema

import (
	"strconv"

	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/converters/jsonschema/internal/tree"
)

// list takes the members of an object for elements, and what has no elements for an empty list, since Java iterates over any node.
func (r treeReader) list(elem *data.Schema, n *tree.Node) (data.Value, error) {
	b := r.arena.List(len(n.Elems))
	for i, e := range n.Elems {
		v, err := r.convert(elem, e)
		if err != nil {
			return data.Null, inField("["+strconv.Itoa(i)+"]", err)
		}
		b.Append(v)
	}
	return b.Build().Value(), nil
}

func (r treeReader) mapping(s *data.Schema, n *tree.Node) (data.Value, error) {
	b := r.arena.Map(len(n.Elems))
	if objectMode(s) {
		if n.Kind != tree.Object {
			return data.Null, dataException("Maps with string fields should be encoded as JSON objects, but found " + string(n.Kind))
		}
		for i, e := range n.Elems {
			v, err := r.convert(s.Elem(), e)
			if err != nil {
				return data.Null, inField(n.Names[i], err)
			}
			b.Set(n.Names[i], v)
		}
		return b.Build().Value(), nil
	}
	if n.Kind != tree.Array {
		return data.Null, dataException("Maps with non-string fields should be encoded as JSON array of objects, but found " + string(n.Kind))
	}
	for _, e := range n.Elems {
		if e.Kind != tree.Object {
			return data.Null, dataException("Found invalid map entry instead of object: " + string(e.Kind))
		}
		if len(e.Elems) != 2 {
			return data.Null, dataException("Found invalid map entry, expected length 2 but found :" + strconv.Itoa(len(e.Elems)))
		}
		k, err := r.convert(s.Key(), e.Get(keyField))
		if err != nil {
			return data.Null, inField(keyField, err)
		}
		v, err := r.convert(s.Elem(), e.Get(valueField))
		if err != nil {
			return data.Null, inField(valueField, err)
		}
		b.Put(k, v)
	}
	return b.Build().Value(), nil
}

func (r treeReader) structure(s *data.Schema, n *tree.Node) (data.Value, error) {
	if n.Kind != tree.Object {
		return data.Null, dataException("Structs should be encoded as JSON objects, but found " + string(n.Kind))
	}
	b := r.arena.Struct(s)
	member := n.Members()
	extras := -1
	for i, f := range s.Fields() {
		if r.isExtras(f) {
			extras = i
			continue
		}
		v, err := r.convert(f.Schema, member(f.Name))
		if err != nil {
			return data.Null, inField(f.Name, err)
		}
		if v.IsNull() {
			continue
		}
		if b.Set(i, v); b.Err() != nil {
			return data.Null, b.Err()
		}
	}
	if extras >= 0 {
		v, err := r.additional(s, extras, n)
		if err != nil {
			return data.Null, err
		}
		if !v.IsNull() {
			b.Set(extras, v)
		}
	}
	x, err := b.BuildPartial()
	if err != nil {
		return data.Null, err
	}
	return x.Value(), nil
}

// additional returns the members that the schema does not name, null if there are none.
func (r treeReader) additional(s *data.Schema, extras int, n *tree.Node) (data.Value, error) {
	b := r.arena.Map(0)
	b.JavaLinkedHashMap()
	elem := s.Fields()[extras].Schema.Elem()
	for i, name := range n.Names {
		if name == extrasField {
			return data.Null, dataException("JSON payload contains a property named '" + extrasField + "' which collides with the reserved field name for " +
				preserveKey + "=true. Rename the property in the source data or disable the config.")
		}
		if _, declared := s.Field(name); declared {
			continue
		}
		v, err := r.variant(elem, n.Elems[i])
		if err != nil {
			return data.Null, inField(name, err)
		}
		b.Set(name, v)
	}
	if b.Len() == 0 {
		return data.Null, nil
	}
	return b.Build().Value(), nil
}

// union puts a value into the first field of a union's struct that its kind fits, else into the struct it has most members in common with.
func (r treeReader) union(s *data.Schema, n *tree.Node) (data.Value, error) {
	chosen, most := -1, 0
	for i, f := range s.Fields() {
		if fits(f.Schema, n) {
			chosen = i
			break
		}
		if m := matching(f.Schema, n); m > most {
			chosen, most = i, m
		}
	}
	if chosen < 0 {
		return data.Null, dataException("Did not find matching oneof field for data")
	}
	v, err := r.convert(s.Fields()[chosen].Schema, n)
	if err != nil {
		return data.Null, err
	}
	b := r.arena.Struct(s)
	if !v.IsNull() {
		b.Set(chosen, v)
	}
	x, err := b.BuildPartial()
	if err != nil {
		return data.Null, err
	}
	return x.Value(), nil
}

// fits reports whether a value is of the kind of a schema that is no struct.
func fits(s *data.Schema, n *tree.Node) bool {
	switch s.Kind() {
	case data.Int8Kind, data.Int16Kind, data.Int32Kind, data.Int64Kind:
		return n.IsInteger()
	case data.Float32Kind, data.Float64Kind:
		return n.Kind == tree.Number
	case data.BoolKind:
		return n.Kind == tree.Bool
	case data.StringKind:
		return n.Kind == tree.String
	case data.BytesKind:
		return n.Kind == tree.Number && n.Fraction
	case data.ListKind:
		return n.Kind == tree.Array
	case data.MapKind:
		return n.Kind == tree.Object || n.Kind == tree.Array
	}
	return false
}

// matching counts the members of an object that a struct has fields for, with those inside them.
func matching(s *data.Schema, n *tree.Node) int {
	if s.Kind() != data.StructKind || n == nil || n.Kind != tree.Object {
		return 0
	}
	count := 0
	for i, name := range n.Names {
		if f, ok := s.Field(name); ok {
			count += 1 + matching(f.Schema, n.Elems[i])
		}
	}
	return count
}
