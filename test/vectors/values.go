package vectors

import (
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/connect/data/values"
)

// valuesFamily runs the folder values: texts of headers and conversions in connect/data/values.
func valuesFamily() Family {
	return Family{
		"values/parse": {"*": parseHeaderText},
		"values/infer": {"infer": inferSchema, "dateFormatFor": datePattern},
		"values/convert": {
			"convertToBoolean": converter(values.ToBool), "convertToByte": converter(values.ToInt8), "convertToShort": converter(values.ToInt16),
			"convertToInteger": converter(values.ToInt32), "convertToLong": converter(values.ToInt64), "convertToFloat": converter(values.ToFloat32),
			"convertToDouble": converter(values.ToFloat64), "convertToString": converter(values.ToString), "convertToList": converter(values.ToList),
			"convertToMap": converter(values.ToMap), "convertToStruct": converter(values.ToStruct), "convertToDate": converter(values.ToDate),
			"convertToTime": converter(values.ToTime), "convertToTimestamp": converter(values.ToTimestamp),
			"convertToDecimal0": converter(toDecimal(0)), "convertToDecimal2": converter(toDecimal(2)),
		},
	}
}

func parseHeaderText(c *Case) (any, error) {
	if c.Input == nil {
		// Java's null text has no counterpart: callers of Parse have a text.
		return map[string]any{"schema": nil, "value": nil}, nil
	}
	text, err := Text(c.Input)
	if err != nil {
		return nil, err
	}
	schema, v := values.Parse(text)
	if schema == nil {
		return nil, nil
	}
	return map[string]any{"schema": EncodeSchema(schema), "value": EncodeValue(v, schema)}, nil
}

func inferSchema(c *Case) (any, error) {
	v, err := DecodeValue(c.Input, nil)
	if err != nil {
		return nil, err
	}
	s, err := values.Infer(v)
	return EncodeSchema(s), FailureOf(err)
}

func datePattern(c *Case) (any, error) {
	v, err := DecodeValue(c.Input, nil)
	if err != nil {
		return nil, err
	}
	text, err := values.Append(nil, v)
	return map[string]any{"pattern": values.DatePattern(v), "text": string(text)}, err
}

// conversion is one of the To functions of package values.
type conversion func(from *data.Schema, v data.Value) (data.Value, error)

func toDecimal(scale int32) conversion {
	return func(from *data.Schema, v data.Value) (data.Value, error) { return values.ToDecimal(from, v, scale) }
}

func converter(convert conversion) Func {
	return func(c *Case) (any, error) {
		from, v, err := decodePair(Member(c.Input, "schema"), Member(c.Input, "value"))
		if err != nil {
			return nil, err
		}
		r, err := convert(from, v)
		return EncodeValue(r, from), FailureOf(err)
	}
}
