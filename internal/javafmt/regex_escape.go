package javafmt

import "unicode"

// escapeResult is what an escape means: a character, or where that is negative a node or a set of characters.
type escapeResult struct {
	char rune
	node node
	set  runeSet
}

// escape parses what stands behind a backslash at the cursor. In a class it returns a set for the classes; create is false where the result will be
// thrown away, ranged where a minus follows in a class.
func (p *patternParser) escape(inClass, create, ranged bool) escapeResult {
	r := p.skip()
	char := func(c rune) escapeResult { return escapeResult{char: c} }
	set := func(s runeSet, negate bool) escapeResult {
		if negate {
			s = s.not()
		}
		if inClass {
			return escapeResult{char: -1, set: s}
		}
		return escapeResult{char: -1, node: p.charNode(s)}
	}
	place := func(holds func(*matcher, int) bool) escapeResult {
		return escapeResult{char: -1, node: &placeNode{holds: holds}}
	}
	switch r {
	case '0':
		return char(p.octal())
	case 'a':
		return char('\a')
	case 'c':
		if p.cursor >= p.length {
			p.fail("Illegal control escape sequence")
		}
		return char(p.read() ^ 64)
	case 'e':
		return char(0x1b)
	case 'f':
		return char('\f')
	case 'n':
		return char('\n')
	case 'r':
		return char('\r')
	case 't':
		return char('\t')
	case 'u':
		return char(p.unicodeEscape())
	case 'x':
		return char(p.hexEscape())
	case 'N':
		return char(p.namedChar())
	case 'd', 'D':
		return set(p.predefined('d'), r == 'D')
	case 'h', 'H':
		return set(isHorizontalSpace, r == 'H')
	case 's', 'S':
		return set(p.predefined('s'), r == 'S')
	case 'v':
		if ranged {
			// Before Java 8 this was one character, and it still is as the end of a range.
			return char(0x0b)
		}
		return set(isVerticalSpace, false)
	case 'V':
		return set(isVerticalSpace, true)
	case 'w', 'W':
		return set(p.predefined('w'), r == 'W')
	}
	if !isASCIILetter(r) && (r < '1' || r > '9') {
		return char(r)
	}
	if !inClass {
		switch r {
		case 'A':
			return place(atStart)
		case 'G':
			return place(atLastEnd)
		case 'Z':
			return place(p.dollar(false))
		case 'z':
			return place(atEnd)
		case 'B':
			return place(wordBound(false, p.boundWord()))
		case 'b':
			if create && p.peek() == '{' {
				if p.skip() == 'g' {
					if p.read() == '}' {
						return place(graphemeBound)
					}
					p.fail("Illegal/unsupported escape sequence")
				}
				p.unread()
				p.unread()
			}
			return place(wordBound(true, p.boundWord()))
		case 'R':
			return escapeResult{char: -1, node: &lineEndNode{}}
		case 'X':
			return escapeResult{char: -1, node: &graphemeNode{}}
		case 'k':
			return escapeResult{char: -1, node: p.namedRef()}
		case '1', '2', '3', '4', '5', '6', '7', '8', '9':
			if !create {
				return escapeResult{char: -1}
			}
			return escapeResult{char: -1, node: p.numberedRef(int(r - '0'))}
		}
	}
	p.fail("Illegal/unsupported escape sequence")
	panic("unreachable")
}

func (p *patternParser) boundWord() func(rune) bool {
	if p.has(UnicodeCharacterClass) {
		return isUnicodeWord
	}
	return isWordBase
}

// numberedRef reads further digits as long as there is a group of that number.
func (p *patternParser) numberedRef(group int) node {
	for isASCIIDigit(p.peek()) {
		longer := 10*group + int(p.peek()-'0')
		if p.groups-1 < longer {
			break
		}
		group = longer
		p.read()
	}
	p.backRefs = true
	return &backRefNode{group: group, fold: p.fold()}
}

func (p *patternParser) namedRef() node {
	if p.read() != '<' {
		p.fail(`\k is not followed by '<' for named capturing group`)
	}
	name := p.groupName(p.read())
	group, ok := p.names[name]
	if !ok {
		p.fail("named capturing group <" + name + "> does not exist")
	}
	p.backRefs = true
	return &backRefNode{group: group, fold: p.fold()}
}

func isOctal(r rune) bool { return r >= '0' && r <= '7' }

// octal reads one to three octal digits, up to 377.
func (p *patternParser) octal() rune {
	n := p.read()
	if !isOctal(n) {
		p.fail("Illegal octal escape sequence")
	}
	m := p.read()
	if !isOctal(m) {
		p.unread()
		return n - '0'
	}
	o := p.read()
	if !isOctal(o) || n > '3' {
		p.unread()
		return (n-'0')*8 + m - '0'
	}
	return (n-'0')*64 + (m-'0')*8 + o - '0'
}

func (p *patternParser) hexEscape() rune {
	n := p.read()
	if hexDigit(n) >= 0 {
		if m := p.read(); hexDigit(m) >= 0 {
			return hexDigit(n)<<4 | hexDigit(m)
		}
	} else if n == '{' && hexDigit(p.peek()) >= 0 {
		var r rune
		for n = p.read(); hexDigit(n) >= 0; n = p.read() {
			if r = r<<4 | hexDigit(n); r > unicode.MaxRune {
				p.fail("Hexadecimal codepoint is too big")
			}
		}
		if n != '}' {
			p.fail("Unclosed hexadecimal escape sequence")
		}
		return r
	}
	p.fail("Illegal hexadecimal escape sequence")
	panic("unreachable")
}

func (p *patternParser) fourHex() rune {
	var r rune
	for range 4 {
		d := hexDigit(p.read())
		if d < 0 {
			p.fail("Illegal Unicode escape sequence")
		}
		r = r<<4 | d
	}
	return r
}

// unicodeEscape reads \uXXXX, and a second one with it where the two are a surrogate pair.
func (p *patternParser) unicodeEscape() rune {
	r := p.fourHex()
	if r < 0xd800 || r > 0xdbff {
		return r
	}
	saved := p.cursor
	if p.read() == '\\' && p.read() == 'u' {
		if low := p.fourHex(); low >= 0xdc00 && low <= 0xdfff {
			return (r-0xd800)<<10 + (low - 0xdc00) + 0x10000
		}
	}
	p.cursor = saved
	return r
}

func (p *patternParser) namedChar() rune {
	if p.read() != '{' {
		p.fail("Illegal character name escape sequence")
	}
	start := p.cursor
	for p.read() != '}' {
		if p.cursor >= p.length {
			p.fail("Unclosed character name escape sequence")
		}
	}
	name := string(p.temp[start : p.cursor-1])
	r, ok := charByName(name)
	if !ok {
		p.fail("Unknown character name [" + name + "]")
	}
	return r
}
