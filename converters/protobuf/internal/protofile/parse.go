package protofile

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/bufbuild/protocompile/ast"
	"github.com/bufbuild/protocompile/parser"
	"github.com/bufbuild/protocompile/reporter"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
)

// Bounds of the texts that are parsed: their length, and how deep their brackets are nested.
const (
	maxText  = 8 << 20
	maxDepth = 200
)

// Parse reads the text of a schema, or the base64 form of a serialized one, which registries give on request. name is used in messages only.
func Parse(name, text string) (*descriptorpb.FileDescriptorProto, error) {
	if len(text) > maxText {
		return nil, fmt.Errorf("Could not parse Protobuf - %s is longer than %d bytes", name, maxText)
	}
	p, err := parseText(name, text)
	if err == nil {
		return p, nil
	}
	if p, ok := parseSerialized(text); ok {
		return p, nil
	}
	return nil, fmt.Errorf("Could not parse Protobuf - %w", err)
}

func parseSerialized(text string) (*descriptorpb.FileDescriptorProto, bool) {
	raw, err := base64.StdEncoding.DecodeString(strings.TrimSpace(text))
	if err != nil || len(raw) == 0 {
		return nil, false
	}
	p := &descriptorpb.FileDescriptorProto{}
	if (proto.UnmarshalOptions{AllowPartial: true, RecursionLimit: maxDepth}).Unmarshal(raw, p) != nil {
		return nil, false
	}
	dropAllGroups(p)
	return p, true
}

// tooDeep reports whether brackets are nested so deep that the parser should not see them.
func tooDeep(text string) bool {
	depth := 0
	for i := range len(text) {
		switch text[i] {
		case '{', '[', '<', '(':
			if depth++; depth > maxDepth {
				return true
			}
		case '}', ']', '>', ')':
			depth = max(depth-1, 0)
		}
	}
	return false
}

func parseText(name, text string) (p *descriptorpb.FileDescriptorProto, err error) {
	if tooDeep(text) {
		return nil, fmt.Errorf("%s is nested deeper than %d levels", name, maxDepth)
	}
	if name == "" {
		name = "schema"
	}
	defer func() {
		// The parser is not ours: whatever it stumbles over costs this schema only.
		if x := recover(); x != nil {
			err = fmt.Errorf("%s: %v", name, x)
		}
	}()
	handler := reporter.NewHandler(reporter.NewReporter(func(e reporter.ErrorWithPos) error { return e }, func(reporter.ErrorWithPos) {}))
	file, err := parser.Parse(name, io.LimitReader(strings.NewReader(text), maxText), handler)
	if err != nil {
		return nil, err
	}
	result, err := parser.ResultFromAST(file, false, handler)
	if err != nil {
		return nil, err
	}
	p = result.FileDescriptorProto()
	if p.GetSyntax() == "" && len(p.GetMessageType())+len(p.GetEnumType())+len(p.GetDependency()) == 0 {
		return nil, errors.New("it declares nothing")
	}
	o := options{result}
	if p.Options != nil {
		o.interpret(p.Options, p.Options.UninterpretedOption)
		p.Options.UninterpretedOption = nil
	}
	for _, m := range p.GetMessageType() {
		o.message(m)
	}
	for _, e := range p.GetEnumType() {
		e.Options = nil
		for _, v := range e.Value {
			v.Options = nil
		}
	}
	dropAllGroups(p)
	p.Service, p.Extension = nil, nil
	return p, nil
}

// dropAllGroups removes groups, which Confluent's library does not read: their data is that of unknown fields.
func dropAllGroups(p *descriptorpb.FileDescriptorProto) {
	for _, m := range p.GetMessageType() {
		dropGroups(m)
	}
}

func dropGroups(m *descriptorpb.DescriptorProto) {
	groups := map[string]bool{}
	var fields []*descriptorpb.FieldDescriptorProto
	for _, f := range m.GetField() {
		if f.GetType() == Group {
			name := f.GetTypeName()
			groups[name[strings.LastIndexByte(name, '.')+1:]] = true
			continue
		}
		fields = append(fields, f)
	}
	m.Field = fields
	var messages []*descriptorpb.DescriptorProto
	for _, n := range m.GetNestedType() {
		if groups[n.GetName()] {
			continue
		}
		dropGroups(n)
		messages = append(messages, n)
	}
	m.NestedType = messages
}

// options gives meaning to the options of a parsed text, as far as they have one here.
type options struct{ parser.Result }

