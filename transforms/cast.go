package transforms

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/connect/fuse"
	"github.com/moldau/moldau/internal/javafmt"
	"github.com/moldau/moldau/transforms/internal/smt"
)

// cast changes the types of fields, or of the whole key or value (Cast).
type cast struct {
	part         smt.Part
	casts        []fieldCast // in the order in which Java's map holds them
	whole        data.Kind   // NullKind where fields are cast
	replaceNulls bool
	plans        smt.BySchema[castPlan]
	caster       caster
	maps         smt.MapCopier
}

// fieldCast is the type that a field is cast to.
type fieldCast struct {
	field string
	to    data.Kind
}

// castPlan is what becomes of a schema.
type castPlan struct {
	schema *data.Schema
	// to holds the type that each field is cast to, NullKind where the field stays as it is.
	to []data.Kind
}

const castSpecKey = "spec"

var castKeys = config.NewDef(
	config.Key{Name: castSpecKey, Type: config.List, Default: config.NoDefault, Validator: config.Lambda(checkCasts, func() string { return "field:type pairs, or one type" }),
		Importance: config.High, Doc: "Casts as field:type, by comma, or a single type for the whole key or value. Types are int8, int16, int32, int64, " +
			"float32, float64, boolean and string. Bytes can only become strings, in base64."},
	replaceNull(),
)

func castPlugins() []connect.Plugin {
	return both("Cast", "Casts fields, or the whole data, to other primitive types.", castKeys,
		func(p smt.Part) connect.Transformation { return &cast{part: p} })
}

func checkCasts(_ string, value any) error {
	list, _ := value.([]string)
	if len(list) == 0 {
		return config.Failed("Must specify at least one field to cast.")
	}
	_, _, err := parseCasts(list)
	return err
}

// parseCasts reads the option spec. Of two casts of a field the last one holds.
func parseCasts(spec []string) (casts []fieldCast, whole data.Kind, err error) {
	m := javafmt.NewHashMap[string, data.Kind](javafmt.StringKeys(), javafmt.DefaultCapacity)
	for _, mapping := range spec {
		parts := splitMapping(mapping)
		if len(parts) > 2 {
			// Java names the key of another transformation here.
			return nil, 0, config.Invalid("renames", spec, "Invalid rename mapping: "+mapping)
		}
		to, err := castType(parts[len(parts)-1])
		if err != nil {
			return nil, 0, err
		}
		if len(parts) == 1 {
			whole = to
		} else {
			m.Put(javafmt.Trim(parts[0]), to)
		}
	}
	if whole != data.NullKind && len(spec) > 1 {
		return nil, 0, config.Failed("Cast transformations that specify a type to cast the entire value to may only specify a single cast in their spec")
	}
	for field, to := range m.All {
		casts = append(casts, fieldCast{field, to})
	}
	return casts, whole, nil
}

func castType(text string) (data.Kind, error) {
	text = javafmt.Trim(text)
	name := strings.ToUpper(text)
	kind, ok := data.KindOf(name)
	if !ok {
		// Java mixes up the parts of the message.
		return 0, config.Failed("Invalid value java.lang.IllegalArgumentException: No enum constant org.apache.kafka.connect.data.Schema.Type." + name +
			" for configuration Invalid type found in casting spec: " + text)
	}
	if kind > data.StringKind {
		return 0, config.Failed(fmt.Sprintf("Cast transformation does not support casting to %s; supported types are [%s]", kind, castTargets))
	}
	return kind, nil
}

func (x *cast) Configure(props map[string]string) error {
	values, err := castKeys.ParseStrings(props)
	if err != nil {
		return err
	}
	x.replaceNulls = values.Bool(replaceNullKey)
	x.casts, x.whole, err = parseCasts(values.List(castSpecKey))
	return err
}

const castPurpose = "cast types"

func (x *cast) Apply(_ context.Context, r *connect.Record) (bool, error) {
	schema, v := x.part.Of(r)
	switch {
	case v.IsNull():
		return true, nil
	case x.whole != data.NullKind:
		return true, x.castWhole(r, schema, v)
	case schema == nil:
		return true, x.castMap(r, v)
	}
	return true, x.castStruct(r, schema, v)
}

func (x *cast) castWhole(r *connect.Record, schema *data.Schema, v data.Value) error {
	if schema == nil {
		out, err := x.caster.cast(r.Arena(), nil, v, x.whole)
		if err == nil {
			x.part.Set(r, nil, out)
		}
		return err
	}
	plan, err := x.plans.Get(schema, x.plan)
	if err != nil {
		return err
	}
	out, err := x.caster.cast(r.Arena(), schema, v, x.whole)
	if err == nil {
		x.part.Set(r, plan.schema, out)
	}
	return err
}

