package jsonschema

import (
	"math"
	"slices"
	"strings"

	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/converters/jsonschema/internal/everit"
	"github.com/moldau/moldau/converters/jsonschema/internal/tree"
	"github.com/moldau/moldau/internal/javafmt"
	"github.com/moldau/moldau/internal/jsonscan"
)

// mostSchemas bounds how many schemas one schema may become: those that occur in several places are written out in each.
const mostSchemas = 100_000

// JSONSchema returns the JSON Schema of a Connect schema; for no schema there is none.
func (d *Data) JSONSchema(s *data.Schema) (*Schema, error) {
	if s == nil {
		return nil, nil
	}
	w := schemaWriter{Data: d, ids: map[string]bool{}, encoders: compiler{Data: d, known: map[*data.Schema]*encoder{}}}
	return w.schema(s, s.Optional(), place{})
}

// schemaWriter makes one JSON Schema.
type schemaWriter struct {
	*Data
	// ids are those of the schemas that were met.
	ids      map[string]bool
	encoders compiler
	depth    int
	count    int
}

// place says where a schema stands: as what field, or as a member of a union, where it is not optional by itself.
type place struct {
	index  *int32
	member bool
}

func at(i int) place {
	index := int32(i)
	return place{index: &index}
}

// idOf returns the id that a schema has, which others may refer to.
func idOf(s *data.Schema) (string, bool) {
	if s == nil {
		return "", false
	}
	return s.Param(idParam)
}

// referring returns a reference where the schema was met before, else the schema.
func (w *schemaWriter) referring(s *data.Schema, p place) (*Schema, error) {
	if id, ok := idOf(s); ok && w.ids[id] {
		return &Schema{Type: everit.ReferenceSchema, Ref: id}, nil
	}
	if s == nil {
		return nil, nullPointer("a schema without the schema of its elements has no JSON Schema")
	}
	return w.schema(s, s.Optional(), p)
}

func (w *schemaWriter) schema(s *data.Schema, optional bool, p place) (*Schema, error) {
	if s == nil {
		return nil, nullPointer("a schema without the schema of its elements has no JSON Schema")
	}
	if w.depth++; w.depth > jsonscan.MaxDepth/2 {
		return nil, dataException("Recursive schemas need the parameter " + idParam + " where they begin: " + s.String())
	}
	defer func() { w.depth-- }()
	if w.count++; w.count > mostSchemas {
		return nil, dataException("The JSON Schema would consist of more than 100000 schemas")
	}
	id, hasID := idOf(s)
	if hasID {
		w.ids[id] = true
	}
	out, err := w.base(s, optional)
	if err != nil {
		return nil, err
	}
	if out.Type != everit.CombinedSchema {
		if err := w.describe(out, s); err != nil {
			return nil, err
		}
		if optional && !p.member {
			out = oneOf(NewSchema("null"), out)
		}
	}
	if hasID {
		out.ID = &id
	}
	out.ConnectIndex = p.index
	return out, nil
}

func oneOf(members ...*Schema) *Schema { return &Schema{Type: everit.CombinedSchema, Members: members} }

// typed are the kinds that have a type of JSON Schema and one of Connect.
var typed = map[data.Kind][2]string{
	data.Int8Kind: {"integer", "int8"}, data.Int16Kind: {"integer", "int16"}, data.Int32Kind: {"integer", "int32"}, data.Int64Kind: {"integer", "int64"},
	data.Float32Kind: {"number", "float32"}, data.Float64Kind: {"number", "float64"}, data.BytesKind: {"string", "bytes"},
}

func withConnectType(kind, connect string) *Schema {
	s := NewSchema(kind)
	s.ConnectType = &connect
	return s
}

