package transforms

import (
	"context"
	"slices"
	"strings"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/connect/data"
)

// replaceField drops and renames fields (ReplaceField).
type replaceField struct {
	part             part
	exclude, include []string
	renames, reverse map[string]string
	replaceNulls     bool
	cache            schemaCache
}

var replaceFieldKeys = config.NewDef(
	config.Key{Name: "exclude", Type: config.List, Default: []string{}, Validator: config.AnyNonDuplicateValues(true, false), Importance: config.Medium,
		Doc: "Names of fields to drop; goes before include."},
	config.Key{Name: "include", Type: config.List, Default: []string{}, Validator: config.AnyNonDuplicateValues(true, false), Importance: config.Medium,
		Doc: "Names of the only fields to keep; empty keeps all."},
	config.Key{Name: "renames", Type: config.List, Default: []string{}, Validator: config.Lambda(checkRenames, func() string { return "old:new pairs" }), Importance: config.Medium,
		Doc: "New names as old:new, by comma; applied after exclude and include."},
	replaceNull(),
)

func checkRenames(name string, value any) error {
	list, _ := value.([]string)
	for _, mapping := range list {
		if parts := splitMapping(mapping); len(parts) != 2 {
			return config.Invalid(name, list, "Invalid rename mapping: "+mapping)
		}
	}
	return nil
}

// splitMapping splits as Java's String.split(":"), which leaves out empty parts at the end.
func splitMapping(mapping string) []string {
	parts := strings.Split(mapping, ":")
	for len(parts) > 1 && parts[len(parts)-1] == "" {
		parts = parts[:len(parts)-1]
	}
	return parts
}

func replaceFieldPlugins() []connect.Plugin {
	return both("ReplaceField", "Drops fields, or keeps only some, and renames them.", replaceFieldKeys,
		func(p part) connect.Transformation { return &replaceField{part: p} })
}

func (x *replaceField) Configure(props map[string]string) error {
	values, err := replaceFieldKeys.ParseStrings(props)
	if err != nil {
		return err
	}
	x.exclude, x.include, x.replaceNulls = values.List("exclude"), values.List("include"), values.Bool(replaceNullKey)
	x.renames, x.reverse = map[string]string{}, map[string]string{}
	for _, mapping := range values.List("renames") {
		parts := splitMapping(mapping)
		x.renames[parts[0]] = parts[1]
	}
	for from, to := range x.renames {
		x.reverse[to] = from
	}
	return nil
}

func (x *replaceField) keeps(name string) bool {
	return !slices.Contains(x.exclude, name) && (len(x.include) == 0 || slices.Contains(x.include, name))
}

func renamed(names map[string]string, name string) string {
	if other, ok := names[name]; ok {
		return other
	}
	return name
}

const replacePurpose = "field replacement"

func (x *replaceField) Apply(_ context.Context, r *connect.Record) (bool, error) {
	schema, v := x.part.of(r)
	if v.IsNull() {
		return true, nil
	}
	if schema == nil {
		m, err := requireMap(v, replacePurpose)
		if err != nil {
			return false, err
		}
		b := r.Arena().Map(m.Len())
		b.JavaHashMap(m.Len())
		for i := range m.Len() {
			name, ok := m.Key(i).Text()
			if !ok {
				b.Put(m.Key(i), m.At(i))
				continue
			}
			if x.keeps(name) {
				b.Set(renamed(x.renames, name), m.At(i))
			}
		}
		x.part.set(r, nil, b.Build().Value())
		return true, nil
	}
	s, err := requireStruct(v, replacePurpose)
	if err != nil {
		return false, err
	}
	updated, err := x.cache.get(s.Schema(), x.update)
	if err != nil {
		return false, err
	}
	b := r.Arena().Struct(updated)
	for i, f := range updated.Fields() {
		from := renamed(x.reverse, f.Name)
		var value data.Value
		if x.replaceNulls {
			value, err = s.Lookup(from)
		} else {
			value, err = s.LookupRaw(from)
		}
		if err != nil {
			return false, err
		}
		b.Set(i, value)
	}
	out, err := b.BuildPartial()
	if err != nil {
		return false, err
	}
	x.part.set(r, updated, out.Value())
	return true, nil
}

func (x *replaceField) update(s *data.Schema) (*data.Schema, error) {
	b := data.NewSchema(data.StructKind).CopyBasics(s)
	for _, f := range s.Fields() {
		if x.keeps(f.Name) {
			b.Field(renamed(x.renames, f.Name), f.Schema)
		}
	}
	return b.Build()
}

func (x *replaceField) Close() error { return nil }
