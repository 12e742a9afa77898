package json

import (
	"strconv"

	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/internal/javafmt"
	"github.com/moldau/moldau/internal/jsonscan"
)

// The functions of this file convert parsed trees step by step as Java's JsonConverter does, with its results and errors for every input. What is
// usual takes the way of decode.go.

// treeReader converts trees.
type treeReader struct {
	arena *data.Arena
	// replaceNulls is replace.null.with.default.
	replaceNulls bool
}

func dataException(message string) error {
	return javafmt.NewException(javafmt.DataException, message, nil)
}

// convert returns the value of a node; a nil node is a member that is not there.
func (r treeReader) convert(s *data.Schema, n *node) (data.Value, error) {
	if s == nil {
		return r.convertSchemaless(n)
	}
	if n == nil || n.kind == nullNode {
		if v, ok := s.Default(); ok && r.replaceNulls {
			return v, nil
		}
		if s.Optional() {
			return data.Null, nil
		}
		return data.Null, dataException("Invalid null value for required " + s.Kind().String() + " field")
	}
	if s.HasName() {
		switch s.Name() {
		case data.DecimalName:
			return r.convertDecimal(s, n)
		case data.DateName, data.TimeName, data.TimestampName:
			return convertTemporal(s, n)
		}
	}
	switch s.Kind() {
	case data.BoolKind:
		return data.Bool(n.truth), nil
	case data.Int8Kind:
		return data.Int8(int8(n.int64())), nil
	case data.Int16Kind:
		return data.Int16(int16(n.int64())), nil
	case data.Int32Kind:
		return data.Int32(int32(n.int64())), nil
	case data.Int64Kind:
		return data.Int64(n.int64()), nil
	case data.Float32Kind:
		return data.Float32(float32(n.float(32))), nil
	case data.Float64Kind:
		return data.Float64(n.float64()), nil
	case data.StringKind:
		if n.kind != stringNode {
			return data.Null, nil
		}
		return data.TextOf(n.text), nil
	case data.BytesKind:
		if n.kind != stringNode {
			return data.Null, nil
		}
		b, ok := jsonscan.AppendBase64(nil, n.text)
		if !ok {
			return data.Null, javafmt.NewException(javafmt.DataException, "Invalid bytes field", notBase64(n.text))
		}
		return data.BytesOf(b), nil
	case data.ListKind:
		return r.convertList(s.Elem(), n)
	case data.MapKind:
		return r.convertMap(s, n)
	}
	return r.convertStruct(s, n)
}

func notBase64(text []byte) error {
	return javafmt.NewException("com.fasterxml.jackson.databind.exc.InvalidFormatException", "not base64: "+strconv.Quote(string(text[:min(len(text), 100)])), nil)
}

func (r treeReader) convertSchemaless(n *node) (data.Value, error) {
	switch n.kind {
	case boolNode:
		return data.Bool(n.truth), nil
	case numberNode:
		if n.fraction {
			return data.Float64(n.float64()), nil
		}
		return data.Int64(n.int64()), nil
	case stringNode:
		return data.TextOf(n.text), nil
	case arrayNode:
		return r.convertList(nil, n)
	case objectNode:
		b := r.arena.Map(len(n.elems))
		for i, e := range n.elems {
			v, err := r.convertSchemaless(e)
			if err != nil {
				return data.Null, javafmt.InField(err, n.names[i])
			}
			b.Set(n.names[i], v)
		}
		return b.Build().Value(), nil
	}
	return data.Null, nil
}

func (r treeReader) convertDecimal(s *data.Schema, n *node) (data.Value, error) {
	switch n.kind {
	case numberNode:
		d := n.decimal()
		return data.DecimalOf(d.Unscaled, d.Scale), nil
	case stringNode:
		b, ok := jsonscan.AppendBase64(nil, n.text)
		err := error(nil)
		if !ok {
			err = notBase64(n.text)
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
	return data.Null, dataException("Invalid type for Decimal, underlying representation should be numeric or bytes but was " + n.typeName())
}

func convertTemporal(s *data.Schema, n *node) (data.Value, error) {
	switch s.Name() {
	case data.DateName:
		if !n.fitsInt32() {
			return data.Null, dataException("Invalid type for Date, underlying representation should be integer but was " + n.typeName())
		}
		return data.DateFromDays(s, int32(n.int64()))
	case data.TimeName:
		if !n.fitsInt32() {
			return data.Null, dataException("Invalid type for Time, underlying representation should be integer but was " + n.typeName())
		}
		return data.TimeFromMillis(s, int32(n.int64()))
	}
	if !n.isInteger() {
		return data.Null, dataException("Invalid type for Timestamp, underlying representation should be integral but was " + n.typeName())
	}
	return data.TimestampFromMillis(s, n.int64())
}

// convertList takes the members of an object for elements, and what has no elements for an empty list, since Java iterates over any node.
func (r treeReader) convertList(elem *data.Schema, n *node) (data.Value, error) {
	b := r.arena.List(len(n.elems))
	for i, e := range n.elems {
		v, err := r.convert(elem, e)
		if err != nil {
			return data.Null, javafmt.InField(err, "["+strconv.Itoa(i)+"]")
		}
		b.Append(v)
	}
	return b.Build().Value(), nil
}

func (r treeReader) convertMap(s *data.Schema, n *node) (data.Value, error) {
	b := r.arena.Map(len(n.elems))
	if s.Key().Kind() == data.StringKind {
		if n.kind != objectNode {
			return data.Null, dataException("Maps with string fields should be encoded as JSON objects, but found " + n.typeName())
		}
		for i, e := range n.elems {
			v, err := r.convert(s.Elem(), e)
			if err != nil {
				return data.Null, javafmt.InField(err, n.names[i])
			}
			b.Set(n.names[i], v)
		}
		return b.Build().Value(), nil
	}
	if n.kind != arrayNode {
		return data.Null, dataException("Maps with non-string fields should be encoded as JSON array of tuples, but found " + n.typeName())
	}
	for i, e := range n.elems {
		if e.kind != arrayNode {
			return data.Null, dataException("Found invalid map entry instead of array tuple: " + e.typeName())
		}
		if len(e.elems) != 2 {
			return data.Null, dataException("Found invalid map entry, expected length 2 but found :" + strconv.Itoa(len(e.elems)))
		}
		k, err := r.convert(s.Key(), e.elems[0])
		if err != nil {
			return data.Null, javafmt.InField(err, "["+strconv.Itoa(i)+"]")
		}
		v, err := r.convert(s.Elem(), e.elems[1])
		if err != nil {
			return data.Null, javafmt.InField(err, "["+strconv.Itoa(i)+"]")
		}
		b.Put(k, v)
	}
	return b.Build().Value(), nil
}

func (r treeReader) convertStruct(s *data.Schema, n *node) (data.Value, error) {
	if n.kind != objectNode {
		return data.Null, dataException("Structs should be encoded as JSON objects, but found " + n.typeName())
	}
	b := r.arena.Struct(s)
	member := n.members()
	for i, f := range s.Fields() {
		v, err := r.convert(f.Schema, member(f.Name))
		if err != nil {
			return data.Null, javafmt.InField(err, f.Name)
		}
		if v.IsNull() {
			if err := data.ValidateField(f.Name, f.Schema, v); err != nil {
				return data.Null, err
			}
			continue
		}
		if b.Set(i, v); b.Err() != nil {
			return data.Null, b.Err()
		}
	}
	st, err := b.BuildPartial()
	if err != nil {
		return data.Null, err
	}
	return st.Value(), nil
}