func (w *schemaWriter) base(s *data.Schema, optional bool) (*Schema, error) {
	switch k := s.Kind(); k {
	case data.BoolKind:
		return NewSchema("boolean"), nil
	case data.StringKind:
		if isEnum(s) {
			return w.enum(s), nil
		}
		return NewSchema("string"), nil
	case data.ListKind:
		items, err := w.referring(s.Elem(), place{})
		out := NewSchema("array")
		out.Items = items
		return out, err
	case data.MapKind:
		return w.mapping(s)
	case data.StructKind:
		return w.structure(s, optional)
	case data.BytesKind:
		if w.opts.NumericDecimals && s.ValueKind() == data.DecimalKind {
			return withConnectType("number", "bytes"), nil
		}
		fallthrough
	default:
		t, ok := typed[k]
		if !ok {
			return nil, illegalArgument("Unsupported type "+k.String(), nil)
		}
		return withConnectType(t[0], t[1]), nil
	}
}

func (w *schemaWriter) enum(s *data.Schema) *Schema {
	out := NewSchema("enum")
	prefix := w.enumParam() + "."
	for key := range s.Params() {
		symbol, ok := strings.CutPrefix(key, prefix)
		switch {
		case !ok:
		case symbol == nullSymbol:
			out.Values = append(out.Values, &tree.Node{Kind: tree.Null})
		default:
			out.Values = append(out.Values, &tree.Node{Kind: tree.String, Text: symbol})
		}
	}
	return out
}

func (w *schemaWriter) mapping(s *data.Schema) (*Schema, error) {
	if s.Key() == nil {
		return nil, nullPointer("a map without the schema of its keys has no JSON Schema")
	}
	if objectMode(s) {
		elem, err := w.schema(s.Elem(), s.Elem() != nil && s.Elem().Optional(), place{})
		out := withConnectType("object", "map")
		out.Additional = elem
		return out, err
	}
	key, err := w.schema(s.Key(), s.Key().Optional(), at(0))
	if err != nil {
		return nil, err
	}
	value, err := w.schema(s.Elem(), s.Elem() != nil && s.Elem().Optional(), at(1))
	entry := NewSchema("object")
	entry.Properties = []Property{{Name: keyField, Schema: key}, {Name: valueField, Schema: value}}
	out := withConnectType("array", "map")
	out.Items = entry
	return out, err
}

func (w *schemaWriter) structure(s *data.Schema, optional bool) (*Schema, error) {
	switch {
	case isVariant(s):
		return NewSchema("empty"), nil
	case isUnion(s):
		out := oneOf()
		if optional {
			out.Members = append(out.Members, NewSchema("null"))
		}
		for i, f := range s.Fields() {
			p := at(i)
			p.member = true
			m, err := w.schema(f.Schema, false, p)
			if err != nil {
				return nil, err
			}
			out.Members = append(out.Members, m)
		}
		return out, nil
	case optional:
		x, err := w.schema(s, false, place{})
		return oneOf(NewSchema("null"), x), err
	}
	out := NewSchema("object")
	out.Closed = w.opts.Closed
	for i, f := range s.Fields() {
		if w.isExtras(f) {
			continue
		}
		x, err := w.referring(f.Schema, at(i))
		if err != nil {
			return nil, err
		}
		out.Properties = append(out.Properties, Property{Name: f.Name, Schema: x})
	}
	return out, nil
}

// describe adds what a Connect schema says beside its type.
func (w *schemaWriter) describe(out *Schema, s *data.Schema) error {
	if s.HasName() {
		name := s.Name()
		out.Title = &name
	}
	if v, ok := s.Version(); ok {
		out.ConnectVersion = &v
	}
	if s.HasDoc() {
		doc := s.Doc()
		out.Doc = &doc
	}
	for key, value := range s.Params() {
		if !strings.HasPrefix(key, namespace) {
			out.Params = append(out.Params, Param{Key: key, Value: value})
		}
	}
	// They are collected into a HashMap.
	out.Params = everit.HashOrder(slices.Clip(out.Params), javafmt.DefaultCapacity)
	def, ok := s.Default()
	if !ok || def.IsNull() {
		return nil
	}
	if f, isFloat := def.Float64(); isFloat && (math.IsNaN(f) || math.IsInf(f, 0)) {
		return javafmt.NewException("org.json.JSONException", "JSON does not allow non-finite numbers.", nil)
	}
	text, err := w.encoders.compile(s).append(nil, def, 0)
	if err != nil {
		return err
	}
	out.Default, err = tree.Parse(text)
	return err
}
