package fuse

import (
	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/data"
)

// Plan describes what the steps so far make of a struct of one schema, or of schemaless objects of one shape.
type Plan struct {
	arena *data.Arena
	in    *data.Schema // of the input where that is a struct
	// Of a struct: its schema and what each of its fields is.
	schema *data.Schema
	fields []Expr
	// Of an object: a stand-in whose values are indexes of values.
	object *data.Map
	values []Expr
	// Once a step took a single value out of the struct or object: that value and its schema.
	single       bool
	singleSchema *data.Schema
	singleValue  Expr

	nodes    []*node // all that may fail or has to be computed, in the order in which the steps do
	required []int   // fields of the input that must not be null, and have no default
	rows     []opened
}

// opened is a nested struct of the input whose fields are used.
type opened struct {
	row, slot int // where it is found
	schema    *data.Schema
	// strict says that the program gives up where it is null, for something else than null would come of a field.
	strict bool
}

func newPlan(schema *data.Schema, object *data.Map, shapes *data.Shapes) *Plan {
	p := &Plan{arena: data.NewArena(), in: schema, schema: schema, rows: []opened{{}}}
	if object == nil {
		for i := range schema.Fields() {
			p.fields = append(p.fields, Expr{slot: i})
		}
		return p
	}
	p.arena.UseShapes(shapes)
	b := p.arena.FillLike(object)
	for i := range object.Len() {
		b.Set(i, p.hold(Expr{slot: i}))
	}
	p.object = b.BuildMap()
	return p
}

// Arena is where the stand-ins of objects are built.
func (p *Plan) Arena() *data.Arena { return p.arena }

// Schema returns the schema of the struct, nil where the plan is of an object.
func (p *Plan) Schema() *data.Schema { return p.schema }

// Field returns what a field of the struct is.
func (p *Plan) Field(i int) Expr { return p.fields[i] }

// Copy returns a field of the struct as a step copies it to a field of the same schema: a null becomes the default where replaceNull says
// so, and is refused where the field is required.
func (p *Plan) Copy(i int, replaceNull bool) Expr {
	return p.Fit(p.Read(i, replaceNull), p.schema.Fields()[i].Schema)
}

// CopyAll returns Copy of all fields of the struct, with room for more.
func (p *Plan) CopyAll(replaceNull bool, more int) []Expr {
	fields := make([]Expr, 0, len(p.fields)+more)
	for i := range p.fields {
		fields = append(fields, p.Copy(i, replaceNull))
	}
	return fields
}

// Read returns a field of the struct as Struct.Get does where replaceNull says so, else as Struct.At does.
func (p *Plan) Read(i int, replaceNull bool) Expr {
	return p.WithDefault(p.fields[i], p.schema.Fields()[i].Schema, replaceNull)
}

// WithDefault returns e or, where that is null and replaceNull says so, the default of the schema.
func (p *Plan) WithDefault(e Expr, schema *data.Schema, replaceNull bool) Expr {
	if def, ok := schema.Default(); ok && replaceNull && !def.IsNull() {
		return p.add(&node{kind: orDefault, from: e, value: def})
	}
	return e
}

// Then returns what f makes of a value. Whatever f returns must fit the schema of the field it is for; if f fails the program gives up. f is
// called on the goroutine of the task and must depend on nothing but its arguments.
func (p *Plan) Then(e Expr, f func(a *data.Arena, v data.Value) (data.Value, error)) Expr {
	return p.add(&node{kind: call, from: e, call: f})
}

// Constant returns a value that is the same for all records.
func (p *Plan) Constant(v data.Value) Expr { return p.add(&node{kind: constant, value: v}) }

// FromRecord returns a value that f takes from the record beside its key and value; with false the program gives up. A null leaves the
// field of a struct unset, which even a required one may be; an object would lack the entry, so the program gives up.
func (p *Plan) FromRecord(f func(r *connect.Record) (data.Value, bool)) Expr {
	if p.object != nil {
		inner := f
		f = func(r *connect.Record) (data.Value, bool) {
			v, ok := inner(r)
			return v, ok && !v.IsNull()
		}
	}
	return p.add(&node{kind: fromRecord, origin: f})
}

// Open returns what the fields of a nested struct are, in their order. ok is false where the struct is not one of the input's as it is. Where
// the struct is null its fields are unset.
func (p *Plan) Open(e Expr, schema *data.Schema) (fields []Expr, ok bool) {
	if e.node != nil || p.schema == nil || len(p.rows) > maxRows {
		return nil, false
	}
	p.rows = append(p.rows, opened{row: e.row, slot: e.slot, schema: schema})
	for i := range schema.Fields() {
		fields = append(fields, Expr{row: len(p.rows) - 1, slot: i})
	}
	return fields, true
}

// maxRows bounds the nested structs of one program.
const maxRows = 64

// SetStruct replaces the struct by one of another schema with these fields.
func (p *Plan) SetStruct(schema *data.Schema, fields []Expr) {
	p.schema = schema
	for i, f := range schema.Fields() {
		// What a step computed is checked where the step puts it, whatever later steps do with it.
		if n := fields[i].node; n != nil && n.kind == call {
			fields[i] = p.Fit(fields[i], f.Schema)
		}
	}
	p.fields = fields
}

// Object returns a stand-in for the object, nil where the plan is of a struct. A step does to it what it does to objects: copies entries, and
// sets others to what Hold returns.
func (p *Plan) Object() *data.Map { return p.object }

// Entry returns what the entry of a key is, null where there is none.
func (p *Plan) Entry(key string) Expr {
	v, ok := p.object.Get(key)
	if !ok {
		return p.Constant(data.Null)
	}
	return p.held(v)
}

// Hold returns what stands for a value in an object.
func (p *Plan) Hold(e Expr) data.Value { return p.hold(e) }

func (p *Plan) hold(e Expr) data.Value {
	p.values = append(p.values, e)
	return data.Int64(int64(len(p.values) - 1))
}

func (p *Plan) held(v data.Value) Expr {
	i, _ := v.Int64()
	return p.values[i]
}

// SetObject replaces the object.
func (p *Plan) SetObject(m *data.Map) { p.object = m }

// SetSingle replaces the struct or object by one value, whose schema is nil where there is none. It ends the program: what follows is planned
// by the value's own layout.
func (p *Plan) SetSingle(schema *data.Schema, e Expr) {
	p.single, p.singleSchema, p.singleValue = true, schema, e
}
