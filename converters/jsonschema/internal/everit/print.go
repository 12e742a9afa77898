package everit

import (
	"bytes"
	"cmp"
	"strconv"
	"strings"

	"github.com/moldau/moldau/converters/jsonschema/internal/tree"
	"github.com/moldau/moldau/internal/javafmt"
)

// Text returns the text of a schema as the library's Schema.toString gives it.
func (s *Schema) Text() string {
	p := printer{}
	p.schema(s)
	return string(p.b)
}

// Canonical returns the text by which Confluent's serializer registers a schema: the library's, read and written once more by Jackson.
func (s *Schema) Canonical() (string, error) {
	n, err := tree.Parse([]byte(s.Text()))
	if err != nil {
		return "", err
	}
	return n.String(), nil
}

type printer struct{ b []byte }

// key begins a member.
func (p *printer) key(name string) {
	if last := p.b[len(p.b)-1]; last != '{' {
		p.b = append(p.b, ',')
	}
	p.b = append(appendQuoted(p.b, name), ':')
}

func (p *printer) text(name, value string) {
	p.key(name)
	p.b = appendQuoted(p.b, value)
}

func (p *printer) optional(name string, value *string) {
	if value != nil {
		p.text(name, *value)
	}
}

func (p *printer) integer(name string, value *int32) {
	if value != nil {
		p.key(name)
		p.b = strconv.AppendInt(p.b, int64(*value), 10)
	}
}

func (p *printer) schema(s *Schema) {
	p.b = append(p.b, '{')
	switch s.Type {
	case NullSchema:
		p.text("type", "null")
	case NumberSchema:
		if s.Integer {
			p.text("type", "integer")
		} else {
			p.text("type", "number")
		}
	case StringSchema:
		p.text("type", "string")
	case EnumSchema:
		p.enum(s.Values)
	case ArraySchema:
		p.text("type", "array")
	case ObjectSchema:
		p.text("type", "object")
		if s.Closed {
			p.key("additionalProperties")
			p.b = append(p.b, "false"...)
		}
	case ReferenceSchema:
		p.text("$ref", s.Ref)
	}
	p.common(s)
	switch s.Type {
	case BooleanSchema:
		p.text("type", "boolean")
	case ArraySchema:
		if s.Items != nil {
			p.key("items")
			p.schema(s.Items)
		}
	case ObjectSchema:
		if s.Additional != nil {
			p.key("additionalProperties")
			p.schema(s.Additional)
		}
		p.properties(s)
	case CombinedSchema:
		p.key(s.Criterion.String())
		p.b = append(p.b, '[')
		for i, m := range s.Members {
			if i > 0 {
				p.b = append(p.b, ',')
			}
			p.schema(m)
		}
		p.b = append(p.b, ']')
	}
	p.b = append(p.b, '}')
}

// common prints what schemas of every type may have. The members of Connect stand in the order of a HashMap.
func (p *printer) common(s *Schema) {
	p.optional("title", s.Title)
	p.optional("description", s.Doc)
	if s.Default != nil {
		p.key("default")
		p.value(s.Default)
	}
	p.optional("id", s.ID)
	p.integer("connect.index", s.ConnectIndex)
	p.integer("connect.version", s.ConnectVersion)
	p.optional("connect.type", s.ConnectType)
	if len(s.Params) > 0 {
		p.key("connect.parameters")
		p.b = append(p.b, '{')
		// org.json makes an object of the parameters, whose HashMap begins as small as it may.
		for _, x := range HashOrder(s.Params, len(s.Params)) {
			p.text(x.Key, x.Value)
		}
		p.b = append(p.b, '}')
	}
}

// HashOrder returns parameters in the order of a HashMap of a capacity that they were put into.
func HashOrder(params []Param, capacity int) []Param {
	keys := make([]string, len(params))
	for i := range params {
		keys[i] = params[i].Key
	}
	out := make([]Param, 0, len(params))
	for _, i := range javafmt.HashOrder(keys, capacity) {
		out = append(out, params[i])
	}
	return out
}

