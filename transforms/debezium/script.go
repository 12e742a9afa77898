package debezium

import (
	"errors"
	"fmt"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/vm"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/data"
)

// script is a compiled expression.
type script struct {
	source  string
	program *vm.Program
	machine vm.VM
	names   scriptNames
}

// scriptNames are the names that an expression knows.
type scriptNames struct {
	Key         any    `expr:"key"`
	Value       any    `expr:"value"`
	KeySchema   any    `expr:"keySchema"`
	ValueSchema any    `expr:"valueSchema"`
	Topic       string `expr:"topic"`
	Header      any    `expr:"header"`
	Null        any    `expr:"null"`
}

// The functions that stand for properties, methods and operators, which mean what they do in Groovy. Users cannot write these names.
const (
	memberFunction = "record·member"
	safeFunction   = "record·safe"
	methodFunction = "record·method"
	safeMethod     = "record·safeMethod"
)

// operators are the functions for operators.
var operators = map[string]func(a, b any) (any, error){
	"==": func(a, b any) (any, error) { return scriptEqual(a, b), nil },
	"!=": func(a, b any) (any, error) { return !scriptEqual(a, b), nil },
	"<":  ordered(func(c int) bool { return c < 0 }),
	"<=": ordered(func(c int) bool { return c <= 0 }),
	">":  ordered(func(c int) bool { return c > 0 }),
	">=": ordered(func(c int) bool { return c >= 0 }),
	"+":  scriptPlus,
}

// mostSource bounds the length of an expression.
const mostSource = 1 << 16

func compileScript(source string) (*script, error) {
	if len(source) > mostSource {
		return nil, errors.New("the expression is too long")
	}
	options := []expr.Option{
		expr.Env(scriptNames{}),
		expr.Function(memberFunction, func(p ...any) (any, error) { return scriptMember(p[0], p[1], false) }),
		expr.Function(safeFunction, func(p ...any) (any, error) { return scriptMember(p[0], p[1], true) }),
		expr.Function(methodFunction, func(p ...any) (any, error) { return scriptMethod(p[0], p[1].(string), p[2:], false) }),
		expr.Function(safeMethod, func(p ...any) (any, error) { return scriptMethod(p[0], p[1].(string), p[2:], true) }),
		expr.Patch(&scriptPatcher{}),
	}
	for symbol, run := range operators {
		options = append(options, expr.Function(operatorFunction(symbol), func(p ...any) (any, error) { return run(p[0], p[1]) }))
	}
	program, err := expr.Compile(source, options...)
	if err != nil {
		return nil, err
	}
	return &script{source: source, program: program}, nil
}

func operatorFunction(symbol string) string { return "record·" + symbol }

// scriptPatcher puts functions in the place of properties, methods and operators.
type scriptPatcher struct {
	members map[ast.Node]*ast.MemberNode
}

// Visit is called for each node after those below it.
func (p *scriptPatcher) Visit(node *ast.Node) {
	call := func(function string, arguments ...ast.Node) *ast.CallNode {
		c := &ast.CallNode{Callee: &ast.IdentifierNode{Value: function}, Arguments: arguments}
		ast.Patch(node, c)
		return c
	}
	switch n := (*node).(type) {
	case *ast.MemberNode:
		function := memberFunction
		if n.Optional {
			function = safeFunction
		}
		if p.members == nil {
			p.members = map[ast.Node]*ast.MemberNode{}
		}
		p.members[call(function, n.Node, n.Property)] = n
	case *ast.ChainNode:
		*node = n.Node
	case *ast.CallNode:
		if m := p.members[n.Callee]; m != nil {
			function := methodFunction
			if m.Optional {
				function = safeMethod
			}
			call(function, append([]ast.Node{m.Node, m.Property}, n.Arguments...)...)
		}
	case *ast.BinaryNode:
		if operators[n.Operator] != nil {
			call(operatorFunction(n.Operator), n.Left, n.Right)
		}
	}
}

// eval returns what the expression gives for a record.
func (s *script) eval(r *connect.Record) (result any, err error) {
	s.names = scriptNames{Key: scriptValue(r.Key()), Value: scriptValue(r.Value()), Topic: r.Topic, Header: &r.Headers}
	if k := r.KeySchema(); k != nil {
		s.names.KeySchema = k
	}
	if v := r.ValueSchema(); v != nil {
		s.names.ValueSchema = v
	}
	result, err = s.machine.Run(s.program, &s.names)
	s.names = scriptNames{}
	if err != nil {
		return nil, fmt.Errorf("the expression failed: %w", err)
	}
	return result, nil
}

// scriptValue returns a value as expressions see it: plain values as those of Go, lists as slices, everything else as it is.
func scriptValue(v data.Value) any {
	switch v.Kind() {
	case data.NullKind:
		return nil
	case data.BoolKind:
		b, _ := v.Bool()
		return b
	case data.Int8Kind, data.Int16Kind, data.Int32Kind, data.Int64Kind:
		n, _ := v.Int64()
		return n
	case data.Float32Kind, data.Float64Kind:
		f, _ := v.Float64()
		return f
	case data.StringKind:
		s, _ := v.Text()
		return s
	case data.ListKind:
		out := make([]any, 0, v.List().Len())
		for _, item := range v.List().All() {
			out = append(out, scriptValue(item))
		}
		return out
	}
	return v
}
