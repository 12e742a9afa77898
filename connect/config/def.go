package config

import (
	"cmp"
	"slices"
)

// Def is a set of key declarations in the order they were made. It is immutable once shared: Define, Embed and the like belong to its
// construction; Parse, Validate and the readers may be used from any goroutine after it.
type Def struct {
	keys   []*Key
	byName map[string]*Key
	groups []string
}

// NewDef returns a Def of the keys. It panics as Define does.
func NewDef(keys ...Key) *Def {
	d := &Def{byName: make(map[string]*Key, len(keys))}
	for _, k := range keys {
		d.Define(k)
	}
	return d
}

// Define adds a key and returns d. It panics with an *Error where the key is declared twice or its default is wrong, since both are mistakes
// of the program; DefineChecked is for keys that come from outside.
func (d *Def) Define(k Key) *Def {
	if err := d.DefineChecked(k); err != nil {
		panic(err)
	}
	return d
}

// DefineChecked adds a key, or returns the *Error that Java's define would throw.
func (d *Def) DefineChecked(k Key) error {
	if d.byName[k.Name] != nil {
		return Failed("Configuration " + k.Name + " is defined twice.")
	}
	if k.Group == "" && k.Order == 0 {
		k.Order = -1
	}
	if k.DisplayName == "" {
		k.DisplayName = k.Name
	}
	if !k.Required() {
		value, err := ParseType(k.Name, goConstant(k.Default, k.Type), k.Type, nil)
		if err != nil {
			return err
		}
		if k.Validator != nil {
			if err := k.Validator.EnsureValid(k.Name, value); err != nil {
				return err
			}
		}
		k.Default = value
	}
	if k.Group != "" && !slices.Contains(d.groups, k.Group) {
		d.groups = append(d.groups, k.Group)
	}
	d.keys = append(d.keys, &k)
	d.byName[k.Name] = &k
	return nil
}

// goConstant gives untyped Go constants the width of the type, so that Default: 5 works for every numeric type.
func goConstant(v any, t Type) any {
	i, ok := v.(int)
	if !ok {
		return v
	}
	switch {
	case t == Int && int(int32(i)) == i:
		return int32(i)
	case t == Short && int(int16(i)) == i:
		return int16(i)
	case t == Long:
		return int64(i)
	case t == Double:
		return float64(i)
	}
	return v
}

// Keys returns the keys in the order they were declared. The keys are shared: do not change them.
func (d *Def) Keys() []*Key { return slices.Clone(d.keys) }

// Names returns the names in the order they were declared.
func (d *Def) Names() []string {
	names := make([]string, len(d.keys))
	for i, k := range d.keys {
		names[i] = k.Name
	}
	return names
}

// Lookup returns the key of that name, or nil. The key is shared: do not change it.
func (d *Def) Lookup(name string) *Key { return d.byName[name] }

// Groups returns the groups in the order they first appeared.
func (d *Def) Groups() []string { return slices.Clone(d.groups) }

// Clone returns a Def with the same keys to which more can be added.
func (d *Def) Clone() *Def {
	c := &Def{keys: slices.Clone(d.keys), byName: make(map[string]*Key, len(d.keys)), groups: slices.Clone(d.groups)}
	for _, k := range d.keys {
		c.byName[k.Name] = k
	}
	return c
}

// For returns the declaration that a worker shows and checks for a configuration: without the keys beyond Java's that it does not set.
func (d *Def) For(props Props) *Def {
	if !slices.ContainsFunc(d.keys, func(k *Key) bool { return k.Beyond && !props.Has(k.Name) }) {
		return d
	}
	rest := &Def{byName: make(map[string]*Key, len(d.keys))}
	for _, k := range d.keys {
		if k.Beyond && !props.Has(k.Name) {
			continue
		}
		rest.keys = append(rest.keys, k)
		rest.byName[k.Name] = k
		if k.Group != "" && !slices.Contains(rest.groups, k.Group) {
			rest.groups = append(rest.groups, k.Group)
		}
	}
	return rest
}

// Sorted returns the keys for reading: without group first, then by group, order, required first, importance, name.
func (d *Def) Sorted() []*Key {
	place := make(map[string]int, len(d.groups))
	for i, g := range d.groups {
		place[g] = i + 1
	}
	keys := slices.Clone(d.keys)
	slices.SortStableFunc(keys, func(a, b *Key) int {
		required := func(k *Key) int {
			if k.Required() {
				return 0
			}
			return 1
		}
		return cmp.Or(
			cmp.Compare(place[a.Group], place[b.Group]),
			cmp.Compare(a.Order, b.Order),
			cmp.Compare(required(a), required(b)),
			cmp.Compare(b.Importance, a.Importance),
			cmp.Compare(a.Name, b.Name))
	})
	return keys
}
