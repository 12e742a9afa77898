package avro

import (
	"unicode/utf8"

	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/converters/avro/internal/avsc"
)

// ReadPlan reads data of one Avro schema as values of a Connect schema. It does not change and may be shared.
type ReadPlan struct {
	schema *data.Schema
	root   *readPlan
}

// Schema returns the Connect schema of the values, nil for data without schema.
func (p *ReadPlan) Schema() *data.Schema { return p.schema }

// readPlan says how data of one Avro schema is read.
type readPlan struct {
	op     readOp
	schema *data.Schema
	kind   data.Kind
	// err is the error of every value, which is still read to its end.
	err error
	// nullIndex is the index of null in a union of two.
	nullIndex int64
	elem      *readPlan
	key       *readPlan
	layout    *data.Layout
	fields    []readField
	// steps read the fields, or an element of a list; see link.
	steps []readStep
	// missing is the error of a record that lacks a field of the schema.
	missing error
	// branches are the members of a union that becomes a struct.
	branches []readBranch
	// symbols are the values of an enum.
	symbols []data.Value
	size    int
	scale   int32
	// least is how many bytes the shortest value takes.
	least int
}

// readField is a field of a record and its place in the struct.
type readField struct {
	index int
	*readPlan
}

// readBranch is a member of a union.
type readBranch struct {
	null bool
	plan *readPlan
	// choices are the fields the value may belong to: the first that fits.
	choices []readChoice
}

type readChoice struct {
	index int
	// size is the length that bytes must have, -1 for any.
	size int
	err  error
	// of is how the value is converted for the field.
	of *readPlan
}

type readOp uint8

const (
	readFail readOp = iota
	readBool
	readInt
	readLong
	readFloat
	readDouble
	readText
	readBytes
	readFixed
	readEnum
	readList
	readMap
	readEntries
	readRecord
	readOptional
	readSingle
	readUnion
	readAnything
)

// ReadPlan compiles how data of an Avro schema is read as values of s, which ConnectSchema made of it.
func (d *Data) ReadPlan(a *avsc.Schema, s *data.Schema, version *int32) *ReadPlan {
	if s == nil {
		return &ReadPlan{root: &readPlan{op: readAnything}}
	}
	c := readCompiler{Data: d, top: a, version: version, known: map[readKey]*readPlan{}, shortest: map[*avsc.Schema]int{}}
	root := c.compile(a, s)
	c.link()
	return &ReadPlan{schema: s, root: root}
}

type readKey struct {
	avro   *avsc.Schema
	schema *data.Schema
}

type readCompiler struct {
	*Data
	top     *avsc.Schema
	version *int32
	known   map[readKey]*readPlan
	// shortest remembers what least found for records.
	shortest map[*avsc.Schema]int
}

func (c *readCompiler) compile(a *avsc.Schema, s *data.Schema) *readPlan {
	if p := c.known[readKey{a, s}]; p != nil {
		return p
	}
	p := &readPlan{schema: s, kind: s.ValueKind(), least: c.least(a)}
	c.known[readKey{a, s}] = p
	switch a.Type {
	case avsc.UnionType:
		c.union(p, a, s)
	case avsc.RecordType:
		c.record(p, a, s)
	case avsc.ArrayType:
		c.array(p, a, s)
	case avsc.MapType:
		p.op = readMap
		if s.Kind() != data.MapKind || s.Key().Kind() != data.StringKind || s.Key().Optional() {
			p.op, p.missing = readFail, wrongClass(s, "java.util.HashMap")
			return p
		}
		p.elem = c.compile(a.Elem, s.Elem())
	default:
		c.scalar(p, a, s)
	}
	return p
}

// least returns how many bytes the shortest value of a schema takes.
func (c *readCompiler) least(a *avsc.Schema) int {
	switch a.Type {
	case avsc.NullType:
		return 0
	case avsc.FloatType:
		return 4
	case avsc.DoubleType:
		return 8
	case avsc.FixedType:
		return a.Size
	case avsc.RecordType:
		n, known := c.shortest[a]
		if known {
			return n
		}
		// Inside itself a record counts nothing.
		c.shortest[a] = 0
		for _, f := range a.Fields {
			// A long sum says no more than a short one.
			n = min(n+c.least(f.Schema), 1<<20)
		}
		c.shortest[a] = n
		return n
	}
	return 1
}

func wrongClass(s *data.Schema, class string) error {
	return dataException("Invalid type for " + s.Kind().String() + ": class " + class)
}

