package debezium

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/internal/javafmt"
	"github.com/moldau/moldau/transforms/internal/smt"
)

// jsonExpansion turns JSON texts into structs (io.debezium.transforms.outbox.JsonSchemaData).
type jsonExpansion struct {
	// nullsAreBytes makes a null a field of the type BYTES; else it is no field.
	nullsAreBytes bool
	adjust        *adjuster
}

// apply returns the struct that a payload stands for, with its schema. A payload that is no JSON object stays what it is, though with the schema
// that was found for it, as in Java.
func (x *jsonExpansion) apply(r *connect.Record, name string, schema *data.Schema, payload data.Value) (*data.Schema, data.Value) {
	text, ok := payload.Text()
	if !ok {
		slog.Warn("a payload to be expanded is no text", "topic", r.Topic)
		return schema, payload
	}
	expanded := payload
	err := errNoJSON
	if text != "" && (text[0] == '{' || text[0] == '[') {
		var tree node
		if tree, err = readTree([]byte(text)); err == nil {
			var found *data.Schema
			if found, err = x.schema(name, &tree); err == nil {
				schema = found
				expanded, err = structOf(r.Arena(), &tree, schema)
			}
		}
	}
	if err != nil {
		slog.Warn("a payload cannot be expanded", "topic", r.Topic, "error", err)
		return schema, payload
	}
	return schema, expanded
}

var errNoJSON = errors.New("the payload is neither a JSON object nor an array")

// schema returns the schema of a value, nil for a null and for an empty array, which have none. Structs are named by the path to them.
func (x *jsonExpansion) schema(path string, n *node) (*data.Schema, error) {
	switch n.kind {
	case stringNode:
		return data.OptionalStringSchema, nil
	case booleanNode:
		return data.OptionalBoolSchema, nil
	case numberNode:
		return numberSchema(n), nil
	case arrayNode:
		if len(n.items) == 0 {
			return nil, nil
		}
		elem, err := x.elementSchema(path, n)
		if err != nil {
			return nil, err
		}
		return data.NewListSchema(elem).Optional().Build()
	case objectNode:
		return x.structSchema(path, n)
	}
	if x.nullsAreBytes {
		return data.OptionalBytesSchema, nil
	}
	return nil, nil
}

func numberSchema(n *node) *data.Schema {
	if !n.fraction {
		if i, err := strconv.ParseInt(string(n.text), 10, 64); err == nil {
			if int64(int32(i)) == i {
				return data.OptionalInt32Schema
			}
			return data.OptionalInt64Schema
		}
	}
	return data.OptionalFloat64Schema
}

func (x *jsonExpansion) structSchema(path string, n *node) (*data.Schema, error) {
	b := data.NewSchema(data.StructKind).Optional()
	if path != "" {
		b.Name(path)
	}
	seen := map[string]bool{}
	for i := range n.items {
		name := x.adjust.adjust(n.names[i])
		inner := name
		if !isBlank(path) {
			inner = path + "." + name
		}
		s, err := x.schema(inner, &n.items[i])
		if err != nil {
			return nil, err
		}
		if s != nil && !seen[name] {
			seen[name] = true
			b.Field(name, s)
		}
	}
	return b.Build()
}

// elementSchema returns the schema of an array's elements, which must be of one type; those of objects are merged.
func (x *jsonExpansion) elementSchema(path string, n *node) (*data.Schema, error) {
	sample, err := homogeneous(n)
	if err != nil {
		return nil, err
	}
	if sample == nil {
		sample = &node{}
	}
	if sample.kind != objectNode {
		s, err := x.schema("", sample)
		if err == nil && s == nil {
			err = connectError("Array '' has unrecognized member schema.")
		}
		return s, err
	}
	var distinct []*data.Schema
	for i := range n.items {
		if n.items[i].kind != objectNode {
			continue
		}
		s, err := x.schema(path, &n.items[i])
		if err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(distinct, s.Equal) {
			distinct = append(distinct, s)
		}
	}
	merged := distinct[0]
	for _, s := range distinct[1:] {
		if merged, err = mergeStructs(merged, s); err != nil {
			return nil, err
		}
	}
	return merged, nil
}

// homogeneous returns the first element that is not null, nil for none, after a check that the others are of its type.
func homogeneous(n *node) (*node, error) {
	var first *node
	for i := range n.items {
		item := &n.items[i]
		if item.kind == nullNode {
			continue
		}
		if first == nil {
			first = item
		}
		if item.kind != first.kind {
			return nil, connectError(fmt.Sprintf("Field is not a homogenous array (%s x %s).", first.text, item.kind))
		}
		if item.kind == numberNode && numberSchema(item) != numberSchema(first) {
			return nil, connectError(fmt.Sprintf("Field is not a homogenous array (%s x %s), different number types (%s x %s)",
				first.text, item.text, numberSchema(first), numberSchema(item)))
		}
	}
	return first, nil
}

// mergeStructs returns a schema with the fields of both. A field that only was null so far takes the type it has in the other. As in Java the merged
// schema is not optional.
func mergeStructs(left, right *data.Schema) (*data.Schema, error) {
	fields := slices.Clone(left.Fields())
	for _, f := range right.Fields() {
		at := slices.IndexFunc(fields, func(have data.Field) bool { return have.Name == f.Name })
		switch {
		case at < 0:
			fields = append(fields, f)
		case fields[at].Schema.Kind() == data.BytesKind && f.Schema.Kind() != data.BytesKind:
			fields[at] = f
		}
	}
	b := basics(left)
	for _, f := range fields {
		b.Field(f.Name, f.Schema)
	}
	return b.Build()
}

// structOf returns an object as a struct of the schema that was found for it.
func structOf(a *data.Arena, n *node, schema *data.Schema) (data.Value, error) {
	if schema == nil {
		return data.Null, smt.NullPointer("The payload has no schema")
	}
	b := a.Struct(schema)
	if b.Err() != nil {
		return data.Null, b.Err()
	}
	for _, f := range schema.Fields() {
		item, ok := n.member(f.Name)
		if !ok {
			continue
		}
		v, err := valueOf(a, item, f.Schema)
		if err != nil {
			return data.Null, err
		}
		b.Set(f.Index, v)
	}
	s, err := b.BuildPartial()
	return s.Value(), err
}

func valueOf(a *data.Arena, n *node, schema *data.Schema) (data.Value, error) {
	switch n.kind {
	case stringNode:
		return data.TextOf(n.text), nil
	case booleanNode:
		return data.Bool(n.truth), nil
	case numberNode:
		return numberOf(n)
	case arrayNode:
		if schema == nil {
			return data.Null, smt.NullPointer("The array has no schema")
		}
		list := a.List(len(n.items))
		for i := range n.items {
			v, err := valueOf(a, &n.items[i], schema.Elem())
			if err != nil {
				return data.Null, err
			}
			list.Append(v)
		}
		return list.Build().Value(), nil
	case objectNode:
		return structOf(a, n, schema)
	}
	return data.Null, nil
}

func numberOf(n *node) (data.Value, error) {
	if n.fraction {
		f, err := javafmt.ParseDouble(string(n.text))
		return data.Float64(f), err
	}
	if i, err := strconv.ParseInt(string(n.text), 10, 64); err == nil {
		if int64(int32(i)) == i {
			return data.Int32(int32(i)), nil
		}
		return data.Int64(i), nil
	}
	d, err := data.ParseDecimal(string(n.text))
	return d.Value(), err
}
