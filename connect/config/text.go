package config

import (
	"fmt"
	"strings"

	"github.com/moldau/moldau/internal/javafmt"
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
		return javafmt.FormatDouble(v)
	case float32:
		return javafmt.FormatFloat(v)
	}
	return fmt.Sprint(value)
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
