package json

import (
	"math/big"
	"strconv"

	"github.com/moldau/moldau/internal/javafmt"
	"github.com/moldau/moldau/internal/jsonscan"
)

// nodeType is the type of a node, by the name that Java's messages give it.
type nodeType string

const (
	missingNode nodeType = "MISSING"
	nullNode    nodeType = "NULL"
	boolNode    nodeType = "BOOLEAN"
	numberNode  nodeType = "NUMBER"
	stringNode  nodeType = "STRING"
	arrayNode   nodeType = "ARRAY"
	objectNode  nodeType = "OBJECT"
)

// node is a parsed JSON value, as Jackson's JsonNode.
type node struct {
	kind nodeType
	// truth is the value of a boolean; fraction marks numbers with a fraction or exponent.
	truth, fraction bool
	// text is the characters of a string or the digits of a number.
	text []byte
	// names of an object's members stand beside elems, the members or elements.
	names []string
	elems []*node
}

// parseTree parses a document, which is in UTF-8. A document without a value gives a missing node.
func parseTree(doc []byte) (*node, error) {
	start, end, err := jsonscan.Root(doc)
	if err != nil {
		return nil, err
	}
	if start == end {
		return &node{kind: missingNode}, nil
	}
	n, _ := readNode(doc, start)
	return n, nil
}

// readNode reads the value at i of a document that was checked.
func readNode(b []byte, i int) (*node, int) {
	switch b[i] {
	case '{':
		return readObject(b, i+1)
	case '[':
		n := &node{kind: arrayNode}
		for i = jsonscan.Space(b, i+1); b[i] != ']'; {
			var e *node
			e, i = readNode(b, i)
			n.elems = append(n.elems, e)
			if i = jsonscan.Space(b, i); b[i] == ',' {
				i = jsonscan.Space(b, i+1)
			}
		}
		return n, i + 1
	case '"':
		end, flags := jsonscan.Text(b, i+1)
		return &node{kind: stringNode, text: unquote(b[i+1:end], flags)}, end + 1
	case 't':
		return &node{kind: boolNode, truth: true}, i + 4
	case 'f':
		return &node{kind: boolNode}, i + 5
	case 'n':
		return &node{kind: nullNode}, i + 4
	}
	end, fraction := jsonscan.Number(b, i)
	return &node{kind: numberNode, fraction: fraction, text: b[i:end]}, end
}

func readObject(b []byte, i int) (*node, int) {
	n := &node{kind: objectNode}
	var index map[string]int
	for i = jsonscan.Space(b, i); b[i] != '}'; {
		end, flags, value := jsonscan.Name(b, i)
		name := unquote(b[i+1:end], flags)
		var e *node
		e, i = readNode(b, value)
		if index == nil && len(n.names) > 8 {
			index = make(map[string]int, 32)
			for j, name := range n.names {
				index[name] = j
			}
		}
		if at := n.find(index, name); at >= 0 {
			// The last value of a name counts, in the place of the first.
			n.elems[at] = e
		} else {
			if index != nil {
				index[string(name)] = len(n.names)
			}
			n.names, n.elems = append(n.names, string(name)), append(n.elems, e)
		}
		if i = jsonscan.Space(b, i); b[i] == ',' {
			i = jsonscan.Space(b, i+1)
		}
	}
	return n, i + 1
}

func (n *node) find(index map[string]int, name []byte) int {
	if index != nil {
		if at, ok := index[string(name)]; ok {
			return at
		}
		return -1
	}
	for i := range n.names {
		if n.names[i] == string(name) {
			return i
		}
	}
	return -1
}

// unquote returns the characters of a checked text, the text itself where nothing in it needs decoding.
func unquote(text []byte, flags jsonscan.Flags) []byte {
	if flags&jsonscan.Escaped == 0 && jsonscan.PlainText(text, flags) {
		return text
	}
	out, _ := jsonscan.AppendText(make([]byte, 0, len(text)), text)
	return out
}

// get returns the member of an object by its name, nil where there is none.
func (n *node) get(name string) *node {
	if n.kind != objectNode {
		return nil
	}
	for i := range n.names {
		if n.names[i] == name {
			return n.elems[i]
		}
	}
	return nil
}

// members returns a lookup of the object's members for those who ask for many.
func (n *node) members() func(name string) *node {
	if len(n.names) <= 8 {
		return n.get
	}
	index := make(map[string]*node, len(n.names))
	for i, name := range n.names {
		index[name] = n.elems[i]
	}
	return func(name string) *node { return index[name] }
}

// isInteger reports whether the node is a number without fraction and exponent.
func (n *node) isInteger() bool { return n.kind == numberNode && !n.fraction }

// fitsInt32 is JsonNode.isInt.
func (n *node) fitsInt32() bool {
	if !n.isInteger() {
		return false
	}
	_, err := strconv.ParseInt(string(n.text), 10, 32)
	return err == nil
}

// int64 is JsonNode.longValue: the low 64 bits of a number's whole part, 0 for what is no number.
func (n *node) int64() int64 {
	if n.kind != numberNode {
		return 0
	}
	if !n.fraction {
		if x, err := strconv.ParseInt(string(n.text), 10, 64); err == nil {
			return x
		}
	}
	return n.decimal().Int64()
}

// decimal is JsonNode.decimalValue of a number.
func (n *node) decimal() javafmt.Decimal {
	if !n.fraction {
		x, _ := new(big.Int).SetString(string(n.text), 10)
		return javafmt.Decimal{Unscaled: x}
	}
	// The text was checked: a number that BigDecimal refuses is a syntax error.
	d, _ := javafmt.ParseDecimal(string(n.text))
	return d
}

// float64 is JsonNode.doubleValue, 0 for what is no number.
func (n *node) float64() float64 { return n.float(64) }

func (n *node) float(size int) float64 {
	if n.kind != numberNode {
		return 0
	}
	return parseFloat(n.text, size)
}

// parseFloat reads a checked number as Java does by way of BigDecimal, which has no negative zero.
func parseFloat(text []byte, size int) float64 {
	// Out of range the infinity is the result that Java has too.
	f, _ := strconv.ParseFloat(string(text), size)
	if f == 0 && text[0] == '-' && allZeros(text[1:]) {
		return 0
	}
	return f
}

func allZeros(digits []byte) bool {
	for _, c := range digits {
		switch {
		case c|0x20 == 'e':
			return true
		case c != '0' && c != '.':
			return false
		}
	}
	return true
}

// typeName is JsonNode.getNodeType of a node that may be absent.
func (n *node) typeName() string { return string(n.kind) }
