package config

import "github.com/moldau/moldau/internal/javafmt"

// ValidRegex returns a validator of Java regular expressions; null is refused.
func ValidRegex() Validator { return validRegex{} }

type validRegex struct{}

func (validRegex) EnsureValid(name string, value any) error {
	pattern, ok := value.(string)
	if !ok {
		// The words of Pattern.compile(null), which reach clients when a required pattern is missing.
		return Invalid(name, value, `Invalid regex: Cannot invoke "String.isEmpty()" because "this.pattern" is null`)
	}
	if _, err := javafmt.Compile(pattern, 0); err != nil {
		return Invalid(name, value, "Invalid regex: "+err.Error())
	}
	return nil
}

func (validRegex) String() string { return "valid regex" }

// MatchesRegex reports whether a Java regular expression matches the whole text. The error is that of a pattern that does not compile, or of a
// match that takes too long.
func MatchesRegex(pattern, text string) (bool, error) {
	x, err := javafmt.Compile(pattern, 0)
	if err != nil {
		return false, err
	}
	return x.Matches(text)
}
