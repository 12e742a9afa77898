package debezium

import (
	"errors"
	"fmt"
	"math/big"
	"strings"
	"unicode/utf8"

	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/internal/javafmt"
)

// scriptInteger returns an integer of any of Go's types that expressions have.
func scriptInteger(v any) (int64, bool) {
	switch v := v.(type) {
	case int:
		return int64(v), true
	case int32:
		return int64(v), true
	case int64:
		return v, true
	}
	return 0, false
}

// scriptNumber returns a number exactly, nil for what is none.
func scriptNumber(v any) *big.Rat {
	if n, ok := scriptInteger(v); ok {
		return new(big.Rat).SetInt64(n)
	}
	switch v := v.(type) {
	case float64:
		return new(big.Rat).SetFloat64(v)
	case data.Value:
		if d, ok := v.Decimal(); ok && d.Scale() > -mostDecimalScale && d.Scale() < mostDecimalScale {
			scale := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(max(d.Scale(), -d.Scale()))), nil)
			if d.Scale() < 0 {
				return new(big.Rat).SetInt(scale.Mul(scale, d.Unscaled()))
			}
			return new(big.Rat).SetFrac(d.Unscaled(), scale)
		}
	}
	return nil
}

// mostDecimalScale bounds the decimals that are compared: an exact number of a huge scale would fill the memory.
const mostDecimalScale = 10_000

// scriptEqual is == of Groovy: numbers are equal by value, whatever their types.
func scriptEqual(a, b any) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	if x, ok := a.(string); ok {
		y, ok := b.(string)
		return ok && x == y
	}
	if x, ok := scriptInteger(a); ok {
		if y, ok := scriptInteger(b); ok {
			return x == y
		}
	}
	if x, y := scriptNumber(a), scriptNumber(b); x != nil && y != nil {
		return x.Cmp(y) == 0
	}
	switch x := a.(type) {
	case bool, float64, *data.Schema:
		return a == b
	case data.Value:
		y, ok := b.(data.Value)
		return ok && x.Equal(y)
	case []any:
		y, ok := b.([]any)
		if !ok || len(x) != len(y) {
			return false
		}
		for i := range x {
			if !scriptEqual(x[i], y[i]) {
				return false
			}
		}
		return true
	}
	return false
}

// ordered makes a function of an operator that compares.
func ordered(holds func(int) bool) func(a, b any) (any, error) {
	return func(a, b any) (any, error) {
		c, err := scriptCompare(a, b)
		if errors.Is(err, errNotANumber) {
			return false, nil
		}
		return err == nil && holds(c), err
	}
}

var errNotANumber = errors.New("NaN has no order")

// scriptCompare orders numbers, texts and times; as in Groovy null comes before everything.
func scriptCompare(a, b any) (int, error) {
	switch {
	case a == nil && b == nil:
		return 0, nil
	case a == nil:
		return -1, nil
	case b == nil:
		return 1, nil
	}
	if x, ok := a.(string); ok {
		if y, ok := b.(string); ok {
			return javafmt.CompareStrings(x, y), nil
		}
	}
	if x, y := scriptNumber(a), scriptNumber(b); x != nil && y != nil {
		return x.Cmp(y), nil
	}
	if x, y, ok := floats(a, b); ok {
		switch {
		case x < y:
			return -1, nil
		case x > y:
			return 1, nil
		case x == y:
			return 0, nil
		}
		return 0, errNotANumber
	}
	if x, ok := a.(data.Value); ok {
		if y, ok := b.(data.Value); ok {
			s, isTime := x.Millis()
			t, isTimeToo := y.Millis()
			if isTime && isTimeToo {
				return int(max(-1, min(1, s-t))), nil
			}
		}
	}
	return 0, fmt.Errorf("cannot compare %s with %s", scriptClass(a), scriptClass(b))
}

// floats returns two numbers of which one is an infinity or NaN.
func floats(a, b any) (x, y float64, ok bool) {
	number := func(v any) (float64, bool) {
		if f, ok := v.(float64); ok {
			return f, true
		}
		if r := scriptNumber(v); r != nil {
			f, _ := r.Float64()
			return f, true
		}
		return 0, false
	}
	x, okX := number(a)
	y, okY := number(b)
	return x, y, okX && okY
}

