package avro

import (
	"strconv"

	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/converters/avro/internal/avsc"
	"github.com/moldau/moldau/internal/javafmt"
)

// writePlan says how values of one Connect schema are written as data of one Avro schema.
type writePlan struct {
	op     writeOp
	schema *data.Schema
	// kind is the kind of the values that are written.
	kind data.Kind
	// prefix is the index of the union's member that the values are of, as it is written.
	prefix []byte
	// null is what a null is written as; nullErr says why there is none.
	null    []byte
	nullErr error
	// err is the error of every value; a wrong kind of value is still reported as such first.
	err error
	// fields are those of a record, or of the struct of a union.
	fields []writeField
	// steps write the fields, or an element of a list; see link.
	steps   []writeStep
	key     *writePlan
	elem    *writePlan
	symbols map[string][]byte
	size    int
	scale   int32
	// narrow says that an integer is written as one of 32 bits.
	narrow bool
	// pad says that a decimal is as long as a fixed is.
	pad    bool
	orders *keyOrders
}

// writeField is a field of a struct: where its value stands, and what stands for a null.
type writeField struct {
	source int
	def    data.Value
	plan   *writePlan
}

type writeOp uint8

const (
	writeFail writeOp = iota
	writeBool
	// writeVarint writes any integer, date, time or timestamp.
	writeVarint
	writeFloat
	writeDouble
	writeText
	writeEnum
	writeBytes
	writeFixed
	writeDecimal
	writeList
	writeMap
	writeEntries
	writeStruct
	writeUnion
	writeAnything
)

// WritePlan compiles how values of s are written: as what AvroSchema(s), given as own, makes of them, by the schema as, which is own or one that the
// registry holds.
func (d *Data) WritePlan(s *data.Schema, own, as *avsc.Schema) *WritePlan {
	c := writeCompiler{Data: d, known: map[writeKey]*writePlan{}}
	root := c.compile(s, own, as)
	c.link()
	return &WritePlan{root: root}
}

// WritePlan writes values of one Connect schema. It is used by one goroutine at a time.
type WritePlan struct {
	root    *writePlan
	scratch writeScratch
}

type writeKey struct {
	schema  *data.Schema
	own, as *avsc.Schema
}

type writeCompiler struct {
	*Data
	known map[writeKey]*writePlan
}

func zigzag(dst []byte, x int64) []byte {
	u := uint64(x)<<1 ^ uint64(x>>63)
	for u >= 0x80 {
		dst = append(dst, byte(u)|0x80)
		u >>= 7
	}
	return append(dst, byte(u))
}

// target is the Avro schema that a value is written by.
func (p *writePlan) target(name string, as *avsc.Schema) *avsc.Schema {
	if as.Type != avsc.UnionType {
		return as
	}
	i := as.Branch(name)
	if i < 0 {
		p.err = javafmt.NewException("org.apache.avro.UnresolvedUnionException", "Not in union "+as.String()+": a value of type "+name, nil)
		return nil
	}
	p.prefix = zigzag(nil, int64(i))
	return as.Types[i]
}

func castError(name string, as *avsc.Schema) error {
	return javafmt.NewException(javafmt.ClassCastException, "a value of type "+name+" cannot be written as "+as.FullName(), nil)
}

func (c *writeCompiler) compile(s *data.Schema, own, as *avsc.Schema) *writePlan {
	key := writeKey{s, own, as}
	if p := c.known[key]; p != nil {
		return p
	}
	p := &writePlan{schema: s}
	c.known[key] = p
	c.setNull(p, s, as)
	if s == nil {
		p.op, p.kind = writeAnything, data.NullKind
		if p.err == nil {
			if t := p.target(anything.FullName(), as); t != nil && t.Type != avsc.RecordType {
				p.err = castError(anything.FullName(), t)
			}
		}
		return p
	}
	p.kind = s.ValueKind()
	if wire, ok := wireKinds[p.kind]; ok && s.Kind() != wire {
		p.err = dataException("Invalid type for " + s.Kind().String() + ": class " + wireClasses[p.kind])
		return p
	}
	switch s.Kind() {
	case data.StringKind:
		c.text(p, s, own, as)
	case data.BytesKind:
		c.bytes(p, s, own, as)
	case data.ListKind:
		c.list(p, s, own, as)
	case data.MapKind:
		c.mapping(p, s, own, as)
	case data.StructKind:
		c.structure(p, s, own, as)
	default:
		c.scalar(p, s, as)
	}
	return p
}

