// Package tree holds JSON documents as trees, as Jackson's JsonNode does, for what is not on the way of every record: the texts of schemas, and
// data that the fast decoder leaves alone.
package tree

import (
	"math/big"
	"strconv"

	"github.com/moldau/moldau/internal/javafmt"
	"github.com/moldau/moldau/internal/jsonscan"
)

// Kind is the type of a node, by the name that Java's messages give it.
type Kind string

// The kinds. Missing is what an empty document holds.
const (
	Missing Kind = "MISSING"
	Null    Kind = "NULL"
	Bool    Kind = "BOOLEAN"
	Number  Kind = "NUMBER"
	String  Kind = "STRING"
	Array   Kind = "ARRAY"
	Object  Kind = "OBJECT"
)

// Node is a JSON value. It does not change once it is made.
type Node struct {
	Kind Kind
	// Truth is the value of a boolean.
	Truth bool
	// Fraction marks numbers with a fraction or exponent, NotFinite the words for what is no number.
	Fraction, NotFinite bool
	// Text is the characters of a string or the digits of a number.
	Text string
	// Names of an object's members stand beside Elems, the members or elements.
	Names []string
	Elems []*Node
}

// Get returns the member of an object by its name, nil where there is none.
func (n *Node) Get(name string) *Node {
	if n == nil || n.Kind != Object {
		return nil
	}
	for i := range n.Names {
		if n.Names[i] == name {
			return n.Elems[i]
		}
	}
	return nil
}

// Members returns a lookup of the object's members for those who ask for many.
func (n *Node) Members() func(name string) *Node {
	if len(n.Names) <= 8 {
		return n.Get
	}
	index := make(map[string]*Node, len(n.Names))
	for i, name := range n.Names {
		index[name] = n.Elems[i]
	}
	return func(name string) *Node { return index[name] }
}

// IsText reports whether the node is a string, and returns it.
func (n *Node) IsText() (string, bool) {
	if n == nil || n.Kind != String {
		return "", false
	}
	return n.Text, true
}

// IsInteger reports whether the node is a number without fraction and exponent.
func (n *Node) IsInteger() bool { return n.Kind == Number && !n.Fraction && !n.NotFinite }

// Int32 returns the number where it is one that Java holds as an Integer.
func (n *Node) Int32() (int32, bool) {
	if n == nil || !n.IsInteger() {
		return 0, false
	}
	x, err := strconv.ParseInt(n.Text, 10, 32)
	return int32(x), err == nil
}

// Int64 is JsonNode.longValue: the low 64 bits of a number's whole part, 0 for what is no number.
func (n *Node) Int64() int64 {
	switch {
	case n.Kind != Number:
		return 0
	case n.NotFinite:
		return javafmt.ToInt64(n.Float(64))
	case !n.Fraction:
		if x, err := strconv.ParseInt(n.Text, 10, 64); err == nil {
			return x
		}
	}
	return n.Decimal().Int64()
}

// Decimal is JsonNode.decimalValue of a finite number, and zero for what is no number.
func (n *Node) Decimal() javafmt.Decimal {
	if n.Kind != Number || n.NotFinite {
		return javafmt.Decimal{Unscaled: new(big.Int)}
	}
	if !n.Fraction {
		x, _ := new(big.Int).SetString(n.Text, 10)
		return javafmt.Decimal{Unscaled: x}
	}
	// The text was checked: a number that BigDecimal refuses is a syntax error.
	d, _ := javafmt.ParseDecimal(n.Text)
	return d
}

// Float is JsonNode.doubleValue or, for 32 bits, floatValue; 0 for what is no number.
func (n *Node) Float(bits int) float64 {
	if n.Kind != Number {
		return 0
	}
	return ParseFloat(n.Text, bits)
}

// ParseFloat reads a checked number as Java does by way of BigDecimal, which has no negative zero.
func ParseFloat[T string | []byte](text T, bits int) float64 {
	// Out of range the infinity is the result that Java has too.
	f, _ := strconv.ParseFloat(string(text), bits)
	if f == 0 && text[0] == '-' {
		for i := 1; i < len(text); i++ {
			if c := text[i]; c >= '1' && c <= '9' {
				return f
			} else if c|0x20 == 'e' {
				break
			}
		}
		return 0
	}
	return f
}

// Parse parses the first value of a document in UTF-8; what follows does not matter. A document without a value gives a missing node.
func Parse(doc []byte) (*Node, error) {
	p := parser{b: doc}
	i := jsonscan.Space(doc, 0)
	if i == len(doc) {
		return &Node{Kind: Missing}, nil
	}
	n, end := p.value(i, 1)
	if end < 0 || !jsonscan.RootEnds(doc, i, end) {
		_, _, err := jsonscan.Root(doc)
		if err == nil {
			err = javafmt.NewException("com.fasterxml.jackson.core.JsonParseException", "not valid JSON", nil)
		}
		return nil, err
	}
	return n, nil
}

