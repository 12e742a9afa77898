package protobuf

import (
	"strconv"
	"strings"

	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/converters/protobuf/internal/protofile"
	"github.com/moldau/moldau/internal/javafmt"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/descriptorpb"
)

// Bounds of generated schemas: how deep messages are declared inside each other, and how many there are. Java runs out of stack or memory.
const (
	maxMessageDepth = 200
	maxMessages     = 20000
)

// Schema is the Protobuf schema of a Connect schema.
type Schema struct {
	// File is the schema; Text is what it is registered as.
	File *File
	Text string
	// Root is the message that the schema stands for, which is also the type that strategies of subjects name.
	Root *Message
}

// ProtobufSchema returns the schema that values of s are written by.
func (d *Data) ProtobufSchema(s *data.Schema) (*Schema, error) {
	if name, ok := wrapperOf[s.Kind()]; ok {
		file := protofile.Known(wrappersFile)
		return &Schema{File: file, Text: protofile.Print(file.Proto), Root: file.Find(name)}, nil
	}
	if s.Kind() != data.StructKind {
		return nil, argumentError("Unsupported root schema of type " + s.Kind().String())
	}
	g := &generator{Data: d, file: &descriptorpb.FileDescriptorProto{Name: proto.String("default"), Syntax: proto.String("proto3")}}
	full := s.Name()
	if full == "" {
		full = g.nameless()
	}
	space, name, err := d.splitName(full)
	if err != nil {
		return nil, err
	}
	if space != "" {
		g.file.Package = proto.String(space)
	}
	root, err := g.message(name, s, 0)
	if err != nil {
		return nil, err
	}
	g.file.MessageType = []*descriptorpb.DescriptorProto{root}
	file, err := protofile.Link("default", g.file, func(name string) (*File, error) { return protofile.Known(name), nil })
	if err != nil {
		return nil, argumentError("Invalid protobuf schema definition: " + err.Error())
	}
	return &Schema{File: file, Text: protofile.Print(g.file), Root: file.Messages[0]}, nil
}

// generator makes one schema.
type generator struct {
	*Data
	file *descriptorpb.FileDescriptorProto
	// names counts the types without a name; all counts the messages.
	names, all int
}

func (g *generator) nameless() string {
	g.names++
	return defaultName + strconv.Itoa(g.names)
}

// unqualified returns the last part of a name.
func (g *generator) unqualified(name string) string {
	if name == "" {
		name = g.nameless()
	}
	return g.scrub(name[strings.LastIndexByte(name, '.')+1:])
}

// scope is a message whose fields are being made.
type scope struct {
	proto    *descriptorpb.DescriptorProto
	declared map[string]bool
	depth    int
}

func (g *generator) message(name string, s *data.Schema, depth int) (*descriptorpb.DescriptorProto, error) {
	if g.all++; g.all > maxMessages || depth > maxMessageDepth {
		return nil, javafmt.NewException("java.lang.StackOverflowError",
			"the schema "+s.Name()+" contains itself in a way that Protobuf has no schema for, or is nested deeper than "+strconv.Itoa(maxMessageDepth)+" levels", nil)
	}
	m := &scope{&descriptorpb.DescriptorProto{Name: proto.String(name)}, map[string]bool{}, depth}
	index := int32(1)
	for _, f := range s.Fields() {
		tag, given, err := tagOf(f.Schema)
		if err != nil {
			return nil, err
		}
		if !given {
			tag = index
			index++
		}
		x, err := g.field(m, f.Schema, g.scrub(f.Name), tag, false)
		switch {
		case err != nil:
			return nil, err
		case x == nil:
			continue
		}
		if g.keyword(f.Schema) {
			x.Proto3Optional = proto.Bool(true)
			x.OneofIndex = proto.Int32(m.oneof("_" + x.GetName()))
		}
		m.proto.Field = append(m.proto.Field, x)
	}
	return m.proto, nil
}

func (m *scope) oneof(name string) int32 {
	m.proto.OneofDecl = append(m.proto.OneofDecl, &descriptorpb.OneofDescriptorProto{Name: proto.String(name)})
	return int32(len(m.proto.OneofDecl) - 1)
}

func tagOf(s *data.Schema) (tag int32, given bool, err error) {
	for _, p := range s.ParamList() {
		if p.Key == tagParam && !p.Null {
			tag, err = javafmt.ParseInt(p.Value)
			return tag, true, err
		}
	}
	return 0, false, nil
}

