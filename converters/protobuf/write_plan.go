package protobuf

import (
	"sort"
	"strconv"

	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/converters/protobuf/internal/protofile"
	"google.golang.org/protobuf/encoding/protowire"
)

// writePlan says how values of one Connect schema are written as a field or message of one type.
type writePlan struct {
	op     writeOp
	schema *data.Schema
	// kind is the kind of the values that are written.
	kind data.Kind
	// err is the error of every value; a wrong kind of value is still reported as such first.
	err error
	// wrapped says that a scalar stands in a message of its own, as its field 1.
	wrapped bool
	// fields are those of a message, in the order of their numbers; the key and the value of a map's entry.
	fields []writeField
	// unions are the fields of the struct that hold the member of a oneof.
	unions []writeUnionField
	elem   *writePlan
	// symbols are the numbers of an enum's symbols, numbers those that its type has; zero is the one that is not written.
	symbols map[string]int32
	numbers map[int32]bool
	zero    int32
}

// writeField is a field of a message.
type writeField struct {
	// source is the field of the struct; union, if not negative, is the union whose member source is.
	source, union int
	// def is written in place of null.
	def data.Value
	// key is the number and wire type as they are written before each value.
	key    []byte
	number protowire.Number
	// presence says that zero is written too.
	presence bool
	packed   bool
	name     string
	plan     *writePlan
	// guess is how many bytes the last length of this field took.
	guess int
}

// writeUnionField is a field of a struct that is itself the struct of a union.
type writeUnionField struct {
	source int
	def    data.Value
	schema *data.Schema
	name   string
	// defs are the defaults of the members.
	defs []data.Value
}

type writeOp uint8

const (
	writeFail writeOp = iota
	writeBool
	// writeInt writes integers of 32 and 64 bits with their sign, writeUint32 those without.
	writeInt32
	writeInt64
	writeUint32
	writeSint
	writeFixed32
	writeFixed64
	writeFloat
	writeDouble
	writeText
	writeBytes
	writeSymbol
	writeNumber
	// The following are written with a length.
	writeMessage
	writeDecimal
	writeDate
	writeTime
	writeTimestamp
	// The following have several values.
	writeList
	writeMap
)

// WritePlan writes values of one Connect schema. It is used by one goroutine at a time.
type WritePlan struct {
	root *writePlan
	// Name is the full name of the message that is written: for some root schemas another one than that of their schema.
	Name      string
	enumParam string
	scratch   []byte
	active    []int
}

// WritePlan compiles how values of s are written: as what ProtobufSchema(s), given as own, makes of them.
func (d *Data) WritePlan(s *data.Schema, own *Schema) *WritePlan {
	c := writeCompiler{Data: d, file: own.File, known: map[writeKey]*writePlan{}}
	if s.Kind() == data.StructKind && !isLogical(s) {
		// Whatever is inside a schema with the name of a wrapper is wrapped itself, which fails in Java.
		c.inWrapper = wrapperKinds[own.Root.FullName] != 0
		return &WritePlan{root: c.message(s, own.Root), Name: own.Root.FullName}
	}
	p := c.scalar(s, false)
	w := &WritePlan{root: p, Name: own.Root.FullName, enumParam: c.enumParam()}
	if p.wrapped = !isLogical(s); !p.wrapped {
		w.Name = map[writeOp]string{writeDecimal: decimalType, writeDate: dateType, writeTime: timeType, writeTimestamp: timestampType}[p.op]
	} else if s.Kind() == data.Int64Kind && p.op == writeInt32 {
		w.Name = wrapperOf[data.Int32Kind]
	}
	return w
}

type writeKey struct {
	schema  *data.Schema
	message *Message
}

type writeCompiler struct {
	*Data
	file      *File
	known     map[writeKey]*writePlan
	inWrapper bool
}

// message compiles how structs of s are written as a message.
func (c *writeCompiler) message(s *data.Schema, m *Message) *writePlan {
	key := writeKey{s, m}
	if p := c.known[key]; p != nil {
		return p
	}
	p := &writePlan{op: writeMessage, schema: s, kind: s.ValueKind()}
	c.known[key] = p
	if isUnion(s) {
		// A union that is no field has no place to be.
		p.err = dataException("Unsupported object of class io.confluent.connect.protobuf.ProtobufData$Pair")
		return p
	}
	for i, f := range s.Fields() {
		def := c.defaultOf(f.Schema)
		if f.Schema.Kind() == data.StructKind && isUnion(f.Schema) {
			u := writeUnionField{source: i, def: def, schema: f.Schema, name: f.Name}
			for j, g := range f.Schema.Fields() {
				u.defs = append(u.defs, c.defaultOf(g.Schema))
				p.fields = append(p.fields, c.field(g, m, j, len(p.unions), data.Null))
			}
			p.unions = append(p.unions, u)
			continue
		}
		p.fields = append(p.fields, c.field(f, m, i, -1, def))
	}
	sort.SliceStable(p.fields, func(i, j int) bool { return p.fields[i].number < p.fields[j].number })
	return p
}

