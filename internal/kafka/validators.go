package kafka

import (
	"slices"
	"strconv"
	"strings"

	"time"
)

// A validator checks a parsed value and answers with the last part of Java's message, or with "" where it is content.
type validator interface {
	check(name string, value any) string
}

// between is ConfigDef.Range; an absent high bound leaves that side open. Bounds are texts because Java prints them.
type between struct{ low, high string }

func (b between) check(_ string, value any) string {
	var v float64
	switch n := value.(type) {
	case nil:
		return "Value must be non-null"
	case int64:
		v = float64(n)
	case float64:
		v = n
	}
	if low, _ := strconv.ParseFloat(b.low, 64); v < low {
		return "Value must be at least " + b.low
	}
	if b.high != "" {
		if high, _ := strconv.ParseFloat(b.high, 64); v > high {
			return "Value must be no more than " + b.high
		}
	}
	return ""
}

// oneOf is ConfigDef.ValidString.
type oneOf []string

func (o oneOf) check(_ string, value any) string {
	if s, ok := value.(string); ok && slices.Contains(o, s) {
		return ""
	}
	return "String must be one of: " + strings.Join(o, ", ")
}

// oneOfFold is ConfigDef.CaseInsensitiveValidString.
type oneOfFold []string

func (o oneOfFold) check(_ string, value any) string {
	if s, ok := value.(string); ok && slices.ContainsFunc(o, func(v string) bool { return strings.EqualFold(v, s) }) {
		return ""
	}
	return "String must be one of (case insensitive): " + strings.Join(o, ", ")
}

// nonEmpty is ConfigDef.NonEmptyString.
type nonEmpty struct{}

func (nonEmpty) check(_ string, value any) string {
	if s, ok := value.(string); ok && s == "" {
		return "String must be non-empty"
	}
	return ""
}

// gzipLevel is the check of GzipCompression.
type gzipLevel struct{}

func (gzipLevel) check(_ string, value any) string {
	if n, ok := value.(int64); ok && n != -1 && (n < 1 || n > 9) {
		return "Value must be between 1 and 9 or equal to -1"
	}
	return ""
}

// offsetReset is AutoOffsetResetStrategy.Validator.
type offsetReset struct{}

func (offsetReset) check(name string, value any) string {
	s, _ := value.(string)
	if _, _, ok := parseOffsetReset(s); ok {
		return ""
	}
	return "Invalid value `" + s + "` for configuration " + name + ". The value must be either 'earliest', 'latest', 'none' or of the format 'by_duration:<PnDTnHnMn.nS.>'."
}

// parseOffsetReset splits auto.offset.reset into its strategy and, for by_duration, how far it looks back.
func parseOffsetReset(s string) (strategy string, back time.Duration, ok bool) {
	switch s {
	case "earliest", "latest", "none":
		return s, 0, true
	}
	text, found := strings.CutPrefix(s, "by_duration:")
	if !found {
		return "", 0, false
	}
	back, ok = parseISODuration(text)
	return "by_duration", back, ok && back >= 0
}

// acknowledgementMode is ShareAcknowledgementMode.Validator.
type acknowledgementMode struct{}

func (acknowledgementMode) check(name string, value any) string {
	s, _ := value.(string)
	if s == "implicit" || s == "explicit" {
		return ""
	}
	return "Invalid value `" + s + "` for configuration " + name + ". The value must either be 'implicit' or 'explicit'."
}

// listOfValues is ConfigDef.ValidList; its messages stand alone, so parsing applies it rather than check.
type listOfValues struct{ nonEmpty bool }

func (listOfValues) check(string, any) string { return "" }

func (l listOfValues) message(name string, list []string) string {
	if l.nonEmpty && len(list) == 0 {
		return "Configuration '" + name + "' must not be empty. Valid values include: any non-empty value"
	}
	if slices.Contains(list, "") {
		return "Configuration '" + name + "' values must not be empty."
	}
	return ""
}
