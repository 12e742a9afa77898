package debezium

import (
	"errors"
	"slices"

	"github.com/moldau/moldau/internal/jsonscan"
)

// node is a JSON value as Jackson's ObjectMapper reads it into a tree.
type node struct {
	kind nodeKind
	// text is a string's characters or a number's text.
	text []byte
	// fraction marks a number with a fraction or an exponent.
	fraction bool
	truth    bool
	items    []node
	// names are those of an object's items.
	names []string
}

type nodeKind uint8

const (
	nullNode nodeKind = iota
	booleanNode
	numberNode
	stringNode
	arrayNode
	objectNode
)

// String returns the name of Jackson's JsonNodeType.
func (k nodeKind) String() string {
	return [...]string{"NULL", "BOOLEAN", "NUMBER", "STRING", "ARRAY", "OBJECT"}[k]
}

var errLeadingZeros = errors.New("invalid JSON: a number with leading zeros")

// readTree reads the first value of a text; what follows it does not matter.
func readTree(text []byte) (node, error) {
	start, end, err := jsonscan.Root(text)
	if err != nil {
		return node{}, err
	}
	if start == len(text) {
		return node{}, nil
	}
	r := treeReader{b: text[:end]}
	n, _ := r.value(start)
	return n, r.err
}

// treeReader builds nodes of a text that was checked already.
type treeReader struct {
	b   []byte
	err error
}

// value reads the value at i and returns the index after it.
func (r *treeReader) value(i int) (node, int) {
	switch i = jsonscan.Space(r.b, i); r.b[i] {
	case '{':
		return r.object(i + 1)
	case '[':
		return r.array(i + 1)
	case '"':
		text, end := r.text(i + 1)
		return node{kind: stringNode, text: text}, end
	case 't':
		return node{kind: booleanNode, truth: true}, i + len("true")
	case 'f':
		return node{kind: booleanNode}, i + len("false")
	case 'n':
		return node{}, i + len("null")
	}
	end, fraction := jsonscan.Number(r.b, i)
	digits := r.b[i:end]
	if digits[0] == '-' {
		digits = digits[1:]
	}
	// Unlike Kafka's JsonConverter, which scans with the same functions, an ObjectMapper refuses these.
	if len(digits) > 1 && digits[0] == '0' && digits[1] >= '0' && digits[1] <= '9' {
		r.err = errLeadingZeros
	}
	return node{kind: numberNode, text: r.b[i:end], fraction: fraction}, end
}

// text reads the string that begins at i, after its quote.
func (r *treeReader) text(i int) ([]byte, int) {
	end, flags := jsonscan.Text(r.b, i)
	text := r.b[i:end]
	if flags != 0 {
		text, _ = jsonscan.AppendText(nil, text)
	}
	return text, end + 1
}

func (r *treeReader) array(i int) (node, int) {
	n := node{kind: arrayNode}
	for i = jsonscan.Space(r.b, i); r.b[i] != ']'; {
		var item node
		item, i = r.value(i)
		n.items = append(n.items, item)
		if i = jsonscan.Space(r.b, i); r.b[i] == ',' {
			i++
		}
		i = jsonscan.Space(r.b, i)
	}
	return n, i + 1
}

func (r *treeReader) object(i int) (node, int) {
	n := node{kind: objectNode}
	for i = jsonscan.Space(r.b, i); r.b[i] != '}'; {
		name, at := r.text(i + 1)
		at = jsonscan.Space(r.b, at) + 1 // the colon
		var item node
		item, i = r.value(at)
		n.put(string(name), item)
		if i = jsonscan.Space(r.b, i); r.b[i] == ',' {
			i++
		}
		i = jsonscan.Space(r.b, i)
	}
	return n, i + 1
}

// put sets a member; one that is there keeps its place.
func (n *node) put(name string, item node) {
	if at := slices.Index(n.names, name); at >= 0 {
		n.items[at] = item
		return
	}
	n.names, n.items = append(n.names, name), append(n.items, item)
}

// member returns a member of an object.
func (n *node) member(name string) (*node, bool) {
	if at := slices.Index(n.names, name); at >= 0 {
		return &n.items[at], true
	}
	return nil, false
}
