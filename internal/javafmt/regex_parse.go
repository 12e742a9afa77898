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

// escaped moves one on without regard to white space.
func (p *patternParser) escaped() rune {
	p.cursor++
	return p.at(p.cursor)
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

// expr parses alternatives up to a closing parenthesis or the end; end follows each of them. It returns the first and the last node.
func (p *patternParser) expr(end node) (head, tail node) {
	var branch *branchNode
	for {
		first, last := p.sequence(end)
		if p.peek() != '|' && branch == nil {
			return first, last
		}
		if branch == nil {
			conn := &connNode{}
			conn.link(end)
			branch = &branchNode{conn: conn}
		}
		if first == end {
			branch.ways = append(branch.ways, nil)
		} else {
			last.link(branch.conn)
			branch.ways = append(branch.ways, first)
		}
		if p.peek() != '|' {
			return branch, branch.conn
		}
		p.following()
	}
}

// sequence parses what stands in a row. An empty one is end itself.
func (p *patternParser) sequence(end node) (head, tail node) {
	add := func(first, last node) {
		if head == nil {
			head = first
		} else {
			tail.link(first)
		}
		tail = last
	}
	for {
		var n node
		switch r := p.peek(); r {
		case '(':
			// A group handles what repeats it.
			if first, last := p.group(); first != nil {
				add(first, last)
			}
			continue
		case '[':
			n = p.charNode(p.class(true))
		case '^':
			p.following()
			n = &placeNode{holds: p.lineStart()}
		case '$':
			p.following()
			n = &placeNode{holds: p.dollar(p.has(Multiline))}
		case '.':
			p.following()
			n = p.charNode(p.dot())
		case '|', ')':
			return p.endSequence(head, tail, end)
		case '?', '*', '+':
			p.following()
			p.fail("Dangling meta character '" + string(r) + "'")
		case 0:
			if p.cursor >= p.length {
				return p.endSequence(head, tail, end)
			}
			n = p.atom()
		default:
			n = p.atom()
		}
		n = p.closure(n)
		add(n, n)
	}
}

func (p *patternParser) endSequence(head, tail, end node) (node, node) {
	if head == nil {
		return end, end
	}
	tail.link(end)
	return head, tail
}

func (p *patternParser) lineStart() func(*matcher, int) bool {
	switch {
	case p.has(Multiline) && p.has(UnixLines):
		return atUnixLineStart
	case p.has(Multiline):
		return atLineStart
	}
	return atStart
}

func (p *patternParser) dollar(multiline bool) func(*matcher, int) bool {
	switch {
	case multiline && p.has(UnixLines):
		return atUnixLineEnd
	case multiline:
		return atLineEnd
	case p.has(UnixLines):
		return atLastUnixLineEnd
	}
	return atLastLineEnd
}

func (p *patternParser) dot() runeSet {
	switch {
	case p.has(DotAll):
		return func(rune) bool { return true }
	case p.has(UnixLines):
		return func(r rune) bool { return r != '\n' }
	}
	return func(r rune) bool { return !isLineEnd(r) }
}

// atom parses plain characters, as many as there are in a row, or one escape.
func (p *patternParser) atom() node {
	var text []rune
	previous := -1
	for r := p.peek(); ; {
		switch r {
		case '*', '+', '?', '{':
			if len(text) > 1 {
				// The quantifier belongs to the last character.
				p.cursor = previous
				text = text[:len(text)-1]
			}
		case '$', '.', '^', '(', '[', '|', ')':
		case '\\':
			if next := p.at(p.cursor + 1); next == 'p' || next == 'P' {
				if len(text) == 0 {
					p.cursor++
					return p.charNode(p.property(next == 'P'))
				}
				break
			}
			previous = p.cursor
			e := p.escape(false, len(text) == 0, false)
			if e.char >= 0 {
				text = append(text, e.char)
				r = p.peek()
				continue
			}
			if len(text) == 0 {
				return e.node
			}
			p.cursor = previous
		default:
			if r == 0 && p.cursor >= p.length {
				break
			}
			previous = p.cursor
			text = append(text, r)
			r = p.following()
			continue
		}
		head, _ := p.text(text)
		return head
	}
}

// text makes a node of plain characters, with regard to the flags for case.
func (p *patternParser) text(text []rune) (head, tail node) {
	if len(text) == 1 {
		n := p.charNode(p.single(text[0]))
		return n, n
	}
	n := &textNode{length: int32(len(text)), fold: p.fold()}
	var b []byte
	for _, r := range text {
		b = appendRune(b, r)
	}
	n.text = string(b)
	return n, n
}

// fold returns how characters are compared without case, nil where case counts.
func (p *patternParser) fold() func(a, b rune) bool {
	switch {
	case !p.has(CaseInsensitive):
		return nil
	case p.has(UnicodeCase):
		return func(a, b rune) bool { return foldRune(a) == foldRune(b) }
	}
	return func(a, b rune) bool { return a < 0x80 && b < 0x80 && foldASCII(a) == foldASCII(b) }
}

func (p *patternParser) charNode(set runeSet) node { return &charNode{class: newCharClass(set)} }

// closure parses a quantifier behind a piece.
func (p *patternParser) closure(atom node) node {
	switch p.peek() {
	case '?':
		p.following()
		return &questNode{atom: atom, kind: p.greed()}
	case '*':
		p.following()
		return p.repeat(atom, 0, endless, p.greed())
	case '+':
		p.following()
		return p.repeat(atom, 1, endless, p.greed())
	case '{':
		least, most := p.counts()
		return p.repeat(atom, least, most, p.greed())
	}
	return atom
}

// greed reads the ? or + behind a quantifier.
func (p *patternParser) greed() greed {
	switch p.peek() {
	case '?':
		p.following()
		return lazy
	case '+':
		p.following()
		return possessive
	}
	return greedy
}

func (p *patternParser) repeat(atom node, least, most int32, kind greed) node {
	if least == 0 && most == 1 {
		return &questNode{atom: atom, kind: kind}
	}
	if c, ok := atom.(*charNode); ok {
		return &runNode{class: c.class, min: least, max: most, kind: kind}
	}
	return &curlyNode{atom: atom, min: least, max: most, kind: kind}
}

// counts reads {n}, {n,} or {n,m}.
func (p *patternParser) counts() (least, most int32) {
	r := p.skip()
	if !isASCIIDigit(r) {
		p.fail("Illegal repetition")
	}
	number := func(r rune) (int32, rune) {
		v := int64(0)
		for ; isASCIIDigit(r); r = p.read() {
			if v = 10*v + int64(r-'0'); v > endless {
				p.fail("Illegal repetition range")
			}
		}
		return int32(v), r
	}
	least, r = number(r)
	most = least
	if r == ',' {
		most = endless
		if r = p.read(); r != '}' {
			most, r = number(r)
		}
	}
	if r != '}' {
		p.fail("Unclosed counted closure")
	}
	if most < least {
		p.fail("Illegal repetition range")
	}
	return least, most
}