// setNull works out what becomes of a null.
func (c *writeCompiler) setNull(p *writePlan, s *data.Schema, as *avsc.Schema) {
	switch {
	case s == nil:
		// Anything without any of its fields.
		p.null = make([]byte, len(anything.Fields))
	case !s.Optional():
		p.nullErr = dataException("Found null value for non-optional schema")
	case as.Type == avsc.NullType:
	case as.Nullable():
		p.null = zigzag(nil, int64(as.Branch("null")))
	default:
		p.nullErr = nullPointer("null value for (non-nullable) " + as.FullName())
	}
}

// wireKinds are the types below the logical ones, wireClasses the Java classes of what is written for their values. A schema may have the name of a
// logical type and another type.
var (
	wireKinds = map[data.Kind]data.Kind{
		data.DecimalKind: data.BytesKind, data.DateKind: data.Int32Kind, data.TimeKind: data.Int32Kind, data.TimestampKind: data.Int64Kind,
	}
	wireClasses = map[data.Kind]string{
		data.DecimalKind: "[B", data.DateKind: "java.lang.Integer", data.TimeKind: "java.lang.Integer", data.TimestampKind: "java.lang.Long",
	}
)

var avroKinds = map[data.Kind]avsc.Type{
	data.BoolKind: avsc.BooleanType, data.Int8Kind: avsc.IntType, data.Int16Kind: avsc.IntType, data.Int32Kind: avsc.IntType,
	data.Int64Kind: avsc.LongType, data.Float32Kind: avsc.FloatType, data.Float64Kind: avsc.DoubleType,
}

func (c *writeCompiler) scalar(p *writePlan, s *data.Schema, as *avsc.Schema) {
	kind := avroKinds[s.Kind()]
	t := p.target(kind.String(), as)
	switch {
	case t == nil:
	case kind == avsc.BooleanType && t.Type == avsc.BooleanType:
		p.op = writeBool
	case kind == avsc.BooleanType:
		p.err = castError(kind.String(), t)
	case t.Type == avsc.IntType || t.Type == avsc.LongType:
		p.op, p.narrow = writeVarint, t.Type == avsc.IntType
	case t.Type == avsc.FloatType:
		p.op = writeFloat
	case t.Type == avsc.DoubleType:
		p.op = writeDouble
	default:
		p.err = castError(kind.String(), t)
	}
}

func (c *writeCompiler) text(p *writePlan, s *data.Schema, own, as *avsc.Schema) {
	param := ""
	if c.opts.Generalized && hasParam(s, generalizedEnum) {
		param = generalizedEnum
	} else if c.opts.Enhanced && hasParam(s, enumParam) {
		param = enumParam
	}
	if param == "" {
		if t := p.target("string", as); t != nil {
			if p.op = writeText; t.Type != avsc.StringType {
				p.op, p.err = writeFail, castError("string", t)
			}
		}
		return
	}
	enum := own
	if own.Type == avsc.UnionType {
		name, _ := s.Param(param)
		i := own.Branch(name)
		if i < 0 {
			p.err = nullPointer("no member " + name + " in union " + own.String())
			return
		}
		enum = own.Types[i]
	}
	t := p.target(enum.FullName(), as)
	switch {
	case t == nil:
	case t.Type == avsc.StringType:
		p.err = castError(enum.FullName(), t)
	case t.Type != avsc.EnumType:
		p.err = castError(enum.FullName(), t)
	default:
		p.op = writeEnum
		p.symbols = make(map[string][]byte, len(t.Symbols))
		for i, symbol := range t.Symbols {
			p.symbols[symbol] = zigzag(nil, int64(i))
		}
		p.err = javafmt.NewException(avsc.AvroTypeException, "is not in the enum symbol set: "+symbolList(t.Symbols), nil)
	}
}

func symbolList(symbols []string) string {
	out := "["
	for i, s := range symbols {
		if i > 0 {
			out += ", "
		}
		out += s
	}
	return out + "]"
}

func (c *writeCompiler) bytes(p *writePlan, s *data.Schema, own, as *avsc.Schema) {
	decimal := p.kind == data.DecimalKind
	if decimal {
		p.scale, p.err = data.DecimalScale(s)
		if p.err != nil {
			return
		}
	}
	name := "bytes"
	if isFixed(s) {
		size, err := parseInt(paramOf(s, fixedSizeParam))
		if err != nil {
			p.err = err
			return
		}
		fixed, err := c.fixedOf(s, own, int(size))
		if err != nil {
			p.err = err
			return
		}
		name = fixed.FullName()
		p.size, p.pad = int(size), named(s, data.DecimalName)
	}
	t := p.target(name, as)
	switch {
	case t == nil:
	case name == "bytes" && t.Type == avsc.BytesType:
		if p.op = writeBytes; decimal {
			p.op = writeDecimal
		}
	case name != "bytes" && t.Type == avsc.FixedType:
		if p.op = writeFixed; decimal {
			p.op = writeDecimal
		}
		if t.Size > p.size {
			p.op, p.err = writeFail, javafmt.NewException("java.lang.IndexOutOfBoundsException", "fixed "+t.FullName()+" has "+strconv.Itoa(t.Size)+" bytes", nil)
		}
		p.size = t.Size
	default:
		p.err = castError(name, t)
	}
}

