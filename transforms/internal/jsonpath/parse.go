package jsonpath

import (
	"slices"
	"strconv"
	"strings"

	"github.com/moldau/moldau/internal/javafmt"
)

// Bounds of what is parsed. Expressions come from configurations, but must not bring a worker down.
const (
	longestText = 64 << 10
	deepest     = 100
)

// Parse compiles a path. One that does not begin with $ is taken as what follows "$.", as in Jayway. The error is an InvalidPathException.
func Parse(text string) (*Path, error) {
	if len(text) > longestText {
		return nil, invalid("the path is longer than " + strconv.Itoa(longestText) + " bytes")
	}
	trimmed := javafmt.Trim(text)
	if trimmed == "" {
		return nil, invalid("json can not be null or empty")
	}
	if trimmed[0] != '$' && trimmed[0] != '@' {
		trimmed = "$." + trimmed
	}
	if strings.HasSuffix(trimmed, ".") {
		return nil, invalid("Path must not end with a '.' or '..'")
	}
	p := parser{text: trimmed}
	path, err := p.path(false)
	if err != nil {
		return nil, err
	}
	path.nested = p.nested
	if p.at < len(p.text) {
		return nil, p.unexpected("the path should end")
	}
	return path, nil
}

// parser reads a path or the conditions in it from a text.
type parser struct {
	text  string
	at    int
	depth int
	// filters counts the filters around the current place; nested says that there was a filter or search within one, or two searches.
	filters int
	nested  bool
}

// peek returns the current character, 0 at the end.
func (p *parser) peek() byte {
	if p.at < len(p.text) {
		return p.text[p.at]
	}
	return 0
}

func (p *parser) blanks() {
	for p.at < len(p.text) && strings.IndexByte(" \t\r\n", p.text[p.at]) >= 0 {
		p.at++
	}
}

// take skips blanks and then the text, where it is next.
func (p *parser) take(text string) bool {
	p.blanks()
	if !strings.HasPrefix(p.text[p.at:], text) {
		return false
	}
	p.at += len(text)
	return true
}

func (p *parser) expect(text string) error {
	if p.take(text) {
		return nil
	}
	return p.unexpected("expected " + strconv.Quote(text))
}

func (p *parser) unexpected(what string) error {
	found := "the end"
	if p.at < len(p.text) {
		found = strconv.Quote(p.text[p.at:])
	}
	return invalid(what + " at position " + strconv.Itoa(p.at) + " of " + strconv.Quote(p.text) + ", not " + found)
}

// enter counts the depth of brackets.
func (p *parser) enter() error {
	if p.depth++; p.depth > deepest {
		return invalid("the path is nested deeper than " + strconv.Itoa(deepest))
	}
	return nil
}

// path reads $ or @ and the steps after it. One in a condition ends where the condition goes on.
func (p *parser) path(inCondition bool) (*Path, error) {
	out := &Path{ofItem: p.peek() == '@'}
	p.at++
	for p.at < len(p.text) {
		if inCondition && p.endsPath() {
			break
		}
		if p.peek() != '.' && p.peek() != '[' {
			return nil, p.unexpected("expected '.' or '['")
		}
		if err := p.step(out, inCondition); err != nil {
			return nil, err
		}
	}
	if n := len(out.steps); n > 0 && out.steps[n-1].kind == scanStep {
		return nil, p.unexpected("Path must not end with a '.' or '..'")
	}
	out.finish()
	return out, nil
}

// endsPath reports whether the current character ends a path in a condition.
func (p *parser) endsPath() bool {
	rest := p.text[p.at:]
	return strings.IndexByte(" \t\r\n<>=~!),]", rest[0]) >= 0 || strings.HasPrefix(rest, "&&") || strings.HasPrefix(rest, "||")
}

func (p *parser) step(out *Path, inCondition bool) error {
	if p.peek() == '.' {
		p.at++
		if p.peek() == '.' {
			p.at++
			again := slices.ContainsFunc(out.steps, func(s step) bool { return s.kind == scanStep })
			p.nested = p.nested || p.filters > 0 || again
			out.steps = append(out.steps, step{kind: scanStep})
		}
	}
	switch p.peek() {
	case 0, '.':
		return p.unexpected("expected the name of a property")
	case '[':
		return p.bracket(out)
	case '*':
		p.at++
		out.steps = append(out.steps, step{kind: wildcardStep})
		return nil
	}
	return p.name(out, inCondition)
}

