package jsonschema

import (
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/internal/jsonscan"
)

// structure reads a struct. The members usually stand in the order of the fields, without white space, as a converter wrote them: then each name
// takes one comparison. From the first member on that does not, anyOrder goes on.
func (d *Decoder) structure(p *readPlan, i int) (data.Value, int) {
	if d.at(i) != '{' || !d.enter() {
		return data.Null, -1
	}
	i++
	b := d.arena.Fill(p.layout)
	k := 0
	for ; k < len(p.fields); k++ {
		f := &p.fields[k]
		if len(d.b)-i < len(f.open) || string(d.b[i:i+len(f.open)]) != f.open {
			break
		}
		if i = d.field(&b, k, f.readPlan, i+len(f.open)); i < 0 {
			return data.Null, -1
		}
	}
	if k < len(p.fields) || d.at(i) != '}' {
		if i = d.anyOrder(&b, p, k, i); i < 0 {
			return data.Null, -1
		}
	}
	d.depth--
	s, err := b.BuildPartial()
	if err != nil {
		return data.Null, -1
	}
	return s.Value(), i + 1
}

// field reads the value of a field.
func (d *Decoder) field(b *data.StructBuilder, k int, p *readPlan, i int) int {
	switch p.kind {
	case data.Int64Kind:
		if x, end, ok := jsonscan.Int(d.b, i); ok {
			b.Int64(k, x)
			return end
		}
	case data.Int32Kind:
		if x, end, ok := jsonscan.Int(d.b, i); ok {
			b.Int32(k, int32(x))
			return end
		}
	case data.StringKind:
		if d.at(i) == '"' {
			if end, flags := jsonscan.Text(d.b, i+1); end >= 0 && flags == 0 && end-i <= jsonscan.MaxText {
				b.TextView(k, d.b[i+1:end])
				return end + 1
			}
		}
	}
	v, end := d.value(p, i)
	if end < 0 {
		return -1
	}
	if !v.IsNull() {
		if b.Set(k, v); b.Err() != nil {
			return -1
		}
	}
	return end
}

// usualFields is how many fields anyOrder tells apart without memory for it.
const usualFields = 256

// anyOrder reads the members of a struct from i on, which is behind the first k fields. It returns the index of the closing brace.
func (d *Decoder) anyOrder(b *data.StructBuilder, p *readPlan, k, i int) int {
	var usual [usualFields / 64]uint64
	seen := usual[:]
	if len(p.fields) > usualFields {
		seen = make([]uint64, len(p.fields)/64+1)
	}
	for f := range k {
		seen[f>>6] |= 1 << (f & 63)
	}
	for first := k == 0; ; first = false {
		i = jsonscan.Space(d.b, i)
		if d.at(i) == '}' {
			break
		}
		if !first {
			if d.at(i) != ',' {
				return -1
			}
			i = jsonscan.Space(d.b, i+1)
		}
		name, value := d.name(i)
		if value < 0 {
			return -1
		}
		f := k
		if f >= len(p.fields) || p.layout.Name(f) != name {
			f = p.layout.Index(name)
		}
		if f < 0 {
			if i = jsonscan.Skip(d.b, value, d.depth); i < 0 {
				return -1
			}
			continue
		}
		if seen[f>>6]&(1<<(f&63)) != 0 {
			// Of a name that occurs twice the last value counts.
			return -1
		}
		seen[f>>6] |= 1 << (f & 63)
		k = f + 1
		if i = d.field(b, f, p.fields[f].readPlan, value); i < 0 {
			return -1
		}
	}
	// What is not there has the default, or is null whatever the schema says.
	for f := range p.fields {
		if seen[f>>6]&(1<<(f&63)) == 0 && !p.fields[f].def.IsNull() {
			b.Set(f, p.fields[f].def)
		}
	}
	return i
}

// union reads a value into the field of a union's struct whose kind it has. Objects that several structs could be are left to treeReader.
func (d *Decoder) union(p *readPlan, i int) (data.Value, int) {
	chosen := -1
	for k := range p.fields {
		f := &p.fields[k]
		if f.op == readStruct || f.op == readUnion || f.op == readTree {
			if d.at(i) == '{' {
				return d.tree(p, i)
			}
			continue
		}
		if d.fits(f.schema.Kind(), i) {
			chosen = k
			break
		}
	}
	if chosen < 0 {
		return data.Null, -1
	}
	v, end := d.value(p.fields[chosen].readPlan, i)
	if end < 0 {
		return data.Null, -1
	}
	b := d.arena.Fill(p.layout)
	if !v.IsNull() {
		if b.Set(chosen, v); b.Err() != nil {
			return data.Null, -1
		}
	}
	s, err := b.BuildPartial()
	if err != nil {
		return data.Null, -1
	}
	return s.Value(), end
}

// fits is the function of that name for the text of a value.
func (d *Decoder) fits(k data.Kind, i int) bool {
	c := d.at(i)
	number := c == '-' || c-'0' <= 9
	switch k {
	case data.Int8Kind, data.Int16Kind, data.Int32Kind, data.Int64Kind, data.BytesKind:
		if !number {
			return false
		}
		_, fraction := jsonscan.Number(d.b, i)
		return fraction == (k == data.BytesKind)
	case data.Float32Kind, data.Float64Kind:
		return number
	case data.BoolKind:
		return c == 't' || c == 'f'
	case data.StringKind:
		return c == '"'
	case data.ListKind:
		return c == '['
	case data.MapKind:
		return c == '{' || c == '['
	}
	return false
}
