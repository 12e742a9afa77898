package config

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Text returns a value as Java's String.valueOf prints it in messages: null, lists in brackets, secrets hidden.
func Text(value any) string {
	switch v := value.(type) {
	case nil:
		return "null"
	case string:
		return v
	case *string:
		if v == nil {
			return "null"
		}
		return *v
	case []string:
		return "[" + strings.Join(v, ", ") + "]"
	case []any:
		texts := make([]string, len(v))
		for i, e := range v {
			texts[i] = Text(e)
		}
		return "[" + strings.Join(texts, ", ") + "]"
	case float64:
		return doubleText(v, 64)
	case float32:
		return doubleText(float64(v), 32)
	}
	return fmt.Sprint(value)
}

// doubleText is Double.toString (Float.toString): plain from 0.001 up to ten million, scientific elsewhere.
func doubleText(f float64, bits int) string {
	switch a := math.Abs(f); {
	case math.IsNaN(f):
		return "NaN"
	case math.IsInf(f, 1):
		return "Infinity"
	case math.IsInf(f, -1):
		return "-Infinity"
	case a == 0 || a >= 1e-3 && a < 1e7:
		s := strconv.FormatFloat(f, 'f', -1, bits)
		if !strings.Contains(s, ".") {
			s += ".0"
		}
		return s
	}
	mantissa, exponent, _ := strings.Cut(strconv.FormatFloat(f, 'e', -1, bits), "e")
	if !strings.Contains(mantissa, ".") {
		mantissa += ".0"
	}
	n, _ := strconv.Atoi(exponent)
	return mantissa + "E" + strconv.Itoa(n)
}

// ConvertToString returns a parsed value in the text form of the REST API: lists joined by commas, classes by name, secrets hidden, nil for
// null. It fails where the value is not of the type (Java throws a ClassCastException).
func ConvertToString(value any, t Type) (*string, error) {
	if value == nil {
		return nil, nil
	}
	text := ""
	switch t {
	case List:
		switch v := value.(type) {
		case []string:
			text = strings.Join(v, ",")
		case []any:
			texts := make([]string, len(v))
			for i, e := range v {
				texts[i] = Text(e)
			}
			text = strings.Join(texts, ",")
		default:
			return nil, castError(value, "java.util.List")
		}
	case Class:
		v, ok := value.(ClassName)
		if !ok {
			return nil, castError(value, "java.lang.Class")
		}
		text = string(v)
	default:
		text = Text(value)
	}
	return &text, nil
}

// CastError is a value of another type than its key says; Java's class for it is ClassCastException.
type CastError struct{ From, To string }

func castError(value any, to string) error { return &CastError{javaClass(value), to} }

func (e *CastError) Error() string { return "class " + e.From + " cannot be cast to class " + e.To }

// JavaClass returns the class name that traces show.
func (e *CastError) JavaClass() string { return "java.lang.ClassCastException" }
