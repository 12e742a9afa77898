package vectors

import (
	"encoding/json"
	"strconv"

	"github.com/moldau/moldau/internal/javafmt"
)

// valueText runs the group toString: Object.toString of a value without schema, its maps in the recorded order.
func valueText(c *Case) (any, error) {
	b, err := appendValue(nil, c.Input)
	return string(b), err
}

func appendValue(dst []byte, v any) ([]byte, error) {
	switch v := v.(type) {
	case nil:
		return append(dst, "null"...), nil
	case bool:
		return strconv.AppendBool(dst, v), nil
	case string:
		return append(dst, v...), nil
	case map[string]any:
		return appendTyped(dst, v)
	}
	return nil, NotUnderstood("value %v", v)
}

func appendTyped(dst []byte, v map[string]any) ([]byte, error) {
	for kind, e := range v {
		switch kind {
		case "utf16":
			s, err := Text(v)
			return append(dst, s...), err
		case "i8", "i16", "i32":
			n, _ := e.(json.Number)
			return append(dst, n...), nil
		case "i64", "bigint":
			s, _ := e.(string)
			return append(dst, s...), nil
		case "f32":
			f, err := float(v["bits"])
			return javafmt.AppendFloat(dst, f), err
		case "f64":
			f, err := double(v["bits"])
			return javafmt.AppendDouble(dst, f), err
		case "list":
			list, _ := e.([]any)
			return appendList(dst, list)
		case "map", "hashmap":
			list, _ := e.([]any)
			return appendMap(dst, list)
		}
	}
	return nil, NotUnderstood("value %v", v)
}

func appendList(dst []byte, list []any) (_ []byte, err error) {
	dst = append(dst, '[')
	for i, e := range list {
		if i > 0 {
			dst = append(dst, ", "...)
		}
		if dst, err = appendValue(dst, e); err != nil {
			return nil, err
		}
	}
	return append(dst, ']'), nil
}

func appendMap(dst []byte, entries []any) (_ []byte, err error) {
	dst = append(dst, '{')
	for i, e := range entries {
		if i > 0 {
			dst = append(dst, ", "...)
		}
		kv, _ := e.([]any)
		if len(kv) != 2 {
			return nil, NotUnderstood("map entry %v", e)
		}
		if dst, err = appendValue(dst, kv[0]); err != nil {
			return nil, err
		}
		if dst, err = appendValue(append(dst, '='), kv[1]); err != nil {
			return nil, err
		}
	}
	return append(dst, '}'), nil
}
