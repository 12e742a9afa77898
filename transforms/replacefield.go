package transforms

import (
	"cmp"
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
	plans            bySchema[replacePlan]
	entries          byShape[[]replacedEntry]
}

// replacePlan is what becomes of a schema.
type replacePlan struct {
	schema *data.Schema
	// from holds for each field the index of the one it comes from, -1 where there is none.
	from []int
}

// replacedEntry is an entry of a map that is kept, with its new name.
type replacedEntry struct {
	from int
	name string
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
		x.replaceEntries(&b, m)
		x.part.set(r, nil, b.Build().Value())
		return true, nil
	}
	s, err := requireStruct(v, replacePurpose)
	if err != nil {
		return false, err
	}
	plan, err := x.plans.get(s.Schema(), x.plan)
	if err != nil {
		return false, err
	}
	b, row := r.Arena().Struct(plan.schema), s.Row()
	for i, from := range plan.from {
		if from < 0 {
			// Two renames to one name lead back from it to a single field, which this struct may lack.
			_, err := s.Lookup(renamed(x.reverse, plan.schema.Fields()[i].Name))
			return false, cmp.Or(b.Err(), err)
		}
		copyField(&b, i, s, row, from, x.replaceNulls)
	}
	out, err := b.BuildPartial()
	if err != nil {
		return false, err
	}
	x.part.set(r, plan.schema, out.Value())
	return true, nil
}

// replaceEntries puts the entries of a map that are kept. Where two get one name the one that Java comes to last wins.
func (x *replaceField) replaceEntries(b *data.MapBuilder, m *data.Map) {
	if s, ok := shapeOf(m); ok {
		row := m.Row()
		// No error is possible.
		entries, _ := x.entries.get(s, func(shape) ([]replacedEntry, error) { return x.kept(m), nil })
		for _, e := range entries {
			b.Copy(e.name, row, e.from)
		}
		return
	}
	for _, i := range m.JavaOrder() {
		name, ok := m.Key(i).Text()
		if !ok {
			b.Put(m.Key(i), m.At(i))
		} else if x.keeps(name) {
			b.Set(renamed(x.renames, name), m.At(i))
		}
	}
}

func (x *replaceField) kept(m *data.Map) (kept []replacedEntry) {
	for _, i := range m.JavaOrder() {
		if name := m.Row().Layout().Name(i); x.keeps(name) {
			kept = append(kept, replacedEntry{i, renamed(x.renames, name)})
		}
	}
	return kept
}

func (x *replaceField) plan(s *data.Schema) (replacePlan, error) {
	var plan replacePlan
	b := data.NewSchema(data.StructKind).CopyBasics(s)
	for _, f := range s.Fields() {
		if !x.keeps(f.Name) {
			continue
		}
		name := renamed(x.renames, f.Name)
		b.Field(name, f.Schema)
		from := -1
		if source, ok := s.Field(renamed(x.reverse, name)); ok {
			from = source.Index
		}
		plan.from = append(plan.from, from)
	}
	var err error
	plan.schema, err = b.Build()
	return plan, err
}

func (x *replaceField) Close() error { return nil }
