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
