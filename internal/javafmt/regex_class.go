package javafmt

import "unicode"

// runeSet is a set of characters.
type runeSet func(rune) bool

func (s runeSet) not() runeSet { return func(r rune) bool { return !s(r) } }

func (s runeSet) or(t runeSet) runeSet {
	if s == nil {
		return t
	}
	return func(r rune) bool { return s(r) || t(r) }
}

func (s runeSet) and(t runeSet) runeSet { return func(r rune) bool { return s(r) && t(r) } }

// charClass is a runeSet with its ASCII part as bits.
type charClass struct {
	ascii [2]uint64
	set   runeSet
}

func newCharClass(set runeSet) charClass {
	c := charClass{set: set}
	for r := rune(0); r < 0x80; r++ {
		if set(r) {
			c.ascii[r>>6] |= 1 << (r & 63)
		}
	}
	return c
}

func (c *charClass) has(r rune) bool {
	if r < 0x80 {
		return c.ascii[r>>6]>>(r&63)&1 != 0
	}
	return c.set(r)
}

func foldRune(r rune) rune { return unicode.ToLower(unicode.ToUpper(r)) }

func foldASCII(r rune) rune {
	if r >= 'A' && r <= 'Z' {
		return r + 'a' - 'A'
	}
	return r
}

// single is the set of one character, with regard to the flags for case.
func (p *patternParser) single(c rune) runeSet {
	if fold := p.fold(); fold != nil {
		return func(r rune) bool { return r == c || fold(c, r) }
	}
	return func(r rune) bool { return r == c }
}

// class parses a class in brackets with its unions, intersections and classes inside. consume tells whether its closing bracket belongs to it: the
// right side of && is parsed as a class without brackets.
func (p *patternParser) class(consume bool) runeSet {
	p.nest()
	defer p.unnest()
	// bits are the single characters, ranges and shorthands read since the last &&; they join the set when an && or the end comes.
	var set, current, bits runeSet
	negated := false
	for r := p.following(); ; {
		switch r {
		case '^':
			if p.at(p.cursor-1) == '[' {
				r = p.following()
				negated = true
				continue
			}
		case '[':
			current = p.class(true)
			set = set.or(current)
			r = p.peek()
			continue
		case '&':
			if r = p.following(); r == '&' {
				r = p.following()
				var right runeSet
				for r != ']' && r != '&' {
					if r == '[' {
						right = right.or(p.class(true))
					} else {
						p.unread()
						right = right.or(p.class(false))
					}
					r = p.peek()
				}
				if bits != nil {
					set = set.or(bits)
					bits = nil
				}
				switch {
				case right != nil:
					current = right
					if set == nil {
						set = right
					} else {
						set = set.and(right)
					}
				case set == nil:
					p.fail("Bad class syntax")
				case current != nil:
					set = set.and(current)
				}
				continue
			}
			p.unread()
		case 0:
			if p.cursor >= p.length {
				p.fail("Unclosed character class")
			}
		case ']':
			if set != nil || bits != nil {
				if consume {
					p.following()
				}
				if bits != nil {
					set = set.or(bits)
				}
				if negated {
					set = set.not()
				}
				return set
			}
		}
		item, single := p.classItem()
		if single {
			bits = bits.or(item)
		} else {
			current = item
			set = set.or(item)
		}
		r = p.peek()
	}
}

// classItem parses one item of a class. single tells of a character that Java keeps apart, as a bit.
func (p *patternParser) classItem() (set runeSet, single bool) {
	c := p.peek()
	if c == '\\' {
		if next := p.at(p.cursor + 1); next == 'p' || next == 'P' {
			p.cursor++
			return p.property(next == 'P'), false
		}
		e := p.escape(true, true, p.at(p.cursor+2) == '-')
		if e.char < 0 {
			return e.set, false
		}
		c = e.char
	} else {
		p.following()
	}
	if p.peek() == '-' {
		if end := p.at(p.cursor + 1); end != '[' && end != ']' {
			p.following()
			last := p.peek()
			if last == '\\' {
				last = p.escape(true, false, true).char
			} else {
				p.following()
			}
			if last < c {
				p.fail("Illegal character range")
			}
			return p.charRange(c, last), false
		}
	}
	return p.single(c), c < 256
}

func (p *patternParser) charRange(first, last rune) runeSet {
	in := func(r rune) bool { return r >= first && r <= last }
	switch {
	case !p.has(CaseInsensitive):
		return in
	case p.has(UnicodeCase):
		return func(r rune) bool {
			up := unicode.ToUpper(r)
			return in(r) || in(up) || in(unicode.ToLower(up))
		}
	}
	return func(r rune) bool {
		if in(r) {
			return true
		}
		return isASCIILetter(r) && in(r^0x20)
	}
}

// predefined returns the set of \d, \s or \w.
func (p *patternParser) predefined(letter rune) runeSet {
	if p.has(UnicodeCharacterClass) {
		switch letter {
		case 'd':
			return func(r rune) bool { return unicode.Is(unicode.Nd, r) }
		case 's':
			return func(r rune) bool { return unicode.Is(unicode.White_Space, r) }
		}
		return isUnicodeWord
	}
	switch letter {
	case 'd':
		return isASCIIDigit
	case 's':
		return func(r rune) bool { return r == ' ' || r >= '\t' && r <= '\r' }
	}
	return func(r rune) bool { return r == '_' || isASCIIDigit(r) || isASCIILetter(r) }
}

func isUnicodeWord(r rune) bool {
	return unicode.In(r, unicode.L, unicode.Nl, unicode.Other_Alphabetic, unicode.Mn, unicode.Me, unicode.Mc, unicode.Nd, unicode.Pc) ||
		unicode.Is(unicode.Join_Control, r)
}

func isHorizontalSpace(r rune) bool {
	return r == ' ' || r == '\t' || r == 0xa0 || r == 0x1680 || r == 0x180e || r >= 0x2000 && r <= 0x200a || r == 0x202f || r == 0x205f || r == 0x3000
}

func isVerticalSpace(r rune) bool {
	return r >= 0x0a && r <= 0x0d || r == 0x85 || r == 0x2028 || r == 0x2029
}
