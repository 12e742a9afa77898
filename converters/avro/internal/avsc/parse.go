package avsc

import (
	"math"
	"slices"
	"strings"
)

// Parse parses the text of a schema that a registry holds: names are taken as they are. Named types of known, the schemas it refers to, may be
// used by name.
func Parse(text string, known ...*Schema) (*Schema, error) { return parse(text, false, known) }

// ParseStrict is Parse that refuses names which Avro does not allow.
func ParseStrict(text string, known ...*Schema) (*Schema, error) { return parse(text, true, known) }

func parse(text string, strict bool, known []*Schema) (*Schema, error) {
	n, err := ParseNode(text)
	if err != nil {
		return nil, err
	}
	p := parser{names: map[string]*Schema{}, strict: strict}
	for _, s := range known {
		p.learn(s)
	}
	return p.schema(n, "")
}

type parser struct {
	names  map[string]*Schema
	strict bool
}

// valid checks a name, where names are checked.
func (p *parser) valid(name string) error {
	if !p.strict {
		return nil
	}
	return ValidName(name)
}

// split splits a full name and checks its parts.
func (p *parser) split(name, space string) (string, string, error) {
	name, space = cut(name, space)
	if !p.strict {
		return name, space, nil
	}
	if space != "" {
		for part := range strings.SplitSeq(space, ".") {
			if err := ValidName(part); err != nil {
				return "", "", parseError(`Namespace part "` + part + `" is invalid: ` + err.Error())
			}
		}
	}
	return name, space, ValidName(name)
}

// learn enters the named types of a schema that was parsed before.
func (p *parser) learn(s *Schema) {
	if s.Type.Named() {
		if p.names[s.FullName()] != nil {
			return
		}
		p.names[s.FullName()] = s
	}
	for _, f := range s.Fields {
		p.learn(f.Schema)
	}
	for _, t := range s.Types {
		p.learn(t)
	}
	if s.Elem != nil {
		p.learn(s.Elem)
	}
}

func (p *parser) schema(n *Node, space string) (*Schema, error) {
	switch n.Kind {
	case TextNode:
		return p.lookup(n.Text, space)
	case ArrayNode:
		types := make([]*Schema, len(n.Items))
		for i, e := range n.Items {
			t, err := p.schema(e, space)
			if err != nil {
				return nil, err
			}
			types[i] = t
		}
		return NewUnion(types...)
	case ObjectNode:
		return p.object(n, space)
	}
	return nil, parseError("Schema not yet supported: " + string(n.Append(nil)))
}

// lookup finds a type by name: a primitive one, one of the namespace, or one without namespace.
func (p *parser) lookup(name, space string) (*Schema, error) {
	if t, ok := typeOf(name); ok && t <= StringType {
		return New(t), nil
	}
	if !strings.Contains(name, ".") {
		if s := p.names[full(name, space)]; s != nil {
			return s, nil
		}
	}
	if s := p.names[name]; s != nil {
		return s, nil
	}
	return nil, parseError("Undefined name: " + string(appendQuoted(nil, name)))
}

func (p *parser) object(n *Node, space string) (*Schema, error) {
	kind := n.Get("type")
	if kind == nil {
		return nil, parseError("No type: " + string(n.Append(nil)))
	}
	if kind.Kind != TextNode {
		return p.schema(kind, space)
	}
	t, ok := typeOf(kind.Text)
	isError := kind.Text == "error"
	switch {
	case isError:
		t = RecordType
	case !ok || t == UnionType:
		return p.lookup(kind.Text, space)
	}
	s := New(t)
	s.Error = isError
	var err error
	switch {
	case t.Named():
		err = p.named(s, n, space)
	case t == ArrayType:
		s.Elem, err = p.member(n, "items", t, space)
	case t == MapType:
		s.Elem, err = p.member(n, "values", t, space)
	}
	if err != nil {
		return nil, err
	}
	for i, name := range n.Names {
		if !reserved(name, t) {
			s.Props = append(s.Props, Prop{name, n.Items[i]})
		}
	}
	return s, nil
}

func (p *parser) member(n *Node, name string, t Type, space string) (*Schema, error) {
	elem := n.Get(name)
	if elem == nil {
		return nil, parseError("Array or map has no " + name + " type: " + string(n.Append(nil)))
	}
	return p.schema(elem, space)
}

