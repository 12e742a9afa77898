package kafka

import "strings"

// token kinds of java.io.StreamTokenizer; other kinds are the character itself.
const (
	tokenEOF    rune = -1
	tokenNumber rune = -2
	tokenWord   rune = -3
)

// tokenizer is java.io.StreamTokenizer with the settings that both JAAS readers share: // and /* */ comments, a lone slash as
// comment, '"' and '\” as quotes, numbers recognised, '-', '_' and '$' as parts of words.
type tokenizer struct {
	text  []rune
	at    int
	extra string // further characters of words
	line  int

	kind rune
	sval *string // nil where Java's sval is null
}

func newTokenizer(text, extra string) *tokenizer {
	return &tokenizer{text: []rune(text), extra: extra, line: 1, kind: -4}
}

func isDigitClass(r rune) bool { return r >= '0' && r <= '9' || r == '.' || r == '-' }

func (t *tokenizer) isWordClass(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= 160 || strings.ContainsRune("-_$", r) || strings.ContainsRune(t.extra, r)
}

func (t *tokenizer) peek() rune {
	if t.at >= len(t.text) {
		return -1
	}
	return t.text[t.at]
}

func (t *tokenizer) read() rune {
	r := t.peek()
	if r >= 0 {
		t.at++
		if r == '\n' || r == '\r' && t.peek() != '\n' {
			t.line++
		}
	}
	return r
}

// next reads one token and returns its kind.
func (t *tokenizer) next() rune {
	t.sval = nil
	t.kind = t.scan()
	return t.kind
}

func (t *tokenizer) scan() rune {
	for {
		r := t.peek()
		switch {
		case r < 0:
			return tokenEOF
		case r <= ' ':
			t.read()
		case isDigitClass(r):
			if kind, ok := t.number(); ok {
				return kind
			}
		case t.isWordClass(r):
			start := t.at
			for t.peek() >= 0 && (t.isWordClass(t.peek()) || isDigitClass(t.peek())) {
				t.read()
			}
			word := string(t.text[start:t.at])
			t.sval = &word
			return tokenWord
		case r == '"' || r == '\'':
			t.quoted(t.read())
			return r
		case r == '/':
			t.read()
			if t.peek() == '*' {
				t.read()
				for previous := rune(0); ; {
					c := t.read()
					if c < 0 {
						return tokenEOF
					}
					if c == '/' && previous == '*' {
						break
					}
					previous = c
				}
				continue
			}
			for c := t.peek(); c >= 0 && c != '\n' && c != '\r'; c = t.peek() {
				t.read()
			}
		default:
			return t.read()
		}
	}
}

// number reads digits, dots and a leading minus. A lone minus is a token of its own, as in Java.
func (t *tokenizer) number() (rune, bool) {
	if t.peek() == '-' {
		t.read()
		if c := t.peek(); c != '.' && (c < '0' || c > '9') {
			return '-', true
		}
	}
	dot := false
	for {
		c := t.peek()
		if c == '.' && !dot {
			dot = true
		} else if c < '0' || c > '9' {
			return tokenNumber, true
		}
		t.read()
	}
}

func (t *tokenizer) quoted(quote rune) {
	var b strings.Builder
	for {
		c := t.peek()
		if c < 0 || c == '\n' || c == '\r' {
			break // the end of the line ends the string and is read again
		}
		t.read()
		if c == quote {
			break
		}
		if c == '\\' {
			c = t.escape()
		}
		b.WriteRune(c)
	}
	text := b.String()
	t.sval = &text
}

func (t *tokenizer) escape() rune {
	c := t.read()
	switch c {
	case 'a':
		return '\a'
	case 'b':
		return '\b'
	case 'f':
		return '\f'
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	case 'v':
		return '\v'
	}
	if c < '0' || c > '7' {
		return c
	}
	value := c - '0'
	limit := 2 // at most three octal digits, and only below 0400
	if c > '3' {
		limit = 1
	}
	for range limit {
		d := t.peek()
		if d < '0' || d > '7' {
			break
		}
		t.read()
		value = value*8 + d - '0'
	}
	return value
}
