package fuse

import (
	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/data"
)

// Program is what a run of steps does to records of one layout.
type Program struct {
	// Steps is how many steps it stands for.
	Steps int

	in     *data.Schema // of a struct, nil for an object
	plan   *Plan
	ops    []op
	checks []Expr // may fail, and nothing else comes of them
	run    run
}

// op sets fields of the result: n that follow each other in the input too, or one that is computed.
type op struct {
	to, row, from, n int
	exact            bool // the schemas are the same
	expr             Expr
}

// Layout is what programs differ by: the schema of a struct, or the shape of an object and the order in which Java iterates over it.
type Layout struct {
	layout *data.Layout
	order  uint16
}

// LayoutOf returns the layout of a part of a record. ok is false where there is none: data of another type, an object without shape, or a
// struct of another schema than the record says.
func LayoutOf(schema *data.Schema, v data.Value) (l Layout, ok bool) {
	if schema != nil {
		s := v.Struct()
		if s == nil || s.Schema() != schema {
			return Layout{}, false
		}
		return Layout{layout: s.Row().Layout()}, true
	}
	m := v.Map()
	row := m.Row()
	if row == nil || row.Layout() == nil {
		return Layout{}, false
	}
	return Layout{layout: row.Layout(), order: m.JavaOrderID()}, true
}

// Compile returns the program of the first steps for records whose part is like v: as many as can be fused, and nil where they are fewer
// than two. All of them must be of one part.
func Compile(steps []Step, schema *data.Schema, v data.Value, shapes *data.Shapes) *Program {
	n := 0
	for len(steps) > 0 {
		// A step that cannot be fused leaves the plan in any state, so the ones before it are planned again.
		p := newPlan(schema, v.Map(), shapes)
		n = 0
		for n < len(steps) && !p.single && steps[n].Fuse(p) && p.shaped() {
			n++
		}
		if n == len(steps) || p.single {
			if n < 2 {
				return nil
			}
			return compile(p, n, schema)
		}
		steps = steps[:n]
	}
	return nil
}

// shaped reports whether the result has a layout that can be filled: an object has none once its keys are too many, or the shapes of the task are.
func (p *Plan) shaped() bool { return p.object == nil || p.object.Row() != nil }

func compile(p *Plan, steps int, in *data.Schema) *Program {
	x := &Program{Steps: steps, in: in, plan: p}
	x.run.rows = make([]*data.Row, len(p.rows))
	outputs := p.fields
	switch {
	case p.single:
		outputs = []Expr{p.singleValue}
	case p.object != nil:
		outputs = nil
		for i := range p.object.Len() {
			outputs = append(outputs, p.held(p.object.At(i)))
		}
	}
	used := map[*node]bool{}
	use := func(e Expr) {
		for n := e.node; n != nil && !used[n]; n = n.from.node {
			used[n] = true
		}
	}
	for i, e := range outputs {
		use(e)
		if !p.single {
			x.set(i, e)
		}
	}
	// What a later step dropped may fail all the same.
	for i := len(p.nodes) - 1; i >= 0; i-- {
		n := p.nodes[i]
		if !used[n] && n.kind != constant && n.kind != orDefault {
			x.checks = append(x.checks, Expr{node: n})
			use(Expr{node: n})
		}
	}
	return x
}

// set adds the setting of a field of the result, to the last run where it goes on from there.
func (x *Program) set(to int, e Expr) {
	if e.node != nil {
		x.ops = append(x.ops, op{to: to, expr: e})
		return
	}
	exact := x.plan.object != nil || x.plan.schema.Fields()[to].Schema == x.schemaOf(e)
	if n := len(x.ops); n > 0 {
		if last := &x.ops[n-1]; last.n > 0 && exact && last.exact && last.row == e.row && last.from+last.n == e.slot && last.to+last.n == to {
			last.n++
			return
		}
	}
	x.ops = append(x.ops, op{to: to, row: e.row, from: e.slot, n: 1, exact: exact})
}

func (x *Program) schemaOf(e Expr) *data.Schema {
	s := x.in
	if e.row > 0 {
		s = x.plan.rows[e.row].schema
	}
	return s.Fields()[e.slot].Schema
}

// Run does to the part of r, which has the program's layout, what the steps do. It reports false where it cannot; r is then as it was.
func (x *Program) Run(r *connect.Record, part connect.Part) bool {
	_, v := part.Of(r)
	arena := r.Arena()
	x.run.record, x.run.arena = r, arena
	ok := x.open(v) && x.change(r, part, arena)
	// A program that is used no more must not keep a batch alive.
	x.run.record, x.run.arena = nil, nil
	clear(x.run.rows)
	return ok
}

func (x *Program) change(r *connect.Record, part connect.Part, arena *data.Arena) bool {
	for _, c := range x.checks {
		if _, ok := c.eval(&x.run); !ok {
			return false
		}
	}
	if x.plan.single {
		out, ok := x.plan.singleValue.eval(&x.run)
		if ok {
			part.Set(r, x.plan.singleSchema, out)
		}
		return ok
	}
	if x.plan.object != nil {
		b := arena.FillLike(x.plan.object)
		if !x.fill(&b) {
			return false
		}
		part.Set(r, nil, b.BuildMap().Value())
		return true
	}
	b := arena.Struct(x.plan.schema)
	if !x.fill(&b) {
		return false
	}
	out, err := b.BuildPartial()
	if err != nil {
		return false
	}
	part.Set(r, x.plan.schema, out.Value())
	return true
}

// open finds the rows that the program reads.
func (x *Program) open(v data.Value) bool {
	row := v.Struct().Row()
	if x.in == nil {
		row = v.Map().Row()
	}
	rows := x.run.rows
	rows[0] = row
	if !row.Complete() {
		for _, i := range x.plan.required {
			if row.IsNull(i) {
				return false
			}
		}
	}
	for i := 1; i < len(rows); i++ {
		o := &x.plan.rows[i]
		rows[i] = nil
		if parent := rows[o.row]; parent != nil {
			if s := parent.AtIn(x.run.arena, o.slot).Struct(); s != nil {
				if s.Schema() != o.schema {
					return false
				}
				rows[i] = s.Row()
			}
		}
		if rows[i] == nil && o.strict {
			return false
		}
	}
	return true
}

func (x *Program) fill(b *data.StructBuilder) bool {
	for i := range x.ops {
		o := &x.ops[i]
		if o.n == 0 {
			v, ok := o.expr.eval(&x.run)
			if !ok {
				return false
			}
			if !v.IsNull() || o.expr.node.kind != fromRecord {
				b.Set(o.to, v)
			}
			continue
		}
		row := x.run.rows[o.row]
		switch {
		case row == nil:
		case o.exact:
			b.CopyRange(o.to, row, o.from, o.n)
		default:
			b.Copy(o.to, row, o.from)
		}
	}
	return true
}