func (c *writeCompiler) defaultOf(s *data.Schema) data.Value {
	if c.opts.IgnoreDefaults {
		return data.Null
	}
	v, _ := s.Default()
	return v
}

// field compiles a field of a struct, or of a union in it.
func (c *writeCompiler) field(f data.Field, m *Message, source, union int, def data.Value) writeField {
	w := writeField{source: source, union: union, def: def, name: f.Name, guess: 1}
	target := m.Field(c.scrub(f.Name))
	if target == nil {
		w.plan = &writePlan{schema: f.Schema, kind: f.Schema.ValueKind(), err: dataException("Cannot find field with name " + c.scrub(f.Name))}
		return w
	}
	w.number, w.presence = protowire.Number(target.Number), target.Presence
	s := f.Schema
	if s.Kind() == data.ListKind && !isLogical(s) {
		w.plan = &writePlan{op: writeList, schema: s, kind: s.ValueKind(), elem: c.value(s.Elem(), target, m, false)}
		w.packed = target.Packed && w.plan.elem.op < writeMessage && !w.plan.elem.wrapped
		if w.plan.elem.op == writeList || w.plan.elem.op == writeMap {
			w.plan.elem = &writePlan{schema: s.Elem(), kind: s.Elem().ValueKind(), err: wrongObject(target, "java.util.ArrayList")}
		}
	} else {
		w.plan = c.value(s, target, m, union >= 0)
	}
	w.key = keyOf(w.number, w.plan, w.packed)
	return w
}

// keyOf returns what stands before a value.
func keyOf(n protowire.Number, p *writePlan, packed bool) []byte {
	if p.op == writeList {
		p = p.elem
	}
	t := protowire.BytesType
	if !packed && !p.wrapped {
		t = wireTypes[p.op]
	}
	return protowire.AppendTag(nil, n, t)
}

var wireTypes = map[writeOp]protowire.Type{
	writeFail: protowire.BytesType, writeText: protowire.BytesType, writeBytes: protowire.BytesType, writeMessage: protowire.BytesType,
	writeDecimal: protowire.BytesType, writeDate: protowire.BytesType, writeTime: protowire.BytesType, writeTimestamp: protowire.BytesType,
	writeMap: protowire.BytesType, writeList: protowire.BytesType,
	writeFixed32: protowire.Fixed32Type, writeFloat: protowire.Fixed32Type, writeFixed64: protowire.Fixed64Type, writeDouble: protowire.Fixed64Type,
}

// wrongObject is the error of Java's library for a value of another type than the field's.
func wrongObject(f *protofile.Field, class string) error {
	if f.Type == protofile.EnumT && class != "java.util.ArrayList" {
		return argumentError("DynamicMessage should use EnumValueDescriptor to set Enum Value.")
	}
	return argumentError("Wrong object type used with protocol message reflection.\nField number: " + strconv.Itoa(int(f.Number)) +
		", field java type: " + javaTypes[f.Type] + ", value type: " + class + "\n")
}

var javaTypes = map[protofile.Type]string{
	protofile.Int32: "INT", protofile.Sint32: "INT", protofile.Uint32: "INT", protofile.Fixed32: "INT", protofile.Sfixed32: "INT",
	protofile.Int64: "LONG", protofile.Sint64: "LONG", protofile.Uint64: "LONG", protofile.Fixed64: "LONG", protofile.Sfixed64: "LONG",
	protofile.Float: "FLOAT", protofile.Double: "DOUBLE", protofile.Bool: "BOOLEAN", protofile.String: "STRING", protofile.Bytes: "BYTE_STRING",
	protofile.EnumT: "ENUM", protofile.MessageT: "MESSAGE",
}

// value compiles how one value of a field is written.
func (c *writeCompiler) value(s *data.Schema, target *protofile.Field, m *Message, member bool) *writePlan {
	switch {
	case isLogical(s):
		p := c.scalar(s, member)
		if target.Type != protofile.MessageT {
			p.op, p.err = writeFail, wrongObject(target, "com.google.protobuf.Message")
		}
		return p
	case s.Kind() == data.StructKind && target.Message != nil:
		p := c.message(s, target.Message)
		if isUnion(s) {
			return &writePlan{schema: s, kind: s.ValueKind(), err: wrongObject(target, "io.confluent.connect.protobuf.ProtobufData$Pair")}
		}
		return p
	case s.Kind() == data.MapKind && target.Message != nil:
		return c.entries(s, target.Message)
	case s.Kind() == data.ListKind:
		return &writePlan{op: writeList, schema: s, kind: s.ValueKind()}
	}
	if enum := c.enum(s, target, m); enum != nil {
		return enum
	}
	p := c.scalar(s, member)
	c.check(p, target)
	return p
}

