package fuse_test

import (
	"context"
	"errors"
	"testing"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/connect/fuse"
)

// step is a transformation of which only Fuse is used.
type step struct {
	connect.Transformation
	fuse func(p *fuse.Plan) bool
}

func (step) Part() connect.Part       { return connect.ValuePart }
func (s step) Fuse(p *fuse.Plan) bool { return s.fuse(p) }
func (step) Apply(context.Context, *connect.Record) (bool, error) {
	panic("a program does not apply its steps")
}

var (
	required = data.NewStructSchema("r", data.Field{Name: "a", Schema: data.Int64Schema}, data.Field{Name: "b", Schema: data.OptionalStringSchema}).MustBuild()
	onlyB    = data.NewStructSchema("o", data.Field{Name: "b", Schema: data.OptionalStringSchema}).MustBuild()

	copyAll = step{fuse: func(p *fuse.Plan) bool { p.SetStruct(p.Schema(), p.CopyAll(true, 0)); return true }}
	dropA   = step{fuse: func(p *fuse.Plan) bool { p.SetStruct(onlyB, []fuse.Expr{p.Copy(1, true)}); return true }}
	takeB   = step{fuse: func(p *fuse.Plan) bool {
		p.SetSingle(data.OptionalStringSchema, p.Read(len(p.Schema().Fields())-1, true))
		return true
	}}
	never = step{fuse: func(p *fuse.Plan) bool { p.SetStruct(onlyB, []fuse.Expr{p.Field(1)}); return false }}
	fails = step{fuse: func(p *fuse.Plan) bool {
		fields := p.CopyAll(true, 0)
		fields[0] = p.Then(fields[0], func(_ *data.Arena, v data.Value) (data.Value, error) {
			if n, _ := v.Int64(); n < 0 {
				return data.Null, errors.New("negative")
			}
			return v, nil
		})
		p.SetStruct(p.Schema(), fields)
		return true
	}}
)

func value(t *testing.T, a data.Value) data.Value {
	t.Helper()
	b := data.NewStruct(required)
	if !a.IsNull() {
		b.Set(0, a)
	}
	b.Set(1, data.String("text"))
	out, err := b.BuildPartial()
	if err != nil {
		t.Fatal(err)
	}
	return out.Value()
}

func TestPrograms(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		steps []fuse.Step
		in    data.Value
		fused int // 0: there is no program
		want  string
	}{
		{"one step is none", []fuse.Step{copyAll}, value(t, data.Int64(1)), 0, ""},
		{"copies", []fuse.Step{copyAll, copyAll}, value(t, data.Int64(1)), 2, "Struct{a=1,b=text}"},
		{"a null of a required field", []fuse.Step{copyAll, copyAll}, value(t, data.Null), 2, "gives up"},
		{"a null of a required field that is dropped", []fuse.Step{copyAll, dropA}, value(t, data.Null), 2, "gives up"},
		{"a null that no step looks at", []fuse.Step{dropA, copyAll}, value(t, data.Null), 2, "Struct{b=text}"},
		{"up to what cannot be fused", []fuse.Step{copyAll, copyAll, never, copyAll}, value(t, data.Int64(1)), 2, "Struct{a=1,b=text}"},
		{"too little before it", []fuse.Step{copyAll, never}, value(t, data.Int64(1)), 0, ""},
		{"a single value ends it", []fuse.Step{copyAll, takeB, copyAll}, value(t, data.Int64(1)), 2, "text"},
		{"a step fails", []fuse.Step{fails, copyAll}, value(t, data.Int64(-1)), 2, "gives up"},
		{"a step fails for a field that is dropped", []fuse.Step{fails, dropA, takeB}, value(t, data.Int64(-1)), 3, "gives up"},
		{"it works for a field that is dropped", []fuse.Step{fails, dropA, takeB}, value(t, data.Int64(1)), 3, "text"},
	} {
		r := connect.NewSourceBatch(connect.BatchLimits{Records: 1, Bytes: 1000}).Add("t")
		r.SetValue(required, c.in)
		p := fuse.Compile(c.steps, required, c.in, r.Arena().Shapes())
		if p == nil {
			if c.fused != 0 {
				t.Errorf("%s: there is no program", c.name)
			}
			continue
		}
		if p.Steps != c.fused {
			t.Errorf("%s: %d steps are fused, want %d", c.name, p.Steps, c.fused)
		}
		got := "gives up"
		if p.Run(r, connect.ValuePart) {
			got = r.Value().String()
		} else if !r.Value().Equal(c.in) || r.ValueSchema() != required {
			t.Errorf("%s: the record was changed to %s", c.name, r.Value())
		}
		if got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
}

func TestLayouts(t *testing.T) {
	t.Parallel()
	if _, ok := fuse.LayoutOf(required, data.Null); ok {
		t.Error("a null has a layout")
	}
	if _, ok := fuse.LayoutOf(onlyB, value(t, data.Int64(1))); ok {
		t.Error("a struct of another schema than the record's has a layout")
	}
	if _, ok := fuse.LayoutOf(nil, data.Int64(1)); ok {
		t.Error("a number has a layout")
	}
	if _, ok := fuse.LayoutOf(nil, data.MapOf(data.Int64(1), data.Int64(2))); ok {
		t.Error("a map of numbers has a layout")
	}
	a := data.MapOf(data.String("a"), data.Int64(2))
	one, ok := fuse.LayoutOf(nil, a)
	if two, _ := fuse.LayoutOf(nil, a); !ok || one != two {
		t.Errorf("%v and %v", one, two)
	}
}
