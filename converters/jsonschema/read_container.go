package jsonschema

import (
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/converters/jsonschema/internal/tree"
	"github.com/moldau/moldau/internal/jsonscan"
)

// enter counts an array or object that begins.
func (d *Decoder) enter() bool {
	d.depth++
	return d.depth <= jsonscan.MaxDepth
}

// next goes on behind an element or member: to the next one, or to the end, which it goes behind.
func (d *Decoder) next(i int, closing byte) (after int, end bool) {
	if d.at(i) != ',' && d.at(i) != closing {
		i = jsonscan.Space(d.b, i)
	}
	switch d.at(i) {
	case closing:
		d.depth--
		return i + 1, true
	case ',':
		return jsonscan.Space(d.b, i+1), false
	}
	return -1, true
}

func (d *Decoder) list(p *readPlan, i int) (data.Value, int) {
	if d.at(i) != '[' || !d.enter() {
		return data.Null, -1
	}
	b := d.arena.List(0)
	if i = jsonscan.Space(d.b, i+1); d.at(i) == ']' {
		d.depth--
		return b.Build().Value(), i + 1
	}
	for end := false; !end; {
		var v data.Value
		if v, i = d.value(p.elem, i); i < 0 {
			return data.Null, -1
		}
		b.Append(v)
		if i, end = d.next(i, ']'); i < 0 {
			return data.Null, -1
		}
	}
	return b.Build().Value(), i
}

// object reads a map with string keys.
func (d *Decoder) object(p *readPlan, i int) (data.Value, int) {
	if d.at(i) != '{' || !d.enter() {
		return data.Null, -1
	}
	b := d.arena.Map(0)
	if i = jsonscan.Space(d.b, i+1); d.at(i) == '}' {
		d.depth--
		return b.Build().Value(), i + 1
	}
	for end := false; !end; {
		name, value := d.name(i)
		if value < 0 {
			return data.Null, -1
		}
		var v data.Value
		if v, i = d.value(p.elem, value); i < 0 {
			return data.Null, -1
		}
		b.Set(name, v)
		if i, end = d.next(i, '}'); i < 0 {
			return data.Null, -1
		}
	}
	return b.Build().Value(), i
}

// entries reads a map with other keys: an array of objects, as a converter wrote them.
func (d *Decoder) entries(p *readPlan, i int) (data.Value, int) {
	const openKey, openValue = `{"key":`, `,"value":`
	if d.at(i) != '[' || !d.enter() || !d.enter() {
		return data.Null, -1
	}
	b := d.arena.Map(0)
	if d.at(i+1) == ']' {
		d.depth -= 2
		return b.Build().Value(), i + 2
	}
	for i++; ; i++ {
		if !d.literal(i, openKey) {
			return data.Null, -1
		}
		k, end := d.value(p.key, i+len(openKey))
		if end < 0 || !d.literal(end, openValue) {
			return data.Null, -1
		}
		v, end := d.value(p.elem, end+len(openValue))
		if end < 0 || d.at(end) != '}' {
			return data.Null, -1
		}
		b.Put(k, v)
		switch i = end + 1; d.at(i) {
		case ']':
			d.depth -= 2
			return b.Build().Value(), i + 1
		case ',':
		default:
			return data.Null, -1
		}
	}
}

// name reads the name of a member; value is the index of its value, -1 where there is no name. The name is a view or a copy of its own.
func (d *Decoder) name(i int) (name string, value int) {
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

// tree reads a value by way of a tree.
func (d *Decoder) tree(p *readPlan, i int) (data.Value, int) {
	end := jsonscan.Skip(d.b, i, d.depth)
	if end < 0 {
		return data.Null, -1
	}
	n, err := tree.Parse(d.b[i:end])
	if err != nil {
		return data.Null, -1
	}
	v, err := treeReader{Data: d.data, arena: d.arena}.convert(p.schema, n)
	if err != nil {
		return data.Null, -1
	}
	return v, end
}
