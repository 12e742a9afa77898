package fuse

import (
	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/data"
)

// Expr is one value of a plan. It is a slot of the input as it stands there unless node says otherwise.
type Expr struct {
	row, slot int
	node      *node
}

type nodeKind uint8

const (
	constant nodeKind = iota
	fromRecord
	orDefault // value instead of a null
	refuse    // a null is refused
	call
)

// node is a value that is computed.
type node struct {
	kind   nodeKind
	from   Expr
	value  data.Value
	origin func(*connect.Record) (data.Value, bool)
	call   func(*data.Arena, data.Value) (data.Value, error)
}

func (p *Plan) add(n *node) Expr {
	if n.from.node == nil && n.from.row > 0 {
		p.rows[n.from.row].strict = true
	}
	p.nodes = append(p.nodes, n)
	return Expr{node: n}
}

// Fit returns e as a step puts it into a field of the schema: a null is refused where the schema refuses it.
func (p *Plan) Fit(e Expr, schema *data.Schema) Expr {
	switch {
	case schema.Optional() || e.node != nil && e.node.kind == refuse:
		return e
	case e.node == nil && e.row == 0 && p.in != nil:
		// Of a struct that is known to be complete it need not be looked at.
		if s := p.in.Fields()[e.slot].Schema; !s.Optional() && !hasDefault(s) {
			p.require(e.slot)
			return e
		}
	}
	return p.add(&node{kind: refuse, from: e})
}

func hasDefault(s *data.Schema) bool {
	_, ok := s.Default()
	return ok
}

func (p *Plan) require(slot int) {
	for _, s := range p.required {
		if s == slot {
			return
		}
	}
	p.required = append(p.required, slot)
}

// run holds what a program works on for one record.
type run struct {
	record *connect.Record
	arena  *data.Arena
	rows   []*data.Row // nil: a nested struct that is null
}

// eval computes a value; false gives up.
func (e Expr) eval(x *run) (data.Value, bool) {
	n := e.node
	if n == nil {
		row := x.rows[e.row]
		if row == nil {
			return data.Null, true
		}
		return row.AtIn(x.arena, e.slot), true
	}
	switch n.kind {
	case constant:
		return n.value, true
	case fromRecord:
		return n.origin(x.record)
	}
	v, ok := n.from.eval(x)
	if !ok {
		return v, false
	}
	switch n.kind {
	case orDefault:
		if v.IsNull() {
			return n.value, true
		}
	case refuse:
		return v, !v.IsNull()
	case call:
		out, err := n.call(x.arena, v)
		return out, err == nil
	}
	return v, true
}
