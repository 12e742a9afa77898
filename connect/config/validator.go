package config

import (
	"slices"
	"strings"

	"github.com/moldau/moldau/internal/javafmt"
)

// Validator checks the parsed value of one key.
type Validator interface {
	// EnsureValid returns nil or the error (normally an *Error) that says what is wrong with the value of the key of that name. Parse and
	// Validate call it on the caller's goroutine, with nil for a null or unparsable value; it must not block.
	EnsureValid(name string, value any) error
	// String says what is valid, for documentation.
	String() string
}

// Lambda returns a validator of a function and its description.
func Lambda(ensureValid func(name string, value any) error, describe func() string) Validator {
	return lambda{ensureValid, describe}
}

type lambda struct {
	ensureValid func(name string, value any) error
	describe    func() string
}

func (l lambda) EnsureValid(name string, value any) error { return l.ensureValid(name, value) }
func (l lambda) String() string                           { return l.describe() }

// Composite returns a validator that asks each in turn and reports the first refusal.
func Composite(validators ...Validator) Validator { return composite(validators) }

type composite []Validator

func (c composite) EnsureValid(name string, value any) error {
	for _, v := range c {
		if err := v.EnsureValid(name, value); err != nil {
			return err
		}
	}
	return nil
}

func (c composite) String() string {
	texts := make([]string, len(c))
	for i, v := range c {
		texts[i] = v.String()
	}
	return strings.Join(texts, ", ")
}

// NonNull returns a validator that refuses null.
func NonNull() Validator { return nonNull{} }

type nonNull struct{}

func (nonNull) EnsureValid(name string, value any) error {
	if value == nil {
		return Invalid(name, nil, "entry must be non null")
	}
	return nil
}

func (nonNull) String() string { return "non-null string" }

// ListSize returns a validator that refuses lists of more than most elements. A null list is an error too, as in Java.
func ListSize(most int) Validator { return listSize(most) }

type listSize int

func (most listSize) EnsureValid(name string, value any) error {
	list, ok := asList(value)
	if !ok {
		return javafmt.NewException(javafmt.NullPointerException, "configuration '"+name+"' has no list", nil)
	}
	if len(list) > int(most) {
		return Invalid(name, value, "exceeds maximum list size of ["+Text(int(most))+"].")
	}
	return nil
}

func (most listSize) String() string {
	return "List containing maximum of " + Text(int(most)) + " elements"
}

// ValidList returns a validator of lists without duplicates or empty texts, whose elements are all among valid. An empty list is valid, null
// is not. Without valid every text is.
func ValidList(valid ...string) Validator { return validList{valid: valid, emptyAllowed: true} }

// NonEmptyValidList is ValidList that refuses the empty list; it panics without valid texts.
func NonEmptyValidList(valid ...string) Validator {
	if len(valid) == 0 {
		panic(javafmt.NewException(javafmt.IllegalArgument, "At least one valid string must be provided when empty values are not allowed", nil))
	}
	return validList{valid: valid}
}

// AnyNonDuplicateValues returns a validator of lists without duplicates or empty texts.
func AnyNonDuplicateValues(emptyAllowed, nullAllowed bool) Validator {
	return validList{emptyAllowed: emptyAllowed, nullAllowed: nullAllowed}
}

type validList struct {
	valid                     []string
	emptyAllowed, nullAllowed bool
}

func (l validList) EnsureValid(name string, value any) error {
	if value == nil {
		if l.nullAllowed {
			return nil
		}
		return Failed("Configuration '" + name + "' values must not be null.")
	}
	list, _ := asList(value)
	if len(list) == 0 && !l.emptyAllowed {
		expected := "any non-empty value"
		if len(l.valid) > 0 {
			expected = l.String()
		}
		return Failed("Configuration '" + name + "' must not be empty. Valid values include: " + expected)
	}
	for i, s := range list {
		if slices.Contains(list[:i], s) {
			return Failed("Configuration '" + name + "' values must not be duplicated.")
		}
	}
	for _, s := range list {
		if s == "" {
			return Failed("Configuration '" + name + "' values must not be empty.")
		}
		if len(l.valid) > 0 && !slices.Contains(l.valid, s) {
			return Invalid(name, s, "String must be one of: "+strings.Join(l.valid, ", "))
		}
	}
	return nil
}

func (l validList) String() string {
	if len(l.valid) == 0 {
		return ""
	}
	return Text(l.valid)
}

// asList returns the texts of a list value.
func asList(value any) ([]string, bool) {
	switch v := value.(type) {
	case []string:
		return v, true
	case []any:
		texts := make([]string, len(v))
		for i, e := range v {
			texts[i] = Text(e)
		}
		return texts, true
	}
	return nil, false
}
