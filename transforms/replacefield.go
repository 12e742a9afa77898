package transforms

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/connect/fuse"
	"github.com/moldau/moldau/internal/javafmt"
	"github.com/moldau/moldau/transforms/internal/smt"
)

// replaceField drops and renames fields (ReplaceField).
type replaceField struct {
	part             smt.Part
	exclude, include []string
	renames, reverse map[string]string
	replaceNulls     bool
	plans            smt.BySchema[replacePlan]
	entries          smt.ByShape[[]replacedEntry]
}

// replacePlan is what becomes of a schema.
type replacePlan struct {
	schema *data.Schema
	runs   []fieldRun
}

// fieldRun is n fields of the new struct, from one index on, that come from n fields of the former one and have their schemas. A field that has
// another schema, or comes from none (from is -1 then), is a run of its own.
type fieldRun struct {
	to, from, n int
	odd         bool
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
		func(p smt.Part) connect.Transformation { return &replaceField{part: p} })
}

func (x *replaceField) Configure(props map[string]string) error {
	values, err := replaceFieldKeys.ParseStrings(props)
	if err != nil {
		return err
	}
	x.exclude, x.include, x.replaceNulls = values.List("exclude"), values.List("include"), values.Bool(replaceNullKey)
	renames := javafmt.NewHashMap[string, string](javafmt.StringKeys(), javafmt.DefaultCapacity)
	for _, mapping := range values.List("renames") {
		parts := splitMapping(mapping)
		renames.Put(parts[0], parts[1])
	}
	// Of two old names of one new name the reverse way leads to that which Java's map has last.
	x.renames, x.reverse = map[string]string{}, map[string]string{}
	for from, to := range renames.All {
		x.renames[from], x.reverse[to] = to, from
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
	schema, v := x.part.Of(r)
	if v.IsNull() {
		return true, nil
	}
	if schema == nil {
		m, err := smt.RequireMap(v, replacePurpose)
		if err != nil {
			return false, err
		}
		b := r.Arena().Map(m.Len())
		b.JavaHashMap(m.Len())
		x.replaceEntries(&b, m)
		x.part.Set(r, nil, b.Build().Value())
		return true, nil
	}
	s, err := smt.RequireStruct(v, replacePurpose)
	if err != nil {
		return false, err
	}
	plan, err := x.plans.Get(s.Schema(), x.plan)
	if err != nil {
		return false, err
	}
	b := r.Arena().Struct(plan.schema)
	for _, run := range plan.runs {
		switch {
		case !run.odd:
			smt.CopyRun(&b, run.to, s, run.from, run.n, x.replaceNulls)
		case run.from >= 0:
			smt.CopyField(&b, run.to, s, run.from, x.replaceNulls)
		default:
			// Two renames to one name lead back from it to a single field, which this struct may lack.
			_, err := s.Lookup(renamed(x.reverse, plan.schema.Fields()[run.to].Name))
			return false, cmp.Or(b.Err(), err)
		}
	}
	out, err := b.BuildPartial()
	if err != nil {
		return false, err
	}
	x.part.Set(r, plan.schema, out.Value())
	return true, nil
}

// replaceEntries puts the entries of a map that are kept. Where two get one name the one that Java comes to last wins.
func (x *replaceField) replaceEntries(b *data.MapBuilder, m *data.Map) {
	if s, ok := smt.ShapeOf(m); ok {
		row := m.Row()
		// No error is possible.
		entries, _ := x.entries.Get(s, func(smt.Shape) ([]replacedEntry, error) { return x.kept(m), nil })
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
	b, to := data.NewSchema(data.StructKind).CopyBasics(s), 0
	for _, f := range s.Fields() {
		if !x.keeps(f.Name) {
			continue
		}
		name := renamed(x.renames, f.Name)
		b.Field(name, f.Schema)
		run := fieldRun{to: to, from: -1, n: 1, odd: true}
		if source, ok := s.Field(renamed(x.reverse, name)); ok {
			run.from, run.odd = source.Index, source.Schema != f.Schema
		}
		plan.add(run)
		to++
	}
	var err error
	plan.schema, err = b.Build()
	return plan, err
}

// add adds a run, or lengthens the last one where the new one goes on from it.
func (p *replacePlan) add(run fieldRun) {
	if n := len(p.runs); n > 0 && !run.odd {
		if last := &p.runs[n-1]; !last.odd && last.from+last.n == run.from {
			last.n++
			return
		}
	}
	p.runs = append(p.runs, run)
}

func (x *replaceField) Part() connect.Part { return x.part }

func (x *replaceField) Fuse(p *fuse.Plan) bool {
	if m := p.Object(); m != nil {
		b := p.Arena().Map(m.Len())
		b.JavaHashMap(m.Len())
		x.replaceEntries(&b, m)
		p.SetObject(b.Build())
		return true
	}
	plan, err := x.plans.Get(p.Schema(), x.plan)
	if err != nil {
		return false
	}
	var fields []fuse.Expr
	for _, run := range plan.runs {
		if run.odd {
			return false
		}
		for i := range run.n {
			fields = append(fields, p.Copy(run.from+i, x.replaceNulls))
		}
	}
	p.SetStruct(plan.schema, fields)
	return true
}

func (x *replaceField) Close() error { return nil }
