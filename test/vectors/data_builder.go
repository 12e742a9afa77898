package vectors

import (
	"fmt"

	"github.com/moldau/moldau/connect/data"
)

// buildSchema replays calls on a SchemaBuilder: [method, arguments...].
func buildSchema(c *Case) (any, error) {
	calls, _ := c.Input.([]any)
	var b *data.SchemaBuilder
	for i, call := range calls {
		list, _ := call.([]any)
		if len(list) == 0 {
			return nil, NotUnderstood("call %v", call)
		}
		method := fmt.Sprint(list[0])
		var err error
		if i == 0 {
			b, err = startSchema(method, list[1:])
		} else {
			err = callBuilder(b, method, list[1:])
		}
		if err != nil {
			return nil, err
		}
	}
	s, err := b.Build()
	return EncodeSchema(s), FailureOf(err)
}

func startSchema(method string, args []any) (*data.SchemaBuilder, error) {
	starts := map[string]data.Kind{"int8": data.Int8Kind, "int16": data.Int16Kind, "int32": data.Int32Kind, "int64": data.Int64Kind,
		"float32": data.Float32Kind, "float64": data.Float64Kind, "bool": data.BoolKind, "string": data.StringKind, "bytes": data.BytesKind,
		"struct": data.StructKind}
	if kind, ok := starts[method]; ok {
		return data.NewSchema(kind), nil
	}
	schemas := make([]*data.Schema, len(args))
	if method != "type" {
		for i, a := range args {
			var err error
			if schemas[i], err = DecodeSchema(Member(a, "schema")); err != nil {
				return nil, err
			}
		}
	}
	switch method {
	case "array":
		return data.NewListSchema(schemas[0]), nil
	case "map":
		return data.NewMapSchema(schemas[0], schemas[1]), nil
	case "type":
		kind, _ := data.KindOf(fmt.Sprint(args[0]))
		return data.NewSchema(kind), nil
	}
	return nil, NotUnderstood("method %s", method)
}

func callBuilder(b *data.SchemaBuilder, method string, args []any) error {
	switch method {
	case "optional":
		b.Optional()
	case "required":
		b.Required()
	case "name":
		if args[0] != nil {
			b.Name(fmt.Sprint(args[0]))
		}
	case "doc":
		b.Doc(fmt.Sprint(args[0]))
	case "version":
		n, err := integer(Member(args[0], "i32"), 32)
		b.Version(int32(n))
		return err
	case "defaultValue":
		v, err := DecodeValue(args[0], nil)
		b.Default(v)
		return err
	case "parameter":
		p := data.Param{Key: fmt.Sprint(args[0]), Null: args[1] == nil}
		if !p.Null {
			p.Value = fmt.Sprint(args[1])
		}
		b.ParamList([]data.Param{p})
	case "parameters":
		if entries, _ := Member(args[0], "map").([]any); len(entries) > 0 {
			return NotUnderstood("parameters %v", args[0])
		}
		b.ParamList(nil)
	case "field":
		s, err := DecodeSchema(Member(args[1], "schema"))
		name, _ := args[0].(string)
		b.Field(name, s)
		return err
	default:
		return NotUnderstood("method %s", method)
	}
	return nil
}
