package javafmt

import (
	"strconv"
	"strings"
)

// patternParser turns a pattern into nodes. It moves through the pattern as Pattern.compile does, since the index in an error message is the place
// that Java's parser had reached.
type patternParser struct {
	pattern string
	temp    []rune // the pattern with two zeros behind it
	length  int
	cursor  int
	flags   int

	groups, locals int
	names          map[string]int
	backRefs       bool
	nesting        int
	loops          []*loopNode
}

func newPatternParser(pattern string, flags int) *patternParser {
	if flags&UnicodeCharacterClass != 0 {
		flags |= UnicodeCase
	}
	p := &patternParser{pattern: pattern, flags: flags, groups: 1, names: map[string]int{}}
	for i := 0; i < len(pattern); {
		r, n := decodeRune(pattern[i:])
		p.temp = append(p.temp, r)
		i += n
	}
	p.length = len(p.temp)
	p.temp = append(p.temp, 0, 0)
	return p
}

// syntaxError carries an error through the parser's levels.
type syntaxError struct{ err error }

// compile parses the whole pattern.
func (p *patternParser) compile() (start node, err error) {
	defer func() {
		if e := recover(); e != nil {
			s, ok := e.(syntaxError)
			if !ok {
				panic(e)
			}
			err = s.err
		}
	}()
	final := &finalNode{}
	if p.has(Literal) {
		head, tail := p.text(p.temp[:p.length])
		tail.link(final)
		return head, nil
	}
	p.unquote()
	start, _ = p.expr(final)
	if p.cursor != p.length {
		if p.peek() == ')' {
			p.fail("Unmatched closing ')'")
		}
		p.fail("Unexpected internal error")
	}
	return start, nil
}

// fail stops parsing with an error at the character before the cursor.
func (p *patternParser) fail(description string) {
	index := p.cursor - 1
	message := description
	if index >= 0 {
		message += " near index " + strconv.Itoa(index)
	}
	message += "\n" + p.pattern
	if index >= 0 && index < Length(p.pattern) {
		message += "\n" + strings.Repeat(" ", index) + "^"
	}
	panic(syntaxError{NewException(PatternSyntaxException, message, nil)})
}

// maxNesting bounds groups and classes inside each other; Java's stack overflows earlier.
const maxNesting = 5000

func (p *patternParser) nest() {
	if p.nesting++; p.nesting > maxNesting {
		p.fail("Groups or classes are nested too deep")
	}
}

func (p *patternParser) unnest() { p.nesting-- }

func (p *patternParser) has(flag int) bool { return p.flags&flag != 0 }

// rememberLoops gives the loops that can remember their failures a memory, and returns how many there are.
func (p *patternParser) rememberLoops() int {
	n := 0
	for _, l := range p.loops {
		l.memory = -1
		if !p.backRefs && !l.inner && l.kind == greedy && l.max == endless {
			l.memory = n
			n++
		}
	}
	return n
}

// at reads the pattern; beyond its end there are zeros.
func (p *patternParser) at(i int) rune {
	if i < len(p.temp) {
		return p.temp[i]
	}
	return 0
}

// peek is the character at the cursor. With the flag x, white space and comments do not count.
func (p *patternParser) peek() rune {
	if p.has(Comments) {
		p.skipSpace()
	}
	return p.at(p.cursor)
}

// read takes the character at the cursor.
func (p *patternParser) read() rune {
	r := p.peek()
	p.cursor++
	return r
}

// following moves one on and peeks.
func (p *patternParser) following() rune {
	p.cursor++
	return p.peek()
}

// skip takes two characters as they are and returns the second.
func (p *patternParser) skip() rune {
	r := p.at(p.cursor + 1)
	p.cursor += 2
	return r
}

func (p *patternParser) unread() { p.cursor-- }

func (p *patternParser) skipSpace() {
	for {
		switch r := p.at(p.cursor); {
		case r == ' ' || r >= '\t' && r <= '\r':
			p.cursor++
		case r == '#':
			for p.cursor++; p.at(p.cursor) != 0 && !p.lineEnd(p.at(p.cursor)); {
				p.cursor++
			}
		default:
			return
		}
	}
}

func (p *patternParser) lineEnd(r rune) bool {
	if p.has(UnixLines) {
		return r == '\n'
	}
	return isLineEnd(r)
}

func (p *patternParser) accept(r rune, description string) {
	if p.read() != r {
		p.fail(description)
	}
}

// unquote rewrites \Q...\E as escaped characters.
func (p *patternParser) unquote() {
	i := 0
	for i < p.length-1 && !(p.temp[i] == '\\' && p.temp[i+1] == 'Q') {
		if p.temp[i] == '\\' {
			i++
		}
		i++
	}
	if i >= p.length-1 {
		return
	}
	out := append([]rune(nil), p.temp[:i]...)
	inside, first := true, true
	for i += 2; i < p.length; {
		r := p.temp[i]
		i++
		switch {
		case r >= 0x80 || isASCIILetter(r):
			out = append(out, r)
		case r >= '0' && r <= '9':
			if first {
				// An escape before the quote must not swallow the digit.
				out = append(out, '\\', 'x', '3')
			}
			out = append(out, r)
		case r != '\\':
			if inside {
				out = append(out, '\\')
			}
			out = append(out, r)
		case inside && p.at(i) == 'E':
			i++
			inside = false
		case inside:
			out = append(out, '\\', '\\')
		case p.at(i) == 'Q':
			i++
			inside, first = true, true
			continue
		default:
			out = append(out, r)
			if i != p.length {
				out = append(out, p.temp[i])
				i++
			}
		}
		first = false
	}
	p.length = len(out)
	p.temp = append(out, 0, 0)
}

func isASCIILetter(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' }

func isASCIIDigit(r rune) bool { return r >= '0' && r <= '9' }
