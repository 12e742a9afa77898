package roles

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"

	"go.yaml.in/yaml/v3"
)

// Roles are the content of a roles file. It does not change; several goroutines may use it.
type Roles struct {
	bindings []binding
}

// rule allows verbs for the connectors whose names match one of the patterns.
type rule struct {
	patterns []string
	all      bool
	verbs    map[Verb]bool
}

// binding gives rules to people.
type binding struct {
	members map[Kind][]string
	groups  []string
	anyone  bool
	rules   []rule
}

// file is the form of a roles file, YAML or JSON.
type file struct {
	Roles map[string][]struct {
		Connectors []string `yaml:"connectors"`
		Verbs      []string `yaml:"verbs"`
	} `yaml:"roles"`
	Bindings []struct {
		Role         string   `yaml:"role"`
		Users        []string `yaml:"users"`
		Tokens       []string `yaml:"tokens"`
		Groups       []string `yaml:"groups"`
		Certificates []string `yaml:"certificates"`
		Anyone       bool     `yaml:"anyone"`
	} `yaml:"bindings"`
}

// Parse reads a roles file. Whatever is not understood is an error: a mistake must not give rights.
func Parse(text []byte) (*Roles, error) {
	var f file
	dec := yaml.NewDecoder(bytes.NewReader(text))
	dec.KnownFields(true)
	if err := dec.Decode(&f); errors.Is(err, io.EOF) {
		return nil, errors.New("it is empty: roles and bindings are needed")
	} else if err != nil {
		return nil, err
	}
	if err := dec.Decode(new(any)); !errors.Is(err, io.EOF) {
		return nil, errors.New("something follows the first document")
	}
	rules := map[string][]rule{}
	for name, given := range f.Roles {
		rules[name] = []rule{}
		for i, g := range given {
			r, err := newRule(g.Connectors, g.Verbs)
			if err != nil {
				return nil, fmt.Errorf("role %s, rule %d: %w", name, i+1, err)
			}
			rules[name] = append(rules[name], r)
		}
	}
	if len(f.Bindings) == 0 {
		return nil, errors.New("it has no bindings: nobody could do anything")
	}
	out := &Roles{}
	for i, b := range f.Bindings {
		granted, known := rules[b.Role]
		if !known {
			return nil, fmt.Errorf("binding %d: there is no role %q", i+1, b.Role)
		}
		members := map[Kind][]string{Basic: b.Users, Bearer: b.Tokens, Certificate: b.Certificates}
		for _, list := range [][]string{b.Users, b.Tokens, b.Groups, b.Certificates} {
			if slices.Contains(list, "") {
				return nil, fmt.Errorf("binding %d: an empty name", i+1)
			}
		}
		if !b.Anyone && len(b.Users)+len(b.Tokens)+len(b.Groups)+len(b.Certificates) == 0 {
			return nil, fmt.Errorf("binding %d: the role %s is given to nobody: users, tokens, groups, certificates or anyone is needed", i+1, b.Role)
		}
		out.bindings = append(out.bindings, binding{members: members, groups: b.Groups, anyone: b.Anyone, rules: granted})
	}
	return out, nil
}

func newRule(connectors, verbs []string) (rule, error) {
	r := rule{patterns: connectors, all: slices.Contains(connectors, "*"), verbs: map[Verb]bool{}}
	if len(verbs) == 0 {
		return r, errors.New("it has no verbs")
	}
	about := false
	for _, text := range verbs {
		v, ok := parseVerb(text)
		if !ok {
			return r, fmt.Errorf("there is no verb %q; view, operate, edit, offsets and admin are", text)
		}
		r.verbs[v] = true
		about = about || v != Admin
	}
	if about && len(connectors) == 0 {
		return r, errors.New("it names no connectors; * stands for all")
	}
	if slices.Contains(connectors, "") {
		return r, errors.New("an empty pattern of connectors")
	}
	return r, nil
}

func (r *Roles) permit(p Principal, verb Verb, connector string) bool {
	switch verb {
	case Open, Known:
		return true
	}
	for _, b := range r.bindings {
		if b.has(p) && slices.ContainsFunc(b.rules, func(r rule) bool { return r.permits(verb, connector) }) {
			return true
		}
	}
	return false
}

func (b binding) has(p Principal) bool {
	if b.anyone {
		return true
	}
	if p.Name == "" {
		return false
	}
	matches := func(name string) func(string) bool { return func(pattern string) bool { return match(pattern, name) } }
	if slices.ContainsFunc(b.members[p.Kind], matches(p.Name)) {
		return true
	}
	return slices.ContainsFunc(p.Groups, func(group string) bool { return slices.ContainsFunc(b.groups, matches(group)) })
}

func (r rule) permits(verb Verb, connector string) bool {
	switch verb {
	case View:
		if !r.verbs[View] && !r.verbs[Operate] && !r.verbs[Edit] && !r.verbs[Offsets] {
			return false
		}
	case Overview:
		return r.all && r.permits(View, "x")
	case Operate, Edit, Offsets:
		if !r.verbs[verb] {
			return false
		}
	case Admin:
		return r.verbs[Admin]
	default:
		return false
	}
	return connector == "" && len(r.patterns) > 0 || slices.ContainsFunc(r.patterns, func(p string) bool { return match(p, connector) })
}

// match reports whether a name fits a pattern, in which * stands for any characters, none included, and ? for one.
func match(pattern, name string) bool {
	p, n := []rune(pattern), []rune(name)
	// star and mark are where to go on when what follows the last * does not fit.
	i, j, star, mark := 0, 0, -1, 0
	for j < len(n) {
		switch {
		case i < len(p) && p[i] == '*':
			star, mark = i, j
			i++
		case i < len(p) && (p[i] == '?' || p[i] == n[j]):
			i, j = i+1, j+1
		case star >= 0:
			mark++
			i, j = star+1, mark
		default:
			return false
		}
	}
	for i < len(p) && p[i] == '*' {
		i++
	}
	return i == len(p)
}