func (o options) message(m *descriptorpb.DescriptorProto) {
	if m.Options != nil {
		o.interpret(m.Options, m.Options.UninterpretedOption)
		m.Options.UninterpretedOption = nil
	}
	m.Extension, m.ExtensionRange = nil, nil
	for _, f := range m.Field {
		o.field(f)
	}
	for _, x := range m.OneofDecl {
		x.Options = nil
	}
	maps := map[string]string{}
	for _, n := range m.NestedType {
		o.message(n)
		for _, e := range n.EnumType {
			e.Options = nil
		}
	}
	// The messages of maps have the names that Confluent's library gives them.
	for _, f := range m.Field {
		if _, ok := o.FieldNode(f).(*ast.MapFieldNode); ok {
			old := f.GetTypeName()
			maps[old[strings.LastIndexByte(old, '.')+1:]] = MapEntry(f.GetName())
			f.TypeName = proto.String(MapEntry(f.GetName()))
		}
	}
	for _, n := range m.NestedType {
		if to, ok := maps[n.GetName()]; ok && n.GetOptions().GetMapEntry() {
			n.Name = proto.String(to)
		}
	}
}

func (o options) field(f *descriptorpb.FieldDescriptorProto) {
	f.JsonName = nil
	all := f.GetOptions().GetUninterpretedOption()
	if len(all) == 0 {
		return
	}
	f.Options.UninterpretedOption = nil
	var params []Param
	for _, u := range all {
		node, _ := o.OptionNode(u).(*ast.OptionNode)
		if node == nil || len(u.GetName()) == 0 {
			continue
		}
		first := u.GetName()[0]
		name := strings.TrimPrefix(first.GetNamePart(), ".")
		switch {
		case first.GetIsExtension() && name == "confluent.field_meta" && len(u.GetName()) == 1:
			params = append(params, paramsOf(member(node.Val, "params"))...)
		case first.GetIsExtension() && name == "confluent.field_meta" && u.GetName()[1].GetNamePart() == "params":
			params = append(params, paramsOf([]ast.ValueNode{node.Val})...)
		case first.GetIsExtension() || len(u.GetName()) != 1:
		case name == "default":
			f.DefaultValue = proto.String(literal(node.Val))
		case name == "json_name":
			f.JsonName = proto.String(literal(node.Val))
		case name == "packed":
			f.Options.Packed = proto.Bool(literal(node.Val) == "true")
		}
	}
	SetParams(f, params)
}

// interpret sets the options that have a name of their own and a scalar value.
func (o options) interpret(m proto.Message, all []*descriptorpb.UninterpretedOption) {
	r := m.ProtoReflect()
	for _, u := range all {
		node, _ := o.OptionNode(u).(*ast.OptionNode)
		if node == nil || len(u.GetName()) != 1 || u.GetName()[0].GetIsExtension() {
			continue
		}
		f := r.Descriptor().Fields().ByName(protoreflect.Name(u.GetName()[0].GetNamePart()))
		if f == nil || f.IsList() {
			continue
		}
		text := literal(node.Val)
		switch f.Kind() {
		case protoreflect.BoolKind:
			r.Set(f, protoreflect.ValueOfBool(text == "true"))
		case protoreflect.StringKind:
			r.Set(f, protoreflect.ValueOfString(text))
		case protoreflect.EnumKind:
			if v := f.Enum().Values().ByName(protoreflect.Name(text)); v != nil {
				r.Set(f, protoreflect.ValueOfEnum(v.Number()))
			}
		}
	}
}

// literal is the text of a scalar value.
func literal(v ast.ValueNode) string {
	switch x := v.(type) {
	case ast.StringValueNode:
		return x.AsString()
	case ast.IdentValueNode:
		return string(x.AsIdentifier())
	}
	switch x := v.Value().(type) {
	case uint64:
		return strconv.FormatUint(x, 10)
	case int64:
		return strconv.FormatInt(x, 10)
	case float64:
		switch {
		case math.IsInf(x, 1):
			return "inf"
		case math.IsInf(x, -1):
			return "-inf"
		case math.IsNaN(x):
			return "nan"
		}
		return strconv.FormatFloat(x, 'g', -1, 64)
	}
	return ""
}

// member returns the values of a member of a message literal.
func member(v ast.ValueNode, name string) []ast.ValueNode {
	m, ok := v.(*ast.MessageLiteralNode)
	if !ok {
		return nil
	}
	var out []ast.ValueNode
	for _, e := range m.Elements {
		if e.Name.Open == nil && string(e.Name.Name.AsIdentifier()) == name {
			out = append(out, e.Val)
		}
	}
	return out
}

// paramsOf reads parameters: messages of key and value, or lists of them.
func paramsOf(values []ast.ValueNode) []Param {
	var out []Param
	for _, v := range values {
		switch x := v.(type) {
		case *ast.ArrayLiteralNode:
			out = append(out, paramsOf(x.Elements)...)
		case *ast.MessageLiteralNode:
			var p Param
			for _, k := range member(x, "key") {
				p.Key = literal(k)
			}
			for _, k := range member(x, "value") {
				p.Value = literal(k)
			}
			out = append(out, p)
		}
	}
	return out
}
