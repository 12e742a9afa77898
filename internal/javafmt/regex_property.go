package javafmt

import (
	"strings"
	"unicode"
)

// property parses what stands behind \p or \P, at whose letter the cursor is.
func (p *patternParser) property(complement bool) runeSet {
	long := p.following() == '{'
	if !long {
		p.unread()
	}
	set := p.family(long)
	if complement {
		return set.not()
	}
	return set
}

// family reads the name of a property and returns its set.
func (p *patternParser) family(long bool) runeSet {
	p.following()
	var name string
	if !long {
		name = string(p.at(p.cursor))
		p.read()
	} else {
		start := p.cursor
		for p.cursor <= p.length && p.at(p.cursor) != '}' {
			p.cursor++
		}
		p.cursor++
		if p.cursor > p.length {
			p.cursor = p.length + 1
			p.fail("Unclosed character family")
		}
		if start+1 >= p.cursor {
			p.fail("Empty character family")
		}
		name = string(p.temp[start : p.cursor-1])
	}
	if key, value, ok := strings.Cut(name, "="); ok {
		return p.keyedProperty(strings.ToLower(key), value)
	}
	set := p.namedProperty(name)
	if set == nil {
		p.fail("Unknown character property name {" + name + "}")
	}
	return set
}

// keyedProperty is the set of \p{key=value}.
func (p *patternParser) keyedProperty(key, value string) runeSet {
	var set runeSet
	switch key {
	case "sc", "script":
		set = scriptSet(value)
	case "blk", "block":
		set = blockSet(value)
	case "gc", "general_category":
		set = p.categorySet(value)
	}
	if set == nil {
		p.fail("Unknown Unicode property {name=<" + key + ">, value=<" + value + ">}")
	}
	return set
}

func (p *patternParser) namedProperty(name string) runeSet {
	if block, ok := strings.CutPrefix(name, "In"); ok {
		return blockSet(block)
	}
	if short, ok := strings.CutPrefix(name, "Is"); ok {
		for _, set := range []runeSet{p.binarySet(short), p.categorySet(short), scriptSet(short)} {
			if set != nil {
				return set
			}
		}
		return nil
	}
	if p.has(UnicodeCharacterClass) {
		if set := p.binarySet(posixNames[strings.ToUpper(name)]); set != nil {
			return set
		}
	}
	return p.categorySet(name)
}

// posixNames are the POSIX classes that the flag U widens, by the property each becomes.
var posixNames = map[string]string{
	"ALPHA": "ALPHABETIC", "LOWER": "LOWERCASE", "UPPER": "UPPERCASE", "SPACE": "WHITE_SPACE", "PUNCT": "PUNCTUATION", "XDIGIT": "HEX_DIGIT",
	"ALNUM": "ALNUM", "CNTRL": "CONTROL", "DIGIT": "DIGIT", "BLANK": "BLANK", "GRAPH": "GRAPH", "PRINT": "PRINT",
}

func tables(t ...*unicode.RangeTable) runeSet {
	return func(r rune) bool { return unicode.In(r, t...) }
}

func isUpper(r rune) bool { return unicode.In(r, unicode.Lu, unicode.Other_Uppercase) }

func isLower(r rune) bool { return unicode.In(r, unicode.Ll, unicode.Other_Lowercase) }

func isAlphabetic(r rune) bool { return unicode.In(r, unicode.L, unicode.Nl, unicode.Other_Alphabetic) }

func isAssigned(r rune) bool {
	return unicode.In(r, unicode.L, unicode.M, unicode.N, unicode.P, unicode.S, unicode.Z, unicode.C) && !isUnassigned(r)
}

func isUnassigned(r rune) bool {
	return !unicode.In(r, unicode.L, unicode.M, unicode.N, unicode.P, unicode.S, unicode.Z, unicode.Cc, unicode.Cf, unicode.Co, unicode.Cs)
}

func isGraph(r rune) bool {
	return !unicode.In(r, unicode.Zs, unicode.Zl, unicode.Zp, unicode.Cc, unicode.Cs) && !isUnassigned(r)
}

func isBlank(r rune) bool { return r == '\t' || unicode.Is(unicode.Zs, r) }

// binarySet is the set of a binary property of Unicode, nil for none.
func (p *patternParser) binarySet(name string) runeSet {
	anyCase := func(s runeSet) runeSet {
		if p.has(CaseInsensitive) {
			return func(r rune) bool { return isUpper(r) || isLower(r) || unicode.Is(unicode.Lt, r) }
		}
		return s
	}
	switch strings.ToUpper(name) {
	case "ALPHABETIC":
		return isAlphabetic
	case "LETTER":
		return tables(unicode.L)
	case "IDEOGRAPHIC":
		return tables(unicode.Ideographic)
	case "LOWERCASE":
		return anyCase(isLower)
	case "UPPERCASE":
		return anyCase(isUpper)
	case "TITLECASE":
		return anyCase(tables(unicode.Lt))
	case "WHITE_SPACE", "WHITESPACE":
		return tables(unicode.White_Space)
	case "CONTROL":
		return tables(unicode.Cc)
	case "PUNCTUATION":
		return tables(unicode.P)
	case "HEX_DIGIT", "HEXDIGIT":
		return tables(unicode.Nd, unicode.Hex_Digit)
	case "ASSIGNED":
		return isAssigned
	case "NONCHARACTER_CODE_POINT", "NONCHARACTERCODEPOINT":
		return func(r rune) bool { return r&0xfffe == 0xfffe || r >= 0xfdd0 && r <= 0xfdef }
	case "DIGIT":
		return tables(unicode.Nd)
	case "ALNUM":
		return func(r rune) bool { return isAlphabetic(r) || unicode.Is(unicode.Nd, r) }
	case "BLANK":
		return isBlank
	case "GRAPH":
		return isGraph
	case "PRINT":
		return func(r rune) bool { return (isGraph(r) || isBlank(r)) && !unicode.Is(unicode.Cc, r) }
	case "WORD":
		return isUnicodeWord
	case "JOIN_CONTROL", "JOINCONTROL":
		return tables(unicode.Join_Control)
	}
	return nil
}

