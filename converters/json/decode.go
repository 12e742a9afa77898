package json

import (
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/internal/jsonscan"
)

// decoder reads one document straight into an arena, driven by the schema. Whatever is unusual makes its methods return the index -1: the caller
// reads the document once more as a tree then, which gives Java's result or Java's error. The methods take the index of a value and return the
// index behind it.
type decoder struct {
	b     []byte
	arena *data.Arena
	// depth is how many arrays and objects enclose the value.
	depth int
	// spans lets nested values and floats stay text where that text is what would be written for them.
	spans bool
	// whole says that the document is one struct, as a converter writes it, which keeps its text.
	whole   bool
	scratch []byte
	sites   *siteCache
}

// at returns the byte at i, 0 behind the end.
func (d *decoder) at(i int) byte {
	if uint(i) < uint(len(d.b)) {
		return d.b[i]
	}
	return 0
}

// null reads null, or gives up.
func (d *decoder) null(p *readPlan, i int) (data.Value, int) {
	if len(d.b)-i < 4 || string(d.b[i:i+4]) != "null" {
		return data.Null, -1
	}
	if !p.def.IsNull() {
		return p.def, i + 4
	}
	if !p.optional {
		return data.Null, -1
	}
	return data.Null, i + 4
}

// value reads a value of any type.
func (d *decoder) value(p *readPlan, i int) (data.Value, int) {
	if d.at(i) == 'n' {
		return d.null(p, i)
	}
	switch p.kind {
	case data.StructKind:
		return d.structAt(p, i)
	case data.ListKind:
		return d.list(p, nil, i)
	case data.MapKind:
		return d.stringMap(p, i)
	case data.StringKind:
		return d.text(i)
	case data.BoolKind:
		switch {
		case len(d.b)-i >= 4 && string(d.b[i:i+4]) == "true":
			return data.Bool(true), i + 4
		case len(d.b)-i >= 5 && string(d.b[i:i+5]) == "false":
			return data.Bool(false), i + 5
		}
		return data.Null, -1
	case data.Float32Kind, data.Float64Kind:
		return d.float(p, i)
	case data.DecimalKind:
		return d.decimal(p, i)
	case data.BytesKind:
		b, end := d.base64(i)
		if end < 0 {
			return data.Null, -1
		}
		return d.arena.Bytes(b), end
	}
	x, end, ok := jsonscan.Int(d.b, i)
	if !ok {
		return data.Null, -1
	}
	return integer(p.kind, x, end)
}

// integer returns an integer as a value of a kind; as in Java, it loses the bits that are too many.
func integer(k data.Kind, x int64, end int) (data.Value, int) {
	switch k {
	case data.Int8Kind:
		return data.Int8(int8(x)), end
	case data.Int16Kind:
		return data.Int16(int16(x)), end
	case data.Int32Kind:
		return data.Int32(int32(x)), end
	case data.Int64Kind:
		return data.Int64(x), end
	case data.TimestampKind:
		return data.TimestampMillis(x), end
	case data.DateKind:
		if int64(int32(x)) == x {
			return data.DateMillis(x * dayMillis), end
		}
	case data.TimeKind:
		if x >= 0 && x <= dayMillis {
			return data.TimeMillis(x), end
		}
	}
	return data.Null, -1
}

const dayMillis = 24 * 60 * 60 * 1000

// text reads a string.
func (d *decoder) text(i int) (data.Value, int) {
	if d.at(i) != '"' {
		return data.Null, -1
	}
	end, flags := jsonscan.Text(d.b, i+1)
	if end < 0 || end-i > jsonscan.MaxText {
		return data.Null, -1
	}
	text := d.b[i+1 : end]
	if jsonscan.PlainText(text, flags) {
		return data.TextOf(text), end + 1
	}
	var ok bool
	if d.scratch, ok = jsonscan.AppendText(d.scratch[:0], text); !ok {
		return data.Null, -1
	}
	chars, _ := data.TextOf(d.scratch).Text()
	return d.arena.Text(chars), end + 1
}

func (d *decoder) float(p *readPlan, i int) (data.Value, int) {
	c := d.at(i)
	if c != '-' && c-'0' > 9 {
		return data.Null, -1
	}
	end, _ := jsonscan.Number(d.b, i)
	if end < 0 {
		return data.Null, -1
	}
	return floatValue(p.kind, d.b[i:end]), end
}

