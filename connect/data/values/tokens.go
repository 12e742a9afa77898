package values

import (
	"strings"

	"github.com/moldau/moldau/internal/javafmt"
)

// tokens splits a text at : , { } [ ] and " where no backslash stands before them. It can look one token ahead.
type tokens struct {
	text string
	at   int
	// ahead is the token before at that was looked at but not taken; a token is never empty, so "" is none.
	ahead    string
	previous string
}

// blank reports whether there are no characters but white space, as String.trim sees it.
func blank(s string) bool { return javafmt.Trim(s) == "" }

func (t *tokens) mark() int { return t.at - len(t.ahead) }

func (t *tokens) rewind(at int) { t.at, t.ahead, t.previous = at, "", "" }

func (t *tokens) more() bool { return t.ahead != "" || t.at < len(t.text) }

func (t *tokens) next() string {
	if t.previous = t.ahead; t.previous == "" {
		t.previous = t.scan()
	}
	t.ahead = ""
	return t.previous
}

// join takes n tokens and returns their text; where there are fewer it takes none and returns "".
func (t *tokens) join(n int) string {
	start := t.mark()
	for range n {
		if !t.more() {
			t.rewind(start)
			return ""
		}
		t.next()
	}
	return t.text[start:t.at]
}

func (t *tokens) scan() string {
	start, escaped := t.at, false
	for ; t.at < len(t.text); t.at++ {
		switch t.text[t.at] {
		case '\\':
			escaped = !escaped
			continue
		case ':', ',', '{', '}', '[', ']', '"':
			if escaped {
				break
			}
			if start == t.at {
				t.at++
			}
			return t.text[start:t.at]
		}
		escaped = false
	}
	return t.text[start:]
}

// take takes the next token that is not blank where it is this one, white space around it apart.
func (t *tokens) take(token string) bool {
	if t.ahead == "" {
		if !t.more() {
			return false
		}
		t.ahead = t.scan()
	}
	for blank(t.ahead) && t.at < len(t.text) {
		t.ahead = t.scan()
	}
	if javafmt.Trim(t.ahead) != token {
		return false
	}
	t.ahead = ""
	return true
}

// unescapeColons undoes the escapes that keep the parts of a time together.
func unescapeColons(s string) string { return strings.ReplaceAll(s, `\:`, ":") }
