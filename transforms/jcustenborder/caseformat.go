package jcustenborder

import (
	"fmt"
	"strings"

	"github.com/moldau/moldau/connect/config"
)

// caseFormat is a way to write names of several words (Guava's CaseFormat, whose conversions these are). Only ASCII letters change.
type caseFormat uint8

const (
	lowerHyphen caseFormat = iota
	lowerUnderscore
	lowerCamel
	upperCamel
	upperUnderscore
)

var caseFormats = []string{"LOWER_HYPHEN", "LOWER_UNDERSCORE", "LOWER_CAMEL", "UPPER_CAMEL", "UPPER_UNDERSCORE"}

func caseFormatOf(name string) (caseFormat, bool) {
	for i, word := range caseFormats {
		if word == name {
			return caseFormat(i), true
		}
	}
	return 0, false
}

// caseKeys declares the keys of transformations that change the case of something.
func caseKeys(what string) *config.Def {
	check := func(name string, value any) error {
		text, _ := value.(string)
		if _, ok := caseFormatOf(text); ok {
			return nil
		}
		return config.Invalid(name, fmt.Sprintf("'%s' is not a valid value for CaseFormat. Valid values are %s.", text, strings.Join(caseFormats, ", ")), "")
	}
	valid := config.Lambda(check, func() string { return "[" + strings.Join(caseFormats, ", ") + "]" })
	return config.NewDef(
		config.Key{Name: "from", Type: config.String, Default: config.NoDefault, Validator: valid, Importance: config.High,
			Doc: "How " + what + " are written: LOWER_HYPHEN (a-b), LOWER_UNDERSCORE (a_b), LOWER_CAMEL (aB), UPPER_CAMEL (AB) or UPPER_UNDERSCORE (A_B)."},
		config.Key{Name: "to", Type: config.String, Default: config.NoDefault, Validator: valid, Importance: config.High,
			Doc: "How they shall be written, in the same words."},
	)
}

// caseChange converts names from one format to another.
type caseChange struct{ from, to caseFormat }

func readCaseChange(keys *config.Def, props map[string]string) (c caseChange, err error) {
	values, err := keys.ParseStrings(props)
	if err != nil {
		return c, err
	}
	c.from, _ = caseFormatOf(values.String("from"))
	c.to, _ = caseFormatOf(values.String("to"))
	return c, nil
}

func (f caseFormat) separator() string {
	switch f {
	case lowerHyphen:
		return "-"
	case lowerUnderscore, upperUnderscore:
		return "_"
	}
	return ""
}

// boundary reports whether a word may begin, or end, at a character.
func (f caseFormat) boundary(c byte) bool {
	if separator := f.separator(); separator != "" {
		return c == separator[0]
	}
	return c >= 'A' && c <= 'Z'
}

func (f caseFormat) word(s string, first bool) string {
	switch {
	case f == upperUnderscore:
		return upperASCII(s)
	case f == lowerHyphen || f == lowerUnderscore || f == lowerCamel && first || s == "":
		return lowerASCII(s)
	}
	return upperASCII(s[:1]) + lowerASCII(s[1:])
}

func (c caseChange) convert(s string) string {
	hyphens := func(s string) string { return strings.ReplaceAll(s, "-", "_") }
	underscores := func(s string) string { return strings.ReplaceAll(s, "_", "-") }
	// Between formats with separators the letters change only where they must.
	switch c {
	case caseChange{lowerHyphen, lowerUnderscore}:
		return hyphens(s)
	case caseChange{lowerHyphen, upperUnderscore}:
		return upperASCII(hyphens(s))
	case caseChange{lowerUnderscore, lowerHyphen}:
		return underscores(s)
	case caseChange{lowerUnderscore, upperUnderscore}:
		return upperASCII(s)
	case caseChange{upperUnderscore, lowerHyphen}:
		return lowerASCII(underscores(s))
	case caseChange{upperUnderscore, lowerUnderscore}:
		return lowerASCII(s)
	}
	if c.from == c.to {
		return s
	}
	var out strings.Builder
	start := 0
	for i := range len(s) {
		if !c.from.boundary(s[i]) {
			continue
		}
		if start == 0 {
			out.Reset() // an empty first word counts only where a separator follows it
		}
		out.WriteString(c.to.word(s[start:i], start == 0))
		out.WriteString(c.to.separator())
		start = i + len(c.from.separator())
	}
	if start == 0 {
		return c.to.word(s, true)
	}
	return out.String() + c.to.word(s[start:], false)
}

func upperASCII(s string) string { return mapASCII(s, 'a', 'z', 'A'-'a') }

func lowerASCII(s string) string { return mapASCII(s, 'A', 'Z', 'a'-'A') }

func mapASCII(s string, from, to byte, by int) string {
	b := []byte(s)
	for i, c := range b {
		if c >= from && c <= to {
			b[i] = byte(int(c) + by)
		}
	}
	return string(b)
}