func (p *printer) properties(s *Schema) {
	if len(s.Properties) == 0 {
		return
	}
	p.key("properties")
	p.b = append(p.b, '{')
	for _, x := range s.InJavaOrder() {
		p.key(x.Name)
		p.schema(x.Schema)
	}
	p.b = append(p.b, '}')
}

// InJavaOrder returns the properties of an object in the order of a HashMap.
func (s *Schema) InJavaOrder() []Property {
	names := make([]string, len(s.Properties))
	for i := range names {
		names[i] = s.Properties[i].Name
	}
	out := make([]Property, 0, len(names))
	for _, i := range javafmt.HashOrder(names, javafmt.DefaultCapacity) {
		out = append(out, s.Properties[i])
	}
	return out
}

// symbol is a member of a HashSet of strings and null.
type symbol struct {
	null bool
	text string
}

var symbols = javafmt.Keys[symbol]{
	Hash: func(s symbol) int32 {
		if s.null {
			return 0
		}
		return javafmt.HashCode(s.text)
	},
	Compare: func(a, b symbol) int {
		if a.null || b.null {
			return cmp.Compare(boolInt(a.null), boolInt(b.null))
		}
		return javafmt.CompareStrings(a.text, b.text)
	},
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// enum prints the symbols in the order of a HashSet.
func (p *printer) enum(values []*tree.Node) {
	p.key("enum")
	p.b = append(p.b, '[')
	set := javafmt.NewHashMap[symbol, *tree.Node](symbols, javafmt.DefaultCapacity)
	for _, v := range values {
		set.Put(symbol{v.Kind == tree.Null, v.JavaText()}, v)
	}
	first := true
	for _, v := range set.All {
		if !first {
			p.b = append(p.b, ',')
		}
		first = false
		p.value(v)
	}
	p.b = append(p.b, ']')
}

// value prints a value as org.json does.
func (p *printer) value(n *tree.Node) {
	switch n.Kind {
	case tree.Number:
		p.b = append(p.b, shortNumber(n.Text)...)
	case tree.String:
		p.b = appendQuoted(p.b, n.Text)
	case tree.Array:
		p.b = append(p.b, '[')
		for i, e := range n.Elems {
			if i > 0 {
				p.b = append(p.b, ',')
			}
			p.value(e)
		}
		p.b = append(p.b, ']')
	case tree.Object:
		p.b = append(p.b, '{')
		for _, i := range javafmt.HashOrder(n.Names, javafmt.DefaultCapacity) {
			p.key(n.Names[i])
			p.value(n.Elems[i])
		}
		p.b = append(p.b, '}')
	default:
		p.b = n.Append(p.b)
	}
}

// shortNumber leaves out zeros at the end of a fraction.
func shortNumber(text string) string {
	if strings.IndexByte(text, '.') <= 0 || strings.ContainsAny(text, "eE") {
		return text
	}
	return strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
}

const lowerHex = "0123456789abcdef"

// appendQuoted appends a text in quotes as org.json writes it: with escapes for control characters, some of them beyond ASCII, and for the slash
// behind a less-than sign.
func appendQuoted(dst []byte, s string) []byte {
	dst = append(dst, '"')
	for i, r := range s {
		switch {
		case r == '"' || r == '\\':
			dst = append(dst, '\\', byte(r))
		case r == '/' && i > 0 && s[i-1] == '<':
			dst = append(dst, '\\', '/')
		case r < ' ' && strings.ContainsRune("\b\t\n\f\r", r):
			dst = append(dst, '\\', "btn_fr"[r-'\b'])
		case r < ' ' || r >= 0x80 && r < 0xa0 || r >= 0x2000 && r < 0x2100:
			dst = append(dst, '\\', 'u', lowerHex[r>>12&15], lowerHex[r>>8&15], lowerHex[r>>4&15], lowerHex[r&15])
		case r == '\uFFFD':
			// Text of Java may hold unpaired surrogates, which are no runes: they stay the three bytes they are.
			n := 1
			if bytes.HasPrefix([]byte(s[i:]), []byte("\uFFFD")) {
				n = 3
			}
			dst = append(dst, s[i:i+n]...)
		default:
			dst = append(dst, string(r)...)
		}
	}
	return append(dst, '"')
}
