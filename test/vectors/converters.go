package vectors

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/converters/bytearray"
	"github.com/moldau/moldau/converters/json"
	"github.com/moldau/moldau/converters/primitive"
	"github.com/moldau/moldau/converters/simpleheader"
	stringconv "github.com/moldau/moldau/converters/string"
)

// convertersFamily runs the folder converters: one call of a converter each.
func convertersFamily() Family {
	all := map[string]Func{"*": convert}
	return Family{
		"converters/json-from-connect": all,
		"converters/json-header":       all,
		"converters/json-to-connect":   all,
		"converters/simple-header":     all,
		"converters/primitive":         all,
		"converters/string":            all,
	}
}

func converterPlugins() []connect.Plugin {
	return slices.Concat(bytearray.Plugins(), json.Plugins(), primitive.Plugins(), simpleheader.Plugins(), stringconv.Plugins())
}

func convert(c *Case) (any, error) {
	props := map[string]string{}
	config, _ := c.Config.(map[string]any)
	for k, v := range config {
		props[k] = fmt.Sprint(v)
	}
	class, op := fmt.Sprint(Member(c.Input, "class")), fmt.Sprint(Member(c.Input, "op"))
	for _, p := range converterPlugins() {
		switch {
		case p.Class != class:
		case p.Kind == connect.KindConverter && strings.HasSuffix(op, "Data"):
			return convertData(c, p.NewConverter(), op, props)
		case p.Kind == connect.KindHeaderConverter && strings.HasSuffix(op, "Header"):
			return convertHeader(c, p.NewHeaderConverter(), op, props)
		}
	}
	return nil, NotUnderstood("%s of %s", op, class)
}

func convertData(c *Case, x connect.Converter, op string, props map[string]string) (any, error) {
	if err := x.Configure(props, Member(c.Input, "isKey") == true); err != nil {
		return nil, FailureOf(err)
	}
	return convertWith(c, op,
		func(s *data.Schema, v data.Value) ([]byte, bool, error) {
			return x.FromConnect([]byte("before"), "t", &connect.Headers{}, s, v)
		},
		func(raw []byte) (*data.Schema, data.Value, error) {
			return x.ToConnect(data.NewArena(), "t", &connect.Headers{}, raw)
		})
}

func convertHeader(c *Case, x connect.HeaderConverter, op string, props map[string]string) (any, error) {
	if err := x.Configure(props); err != nil {
		return nil, FailureOf(err)
	}
	return convertWith(c, op,
		func(s *data.Schema, v data.Value) ([]byte, bool, error) {
			return x.FromConnectHeader([]byte("before"), "t", "h", s, v)
		},
		func(raw []byte) (*data.Schema, data.Value, error) {
			return x.ToConnectHeader(data.NewArena(), "t", "h", raw)
		})
}

func convertWith(c *Case, op string, from func(*data.Schema, data.Value) ([]byte, bool, error), to func([]byte) (*data.Schema, data.Value, error)) (any, error) {
	if strings.HasPrefix(op, "to") {
		return convertBytes(c, to)
	}
	schema, err := DecodeSchema(Member(c.Input, "schema"))
	if err != nil {
		return nil, err
	}
	value, err := DecodeValue(Member(c.Input, "value"), schema)
	if err != nil {
		return nil, err
	}
	out, null, err := from(schema, value)
	switch {
	case err != nil:
		return nil, FailureOf(err)
	case !strings.HasPrefix(string(out), "before"):
		return nil, fmt.Errorf("does not append: %q", out)
	case null && len(out) > len("before"):
		return nil, fmt.Errorf("null changes the destination: %q", out)
	case null:
		return nil, nil
	}
	return convertedBytes(c, out[len("before"):])
}

// convertedBytes compares bytes with the recorded ones and returns them in the recorded form. Recorded bytes have the identities of objects
// masked, which lets identities of any number of digits pass.
func convertedBytes(c *Case, out []byte) (any, error) {
	if masked := HideIdentity(string(out)); masked != string(out) {
		out = []byte(masked)
	}
	got := map[string]any{"bytes": base64.StdEncoding.EncodeToString(out)}
	want, _ := c.Output.(map[string]any)
	if text, ok := want["text"]; ok && got["bytes"] == want["bytes"] {
		got["text"] = text
	} else if ok {
		got["text"] = string(out)
	}
	return got, nil
}

func convertBytes(c *Case, to func([]byte) (*data.Schema, data.Value, error)) (any, error) {
	var raw []byte
	if b, ok := Member(Member(c.Input, "data"), "bytes").(string); ok {
		var err error
		if raw, err = base64.StdEncoding.DecodeString(b); err != nil {
			return nil, err
		}
	}
	schema, value, err := to(raw)
	if err != nil {
		return nil, FailureOf(err)
	}
	if c.Output == nil && schema == nil && value.IsNull() {
		// For the text null Java's parser returns no pair of schema and value at all.
		return nil, nil
	}
	if Member(c.Output, "nestedLists") != nil {
		depth := 0
		for v := value; v.List() != nil; depth++ {
			if v.List().Len() == 0 {
				v = data.Null
			} else {
				v = v.List().At(0)
			}
		}
		return map[string]any{"schema": EncodeSchema(schema), "nestedLists": depth}, nil
	}
	return map[string]any{"schema": EncodeSchema(schema), "value": EncodeValue(value, schema)}, nil
}
