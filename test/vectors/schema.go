package vectors

import (
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/moldau/moldau/connect/data"
)

// DecodeSchema reads a recorded schema; nil is no schema.
func DecodeSchema(v any) (*data.Schema, error) {
	if v == nil {
		return nil, nil
	}
	m, ok := v.(map[string]any)
	if !ok {
		return nil, NotUnderstood("schema %v", v)
	}
	// A default that its schema would not accept was set before the schema got its name.
	s, err := decodeSchema(m, true)
	if err != nil && m["default"] != nil {
		s, err = decodeSchema(m, false)
	}
	return s, err
}

func decodeSchema(m map[string]any, nameFirst bool) (*data.Schema, error) {
	kind, ok := data.KindOf(fmt.Sprint(m["type"]))
	if !ok || m["cyclic"] != nil {
		return nil, NotUnderstood("schema %v", m)
	}
	b := data.NewSchema(kind)
	key, err := DecodeSchema(m["key"])
	if err != nil {
		return nil, err
	}
	elem, err := DecodeSchema(m["value"])
	if err != nil {
		return nil, err
	}
	switch {
	case kind == data.ListKind && elem != nil:
		b = data.NewListSchema(elem)
	case kind == data.MapKind && key != nil && elem != nil:
		b = data.NewMapSchema(key, elem)
	}
	if m["optional"] == true {
		b.Optional()
	}
	if nameFirst {
		err = decodeName(b, m)
	}
	if err == nil {
		err = decodeFields(b, m)
	}
	if err == nil && m["default"] != nil {
		err = decodeDefault(b, m)
	}
	if err == nil && !nameFirst {
		err = decodeName(b, m)
	}
	if err != nil {
		return nil, err
	}
	return b.Build()
}

func decodeName(b *data.SchemaBuilder, m map[string]any) error {
	if m["name"] != nil {
		name, err := Text(m["name"])
		if err != nil {
			return err
		}
		b.Name(name)
	}
	if n, ok := m["version"].(json.Number); ok {
		version, err := strconv.ParseInt(string(n), 10, 32)
		if err != nil {
			return err
		}
		b.Version(int32(version))
	}
	if m["doc"] != nil {
		doc, err := Text(m["doc"])
		if err != nil {
			return err
		}
		b.Doc(doc)
	}
	params, ok := m["params"].([]any)
	if !ok {
		return nil
	}
	b.EmptyParams()
	for _, p := range params {
		kv, _ := p.([]any)
		if len(kv) != 2 {
			return NotUnderstood("parameter %v", p)
		}
		key, err := Text(kv[0])
		if err != nil {
			return err
		}
		param := data.Param{Key: key, Null: kv[1] == nil}
		if kv[1] != nil {
			if param.Value, err = Text(kv[1]); err != nil {
				return err
			}
		}
		b.ParamList([]data.Param{param})
	}
	return nil
}

func decodeFields(b *data.SchemaBuilder, m map[string]any) error {
	fields, _ := m["fields"].([]any)
	for _, f := range fields {
		name, err := Text(Member(f, "name"))
		if err != nil {
			return err
		}
		s, err := DecodeSchema(Member(f, "schema"))
		if err != nil {
			return err
		}
		b.Field(name, s)
	}
	return b.Err()
}

func decodeDefault(b *data.SchemaBuilder, m map[string]any) error {
	// What is built so far is the schema without its default, which a struct as a default has.
	declared, err := b.Build()
	if err != nil {
		return err
	}
	v, err := DecodeValue(m["default"], declared)
	if err != nil {
		return err
	}
	b.Default(v)
	return b.Err()
}

// EncodeSchema writes a schema in the recorded form.
func EncodeSchema(s *data.Schema) any {
	if s == nil {
		return nil
	}
	m := map[string]any{"type": s.Kind().String()}
	if s.Optional() {
		m["optional"] = true
	}
	if s.HasName() {
		m["name"] = s.Name()
	}
	if v, ok := s.Version(); ok {
		m["version"] = v
	}
	if s.HasDoc() {
		m["doc"] = s.Doc()
	}
	if s.HasParams() {
		params := []any{}
		for _, p := range s.ParamList() {
			if p.Null {
				params = append(params, []any{p.Key, nil})
			} else {
				params = append(params, []any{p.Key, p.Value})
			}
		}
		m["params"] = params
	}
	if d, ok := s.Default(); ok {
		m["default"] = EncodeValue(d, s)
	}
	switch s.Kind() {
	case data.StructKind:
		fields := []any{}
		for _, f := range s.Fields() {
			fields = append(fields, map[string]any{"name": f.Name, "schema": EncodeSchema(f.Schema)})
		}
		m["fields"] = fields
	case data.MapKind:
		m["key"], m["value"] = EncodeSchema(s.Key()), EncodeSchema(s.Elem())
	case data.ListKind:
		m["value"] = EncodeSchema(s.Elem())
	}
	return m
}
