package worker

import (
	"github.com/moldau/moldau/internal/javafmt"
)

// regex is a Java regular expression that must match a whole name.
type regex struct{ *javafmt.Regex }

func compileRegex(pattern string) (*regex, error) {
	x, err := javafmt.Compile(pattern, 0)
	if err != nil {
		return nil, err
	}
	return &regex{x}, nil
}

// matches reports false for a name on which the expression takes too long.
func (x *regex) matches(name string) bool {
	ok, err := x.Matches(name)
	return ok && err == nil
}
