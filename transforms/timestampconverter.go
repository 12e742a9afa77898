package transforms

import (
	"cmp"
	"context"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/connect/fuse"
	"github.com/moldau/moldau/internal/javafmt"
	"github.com/moldau/moldau/transforms/internal/smt"
)

// timestampConverter converts timestamps between texts, numbers and dates (TimestampConverter).
type timestampConverter struct {
	part         smt.Part
	field        string // "" for the whole data
	convert      timestampConversion
	replaceNulls bool
	plans        smt.BySchema[timestampPlan]
	maps         smt.MapCopier
}

// timestampPlan is what becomes of a schema.
type timestampPlan struct {
	schema *data.Schema
	field  int // index of the field to convert, -1 where the schema has none
	from   timestampForm
	// err says why the form of the timestamp is not known; it counts once there is a value.
	err error
}

// The names of the forms in the configuration.
const (
	asString    = "string"
	asUnix      = "unix"
	asDate      = "Date"
	asTime      = "Time"
	asTimestamp = "Timestamp"
)

var timestampConverterKeys = config.NewDef(
	config.Key{Name: "field", Type: config.String, Default: "", Importance: config.High,
		Doc: "Name of the field with the timestamp; empty where the whole data is one."},
	config.Key{Name: "target.type", Type: config.String, Default: config.NoDefault, Importance: config.High,
		Validator: config.ValidString(asString, asUnix, asDate, asTime, asTimestamp),
		Doc:       "Form to convert to: string (see format), unix (a number since 1970, see unix.precision), Date, Time or Timestamp."},
	config.Key{Name: "format", Type: config.String, Default: "", Importance: config.Medium,
		Doc: "Pattern of java.text.SimpleDateFormat for timestamps that are or become texts, in UTC."},
	config.Key{Name: "unix.precision", Type: config.String, Default: "milliseconds", Importance: config.Low,
		Validator: config.ValidString("nanoseconds", "microseconds", "milliseconds", "seconds"),
		Doc:       "Unit of timestamps that are or become numbers."},
	replaceNull(),
)

func timestampConverterPlugins() []connect.Plugin {
	return both("TimestampConverter", "Converts timestamps between texts, numbers since 1970 and Connect's Date, Time and Timestamp.", timestampConverterKeys,
		func(p smt.Part) connect.Transformation { return &timestampConverter{part: p} })
}

func (x *timestampConverter) Configure(props map[string]string) error {
	values, err := timestampConverterKeys.ParseStrings(props)
	if err != nil {
		return err
	}
	x.field, x.replaceNulls = values.String("field"), values.Bool(replaceNullKey)
	target, pattern := values.String("target.type"), values.String("format")
	x.convert = timestampConversion{to: timestampForms[target], unit: timestampUnits[values.String("unix.precision")], pattern: pattern}
	if javafmt.Trim(pattern) == "" {
		if target == asString {
			return config.Failed("TimestampConverter requires format option to be specified when using string timestamps")
		}
		return nil
	}
	if x.convert.format, err = javafmt.NewDateFormat(pattern, javafmt.UTC()); err != nil {
		// Java mixes up the parts of the message.
		return config.Failed("Invalid value " + javafmt.ClassOf(err) + ": " + err.Error() +
			" for configuration TimestampConverter requires a SimpleDateFormat-compatible pattern for string timestamps: " + pattern)
	}
	return nil
}

const timestampPurpose = "converting timestamp formats"

func (x *timestampConverter) Apply(_ context.Context, r *connect.Record) (bool, error) {
	schema, v := x.part.Of(r)
	if schema == nil {
		return true, x.convertMap(r, v)
	}
	if x.field != "" {
		return true, x.convertStruct(r, schema, v)
	}
	plan, err := x.plans.Get(schema, x.wholePlan)
	if err != nil {
		return false, err
	}
	out, err := x.convert.value(r.Arena(), v, plan.from)
	if err != nil {
		return false, err
	}
	x.part.Set(r, plan.schema, out)
	return true, nil
}

