package json

import (
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/internal/jsonscan"
)

// readPlan is how values of one schema are read.
type readPlan struct {
	schema *data.Schema
	// kind is that of the logical type where the schema's name is one, else that of the schema.
	kind     data.Kind
	optional bool
	// def is the default that a null takes; hasDefault says whether the schema has one, used or not.
	def        data.Value
	hasDefault bool
	// scale of a decimal; a decimal without one is left to treeReader.
	scale    int32
	hasScale bool
	layout   *data.Layout
	fields   []fieldPlan
	key      *readPlan
	elem     *readPlan
}

// fieldPlan is a field of a struct.
type fieldPlan struct {
	// open is the name in quotes and the colon, behind a comma where the field is not the first.
	open string
	*readPlan
}

// compileRead works out how values of a schema are read; nil is no schema.
func compileRead(s *data.Schema, replaceNulls bool) *readPlan {
	if s == nil {
		return nil
	}
	p := &readPlan{schema: s, kind: s.ValueKind(), optional: s.Optional()}
	if p.def, p.hasDefault = s.Default(); !replaceNulls {
		p.def = data.Null
	}
	switch p.kind {
	case data.DecimalKind:
		scale, err := data.DecimalScale(s)
		p.scale, p.hasScale = scale, err == nil
	case data.StructKind:
		p.layout = s.Layout()
		for i, f := range s.Fields() {
			open := string(jsonscan.AppendQuoted(nil, f.Name)) + ":"
			if i > 0 {
				open = "," + open
			}
			if len(open) > jsonscan.MaxName {
				// No document may hold such a name; this never matches.
				open = "\x00"
			}
			p.fields = append(p.fields, fieldPlan{open, compileRead(f.Schema, replaceNulls)})
		}
	case data.ListKind:
		p.elem = compileRead(s.Elem(), replaceNulls)
	case data.MapKind:
		p.key, p.elem = compileRead(s.Key(), replaceNulls), compileRead(s.Elem(), replaceNulls)
	}
	return p
}

// decimalOf returns the decimal that a number of at most 18 digits is; ok is false for others.
func decimalOf(text []byte) (v data.Value, ok bool) {
	i, x, scale, digits := 0, int64(0), int32(0), 0
	negative := text[0] == '-'
	if negative {
		i++
	}
	point := false
	for ; i < len(text); i++ {
		switch c := text[i]; {
		case c == '.':
			point = true
		case c-'0' <= 9:
			x = x*10 + int64(c-'0')
			digits++
			if point {
				scale++
			}
		default:
			return data.Null, false
		}
	}
	if digits > 18 {
		return data.Null, false
	}
	if negative {
		x = -x
	}
	return data.SmallDecimal(x, scale), true
}
