package worker

import (
	"time"

	"github.com/dlclark/regexp2"
)

// regex is a Java regular expression that must match a whole name. It has look-around, which Go's regexp has not and topics.regex often uses.
type regex struct{ *regexp2.Regexp }

func compileRegex(pattern string) (*regex, error) {
	x, err := regexp2.Compile(`\A(?:`+pattern+`)\z`, regexp2.None)
	if err != nil {
		return nil, err
	}
	x.MatchTimeout = time.Second
	return &regex{x}, nil
}

func (x *regex) matches(name string) bool {
	ok, err := x.MatchString(name)
	return ok && err == nil
}
