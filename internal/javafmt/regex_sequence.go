package javafmt

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
