package javafmt

import "math"

// The ways to repeat: as often as possible, as little as possible, or as often as possible without ever giving back.
type greed int

const (
	greedy greed = iota
	lazy
	possessive
	// independent is (?>X): X once, without giving back.
	independent
)

const endless = math.MaxInt32

// questNode is an optional piece, or an independent one.
type questNode struct {
	base
	atom node
	kind greed
}

func (n *questNode) match(m *matcher, i int) bool {
	switch n.kind {
	case greedy:
		return n.atom.match(m, i) && n.then(m, m.last) || n.then(m, i)
	case lazy:
		return n.then(m, i) || n.atom.match(m, i) && n.then(m, m.last)
	case possessive:
		if n.atom.match(m, i) {
			i = m.last
		}
		return n.then(m, i)
	}
	return n.atom.match(m, i) && n.then(m, m.last)
}

func (n *questNode) study(t *treeInfo) {
	if n.kind == independent {
		n.atom.study(t)
	} else {
		least := t.min
		n.atom.study(t)
		t.min, t.deterministic = least, false
	}
	n.studyNext(t)
}

// runNode repeats one character of a class; no stack is needed.
type runNode struct {
	base
	class    charClass
	min, max int32
	kind     greed
}

func (n *runNode) match(m *matcher, i int) bool {
	count := int32(0)
	for ; count < n.min; count++ {
		if i = n.one(m, i); i < 0 {
			return false
		}
	}
	if n.kind == lazy {
		for {
			if n.then(m, i) {
				return true
			}
			if count >= n.max || !m.step() {
				return false
			}
			if i = n.one(m, i); i < 0 {
				return false
			}
			count++
		}
	}
	least := i
	for ; count < n.max; count++ {
		next := n.one(m, i)
		if next < 0 {
			break
		}
		i = next
	}
	if n.kind == possessive {
		return n.then(m, i)
	}
	for {
		if n.then(m, i) {
			return true
		}
		if i == least || !m.step() {
			return false
		}
		i = m.before(i)
	}
}

// one returns the end of a character of the class at i, -1 where there is none.
func (n *runNode) one(m *matcher, i int) int {
	if i >= len(m.text) {
		return -1
	}
	r, size := m.runeAt(i)
	if !n.class.has(r) {
		return -1
	}
	return i + size
}

func (n *runNode) study(t *treeInfo) {
	if n.kind == greedy && n.max == endless {
		// Java takes such a run for one of bounded length, whatever that is worth in a lookbehind.
		t.min += n.min
		if t.maxValid {
			t.max += endless
		}
		t.deterministic = false
		n.studyNext(t)
		return
	}
	studyRepeat(t, &charNode{}, n.min, n.max)
	n.studyNext(t)
}

// studyRepeat adds the length of a repeated piece.
func studyRepeat(t *treeInfo, atom node, least, most int32) {
	before := *t
	*t = newTreeInfo()
	atom.study(t)
	sum := t.min*least + before.min
	if sum < before.min {
		sum = 0xfffffff
	}
	t.min = sum
	if before.maxValid && t.maxValid {
		sum = t.max*most + before.max
		t.max = sum
		t.maxValid = sum >= before.max
	} else {
		t.maxValid = false
	}
	t.deterministic = t.deterministic && least == most && before.deterministic
}

// curlyNode repeats any piece that is no group, or a group possessively.
type curlyNode struct {
	base
	atom     node
	min, max int32
	kind     greed
}

func (n *curlyNode) match(m *matcher, i int) bool {
	for range n.min {
		if !n.atom.match(m, i) {
			return false
		}
		if i == m.last {
			break
		}
		i = m.last
	}
	count := n.min
	switch n.kind {
	case lazy:
		for !n.then(m, i) {
			if count >= n.max || !m.step() || !n.atom.match(m, i) || i == m.last {
				return false
			}
			i = m.last
			count++
		}
		return true
	case possessive:
		for ; count < n.max && m.step() && n.atom.match(m, i) && i != m.last; count++ {
			i = m.last
		}
		return n.then(m, i)
	}
	// ends are where the repetitions end, the last on top.
	ends := []int{i}
	for ; count < n.max && m.step() && n.atom.match(m, i) && i != m.last; count++ {
		i = m.last
		ends = append(ends, i)
	}
	for k := len(ends) - 1; k >= 0; k-- {
		if n.then(m, ends[k]) {
			return true
		}
		if m.err != nil {
			return false
		}
	}
	return false
}

func (n *curlyNode) study(t *treeInfo) {
	studyRepeat(t, n.atom, n.min, n.max)
	n.studyNext(t)
}