func floatValue(k data.Kind, text []byte) data.Value {
	if k == data.Float32Kind {
		return data.Float32(float32(parseFloat(text, 32)))
	}
	return data.Float64(parseFloat(text, 64))
}

func (d *decoder) decimal(p *readPlan, i int) (data.Value, int) {
	if d.at(i) == '"' {
		b, end := d.base64(i)
		if end < 0 || len(b) == 0 || !p.hasScale {
			return data.Null, -1
		}
		return data.DecimalFromTwosComplement(b, p.scale).Value(), end
	}
	if c := d.at(i); c != '-' && c-'0' > 9 {
		return data.Null, -1
	}
	end, fraction := jsonscan.Number(d.b, i)
	if end < 0 {
		return data.Null, -1
	}
	if v, ok := decimalOf(d.b[i:end]); ok {
		return v, end
	}
	n := node{kind: numberNode, fraction: fraction, text: d.b[i:end]}
	x := n.decimal()
	return data.DecimalOf(x.Unscaled, x.Scale), end
}

// base64 reads bytes; they are valid until the next call.
func (d *decoder) base64(i int) ([]byte, int) {
	if d.at(i) != '"' {
		return nil, -1
	}
	end, flags := jsonscan.Text(d.b, i+1)
	if end < 0 || flags != 0 || end-i > jsonscan.MaxText {
		return nil, -1
	}
	var ok bool
	if d.scratch, ok = jsonscan.AppendBase64(d.scratch[:0], d.b[i+1:end]); !ok {
		return nil, -1
	}
	return d.scratch, end + 1
}

// list reads an array; p is nil for one without schema, which stands at the site x.
func (d *decoder) list(p *readPlan, x *site, i int) (data.Value, int) {
	if d.at(i) != '[' || !d.enter() {
		return data.Null, -1
	}
	b := d.arena.List(0)
	i = jsonscan.Space(d.b, i+1)
	if d.at(i) == ']' {
		d.depth--
		return b.Build().Value(), i + 1
	}
	for {
		var v data.Value
		if p == nil {
			v, i = d.schemaless(x, i)
		} else {
			v, i = d.value(p.elem, i)
		}
		if i < 0 {
			return data.Null, -1
		}
		b.Append(v)
		if d.at(i) != ',' && d.at(i) != ']' {
			i = jsonscan.Space(d.b, i)
		}
		switch d.at(i) {
		case ']':
			d.depth--
			return b.Build().Value(), i + 1
		case ',':
			i = jsonscan.Space(d.b, i+1)
		default:
			return data.Null, -1
		}
	}
}

// enter counts an array or object that begins.
func (d *decoder) enter() bool {
	d.depth++
	return d.depth <= jsonscan.MaxDepth
}

// stringMap reads a map with string keys; others are left to treeReader.
func (d *decoder) stringMap(p *readPlan, i int) (data.Value, int) {
	if p.schema.Key().Kind() != data.StringKind || d.at(i) != '{' || !d.enter() {
		return data.Null, -1
	}
	b := d.arena.Map(0)
	i = jsonscan.Space(d.b, i+1)
	if d.at(i) == '}' {
		d.depth--
		return b.Build().Value(), i + 1
	}
	for {
		name, value := d.name(i)
		if value < 0 {
			return data.Null, -1
		}
		var v data.Value
		if v, i = d.value(p.elem, value); i < 0 {
			return data.Null, -1
		}
		b.Set(name, v)
		i = jsonscan.Space(d.b, i)
		switch d.at(i) {
		case '}':
			d.depth--
			return b.Build().Value(), i + 1
		case ',':
			i = jsonscan.Space(d.b, i+1)
		default:
			return data.Null, -1
		}
	}
}

// name reads the name of a member; value is the index of its value, -1 where there is no name. The name is a view or a copy of its own.
func (d *decoder) name(i int) (name string, value int) {
	end, flags, value := jsonscan.Name(d.b, i)
	if value < 0 {
		return "", -1
	}
	text := d.b[i+1 : end]
	if !jsonscan.PlainText(text, flags) {
		text, _ = jsonscan.AppendText(nil, text)
	}
	name, _ = data.TextOf(text).Text()
	return name, value
}