// scriptPlus adds numbers, and joins texts with whatever else.
func scriptPlus(a, b any) (any, error) {
	_, textA := a.(string)
	_, textB := b.(string)
	if textA || textB {
		return scriptText(a) + scriptText(b), nil
	}
	x, okX := scriptInteger(a)
	y, okY := scriptInteger(b)
	if okX && okY {
		return x + y, nil
	}
	if x, y, ok := floats(a, b); ok {
		return x + y, nil
	}
	return nil, fmt.Errorf("cannot add %s and %s", scriptClass(a), scriptClass(b))
}

// scriptText is toString of the Java object.
func scriptText(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case string:
		return v
	case float64:
		return javafmt.FormatDouble(v)
	case []any:
		parts := make([]string, len(v))
		for i := range v {
			parts[i] = scriptText(v[i])
		}
		return "[" + strings.Join(parts, ", ") + "]"
	}
	return fmt.Sprint(v)
}

// scriptClass returns the class of the Java object, for errors.
func scriptClass(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case string:
		return "java.lang.String"
	case bool:
		return "java.lang.Boolean"
	case float64:
		return "java.lang.Double"
	case []any:
		return "java.util.ArrayList"
	case *data.Schema:
		return "org.apache.kafka.connect.data.ConnectSchema"
	case data.Field:
		return "org.apache.kafka.connect.data.Field"
	case data.Value:
		return v.JavaClass()
	}
	if _, ok := scriptInteger(v); ok {
		return "java.lang.Long"
	}
	return fmt.Sprintf("%T", v)
}

func textMethod(s, name string, arguments []any) (out any, ok bool) {
	if len(arguments) == 0 {
		switch name {
		case "length", "size":
			return int64(javafmt.Length(s)), true
		case "isEmpty":
			return s == "", true
		case "trim":
			return javafmt.Trim(s), true
		case "toLowerCase":
			return strings.ToLower(s), true
		case "toUpperCase":
			return strings.ToUpper(s), true
		}
		return nil, false
	}
	if from, to, ok := textBounds(s, arguments); ok && name == "substring" {
		return s[from:to], true
	}
	if len(arguments) == 2 {
		from, okFrom := arguments[0].(string)
		to, okTo := arguments[1].(string)
		return strings.ReplaceAll(s, from, to), okFrom && okTo && name == "replace"
	}
	other, isText := oneText(arguments)
	if !isText {
		return nil, false
	}
	switch name {
	case "startsWith":
		return strings.HasPrefix(s, other), true
	case "endsWith":
		return strings.HasSuffix(s, other), true
	case "contains":
		return strings.Contains(s, other), true
	case "equalsIgnoreCase":
		return strings.EqualFold(s, other), true
	case "indexOf":
		if i := strings.Index(s, other); i >= 0 {
			return int64(javafmt.Length(s[:i])), true
		}
		return int64(-1), true
	case "matches":
		if re, err := javafmt.Compile(other, 0); err == nil {
			if matches, err := re.Matches(s); err == nil {
				return matches, true
			}
		}
	}
	return nil, false
}

// textBounds reads the arguments of substring, which count UTF-16 units; those within a character are refused.
func textBounds(s string, arguments []any) (from, to int, ok bool) {
	bounds := []int{0, len(s)}
	for i, argument := range arguments {
		n, isNumber := scriptInteger(argument)
		if !isNumber || i > 1 {
			return 0, 0, false
		}
		if bounds[i], ok = byteOf(s, n); !ok {
			return 0, 0, false
		}
	}
	return bounds[0], bounds[1], bounds[0] <= bounds[1]
}

// byteOf returns where the UTF-16 unit n begins.
func byteOf(s string, n int64) (at int, ok bool) {
	for at < len(s) && n > 0 {
		r, size := utf8.DecodeRuneInString(s[at:])
		if n--; r > 0xffff {
			n--
		}
		at += size
	}
	return at, n == 0
}
