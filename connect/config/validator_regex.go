package config

import "regexp"

// ValidRegex returns a validator of regular expressions; null is refused.
func ValidRegex() Validator {
	return Lambda(func(name string, value any) error {
		s, ok := value.(string)
		if !ok {
			// The words of Java's Pattern.compile(null), which reach clients.
			return Invalid(name, value, `Invalid regex: Cannot invoke "String.isEmpty()" because "this.pattern" is null`)
		}
		if _, err := regexp.Compile(s); err != nil {
			return Invalid(name, value, "Invalid regex: "+err.Error())
		}
		return nil
	}, func() string { return "valid regex" })
}

// MatchesRegex reports whether the pattern matches the whole text.
func MatchesRegex(pattern, text string) (bool, error) {
	x, err := regexp.Compile("^(?:" + pattern + ")$")
	if err != nil {
		return false, err
	}
	return x.MatchString(text), nil
}
