package config

import "strings"

// Embed adds every key of the child under the prefix, in the child's Sorted order, into the group ("group" or "group: child's group"), numbered
// from order on. Validators, dependents and recommenders of the child see their own names. It returns an *Error where a name is taken.
func (d *Def) Embed(prefix, group string, order int, child *Def) error {
	for _, k := range child.Sorted() {
		e := *k
		e.Name = prefix + k.Name
		if k.Group != "" {
			e.Group = group + ": " + k.Group
		} else {
			e.Group = group
		}
		e.Order = order
		order++
		if k.Validator != nil {
			e.Validator = embeddedValidator{prefix, k.Validator}
		}
		if k.Recommender != nil {
			e.Recommender = embeddedRecommender{prefix, k.Recommender}
		}
		e.Dependents = nil
		for _, name := range k.Dependents {
			e.Dependents = append(e.Dependents, prefix+name)
		}
		if err := d.DefineChecked(e); err != nil {
			return err
		}
	}
	return nil
}

type embeddedValidator struct {
	prefix string
	Validator
}

func (v embeddedValidator) EnsureValid(name string, value any) error {
	return v.Validator.EnsureValid(strings.TrimPrefix(name, v.prefix), value)
}

type embeddedRecommender struct {
	prefix string
	base   Recommender
}

func (r embeddedRecommender) own(parsed map[string]any) map[string]any {
	own := map[string]any{}
	for k, v := range parsed {
		if name, ok := strings.CutPrefix(k, r.prefix); ok {
			own[name] = v
		}
	}
	return own
}

func (r embeddedRecommender) ValidValues(name string, parsed map[string]any) ([]any, error) {
	return r.base.ValidValues(strings.TrimPrefix(name, r.prefix), r.own(parsed))
}

func (r embeddedRecommender) Visible(name string, parsed map[string]any) (bool, error) {
	return r.base.Visible(strings.TrimPrefix(name, r.prefix), r.own(parsed))
}