// fixedOf finds the fixed that a schema became.
func (c *writeCompiler) fixedOf(s *data.Schema, own *avsc.Schema, size int) (*avsc.Schema, error) {
	if own.Type != avsc.UnionType {
		return own, nil
	}
	var found *avsc.Schema
	for i, t := range own.Types {
		if t.Type != avsc.FixedType || t.Size != size {
			continue
		}
		a, err := c.memberOfAvro(t, i)
		if err != nil {
			return nil, err
		}
		b, err := c.memberOfConnect(s, i)
		if err != nil {
			return nil, err
		}
		if a == b {
			found = t
		}
	}
	if found == nil {
		return nil, dataException("Fixed size " + strconv.Itoa(size) + " not in union " + own.String())
	}
	return found, nil
}

// underlying returns the member of an optional schema's union that the schema itself became.
func (c *writeCompiler) underlying(s *data.Schema, own *avsc.Schema) (*avsc.Schema, error) {
	if !s.Optional() {
		return own, nil
	}
	if own.Type != avsc.UnionType {
		return nil, dataException("An optional schema should have an Avro Union type, not " + s.Kind().String())
	}
	for _, t := range own.Types {
		if t.Type == avsc.NullType {
			continue
		}
		if s.HasName() && t.FullName() == c.scrubFull(s.Name()) || t.Type.String() == connectTypeName(s.Kind()) ||
			!s.HasName() && len(t.FullName()) >= len(defaultFullName) && t.FullName()[:len(defaultFullName)] == defaultFullName {
			return t, nil
		}
	}
	return own, nil
}

// connectTypeName is the name of a Connect type in lower case, as Schema.Type.getName gives it.
func connectTypeName(k data.Kind) string {
	switch k {
	case data.ListKind:
		return "array"
	case data.MapKind:
		return "map"
	}
	return "struct"
}

func (c *writeCompiler) list(p *writePlan, s *data.Schema, own, as *avsc.Schema) {
	own, err := c.underlying(s, own)
	if err != nil {
		p.err = err
		return
	}
	t := p.target("array", as)
	switch {
	case t == nil:
	case own.Type != avsc.ArrayType:
		p.err = runtimeException("Not an array: " + own.String())
	case t.Type != avsc.ArrayType:
		p.err = castError("array", t)
	default:
		p.op, p.elem = writeList, c.compile(s.Elem(), own.Elem, t.Elem)
	}
}

func runtimeException(message string) error {
	return javafmt.NewException(avsc.AvroRuntimeException, message, nil)
}

func (c *writeCompiler) mapping(p *writePlan, s *data.Schema, own, as *avsc.Schema) {
	if c.stringKeys(s) {
		own, err := c.underlying(s, own)
		t := p.target("map", as)
		switch {
		case err != nil:
			p.err = err
		case t == nil:
		case own.Type != avsc.MapType:
			p.err = runtimeException("Not a map: " + own.String())
		case t.Type != avsc.MapType:
			p.err = castError("map", t)
		default:
			p.op, p.elem, p.orders = writeMap, c.compile(s.Elem(), own.Elem, t.Elem), &keyOrders{}
		}
		return
	}
	if s.Optional() {
		if own.Type != avsc.UnionType {
			p.err = dataException("An optional schema should have an Avro Union type, not " + s.Kind().String())
			return
		}
		if i := own.Branch("array"); i >= 0 {
			own = own.Types[i]
		}
	}
	t := p.target("array", as)
	switch {
	case t == nil:
	case own.Type != avsc.ArrayType:
		p.err = runtimeException("Not an array: " + own.String())
	case t.Type != avsc.ArrayType:
		p.err = castError("array", t)
	default:
		c.entries(p, s, own.Elem, t.Elem)
	}
}

// entries compiles the records of key and value that an array for a map has.
func (c *writeCompiler) entries(p *writePlan, s *data.Schema, own, as *avsc.Schema) {
	t := p.target(own.FullName(), as)
	// The prefix is that of the array; entries are in no union of their own where the schema is one that this converter made.
	switch {
	case t == nil:
	case as.Type == avsc.UnionType, t.Type != avsc.RecordType, len(t.Fields) > 2:
		p.err = castError(own.FullName(), as)
	default:
		p.op = writeEntries
		for i, f := range t.Fields {
			if i == 0 {
				p.key = c.compile(s.Key(), own.Fields[0].Schema, f.Schema)
			} else {
				p.elem = c.compile(s.Elem(), own.Fields[1].Schema, f.Schema)
			}
		}
	}
}
