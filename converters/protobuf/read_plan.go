package protobuf

import (
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/converters/protobuf/internal/protofile"
	"google.golang.org/protobuf/encoding/protowire"
)

// readMessage says how the data of a message is read as a struct of one schema.
type readMessage struct {
	name   string
	schema *data.Schema
	layout *data.Layout
	// small finds the case of a key below its length, large that of others; 0 is none.
	small []uint32
	large map[uint32]uint32
	cases []readCase
	// always are the fields that have a value where the data has none, with that value.
	always []readDefault
	// lists, spans and oneofs are how many lists or maps, single messages and oneofs there are.
	lists  []readList
	spans  []readSpan
	oneofs int
	// required are the fields that the data must have, as bits of the first 64 cases, and their names.
	required []readRequired
	// bits is how many fields have a bit by which they are known to be set.
	bits int
}

// readCase is what a key of the data means: a field in one of the forms that its values may have.
type readCase struct {
	op    readOp
	index int
	// at is the list, span or oneof.
	at  int
	bit int
	// packed says that several values follow.
	packed bool
	value  *readValue
	direct directRead
}

type readOp uint8

const (
	// readScalar sets a field; readElement adds to a list; readEntry adds to a map; readSub notes where a message stands; readMember where the
	// member of a oneof does.
	readScalar readOp = iota
	readElement
	readEntry
	readSub
	readMember
)

// readDefault is the value of a field that the data lacks.
type readDefault struct {
	index, bit int
	value      data.Value
}

type readRequired struct {
	bit  int
	name string
}

// readSpan is a field that is a single message.
type readSpan struct {
	index, bit int
	value      *readValue
	name       string
	// always says that the field is read as an empty message where the data lacks it.
	always bool
}

// readList is a field that is a list or a map.
type readList struct {
	index int
	isMap bool
}

// readValue says how one value is read.
type readValue struct {
	kind valueKind
	typ  protofile.Type
	// to is the kind of the result.
	to   data.Kind
	name string
	// checked says that texts must be UTF-8.
	checked bool
	symbols *readEnum
	message *readMessage
	// parts are the fields of a wrapper or logical message, or those of a map's entry.
	parts []readPart
	// whole says that Java's library sets what an entry of a map lacks to its default, as it does where the schema has a map.
	whole bool
	// zero is the value where the data has none.
	zero data.Value
}

type valueKind uint8

const (
	plainValue valueKind = iota
	structValue
	wrapperValue
	decimalValue
	dateValue
	timeValue
	timestampValue
	entryValue
)

// readPart is a field of a small message, by its key.
type readPart struct {
	key   uint32
	value *readValue
}

// readEnum holds the values of an enum by their numbers.
type readEnum struct {
	name   string
	closed bool
	// numbers says that the result is the number, not the symbol.
	numbers bool
	dense   []data.Value
	sparse  map[int32]data.Value
}

// ReadPlan says how the data of one message is read.
type ReadPlan struct {
	root   *readValue
	schema *data.Schema
}

type readCompiler struct {
	*Data
	schemas *schemaReader
	known   map[readKey]*readMessage
	enums   map[*protofile.Enum]*readEnum
}

type readKey struct {
	message *Message
	schema  *data.Schema
}

// ReadPlan compiles how the data of a message is read as values of s, which ConnectSchema made of the message.
func (d *Data) ReadPlan(m *Message, s *data.Schema) *ReadPlan {
	c := &readCompiler{Data: d, schemas: &schemaReader{Data: d}, known: map[readKey]*readMessage{}, enums: map[*protofile.Enum]*readEnum{}}
	if s.Kind() != data.StructKind {
		return &ReadPlan{c.wrapper(m, s), s}
	}
	return &ReadPlan{&readValue{kind: structValue, to: data.StructKind, message: c.message(m, s)}, s}
}

func (c *readCompiler) message(m *Message, s *data.Schema) *readMessage {
	key := readKey{m, s}
	if p := c.known[key]; p != nil {
		return p
	}
	p := &readMessage{name: m.FullName, schema: s, layout: s.Layout(), cases: make([]readCase, 1)}
	c.known[key] = p
	for i, o := range m.Oneofs {
		p.oneofs = i + 1
		union := -1
		if !c.opts.Flatten {
			f, _ := s.Field(c.unionField(o))
			union = f.Index
		}
		for _, f := range o.Fields {
			c.member(p, f, i, union)
		}
	}
	for _, f := range m.Fields {
		if f.Oneof == nil {
			c.field(p, f)
		}
	}
	return p
}

