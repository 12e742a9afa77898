package jsonschema

import (
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/internal/jsonscan"
)

// encoder says how values of one schema are written. It does not change and may be shared.
type encoder struct {
	opts   *Options
	op     writeOp
	schema *data.Schema
	// kind is that of the logical type where the schema's name is one, else that of the schema.
	kind     data.Kind
	optional bool
	// def is written for a null.
	def    data.Value
	fields []fieldEncoder
	// extras is the index of the field that holds members the schema does not name, -1 for none.
	extras int
	key    *encoder
	elem   *encoder
	// scale of a decimal, and why there is none.
	scale    int32
	scaleErr error
}

type fieldEncoder struct {
	// open is the comma, the name in quotes and the colon.
	open string
	// skip marks the field of extras.
	skip bool
	*encoder
}

type writeOp uint8

const (
	writeAny writeOp = iota
	writeBool
	writeInteger
	writeFloat
	writeText
	writeBytes
	writeDecimal
	writeTemporal
	writeList
	writeObject
	writeEntries
	writeStruct
	writeUnion
	writeVariant
)

// WritePlan writes values of one schema as JSON.
type WritePlan struct{ root *encoder }

// WritePlan compiles how values of a schema, or without schema, are written.
func (d *Data) WritePlan(s *data.Schema) *WritePlan {
	c := compiler{Data: d, known: map[*data.Schema]*encoder{}}
	return &WritePlan{root: c.compile(s)}
}

// Absent reports whether a value is written as null bytes: a null of a schema that allows none.
func (p *WritePlan) Absent(v data.Value) bool { return p.root.absent(v) }

// Append appends the JSON of a value.
func (p *WritePlan) Append(dst []byte, v data.Value) ([]byte, error) { return p.root.append(dst, v, 0) }

type compiler struct {
	*Data
	known map[*data.Schema]*encoder
}

func (c *compiler) compile(s *data.Schema) *encoder {
	if e := c.known[s]; e != nil {
		return e
	}
	e := &encoder{opts: &c.opts, schema: s, extras: -1}
	c.known[s] = e
	if s == nil {
		e.key, e.elem = e, e
		return e
	}
	e.kind, e.optional = s.ValueKind(), s.Optional()
	if !c.opts.IgnoreDefaults {
		e.def, _ = s.Default()
	}
	switch e.kind {
	case data.BoolKind:
		e.op = writeBool
	case data.Int8Kind, data.Int16Kind, data.Int32Kind, data.Int64Kind:
		e.op = writeInteger
	case data.Float32Kind, data.Float64Kind:
		e.op = writeFloat
	case data.StringKind:
		e.op = writeText
	case data.BytesKind:
		e.op = writeBytes
	case data.DecimalKind:
		e.op = writeDecimal
		e.scale, e.scaleErr = data.DecimalScale(s)
	case data.DateKind, data.TimeKind, data.TimestampKind:
		e.op = writeTemporal
	case data.ListKind:
		e.op, e.elem = writeList, c.compile(s.Elem())
	case data.MapKind:
		e.op, e.key, e.elem = writeEntries, c.compile(s.Key()), c.compile(s.Elem())
		if objectMode(s) {
			e.op = writeObject
		}
	case data.StructKind:
		c.structure(e, s)
	}
	return e
}

func (c *compiler) structure(e *encoder, s *data.Schema) {
	e.op = writeStruct
	switch {
	case isVariant(s):
		e.op = writeVariant
		return
	case isUnion(s):
		e.op = writeUnion
	}
	for i, f := range s.Fields() {
		open := string(jsonscan.AppendQuoted([]byte{','}, f.Name)) + ":"
		extras := e.op == writeStruct && c.isExtras(f)
		if extras {
			e.extras = i
		}
		e.fields = append(e.fields, fieldEncoder{open, extras, c.compile(f.Schema)})
	}
}
