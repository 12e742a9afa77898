package jsonschema

import (
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/internal/jsonscan"
)

// ReadPlan reads JSON as values of one schema. It does not change and may be shared.
type ReadPlan struct {
	data *Data
	root *readPlan
}

// ReadPlan compiles how JSON is read as values of a schema.
func (d *Data) ReadPlan(s *data.Schema) *ReadPlan {
	c := readCompiler{Data: d, known: map[*data.Schema]*readPlan{}}
	return &ReadPlan{data: d, root: c.compile(s)}
}

// Schema returns the schema of the values.
func (p *ReadPlan) Schema() *data.Schema { return p.root.schema }

// readPlan says how values of one schema are read.
type readPlan struct {
	op     readOp
	schema *data.Schema
	// kind is that of the logical type where the schema's name is one, else that of the schema.
	kind     data.Kind
	optional bool
	// def is what a null is read as.
	def data.Value
	// scale of a decimal; a decimal without one is left to treeReader.
	scale    int32
	hasScale bool
	layout   *data.Layout
	fields   []readField
	key      *readPlan
	elem     *readPlan
}

// readField is a field of a struct.
type readField struct {
	// open is the name in quotes and the colon, behind a comma where the field is not the first.
	open string
	*readPlan
}

type readOp uint8

const (
	// readTree leaves the value to treeReader.
	readTree readOp = iota
	readBool
	readInteger
	readFloat
	readText
	readBytes
	readDecimal
	readTemporal
	readList
	readObject
	readEntries
	readStruct
	readUnion
)

type readCompiler struct {
	*Data
	known map[*data.Schema]*readPlan
}

func (c *readCompiler) compile(s *data.Schema) *readPlan {
	if p := c.known[s]; p != nil {
		return p
	}
	p := &readPlan{schema: s}
	c.known[s] = p
	if s == nil || isVariant(s) {
		return p
	}
	p.kind, p.optional = s.ValueKind(), s.Optional()
	p.def, _ = s.Default()
	switch p.kind {
	case data.BoolKind:
		p.op = readBool
	case data.Int8Kind, data.Int16Kind, data.Int32Kind, data.Int64Kind:
		p.op = readInteger
	case data.Float32Kind, data.Float64Kind:
		p.op = readFloat
	case data.StringKind:
		p.op = readText
	case data.BytesKind:
		p.op = readBytes
	case data.DecimalKind:
		p.op = readDecimal
		scale, err := data.DecimalScale(s)
		p.scale, p.hasScale = scale, err == nil
	case data.DateKind, data.TimeKind, data.TimestampKind:
		p.op = readTemporal
	case data.ListKind:
		p.op, p.elem = readList, c.compile(s.Elem())
	case data.MapKind:
		p.op, p.key, p.elem = readEntries, c.compile(s.Key()), c.compile(s.Elem())
		if objectMode(s) {
			p.op = readObject
		}
	case data.StructKind:
		c.structure(p, s)
	}
	return p
}

func (c *readCompiler) structure(p *readPlan, s *data.Schema) {
	for _, f := range s.Fields() {
		if c.isExtras(f) {
			return
		}
	}
	p.op, p.layout = readStruct, s.Layout()
	if isUnion(s) {
		p.op = readUnion
	}
	for i, f := range s.Fields() {
		open := string(jsonscan.AppendQuoted(nil, f.Name)) + ":"
		if i > 0 {
			open = "," + open
		}
		if len(open) > jsonscan.MaxName {
			// No document may hold such a name; this never matches.
			open = "\x00"
		}
		p.fields = append(p.fields, readField{open, c.compile(f.Schema)})
	}
}

// decimalOf returns the decimal that a number of at most 18 digits is; ok is false for others.
func decimalOf(text []byte) (v data.Value, ok bool) {
	x, scale, digits := int64(0), int32(0), 0
	negative, point := text[0] == '-', false
	for i, c := range text {
		switch {
		case c == '-' && i == 0:
		case c == '.':
			point = true
		case c-'0' <= 9:
			x = x*10 + int64(c-'0')
			if digits++; point {
				scale++
			}
			if digits > 18 {
				return data.Null, false
			}
		default:
			return data.Null, false
		}
	}
	if negative {
		x = -x
	}
	return data.SmallDecimal(x, scale), true
}
