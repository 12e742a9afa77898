package jsonpath

import (
	"errors"
	"strings"

	"github.com/moldau/moldau/connect/data"
)

// scope is what the paths of a condition begin at.
type scope struct {
	doc, item data.Value
	left      *int // steps, nil without bound
}

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
	_, err := x.path.read(s, true)
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
	found, err := o.path.read(s, false)
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
	return x.operator.holds(&left, &right)
}

// operator is how two nodes are compared. It is no function value, so that nodes need not be on the heap.
type operator uint8

const (
	equalOperator operator = iota + 1
	notEqual
	sameEqual
	notSameEqual
	less
	lessOrEqual
	greater
	greaterOrEqual
	matchesOperator
	inOperator
	notIn
	containsOperator
	allOperator
	sizeOperator
	emptyOperator
	subsetOperator
	anyOperator
	noneOperator
)

var operators = map[string]operator{
	"==": equalOperator, "!=": notEqual, "===": sameEqual, "!==": notSameEqual, "<": less, "<=": lessOrEqual, ">": greater, ">=": greaterOrEqual,
	"=~": matchesOperator, "IN": inOperator, "NIN": notIn, "CONTAINS": containsOperator, "ALL": allOperator, "SIZE": sizeOperator,
	"EMPTY": emptyOperator, "SUBSETOF": subsetOperator, "ANYOF": anyOperator, "NONEOF": noneOperator,
}

var errNoSense = errors.New("the operator does not take such values")

func (o operator) holds(left, right *node) (bool, error) {
	switch o {
	case equalOperator:
		return left.equal(right), nil
	case notEqual:
		return !left.equal(right), nil
	case sameEqual:
		return left.kind == right.kind && left.equal(right), nil
	case notSameEqual:
		return left.kind != right.kind || !left.equal(right), nil
	case less, lessOrEqual, greater, greaterOrEqual:
		c, ok := left.compare(right)
		return ok && o.ordered(c), nil
	case matchesOperator:
		return matches(left, right)
	case inOperator:
		return in(left, right)
	case notIn:
		ok, err := in(left, right)
		return !ok, err
	case containsOperator:
		return contains(left, right), nil
	case allOperator:
		return all(left, right)
	case sizeOperator:
		return size(left, right), nil
	case emptyOperator:
		return empty(left, right)
	}
	return o.lists(left, right)
}

// ordered reports whether an order of two nodes is what the operator asks for.
func (o operator) ordered(c int) bool {
	switch o {
	case less:
		return c < 0
	case lessOrEqual:
		return c <= 0
	case greater:
		return c > 0
	}
	return c >= 0
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

func contains(left, right *node) bool {
	if left.kind == stringNode && right.kind == stringNode {
		return strings.Contains(left.text, right.text)
	}
	return left.contains(right)
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

func size(left, right *node) bool {
	n := 0
	switch left.kind {
	case stringNode:
		n = textLength(left.text)
	case listNode:
		n = len(left.list)
	default:
		return false
	}
	return right.kind == numberNode && right.number.compare(number{small: int64(n)}) == 0
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

// lists compares two lists; where one is an object it does not hold.
func (o operator) lists(left, right *node) (bool, error) {
	for _, x := range [...]*node{right, left} {
		switch x.kind {
		case listNode:
		case objectNode:
			return false, nil
		default:
			return false, errNoSense
		}
	}
	shared := 0
	for i := range left.list {
		if right.contains(&left.list[i]) {
			shared++
		}
	}
	switch o {
	case subsetOperator:
		return shared == len(left.list), nil
	case anyOperator:
		return shared > 0, nil
	}
	return shared == 0, nil
}
