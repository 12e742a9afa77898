package javafmt

// The balancing of a red-black tree, in the usual form (Cormen, Leiserson, Rivest, Stein: Introduction to Algorithms), with nil for black leaves.
// Which node becomes the root is visible in the order of a HashMap, so no other form will do.

func rotate[K, V any](root, p *entry[K, V], left bool) *entry[K, V] {
	var up *entry[K, V]
	if left {
		up = p.right
		p.right = up.left
		if p.right != nil {
			p.right.parent = p
		}
		up.left = p
	} else {
		up = p.left
		p.left = up.right
		if p.left != nil {
			p.left.parent = p
		}
		up.right = p
	}
	up.parent = p.parent
	switch {
	case p.parent == nil:
		root = up
		up.red = false
	case p.parent.left == p:
		p.parent.left = up
	default:
		p.parent.right = up
	}
	p.parent = up
	return root
}

func (e *entry[K, V]) isRed() bool { return e != nil && e.red }

func (e *entry[K, V]) child(left bool) *entry[K, V] {
	if left {
		return e.left
	}
	return e.right
}

// balanceInsertion restores the rules after x was attached and returns the root.
func balanceInsertion[K, V any](root, x *entry[K, V]) *entry[K, V] {
	x.red = true
	for {
		p := x.parent
		if p == nil {
			x.red = false
			return x
		}
		if !p.red || p.parent == nil {
			return root
		}
		g := p.parent
		left := p == g.left
		if uncle := g.child(!left); uncle.isRed() {
			uncle.red, p.red, g.red = false, false, true
			x = g
			continue
		}
		if x == p.child(!left) {
			x = p
			root = rotate(root, x, left)
			p = x.parent
			g = nil
			if p != nil {
				g = p.parent
			}
		}
		if p != nil {
			p.red = false
			if g != nil {
				g.red = true
				root = rotate(root, g, !left)
			}
		}
	}
}

// balanceDeletion restores the rules where the path through x lacks a black node, and returns the root.
func balanceDeletion[K, V any](root, x *entry[K, V]) *entry[K, V] {
	for {
		if x == nil || x == root {
			return root
		}
		p := x.parent
		if p == nil {
			x.red = false
			return x
		}
		if x.red {
			x.red = false
			return root
		}
		left := p.left == x
		sibling := p.child(!left)
		if sibling.isRed() {
			sibling.red, p.red = false, true
			root = rotate(root, p, left)
			p = x.parent
			sibling = p.child(!left)
		}
		if sibling == nil {
			x = p
			continue
		}
		near, far := sibling.child(left), sibling.child(!left)
		if !near.isRed() && !far.isRed() {
			sibling.red = true
			x = p
			continue
		}
		if !far.isRed() {
			near.red = false
			sibling.red = true
			root = rotate(root, sibling, !left)
			p = x.parent
			sibling = p.child(!left)
			far = sibling.child(!left)
		}
		sibling.red = p.red
		if far != nil {
			far.red = false
		}
		p.red = false
		root = rotate(root, p, left)
		x = root
	}
}
