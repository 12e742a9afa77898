package config

import (
	"math"
	"regexp"
	"slices"
	"strings"
)

// Option changes how Parse and Validate read values.
type Option func(*reading)

type reading struct{ classes ClassResolver }

// WithClasses makes Parse and Validate look up the values of keys of type Class. Without it every non-empty name is taken as it is.
func WithClasses(classes ClassResolver) Option { return func(r *reading) { r.classes = classes } }

func newReading(options []Option) *reading {
	r := &reading{}
	for _, o := range options {
		o(r)
	}
	return r
}

// Parse reads props into typed values: absent keys get their defaults, the first wrong or missing one in the order of declaration is returned
// as *Error. Keys that are not declared are kept as originals.
func (d *Def) Parse(props Props, options ...Option) (*Values, error) {
	r := newReading(options)
	if undefined := d.undefinedDependents(); len(undefined) > 0 {
		return nil, Failed("Some configurations in are referred in the dependents, but not defined: " + strings.Join(undefined, ","))
	}
	v := &Values{def: d, originals: props, reading: r, values: make(map[string]any, len(d.keys)), used: map[string]bool{}}
	for _, k := range d.keys {
		value, err := r.value(k, props[k.Name], props.Has(k.Name))
		if err != nil {
			return nil, err
		}
		v.values[k.Name] = value
	}
	return v, nil
}

// ParseStrings is Parse for properties without nulls, as plugins get them.
func (d *Def) ParseStrings(props map[string]string, options ...Option) (*Values, error) {
	return d.Parse(PropsOf(props), options...)
}

// MustParse is Parse for configurations the program itself wrote; it panics where they are wrong.
func (d *Def) MustParse(props Props, options ...Option) *Values {
	v, err := d.Parse(props, options...)
	if err != nil {
		panic(err)
	}
	return v
}

// value parses and validates the value of one key.
func (r *reading) value(k *Key, text *string, set bool) (any, error) {
	var value any
	switch {
	case set:
		var err error
		if value, err = ParseType(k.Name, anyText(text), k.Type, k.resolver(r.classes)); err != nil {
			return nil, err
		}
	case k.Required():
		return nil, Failed(missing(k.Name))
	default:
		value = k.Default
	}
	if list, ok := value.([]string); ok && isValidList(k.Validator) {
		value = distinct(list) // KIP-1161: Parse drops what Validate reports
	}
	if k.Validator != nil {
		if err := k.Validator.EnsureValid(k.Name, value); err != nil {
			return nil, err
		}
	}
	return value, nil
}

func isValidList(v Validator) bool {
	_, ok := v.(validList)
	return ok
}

func distinct(list []string) []string {
	var out []string
	for i, s := range list {
		if !slices.Contains(list[:i], s) {
			out = append(out, s)
		}
	}
	return out
}

func missing(name string) string {
	return `Missing required configuration "` + name + `" which has no default value.`
}

// anyText returns the text, or an untyped nil for null.
func anyText(text *string) any {
	if text == nil {
		return nil
	}
	return *text
}

// commas separate list elements together with the blanks around them; blanks are Java's \s.
var commas = regexp.MustCompile(`[ \t\n\x0B\f\r]*,[ \t\n\x0B\f\r]*`)

// ParseType converts a value to the type, as ConfigDef.parseType: texts are trimmed and parsed, values that already fit pass, nil stays nil.
// The name is for the *Error.
func ParseType(name string, value any, t Type, classes ClassResolver) (any, error) {
	if value == nil {
		return nil, nil
	}
	text, isText := value.(string)
	if isText {
		text = trim(text)
		if parsed, ok := parseText(text, t, classes); ok {
			return parsed, nil
		}
		return nil, Invalid(name, value, textProblem(t, value))
	}
	if fits, ok := convert(value, t); ok {
		return fits, nil
	}
	return nil, Invalid(name, value, typeProblem(t, value))
}

// trim is String.trim: everything up to and including the blank goes, control characters too, other Unicode space stays.
func trim(s string) string { return strings.TrimFunc(s, func(r rune) bool { return r <= ' ' }) }

func parseText(s string, t Type, classes ClassResolver) (any, bool) {
	switch t {
	case Boolean:
		switch {
		case equalFold(s, "true"):
			return true, true
		case equalFold(s, "false"):
			return false, true
		}
		return nil, false
	case Int:
		i, ok := parseLong(s, math.MinInt32, math.MaxInt32)
		return int32(i), ok
	case Short:
		i, ok := parseLong(s, math.MinInt16, math.MaxInt16)
		return int16(i), ok
	case Long:
		i, ok := parseLong(s, math.MinInt64, math.MaxInt64)
		return i, ok
	case Double:
		f, ok := parseDouble(s)
		return f, ok
	case List:
		if s == "" {
			return []string{}, true
		}
		return commas.Split(s, -1), true
	case Class:
		if s == "" {
			return nil, false
		}
		if classes == nil {
			return ClassName(s), true
		}
		c, ok := classes(s)
		return c, ok
	case Password:
		return NewSecret(s), true
	default:
		return s, true
	}
}

func textProblem(t Type, value any) string {
	switch t {
	case Boolean:
		return "Expected value to be either true or false"
	case Class:
		return "Class " + Text(value) + " could not be found."
	default:
		return "Not a number of type " + t.String()
	}
}

// convert takes values that are no texts: those of the type itself and the widenings that Java allows.
func convert(value any, t Type) (any, bool) {
	switch v := value.(type) {
	case bool:
		return v, t == Boolean
	case int32:
		switch t {
		case Int:
			return v, true
		case Long:
			return int64(v), true
		}
	case int64:
		if t == Long {
			return v, true
		}
	case int16:
		if t == Short {
			return v, true
		}
	case []string:
		return v, t == List
	case []any:
		return v, t == List
	case ClassName:
		return v, t == Class
	case Secret:
		return v, t == Password
	}
	if t == Double {
		return toDouble(value)
	}
	return nil, false
}

func toDouble(value any) (any, bool) {
	switch v := value.(type) {
	case int8:
		return float64(v), true
	case int16:
		return float64(v), true
	case int32:
		return float64(v), true
	case int64:
		return float64(v), true
	case float32:
		return float64(v), true
	case float64:
		return v, true
	}
	return nil, false
}

func typeProblem(t Type, value any) string {
	was := ", but it was a " + javaClass(value)
	switch t {
	case Boolean:
		return "Expected value to be either true or false"
	case Int:
		return "Expected value to be a 32-bit integer" + was
	case Short:
		return "Expected value to be a 16-bit integer (short)" + was
	case Long:
		return "Expected value to be a 64-bit integer (long)" + was
	case Double:
		return "Expected value to be a double" + was
	case List:
		return "Expected a comma separated list."
	case Class:
		return "Expected a Class instance or class name."
	default:
		return "Expected value to be a string" + was
	}
}

// javaClass names the class that Java has for the value, for messages.
func javaClass(value any) string {
	switch v := value.(type) {
	case interface{ JavaClass() string }:
		return v.JavaClass()
	case string:
		return "java.lang.String"
	case bool:
		return "java.lang.Boolean"
	case int8:
		return "java.lang.Byte"
	case int16:
		return "java.lang.Short"
	case int32:
		return "java.lang.Integer"
	case int64:
		return "java.lang.Long"
	case float32:
		return "java.lang.Float"
	case float64:
		return "java.lang.Double"
	case []string, []any:
		return "java.util.List"
	}
	return "java.util.Map"
}
