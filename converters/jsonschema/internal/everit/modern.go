package everit

import (
	"maps"
	"slices"

	"github.com/moldau/moldau/converters/jsonschema/internal/tree"
	"github.com/moldau/moldau/internal/javafmt"
)

// modern understands the object as Confluent's translation from the library json-sKema does, which knows the drafts 2019-09 and 2020-12: each
// keyword is a schema of its own, and they are joined, one after the other.
func (p *part) modern() *Schema {
	var joined *Schema
	add := func(s *Schema) {
		if s != nil && p.err == nil {
			joined = join(joined, s, nil)
		}
	}
	// The library has the members in a HashMap, whose order decides what is joined with what.
	for _, i := range javafmt.HashOrder(p.node.Names, javafmt.DefaultCapacity) {
		add(p.keyword(p.node.Names[i], p.node.Elems[i]))
	}
	if n := p.take("properties"); n != nil {
		if n.Kind != tree.Object {
			p.fail("properties: expected an object, found %s", n.Kind)
		}
		x := &Schema{Type: ObjectSchema}
		for i, name := range n.Names {
			x.Properties = append(x.Properties, Property{name, p.child(n.Elems[i], name)})
		}
		if len(n.Names) > 0 {
			add(x)
		}
	}
	switch {
	case joined == nil || isGenerated(joined, AllOf) && len(joined.Members) == 0:
		return &Schema{Type: EmptySchema}
	case isGenerated(joined, AllOf) && len(joined.Members) == 1:
		joined = joined.Members[0]
	}
	// What describes the object is no part of the schemas that were joined.
	out := *joined
	return &out
}

// restricting are the keywords that say no more than which values of a type are allowed.
var restricting = map[string]Type{
	"minimum": NumberSchema, "maximum": NumberSchema, "exclusiveMinimum": NumberSchema, "exclusiveMaximum": NumberSchema, "multipleOf": NumberSchema,
	"minLength": StringSchema, "maxLength": StringSchema, "pattern": StringSchema,
	"minItems": ArraySchema, "maxItems": ArraySchema, "uniqueItems": ArraySchema, "contains": ArraySchema, "prefixItems": ArraySchema,
	"unevaluatedItems": ArraySchema, "minProperties": ObjectSchema, "maxProperties": ObjectSchema, "patternProperties": ObjectSchema,
	"propertyNames": ObjectSchema, "dependentRequired": ObjectSchema, "dependentSchemas": ObjectSchema, "unevaluatedProperties": ObjectSchema,
}

// keyword returns the schema that a member stands for, nil where it is none.
func (p *part) keyword(name string, n *tree.Node) *Schema {
	if t, ok := restricting[name]; ok {
		s := &Schema{Type: t}
		p.limit(s, []string{name})
		return s
	}
	switch name {
	case "$ref":
		if ref := p.text(name); ref != nil {
			return p.reference(*ref)
		}
	case "type":
		return p.modernType(p.take(name))
	case "enum":
		return &Schema{Type: EnumSchema, Values: p.take(name).Elems}
	case "const":
		return &Schema{Type: ConstSchema, Values: []*tree.Node{p.take(name)}}
	case "not":
		return &Schema{Type: NotSchema, Target: p.child(p.take(name), name)}
	case "if":
		return &Schema{Type: ConditionalSchema}
	case "required":
		s := &Schema{Type: ObjectSchema}
		p.needed(s, p.take(name))
		return s
	case "additionalProperties":
		s := &Schema{Type: ObjectSchema}
		p.additional(s)
		return s
	case "items":
		s := &Schema{Type: ArraySchema}
		if p.take(name); n.Kind == tree.Object && p.node.Get("prefixItems") == nil {
			s.Items = p.child(n, name)
		}
		return s
	case "allOf", "anyOf", "oneOf":
		return p.modernCombined(name, p.take(name))
	case "format", "readOnly", "writeOnly":
		return &Schema{Type: CombinedSchema, Criterion: AllOf, Generated: true}
	}
	return nil
}

func (p *part) modernType(n *tree.Node) *Schema {
	plain := func(n *tree.Node) *Schema {
		name, _ := n.IsText()
		switch name {
		case "string":
			return &Schema{Type: StringSchema, Required: true}
		case "integer", "number":
			return &Schema{Type: NumberSchema, Required: true, Integer: name == "integer"}
		case "boolean":
			return &Schema{Type: BooleanSchema}
		case "null":
			return &Schema{Type: NullSchema}
		case "array":
			return &Schema{Type: ArraySchema, Required: true}
		case "object":
			return &Schema{Type: ObjectSchema, Required: true}
		}
		p.fail("unknown type: [%s]", n)
		return nil
	}
	if n.Kind != tree.Array {
		return plain(n)
	}
	s := &Schema{Type: CombinedSchema, Criterion: AnyOf, Generated: true}
	for _, e := range n.Elems {
		s.Members = append(s.Members, plain(e))
	}
	return s
}

