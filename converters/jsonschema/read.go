package jsonschema

import (
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/converters/jsonschema/internal/tree"
	"github.com/moldau/moldau/internal/jsonscan"
)

// Decoder reads documents. It is used by one goroutine.
//
// It reads straight into an arena, driven by the schema. Whatever is unusual makes its methods return the index -1: the document is read once more
// as a tree then, which gives Java's result or Java's error. The methods take the index of a value and return the index behind it.
type Decoder struct {
	b     []byte
	arena *data.Arena
	data  *Data
	// depth is how many arrays and objects enclose the value.
	depth   int
	scratch []byte
}

// Decode reads one document. malformed says that an error is one of the text, not of the value it stands for.
func (d *Decoder) Decode(p *ReadPlan, a *data.Arena, doc []byte) (v data.Value, malformed bool, err error) {
	if len(doc) >= 2 && doc[0] < 0x80 && doc[0] != 0 && doc[1] != 0 {
		d.b, d.arena, d.data, d.depth = doc, a, p.data, 0
		start := jsonscan.Space(doc, 0)
		v, end := d.value(p.root, start)
		ok := end >= 0 && rootEnds(doc, start, end)
		d.b, d.arena = nil, nil
		if ok {
			return v, false, nil
		}
	}
	n, err := parse(doc)
	if err != nil {
		return data.Null, true, err
	}
	v, err = treeReader{Data: p.data, arena: a}.convert(p.root.schema, n)
	return v, false, err
}

// parse parses a document in any encoding.
func parse(raw []byte) (*tree.Node, error) {
	doc, err := jsonscan.UTF8(raw)
	if err != nil {
		return nil, err
	}
	return tree.Parse(doc)
}

// rootEnds reports whether the root may end where it does. Literals are left to those who know.
func rootEnds(doc []byte, start, end int) bool {
	switch doc[start] {
	case '{', '[', '"':
		return true
	case 't', 'f', 'n':
		return end == len(doc)
	}
	return jsonscan.RootEnds(doc, start, end)
}

// at returns the byte at i, 0 behind the end.
func (d *Decoder) at(i int) byte {
	if uint(i) < uint(len(d.b)) {
		return d.b[i]
	}
	return 0
}

func (d *Decoder) literal(i int, word string) bool {
	return len(d.b)-i >= len(word) && string(d.b[i:i+len(word)]) == word
}

// value reads a value of any type.
func (d *Decoder) value(p *readPlan, i int) (data.Value, int) {
	c := d.at(i)
	if c == 'n' {
		if !d.literal(i, "null") || p.def.IsNull() && !p.optional {
			return data.Null, -1
		}
		return p.def, i + 4
	}
	switch p.op {
	case readStruct:
		return d.structure(p, i)
	case readText:
		return d.text(i)
	case readInteger, readTemporal:
		x, end, ok := jsonscan.Int(d.b, i)
		if !ok {
			return data.Null, -1
		}
		return integer(p.kind, x, end)
	case readBool:
		switch {
		case d.literal(i, "true"):
			return data.Bool(true), i + 4
		case d.literal(i, "false"):
			return data.Bool(false), i + 5
		}
		return data.Null, -1
	case readFloat:
		if c != '-' && c-'0' > 9 {
			return data.Null, -1
		}
		end, _ := jsonscan.Number(d.b, i)
		if end < 0 {
			return data.Null, -1
		}
		return floatOf(p.kind, d.b[i:end]), end
	case readDecimal:
		return d.decimal(p, i)
	case readBytes:
		b, end := d.base64(i)
		if end < 0 {
			return data.Null, -1
		}
		return d.arena.Bytes(b), end
	case readList:
		return d.list(p, i)
	case readObject:
		return d.object(p, i)
	case readEntries:
		return d.entries(p, i)
	case readUnion:
		return d.union(p, i)
	}
	return d.tree(p, i)
}

func floatOf(k data.Kind, text []byte) data.Value {
	if k == data.Float32Kind {
		return data.Float32(float32(tree.ParseFloat(text, 32)))
	}
	return data.Float64(tree.ParseFloat(text, 64))
}

// integer returns an integer as a value of a kind; as in Java, it loses the bits that are too many.
func integer(k data.Kind, x int64, end int) (data.Value, int) {
	const day = 24 * 60 * 60 * 1000
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
			return data.DateMillis(x * day), end
		}
	case data.TimeKind:
		if x >= 0 && x <= day {
			return data.TimeMillis(x), end
		}
	}
	return data.Null, -1
}

// text reads a string.
func (d *Decoder) text(i int) (data.Value, int) {
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

func (d *Decoder) decimal(p *readPlan, i int) (data.Value, int) {
	c := d.at(i)
	if c == '"' {
		b, end := d.base64(i)
		if end < 0 || len(b) == 0 || !p.hasScale {
			return data.Null, -1
		}
		return data.DecimalFromTwosComplement(b, p.scale).Value(), end
	}
	if c != '-' && c-'0' > 9 {
		return data.Null, -1
	}
	end, fraction := jsonscan.Number(d.b, i)
	if end < 0 {
		return data.Null, -1
	}
	if v, ok := decimalOf(d.b[i:end]); ok {
		return v, end
	}
	n := tree.Node{Kind: tree.Number, Fraction: fraction, Text: string(d.b[i:end])}
	x := n.Decimal()
	return data.DecimalOf(x.Unscaled, x.Scale), end
}

// base64 reads bytes; they are valid until the next call.
func (d *Decoder) base64(i int) ([]byte, int) {
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
