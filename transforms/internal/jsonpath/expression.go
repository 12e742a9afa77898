package jsonpath

import (
	"errors"
	"strings"

	"github.com/moldau/moldau/connect/data"
)

// scope is what the paths of a condition begin at.
type scope struct{ doc, item data.Value }

// expression is a condition of a filter. Its error means that the condition makes no sense for the item.
type expression interface {
	holds(s scope) (bool, error)
}

type (
	or  []expression
	and []expression
	not struct{ of expression }
	// exists asks whether a path leads somewhere; a null is somewhere.
	exists struct {
		path *Path
		want bool
	}
	comparison struct {
		left, right operand
		operator    operator
	}
)

func (x or) holds(s scope) (bool, error) {
	for _, e := range x {
		if ok, err := e.holds(s); ok || err != nil {
			return ok, err
		}
	}
	return false, nil
}

func (x and) holds(s scope) (bool, error) {
	for _, e := range x {
		if ok, err := e.holds(s); !ok || err != nil {
			return false, err
		}
	}
	return true, nil
}

func (x not) holds(s scope) (bool, error) {
	ok, err := x.of.holds(s)
	return !ok, err
}

func (x exists) holds(s scope) (bool, error) {
	_, err := x.path.read(s.doc, s.item, true)
	if err != nil && !IsNotFound(err) {
		return false, err
	}
	return (err == nil) == x.want, nil
}

// operand is a path or a literal.
type operand struct {
	path    *Path
	literal node
}

func (o *operand) node(s scope) (node, error) {
	if o.path == nil {
		return o.literal, nil
	}
	if o.path.plain {
		from := s.doc
		if o.path.ofItem {
			from = s.item
		}
		v, ok := o.path.place(from)
		if !ok {
			return node{}, nil
		}
		return nodeOf(v), nil
	}
	found, err := o.path.read(s.doc, s.item, false)
	switch {
	case IsNotFound(err):
		return node{}, nil
	case err != nil:
		return node{}, err
	case o.path.definite:
		return nodeOf(found[len(found)-1]), nil
	}
	list := node{kind: listNode, list: make([]node, len(found))}
	for i, v := range found {
		list.list[i] = nodeOf(v)
	}
	return list, nil
}

func (x comparison) holds(s scope) (bool, error) {
	left, err := x.left.node(s)
	if err != nil {
		return false, err
	}
	right, err := x.right.node(s)
	if err != nil {
		return false, err
	}
	return x.operator(&left, &right)
}

// operator compares two nodes.
type operator func(left, right *node) (bool, error)

var errNoSense = errors.New("the operator does not take such values")

func operatorOf(name string) (operator, bool) {
	switch name {
	case "==":
		return equal, true
	case "!=":
		return negated(equal), true
	case "===":
		return sameEqual, true
	case "!==":
		return negated(sameEqual), true
	case "<":
		return ordered(func(c int) bool { return c < 0 }), true
	case "<=":
		return ordered(func(c int) bool { return c <= 0 }), true
	case ">":
		return ordered(func(c int) bool { return c > 0 }), true
	case ">=":
		return ordered(func(c int) bool { return c >= 0 }), true
	case "=~":
		return matches, true
	case "IN":
		return in, true
	case "NIN":
		return negated(in), true
	case "CONTAINS":
		return contains, true
	case "ALL":
		return all, true
	case "SIZE":
		return size, true
	case "EMPTY":
		return empty, true
	case "SUBSETOF":
		return subsetOf, true
	case "ANYOF":
		return anyOf, true
	case "NONEOF":
		return noneOf, true
	}
	return nil, false
}

func negated(o operator) operator {
	return func(left, right *node) (bool, error) {
		ok, err := o(left, right)
		return !ok, err
	}
}

func equal(left, right *node) (bool, error) { return left.equal(right), nil }

func sameEqual(left, right *node) (bool, error) {
	return left.kind == right.kind && left.equal(right), nil
}

func ordered(want func(int) bool) operator {
	return func(left, right *node) (bool, error) {
		c, ok := left.compare(right)
		return ok && want(c), nil
	}
}

// matches is =~: the pattern must match the whole text, or that of any element of an array.
func matches(left, right *node) (bool, error) {
	if (left.kind == patternNode) == (right.kind == patternNode) {
		return false, nil
	}
	pattern, x := right.pattern, left
	if left.kind == patternNode {
		pattern, x = left.pattern, right
	}
	if x.kind != listNode {
		return pattern.Matches(x.input())
	}
	for i := range x.list {
		if ok, err := pattern.Matches(x.list[i].input()); ok || err != nil {
			return ok, err
		}
	}
	return false, nil
}

func in(left, right *node) (bool, error) {
	switch right.kind {
	case listNode:
		return right.contains(left), nil
	case objectNode:
		return false, nil
	}
	return false, errNoSense
}

func contains(left, right *node) (bool, error) {
	if left.kind == stringNode && right.kind == stringNode {
		return strings.Contains(left.text, right.text), nil
	}
	return left.contains(right), nil
}

func all(left, right *node) (bool, error) {
	switch {
	case right.kind != listNode:
		return false, errNoSense
	case left.kind == objectNode:
		return true, nil
	case left.kind != listNode:
		return false, nil
	}
	for i := range right.list {
		if !left.contains(&right.list[i]) {
			return false, nil
		}
	}
	return true, nil
}

func size(left, right *node) (bool, error) {
	if right.kind != numberNode {
		return false, nil
	}
	switch left.kind {
	case stringNode:
		return right.number.compare(number{small: int64(textLength(left.text))}) == 0, nil
	case listNode:
		return right.number.compare(number{small: int64(len(left.list))}) == 0, nil
	}
	return false, nil
}

func empty(left, right *node) (bool, error) {
	n := 0
	switch left.kind {
	case stringNode:
		n = len(left.text)
	case listNode:
		n = len(left.list)
	case objectNode:
		n = len(left.object)
	default:
		return false, nil
	}
	if right.kind != boolNode {
		return false, errNoSense
	}
	return (n == 0) == right.truth, nil
}

// bothLists reports whether an operator on two lists can be asked; where one is an object it does not hold.
func bothLists(left, right *node) (bool, error) {
	for _, x := range []*node{right, left} {
		switch x.kind {
		case listNode:
		case objectNode:
			return false, nil
		default:
			return false, errNoSense
		}
	}
	return true, nil
}

func subsetOf(left, right *node) (bool, error) {
	if ok, err := bothLists(left, right); !ok {
		return false, err
	}
	for i := range left.list {
		if !right.contains(&left.list[i]) {
			return false, nil
		}
	}
	return true, nil
}

func shares(left, right *node) bool {
	for i := range left.list {
		if right.contains(&left.list[i]) {
			return true
		}
	}
	return false
}

func anyOf(left, right *node) (bool, error) {
	ok, err := bothLists(left, right)
	return ok && shares(left, right), err
}

func noneOf(left, right *node) (bool, error) {
	ok, err := bothLists(left, right)
	return ok && !shares(left, right), err
}
