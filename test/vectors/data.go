package vectors

import (
	"encoding/base64"
	"encoding/json"
	"fmt"

	"github.com/moldau/moldau/connect/data"
)

// dataFamily runs the folder data: schemas, structs, validation and projection in connect/data.
func dataFamily() Family {
	return Family{
		"data/project":         {"*": project},
		"data/validate":        {"validate": validateValue, "validateNamed": validateValue},
		"data/schema-equality": {"equals": schemasEqual, "toString": schemaText},
		"data/struct":          {"toString": structText, "validate": structValidate, "get": structGet, "put": structPut, "new": structNew},
		"data/builder": {"builder": buildSchema, "Decimal.fromLogical": decimalFromLogical, "Decimal.toLogical": decimalToLogical,
			"Decimal.scale": decimalScale, "*": logical},
	}
}

func project(c *Case) (any, error) {
	source, err := DecodeSchema(Member(c.Input, "source"))
	if err != nil {
		return nil, err
	}
	target, err := DecodeSchema(Member(c.Input, "target"))
	if err != nil {
		return nil, err
	}
	v, err := DecodeValue(Member(c.Input, "value"), source)
	if err != nil {
		return nil, err
	}
	p, err := data.Project(source, v, target)
	return EncodeValue(p, target), FailureOf(err)
}

func validateValue(c *Case) (any, error) {
	schema, err := DecodeSchema(Member(c.Input, "schema"))
	if err != nil {
		return nil, err
	}
	v, err := DecodeValue(Member(c.Input, "value"), schema)
	if err != nil {
		return nil, err
	}
	if name, ok := Member(c.Input, "name").(string); ok {
		return "valid", FailureOf(data.ValidateField(name, schema, v))
	}
	return "valid", FailureOf(data.ValidateValue(schema, v))
}

func schemasEqual(c *Case) (any, error) {
	pair, _ := c.Input.([]any)
	if len(pair) != 2 {
		return nil, NotUnderstood("a pair of schemas")
	}
	a, err := DecodeSchema(pair[0])
	if err != nil {
		return nil, err
	}
	b, err := DecodeSchema(pair[1])
	return a.Equal(b), err
}

func schemaText(c *Case) (any, error) {
	s, err := DecodeSchema(c.Input)
	return s.String(), err
}

func recordedStruct(v any) (*data.Struct, error) {
	s, err := DecodeValue(v, nil)
	if err == nil && s.Struct() == nil {
		err = NotUnderstood("struct %v", v)
	}
	return s.Struct(), err
}

func structText(c *Case) (any, error) {
	s, err := recordedStruct(c.Input)
	return s.String(), err
}

func structValidate(c *Case) (any, error) {
	s, err := recordedStruct(c.Input)
	if err != nil {
		return nil, err
	}
	return "valid", FailureOf(s.Validate())
}

func structGet(c *Case) (any, error) {
	s, err := recordedStruct(Member(c.Input, "struct"))
	if err != nil {
		return nil, err
	}
	field, err := Text(Member(c.Input, "field"))
	if err != nil {
		return nil, err
	}
	var v data.Value
	getter := fmt.Sprint(Member(c.Input, "getter"))
	switch kind, ok := getterKinds[getter]; {
	case ok:
		v, err = s.LookupAs(field, kind)
	case getter == "get":
		v, err = s.Lookup(field)
	case getter == "getWithoutDefault":
		v, err = s.LookupRaw(field)
	default:
		return nil, NotUnderstood("getter %s", getter)
	}
	return EncodeValue(v, nil), FailureOf(err)
}

var getterKinds = map[string]data.Kind{
	"getInt8": data.Int8Kind, "getInt16": data.Int16Kind, "getInt32": data.Int32Kind, "getInt64": data.Int64Kind,
	"getFloat32": data.Float32Kind, "getFloat64": data.Float64Kind, "getBoolean": data.BoolKind, "getString": data.StringKind,
	"getBytes": data.BytesKind, "getArray": data.ListKind, "getMap": data.MapKind, "getStruct": data.StructKind,
}

