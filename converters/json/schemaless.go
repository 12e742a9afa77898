package json

import (
	"slices"

	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/internal/jsonscan"
)

// site is a place in documents without schema: the root, or a member of the objects of another site. The objects of one place usually have the
// same names in the same order.
type site struct {
	layout *data.Layout
	opens  []string
	// members are the sites of the members' values.
	members []*site
	// elem is the site of all elements of an array.
	elem *site
	// javaOrder says that Java, which holds an object in a HashMap, iterates over the names in just this order.
	javaOrder bool
	// misses counts objects since the last one of this shape.
	misses int
}

// siteCache bounds the sites of a converter.
type siteCache struct {
	root  site
	count int
}

const maxSites = 4096

// schemaless reads a value without schema; x may be nil.
func (d *decoder) schemaless(x *site, i int) (data.Value, int) {
	switch c := d.at(i); c {
	case '{':
		return d.object(x, i)
	case '[':
		if x == nil || d.sites == nil {
			return d.list(nil, nil, i)
		}
		if x.elem == nil && d.sites.count < maxSites {
			d.sites.count++
			x.elem = &site{}
		}
		return d.list(nil, x.elem, i)
	case '"':
		return d.text(i)
	case 't':
		if len(d.b)-i >= 4 && string(d.b[i:i+4]) == "true" {
			return data.Bool(true), i + 4
		}
	case 'f':
		if len(d.b)-i >= 5 && string(d.b[i:i+5]) == "false" {
			return data.Bool(false), i + 5
		}
	case 'n':
		if len(d.b)-i >= 4 && string(d.b[i:i+4]) == "null" {
			return data.Null, i + 4
		}
	default:
		if c != '-' && c-'0' > 9 {
			return data.Null, -1
		}
		if n, end, ok := jsonscan.Int(d.b, i); ok {
			return data.Int64(n), end
		}
		end, fraction := jsonscan.Number(d.b, i)
		if end < 0 || !fraction {
			return data.Null, -1
		}
		return floatValue(data.Float64Kind, d.b[i:end]), end
	}
	return data.Null, -1
}

// object reads an object, in the shape of the site where it has that.
func (d *decoder) object(x *site, i int) (data.Value, int) {
	if !d.enter() {
		return data.Null, -1
	}
	i++
	if x == nil || x.layout == nil {
		return d.objectOfAnyShape(x, nil, 0, i)
	}
	b := d.arena.Fill(x.layout)
	k := 0
	for ; k < len(x.opens); k++ {
		open := x.opens[k]
		if len(d.b)-i < len(open) || string(d.b[i:i+len(open)]) != open {
			break
		}
		i += len(open)
		if end := d.schemalessSpan(x.members[k], i); end >= 0 {
			b.Span(k, d.b[i:end], true)
			i = end
			continue
		}
		v, end := d.schemaless(x.members[k], i)
		if end < 0 {
			return data.Null, -1
		}
		b.Set(k, v)
		i = end
	}
	if k == len(x.opens) && d.at(i) == '}' {
		d.depth--
		x.misses = 0
		return b.BuildMap().Value(), i + 1
	}
	return d.objectOfAnyShape(x, &b, k, i)
}

// schemalessSpan returns the end of a float, array or object that can stay text, -1 for others.
func (d *decoder) schemalessSpan(x *site, i int) int {
	if !d.spans || d.depth >= spanDepth {
		return -1
	}
	switch c := d.at(i); {
	case c == '-', c-'0' <= 9:
		return canonicalFloat(d.b, i, 15)
	case c == '{', c == '[':
		return canonicalSchemaless(d.b, x, i, d.depth)
	}
	return -1
}

// objectOfAnyShape goes on behind the first k members, whose values are in done.
func (d *decoder) objectOfAnyShape(x *site, done *data.StructBuilder, k, i int) (data.Value, int) {
	b := d.arena.Map(k)
	for f := range k {
		b.Set(x.layout.Name(f), done.At(f))
	}
	for first := k == 0; ; first = false {
		i = jsonscan.Space(d.b, i)
		if d.at(i) == '}' {
			break
		}
		if !first {
			if d.at(i) != ',' {
				return data.Null, -1
			}
			i = jsonscan.Space(d.b, i+1)
		}
		name, value := d.name(i)
		if value < 0 {
			return data.Null, -1
		}
		var v data.Value
		if v, i = d.schemaless(nil, value); i < 0 {
			return data.Null, -1
		}
		b.Set(name, v)
	}
	d.depth--
	m := b.Build()
	if x != nil && d.sites != nil {
		d.sites.learn(x, m)
	}
	return m.Value(), i + 1
}

// learn makes a site expect objects like m.
func (c *siteCache) learn(x *site, m *data.Map) {
	row := m.Row()
	if x.misses++; row == nil || x.layout != nil && x.misses < 4 {
		return
	}
	n := row.Len()
	if c.count+n > maxSites {
		return
	}
	c.count += n - len(x.members)
	*x = site{layout: row.Layout(), elem: x.elem, javaOrder: slices.IsSorted(m.JavaOrder())}
	for i := range n {
		open := string(jsonscan.AppendQuoted(nil, x.layout.Name(i))) + ":"
		if i > 0 {
			open = "," + open
		}
		x.opens, x.members = append(x.opens, open), append(x.members, &site{})
	}
}
