package json

import (
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/internal/jsonscan"
)

// structAt reads a struct. The members usually stand in the order of the fields, without white space, as a converter wrote them: then each name
// takes one comparison. From the first member on that does not, anyOrder goes on.
func (d *decoder) structAt(p *readPlan, i int) (data.Value, int) {
	if d.at(i) != '{' || !d.enter() {
		return data.Null, -1
	}
	i++
	var b data.StructBuilder
	if d.whole && i == 1 {
		b = d.arena.FillText(p.layout, d.b)
	} else {
		b = d.arena.Fill(p.layout)
	}
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
	s, err := b.Build()
	if err != nil {
		return data.Null, -1
	}
	return s.Value(), i + 1
}

// spanDepth is how deep values may stand that are tried as spans: each level that fails costs one more look at everything inside.
const spanDepth = 16

// field reads the value of a field.
func (d *decoder) field(b *data.StructBuilder, k int, p *readPlan, i int) int {
	switch c := d.at(i); p.kind {
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
		if c == '"' {
			if end, flags := jsonscan.Text(d.b, i+1); end >= 0 && flags == 0 && end-i <= jsonscan.MaxText {
				b.TextView(k, d.b[i+1:end])
				return end + 1
			}
		}
	case data.StructKind, data.ListKind, data.MapKind, data.Float64Kind, data.Float32Kind:
		if d.spans && c != 'n' && d.depth < spanDepth && (!b.Layout().Wanted(k) || p.layout != nil && p.layout.WasEncoded()) {
			if end := canonical(d.b, p, i); end >= 0 {
				b.Span(k, d.b[i:end], true)
				return end
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

// mostFields is how many fields anyOrder can tell apart.
const mostFields = 256

// anyOrder reads the members of a struct from i on, which is behind the first k fields. It returns the index of the closing brace.
func (d *decoder) anyOrder(b *data.StructBuilder, p *readPlan, k, i int) int {
	var seen [mostFields / 64]uint64
	if len(p.fields) > mostFields {
		return -1
	}
	for f := range k {
		seen[f>>6] |= 1 << (f & 63)
	}
	first := k == 0
	for {
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
		first = false
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
	// What is not there is null.
	for f := range p.fields {
		if seen[f>>6]&(1<<(f&63)) != 0 {
			continue
		}
		switch x := p.fields[f].readPlan; {
		case !x.def.IsNull():
			b.Set(f, x.def)
		case !x.optional:
			return -1
		}
	}
	return i
}
