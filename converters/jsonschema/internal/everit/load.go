package everit

import (
	"errors"
	"fmt"
	"strings"

	"github.com/moldau/moldau/converters/jsonschema/internal/tree"
)

// The limits of what a schema may be: how deep its parts may nest and how many there may be, counting those it refers to.
const (
	maxDepth   = 500
	mostLoaded = 100_000
)

// draft is a version of JSON Schema, as far as texts of it are understood differently.
type draft uint8

const (
	draft4 draft = iota
	draft6
	draft7
	// modern is 2019-09 and 2020-12.
	modern
)

// draftOf returns the draft that a text names; those that name none are of draft 7. old takes the modern ones for draft 7.
func draftOf(root *tree.Node, old bool) draft {
	name, _ := root.Get("$schema").IsText()
	_, name, _ = strings.Cut(name, "json-schema.org/")
	switch name = strings.TrimSuffix(name, "#"); {
	case strings.HasPrefix(name, "draft-04/schema"), strings.HasPrefix(name, "schema"):
		return draft4
	case strings.HasPrefix(name, "draft-06/schema"):
		return draft6
	case (name == "draft/2019-09/schema" || name == "draft/2020-12/schema") && !old:
		return modern
	}
	return draft7
}

// IsModern reports whether a text is of a draft behind draft 7.
func IsModern(root *tree.Node) bool { return draftOf(root, false) == modern }

func (d draft) idKeyword() string {
	if d == draft4 {
		return "id"
	}
	return "$id"
}

// Load understands a text as a schema. documents are those it may refer to, by name. old takes texts of the modern drafts for draft 7.
func Load(root *tree.Node, documents map[string]*tree.Node, old bool) (*Schema, error) {
	l := loader{draft: draftOf(root, old), documents: map[string]*tree.Node{}, known: map[string]*Schema{}, ids: map[*tree.Node]map[string]*tree.Node{}, members: map[*tree.Node]func(string) *tree.Node{}}
	switch root.Kind {
	case tree.Bool:
	case tree.Object:
	default:
		return nil, errors.New("Invalid JSON schema: expected an object or boolean at the root, found " + string(root.Kind))
	}
	base := ""
	if id, ok := root.Get(l.draft.idKeyword()).IsText(); ok {
		base = id
	}
	for name, doc := range documents {
		l.documents[name] = doc
		l.documents[resolve(base, name)] = doc
	}
	return l.load(root, scope{document: root}, 0)
}

// loader makes schemas of texts.
type loader struct {
	draft     draft
	documents map[string]*tree.Node
	// known are the targets of references, by their absolute names.
	known map[string]*Schema
	ids   map[*tree.Node]map[string]*tree.Node
	// members finds the members of large objects.
	members map[*tree.Node]func(string) *tree.Node
	count   int
}

// scope is the place of a text: the document it stands in, and the name that references in it are relative to.
type scope struct {
	document *tree.Node
	base     string
}

func (l *loader) load(n *tree.Node, at scope, depth int) (*Schema, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("the schema is nested deeper than %d levels", maxDepth)
	}
	if l.count++; l.count > mostLoaded {
		return nil, fmt.Errorf("the schema consists of more than %d schemas", mostLoaded)
	}
	switch n.Kind {
	case tree.Bool:
		if n.Truth {
			return &Schema{Type: TrueSchema}, nil
		}
		return &Schema{Type: FalseSchema}, nil
	case tree.Object:
		if id, ok := n.Get(l.draft.idKeyword()).IsText(); ok {
			at.base = resolve(at.base, id)
		}
		p := part{loader: l, node: n, at: at, depth: depth + 1, used: map[string]bool{}}
		var s *Schema
		if l.draft == modern {
			s = p.modern()
		} else {
			s = p.extract()
		}
		if p.err == nil {
			p.describe(s)
		}
		return s, p.err
	}
	return nil, fmt.Errorf("expected a schema, which is an object or a boolean, found %s", n.Kind)
}

// part is an object of a text that is understood as a schema. The first error stays in err.
type part struct {
	*loader
	node  *tree.Node
	at    scope
	depth int
	// used are the members that were understood.
	used map[string]bool
	err  error
}

func (p *part) fail(format string, args ...any) {
	if p.err == nil {
		p.err = fmt.Errorf(format, args...)
	}
}

// take returns a member that was not used yet, nil where there is none.
func (p *part) take(name string) *tree.Node {
	if p.used[name] {
		return nil
	}
	n := p.node.Get(name)
	if n != nil {
		p.used[name] = true
	}
	return n
}

func (p *part) text(name string) *string {
	n := p.take(name)
	if n == nil {
		return nil
	}
	if n.Kind != tree.String {
		p.fail("%s: expected type: String, found: %s", name, n.Kind)
		return nil
	}
	return &n.Text
}

func (p *part) child(n *tree.Node, name string) *Schema {
	if p.err != nil {
		return nil
	}
	s, err := p.load(n, p.at, p.depth)
	if err != nil {
		p.err = fmt.Errorf("%s: %w", name, err)
	}
	return s
}

// The keywords of the types: one of them is enough for values of a type to be restricted.
var (
	numberKeywords = []string{"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"}
	stringKeywords = []string{"minLength", "maxLength", "pattern", "format"}
	arrayKeywords  = []string{"items", "additionalItems", "minItems", "maxItems", "uniqueItems"}
	objectKeywords = []string{"properties", "required", "minProperties", "maxProperties", "dependencies", "patternProperties", "additionalProperties"}
)

func (p *part) hasAny(names []string) bool {
	for _, name := range names {
		if !p.used[name] && p.node.Get(name) != nil {
			return true
		}
	}
	return false
}

// limit keeps what restricts values.
func (p *part) limit(s *Schema, names []string) {
	for _, name := range names {
		if n := p.take(name); n != nil {
			if s.Limits == nil {
				s.Limits = map[string]*tree.Node{}
			}
			s.Limits[name] = n
		}
	}
}

// describe adds what schemas of every type may have.
func (p *part) describe(s *Schema) {
	set := func(to **string, name string) {
		if text := p.text(name); text != nil {
			*to = text
		}
	}
	set(&s.ID, p.draft.idKeyword())
	set(&s.Title, "title")
	set(&s.Doc, "description")
	if def := p.take("default"); def != nil {
		s.Default = def
	}
	p.connect(s)
}

// connect reads the members that Connect's converters write.
func (p *part) connect(s *Schema) {
	wrong := func(name, want string, n *tree.Node) {
		if n.Kind != tree.Null {
			s.Wrong = fmt.Errorf("%s is %s, not %s", name, n.Kind, want)
		}
	}
	for name, to := range map[string]**int32{"connect.index": &s.ConnectIndex, "connect.version": &s.ConnectVersion} {
		if n := p.take(name); n != nil {
			if x, ok := n.Int32(); ok {
				*to = &x
			} else {
				wrong(name, "an integer", n)
			}
		}
	}
	if n := p.take("connect.type"); n != nil {
		if n.Kind == tree.String {
			s.ConnectType = &n.Text
		} else {
			wrong("connect.type", "a string", n)
		}
	}
	if n := p.take("connect.parameters"); n != nil {
		if n.Kind != tree.Object {
			wrong("connect.parameters", "an object", n)
			return
		}
		s.Params = []Param{}
		for i, name := range n.Names {
			if n.Elems[i].Kind != tree.String {
				wrong("connect.parameters."+name, "a string", n.Elems[i])
				continue
			}
			s.Params = append(s.Params, Param{name, n.Elems[i].Text})
		}
	}
}
