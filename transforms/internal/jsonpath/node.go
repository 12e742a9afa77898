package jsonpath

import (
	"strconv"
	"strings"

	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/internal/javafmt"
)

type nodeKind uint8

const (
	undefinedNode nodeKind = iota
	nullNode
	boolNode
	numberNode
	stringNode
	listNode
	objectNode
	patternNode
)

// node is one side of a comparison.
type node struct {
	kind    nodeKind
	truth   bool
	number  number
	text    string
	list    []node
	object  map[string]node
	pattern *javafmt.Regex
}

// number is a number of any size; small ones have no decimal.
type number struct {
	small int64
	big   *data.Decimal
}

func (n number) decimal() data.Decimal {
	if n.big != nil {
		return *n.big
	}
	d, _ := data.ParseDecimal(strconv.FormatInt(n.small, 10))
	return d
}

func (n number) float() float64 {
	if n.big != nil {
		return n.big.Float64()
	}
	return float64(n.small)
}

func (n number) compare(o number) int {
	if n.big == nil && o.big == nil {
		switch {
		case n.small < o.small:
			return -1
		case n.small > o.small:
			return 1
		}
		return 0
	}
	return n.decimal().Cmp(o.decimal())
}

// String returns the number as BigDecimal.toString does.
func (n number) String() string {
	if n.big != nil {
		return n.big.String()
	}
	return strconv.FormatInt(n.small, 10)
}

// mostExponent bounds the exponents of numbers in texts, so that comparing two numbers stays cheap.
const mostExponent = 10_000

func parseNumber(text string) (number, bool) {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return number{small: n}, true
	}
	if i := strings.IndexAny(text, "eE"); i >= 0 {
		if e, err := strconv.Atoi(text[i+1:]); err != nil || e > mostExponent || e < -mostExponent {
			return number{}, false
		}
	}
	d, err := data.ParseDecimal(text)
	if err != nil {
		return number{}, false
	}
	return number{big: &d}, true
}

// numberOf returns the number that a value is. Dates are their milliseconds since 1970.
func numberOf(v data.Value) (number, bool) {
	switch v.Kind() {
	case data.Int8Kind, data.Int16Kind, data.Int32Kind, data.Int64Kind:
		n, _ := v.Int64()
		return number{small: n}, true
	case data.Float32Kind, data.Float64Kind:
		return parseNumber(v.String())
	case data.DecimalKind:
		d, _ := v.Decimal()
		return number{big: &d}, d.Scale() <= mostExponent && d.Scale() >= -mostExponent
	case data.DateKind, data.TimeKind, data.TimestampKind:
		n, ok := v.Millis()
		return number{small: n}, ok
	}
	return number{}, false
}

// nodeOf returns the node of a value. Bytes are undefined: nothing can be compared with them.
func nodeOf(v data.Value) node {
	switch v.Kind() {
	case data.NullKind:
		return node{kind: nullNode}
	case data.BoolKind:
		b, _ := v.Bool()
		return node{kind: boolNode, truth: b}
	case data.StringKind:
		return node{kind: stringNode, text: v.String()}
	case data.ListKind:
		n := node{kind: listNode}
		for _, x := range v.List().All() {
			n.list = append(n.list, nodeOf(x))
		}
		return n
	case data.MapKind:
		n := node{kind: objectNode, object: map[string]node{}}
		for k, x := range v.Map().All() {
			n.object[k.String()] = nodeOf(x)
		}
		return n
	case data.StructKind:
		n := node{kind: objectNode, object: map[string]node{}}
		s := v.Struct()
		for i := range s.Len() {
			n.object[s.Name(i)] = nodeOf(s.Get(i))
		}
		return n
	}
	if n, ok := numberOf(v); ok {
		return node{kind: numberNode, number: n}
	}
	return node{}
}

// equal is ==: texts and numbers equal each other where they say the same.
func (n *node) equal(o *node) bool {
	switch n.kind {
	case nullNode:
		return o.kind == nullNode
	case boolNode:
		return o.kind == boolNode && n.truth == o.truth
	case stringNode:
		return o.kind == stringNode && n.text == o.text || o.kind == numberNode && n.text == o.number.String()
	case numberNode:
		if o.kind == stringNode {
			x, ok := parseNumber(o.text)
			return ok && n.number.compare(x) == 0
		}
		return o.kind == numberNode && n.number.compare(o.number) == 0
	case listNode:
		if o.kind != listNode || len(n.list) != len(o.list) {
			return false
		}
		for i := range n.list {
			if !n.list[i].equal(&o.list[i]) {
				return false
			}
		}
		return true
	case objectNode:
		if o.kind != objectNode || len(n.object) != len(o.object) {
			return false
		}
		for name, x := range n.object {
			y, ok := o.object[name]
			if !ok || !x.equal(&y) {
				return false
			}
		}
		return true
	}
	return false
}

// compare orders two numbers or two texts; ok is false for others.
func (n *node) compare(o *node) (c int, ok bool) {
	switch {
	case n.kind == numberNode && o.kind == numberNode:
		return n.number.compare(o.number), true
	case n.kind == stringNode && o.kind == stringNode:
		return javafmt.CompareStrings(n.text, o.text), true
	}
	return 0, false
}

// contains reports whether a list has an element.
func (n *node) contains(x *node) bool {
	for i := range n.list {
		if x.equal(&n.list[i]) {
			return true
		}
	}
	return false
}

// input returns what regular expressions see of a node.
func (n *node) input() string {
	switch n.kind {
	case stringNode:
		return n.text
	case numberNode:
		return n.number.String()
	case boolNode:
		return strconv.FormatBool(n.truth)
	}
	return ""
}