// add enters what a key means.
func (p *readMessage) add(f *protofile.Field, t protowire.Type, c readCase) {
	key := uint32(f.Number)<<3 | uint32(t)
	p.cases = append(p.cases, c)
	at := uint32(len(p.cases) - 1)
	const mostSmall = 1 << 10
	if key >= mostSmall {
		if p.large == nil {
			p.large = map[uint32]uint32{}
		}
		p.large[key] = at
		return
	}
	for len(p.small) <= int(key) {
		p.small = append(p.small, 0)
	}
	p.small[key] = at
}

func (p *readMessage) bit() int {
	p.bits++
	return p.bits - 1
}

// member compiles a member of a oneof.
func (c *readCompiler) member(p *readMessage, f *protofile.Field, oneof, union int) {
	s := p.schema
	if union >= 0 {
		s = s.Fields()[union].Schema
	}
	x, ok := s.Field(f.Name)
	if !ok {
		return
	}
	v := c.value(f, x.Schema)
	v.name = f.Name
	p.add(f, wireType(f.Type), readCase{op: readMember, index: x.Index, at: oneof, value: v, bit: union})
}

// field compiles a field that is in no oneof.
func (c *readCompiler) field(p *readMessage, f *protofile.Field) {
	x, ok := p.schema.Field(f.Name)
	if !ok {
		return
	}
	bit := p.bit()
	switch {
	case f.Repeated && isMap(f) && x.Schema.Kind() == data.MapKind:
		p.add(f, protowire.BytesType, readCase{op: readEntry, at: len(p.lists), bit: bit, value: c.entry(f, x.Schema)})
		p.lists = append(p.lists, readList{x.Index, true})
		return
	case f.Repeated:
		v := c.value(f, x.Schema.Elem())
		at := len(p.lists)
		p.lists = append(p.lists, readList{x.Index, false})
		p.add(f, wireType(f.Type), readCase{op: readElement, at: at, bit: bit, value: v})
		if wireType(f.Type) != protowire.BytesType {
			p.add(f, protowire.BytesType, readCase{op: readElement, at: at, bit: bit, value: v, packed: true})
		}
		return
	case f.Required:
		p.required = append(p.required, readRequired{bit, f.Name})
	}
	v := c.value(f, x.Schema)
	v.name = f.Name
	if f.Message != nil {
		p.add(f, protowire.BytesType, readCase{op: readSub, index: x.Index, at: len(p.spans), bit: bit, value: v})
		p.spans = append(p.spans, readSpan{x.Index, bit, v, f.Name, c.opts.StructForNull})
		return
	}
	p.add(f, wireType(f.Type), readCase{op: readScalar, index: x.Index, bit: bit, value: v, direct: v.direct()})
	if optional := f.Proto3 || !c.opts.NoProto2Optional && f.Keyword; !optional || c.opts.StructForNull {
		p.always = append(p.always, readDefault{x.Index, bit, v.zero})
	}
}

func wireType(t protofile.Type) protowire.Type {
	switch t {
	case protofile.String, protofile.Bytes, protofile.MessageT:
		return protowire.BytesType
	case protofile.Fixed32, protofile.Sfixed32, protofile.Float:
		return protowire.Fixed32Type
	case protofile.Fixed64, protofile.Sfixed64, protofile.Double:
		return protowire.Fixed64Type
	}
	return protowire.VarintType
}

// value compiles one value of a field.
func (c *readCompiler) value(f *protofile.Field, s *data.Schema) *readValue {
	v := &readValue{typ: f.Type, to: s.ValueKind(), name: f.Name, checked: f.Checked}
	switch {
	case f.Enum != nil:
		v.symbols = c.enum(f.Enum)
		v.zero = v.symbols.of(f.DefaultEnum().Number)
	case f.Message == nil:
		v.zero = zeroOf(f, v.to)
	case c.schemas.isStruct(f.Message) || f.Message.FullName == variantType:
		v.kind, v.message = structValue, c.message(f.Message, s)
	case s.Kind() != data.StructKind && wrapperKinds[f.Message.FullName] != 0:
		v = c.wrapper(f.Message, s)
		v.name = f.Name
	default:
		v = c.logical(f.Message, v)
	}
	return v
}

