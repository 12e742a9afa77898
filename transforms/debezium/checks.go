package debezium

import (
	"slices"
	"strings"

	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/internal/javafmt"
)

// The validators of io.debezium.config.Field, with their texts.

func typeCheck(t config.Type) check {
	switch t {
	case config.Boolean:
		return checkBoolean
	case config.Int:
		return checkInteger
	}
	return nil
}

func checkBoolean(_ *options, _ *option, value string, set bool) string {
	switch strings.ToLower(javafmt.Trim(value)) {
	case "true", "false":
		return ""
	}
	if !set {
		return ""
	}
	return "Either 'true' or 'false' is expected"
}

func checkInteger(_ *options, _ *option, value string, set bool) string {
	if !set {
		return ""
	}
	if _, err := javafmt.ParseInt(value); err != nil {
		return "An integer is expected"
	}
	return ""
}

func checkPositive(_ *options, _ *option, value string, set bool) string {
	if !set {
		return ""
	}
	if n, err := javafmt.ParseInt(value); err != nil || n <= 0 {
		return "A positive, non-zero integer value is expected"
	}
	return ""
}

func checkRequired(_ *options, _ *option, value string, set bool) string {
	if set && javafmt.Trim(value) != "" {
		return ""
	}
	return "A value is required"
}

func checkRegex(_ *options, _ *option, value string, set bool) string {
	if !set {
		return ""
	}
	if _, err := javafmt.Compile(value, javafmt.CaseInsensitive); err != nil {
		return "A valid regular expressions is expected, but " + err.Error()
	}
	return ""
}

func checkNoEmptyElements(o *options, k *option, _ string, _ bool) string {
	if slices.Contains(o.list(k.Name), "") {
		return "Empty string element(s) not permitted"
	}
	return ""
}

func checkNoSpaces(o *options, k *option, _ string, _ bool) string {
	if slices.ContainsFunc(o.list(k.Name), func(s string) bool { return strings.Contains(s, " ") }) {
		return "Element(s) containing space not permitted"
	}
	return ""
}

// oneOf checks that the value is one of some lower-case words in any case. The message has them in the order of Java's HashSet.
func oneOf(words ...string) check {
	var ordered []string
	for _, i := range javafmt.HashOrder(words, javafmt.DefaultCapacity) {
		ordered = append(ordered, words[i])
	}
	return func(_ *options, _ *option, value string, set bool) string {
		if !set || slices.Contains(words, strings.ToLower(javafmt.Trim(value))) {
			return ""
		}
		return "Value must be one of " + strings.Join(ordered, ", ")
	}
}

// word returns the one of the words that the value is in any case, "" for none.
func (o *options) word(name string) string { return strings.ToLower(javafmt.Trim(o.text(name))) }

// checkRegexes checks a list of regular expressions; a comma after a backslash is part of one.
func checkRegexes(_ *options, _ *option, value string, set bool) string {
	if !set {
		return ""
	}
	for _, expression := range splitRegexes(value) {
		if _, err := javafmt.Compile(expression, javafmt.CaseInsensitive); err != nil {
			return "A comma-separated list of valid regular expressions is expected, but " + err.Error()
		}
	}
	return ""
}

func splitRegexes(list string) []string {
	var out []string
	var b strings.Builder
	for i := 0; i < len(list); i++ {
		switch {
		case list[i] == '\\' && i+1 < len(list):
			if list[i+1] != ',' {
				b.WriteByte('\\')
			}
			i++
			b.WriteByte(list[i])
		case list[i] == ',':
			out = append(out, javafmt.Trim(b.String()))
			b.Reset()
		default:
			b.WriteByte(list[i])
		}
	}
	return append(out, javafmt.Trim(b.String()))
}