// scalars are how values of Avro's primitive types are read: the Java class they have then, and the Connect types that take it.
var scalars = map[avsc.Type]struct {
	op    readOp
	class string
	kinds []data.Kind
}{
	avsc.BooleanType: {readBool, "java.lang.Boolean", []data.Kind{data.BoolKind}},
	avsc.IntType:     {readInt, "java.lang.Integer", []data.Kind{data.Int32Kind, data.Int8Kind, data.Int16Kind}},
	avsc.LongType:    {readLong, "java.lang.Long", []data.Kind{data.Int64Kind}},
	avsc.FloatType:   {readFloat, "java.lang.Float", []data.Kind{data.Float32Kind}},
	avsc.DoubleType:  {readDouble, "java.lang.Double", []data.Kind{data.Float64Kind}},
	avsc.StringType:  {readText, "org.apache.avro.util.Utf8", []data.Kind{data.StringKind}},
	avsc.EnumType:    {readEnum, "org.apache.avro.generic.GenericData$EnumSymbol", []data.Kind{data.StringKind}},
	avsc.BytesType:   {readBytes, "java.nio.HeapByteBuffer", []data.Kind{data.BytesKind}},
	avsc.FixedType:   {readFixed, "org.apache.avro.generic.GenericData$Fixed", []data.Kind{data.BytesKind}},
}

func (c *readCompiler) scalar(p *readPlan, a *avsc.Schema, s *data.Schema) {
	x, ok := scalars[a.Type]
	if !ok {
		p.missing = dataException("Standalone null schemas are not supported by this converter")
		return
	}
	p.op = x.op
	fits := false
	for _, k := range x.kinds {
		fits = fits || s.Kind() == k
	}
	switch {
	case !fits && s.Kind() == data.StringKind:
		p.err = dataException("Invalid class for string type, expecting String or CharSequence but found class " + x.class)
	case !fits && s.Kind() == data.BytesKind:
		p.err = dataException("Invalid class for bytes type, expecting byte[] or ByteBuffer but found class " + x.class)
	case !fits:
		p.err = wrongClass(s, x.class)
	}
	switch a.Type {
	case avsc.EnumType:
		for _, symbol := range a.Symbols {
			p.symbols = append(p.symbols, data.String(symbol))
		}
	case avsc.FixedType:
		p.size = a.Size
	}
	if p.err == nil {
		p.err = c.logical(p, s)
	}
}

// logical prepares the values of a logical type; a schema may have its name and another type.
func (c *readCompiler) logical(p *readPlan, s *data.Schema) error {
	wire, ok := wireKinds[p.kind]
	if !ok {
		return nil
	}
	if s.Kind() != wire {
		name, want := logicalNames[p.kind], logicalWires[p.kind]
		return dataException("Invalid type for " + name + ", underlying representation should be " + want + " but was class " + javaClasses[s.Kind()])
	}
	var err error
	if p.kind == data.DecimalKind {
		p.scale, err = data.DecimalScale(s)
	}
	return err
}

var (
	logicalNames = map[data.Kind]string{data.DecimalKind: "Decimal", data.DateKind: "Date", data.TimeKind: "Time", data.TimestampKind: "Timestamp"}
	logicalWires = map[data.Kind]string{data.DecimalKind: "bytes", data.DateKind: "int32", data.TimeKind: "int32", data.TimestampKind: "int64"}
	javaClasses  = map[data.Kind]string{
		data.BoolKind: "java.lang.Boolean", data.Int8Kind: "java.lang.Byte", data.Int16Kind: "java.lang.Short", data.Int32Kind: "java.lang.Integer",
		data.Int64Kind: "java.lang.Long", data.Float32Kind: "java.lang.Float", data.Float64Kind: "java.lang.Double",
		data.StringKind: "java.lang.String", data.BytesKind: "java.nio.HeapByteBuffer",
	}
)

func (c *readCompiler) array(p *readPlan, a *avsc.Schema, s *data.Schema) {
	switch {
	case s.Kind() == data.ListKind:
		p.op, p.elem = readList, c.compile(a.Elem, s.Elem())
	case s.Kind() == data.MapKind && a.Elem.Type == avsc.RecordType && len(a.Elem.Fields) == 2:
		key, value := a.Elem.FieldIndex("key"), a.Elem.FieldIndex("value")
		if key < 0 || value < 0 {
			p.missing = nullPointer("no field key or value")
			return
		}
		p.op = readEntries
		p.key, p.elem = c.compile(a.Elem.Fields[key].Schema, s.Key()), c.compile(a.Elem.Fields[value].Schema, s.Elem())
		p.size = key
		p.least = c.least(a.Elem)
	default:
		p.missing = wrongClass(s, "org.apache.avro.generic.GenericData$Array")
	}
}