// wrapper compiles a message that is read as the scalar in it.
func (c *readCompiler) wrapper(m *Message, s *data.Schema) *readValue {
	v := &readValue{kind: wrapperValue, typ: protofile.MessageT, to: s.ValueKind()}
	if f := m.Field(valueField); f != nil {
		part := &readValue{typ: f.Type, to: v.to, name: f.Name, checked: f.Checked, zero: zeroOf(f, v.to)}
		v.parts = []readPart{{uint32(f.Number)<<3 | uint32(wireType(f.Type)), part}}
	}
	return v
}

// logical compiles a message of a logical type, whose fields Java finds by their names.
func (c *readCompiler) logical(m *Message, v *readValue) *readValue {
	var names []string
	switch m.FullName {
	case decimalType:
		v.kind, names = decimalValue, []string{"value", "precision", "scale"}
	case dateType:
		v.kind, names = dateValue, []string{"year", "month", "day"}
	case timeType:
		v.kind, names = timeValue, []string{"hours", "minutes", "seconds", "nanos"}
	default:
		v.kind, names = timestampValue, []string{"seconds", "nanos"}
	}
	v.parts = make([]readPart, len(names))
	for i, name := range names {
		if f := m.Field(name); f != nil && !f.Repeated && f.Message == nil && f.Enum == nil {
			v.parts[i] = readPart{uint32(f.Number)<<3 | uint32(wireType(f.Type)), &readValue{typ: f.Type, name: name}}
		}
	}
	return v
}

// entry compiles the entries of a map.
func (c *readCompiler) entry(f *protofile.Field, s *data.Schema) *readValue {
	v := &readValue{kind: entryValue, typ: protofile.MessageT, to: data.MapKind, name: f.Name, whole: f.Message.MapEntry}
	for i, part := range []*data.Schema{s.Key(), s.Elem()} {
		x := f.Message.Fields[i]
		v.parts = append(v.parts, readPart{uint32(x.Number)<<3 | uint32(wireType(x.Type)), c.value(x, part)})
	}
	return v
}

func (c *readCompiler) enum(e *protofile.Enum) *readEnum {
	if x := c.enums[e]; x != nil {
		return x
	}
	x := &readEnum{name: e.Name, closed: e.Closed, numbers: c.opts.IntEnums, sparse: map[int32]data.Value{}}
	const mostDense = 256
	for _, v := range e.Values {
		if _, known := x.sparse[v.Number]; known {
			continue
		}
		value := data.String(v.Name)
		if x.numbers {
			value = data.Int32(v.Number)
		}
		x.sparse[v.Number] = value
		if v.Number >= 0 && v.Number < mostDense {
			for len(x.dense) <= int(v.Number) {
				x.dense = append(x.dense, data.Null)
			}
			x.dense[v.Number] = value
		}
	}
	c.enums[e] = x
	return x
}

// zeroOf returns the value of a scalar field that the data lacks.
func zeroOf(f *protofile.Field, to data.Kind) data.Value {
	switch f.Type {
	case protofile.Bool:
		return data.Bool(f.HasDefault && f.Default == "true")
	case protofile.String:
		return data.String(f.Default)
	case protofile.Bytes:
		b := []byte(f.Default)
		return data.BufferOf(&data.Buffer{Array: b, Limit: len(b)})
	case protofile.Float:
		return data.Float32(float32(f.DefaultFraction()))
	case protofile.Double:
		return data.Float64(f.DefaultFraction())
	}
	return integerOf(f.DefaultInteger(), f.Type, to)
}

// integerOf returns the value of an integer as Java's converter narrows it: 32 bits without sign are widened.
func integerOf(n uint64, t protofile.Type, to data.Kind) data.Value {
	switch to {
	case data.Int8Kind:
		return data.Int8(int8(n))
	case data.Int16Kind:
		return data.Int16(int16(n))
	case data.Int32Kind:
		return data.Int32(int32(n))
	}
	if t == protofile.Uint32 || t == protofile.Fixed32 {
		return data.Int64(int64(uint32(n)))
	}
	return data.Int64(int64(n))
}
