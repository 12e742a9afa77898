package config

import (
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/moldau/moldau/internal/javafmt"
)

// ValidString returns a validator of exactly these texts; null is refused.
func ValidString(valid ...string) Validator { return validString{valid, false} }

// ValidStringOrNull returns a validator of exactly these texts and null.
func ValidStringOrNull(valid ...string) Validator { return validString{valid, true} }

type validString struct {
	valid []string
	null  bool
}

func (v validString) texts() string {
	texts := v.valid
	if v.null {
		texts = append(slices.Clone(texts), "null")
	}
	return strings.Join(texts, ", ")
}

func (v validString) EnsureValid(name string, value any) error {
	if value == nil && v.null {
		return nil
	}
	if s, ok := value.(string); !ok || !slices.Contains(v.valid, s) {
		return Invalid(name, value, "String must be one of: "+v.texts())
	}
	return nil
}

func (v validString) String() string { return "[" + v.texts() + "]" }

// CaseInsensitiveValidString returns a validator of these texts in any case; null is refused. Messages list the texts in the order of Java's
// HashSet, as ConfigDef.CaseInsensitiveValidString does.
func CaseInsensitiveValidString(valid ...string) Validator {
	upper := make([]string, len(valid))
	for i, s := range valid {
		upper[i] = strings.ToUpper(s)
	}
	var ordered caseInsensitive
	for _, i := range javafmt.HashOrder(upper, hashMapCapacity) {
		ordered = append(ordered, upper[i])
	}
	return ordered
}

type caseInsensitive []string

func (v caseInsensitive) EnsureValid(name string, value any) error {
	if s, ok := value.(string); !ok || !slices.Contains(v, strings.ToUpper(s)) {
		return Invalid(name, value, "String must be one of (case insensitive): "+strings.Join(v, ", "))
	}
	return nil
}

func (v caseInsensitive) String() string { return "(case insensitive) " + Text([]string(v)) }

// NonEmptyString returns a validator that refuses the empty text; null is valid.
func NonEmptyString() Validator { return nonEmpty{} }

type nonEmpty struct{}

func (nonEmpty) EnsureValid(name string, value any) error {
	if value == "" {
		return Invalid(name, value, "String must be non-empty")
	}
	return nil
}

func (nonEmpty) String() string { return "non-empty string" }

// NonEmptyStringWithoutControlChars returns a validator that refuses the empty text and ISO control characters; null is valid, since a missing
// required key is reported as missing.
func NonEmptyStringWithoutControlChars() Validator { return withoutControlChars{} }

type withoutControlChars struct{}

func (withoutControlChars) EnsureValid(name string, value any) error {
	s, ok := value.(string)
	if !ok {
		return nil
	}
	if s == "" {
		return Invalid(name, value, "String may not be empty")
	}
	var found []string
	for _, r := range s {
		if unicode.IsControl(r) {
			found = append(found, strconv.Itoa(int(r)))
		}
	}
	if len(found) > 0 {
		return Invalid(name, value, "String may not contain control sequences but had the following ASCII chars: "+strings.Join(found, ", "))
	}
	return nil
}

func (withoutControlChars) String() string { return "non-empty string without ISO control characters" }