// name reads a property or function after a dot.
func (p *parser) name(out *Path, inCondition bool) error {
	start := p.at
	for p.at < len(p.text) {
		c := p.text[p.at]
		if c == '.' || c == '[' || c == '(' || inCondition && p.endsPath() {
			break
		}
		if c == ' ' {
			return invalid("Use bracket notion ['my prop'] if your property contains blank characters. position: " + strconv.Itoa(start))
		}
		p.at++
	}
	name := p.text[start:p.at]
	if name == "" {
		return p.unexpected("expected the name of a property")
	}
	if p.peek() != '(' {
		out.steps = append(out.steps, step{kind: propertyStep, names: []string{name}})
		return nil
	}
	p.at++
	f, ok := functionOf(name)
	if !ok {
		return invalid("Function with name: " + name + " does not exist.")
	}
	s := step{kind: functionStep, function: f}
	if f.indexed {
		n, err := p.integer()
		if err != nil {
			return err
		}
		s.indexes = []int{n}
	}
	if err := p.expect(")"); err != nil {
		return err
	}
	out.steps = append(out.steps, s)
	return nil
}

// bracket reads names, indexes, a slice, a wildcard or a filter in brackets.
func (p *parser) bracket(out *Path) error {
	if err := p.enter(); err != nil {
		return err
	}
	defer func() { p.depth-- }()
	p.at++
	p.blanks()
	var s step
	var err error
	switch c := p.peek(); {
	case c == '\'' || c == '"':
		s, err = p.quotedNames()
	case c == '*':
		p.at++
		s = step{kind: wildcardStep}
	case c == '?':
		s, err = p.condition()
	case c == '-' || c == ':' || c >= '0' && c <= '9':
		s, err = p.indexes()
	default:
		err = p.unexpected("expected ?, ', 0-9 or *")
	}
	if err != nil {
		return err
	}
	out.steps = append(out.steps, s)
	return p.expect("]")
}

func (p *parser) quotedNames() (step, error) {
	s := step{kind: propertyStep}
	for {
		p.blanks()
		name, err := p.quoted()
		if err != nil {
			return s, err
		}
		s.names = append(s.names, name)
		if !p.take(",") {
			return s, nil
		}
	}
}

// quoted reads a text in single or double quotes.
func (p *parser) quoted() (string, error) {
	quote, start := p.peek(), p.at
	if quote != '\'' && quote != '"' {
		return "", p.unexpected("expected a quoted text")
	}
	for p.at++; p.at < len(p.text); p.at++ {
		switch p.text[p.at] {
		case '\\':
			p.at++
		case quote:
			p.at++
			return unescape(p.text[start+1 : p.at-1])
		}
	}
	p.at = start
	return "", p.unexpected("the quote is not closed")
}

// unescape replaces the escapes of a quoted text; a backslash before any other character stands for that character.
func unescape(s string) (string, error) {
	if strings.IndexByte(s, '\\') < 0 {
		return s, nil
	}
	var units []uint16
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i == len(s)-1 {
			end := i + 1
			for end < len(s) && s[end] != '\\' {
				end++
			}
			units = append(units, javafmt.EncodeUTF16(s[i:end])...)
			i = end - 1
			continue
		}
		i++
		switch c := s[i]; c {
		case 'u':
			if i+5 > len(s) {
				return "", invalid("Unable to parse unicode value: " + s[i+1:])
			}
			n, err := strconv.ParseUint(s[i+1:i+5], 16, 16)
			if err != nil {
				return "", invalid("Unable to parse unicode value: " + s[i+1:i+5])
			}
			units = append(units, uint16(n))
			i += 4
		case 'b', 'f', 'n', 'r', 't':
			units = append(units, uint16("\b\f\n\r\t"[strings.IndexByte("bfnrt", c)]))
		default:
			end := i + 1
			for end < len(s) && s[end]&0xc0 == 0x80 {
				end++
			}
			units = append(units, javafmt.EncodeUTF16(s[i:end])...)
			i = end - 1
		}
	}
	return javafmt.DecodeUTF16(units), nil
}

func (p *parser) integer() (int, error) {
	p.blanks()
	start := p.at
	if p.peek() == '-' {
		p.at++
	}
	for c := p.peek(); c >= '0' && c <= '9'; c = p.peek() {
		p.at++
	}
	n, err := strconv.ParseInt(p.text[start:p.at], 10, 32)
	if err != nil {
		return 0, invalid("Failed to parse token in ArrayIndexOperation: " + p.text[start:p.at])
	}
	return int(n), nil
}

func (p *parser) indexes() (step, error) {
	if p.take(":") {
		to, err := p.integer()
		return step{kind: sliceStep, to: &to}, err
	}
	n, err := p.integer()
	if err != nil {
		return step{}, err
	}
	if p.take(":") {
		s := step{kind: sliceStep, from: &n}
		p.blanks()
		if p.peek() == ']' {
			return s, nil
		}
		to, err := p.integer()
		s.to = &to
		return s, err
	}
	s := step{kind: indexStep, indexes: []int{n}}
	for p.take(",") {
		if n, err = p.integer(); err != nil {
			return s, err
		}
		s.indexes = append(s.indexes, n)
	}
	return s, nil
}
