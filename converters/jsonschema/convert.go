package jsonschema

import (
	"strconv"

	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/converters/jsonschema/internal/tree"
	"github.com/moldau/moldau/converters/jsonschema/internal/variant"
	"github.com/moldau/moldau/internal/javafmt"
	"github.com/moldau/moldau/internal/jsonscan"
)

// treeReader makes values of parsed documents, exactly as Java does: the results and the errors.
type treeReader struct {
	*Data
	arena *data.Arena
}

// convert returns a node, which may be absent, as a value of a schema or without schema.
func (r treeReader) convert(s *data.Schema, n *tree.Node) (data.Value, error) {
	if s == nil {
		if n == nil {
			return data.Null, nil
		}
		return r.schemaless(n)
	}
	if n == nil || n.Kind == tree.Null {
		if v, ok := s.Default(); ok && !v.IsNull() {
			return v, nil
		}
		if n == nil || s.Optional() {
			return data.Null, nil
		}
		return data.Null, dataException("Invalid null value for required " + s.Kind().String() + " field")
	}
	if s.HasName() {
		switch s.Name() {
		case data.DecimalName:
			return r.decimal(s, n)
		case data.DateName, data.TimeName, data.TimestampName:
			return temporal(s, n)
		case variantName:
			return r.variant(s, n)
		}
	}
	switch s.Kind() {
	case data.BoolKind:
		return data.Bool(n.Truth), nil
	case data.Int8Kind:
		return data.Int8(int8(n.Int64())), nil
	case data.Int16Kind:
		return data.Int16(int16(n.Int64())), nil
	case data.Int32Kind:
		return data.Int32(int32(n.Int64())), nil
	case data.Int64Kind:
		return data.Int64(n.Int64()), nil
	case data.Float32Kind:
		return data.Float32(float32(n.Float(32))), nil
	case data.Float64Kind:
		return data.Float64(n.Float(64)), nil
	case data.StringKind:
		if n.Kind != tree.String {
			return data.Null, nil
		}
		return data.String(n.Text), nil
	case data.BytesKind:
		return bytesOf(n)
	case data.ListKind:
		return r.list(s.Elem(), n)
	case data.MapKind:
		return r.mapping(s, n)
	}
	if isUnion(s) {
		return r.union(s, n)
	}
	return r.structure(s, n)
}

// bytesOf reads bytes; of what is no text Java takes the number.
func bytesOf(n *tree.Node) (data.Value, error) {
	if n.Kind != tree.String {
		if n.NotFinite {
			return data.Null, javafmt.NewException(javafmt.NumberFormatException, n.Text+" is no number", nil)
		}
		d := n.Decimal()
		return data.DecimalOf(d.Unscaled, d.Scale), nil
	}
	b, ok := jsonscan.AppendBase64(nil, []byte(n.Text))
	if !ok {
		return data.Null, javafmt.NewException(javafmt.DataException, "Invalid bytes field", notBase64(n.Text))
	}
	return data.BytesOf(b), nil
}

func notBase64(text string) error {
	return javafmt.NewException("com.fasterxml.jackson.databind.exc.InvalidFormatException", "not base64: "+strconv.Quote(text[:min(len(text), 100)]), nil)
}

func (r treeReader) schemaless(n *tree.Node) (data.Value, error) {
	switch n.Kind {
	case tree.Null:
		return data.Null, nil
	case tree.Bool:
		return data.Bool(n.Truth), nil
	case tree.Number:
		if n.IsInteger() {
			return data.Int64(n.Int64()), nil
		}
		return data.Float64(n.Float(64)), nil
	case tree.String:
		return data.String(n.Text), nil
	case tree.Array:
		return r.list(nil, n)
	case tree.Object:
		b := r.arena.Map(len(n.Elems))
		for i, e := range n.Elems {
			v, err := r.schemaless(e)
			if err != nil {
				return data.Null, err
			}
			b.Set(n.Names[i], v)
		}
		return b.Build().Value(), nil
	}
	return data.Null, dataException("Unknown schema type: null")
}

func (r treeReader) decimal(s *data.Schema, n *tree.Node) (data.Value, error) {
	switch {
	case n.NotFinite:
		return data.Null, javafmt.NewException(javafmt.NumberFormatException, n.Text+" is no decimal", nil)
	case n.Kind == tree.Number:
		d := n.Decimal()
		return data.DecimalOf(d.Unscaled, d.Scale), nil
	case n.Kind == tree.String:
		b, ok := jsonscan.AppendBase64(nil, []byte(n.Text))
		err := error(nil)
		if !ok {
			err = notBase64(n.Text)
		}
		var d data.Decimal
		if err == nil {
			d, err = data.DecimalFromBytes(s, b)
		}
		if err != nil {
			return data.Null, javafmt.NewException(javafmt.DataException, "Invalid bytes for Decimal field", err)
		}
		return d.Value(), nil
	}
	return data.Null, dataException("Invalid type for Decimal, underlying representation should be numeric or bytes but was " + string(n.Kind))
}

func temporal(s *data.Schema, n *tree.Node) (data.Value, error) {
	x, isInt := n.Int32()
	switch s.Name() {
	case data.DateName:
		if !isInt {
			return data.Null, dataException("Invalid type for Date, underlying representation should be integer but was " + string(n.Kind))
		}
		return data.DateFromDays(s, x)
	case data.TimeName:
		if !isInt {
			return data.Null, dataException("Invalid type for Time, underlying representation should be integer but was " + string(n.Kind))
		}
		return data.TimeFromMillis(s, x)
	}
	if !n.IsInteger() {
		return data.Null, dataException("Invalid type for Timestamp, underlying representation should be integral but was " + string(n.Kind))
	}
	return data.TimestampFromMillis(s, n.Int64())
}

func (r treeReader) variant(s *data.Schema, n *tree.Node) (data.Value, error) {
	metadata, value, err := variant.Encode(n)
	if err != nil {
		return data.Null, err
	}
	b := data.NewStruct(s)
	b.Put(variant.MetadataField, data.BytesOf(metadata)).Put(variant.ValueField, data.BytesOf(value))
	x, err := b.BuildPartial()
	return x.Value(), err
}

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
