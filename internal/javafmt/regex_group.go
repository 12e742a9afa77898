package javafmt

// group parses what stands in parentheses, and what repeats it. For flags alone, such as (?i), it returns nil.
func (p *patternParser) group() (head, tail node) {
	p.nest()
	defer p.unnest()
	saved := p.flags
	loops := len(p.loops)
	capturing := false
	if p.following() != '?' {
		capturing = true
		head, tail = p.inner(true)
	} else {
		switch r := p.skip(); r {
		case ':':
			head, tail = p.inner(false)
		case '=', '!':
			cond, _ := p.inner(false)
			head = &lookNode{cond: cond, want: r == '='}
			tail = head
		case '>':
			atom, _ := p.inner(false)
			head = &questNode{atom: atom, kind: independent}
			tail = head
		case '<':
			if r = p.read(); r != '=' && r != '!' {
				p.name(r)
				capturing = true
				head, tail = p.inner(true)
			} else {
				head = p.lookbehind(r == '=')
				tail = head
			}
		case '$', '@':
			p.fail("Unknown group type")
		default:
			p.unread()
			p.setFlags()
			r = p.read()
			if r == ')' {
				return nil, nil
			}
			if r != ':' {
				p.fail("Unknown inline modifier")
			}
			head, tail = p.inner(false)
		}
	}
	p.accept(')', "Unclosed group")
	p.flags = saved
	closed := p.closure(head)
	if closed != head || head == tail {
		for _, l := range p.loops[loops:] {
			l.inner = true
		}
	}
	if closed == head {
		return head, tail
	}
	if head == tail {
		return closed, closed
	}
	return p.repeatGroup(closed, head.(*groupHead), tail.(*groupTail), capturing)
}

// inner parses the inside of a group up to its closing parenthesis.
func (p *patternParser) inner(capturing bool) (head, tail node) {
	h := &groupHead{local: p.locals}
	t := &groupTail{local: p.locals}
	p.locals++
	if capturing {
		t.group = p.groups
		p.groups++
	}
	first, _ := p.expr(t)
	h.link(first)
	return h, t
}

// name reads the name of a group and gives it the next number.
func (p *patternParser) name(first rune) {
	name := p.groupName(first)
	if _, taken := p.names[name]; taken {
		p.fail("Named capturing group <" + name + "> is already defined")
	}
	p.names[name] = p.groups
}

func (p *patternParser) groupName(first rune) string {
	if !isASCIILetter(first) {
		p.fail("capturing group name does not start with a Latin letter")
	}
	name := []rune{first}
	r := p.read()
	for ; isASCIILetter(r) || isASCIIDigit(r); r = p.read() {
		name = append(name, r)
	}
	if r != '>' {
		p.fail("named capturing group is missing trailing '>'")
	}
	return string(name)
}

func (p *patternParser) lookbehind(want bool) node {
	cond, tail := p.inner(false)
	tail.link(&behindEndNode{})
	t := newTreeInfo()
	cond.study(&t)
	if !t.maxValid {
		p.fail("Look-behind group does not have an obvious maximum length")
	}
	return &behindNode{cond: cond, min: t.min, max: t.max, want: want}
}

// setFlags reads inline flags.
func (p *patternParser) setFlags() {
	on := true
	for r := p.peek(); ; r = p.following() {
		flag := 0
		switch r {
		case 'i':
			flag = CaseInsensitive
		case 'm':
			flag = Multiline
		case 's':
			flag = DotAll
		case 'd':
			flag = UnixLines
		case 'u':
			flag = UnicodeCase
		case 'c':
			flag = CanonEq
		case 'x':
			flag = Comments
		case 'U':
			flag = UnicodeCharacterClass | UnicodeCase
		case '-':
			if !on {
				return
			}
			on = false
			continue
		default:
			return
		}
		if on {
			p.flags |= flag
		} else {
			p.flags &^= flag
		}
	}
}

// repeatGroup turns a quantifier on a group into the nodes that repeat it.
func (p *patternParser) repeatGroup(closed node, head *groupHead, tail *groupTail, capturing bool) (node, node) {
	switch c := closed.(type) {
	case *questNode:
		if c.kind == possessive {
			return c, c
		}
		conn := &connNode{}
		tail.link(conn)
		ways := []node{head, nil}
		if c.kind == lazy {
			ways = []node{nil, head}
		}
		return &branchNode{ways: ways, conn: conn}, conn
	case *curlyNode:
		if c.kind == possessive {
			return c, c
		}
		t := newTreeInfo()
		head.study(&t)
		if t.deterministic {
			group := 0
			if capturing {
				group = tail.group
			}
			n := &groupCurly{atom: head.next, min: c.min, max: c.max, kind: c.kind, local: tail.local, group: group}
			return n, n
		}
		loop := &loopNode{body: head, count: p.locals, start: head.local, min: c.min, max: c.max, kind: c.kind}
		p.locals++
		p.loops = append(p.loops, loop)
		tail.link(loop)
		prolog := &prologNode{loop: loop}
		return prolog, prolog
	}
	return closed, closed
}
