package javafmt

// entry is a node of a bucket: of a list, or of a red-black tree whose nodes are linked as a list too. Iteration follows next, so the tree counts
// only for where new nodes enter that list: behind their parent, with the root always at the front (HashMap.TreeNode).
type entry[K, V any] struct {
	hash       uint32
	key        K
	value      V
	next, prev *entry[K, V]

	tree                bool
	red                 bool
	parent, left, right *entry[K, V]
}

// order compares as the tree does: by hash as a signed number, then by key.
func (m *HashMap[K, V]) order(h uint32, k K, e *entry[K, V]) int {
	switch {
	case int32(h) < int32(e.hash):
		return -1
	case int32(h) > int32(e.hash):
		return 1
	}
	return m.keys.Compare(k, e.key)
}

// treeifyBucket makes a tree of the bucket of h, or grows the table where it is small.
func (m *HashMap[K, V]) treeifyBucket(h uint32) {
	if len(m.table) < minTreeifyCapacity {
		m.grow()
		return
	}
	i := int(h & uint32(len(m.table)-1))
	var prev *entry[K, V]
	for e := m.table[i]; e != nil; e = e.next {
		e.prev = prev
		prev = e
	}
	m.treeify(i)
}

// treeify builds the tree of a bucket from its list.
func (m *HashMap[K, V]) treeify(i int) {
	var root *entry[K, V]
	for e := m.table[i]; e != nil; e = e.next {
		e.tree, e.red = true, false
		e.parent, e.left, e.right = nil, nil, nil
		if root == nil {
			root = e
			continue
		}
		p, left := m.place(root, e.hash, e.key)
		attach(p, e, left)
		root = balanceInsertion(root, e)
	}
	m.moveToFront(root)
}

// place finds the parent for a new key, and whether it becomes the left child.
func (m *HashMap[K, V]) place(root *entry[K, V], h uint32, k K) (parent *entry[K, V], left bool) {
	for p := root; p != nil; {
		parent = p
		left = m.order(h, k, p) <= 0
		if left {
			p = p.left
		} else {
			p = p.right
		}
	}
	return parent, left
}

func attach[K, V any](parent, e *entry[K, V], left bool) {
	e.parent = parent
	if left {
		parent.left = e
	} else {
		parent.right = e
	}
}

func untreeify[K, V any](first *entry[K, V]) {
	for e := first; e != nil; e = e.next {
		e.tree, e.red = false, false
		e.parent, e.left, e.right, e.prev = nil, nil, nil, nil
	}
}

// putTree finds the entry of k in a tree or adds one.
func (m *HashMap[K, V]) putTree(first *entry[K, V], h uint32, k K) (e *entry[K, V], fresh bool) {
	root := first.root()
	for p := root; p != nil; {
		switch c := m.order(h, k, p); {
		case c == 0:
			return p, false
		case c < 0:
			p = p.left
		default:
			p = p.right
		}
	}
	p, left := m.place(root, h, k)
	e = &entry[K, V]{hash: h, key: k, tree: true, next: p.next, prev: p}
	if p.next != nil {
		p.next.prev = e
	}
	p.next = e
	attach(p, e, left)
	m.moveToFront(balanceInsertion(root, e))
	return e, true
}

func (e *entry[K, V]) root() *entry[K, V] {
	for e.parent != nil {
		e = e.parent
	}
	return e
}

// moveToFront makes the root the first of its bucket.
func (m *HashMap[K, V]) moveToFront(root *entry[K, V]) {
	i := root.hash & uint32(len(m.table)-1)
	first := m.table[i]
	if first == root {
		return
	}
	m.table[i] = root
	if root.next != nil {
		root.next.prev = root.prev
	}
	if root.prev != nil {
		root.prev.next = root.next
	}
	if first != nil {
		first.prev = root
	}
	root.next, root.prev = first, nil
}

// removeTree takes e out of its bucket; a tree grown small becomes a list.
func (m *HashMap[K, V]) removeTree(e *entry[K, V]) {
	i := e.hash & uint32(len(m.table)-1)
	if e.prev == nil {
		m.table[i] = e.next
	} else {
		e.prev.next = e.next
	}
	if e.next != nil {
		e.next.prev = e.prev
	}
	first := m.table[i]
	if first == nil {
		return
	}
	root := first.root()
	if root.right == nil || root.left == nil || root.left.left == nil {
		untreeify(first)
		return
	}
	m.moveToFront(unhook(root, e))
}

// unhook takes e out of the tree and returns the new root.
func unhook[K, V any](root, e *entry[K, V]) *entry[K, V] {
	if e.left != nil && e.right != nil {
		root = swapWithSuccessor(root, e)
	}
	child := e.left
	if child == nil {
		child = e.right
	}
	if child != nil {
		root = replace(root, e, child)
		e.parent, e.left, e.right = nil, nil, nil
		if !e.red {
			root = balanceDeletion(root, child)
		}
		return root
	}
	// A leaf takes part in the balancing as the node that is missing, then goes.
	if !e.red {
		root = balanceDeletion(root, e)
	}
	if p := e.parent; p != nil {
		if p.left == e {
			p.left = nil
		} else if p.right == e {
			p.right = nil
		}
		e.parent = nil
	}
	return root
}

// replace puts child where e is.
func replace[K, V any](root, e, child *entry[K, V]) *entry[K, V] {
	p := e.parent
	child.parent = p
	switch {
	case p == nil:
		child.red = false
		return child
	case p.left == e:
		p.left = child
	default:
		p.right = child
	}
	return root
}

// swapWithSuccessor lets e and the next greater node change places and colours.
func swapWithSuccessor[K, V any](root, e *entry[K, V]) *entry[K, V] {
	s := e.right
	for s.left != nil {
		s = s.left
	}
	s.red, e.red = e.red, s.red
	right, sRight, sParent, parent := e.right, s.right, s.parent, e.parent
	if s == right {
		e.parent = s
		s.right = e
	} else {
		e.parent = sParent
		sParent.left = e
		s.right = right
		right.parent = s
	}
	s.left = e.left
	s.left.parent = s
	e.left = nil
	e.right = sRight
	if sRight != nil {
		sRight.parent = e
	}
	s.parent = parent
	switch {
	case parent == nil:
		return s
	case parent.left == e:
		parent.left = s
	default:
		parent.right = s
	}
	return root
}
