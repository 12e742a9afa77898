package sink

import (
	"encoding/base64"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"time"

	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/connectors/jdbc/debezium"
	"github.com/moldau/moldau/connectors/jdbc/dialect"
)

// coercion returns how values without schema become arguments of a type: JSON has one kind of number and no points in time.
func (s *settings) coercion(schema *data.Schema, c *dialect.Column) func(data.Value) (dialect.Arg, error) {
	if schema == jsonText {
		if isJSON(c) {
			return debezium.JSON
		}
		return func(v data.Value) (dialect.Arg, error) { // a text that the column holds stays as it is
			if v.Kind() == data.StringKind {
				return dialect.Arg{Kind: data.StringKind, Value: v}, nil
			}
			return debezium.JSON(v)
		}
	}
	kind := schema.ValueKind()
	return func(v data.Value) (dialect.Arg, error) {
		a := dialect.Arg{Kind: kind}
		var err error
		switch kind {
		case data.BoolKind:
			if v.Kind() != data.BoolKind {
				err = unfit(v, "no boolean")
			}
			a.Value = v
		case data.Int8Kind, data.Int16Kind, data.Int32Kind, data.Int64Kind:
			var n int64
			n, err = integer(v)
			a.Kind, a.Value = data.Int64Kind, data.Int64(n)
		case data.Float32Kind, data.Float64Kind:
			var f float64
			f, err = number(v)
			a.Kind, a.Value = data.Float64Kind, data.Float64(f)
		case data.DecimalKind:
			a.Value, err = decimal(v)
		case data.BytesKind:
			a.Value = v
			if text, ok := v.Text(); ok {
				var b []byte
				if b, err = base64.StdEncoding.DecodeString(text); err != nil {
					err = unfit(v, "no bytes in base64")
				}
				a.Value = data.BytesOf(b)
			} else if v.Kind() != data.BytesKind {
				err = unfit(v, "no bytes in base64")
			}
		case data.DateKind, data.TimeKind, data.TimestampKind:
			a.Time, err = s.pointInTime(kind, v)
		default:
			return scalarText(v)
		}
		return a, err
	}
}

func unfit(v data.Value, why string) error {
	return fmt.Errorf("the value %.100s is %s", v.String(), why)
}

// scalarText writes anything to a column for texts.
func scalarText(v data.Value) (dialect.Arg, error) {
	switch v.Kind() {
	case data.StringKind:
		return dialect.Arg{Kind: data.StringKind, Value: v}, nil
	case data.ListKind, data.MapKind, data.StructKind:
		return debezium.JSON(v)
	}
	return dialect.Arg{Kind: data.StringKind, Value: data.String(v.String())}, nil
}

func integer(v data.Value) (int64, error) {
	if n, ok := v.Int64(); ok {
		return n, nil
	}
	if f, ok := v.Float64(); ok && f == math.Trunc(f) && math.Abs(f) < 1<<63 {
		return int64(f), nil
	}
	if s, ok := v.Text(); ok {
		if n, err := strconv.ParseInt(s, 10, 64); err == nil {
			return n, nil
		}
	}
	if b, ok := v.Bool(); ok {
		if b {
			return 1, nil
		}
		return 0, nil
	}
	if d, ok := v.Decimal(); ok {
		if n, err := strconv.ParseInt(d.PlainString(), 10, 64); err == nil {
			return n, nil
		}
	}
	return 0, unfit(v, "no whole number of 64 bits")
}

func number(v data.Value) (float64, error) {
	if f, ok := v.Float64(); ok {
		return f, nil
	}
	if f, ok := v.Float32(); ok {
		return float64(f), nil
	}
	if n, ok := v.Int64(); ok {
		return float64(n), nil
	}
	if d, ok := v.Decimal(); ok {
		return d.Float64(), nil
	}
	if s, ok := v.Text(); ok {
		if f, err := strconv.ParseFloat(s, 64); err == nil {
			return f, nil
		}
	}
	return 0, unfit(v, "no number")
}

func decimal(v data.Value) (data.Value, error) {
	if v.Kind() == data.DecimalKind {
		return v, nil
	}
	if n, ok := v.Int64(); ok {
		return data.DecimalOf(big.NewInt(n), 0), nil
	}
	text, ok := v.Text()
	if f, isFloat := v.Float64(); isFloat {
		text, ok = strconv.FormatFloat(f, 'f', -1, 64), true
	}
	if ok {
		if d, err := data.ParseDecimal(text); err == nil {
			return d.Value(), nil
		}
	}
	return data.Null, unfit(v, "no decimal")
}

// pointInTime reads a text in ISO 8601, or a number of milliseconds since 1970 or since midnight.
func (s *settings) pointInTime(kind data.Kind, v data.Value) (time.Time, error) {
	if n, ok := v.Int64(); ok {
		return time.UnixMilli(n).In(s.zone), nil
	}
	text, ok := v.Text()
	if !ok {
		return time.Time{}, unfit(v, "no point in time")
	}
	forms := map[data.Kind][]string{
		data.DateKind: {"2006-01-02"}, data.TimeKind: {"15:04:05.999999999", "15:04"},
	}[kind]
	for _, form := range forms {
		if t, err := time.ParseInLocation(form, text, s.zone); err == nil {
			return t, nil
		}
	}
	if kind == data.TimeKind {
		return time.Time{}, unfit(v, "no time of day, as in 12:30:00")
	}
	if t, err := time.ParseInLocation("2006-01-02", text, s.zone); err == nil {
		return t, nil
	}
	return moment(text, s.zone)
}
