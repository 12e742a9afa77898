package transforms

import (
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/connect/data/values"
	"github.com/moldau/moldau/internal/javafmt"
	"github.com/moldau/moldau/transforms/internal/smt"
)

// The types that Cast takes and gives, as its messages list them.
const (
	castTargets = "INT8, INT16, INT32, INT64, FLOAT32, FLOAT64, BOOLEAN, STRING"
	castSources = castTargets + ", BYTES"
)

// caster casts single values. It keeps the formats of dates, so it is for one goroutine.
type caster struct {
	formats map[string]*javafmt.DateFormat
	text    []byte
}

// cast returns v as a value of a primitive kind; text is stored in the arena. A null stays a null.
func (c *caster) cast(a *data.Arena, schema *data.Schema, v data.Value, to data.Kind) (data.Value, error) {
	if v.IsNull() {
		return data.Null, nil
	}
	if err := castable(schema, v); err != nil {
		return data.Null, err
	}
	if to == data.StringKind {
		return c.toText(a, v), nil
	}
	if schema != nil {
		var err error
		if v, err = wireForm(schema, v); err != nil {
			return data.Null, err
		}
	}
	out, err := castNumber(v, to)
	if err != nil && javafmt.ClassOf(err) == javafmt.NumberFormatException {
		err = javafmt.NewException(javafmt.DataException, "Value ("+v.String()+") was out of range for requested data type", err)
	}
	return out, err
}

// castable checks that the type of a value can be cast. With a schema the schema's type counts, not the value's.
func castable(schema *data.Schema, v data.Value) error {
	kind := v.Kind()
	if schema != nil {
		kind = schema.Kind()
	} else if kind > data.StructKind {
		return smt.DataError("Cast transformation was passed a value of type class " + v.JavaClass() + " which is not supported by Connect's data API")
	}
	if kind > data.BytesKind {
		return smt.DataError(fmt.Sprintf("Cast transformation does not support casting from %s; supported types are [%s]", kind, castSources))
	}
	return nil
}

// wireForm returns the number that stands for a date of a schema, other values as they are.
func wireForm(schema *data.Schema, v data.Value) (data.Value, error) {
	if !v.Kind().IsTemporal() {
		return v, nil
	}
	switch schema.Name() {
	case data.DateName:
		days, err := data.DateToDays(schema, v)
		return data.Int32(days), err
	case data.TimeName:
		ms, err := data.TimeToMillis(schema, v)
		return data.Int32(ms), err
	case data.TimestampName:
		ms, err := data.TimestampToMillis(schema, v)
		return data.Int64(ms), err
	}
	return v, nil
}

// toText returns a value as Java prints it: bytes in base64, dates in the zone of the process.
func (c *caster) toText(a *data.Arena, v data.Value) data.Value {
	c.text = c.text[:0]
	switch k := v.Kind(); {
	case k == data.StringKind:
		return v
	case k == data.BytesKind:
		b, _ := v.Bytes()
		c.text = base64.StdEncoding.AppendEncode(c.text, b)
	case k.IsTemporal():
		ms, _ := v.Millis()
		c.text = c.format(values.DatePattern(v)).Append(c.text, ms)
	default:
		c.text = v.AppendString(c.text)
	}
	return smt.ArenaText(a, c.text)
}

func (c *caster) format(pattern string) *javafmt.DateFormat {
	f := c.formats[pattern]
	if f == nil {
		var err error
		if f, err = javafmt.NewDateFormat(pattern, javafmt.LocalZone()); err != nil {
			panic("transforms: " + err.Error())
		}
		if c.formats == nil {
			c.formats = map[string]*javafmt.DateFormat{}
		}
		c.formats[pattern] = f
	}
	return f
}

// castNumber returns a value as a number or boolean. Narrow integers take the low bits of wider ones, as Java's casts do.
func castNumber(v data.Value, to data.Kind) (data.Value, error) {
	switch k := v.Kind(); k {
	case data.BoolKind:
		b, _ := v.Bool()
		if to == data.BoolKind {
			return v, nil
		}
		n := int64(0)
		if b {
			n = 1
		}
		return castInteger(n, to), nil
	case data.Int8Kind, data.Int16Kind, data.Int32Kind, data.Int64Kind:
		n, _ := v.Int64()
		return castInteger(n, to), nil
	case data.Float32Kind, data.Float64Kind:
		f, _ := v.Float64()
		return castFloat(f, to), nil
	case data.DecimalKind:
		d, _ := v.Decimal()
		return castDecimal(javafmt.Decimal{Unscaled: d.Unscaled(), Scale: d.Scale()}, to), nil
	case data.StringKind:
		text, _ := v.Text()
		return castText(text, to)
	}
	return data.Null, smt.DataError("Unexpected type in Cast transformation: class " + v.JavaClass())
}

func castInteger(n int64, to data.Kind) data.Value {
	switch to {
	case data.BoolKind:
		return data.Bool(n != 0)
	case data.Int8Kind:
		return data.Int8(int8(n))
	case data.Int16Kind:
		return data.Int16(int16(n))
	case data.Int32Kind:
		return data.Int32(int32(n))
	case data.Float32Kind:
		return data.Float32(float32(n))
	case data.Float64Kind:
		return data.Float64(float64(n))
	}
	return data.Int64(n)
}

func castFloat(f float64, to data.Kind) data.Value {
	switch to {
	case data.BoolKind:
		return data.Bool(javafmt.ToInt64(f) != 0)
	case data.Int8Kind:
		return data.Int8(javafmt.ToInt8(f))
	case data.Int16Kind:
		return data.Int16(javafmt.ToInt16(f))
	case data.Int32Kind:
		return data.Int32(javafmt.ToInt32(f))
	case data.Float32Kind:
		return data.Float32(float32(f))
	case data.Float64Kind:
		return data.Float64(f)
	}
	return data.Int64(javafmt.ToInt64(f))
}

func castDecimal(d javafmt.Decimal, to data.Kind) data.Value {
	switch to {
	case data.Float32Kind:
		return data.Float32(d.Float32())
	case data.Float64Kind:
		return data.Float64(d.Float64())
	}
	return castInteger(d.Int64(), to)
}

func castText(text string, to data.Kind) (data.Value, error) {
	switch to {
	case data.BoolKind:
		return data.Bool(strings.EqualFold(text, "true")), nil
	case data.Int8Kind:
		n, err := javafmt.ParseByte(text)
		return data.Int8(n), err
	case data.Int16Kind:
		n, err := javafmt.ParseShort(text)
		return data.Int16(n), err
	case data.Int32Kind:
		n, err := javafmt.ParseInt(text)
		return data.Int32(n), err
	case data.Float32Kind:
		f, err := javafmt.ParseFloat(text)
		return data.Float32(f), err
	case data.Float64Kind:
		f, err := javafmt.ParseDouble(text)
		return data.Float64(f), err
	}
	n, err := javafmt.ParseLong(text)
	return data.Int64(n), err
}
