package everit

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/moldau/moldau/converters/jsonschema/internal/tree"
)

// resolve returns a reference as an absolute one.
func resolve(base, ref string) string {
	if base == "" {
		return ref
	}
	b, err := url.Parse(base)
	if err != nil {
		return ref
	}
	r, err := url.Parse(ref)
	if err != nil {
		return ref
	}
	if b.Scheme == "urn" || b.Scheme == "tag" {
		if strings.HasPrefix(ref, "#") {
			return strings.TrimSuffix(base, "#") + ref
		}
		return ref
	}
	return b.ResolveReference(r).String()
}

// reference returns a reference, whose target is understood now unless it was before. References to one text have one target.
func (p *part) reference(ref string) *Schema {
	s := &Schema{Type: ReferenceSchema, Ref: ref}
	abs := resolve(p.at.base, ref)
	if p.draft == modern && abs == "" {
		abs = "#"
	}
	if target := p.known[abs]; target != nil {
		s.Target = target
		return s
	}
	n, at := p.find(ref, abs)
	if n == nil {
		p.fail("%s refers to what is neither in the schema nor among its references in the registry", ref)
		return s
	}
	// Those who refer to it while it is being understood get the schema it will be.
	s.Target = &Schema{}
	p.known[abs] = s.Target
	target, err := p.load(n, at, p.depth)
	if err != nil {
		p.fail("%s: %w", ref, err)
		return s
	}
	*s.Target = *target
	return s
}

// find returns the text that a reference names, nil for none.
func (p *part) find(ref, abs string) (*tree.Node, scope) {
	if n := p.byID(p.at.document, abs); n != nil {
		return n, p.at
	}
	if strings.HasPrefix(ref, "#") {
		if n := p.byID(p.at.document, ref); n != nil {
			return n, p.at
		}
		return p.pointer(p.at.document, ref[1:]), p.at
	}
	for _, name := range []string{abs, ref} {
		before, fragment, _ := strings.Cut(name, "#")
		if before == p.at.base && before != "" {
			return p.pointer(p.at.document, fragment), p.at
		}
		for _, known := range []string{before, strings.TrimPrefix(before, "./"), before + "#"} {
			doc := p.documents[known]
			if doc == nil {
				continue
			}
			at := scope{document: doc, base: before}
			if fragment == "" {
				return doc, at
			}
			if n := p.byID(doc, "#"+fragment); n != nil {
				return n, at
			}
			return p.pointer(doc, fragment), at
		}
	}
	return nil, scope{}
}

// byID finds a text of a document by its id or anchor.
func (l *loader) byID(document *tree.Node, id string) *tree.Node {
	ids := l.ids[document]
	if ids == nil {
		ids = map[string]*tree.Node{}
		l.collect(document, ids)
		l.ids[document] = ids
	}
	return ids[id]
}

func (l *loader) collect(n *tree.Node, ids map[string]*tree.Node) {
	if n.Kind == tree.Object {
		if id, ok := n.Get(l.draft.idKeyword()).IsText(); ok {
			ids[id] = n
		}
		if l.draft == modern {
			for _, name := range []string{"$anchor", "$dynamicAnchor"} {
				if anchor, ok := n.Get(name).IsText(); ok {
					ids["#"+anchor] = n
				}
			}
		}
	}
	for _, e := range n.Elems {
		l.collect(e, ids)
	}
}

// pointer follows a JSON pointer. What Java's library takes for no pointer is the whole document, in drafts up to 7.
func (l *loader) pointer(n *tree.Node, pointer string) *tree.Node {
	head, rest, nested := strings.Cut(pointer, "/")
	if head != "" && l.draft == modern {
		return nil
	}
	if !nested {
		return n
	}
	tokens := strings.Split(rest, "/")
	for i, token := range tokens {
		if text, err := url.QueryUnescape(token); err == nil {
			token = text
		}
		token = strings.ReplaceAll(strings.ReplaceAll(token, "~1", "/"), "~0", "~")
		next := l.get(n, token)
		switch {
		case n.Kind == tree.Array:
			if i, err := strconv.Atoi(token); err == nil && i >= 0 && i < len(n.Elems) {
				next = n.Elems[i]
			}
		case i == 0 && token == "$defs":
			// What stands in definitions is found in $defs too.
			if definitions := l.get(n, "definitions"); next == nil || len(tokens) > 1 && definitions != nil && l.get(next, tokens[1]) == nil {
				next = definitions
			}
		}
		if n = next; n == nil {
			return nil
		}
	}
	return n
}

// get is Node.Get, with an index for objects of many members.
func (l *loader) get(n *tree.Node, name string) *tree.Node {
	if len(n.Names) <= 16 {
		return n.Get(name)
	}
	member := l.members[n]
	if member == nil {
		member = n.Members()
		l.members[n] = member
	}
	return member(name)
}
