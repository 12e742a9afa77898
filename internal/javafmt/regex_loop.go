package javafmt

// groupHead notes where a group starts.
type groupHead struct {
	base
	local int
}

func (n *groupHead) match(m *matcher, i int) bool {
	saved := m.locals[n.local]
	m.locals[n.local] = i
	ok := n.then(m, i)
	m.locals[n.local] = saved
	return ok
}

// groupTail notes what a group took; group is 0 for one that does not capture.
type groupTail struct {
	base
	local, group int
}

func (n *groupTail) match(m *matcher, i int) bool {
	start := m.locals[n.local]
	if start < 0 {
		// Inside groupCurly, which notes the group itself.
		m.last = i
		return true
	}
	if n.group == 0 {
		return n.then(m, i)
	}
	at := m.groups[2*n.group : 2*n.group+2 : 2*n.group+2]
	s, e := at[0], at[1]
	at[0], at[1] = start, i
	if n.then(m, i) {
		return true
	}
	at[0], at[1] = s, e
	return false
}

// groupCurly repeats a group that can match in one way only. Groups inside it keep what the last try gave them, even when it is given back.
type groupCurly struct {
	base
	atom         node
	min, max     int32
	kind         greed
	local, group int
}

func (n *groupCurly) match(m *matcher, i int) bool {
	savedLocal := m.locals[n.local]
	savedStart, savedEnd := m.groups[2*n.group], m.groups[2*n.group+1]
	m.locals[n.local] = -1
	if n.iterate(m, i) {
		return true
	}
	m.locals[n.local] = savedLocal
	if n.group > 0 {
		m.groups[2*n.group], m.groups[2*n.group+1] = savedStart, savedEnd
	}
	return false
}

func (n *groupCurly) iterate(m *matcher, i int) bool {
	for range n.min {
		if !n.atom.match(m, i) {
			return false
		}
		n.set(m, i, m.last)
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
			n.set(m, i, m.last)
			i = m.last
			count++
		}
		return true
	case possessive:
		for ; count < n.max && m.step() && n.atom.match(m, i); count++ {
			n.set(m, i, m.last)
			if i == m.last {
				break
			}
			i = m.last
		}
		return n.then(m, i)
	}
	return n.greedy(m, i, count)
}

func (n *groupCurly) greedy(m *matcher, i int, count int32) bool {
	start, end := m.groups[2*n.group], m.groups[2*n.group+1]
	ends := []int{i}
	for ; count < n.max && m.step() && n.atom.match(m, i) && i != m.last; count++ {
		n.set(m, i, m.last)
		i = m.last
		ends = append(ends, i)
	}
	for k := len(ends) - 1; k >= 0; k-- {
		if k > 0 {
			start, end := ends[k-1], ends[k]
			n.set(m, start, end)
			if n.then(m, end) {
				// Set again: inside another repetition, the first pass has the last word.
				n.set(m, start, end)
				return true
			}
		} else {
			n.set(m, start, end)
			if n.then(m, ends[0]) {
				return true
			}
		}
		if m.err != nil {
			return false
		}
	}
	return false
}

func (n *groupCurly) set(m *matcher, start, end int) {
	if n.group > 0 {
		m.groups[2*n.group], m.groups[2*n.group+1] = start, end
	}
}

func (n *groupCurly) study(t *treeInfo) {
	studyRepeat(t, n.atom, n.min, n.max)
	n.studyNext(t)
}

// prologNode is where a repeated group begins, loopNode where each repetition comes back to.
type prologNode struct {
	loop *loopNode // what follows is linked to it
}

func (n *prologNode) match(m *matcher, i int) bool { return n.loop.begin(m, i) }

func (n *prologNode) link(next node) { n.loop.link(next) }

func (n *prologNode) study(t *treeInfo) { n.loop.study(t) }

type loopNode struct {
	base
	body         node
	count, start int // locals: repetitions so far, and where the present one started
	min, max     int32
	kind         greed
	// memory is where failed positions are remembered, -1 where they are not. What follows an outermost loop does not depend on how it got there, so a
	// repetition that failed at a place once fails there again; this keeps patterns like (a|aa)*b from taking exponential time.
	memory int
	inner  bool
}

func (n *loopNode) begin(m *matcher, i int) bool {
	saved := m.locals[n.count]
	var ok bool
	switch {
	case n.min > 0:
		ok = n.repeat(m, i, 1)
	case n.kind == lazy:
		ok = n.then(m, i) || n.max > 0 && n.repeat(m, i, 1)
	default:
		ok = n.max > 0 && n.repeat(m, i, 1) || m.err == nil && n.then(m, i)
	}
	m.locals[n.count] = saved
	return ok
}

// repeat tries the body as the repetition of that number.
func (n *loopNode) repeat(m *matcher, i, number int) bool {
	if !m.enter() {
		m.leave()
		return false
	}
	saved := m.locals[n.count]
	m.locals[n.count] = number
	ok := n.body.match(m, i)
	if !ok {
		m.locals[n.count] = saved
	}
	m.leave()
	return ok
}

func (n *loopNode) match(m *matcher, i int) bool {
	// After an empty repetition there is no other.
	if i <= m.locals[n.start] {
		return n.then(m, i)
	}
	count := m.locals[n.count]
	if count < int(n.min) {
		return n.repeat(m, i, count+1)
	}
	if n.kind == lazy {
		return n.then(m, i) || count < int(n.max) && m.err == nil && n.repeat(m, i, count+1)
	}
	if count < int(n.max) && !(n.memory >= 0 && m.failed[n.memory][i]) {
		if n.repeat(m, i, count+1) {
			return true
		}
		if m.err != nil {
			return false
		}
		if n.memory >= 0 {
			if m.failed[n.memory] == nil {
				m.failed[n.memory] = map[int]bool{}
			}
			m.failed[n.memory][i] = true
		}
	}
	return n.then(m, i)
}

func (n *loopNode) study(t *treeInfo) {
	t.maxValid, t.deterministic = false, false
}