func textOf(n *Node, name string) *string {
	if m := n.Get(name); m != nil && m.Kind == TextNode {
		return &m.Text
	}
	return nil
}

func (p *parser) named(s *Schema, n *Node, space string) error {
	name := textOf(n, "name")
	if name == nil {
		return parseError("No name in schema: " + string(n.Append(nil)))
	}
	if own := textOf(n, "namespace"); own != nil {
		space = *own
	}
	var err error
	if s.Name, s.Space, err = p.split(*name, space); err != nil {
		return err
	}
	s.Doc = textOf(n, "doc")
	if err := p.aliases(s, n); err != nil {
		return err
	}
	switch s.Type {
	case EnumType:
		symbols := n.Get("symbols")
		if symbols == nil || symbols.Kind != ArrayNode {
			return parseError("Enum has no symbols: " + string(n.Append(nil)))
		}
		list := make([]string, len(symbols.Items))
		for i, e := range symbols.Items {
			list[i] = e.AsText()
		}
		if err := s.setSymbols(list, textOf(n, "default"), p.strict); err != nil {
			return err
		}
	case FixedType:
		size := n.Get("size")
		if size == nil || size.Kind != IntNode || size.Int < 0 || size.Int > math.MaxInt32-8 {
			return parseError("Invalid or no size: " + string(n.Append(nil)))
		}
		s.Size = int(size.Int)
	}
	if p.names[s.FullName()] != nil {
		return parseError("Can't redefine: " + s.FullName())
	}
	p.names[s.FullName()] = s
	if s.Type == RecordType {
		return p.fields(s, n)
	}
	return nil
}

func (p *parser) aliases(s *Schema, n *Node) error {
	list := n.Get("aliases")
	if list == nil {
		return nil
	}
	if list.Kind != ArrayNode {
		return parseError("aliases not an array: " + string(list.Append(nil)))
	}
	for _, e := range list.Items {
		if e.Kind != TextNode {
			return parseError("alias not a string: " + string(e.Append(nil)))
		}
		name, space, err := p.split(e.Text, s.Space)
		if err != nil {
			return err
		}
		if a := (Alias{name, space}); !slices.Contains(s.Aliases, a) {
			s.Aliases = append(s.Aliases, a)
		}
	}
	return nil
}

func (p *parser) fields(s *Schema, n *Node) error {
	list := n.Get("fields")
	if list == nil || list.Kind != ArrayNode {
		return parseError("Record has no fields: " + string(n.Append(nil)))
	}
	fields := make([]*Field, len(list.Items))
	for i, e := range list.Items {
		f, err := p.field(e, s.Space)
		if err != nil {
			return err
		}
		fields[i] = f
	}
	return s.SetFields(fields)
}

func (p *parser) field(n *Node, space string) (*Field, error) {
	name := textOf(n, "name")
	if name == nil {
		return nil, parseError("No field name: " + string(n.Append(nil)))
	}
	if err := p.valid(*name); err != nil {
		return nil, err
	}
	kind := n.Get("type")
	if kind == nil {
		return nil, parseError("No field type: " + string(n.Append(nil)))
	}
	schema, err := p.schema(kind, space)
	if err != nil {
		return nil, err
	}
	f := &Field{Name: *name, Schema: schema, Doc: textOf(n, "doc"), Default: n.Get("default")}
	if f.Default != nil && f.Default.Kind == TextNode && (schema.Type == FloatType || schema.Type == DoubleType) {
		// Old schemas hold numbers as texts.
		if x, err := ParseNode(f.Default.Text); err == nil && x.IsNumber() {
			f.Default = Double(x.AsFloat())
		}
	}
	if order := textOf(n, "order"); order != nil && *order != "ascending" {
		if *order != "descending" && *order != "ignore" {
			return nil, parseError("Illegal order: " + *order)
		}
		f.Order = *order
	}
	if aliases := n.Get("aliases"); aliases != nil {
		for _, e := range aliases.Items {
			f.Aliases = append(f.Aliases, e.AsText())
		}
	}
	for i, name := range n.Names {
		if !slices.Contains(reservedOfFields, name) {
			f.Props = append(f.Props, Prop{name, n.Items[i]})
		}
	}
	return f, nil
}
