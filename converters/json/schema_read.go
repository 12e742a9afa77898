package json

import (
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/internal/javafmt"
)

var typeNames = map[string]data.Kind{
	"boolean": data.BoolKind, "int8": data.Int8Kind, "int16": data.Int16Kind, "int32": data.Int32Kind, "int64": data.Int64Kind,
	"float": data.Float32Kind, "double": data.Float64Kind, "bytes": data.BytesKind, "string": data.StringKind,
	"array": data.ListKind, "map": data.MapKind, "struct": data.StructKind,
}

// schema reads the schema that a node describes, nil for null.
func (r treeReader) schema(n *node) (*data.Schema, error) {
	if n.kind == nullNode {
		return nil, nil
	}
	name := n.get("type")
	if name == nil || name.kind != stringNode {
		return nil, dataException("Schema must contain 'type' field")
	}
	kind, ok := typeNames[string(name.text)]
	if !ok {
		return nil, dataException("Unknown schema type: " + string(name.text))
	}
	b, err := r.schemaBuilder(kind, n)
	if err != nil {
		return nil, err
	}
	optional := n.get("optional")
	b.SetOptional(optional != nil && optional.truth)
	if x := n.get("name"); x != nil && x.kind == stringNode {
		b.Name(string(x.text))
	}
	if x := n.get("version"); x != nil && x.isInteger() {
		b.Version(int32(x.int64()))
	}
	if x := n.get("doc"); x != nil && x.kind == stringNode {
		b.Doc(string(x.text))
	}
	if x := n.get("parameters"); x != nil && x.kind == objectNode {
		for i, e := range x.elems {
			if e.kind != stringNode {
				return nil, dataException("Schema parameters must have string values.")
			}
			b.Param(x.names[i], string(e.text))
		}
	}
	if x := n.get("default"); x != nil {
		if err := r.schemaDefault(b, x); err != nil {
			return nil, err
		}
	}
	return b.Build()
}

// schemaBuilder starts the schema with what belongs to its type.
func (r treeReader) schemaBuilder(kind data.Kind, n *node) (*data.SchemaBuilder, error) {
	switch kind {
	case data.ListKind:
		items := n.get("items")
		if items == nil || items.kind == nullNode {
			return nil, dataException("Array schema did not specify the element type")
		}
		elem, err := r.schema(items)
		if err != nil {
			return nil, err
		}
		return data.NewListSchema(elem), nil
	case data.MapKind:
		keys, values := n.get("keys"), n.get("values")
		if keys == nil {
			return nil, dataException("Map schema did not specify the key type")
		}
		if values == nil {
			return nil, dataException("Map schema did not specify the value type")
		}
		key, err := r.schema(keys)
		if err != nil {
			return nil, err
		}
		elem, err := r.schema(values)
		if err != nil {
			return nil, err
		}
		return data.NewMapSchema(key, elem), nil
	case data.StructKind:
		return r.structBuilder(n)
	}
	return data.NewSchema(kind), nil
}

func (r treeReader) structBuilder(n *node) (*data.SchemaBuilder, error) {
	fields := n.get("fields")
	if fields == nil || fields.kind != arrayNode {
		return nil, dataException("Struct schema's \"fields\" argument is not an array.")
	}
	b := data.NewSchema(data.StructKind)
	for _, f := range fields.elems {
		name := f.get("field")
		if name == nil || name.kind != stringNode {
			return nil, dataException("Struct schema's field name not specified properly")
		}
		s, err := r.schema(f)
		if err != nil {
			return nil, err
		}
		if b.Field(string(name.text), s); b.Err() != nil {
			return nil, b.Err()
		}
	}
	return b, nil
}

// schemaDefault sets the default, which is read with the schema as it is so far.
func (r treeReader) schemaDefault(b *data.SchemaBuilder, n *node) error {
	if b.Err() != nil {
		return b.Err()
	}
	soFar, err := b.Build()
	if err != nil {
		return err
	}
	v, err := r.convert(soFar, n)
	if err != nil {
		return err
	}
	if v.Kind() == data.StructKind {
		// To Java the struct has the built schema, which never equals the builder that is asked to accept it.
		return javafmt.NewException(javafmt.SchemaBuilderException, "Invalid default value", dataException("Struct schemas do not match."))
	}
	return b.Default(v).Err()
}
