package transforms

import (
	"context"
	"fmt"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/connect/fuse"
	"github.com/moldau/moldau/transforms/internal/smt"
)

// flatten replaces nested structs or maps by their fields, under names that lead there (Flatten).
type flatten struct {
	part      smt.Part
	delimiter string
	plans     smt.BySchema[flatPlan]
	names     flatNames
}

// flatPlan is what becomes of a schema, and where the fields of its structs go.
type flatPlan struct {
	schema *data.Schema
	steps  []flatStep
}

// flatStep takes one field of a struct: to a field of the new struct, or through the steps below it where the field is a struct itself.
type flatStep struct {
	from, to int
	nested   bool
	below    []flatStep
}

var flattenKeys = config.NewDef(
	config.Key{Name: "delimiter", Type: config.String, Default: ".", Importance: config.Medium,
		Doc: "Text between the names of the fields that lead to a value, in the new name of the value's field."},
)

func flattenPlugins() []connect.Plugin {
	return both("Flatten", "Flattens nested structs or maps to one level, naming each field by the names that lead to it.", flattenKeys,
		func(p smt.Part) connect.Transformation { return &flatten{part: p} })
}

func (x *flatten) Configure(props map[string]string) error {
	values, err := flattenKeys.ParseStrings(props)
	if err != nil {
		return err
	}
	x.delimiter = values.String("delimiter")
	return nil
}

const flattenPurpose = "flattening"

func (x *flatten) Apply(_ context.Context, r *connect.Record) (bool, error) {
	schema, v := x.part.Of(r)
	switch {
	case v.IsNull():
		return true, nil
	case schema == nil:
		return true, x.flattenMap(r, v)
	}
	s, err := smt.RequireStruct(v, flattenPurpose)
	if err != nil {
		return false, err
	}
	plan, err := x.plans.Get(s.Schema(), x.plan)
	if err != nil {
		return false, err
	}
	b := r.Arena().Struct(plan.schema)
	flattenStruct(&b, plan.steps, s)
	out, err := b.BuildPartial()
	if err != nil {
		return false, err
	}
	x.part.Set(r, plan.schema, out.Value())
	return true, nil
}

// flattenStruct sets the fields that come of s. Those of a nested struct that is null are left out, whatever its default.
func flattenStruct(b *data.StructBuilder, steps []flatStep, s *data.Struct) {
	for i := range steps {
		step := &steps[i]
		if !step.nested {
			smt.CopyField(b, step.to, s, step.from, true)
			continue
		}
		if inner := s.At(step.from).Struct(); inner != nil {
			flattenStruct(b, step.below, inner)
		}
	}
}

// plan returns what becomes of a struct schema.
func (x *flatten) plan(s *data.Schema) (flatPlan, error) {
	b := flatBuilder{SchemaBuilder: data.NewSchema(data.StructKind).CopyBasics(s), delimiter: x.delimiter}
	v, _ := s.Default()
	steps, err := b.add(s, "", s.Optional(), v.Struct())
	if err != nil {
		return flatPlan{}, err
	}
	schema, err := b.Build()
	return flatPlan{schema, steps}, err
}

// flatBuilder collects the fields of the flat schema.
type flatBuilder struct {
	*data.SchemaBuilder
	delimiter string
	n         int
}

// add adds the fields of a struct schema. What lies in an optional struct becomes optional, and parts of a struct's default become the defaults
// of fields that have none themselves.
func (b *flatBuilder) add(s *data.Schema, prefix string, optional bool, def *data.Struct) ([]flatStep, error) {
	steps := make([]flatStep, 0, len(s.Fields()))
	for i, f := range s.Fields() {
		name, optional := joinName(prefix, b.delimiter, f.Name), optional || f.Schema.Optional()
		v, ok := f.Schema.Default()
		if !ok && def != nil {
			v = def.Field(f.Name)
		}
		switch f.Schema.Kind() {
		case data.StructKind:
			below, err := b.add(f.Schema, name, optional, v.Struct())
			if err != nil {
				return nil, err
			}
			steps = append(steps, flatStep{from: i, nested: true, below: below})
		case data.MapKind:
			if b.Err() != nil {
				return nil, b.Err()
			}
			return nil, smt.DataError(fmt.Sprintf("Flatten transformation does not support %s for record with schemas (for field %s).", f.Schema.Kind(), name))
		default:
			schema, err := flatField(f.Schema, optional, v)
			if err != nil {
				return nil, err
			}
			b.Field(name, schema)
			steps = append(steps, flatStep{from: i, to: b.n})
			b.n++
		}
	}
	return steps, b.Err()
}

func flatField(s *data.Schema, optional bool, def data.Value) (*data.Schema, error) {
	b := data.NewSchema(s.Kind())
	if s.Kind() == data.ListKind {
		b = data.NewListSchema(s.Elem())
	}
	b.CopyBasics(s).SetOptional(optional)
	if !def.IsNull() {
		b.Default(def)
	}
	return b.Build()
}

func joinName(prefix, delimiter, name string) string {
	if prefix == "" {
		return name
	}
	return prefix + delimiter + name
}

func (x *flatten) Part() connect.Part { return x.part }

func (x *flatten) Fuse(p *fuse.Plan) bool {
	if p.Object() != nil {
		return false // which keys it has depends on the nested objects
	}
	plan, err := x.plans.Get(p.Schema(), x.plan)
	if err != nil {
		return false
	}
	from := make([]fuse.Expr, len(p.Schema().Fields()))
	for i := range from {
		from[i] = p.Field(i)
	}
	fields := make([]fuse.Expr, len(plan.schema.Fields()))
	if !fuseFlat(p, plan, plan.steps, p.Schema(), from, fields) {
		return false
	}
	p.SetStruct(plan.schema, fields)
	return true
}

func fuseFlat(p *fuse.Plan, plan flatPlan, steps []flatStep, schema *data.Schema, from, to []fuse.Expr) bool {
	for _, step := range steps {
		e, s := from[step.from], schema.Fields()[step.from].Schema
		if !step.nested {
			to[step.to] = p.Fit(p.WithDefault(e, s, true), plan.schema.Fields()[step.to].Schema)
			continue
		}
		inner, ok := p.Open(e, s)
		if !ok || !fuseFlat(p, plan, step.below, s, inner, to) {
			return false
		}
	}
	return true
}

func (x *flatten) Close() error { return nil }