// categorySet is the set of a general category, a POSIX class or a method of java.lang.Character, nil for none.
func (p *patternParser) categorySet(name string) runeSet {
	if p.has(CaseInsensitive) {
		switch name {
		case "Lu", "Ll", "Lt":
			return tables(unicode.Lu, unicode.Ll, unicode.Lt)
		case "Lower", "Upper":
			return isASCIILetter
		case "javaLowerCase", "javaUpperCase", "javaTitleCase":
			return func(r rune) bool { return isUpper(r) || isLower(r) || unicode.Is(unicode.Lt, r) }
		}
	}
	switch name {
	case "Cn":
		return isUnassigned
	case "C":
		return func(r rune) bool {
			return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Cs) || isUnassigned(r)
		}
	case "LC":
		return tables(unicode.Lu, unicode.Ll, unicode.Lt)
	case "LD":
		return tables(unicode.L, unicode.Nd)
	case "L1":
		return func(r rune) bool { return r <= 0xff }
	case "all":
		return func(rune) bool { return true }
	}
	if set := asciiSet(name); set != nil {
		return set
	}
	if method, ok := strings.CutPrefix(name, "java"); ok {
		return methodSet(method)
	}
	if table, ok := unicode.Categories[name]; ok && len(name) <= 2 {
		return tables(table)
	}
	return nil
}

// asciiSet is the set of a POSIX class.
func asciiSet(name string) runeSet {
	between := func(first, last rune) runeSet { return func(r rune) bool { return r >= first && r <= last } }
	alnum := runeSet(isASCIILetter).or(isASCIIDigit)
	graph := between(0x21, 0x7e)
	switch name {
	case "ASCII":
		return between(0, 0x7f)
	case "Alnum":
		return alnum
	case "Alpha":
		return isASCIILetter
	case "Blank":
		return func(r rune) bool { return r == ' ' || r == '\t' }
	case "Cntrl":
		return func(r rune) bool { return r < 0x20 || r == 0x7f }
	case "Digit":
		return isASCIIDigit
	case "Graph":
		return graph
	case "Lower":
		return between('a', 'z')
	case "Print":
		return between(0x20, 0x7e)
	case "Punct":
		return graph.and(alnum.not())
	case "Space":
		return func(r rune) bool { return r == ' ' || r >= '\t' && r <= '\r' }
	case "Upper":
		return between('A', 'Z')
	case "XDigit":
		return func(r rune) bool { return hexDigit(r) >= 0 }
	}
	return nil
}

// methodSet is the set of characters for which a method of java.lang.Character says true.
func methodSet(method string) runeSet {
	ignorable := func(r rune) bool {
		return r <= 8 || r >= 0x0e && r <= 0x1b || r >= 0x7f && r <= 0x9f || unicode.Is(unicode.Cf, r)
	}
	start := tables(unicode.L, unicode.Nl, unicode.Sc, unicode.Pc)
	unicodeStart := tables(unicode.L, unicode.Nl, unicode.Other_ID_Start)
	switch method {
	case "LowerCase":
		return isLower
	case "UpperCase":
		return isUpper
	case "Alphabetic":
		return isAlphabetic
	case "Ideographic":
		return tables(unicode.Ideographic)
	case "TitleCase":
		return tables(unicode.Lt)
	case "Digit":
		return tables(unicode.Nd)
	case "Defined":
		return runeSet(isUnassigned).not()
	case "Letter":
		return tables(unicode.L)
	case "LetterOrDigit":
		return tables(unicode.L, unicode.Nd)
	case "JavaIdentifierStart":
		return start
	case "JavaIdentifierPart":
		return start.or(tables(unicode.Nd, unicode.Mc, unicode.Mn)).or(ignorable)
	case "UnicodeIdentifierStart":
		return unicodeStart
	case "UnicodeIdentifierPart":
		return unicodeStart.or(tables(unicode.Pc, unicode.Nd, unicode.Mc, unicode.Mn, unicode.Other_ID_Continue)).or(ignorable)
	case "IdentifierIgnorable":
		return ignorable
	case "SpaceChar":
		return tables(unicode.Z)
	case "Whitespace":
		return func(r rune) bool {
			return r >= '\t' && r <= '\r' || r >= 0x1c && r <= 0x1f || unicode.Is(unicode.Z, r) && r != 0xa0 && r != 0x2007 && r != 0x202f
		}
	case "Mirrored":
		return isMirrored
	case "ISOControl":
		return func(r rune) bool { return r <= 0x1f || r >= 0x7f && r <= 0x9f }
	}
	return nil
}