func (x *cast) castMap(r *connect.Record, v data.Value) error {
	m, err := smt.RequireMap(v, castPurpose)
	if err != nil {
		return err
	}
	b := x.maps.Copy(r.Arena(), m, len(x.casts))
	for _, c := range x.casts {
		out, err := x.caster.cast(r.Arena(), nil, m.Field(c.field), c.to)
		if err != nil {
			return err
		}
		b.Set(c.field, out)
	}
	x.part.Set(r, nil, b.Build().Value())
	return nil
}

func (x *cast) castStruct(r *connect.Record, schema *data.Schema, v data.Value) error {
	s := v.Struct()
	if s != nil {
		schema = s.Schema()
	}
	plan, err := x.plans.Get(schema, x.plan)
	if err != nil {
		return err
	}
	if s == nil {
		_, err := smt.RequireStruct(v, castPurpose)
		return err
	}
	b := r.Arena().Struct(plan.schema)
	for i, to := range plan.to {
		if to == data.NullKind {
			smt.CopyField(&b, i, s, i, x.replaceNulls)
			continue
		}
		out, err := x.caster.cast(r.Arena(), schema.Fields()[i].Schema, smt.FieldOf(s, i, x.replaceNulls), to)
		if err != nil {
			return cmp.Or(b.Err(), err)
		}
		b.Set(i, out)
	}
	out, err := b.BuildPartial()
	if err != nil {
		return err
	}
	x.part.Set(r, plan.schema, out.Value())
	return nil
}

// plan returns what becomes of a schema. Its default and those of its fields are cast too.
func (x *cast) plan(s *data.Schema) (castPlan, error) {
	if x.whole != data.NullKind {
		schema, err := x.finish(data.NewSchema(x.whole).CopyBasics(s), s, x.whole)
		return castPlan{schema: schema}, err
	}
	if s.Kind() != data.StructKind {
		return castPlan{}, smt.DataError("Cannot list fields on non-struct type")
	}
	b := data.NewSchema(data.StructKind).CopyBasics(s)
	to := make([]data.Kind, len(s.Fields()))
	for i, f := range s.Fields() {
		schema := f.Schema
		for _, c := range x.casts {
			if c.field != f.Name {
				continue
			}
			var err error
			if schema, err = x.finish(data.NewSchema(c.to), f.Schema, c.to); err != nil {
				return castPlan{}, err
			}
			to[i] = c.to
		}
		b.Field(f.Name, schema)
	}
	schema, err := x.finish(b, s, data.StructKind)
	return castPlan{schema, to}, err
}

// finish builds a schema with the optionality and the default of the former one.
func (x *cast) finish(b *data.SchemaBuilder, former *data.Schema, to data.Kind) (*data.Schema, error) {
	b.SetOptional(former.Optional())
	if v, ok := former.Default(); ok {
		out, err := x.caster.cast(data.NewArena(), former, v, to)
		if err != nil {
			return nil, cmp.Or(b.Err(), err)
		}
		b.Default(out)
	}
	return b.Build()
}

func (x *cast) Part() connect.Part { return x.part }

func (x *cast) Fuse(p *fuse.Plan) bool {
	if x.whole != data.NullKind {
		return false
	}
	to := func(e fuse.Expr, schema *data.Schema, to data.Kind) fuse.Expr {
		return p.Then(e, func(a *data.Arena, v data.Value) (data.Value, error) { return x.caster.cast(a, schema, v, to) })
	}
	if m := p.Object(); m != nil {
		b := x.maps.Copy(p.Arena(), m, len(x.casts))
		for _, c := range x.casts {
			b.Set(c.field, p.Hold(to(p.Entry(c.field), nil, c.to)))
		}
		p.SetObject(b.Build())
		return true
	}
	plan, err := x.plans.Get(p.Schema(), x.plan)
	if err != nil {
		return false
	}
	fields := make([]fuse.Expr, len(plan.to))
	for i, kind := range plan.to {
		if kind == data.NullKind {
			fields[i] = p.Copy(i, x.replaceNulls)
		} else {
			fields[i] = to(p.Read(i, x.replaceNulls), p.Schema().Fields()[i].Schema, kind)
		}
	}
	p.SetStruct(plan.schema, fields)
	return true
}

func (x *cast) Close() error { return nil }