func structPut(c *Case) (any, error) {
	schema, err := DecodeSchema(Member(c.Input, "schema"))
	if err != nil {
		return nil, err
	}
	field, err := Text(Member(c.Input, "field"))
	if err != nil {
		return nil, err
	}
	f, _ := schema.Field(field)
	v, err := DecodeValue(Member(c.Input, "value"), f.Schema)
	if err != nil {
		return nil, err
	}
	s, err := data.NewStruct(schema).Put(field, v).BuildPartial()
	return EncodeValue(s.Value(), schema), FailureOf(err)
}

func structNew(c *Case) (any, error) {
	schema, err := DecodeSchema(c.Input)
	if err != nil {
		return nil, err
	}
	s, err := data.NewStruct(schema).BuildPartial()
	return EncodeValue(s.Value(), nil), FailureOf(err)
}

func decimalCase(c *Case) (*data.Schema, error) {
	scale, err := integer(Member(c.Input, "scale"), 32)
	return data.DecimalSchema(int32(scale)), err
}

func decimalFromLogical(c *Case) (any, error) {
	schema, err := decimalCase(c)
	if err != nil {
		return nil, err
	}
	v, err := DecodeValue(Member(c.Input, "value"), schema)
	if err != nil {
		return nil, err
	}
	d, _ := v.Decimal()
	b, err := data.DecimalToBytes(schema, d)
	return map[string]any{"bytes": base64.StdEncoding.EncodeToString(b)}, FailureOf(err)
}

func decimalToLogical(c *Case) (any, error) {
	schema, err := decimalCase(c)
	if err != nil {
		return nil, err
	}
	b, err := base64Of(Member(c.Input, "bytes"))
	if err != nil {
		return nil, err
	}
	d, err := data.DecimalFromBytes(schema, b)
	return EncodeValue(d.Value(), nil), FailureOf(err)
}

func decimalScale(c *Case) (any, error) {
	schema, err := DecodeSchema(c.Input)
	if err != nil {
		return nil, err
	}
	scale, err := data.DecimalScale(schema)
	return scale, FailureOf(err)
}

// logical runs the conversions of dates between host values and wire form.
func logical(c *Case) (any, error) {
	schema := map[string]*data.Schema{"Date": data.DateSchema, "Time": data.TimeSchema, "Timestamp": data.TimestampSchema}
	for name, s := range schema {
		switch c.Group() {
		case name + ".fromLogical":
			v, err := DecodeValue(c.Input, s)
			if err != nil {
				return nil, err
			}
			return fromLogical(s, v)
		case name + ".toLogical":
			n, _ := c.Input.(json.Number)
			wire, err := n.Int64()
			if err != nil {
				return nil, err
			}
			v, err := toLogical(s, wire)
			return EncodeValue(v, s), FailureOf(err)
		}
	}
	return nil, NotUnderstood("group %s", c.Group())
}

func fromLogical(s *data.Schema, v data.Value) (any, error) {
	switch s.ValueKind() {
	case data.DateKind:
		n, err := data.DateToDays(s, v)
		return EncodeValue(data.Int32(n), nil), FailureOf(err)
	case data.TimeKind:
		n, err := data.TimeToMillis(s, v)
		return EncodeValue(data.Int32(n), nil), FailureOf(err)
	}
	n, err := data.TimestampToMillis(s, v)
	return EncodeValue(data.Int64(n), nil), FailureOf(err)
}

func toLogical(s *data.Schema, wire int64) (data.Value, error) {
	switch s.ValueKind() {
	case data.DateKind:
		return data.DateFromDays(s, int32(wire))
	case data.TimeKind:
		return data.TimeFromMillis(s, int32(wire))
	}
	return data.TimestampFromMillis(s, wire)
}
