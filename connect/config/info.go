package config

import "slices"

// The types of this file are the JSON of GET /connector-plugins/{p}/config and PUT /connector-plugins/{p}/config/validate (Kafka Connect's
// ConfigInfos and what it holds).

// KeyInfo is the declaration of a key.
type KeyInfo struct {
	Name          string   `json:"name"`
	Type          string   `json:"type"`
	Required      bool     `json:"required"`
	DefaultValue  *string  `json:"default_value"`
	Importance    string   `json:"importance"`
	Documentation string   `json:"documentation"`
	Group         *string  `json:"group"`
	Width         string   `json:"width"`
	DisplayName   string   `json:"display_name"`
	Dependents    []string `json:"dependents"`
	OrderInGroup  int      `json:"order_in_group"`
}

// ValueInfo is the outcome of validating a key.
type ValueInfo struct {
	Name              string   `json:"name"`
	Value             *string  `json:"value"`
	RecommendedValues []string `json:"recommended_values"`
	Errors            []string `json:"errors"`
	Visible           bool     `json:"visible"`
}

// Info is one key of an answer: Definition is nil for a key nobody declared, Value for one that was not validated.
type Info struct {
	Definition *KeyInfo   `json:"definition"`
	Value      *ValueInfo `json:"value"`
}

// Infos is the whole answer to a validation.
type Infos struct {
	Name       string   `json:"name"`
	ErrorCount int      `json:"error_count"`
	Groups     []string `json:"groups"`
	Configs    []Info   `json:"configs"`
}

// Info returns the declaration in the form of the REST API. The prefix is put before the name.
func (k *Key) Info(prefix string) *KeyInfo {
	info := &KeyInfo{
		Name: prefix + k.Name, Type: k.Type.String(), Required: k.Required(), Importance: k.Importance.String(), Documentation: k.Doc,
		Width: k.Width.String(), DisplayName: k.DisplayName, Dependents: notNil(k.Dependents), OrderInGroup: k.Order,
	}
	if k.Group != "" {
		info.Group = &k.Group
	}
	if !k.Required() {
		// A default was converted to the type when the key was declared, so this cannot fail.
		info.DefaultValue, _ = ConvertToString(k.Default, k.Type)
	}
	return info
}

// KeyInfos returns the declarations of all keys in the form of the REST API, in order.
func (d *Def) KeyInfos() []*KeyInfo {
	infos := make([]*KeyInfo, len(d.keys))
	for i, k := range d.keys {
		infos[i] = k.Info("")
	}
	return infos
}

// Info returns the outcome in the form of the REST API. t is the type of the key, nil for a key nobody declared. The prefix is put before
// the name.
func (v *Value) Info(prefix string, t *Type) *ValueInfo {
	text := func(value any) *string {
		if t != nil {
			if s, err := ConvertToString(value, *t); err == nil {
				return s
			}
		}
		if value == nil {
			return nil
		}
		s := Text(value)
		return &s
	}
	info := &ValueInfo{Name: prefix + v.Name, Value: text(v.Value), RecommendedValues: []string{}, Errors: notNil(v.Errors), Visible: v.Visible}
	for _, r := range v.RecommendedValues {
		if s := text(r); s != nil {
			info.RecommendedValues = append(info.RecommendedValues, *s)
		}
	}
	return info
}

// Infos joins declarations and outcomes into an answer: first the outcomes of undeclared keys in the order given, then every key of d in order. Of
// several outcomes of one declared key the last counts, as where a connector replaces a common check by its own. name is the connector class as
// the client gave it.
func (d *Def) Infos(name string, values []*Value, groups []string) *Infos {
	infos := &Infos{Name: name, Groups: notNil(groups), Configs: []Info{}}
	byName := make(map[string]*Value, len(values))
	for _, v := range values {
		byName[v.Name] = v
		if d.Lookup(v.Name) == nil {
			infos.ErrorCount += len(v.Errors)
			infos.Configs = append(infos.Configs, Info{Value: v.Info("", nil)})
		}
	}
	for _, k := range d.keys {
		info := Info{Definition: k.Info("")}
		if v := byName[k.Name]; v != nil {
			infos.ErrorCount += len(v.Errors)
			info.Value = v.Info("", &k.Type)
		}
		infos.Configs = append(infos.Configs, info)
	}
	return infos
}

// PrefixedInfos is the part of an answer that a converter or client contributes: outcomes and declarations under the prefix, all visible, in the
// order of the outcomes. Unlike in Infos the count is that of keys with messages.
func (d *Def) PrefixedInfos(prefix string, values []*Value) *Infos {
	infos := &Infos{Groups: []string{}, Configs: []Info{}}
	for _, v := range values {
		shown := *v
		shown.Visible = true
		info := Info{}
		if k := d.Lookup(v.Name); k != nil {
			if k.Group != "" && !slices.Contains(infos.Groups, k.Group) {
				infos.Groups = append(infos.Groups, k.Group)
			}
			info = Info{Definition: k.Info(prefix), Value: shown.Info(prefix, &k.Type)}
		} else {
			info.Value = shown.Info(prefix, nil)
		}
		if len(v.Errors) > 0 {
			infos.ErrorCount++
		}
		infos.Configs = append(infos.Configs, info)
	}
	return infos
}

// Merge appends the keys, counts and new groups of further parts to an answer; nil parts are passed over.
func (i *Infos) Merge(parts ...*Infos) {
	for _, p := range parts {
		if p == nil {
			continue
		}
		i.ErrorCount += p.ErrorCount
		i.Configs = append(i.Configs, p.Configs...)
		for _, g := range p.Groups {
			if !slices.Contains(i.Groups, g) {
				i.Groups = append(i.Groups, g)
			}
		}
	}
}

// Override returns a Def of the keys of d in their order, with those of other in their place or behind them, and the groups of both: how the
// keys of a connector replace the common ones.
func (d *Def) Override(other *Def) *Def {
	c := d.Clone()
	for _, k := range other.keys {
		if old := c.byName[k.Name]; old != nil {
			c.keys[slices.Index(c.keys, old)] = k
		} else {
			c.keys = append(c.keys, k)
		}
		c.byName[k.Name] = k
	}
	for _, g := range other.groups {
		if !slices.Contains(c.groups, g) {
			c.groups = append(c.groups, g)
		}
	}
	return c
}

func notNil(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}