// keyword reports whether a field has the keyword optional.
func (g *generator) keyword(s *data.Schema) bool {
	return g.opts.Optional && s.Optional() && s.Kind() != data.ListKind && s.Kind() != data.MapKind
}

// field makes a field of a message, and declares its type there. For a union it makes those of its members, and returns nil.
func (g *generator) field(m *scope, s *data.Schema, name string, tag int32, member bool) (*descriptorpb.FieldDescriptorProto, error) {
	label := descriptorpb.FieldDescriptorProto_LABEL_OPTIONAL
	if s.Kind() == data.ListKind || s.Kind() == data.MapKind {
		label = descriptorpb.FieldDescriptorProto_LABEL_REPEATED
	}
	if s.Kind() == data.ListKind {
		if s = s.Elem(); s == nil {
			return nil, nullPointer("the array of field " + name + " has no schema of its elements")
		}
	}
	typ, params, err := g.dataType(s, name, member)
	if err != nil {
		return nil, err
	}
	f := &descriptorpb.FieldDescriptorProto{Name: proto.String(name), Number: proto.Int32(tag), Label: label.Enum()}
	if scalar, ok := protofile.ScalarType(typ); ok {
		f.Type = scalar.Enum()
	} else {
		f.TypeName = proto.String(typ)
	}
	protofile.SetParams(f, params)
	switch {
	case s.Kind() == data.StructKind && isUnion(s):
		return nil, g.union(m, s)
	case s.Kind() == data.StructKind:
		if typ != m.proto.GetName() && !m.declared[typ] {
			m.declared[typ] = true
			x, err := g.message(typ, s, m.depth+1)
			if err != nil {
				return nil, err
			}
			m.proto.NestedType = append(m.proto.NestedType, x)
		}
	case s.Kind() == data.MapKind:
		x, err := g.entry(typ, s, m.depth+1)
		if err != nil {
			return nil, err
		}
		m.proto.NestedType = append(m.proto.NestedType, x)
	case hasParam(s, generalizedEnum) || hasParam(s, enumParam):
		return f, g.enum(m, s)
	case filesOf[typ] != "":
		g.use(filesOf[typ])
	default:
		if v, ok := s.Default(); ok {
			f.DefaultValue = proto.String(string(v.AppendString(nil)))
		}
	}
	return f, nil
}

// use imports a file.
func (g *generator) use(file string) {
	for _, d := range g.file.Dependency {
		if d == file {
			return
		}
	}
	g.file.Dependency = append(g.file.Dependency, file)
}

func (g *generator) union(m *scope, s *data.Schema) error {
	var name string
	switch {
	case g.opts.Generalized:
		var ok bool
		if name, ok = s.Param(generalizedUnion); !ok {
			return nullPointer("the union " + s.Name() + " has no parameter " + generalizedUnion)
		}
	case !s.HasName():
		return nullPointer(`Cannot invoke "String.substring(int)" because "fieldSchemaName" is null`)
	case len(s.Name()) < len(unionPrefix):
		n := strconv.Itoa(javafmt.Length(s.Name()))
		return javafmt.NewException("java.lang.StringIndexOutOfBoundsException", "begin "+strconv.Itoa(len(unionPrefix))+", end "+n+", length "+n, nil)
	default:
		name = g.unqualified(s.Name()[len(unionPrefix):])
	}
	index := m.oneof(name)
	for _, f := range s.Fields() {
		tag, _, err := tagOf(f.Schema)
		if err != nil {
			return err
		}
		x, err := g.field(m, f.Schema, g.scrub(f.Name), tag, true)
		switch {
		case err != nil:
			return err
		case x != nil:
			x.OneofIndex = proto.Int32(index)
			m.proto.Field = append(m.proto.Field, x)
		}
	}
	return nil
}

func (g *generator) entry(name string, s *data.Schema, depth int) (*descriptorpb.DescriptorProto, error) {
	if g.all++; g.all > maxMessages || depth > maxMessageDepth {
		return nil, javafmt.NewException("java.lang.StackOverflowError", "maps are nested deeper than "+strconv.Itoa(maxMessageDepth)+" levels", nil)
	}
	m := &scope{&descriptorpb.DescriptorProto{Name: proto.String(name)}, map[string]bool{}, depth}
	for i, part := range []*data.Schema{s.Key(), s.Elem()} {
		if part == nil {
			return nil, nullPointer("the map " + s.Name() + " has no schema of its keys or values")
		}
		f, err := g.field(m, part, []string{keyField, valueField}[i], int32(i+1), false)
		switch {
		case err != nil:
			return nil, err
		case f == nil:
			return nil, nullPointer("a map cannot have a union as its key or value")
		}
		m.proto.Field = append(m.proto.Field, f)
	}
	return m.proto, nil
}

