package vectors

import (
	"encoding/json"
	"strconv"

	"github.com/moldau/moldau/converters/jsonschema"
)

// jsonschemaFamily runs the folder jsonschema: how everit-json-schema prints the schemas that Confluent's converter builds.
func jsonschemaFamily() Family {
	return Family{"jsonschema/everit-text": {"text": func(c *Case) (any, error) {
		s, err := builtSchema(c.Input)
		if err != nil {
			return nil, err
		}
		return s.Text(), nil
	}}}
}

// builtSchema repeats the calls of the library's builders.
func builtSchema(x any) (*jsonschema.Schema, error) {
	kind, _ := Member(x, "kind").(string)
	s := jsonschema.NewSchema(kind)
	if s == nil {
		return nil, NotUnderstood("schema %s", kind)
	}
	for member, to := range map[string]**string{"title": &s.Title, "description": &s.Doc, "id": &s.ID} {
		if v := Member(x, member); v != nil {
			text, err := Text(v)
			if err != nil {
				return nil, err
			}
			*to = &text
		}
	}
	if v := Member(x, "default"); v != nil {
		text, err := json.Marshal(v)
		if err != nil {
			return nil, err
		}
		if s.Default, err = jsonschema.ParseJSON(text); err != nil {
			return nil, err
		}
	}
	if open, ok := Member(x, "additional").(bool); ok {
		s.Closed = !open
	}
	for _, pair := range elements(Member(x, "unprocessed")) {
		if err := unprocessed(s, pair); err != nil {
			return nil, err
		}
	}
	return s, insideSchema(s, kind, x)
}

func elements(v any) []any {
	l, _ := v.([]any)
	return l
}

func unprocessed(s *jsonschema.Schema, pair any) error {
	p := elements(pair)
	if len(p) != 2 {
		return NotUnderstood("an unprocessed member")
	}
	switch p[0] {
	case "connect.type":
		text, err := Text(p[1])
		s.ConnectType = &text
		return err
	case "connect.index", "connect.version":
		n, _ := p[1].(json.Number)
		wide, err := strconv.ParseInt(n.String(), 10, 32)
		x := int32(wide)
		if p[0] == "connect.index" {
			s.ConnectIndex = &x
		} else {
			s.ConnectVersion = &x
		}
		return err
	case "connect.parameters":
		// They were put into a map in the order of the text, which a Go map does not keep: these are all that occur, in that order.
		params, _ := p[1].(map[string]any)
		for _, name := range []string{"scale", "connect.decimal.precision", "z", "a"} {
			if value, ok := params[name].(string); ok {
				s.Params = append(s.Params, jsonschema.Param{Key: name, Value: value})
			}
		}
		if len(params) != len(s.Params) {
			return NotUnderstood("the parameters %v", params)
		}
		return nil
	}
	return NotUnderstood("an unprocessed member %v", p[0])
}

// insideSchema adds the schemas, or the symbols, inside a schema.
func insideSchema(s *jsonschema.Schema, kind string, x any) error {
	inner := func(member string, to **jsonschema.Schema) (err error) {
		if v := Member(x, member); v != nil {
			*to, err = builtSchema(v)
		}
		return err
	}
	switch kind {
	case "ref":
		var err error
		s.Ref, err = Text(Member(x, "ref"))
		return err
	case "enum":
		for _, v := range elements(Member(x, "values")) {
			text, err := json.Marshal(v)
			if err != nil {
				return err
			}
			symbol, err := jsonschema.ParseJSON(text)
			if err != nil {
				return err
			}
			s.Values = append(s.Values, symbol)
		}
	case "array":
		return inner("items", &s.Items)
	case "map":
		return inner("values", &s.Additional)
	case "oneOf":
		for _, v := range elements(Member(x, "of")) {
			m, err := builtSchema(v)
			if err != nil {
				return err
			}
			s.Members = append(s.Members, m)
		}
	case "object":
		for _, pair := range elements(Member(x, "fields")) {
			p := elements(pair)
			if len(p) != 2 {
				return NotUnderstood("a field")
			}
			name, err := Text(p[0])
			if err != nil {
				return err
			}
			f, err := builtSchema(p[1])
			if err != nil {
				return err
			}
			s.Properties = append(s.Properties, jsonschema.Property{Name: name, Schema: f})
		}
	}
	return nil
}
