package vectors

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"strconv"

	"github.com/moldau/moldau/internal/javafmt"
)

func textNumbers() map[string]Func {
	return map[string]Func{
		"double": func(c *Case) (any, error) {
			f, err := double(c.Input)
			return javafmt.FormatDouble(f), err
		},
		"float": func(c *Case) (any, error) {
			f, err := float(c.Input)
			return javafmt.FormatFloat(f), err
		},
		"bigdecimal": decimalForms,
		"narrow":     narrow,
		"Double.parseDouble": parseText(javafmt.ParseDouble, func(f float64) any {
			return map[string]any{"f64": javafmt.FormatDouble(f), "bits": doubleHex(f)}
		}),
		"Float.parseFloat": parseText(javafmt.ParseFloat, func(f float32) any {
			return map[string]any{"f32": javafmt.FormatFloat(f), "bits": floatHex(f)}
		}),
		"Long.parseLong": parseText(javafmt.ParseLong, func(v int64) any {
			return map[string]any{"i64": strconv.FormatInt(v, 10)}
		}),
		"Byte.parseByte": parseText(javafmt.ParseByte, func(v int8) any {
			return map[string]any{"i8": int(v)}
		}),
		"BigDecimal": parseText(javafmt.ParseDecimal, func(d javafmt.Decimal) any {
			return map[string]any{"dec": d.Unscaled.String(), "scale": d.Scale}
		}),
	}
}

// parseText runs a parser on the recorded text.
func parseText[T any](parse func(string) (T, error), form func(T) any) Func {
	return func(c *Case) (any, error) {
		text, err := Text(c.Input)
		if err != nil {
			return nil, err
		}
		v, err := parse(text)
		if err != nil {
			return nil, javaError(err)
		}
		return form(v), nil
	}
}

func doubleHex(f float64) string {
	if f != f {
		return "7ff8000000000000"
	}
	return fmt.Sprintf("%016x", math.Float64bits(f))
}

func floatHex(f float32) string {
	if f != f {
		return "7fc00000"
	}
	return fmt.Sprintf("%08x", math.Float32bits(f))
}

func decimalForms(c *Case) (any, error) {
	text, _ := Member(c.Input, "dec").(string)
	scale, _ := Member(c.Input, "scale").(json.Number)
	unscaled, ok := new(big.Int).SetString(text, 10)
	n, err := strconv.ParseInt(scale.String(), 10, 32)
	if !ok || err != nil {
		return nil, NotUnderstood("decimal %v", c.Input)
	}
	d := javafmt.Decimal{Unscaled: unscaled, Scale: int32(n)}
	out := map[string]any{
		"toString":      d.String(),
		"toPlainString": nil,
		"doubleValue":   doubleHex(d.Float64()),
		"floatValue":    floatHex(d.Float32()),
		"longValue":     nil,
		"strip":         d.Strip().String(),
		"hashCode":      nil,
		"bytes":         base64.StdEncoding.EncodeToString(javafmt.BigIntBytes(d.Unscaled)),
	}
	// The recorder leaves these out where the scale is huge.
	if n >= -1000 && n <= 1000 {
		out["toPlainString"] = d.PlainString()
		out["longValue"] = strconv.FormatInt(d.Int64(), 10)
		out["hashCode"] = d.HashCode()
	}
	return out, nil
}

func narrow(c *Case) (any, error) {
	f, err := double(c.Input)
	if err != nil {
		return nil, err
	}
	return map[string]any{
		"byte":  int(javafmt.ToInt8(f)),
		"short": int(javafmt.ToInt16(f)),
		"int":   javafmt.ToInt32(f),
		"long":  strconv.FormatInt(javafmt.ToInt64(f), 10),
		"float": floatHex(float32(f)),
		"round": strconv.FormatInt(javafmt.Round(f), 10),
	}, nil
}
