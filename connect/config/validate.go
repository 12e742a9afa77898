package config

import (
	"slices"

	"github.com/moldau/moldau/internal/javafmt"
)

// Value is the outcome of validating one key.
type Value struct {
	// Name is the key.
	Name string
	// Value is the parsed value, nil for null, absent or unparsable ones.
	Value any
	// RecommendedValues are proposals of the key's Recommender.
	RecommendedValues []any
	// Errors are messages for people, in the order they were found.
	Errors []string
	// Visible is false where the Recommender hides the key.
	Visible bool
}

// AddError appends a message.
func (v *Value) AddError(msg string) { v.Errors = append(v.Errors, msg) }

// Validate checks props key by key and returns one Value per declared key and one per undeclared key that some key names as its dependent, in
// Java's order (see Checked.Values). It never fails: every problem is a message of its key.
func (d *Def) Validate(props Props, options ...Option) []*Value {
	return d.ValidateAll(props, options...).Values()
}

// Checked holds the outcome of a validation by key, to which checks across several keys can add messages.
type Checked struct {
	values []*Value
	byName map[string]*Value
}

// Values returns the values in the order of the HashMap that ConfigDef.validate returns, which clients see in answers; they are shared with c.
func (c *Checked) Values() []*Value {
	names := make([]string, len(c.values))
	for i, v := range c.values {
		names[i] = v.Name
	}
	values := make([]*Value, 0, len(c.values))
	for _, i := range javafmt.HashOrder(names, hashMapCapacity) {
		values = append(values, c.values[i])
	}
	return values
}

// hashMapCapacity is the capacity of a HashMap or HashSet that was not given one.
const hashMapCapacity = 16

// Lookup returns the value of a key, or nil.
func (c *Checked) Lookup(name string) *Value { return c.byName[name] }

// Value returns the value of a key; a key without one gets an empty, visible Value at the end.
func (c *Checked) Value(name string) *Value {
	if v := c.byName[name]; v != nil {
		return v
	}
	v := &Value{Name: name, Visible: true}
	c.add(v)
	return v
}

// ErrorCount returns the number of messages of all keys.
func (c *Checked) ErrorCount() int {
	n := 0
	for _, v := range c.values {
		n += len(v.Errors)
	}
	return n
}

// AddNullErrors gives every key that was given as null the message of the REST API.
func (c *Checked) AddNullErrors(props Props) {
	for _, name := range props.Keys() {
		if props[name] == nil {
			c.Value(name).AddError("Null value can not be supplied as the configuration value.")
		}
	}
}

func (c *Checked) add(v *Value) {
	c.values = append(c.values, v)
	c.byName[v.Name] = v
}

// ValidateAll is Validate with the values by key.
func (d *Def) ValidateAll(props Props, options ...Option) *Checked {
	v := validation{Def: d, reading: newReading(options), props: props, parsed: map[string]any{}}
	v.checked = &Checked{byName: make(map[string]*Value, len(d.keys))}
	for _, k := range d.keys {
		v.checked.add(&Value{Name: k.Name, Visible: true})
	}
	for _, name := range d.undefinedDependents() {
		v.checked.add(&Value{Name: name, Errors: []string{name + " is referred in the dependents, but not defined."}})
	}
	roots := d.withoutParent()
	for _, k := range roots {
		v.parse(k, nil)
	}
	for _, k := range roots {
		v.recommend(k, nil)
	}
	return v.checked
}

// undefinedDependents returns the names that keys give as dependents without a declaration.
func (d *Def) undefinedDependents() []string {
	var names []string
	for _, k := range d.keys {
		for _, name := range k.Dependents {
			if d.byName[name] == nil && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}

// withoutParent returns the keys that are nobody's dependents: validation starts there and follows the dependents, so a key is parsed after
// the one it depends on, and once per path that leads to it.
func (d *Def) withoutParent() []*Key {
	children := map[string]bool{}
	for _, k := range d.keys {
		for _, name := range k.Dependents {
			children[name] = true
		}
	}
	var roots []*Key
	for _, k := range d.keys {
		if !children[k.Name] {
			roots = append(roots, k)
		}
	}
	return roots
}

type validation struct {
	*Def
	*reading
	props   Props
	parsed  map[string]any
	checked *Checked
}

// parse reads one key and its dependents. path holds the keys above it, so that a circle of dependents ends.
func (v *validation) parse(k *Key, path []*Key) {
	out := v.checked.Lookup(k.Name)
	var value any
	if v.props.Has(k.Name) {
		parsed, err := ParseType(k.Name, anyText(v.props[k.Name]), k.Type, k.resolver(v.classes))
		if err != nil {
			out.AddError(err.Error())
		}
		value = parsed
	} else if k.Required() {
		out.AddError(missing(k.Name))
	} else {
		value = k.Default
	}
	if k.Validator != nil {
		if err := k.Validator.EnsureValid(k.Name, value); err != nil {
			out.AddError(err.Error())
		}
	}
	out.Value = value
	v.parsed[k.Name] = value
	v.follow(k, path, v.parse)
}

// recommend asks the recommenders of one key and its dependents. A key reached twice keeps the values that all agree on.
func (v *validation) recommend(k *Key, path []*Key) {
	if k.Recommender != nil {
		out := v.checked.Lookup(k.Name)
		if err := ask(k, out, v.parsed); err != nil {
			out.AddError(err.Error())
		}
	}
	v.follow(k, path, v.recommend)
}

func ask(k *Key, out *Value, parsed map[string]any) error {
	values, err := k.Recommender.ValidValues(k.Name, parsed)
	if err != nil {
		return err
	}
	if before := out.RecommendedValues; len(before) > 0 {
		values = slices.DeleteFunc(slices.Clone(values), func(a any) bool {
			return !slices.ContainsFunc(before, func(b any) bool { return Text(a) == Text(b) })
		})
	}
	out.RecommendedValues = values
	out.Visible, err = k.Recommender.Visible(k.Name, parsed)
	return err
}

func (v *validation) follow(k *Key, path []*Key, step func(*Key, []*Key)) {
	if len(k.Dependents) == 0 || slices.Contains(path, k) {
		return
	}
	path = append(slices.Clone(path), k)
	for _, name := range k.Dependents {
		if child := v.byName[name]; child != nil {
			step(child, path)
		}
	}
}