// parser reads values; an index of -1 says that the text is not valid.
type parser struct{ b []byte }

func (p *parser) at(i int) byte {
	if i < len(p.b) {
		return p.b[i]
	}
	return 0
}

func (p *parser) value(i, depth int) (*Node, int) {
	switch c := p.at(i); c {
	case '{':
		return p.object(i+1, depth)
	case '[':
		return p.array(i+1, depth)
	case '"':
		return p.text(i)
	case 't':
		return &Node{Kind: Bool, Truth: true}, jsonscan.Literal(p.b, i, "true")
	case 'f':
		return &Node{Kind: Bool}, jsonscan.Literal(p.b, i, "false")
	case 'n':
		return &Node{Kind: Null}, jsonscan.Literal(p.b, i, "null")
	case 'N', 'I', '-', '+':
		// Confluent's parsers accept what is no number in JSON.
		for word, text := range map[string]string{"NaN": "NaN", "Infinity": "Infinity", "INF": "Infinity", "-Infinity": "-Infinity", "-INF": "-Infinity", "+Infinity": "Infinity", "+INF": "Infinity"} {
			if len(p.b)-i >= len(word) && string(p.b[i:i+len(word)]) == word {
				if end := jsonscan.Literal(p.b, i, word); end >= 0 {
					return &Node{Kind: Number, NotFinite: true, Text: text}, end
				}
			}
		}
		if c != '-' {
			return nil, -1
		}
	}
	end, fraction := jsonscan.Number(p.b, i)
	if end < 0 {
		return nil, -1
	}
	return &Node{Kind: Number, Fraction: fraction, Text: string(p.b[i:end])}, end
}

func (p *parser) text(i int) (*Node, int) {
	end, flags := jsonscan.Text(p.b, i+1)
	if end < 0 || end-i > jsonscan.MaxText {
		return nil, -1
	}
	text, ok := unquote(p.b[i+1:end], flags)
	if !ok {
		return nil, -1
	}
	return &Node{Kind: String, Text: text}, end + 1
}

func unquote(text []byte, flags jsonscan.Flags) (string, bool) {
	if jsonscan.PlainText(text, flags) {
		return string(text), true
	}
	out, ok := jsonscan.AppendText(make([]byte, 0, len(text)), text)
	return string(out), ok
}

func (p *parser) array(i, depth int) (*Node, int) {
	if depth > jsonscan.MaxDepth {
		return nil, -1
	}
	n := &Node{Kind: Array}
	if i = jsonscan.Space(p.b, i); p.at(i) == ']' {
		return n, i + 1
	}
	for {
		e, end := p.value(i, depth+1)
		if end < 0 {
			return nil, -1
		}
		n.Elems = append(n.Elems, e)
		i = jsonscan.Space(p.b, end)
		switch p.at(i) {
		case ']':
			return n, i + 1
		case ',':
			i = jsonscan.Space(p.b, i+1)
		default:
			return nil, -1
		}
	}
}

func (p *parser) object(i, depth int) (*Node, int) {
	if depth > jsonscan.MaxDepth {
		return nil, -1
	}
	n := &Node{Kind: Object}
	var index map[string]int
	if i = jsonscan.Space(p.b, i); p.at(i) == '}' {
		return n, i + 1
	}
	for {
		nameEnd, flags, value := jsonscan.Name(p.b, i)
		if value < 0 {
			return nil, -1
		}
		name, ok := unquote(p.b[i+1:nameEnd], flags)
		e, end := p.value(value, depth+1)
		if end < 0 || !ok {
			return nil, -1
		}
		if index == nil && len(n.Names) > 8 {
			index = make(map[string]int, 32)
			for j, known := range n.Names {
				index[known] = j
			}
		}
		if at := n.find(index, name); at >= 0 {
			// The last value of a name counts, in the place of the first.
			n.Elems[at] = e
		} else {
			if index != nil {
				index[name] = len(n.Names)
			}
			n.Names, n.Elems = append(n.Names, name), append(n.Elems, e)
		}
		i = jsonscan.Space(p.b, end)
		switch p.at(i) {
		case '}':
			return n, i + 1
		case ',':
			i = jsonscan.Space(p.b, i+1)
		default:
			return nil, -1
		}
	}
}

func (n *Node) find(index map[string]int, name string) int {
	if index != nil {
		if at, ok := index[name]; ok {
			return at
		}
		return -1
	}
	for i := range n.Names {
		if n.Names[i] == name {
			return i
		}
	}
	return -1
}