func (p *part) modernCombined(name string, n *tree.Node) *Schema {
	criterion := map[string]Criterion{"allOf": AllOf, "anyOf": AnyOf, "oneOf": OneOf}[name]
	s := &Schema{Type: CombinedSchema, Criterion: criterion}
	if n.Kind != tree.Array {
		p.fail("%s: expected an array, found %s", name, n.Kind)
	}
	for _, e := range n.Elems {
		if m := p.child(e, name); p.err == nil {
			s = join(s, m, &criterion)
		}
	}
	return s
}

func isGenerated(s *Schema, c Criterion) bool {
	return s.Type == CombinedSchema && s.Generated && s.Criterion == c
}

// join returns a schema that stands for two. of is the keyword whose members they are, nil for keywords of one object.
func join(a, b *Schema, of *Criterion) *Schema {
	switch {
	case a == nil:
		return b
	case mergeable(a, b):
		return merge(a, b)
	case isGenerated(a, AnyOf) && contains(a.Members, b.Type):
		return &Schema{Type: CombinedSchema, Criterion: AnyOf, Generated: true, Members: gather(slices.Clone(a.Members), b)}
	case isGenerated(b, AnyOf) && contains(b.Members, a.Type):
		return &Schema{Type: CombinedSchema, Criterion: AnyOf, Generated: true, Members: gather(slices.Clone(b.Members), a)}
	case of != nil && a.Type == CombinedSchema:
		return &Schema{Type: CombinedSchema, Criterion: *of, Members: slices.Concat(a.Members, flatten(b))}
	}
	var members []*Schema
	for _, m := range slices.Concat(flatten(a), flatten(b)) {
		members = gather(members, m)
	}
	return &Schema{Type: CombinedSchema, Criterion: AllOf, Generated: true, Members: members}
}

func contains(members []*Schema, t Type) bool {
	return slices.ContainsFunc(members, func(m *Schema) bool { return m.Type == t })
}

// flatten returns the members of a schema that no keyword stands for, else the schema.
func flatten(s *Schema) []*Schema {
	if isGenerated(s, AllOf) {
		return s.Members
	}
	return []*Schema{s}
}

func mergeable(a, b *Schema) bool {
	return a.Type == b.Type && (a.Type == ArraySchema || a.Type == NumberSchema || a.Type == ObjectSchema || a.Type == StringSchema)
}

// gather adds a schema to others, merged with the first of its type.
func gather(members []*Schema, s *Schema) []*Schema {
	for i, m := range members {
		if mergeable(m, s) {
			members[i] = merge(m, s)
			return members
		}
	}
	return append(members, s)
}

// merge returns a schema with what two of one type say; b wins.
func merge(a, b *Schema) *Schema {
	out := *a
	out.Properties = slices.Clone(a.Properties)
	out.Required, out.Integer, out.Closed = a.Required || b.Required, a.Integer || b.Integer, a.Closed || b.Closed
	if b.Items != nil {
		out.Items = b.Items
	}
	if b.Additional != nil {
		out.Additional = b.Additional
	}
	if len(a.Properties) == 0 {
		out.Properties = b.Properties
	} else {
		for _, x := range b.Properties {
			out.put(x.Name, x.Schema)
		}
	}
	if b.Needed != nil {
		out.Needed = maps.Clone(b.Needed)
		maps.Copy(out.Needed, a.Needed)
	}
	if b.Limits != nil {
		out.Limits = maps.Clone(b.Limits)
		for name, n := range a.Limits {
			if out.Limits[name] == nil {
				out.Limits[name] = n
			}
		}
	}
	describe := func(to **string, from *string) {
		if from != nil {
			*to = from
		}
	}
	describe(&out.Title, b.Title)
	describe(&out.Doc, b.Doc)
	describe(&out.ID, b.ID)
	describe(&out.ConnectType, b.ConnectType)
	if b.Default != nil {
		out.Default = b.Default
	}
	if b.ConnectIndex != nil {
		out.ConnectIndex = b.ConnectIndex
	}
	if b.ConnectVersion != nil {
		out.ConnectVersion = b.ConnectVersion
	}
	if b.Params != nil {
		out.Params = b.Params
	}
	return &out
}