func (x *timestampConverter) convertMap(r *connect.Record, v data.Value) error {
	if v.IsNull() || x.field == "" {
		out, err := x.convert.value(r.Arena(), v, unknownForm)
		if err == nil {
			x.part.Set(r, nil, out)
		}
		return err
	}
	m, err := smt.RequireMap(v, timestampPurpose)
	if err != nil {
		return err
	}
	out, err := x.convert.value(r.Arena(), m.Field(x.field), unknownForm)
	if err != nil {
		return err
	}
	b := x.maps.Copy(r.Arena(), m, 1)
	b.Set(x.field, out)
	x.part.Set(r, nil, b.Build().Value())
	return nil
}

func (x *timestampConverter) convertStruct(r *connect.Record, schema *data.Schema, v data.Value) error {
	s, err := smt.RequireStructOrNull(v, timestampPurpose)
	if err != nil {
		return err
	}
	plan, err := x.plans.Get(schema, x.fieldPlan)
	if err != nil {
		return err
	}
	if s == nil {
		x.part.Set(r, plan.schema, data.Null)
		return nil
	}
	out, err := x.convertField(r.Arena(), &plan, s)
	if err != nil {
		return err
	}
	x.part.Set(r, plan.schema, out.Value())
	return nil
}

func (x *timestampConverter) convertField(a *data.Arena, plan *timestampPlan, s *data.Struct) (*data.Struct, error) {
	b := a.Struct(plan.schema)
	for i := range s.Len() {
		if i != plan.field {
			smt.CopyField(&b, i, s, i, x.replaceNulls)
			continue
		}
		out, err := data.Null, plan.err
		if err == nil {
			out, err = x.convert.value(a, smt.FieldOf(s, i, x.replaceNulls), plan.from)
		}
		if err != nil {
			return nil, cmp.Or(b.Err(), err)
		}
		b.Set(i, out)
	}
	return b.BuildPartial()
}

// wholePlan returns what becomes of the schema of a timestamp.
func (x *timestampConverter) wholePlan(s *data.Schema) (timestampPlan, error) {
	from, err := formOf(s)
	return timestampPlan{schema: x.convert.to.schema(s.Optional()), from: from}, err
}

// fieldPlan returns what becomes of the schema of a struct with a timestamp. Its default is converted too.
func (x *timestampConverter) fieldPlan(s *data.Schema) (timestampPlan, error) {
	if s.Kind() != data.StructKind {
		return timestampPlan{}, smt.DataError("Cannot list fields on non-struct type")
	}
	plan := timestampPlan{field: -1}
	builder := func() *data.SchemaBuilder {
		b := data.NewSchema(data.StructKind).CopyBasics(s).SetOptional(s.Optional())
		for i, f := range s.Fields() {
			schema := f.Schema
			if f.Name == x.field {
				plan.field = i
				plan.from, plan.err = formOf(schema)
				schema = x.convert.to.schema(schema.Optional())
			}
			b.Field(f.Name, schema)
		}
		return b
	}
	var err error
	if plan.schema, err = builder().Build(); err != nil {
		return plan, err
	}
	if v, ok := s.Default(); ok {
		def, err := x.convertField(data.NewArena(), &plan, v.Struct())
		if err != nil {
			return plan, err
		}
		plan.schema, err = builder().Default(def.Value()).Build()
		if err != nil {
			return plan, err
		}
	}
	return plan, nil
}

func (x *timestampConverter) Part() connect.Part { return x.part }

func (x *timestampConverter) Fuse(p *fuse.Plan) bool {
	if x.field == "" {
		return false
	}
	convert := func(e fuse.Expr, from timestampForm) fuse.Expr {
		return p.Then(e, func(a *data.Arena, v data.Value) (data.Value, error) { return x.convert.value(a, v, from) })
	}
	if m := p.Object(); m != nil {
		out := convert(p.Entry(x.field), unknownForm)
		b := x.maps.Copy(p.Arena(), m, 1)
		b.Set(x.field, p.Hold(out))
		p.SetObject(b.Build())
		return true
	}
	plan, err := x.plans.Get(p.Schema(), x.fieldPlan)
	if err != nil || plan.err != nil {
		return false
	}
	fields := p.CopyAll(x.replaceNulls, 0)
	if plan.field >= 0 {
		fields[plan.field] = convert(p.Read(plan.field, x.replaceNulls), plan.from)
	}
	p.SetStruct(plan.schema, fields)
	return true
}

func (x *timestampConverter) Close() error { return nil }
