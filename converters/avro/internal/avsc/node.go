package avsc

import (
	"math"
	"strconv"
	"strings"

	"github.com/moldau/moldau/internal/javafmt"
)

// NodeKind says what a Node is, with Jackson's distinctions between numbers, which decide how Java treats defaults.
type NodeKind uint8

// The kinds of nodes. IntNode fits 32 bits, LongNode 64, BigNode neither; FloatNode is a float that Java holds as a Float.
const (
	NullNode NodeKind = iota
	BoolNode
	IntNode
	LongNode
	BigNode
	DoubleNode
	FloatNode
	TextNode
	ArrayNode
	ObjectNode
)

// Node is a JSON value that keeps the order of its members: a property or a default of a schema.
type Node struct {
	Kind NodeKind
	Bool bool
	// Text is the text of a TextNode and the digits of a BigNode.
	Text  string
	Int   int64
	Float float64
	// Items are the elements of an array and the values of an object, whose names are in Names.
	Items []*Node
	Names []string
}

// Null returns the node null.
func Null() *Node { return &Node{} }

// Text returns a text.
func Text(s string) *Node { return &Node{Kind: TextNode, Text: s} }

// Bool returns a boolean.
func Bool(b bool) *Node { return &Node{Kind: BoolNode, Bool: b} }

// Int returns an integer that Java holds as an Integer.
func Int(i int32) *Node { return &Node{Kind: IntNode, Int: int64(i)} }

// Long returns an integer that Java holds as a Long.
func Long(i int64) *Node { return &Node{Kind: LongNode, Int: i} }

// Double returns a number that Java holds as a Double.
func Double(f float64) *Node { return &Node{Kind: DoubleNode, Float: f} }

// Float returns a number that Java holds as a Float.
func Float(f float32) *Node { return &Node{Kind: FloatNode, Float: float64(f)} }

// Put sets a member of an object; a name that is there keeps its place.
func (n *Node) Put(name string, v *Node) {
	for i := range n.Names {
		if n.Names[i] == name {
			n.Items[i] = v
			return
		}
	}
	n.Names, n.Items = append(n.Names, name), append(n.Items, v)
}

// Get returns a member of an object, nil where there is none.
func (n *Node) Get(name string) *Node {
	for i := range n.Names {
		if n.Names[i] == name {
			return n.Items[i]
		}
	}
	return nil
}

// IsNumber reports whether the node is a number.
func (n *Node) IsNumber() bool { return n.Kind >= IntNode && n.Kind <= FloatNode }

// AsInt returns the value that Java's intValue, longValue, shortValue and byteValue narrow: 0 for what is no number.
func (n *Node) AsInt() int64 {
	switch n.Kind {
	case IntNode, LongNode:
		return n.Int
	case BigNode:
		if x, err := javafmt.ParseDecimal(n.Text); err == nil {
			return x.Int64()
		}
	case DoubleNode, FloatNode:
		return toLong(n.Float)
	}
	return 0
}

// toLong is Java's cast of a double to a long.
func toLong(f float64) int64 {
	switch {
	case f != f:
		return 0
	case f >= math.MaxInt64:
		return math.MaxInt64
	case f <= math.MinInt64:
		return math.MinInt64
	}
	return int64(f)
}

// AsFloat returns Java's doubleValue: 0 for what is no number.
func (n *Node) AsFloat() float64 {
	switch n.Kind {
	case IntNode, LongNode:
		return float64(n.Int)
	case BigNode:
		f, _ := strconv.ParseFloat(n.Text, 64)
		return f
	}
	return n.Float
}

// AsText returns Java's asText: the text of a scalar, "" for others.
func (n *Node) AsText() string {
	switch n.Kind {
	case TextNode:
		return n.Text
	case NullNode:
		return "null"
	case ArrayNode, ObjectNode:
		return ""
	case DoubleNode:
		return javafmt.FormatDouble(n.Float)
	case FloatNode:
		return javafmt.FormatFloat(float32(n.Float))
	}
	return string(n.Append(nil))
}

// JavaString returns toString of the Java object that getObjectProp makes of the node.
func (n *Node) JavaString() string {
	switch n.Kind {
	case ArrayNode:
		parts := make([]string, len(n.Items))
		for i, e := range n.Items {
			parts[i] = e.JavaString()
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case ObjectNode:
		parts := make([]string, len(n.Items))
		for i, e := range n.Items {
			parts[i] = n.Names[i] + "=" + e.JavaString()
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case FloatNode:
		return javafmt.FormatDouble(n.Float)
	case BigNode:
		// JacksonUtils makes nothing of integers beyond 64 bits.
		return "null"
	case NullNode:
		return "org.apache.avro.JsonProperties$Null"
	}
	return n.AsText()
}

// Equal reports whether two nodes are equal; the order of members does not count.
func (n *Node) Equal(o *Node) bool {
	if n == nil || o == nil {
		return n == o
	}
	if n.Kind != o.Kind || n.Bool != o.Bool || n.Text != o.Text || n.Int != o.Int ||
		math.Float64bits(n.Float) != math.Float64bits(o.Float) || len(n.Items) != len(o.Items) {
		return false
	}
	for i := range n.Items {
		other := o.Items[i]
		if n.Kind == ObjectNode {
			other = o.Get(n.Names[i])
		}
		if !n.Items[i].Equal(other) {
			return false
		}
	}
	return true
}

// Append appends the JSON text, as Jackson prints it.
func (n *Node) Append(dst []byte) []byte {
	switch n.Kind {
	case BoolNode:
		return strconv.AppendBool(dst, n.Bool)
	case IntNode, LongNode:
		return strconv.AppendInt(dst, n.Int, 10)
	case BigNode:
		return append(dst, n.Text...)
	case DoubleNode:
		if math.IsNaN(n.Float - n.Float) {
			return appendQuoted(dst, javafmt.FormatDouble(n.Float))
		}
		return javafmt.AppendDouble(dst, n.Float)
	case FloatNode:
		if math.IsNaN(n.Float - n.Float) {
			return appendQuoted(dst, javafmt.FormatDouble(n.Float))
		}
		return javafmt.AppendFloat(dst, float32(n.Float))
	case TextNode:
		return appendQuoted(dst, n.Text)
	case ArrayNode:
		dst = append(dst, '[')
		for i, e := range n.Items {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = e.Append(dst)
		}
		return append(dst, ']')
	case ObjectNode:
		dst = append(dst, '{')
		for i, e := range n.Items {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = append(appendQuoted(dst, n.Names[i]), ':')
			dst = e.Append(dst)
		}
		return append(dst, '}')
	}
	return append(dst, "null"...)
}

// appendQuoted appends a JSON string as Jackson's writer of characters does: only what must be escaped is.
func appendQuoted(dst []byte, s string) []byte {
	const hex = "0123456789ABCDEF"
	dst = append(dst, '"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c >= 0x20:
			dst = append(dst, c)
		case c == '\b':
			dst = append(dst, `\b`...)
		case c == '\t':
			dst = append(dst, `\t`...)
		case c == '\n':
			dst = append(dst, `\n`...)
		case c == '\f':
			dst = append(dst, `\f`...)
		case c == '\r':
			dst = append(dst, `\r`...)
		default:
			dst = append(dst, `\u00`...)
			dst = append(dst, hex[c>>4], hex[c&15])
		}
	}
	return append(dst, '"')
}
