package javafmt

import "strings"

// node is a piece of a compiled pattern (Pattern.Node). match tries it at i, and with it all that follows.
type node interface {
	match(m *matcher, i int) bool
	// link sets what follows.
	link(next node)
	// study adds the node's length and that of what follows.
	study(t *treeInfo)
}

// treeInfo is what lookbehind and repetition need to know of a piece: its length in characters, and whether it matches in one way only. Lengths are
// 32 bits wide and overflow as in Java, where an overflown lookbehind never matches.
type treeInfo struct {
	min, max      int32
	maxValid      bool
	deterministic bool
}

func newTreeInfo() treeInfo { return treeInfo{maxValid: true, deterministic: true} }

// base is the part that all nodes share. A piece that nothing follows accepts.
type base struct{ next node }

func (b *base) link(next node) { b.next = next }

func (b *base) then(m *matcher, i int) bool {
	if b.next == nil {
		m.last = i
		return true
	}
	return b.next.match(m, i)
}

func (b *base) studyNext(t *treeInfo) {
	if b.next != nil {
		b.next.study(t)
	}
}

func (b *base) study(t *treeInfo) { b.studyNext(t) }

// finalNode ends the pattern.
type finalNode struct{ base }

func (n *finalNode) match(m *matcher, i int) bool {
	if m.anchored && i != len(m.text) {
		return false
	}
	m.last = i
	m.groups[0], m.groups[1] = m.first, i
	return true
}

// charNode is one character of a class.
type charNode struct {
	base
	class charClass
}

func (n *charNode) match(m *matcher, i int) bool {
	if i >= len(m.text) {
		return false
	}
	r, size := m.runeAt(i)
	return n.class.has(r) && n.then(m, i+size)
}

func (n *charNode) study(t *treeInfo) {
	t.min++
	t.max++
	n.studyNext(t)
}

// textNode is plain text; fold compares without case.
type textNode struct {
	base
	text   string
	length int32
	fold   func(a, b rune) bool
}

func (n *textNode) match(m *matcher, i int) bool {
	if n.fold == nil {
		return strings.HasPrefix(m.text[i:], n.text) && n.then(m, i+len(n.text))
	}
	for _, want := range n.text {
		if i >= len(m.text) {
			return false
		}
		r, size := m.runeAt(i)
		if r != want && !n.fold(want, r) {
			return false
		}
		i += size
	}
	return n.then(m, i)
}

func (n *textNode) study(t *treeInfo) {
	t.min += n.length
	t.max += n.length
	n.studyNext(t)
}

// lineEndNode is \R.
type lineEndNode struct{ base }

func (n *lineEndNode) match(m *matcher, i int) bool {
	if i >= len(m.text) {
		return false
	}
	r, size := m.runeAt(i)
	if r == '\r' && strings.HasPrefix(m.text[i+1:], "\n") && n.then(m, i+2) {
		return true
	}
	return (isLineEnd(r) || r == 0x0b || r == 0x0c) && n.then(m, i+size)
}

func (n *lineEndNode) study(t *treeInfo) {
	t.min++
	t.max += 2
	n.studyNext(t)
}

// backRefNode is the text of a group again.
type backRefNode struct {
	base
	group int
	fold  func(a, b rune) bool
}

func (n *backRefNode) match(m *matcher, i int) bool {
	if 2*n.group >= len(m.groups) || m.groups[2*n.group] < 0 {
		return false
	}
	want := m.text[m.groups[2*n.group]:m.groups[2*n.group+1]]
	if n.fold == nil {
		return strings.HasPrefix(m.text[i:], want) && n.then(m, i+len(want))
	}
	for len(want) > 0 {
		if i >= len(m.text) {
			return false
		}
		w, wSize := decodeRune(want)
		r, size := m.runeAt(i)
		if r != w && !n.fold(w, r) {
			return false
		}
		want, i = want[wSize:], i+size
	}
	return n.then(m, i)
}

func (n *backRefNode) study(t *treeInfo) {
	t.maxValid = false
	n.studyNext(t)
}

// branchNode is a choice. A nil way leads straight to what follows.
type branchNode struct {
	base // not used for matching: the ways lead to conn
	ways []node
	conn *connNode
}

// connNode is where the ways of a choice meet.
type connNode struct{ base }

func (n *connNode) match(m *matcher, i int) bool { return n.then(m, i) }

func (n *connNode) study(*treeInfo) {}

func (n *branchNode) match(m *matcher, i int) bool {
	for _, way := range n.ways {
		if way == nil {
			if n.conn.then(m, i) {
				return true
			}
		} else if way.match(m, i) {
			return true
		}
		if !m.step() {
			return false
		}
	}
	return false
}

func (n *branchNode) study(t *treeInfo) {
	sum := *t
	least, most := int32(1<<31-1), int32(-1)
	for _, way := range n.ways {
		*t = newTreeInfo()
		if way != nil {
			way.study(t)
		}
		least, most = min(least, t.min), max(most, t.max)
		sum.maxValid = sum.maxValid && t.maxValid
	}
	*t = newTreeInfo()
	n.conn.studyNext(t)
	t.min += sum.min + least
	t.max += sum.max + most
	t.maxValid = t.maxValid && sum.maxValid
	t.deterministic = false
}

// lookNode is a lookahead.
type lookNode struct {
	base
	cond node
	want bool
}

func (n *lookNode) match(m *matcher, i int) bool { return n.cond.match(m, i) == n.want && n.then(m, i) }

// behindNode is a lookbehind. It tries the starts from the nearest to the farthest.
type behindNode struct {
	base
	cond     node
	min, max int32
	want     bool
}

func (n *behindNode) match(m *matcher, i int) bool {
	saved := m.lookbehindTo
	m.lookbehindTo = i
	found := false
	most := n.max
	if most < 0 {
		// Two endless runs: the length overflowed. Java subtracts it from the position, in 32 bits.
		at := int32(Length(m.text[:i]))
		most = at - max(at-most, 0)
	}
	for j, length := i, int32(0); length <= most; length++ {
		if length >= n.min && n.cond.match(m, j) {
			found = true
			break
		}
		if j == 0 || !m.step() {
			break
		}
		j = m.before(j)
	}
	m.lookbehindTo = saved
	return found == n.want && n.then(m, i)
}

// behindEndNode ends the inside of a lookbehind.
type behindEndNode struct{ base }

func (n *behindEndNode) match(m *matcher, i int) bool { return i == m.lookbehindTo }
