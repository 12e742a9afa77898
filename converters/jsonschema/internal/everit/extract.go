package everit

import (
	"github.com/moldau/moldau/converters/jsonschema/internal/tree"
)

// extract understands the object as the library does for drafts up to 7: keywords of several kinds make a schema of which all must hold.
func (p *part) extract() *Schema {
	if ref := p.text("$ref"); ref != nil {
		return p.reference(*ref)
	}
	var parts []*Schema
	add := func(s *Schema) { parts = append(parts, s) }
	if n := p.take("enum"); n != nil {
		if n.Kind != tree.Array {
			p.fail("enum: expected type: JsonArray, found: %s", n.Kind)
		}
		add(&Schema{Type: EnumSchema, Values: n.Elems})
	}
	for _, c := range []Criterion{AllOf, AnyOf, OneOf} {
		if n := p.take(c.String()); n != nil {
			add(p.combined(c, n))
		}
	}
	if n := p.take("not"); n != nil {
		add(&Schema{Type: NotSchema, Target: p.child(n, "not")})
	}
	if p.draft != draft4 {
		if n := p.take("const"); n != nil {
			add(&Schema{Type: ConstSchema, Values: []*tree.Node{n}})
		}
	}
	if n := p.take("type"); n != nil {
		add(p.typed(n))
	}
	p.sniff(add)
	switch len(parts) {
	case 0:
		return &Schema{Type: EmptySchema}
	case 1:
		return parts[0]
	}
	return &Schema{Type: CombinedSchema, Criterion: AllOf, Members: parts, Generated: true}
}

func (p *part) combined(c Criterion, n *tree.Node) *Schema {
	s := &Schema{Type: CombinedSchema, Criterion: c}
	if n.Kind != tree.Array {
		p.fail("%s: expected type: JsonArray, found: %s", c, n.Kind)
	}
	for _, e := range n.Elems {
		s.Members = append(s.Members, p.child(e, c.String()))
	}
	return s
}

func (p *part) typed(n *tree.Node) *Schema {
	switch n.Kind {
	case tree.String:
		return p.ofType(n.Text)
	case tree.Array:
		s := &Schema{Type: CombinedSchema, Criterion: AnyOf}
		// Each of the types may have the keywords for itself.
		before, after := p.used, clone(p.used)
		for _, e := range n.Elems {
			text, ok := e.IsText()
			if !ok {
				p.fail("type: expected type: String, found: %s", e.Kind)
			}
			p.used = clone(before)
			s.Members = append(s.Members, p.ofType(text))
			for name := range p.used {
				after[name] = true
			}
		}
		p.used = after
		return s
	}
	p.fail("type: expected one of: JsonArray, String, found: %s", n.Kind)
	return nil
}

func clone(m map[string]bool) map[string]bool {
	out := make(map[string]bool, len(m))
	for k, v := range m {
		out[k] = v
	}
	return out
}

func (p *part) ofType(name string) *Schema {
	switch name {
	case "string":
		s := &Schema{Type: StringSchema, Required: true}
		p.limit(s, stringKeywords)
		return s
	case "integer", "number":
		s := &Schema{Type: NumberSchema, Required: true, Integer: name == "integer"}
		p.limit(s, numberKeywords)
		return s
	case "boolean":
		return &Schema{Type: BooleanSchema}
	case "null":
		return &Schema{Type: NullSchema}
	case "array":
		return p.array(true)
	case "object":
		return p.object(true)
	}
	p.fail("unknown type: [%s]", name)
	return nil
}

// sniff finds out types by the keywords that are left.
func (p *part) sniff(add func(*Schema)) {
	if p.hasAny(arrayKeywords) || p.draft != draft4 && p.hasAny([]string{"contains"}) {
		add(p.array(false))
	}
	if p.hasAny(objectKeywords) || p.draft != draft4 && p.hasAny([]string{"propertyNames"}) {
		add(p.object(false))
	}
	if p.hasAny(numberKeywords) {
		s := &Schema{Type: NumberSchema}
		p.limit(s, numberKeywords)
		add(s)
	}
	if p.hasAny(stringKeywords) {
		s := &Schema{Type: StringSchema}
		p.limit(s, stringKeywords)
		add(s)
	}
	if conditions := []string{"if", "then", "else"}; p.draft == draft7 && p.hasAny(conditions) {
		for _, name := range conditions {
			if n := p.take(name); n != nil {
				p.child(n, name)
			}
		}
		add(&Schema{Type: ConditionalSchema})
	}
}

func (p *part) array(required bool) *Schema {
	s := &Schema{Type: ArraySchema, Required: required}
	if n := p.take("items"); n != nil {
		if n.Kind == tree.Array {
			for _, e := range n.Elems {
				p.child(e, "items")
			}
		} else {
			s.Items = p.child(n, "items")
		}
	}
	p.limit(s, []string{"additionalItems", "minItems", "maxItems", "uniqueItems"})
	if p.draft != draft4 {
		p.limit(s, []string{"contains"})
	}
	return s
}

func (p *part) object(required bool) *Schema {
	s := &Schema{Type: ObjectSchema, Required: required}
	if n := p.take("properties"); n != nil {
		if n.Kind != tree.Object {
			p.fail("properties: expected type: JsonObject, found: %s", n.Kind)
		}
		for i, name := range n.Names {
			if name != p.draft.idKeyword() || n.Elems[i].Kind == tree.Object {
				s.Properties = append(s.Properties, Property{name, p.child(n.Elems[i], name)})
			}
		}
	}
	p.additional(s)
	p.needed(s, p.take("required"))
	p.limit(s, []string{"minProperties", "maxProperties", "dependencies", "patternProperties"})
	if p.draft != draft4 {
		p.limit(s, []string{"propertyNames"})
	}
	return s
}

func (p *part) additional(s *Schema) {
	switch n := p.take("additionalProperties"); {
	case n == nil:
	case n.Kind == tree.Bool:
		s.Closed = !n.Truth
	default:
		s.Additional = p.child(n, "additionalProperties")
	}
}

func (p *part) needed(s *Schema, n *tree.Node) {
	if n == nil {
		return
	}
	if n.Kind != tree.Array {
		p.fail("required: expected type: JsonArray, found: %s", n.Kind)
	}
	s.Needed = map[string]bool{}
	for _, e := range n.Elems {
		name, ok := e.IsText()
		if !ok {
			p.fail("required: expected type: String, found: %s", e.Kind)
		}
		s.Needed[name] = true
	}
}
