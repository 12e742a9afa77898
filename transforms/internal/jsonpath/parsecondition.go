package jsonpath

import (
	"strings"

	"github.com/moldau/moldau/internal/javafmt"
)

// The grammar of conditions, as in Jayway's FilterCompiler:
//
//	or         = and { "||" and }
//	and        = operand { "&&" operand }
//	operand    = comparison | "(" or ")" | "!" operand
//	comparison = value [ operator value ]

// condition reads what is in brackets after ?.
func (p *parser) condition() (step, error) {
	p.at++
	if err := p.expect("("); err != nil {
		return step{}, err
	}
	p.nested = p.nested || p.filters > 0
	p.filters++
	defer func() { p.filters-- }()
	e, err := p.or()
	if err != nil {
		return step{}, err
	}
	return step{kind: filterStep, filter: e}, p.expect(")")
}

func (p *parser) or() (expression, error) {
	var all or
	for {
		e, err := p.and()
		if err != nil {
			return nil, err
		}
		if all = append(all, e); !p.take("||") {
			break
		}
	}
	if len(all) == 1 {
		return all[0], nil
	}
	return all, nil
}

func (p *parser) and() (expression, error) {
	var all and
	for {
		e, err := p.operand()
		if err != nil {
			return nil, err
		}
		if all = append(all, e); !p.take("&&") {
			break
		}
	}
	if len(all) == 1 {
		return all[0], nil
	}
	return all, nil
}

func (p *parser) operand() (expression, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer func() { p.depth-- }()
	p.blanks()
	switch {
	case p.take("!"):
		p.blanks()
		if c := p.peek(); c == '$' || c == '@' {
			return p.comparison(false)
		}
		e, err := p.operand()
		return not{e}, err
	case p.take("("):
		e, err := p.or()
		if err != nil {
			return nil, err
		}
		return e, p.expect(")")
	}
	return p.comparison(true)
}

// comparison reads a comparison, or a path whose existence is asked for; wanted is false after an exclamation mark.
func (p *parser) comparison(wanted bool) (expression, error) {
	left, err := p.value()
	if err != nil {
		return nil, err
	}
	name := p.operatorName()
	if name == "" {
		if left.path == nil {
			return nil, p.unexpected("expected an operator")
		}
		return exists{left.path, wanted}, nil
	}
	operator, ok := operators[name]
	if !ok {
		return nil, invalid("Filter operator " + name + " is not supported!")
	}
	right, err := p.value()
	if err != nil {
		return nil, err
	}
	return comparison{left, right, operator}, nil
}

// operatorName reads an operator; there is none before the end of the operand.
func (p *parser) operatorName() string {
	p.blanks()
	start := p.at
	for p.at < len(p.text) && strings.IndexByte("<>=~!", p.text[p.at]) >= 0 {
		p.at++
	}
	if p.at > start {
		return p.text[start:p.at]
	}
	for p.at < len(p.text) && isLetter(p.text[p.at]) {
		p.at++
	}
	return strings.ToUpper(p.text[start:p.at])
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

func (p *parser) value() (operand, error) {
	p.blanks()
	switch p.peek() {
	case '$', '@':
		path, err := p.path(true)
		return operand{path: path}, err
	case '/':
		return p.regex()
	}
	n, err := p.literal()
	return operand{literal: n}, err
}

// patternFlags are the letters after a regular expression.
var patternFlags = map[byte]int{
	'd': javafmt.UnixLines, 'i': javafmt.CaseInsensitive, 'x': javafmt.Comments, 'm': javafmt.Multiline, 's': javafmt.DotAll,
	'u': javafmt.UnicodeCase, 'U': javafmt.UnicodeCharacterClass,
}

// regex reads /pattern/flags.
func (p *parser) regex() (operand, error) {
	start := p.at + 1
	for p.at = start; p.at < len(p.text) && p.text[p.at] != '/'; p.at++ {
		if p.text[p.at] == '\\' {
			p.at++
		}
	}
	if p.at >= len(p.text) {
		p.at = start - 1
		return operand{}, p.unexpected("the pattern is not closed")
	}
	pattern := p.text[start:p.at]
	flags := 0
	for p.at++; isLetter(p.peek()); p.at++ {
		flag, ok := patternFlags[p.peek()]
		if !ok {
			return operand{}, p.unexpected("unknown flag of a pattern")
		}
		flags |= flag
	}
	re, err := javafmt.Compile(pattern, flags)
	if err != nil {
		return operand{}, javafmt.NewException(invalidException, "wrong pattern /"+pattern+"/: "+err.Error(), err)
	}
	return operand{literal: node{kind: patternNode, pattern: re}}, nil
}

// literal reads a JSON value. Texts may be in single quotes, and without quotes within arrays and objects.
func (p *parser) literal() (node, error) {
	p.blanks()
	switch c := p.peek(); {
	case c == '\'' || c == '"':
		text, err := p.quoted()
		return node{kind: stringNode, text: text}, err
	case c == '[':
		return p.array()
	case c == '{':
		return p.object()
	}
	start := p.at
	for p.at < len(p.text) && strings.IndexByte(" \t\r\n,)]}:<>=~!&|([{'\"", p.text[p.at]) < 0 {
		p.at++
	}
	switch word := p.text[start:p.at]; word {
	case "true", "false":
		return node{kind: boolNode, truth: word == "true"}, nil
	case "null":
		return node{kind: nullNode}, nil
	default:
		if n, ok := parseNumber(word); ok {
			return node{kind: numberNode, number: n}, nil
		}
		p.at = start
		return node{}, p.unexpected("expected a value")
	}
}

// member reads a value within an array or object.
func (p *parser) member() (node, error) {
	p.blanks()
	start := p.at
	n, err := p.literal()
	if err == nil || !isLetter(p.peek()) || p.at != start {
		return n, err
	}
	for p.at < len(p.text) && strings.IndexByte(",]}:", p.text[p.at]) < 0 {
		p.at++
	}
	return node{kind: stringNode, text: javafmt.Trim(p.text[start:p.at])}, nil
}

func (p *parser) array() (node, error) {
	if err := p.enter(); err != nil {
		return node{}, err
	}
	defer func() { p.depth-- }()
	p.at++
	n := node{kind: listNode}
	if p.take("]") {
		return n, nil
	}
	for {
		x, err := p.member()
		if err != nil {
			return n, err
		}
		n.list = append(n.list, x)
		if !p.take(",") {
			return n, p.expect("]")
		}
	}
}

func (p *parser) object() (node, error) {
	if err := p.enter(); err != nil {
		return node{}, err
	}
	defer func() { p.depth-- }()
	p.at++
	n := node{kind: objectNode, object: map[string]node{}}
	if p.take("}") {
		return n, nil
	}
	for {
		name, err := p.member()
		if err != nil {
			return n, err
		}
		if err := p.expect(":"); err != nil {
			return n, err
		}
		if n.object[name.input()], err = p.member(); err != nil {
			return n, err
		}
		if !p.take(",") {
			return n, p.expect("}")
		}
	}
}