func (g *generator) enum(m *scope, s *data.Schema) error {
	name := g.unqualified(s.Name())
	for _, e := range m.proto.EnumType {
		if e.GetName() == name {
			return nil
		}
	}
	if !s.HasName() || s.Name() == "" {
		// Java asks for the name of a nameless type twice.
		name = g.unqualified("")
	}
	e := &descriptorpb.EnumDescriptorProto{Name: proto.String(name)}
	for _, p := range s.ParamList() {
		symbol, ok := strings.CutPrefix(p.Key, g.enumParam()+".")
		if !ok {
			continue
		}
		number, err := javafmt.ParseInt(p.Value)
		if err != nil {
			return err
		}
		e.Value = append(e.Value, &descriptorpb.EnumValueDescriptorProto{Name: proto.String(symbol), Number: proto.Int32(number)})
	}
	m.proto.EnumType = append(m.proto.EnumType, e)
	return nil
}

// dataType returns the type of a field, with the parameters it gets.
func (g *generator) dataType(s *data.Schema, field string, member bool) (string, []protofile.Param, error) {
	if s.HasName() {
		switch s.Name() {
		case data.DecimalName:
			return decimalType, decimalParams(s), nil
		case data.DateName:
			return dateType, nil, nil
		case data.TimeName:
			return timeType, nil, nil
		case data.TimestampName:
			return timestampType, nil, nil
		}
	}
	if isVariant(s) {
		return variantType, nil, nil
	}
	wrapped := g.wraps(s, member)
	param := func(key, otherwise string) string {
		if v, ok := s.Param(key); ok {
			return v
		}
		return otherwise
	}
	switch s.Kind() {
	case data.Int8Kind, data.Int16Kind:
		params := []protofile.Param{{Key: connectType, Value: strings.ToLower(s.Kind().String())}}
		if wrapped {
			return wrapperOf[s.Kind()], params, nil
		}
		return "int32", params, nil
	case data.Int32Kind:
		if hasParam(s, enumParam) {
			return param(enumParam, ""), nil, nil
		}
		if wrapped {
			return wrapperOf[data.Int32Kind], nil, nil
		}
		return param(typeParam, "int32"), nil, nil
	case data.Int64Kind:
		name := param(typeParam, "int64")
		if wrapped {
			switch name {
			case "uint32", "fixed32":
				return "google.protobuf.UInt32Value", nil, nil
			case "uint64", "fixed64":
				return "google.protobuf.UInt64Value", nil, nil
			}
			return wrapperOf[data.Int64Kind], nil, nil
		}
		return name, nil, nil
	case data.StringKind:
		for _, key := range []string{generalizedEnum, enumParam} {
			if hasParam(s, key) {
				return param(key, ""), nil, nil
			}
		}
	case data.ListKind:
		return "", nil, argumentError("Array cannot be nested")
	case data.MapKind:
		return protofile.MapEntry(g.unqualified(s.Name())), nil, nil
	case data.StructKind:
		name := g.unqualified(s.Name())
		if name == field {
			name += "Message"
		}
		return name, nil, nil
	}
	if wrapped {
		return wrapperOf[s.Kind()], nil, nil
	}
	return scalarNames[s.Kind()], nil, nil
}

var scalarNames = map[data.Kind]string{
	data.Float32Kind: "float", data.Float64Kind: "double", data.BoolKind: "bool", data.StringKind: "string", data.BytesKind: "bytes",
}

// decimalParams are in the order of a HashMap of Java: precision first.
func decimalParams(s *data.Schema) []protofile.Param {
	var out []protofile.Param
	if p, ok := s.Param(precisionParam); ok {
		out = append(out, protofile.Param{Key: precisionProp, Value: p})
	}
	if p, ok := s.Param(data.ScaleParam); ok {
		out = append(out, protofile.Param{Key: scaleProp, Value: p})
	}
	if len(out) == 2 && javafmt.HashOrder([]string{precisionProp, scaleProp}, 16)[0] == 1 {
		out[0], out[1] = out[1], out[0]
	}
	return out
}