// enum compiles the values of an enum, nil where the schema is none.
func (c *writeCompiler) enum(s *data.Schema, target *protofile.Field, m *Message) *writePlan {
	key := enumParam
	switch s.Kind() {
	case data.Int8Kind, data.Int16Kind, data.Int32Kind:
		if !hasParam(s, enumParam) {
			return nil
		}
	case data.StringKind:
		if !hasParam(s, generalizedEnum) && !hasParam(s, enumParam) {
			return nil
		}
		key = c.enumParam()
	default:
		return nil
	}
	p := &writePlan{op: writeNumber, schema: s, kind: s.ValueKind(), numbers: map[int32]bool{}, symbols: map[string]int32{}}
	name, _ := s.Param(key)
	// The enum is declared in the message of the field.
	e := c.file.FindEnum(m.FullName + "." + name)
	if e != nil {
		p.zero = e.Values[0].Number
		for _, v := range e.Values {
			p.numbers[v.Number] = true
		}
	}
	if target.Type != protofile.EnumT {
		p.op, p.err = writeFail, wrongObject(target, "com.google.protobuf.Descriptors$EnumValueDescriptor")
		return p
	}
	if s.Kind() != data.StringKind {
		return p
	}
	p.op = writeSymbol
	for _, x := range s.ParamList() {
		if len(x.Key) > len(key) && x.Key[:len(key)+1] == key+"." {
			n, err := strconv.ParseInt(x.Value, 10, 32)
			if err != nil {
				p.err = argumentError("For input string: \"" + x.Value + "\"")
			}
			p.symbols[x.Key[len(key)+1:]] = int32(n)
		}
	}
	return p
}

// check compares what is written with the type of the field.
func (c *writeCompiler) check(p *writePlan, target *protofile.Field) {
	if p.err != nil {
		return
	}
	message := target.Type == protofile.MessageT
	if p.wrapped || c.inWrapper {
		if !message {
			p.op, p.err = writeFail, wrongObject(target, "com.google.protobuf."+wrapperOf[p.schema.Kind()][len("google.protobuf."):])
		}
		return
	}
	java := javaTypes[target.Type]
	class := ""
	switch p.op {
	case writeInt32, writeUint32:
		if class = "java.lang.Integer"; java == "INT" {
			p.op = intOps[target.Type]
			return
		}
	case writeInt64:
		if class = "java.lang.Long"; java == "LONG" {
			p.op = intOps[target.Type]
			return
		}
	case writeFloat:
		if class = "java.lang.Float"; java == "FLOAT" {
			return
		}
	case writeDouble:
		if class = "java.lang.Double"; java == "DOUBLE" {
			return
		}
	case writeBool:
		if class = "java.lang.Boolean"; java == "BOOLEAN" {
			return
		}
	case writeText:
		if class = "java.lang.String"; java == "STRING" {
			return
		}
	case writeBytes:
		if class = "com.google.protobuf.ByteString$LiteralByteString"; java == "BYTE_STRING" {
			return
		}
	}
	p.op, p.err = writeFail, wrongObject(target, class)
}

var intOps = map[protofile.Type]writeOp{
	protofile.Int32: writeInt32, protofile.Uint32: writeUint32, protofile.Sint32: writeSint, protofile.Fixed32: writeFixed32, protofile.Sfixed32: writeFixed32,
	protofile.Int64: writeInt64, protofile.Uint64: writeInt64, protofile.Sint64: writeSint, protofile.Fixed64: writeFixed64, protofile.Sfixed64: writeFixed64,
}

// scalar compiles a value that has no fields, as Java converts it before it knows the field.
func (c *writeCompiler) scalar(s *data.Schema, member bool) *writePlan {
	p := &writePlan{schema: s, kind: s.ValueKind()}
	if isLogical(s) {
		switch s.Name() {
		case data.DecimalName:
			p.op = writeDecimal
		case data.DateName:
			p.op = writeDate
		case data.TimeName:
			p.op = writeTime
		case data.TimestampName:
			p.op = writeTimestamp
		}
		return p
	}
	p.wrapped = c.wraps(s, member)
	switch s.Kind() {
	case data.Int8Kind, data.Int16Kind, data.Int32Kind:
		p.op = writeInt32
	case data.Int64Kind:
		p.op = writeInt64
		if t, _ := s.Param(typeParam); t == "uint32" || t == "fixed32" {
			p.op = writeInt32
		}
	case data.Float32Kind:
		p.op = writeFloat
	case data.Float64Kind:
		p.op = writeDouble
	case data.BoolKind:
		p.op = writeBool
	case data.StringKind:
		p.op = writeText
	case data.BytesKind:
		p.op = writeBytes
	default:
		p.err = dataException("Unknown schema type: " + s.Kind().String())
	}
	return p
}

// entries compiles a map: each entry is a message.
func (c *writeCompiler) entries(s *data.Schema, m *Message) *writePlan {
	key := writeKey{s, m}
	if p := c.known[key]; p != nil {
		return p
	}
	p := &writePlan{op: writeMap, schema: s, kind: s.ValueKind()}
	c.known[key] = p
	for i, part := range []*data.Schema{s.Key(), s.Elem()} {
		f := data.Field{Name: []string{keyField, valueField}[i], Schema: part}
		target := m.Field(f.Name)
		if target == nil {
			p.err = nullPointer("the message " + m.FullName + " of the map has no field " + f.Name)
			return p
		}
		p.fields = append(p.fields, c.field(f, m, i, -1, data.Null))
	}
	return p
}
