package avsc

import (
	"math"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// maxDepth is how deep the JSON of a schema may nest; Jackson's limit is the same.
const maxDepth = 1000

// ParseNode parses a JSON document. Unpaired surrogates are kept in their three-byte form.
func ParseNode(text string) (*Node, error) {
	p := nodeParser{s: text}
	n := p.value(0)
	if p.space(); p.err == nil && p.i < len(p.s) {
		p.fail("unexpected text after the schema")
	}
	return n, p.err
}

type nodeParser struct {
	s   string
	i   int
	err error
}

func (p *nodeParser) fail(message string) *Node {
	if p.err == nil {
		p.err = parseError("schema JSON, at byte " + strconv.Itoa(p.i) + ": " + message)
	}
	p.i = len(p.s)
	return Null()
}

// space skips white space and comments, which Avro's parser allows.
func (p *nodeParser) space() {
	for p.i < len(p.s) {
		switch c := p.s[p.i]; {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			p.i++
		case c == '/' && p.i+1 < len(p.s) && p.s[p.i+1] == '/':
			for p.i < len(p.s) && p.s[p.i] != '\n' {
				p.i++
			}
		case c == '/' && p.i+1 < len(p.s) && p.s[p.i+1] == '*':
			for p.i += 2; ; p.i++ {
				if p.i+1 >= len(p.s) {
					p.fail("unclosed comment")
					return
				}
				if p.s[p.i] == '*' && p.s[p.i+1] == '/' {
					p.i += 2
					break
				}
			}
		default:
			return
		}
	}
}

func (p *nodeParser) peek() byte {
	if p.i < len(p.s) {
		return p.s[p.i]
	}
	return 0
}

func (p *nodeParser) value(depth int) *Node {
	p.space()
	if depth > maxDepth {
		return p.fail("nested too deep")
	}
	switch c := p.peek(); {
	case c == '{':
		return p.object(depth)
	case c == '[':
		return p.array(depth)
	case c == '"':
		return Text(p.text())
	case c == '-' || c >= '0' && c <= '9':
		return p.number()
	}
	for word, n := range map[string]*Node{"null": Null(), "true": Bool(true), "false": Bool(false)} {
		if len(p.s)-p.i >= len(word) && p.s[p.i:p.i+len(word)] == word {
			p.i += len(word)
			return n
		}
	}
	return p.fail("a value is missing")
}

func (p *nodeParser) object(depth int) *Node {
	n := &Node{Kind: ObjectNode}
	p.i++
	for {
		p.space()
		if p.peek() == '}' && len(n.Names) == 0 {
			p.i++
			return n
		}
		if p.peek() != '"' {
			return p.fail("a name is missing")
		}
		name := p.text()
		if p.space(); p.peek() != ':' {
			return p.fail("a colon is missing")
		}
		p.i++
		n.Put(name, p.value(depth+1))
		p.space()
		switch p.peek() {
		case ',':
			p.i++
		case '}':
			p.i++
			return n
		default:
			return p.fail("a comma or brace is missing")
		}
	}
}

func (p *nodeParser) array(depth int) *Node {
	n := &Node{Kind: ArrayNode}
	p.i++
	if p.space(); p.peek() == ']' {
		p.i++
		return n
	}
	for {
		n.Items = append(n.Items, p.value(depth+1))
		p.space()
		switch p.peek() {
		case ',':
			p.i++
		case ']':
			p.i++
			return n
		default:
			return p.fail("a comma or bracket is missing")
		}
	}
}

func (p *nodeParser) number() *Node {
	start, integral := p.i, true
	for p.i++; p.i < len(p.s); p.i++ {
		c := p.s[p.i]
		if c == '.' || c == 'e' || c == 'E' || c == '+' || c == '-' {
			integral = false
		} else if c < '0' || c > '9' {
			break
		}
	}
	text := p.s[start:p.i]
	if !integral {
		f, err := strconv.ParseFloat(text, 64)
		if err != nil && !math.IsInf(f, 0) {
			return p.fail("not a number")
		}
		return Double(f)
	}
	x, err := strconv.ParseInt(text, 10, 64)
	switch {
	case text == "-":
		return p.fail("not a number")
	case err != nil:
		return &Node{Kind: BigNode, Text: text}
	case x == int64(int32(x)):
		return Int(int32(x))
	}
	return Long(x)
}

func (p *nodeParser) text() string {
	p.i++
	start := p.i
	for p.i < len(p.s) && p.s[p.i] != '"' && p.s[p.i] != '\\' && p.s[p.i] >= 0x20 {
		p.i++
	}
	if p.peek() == '"' {
		p.i++
		return p.s[start : p.i-1]
	}
	out := []byte(p.s[start:p.i])
	for p.i < len(p.s) {
		switch c := p.s[p.i]; {
		case c == '"':
			p.i++
			return string(out)
		case c == '\\':
			out = p.escape(out)
		case c < 0x20:
			p.fail("a control character in a text")
			return ""
		default:
			out = append(out, c)
			p.i++
		}
	}
	p.fail("a text is not closed")
	return ""
}

func (p *nodeParser) escape(out []byte) []byte {
	p.i++
	c := p.peek()
	p.i++
	switch c {
	case '"', '\\', '/':
		return append(out, c)
	case 'b':
		return append(out, '\b')
	case 'f':
		return append(out, '\f')
	case 'n':
		return append(out, '\n')
	case 'r':
		return append(out, '\r')
	case 't':
		return append(out, '\t')
	case 'u':
		r := p.unit()
		if utf16.IsSurrogate(r) && len(p.s)-p.i > 6 && p.s[p.i] == '\\' && p.s[p.i+1] == 'u' {
			at := p.i
			p.i += 2
			if pair := utf16.DecodeRune(r, p.unit()); pair != utf8.RuneError {
				return utf8.AppendRune(out, pair)
			}
			p.i = at
		}
		if utf16.IsSurrogate(r) {
			return append(out, 0xe0|byte(r>>12), 0x80|byte(r>>6)&0x3f, 0x80|byte(r)&0x3f)
		}
		return utf8.AppendRune(out, r)
	}
	p.fail("a wrong escape")
	return out
}

func (p *nodeParser) unit() rune {
	if len(p.s)-p.i < 4 {
		p.fail("a wrong escape")
		return 0
	}
	x, err := strconv.ParseUint(p.s[p.i:p.i+4], 16, 16)
	if err != nil {
		p.fail("a wrong escape")
		return 0
	}
	p.i += 4
	return rune(x)
}