func (c *readCompiler) record(p *readPlan, a *avsc.Schema, s *data.Schema) {
	switch {
	case s.Kind() != data.StructKind:
		p.missing = wrongClass(s, "org.apache.avro.generic.GenericData$Record")
		return
	case isUnion(s):
		p.missing = dataException("Did not find matching union field for data")
		return
	}
	p.op, p.layout = readRecord, s.Layout()
	p.fields = make([]readField, len(a.Fields))
	found := 0
	for i, f := range s.Fields() {
		at := a.FieldIndex(c.scrub(f.Name))
		if at < 0 {
			p.op, p.missing = readFail, nullPointer(`Cannot invoke "org.apache.avro.Schema$Field.pos()": no field `+f.Name)
			return
		}
		if p.fields[at].readPlan == nil {
			found++
		}
		p.fields[at] = readField{i, c.compile(a.Fields[at].Schema, f.Schema)}
	}
	if found < len(p.fields) {
		p.op, p.missing = readFail, nullPointer("record "+a.FullName()+" has more fields than its schema")
	}
}

func (c *readCompiler) union(p *readPlan, a *avsc.Schema, s *data.Schema) {
	switch {
	case len(a.Types) == 1 && !c.opts.KeepSingletonUnions:
		p.op, p.elem = readSingle, c.compile(a.Types[0], s)
		return
	case len(a.Types) == 2 && a.Nullable():
		p.op, p.nullIndex = readOptional, int64(a.Branch("null"))
		p.elem = c.compile(a.Types[1-p.nullIndex], s)
		if !s.Optional() {
			p.err = dataException("Found null value for non-optional schema")
		}
		return
	case s.Kind() != data.StructKind:
		p.missing = wrongClass(s, "java.lang.Object")
		return
	}
	p.op, p.layout = readUnion, s.Layout()
	for _, t := range a.Types {
		p.branches = append(p.branches, c.branch(t, s))
	}
}

// branch finds the field of a union's struct that a member's values belong to: Java looks at the class of each value.
func (c *readCompiler) branch(t *avsc.Schema, s *data.Schema) readBranch {
	b := readBranch{null: t.Type == avsc.NullType}
	for i, f := range s.Fields() {
		size, fits := c.fits(t, f.Schema, i)
		if !fits {
			continue
		}
		choice := readChoice{size: size, of: c.compile(t, f.Schema)}
		name, err := c.memberOfConnect(f.Schema, i)
		if target, ok := s.Field(name); ok && err == nil {
			choice.index = target.Index
		} else if choice.err = err; err == nil {
			choice.err = dataException(name + " is not a valid field name")
		}
		b.choices = append(b.choices, choice)
		if size < 0 {
			break
		}
	}
	switch {
	case b.null:
	case len(b.choices) > 0:
		b.plan = b.choices[0].of
	default:
		// The value is read all the same.
		if own, err := c.reader(c.top, c.version).schema(t, place{optional: true}); err == nil {
			b.plan = c.compile(t, own)
		} else {
			b.plan = &readPlan{missing: err}
		}
	}
	return b
}

// fits reports whether values of a member belong to a field; size is the length that bytes must have, -1 for any.
func (c *readCompiler) fits(t *avsc.Schema, s *data.Schema, index int) (size int, fits bool) {
	if isEnum(s) {
		name, _ := s.Param(c.enumParam())
		return -1, t.Type == avsc.EnumType && name == t.FullName()
	}
	switch t.Type {
	case avsc.IntType:
		return -1, s.Kind() == data.Int32Kind
	case avsc.RecordType:
		own, err := c.reader(c.top, c.version).schema(t, place{optional: true})
		return -1, err == nil && own.Equal(s)
	case avsc.BytesType:
		if s.Kind() != data.BytesKind || !isFixed(s) {
			return -1, s.Kind() == data.BytesKind
		}
		n, err := parseInt(paramOf(s, fixedSizeParam))
		return int(n), err == nil
	case avsc.FixedType:
		if s.Kind() != data.BytesKind || !isFixed(s) {
			return -1, s.Kind() == data.BytesKind
		}
		a, errA := c.memberOfAvro(t, index)
		b, errB := c.memberOfConnect(s, index)
		return -1, errA == nil && errB == nil && a == b
	case avsc.NullType, avsc.EnumType, avsc.UnionType:
		return -1, false
	}
	return -1, s.Kind() != data.Int8Kind && s.Kind() != data.Int16Kind && primitiveTypes[s.Kind()] == t.Type && s.Kind() != data.StructKind
}

// validText reports whether the bytes of a text are UTF-8.
func validText(b []byte) bool { return ascii(b) || utf8.Valid(b) }
