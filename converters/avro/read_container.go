package avro

import (
	"math"
	"unicode/utf8"

	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/internal/slots"
)

func (d *Decoder) record(p *readPlan) data.Value {
	s, first := d.arena.RawStruct(slots.Inside{}, p.layout)
	if !d.run(p.steps, first, 1) || d.wrong != nil {
		return data.Null
	}
	return s.Value()
}

// block reads how many elements follow; left is how many bytes the shortest of them takes. done is how many there were before.
func (d *Decoder) block(least int, done int) int {
	n := d.long()
	if n < 0 {
		// The length of the block follows, for those who skip it.
		n = -n
		d.long()
	}
	switch {
	case n == 0 || d.bad != nil:
		return 0
	case n < 0 || n == math.MinInt64,
		least > 0 && n > int64((len(d.b)-d.i)/least),
		least == 0 && n > int64(mostEmpty-done):
		d.fail(errEnd)
		return 0
	}
	return int(n)
}

func (d *Decoder) list(p *readPlan) data.Value {
	return d.shortList(p).Value()
}

// shortList reads a list; it expects one block, as most writers write.
func (d *Decoder) shortList(p *readPlan) *data.List {
	if d.depth++; d.depth > maxDepth {
		d.fail(errTooDeep)
		return nil
	}
	start := d.i
	n := d.block(p.elem.least, 0)
	l, first := d.arena.RawList(slots.Inside{}, n)
	switch {
	case n == 0:
	case !d.run(p.steps, first, n):
		return nil
	case d.i < len(d.b) && d.b[d.i] == 0:
		d.i++
	default:
		d.i = start
		l = d.longList(p)
	}
	d.depth--
	return l
}

// shortTexts reads a list of texts that stands at i, begins it in the arena and returns where it ends. It returns 0 where the list is not as most are: of
// one block of few short texts. Another method must read it then.
func (d *Decoder) shortTexts(i int) (end int) {
	const several = 0x81 // a byte that is negative or not the only one of its number has one of these bits
	b := d.b
	if uint(i) >= uint(len(b)) || b[i]&several != 0 || d.depth >= maxDepth {
		return 0
	}
	n := int(b[i] >> 1)
	if i++; n >= len(b)-i && n > 0 {
		return 0
	}
	_, first := d.arena.RawList(slots.Inside{}, n)
	for k := range n {
		if uint(i) >= uint(len(b)) || b[i]&several != 0 {
			return 0
		}
		size := int(b[i] >> 1)
		if i++; size > len(b)-i {
			return 0
		}
		text := b[i : i+size]
		switch {
		case size == 0:
			*slots.At(first, k) = slots.Slot{M: uint64(data.StringKind)}
		case ascii(text), utf8.Valid(text):
			*slots.At(first, k) = slots.Slot{N: d.base + uint64(i), M: textRef | uint64(size)<<32}
		default:
			return 0
		}
		i += size
	}
	if n == 0 {
		return i
	}
	if uint(i) >= uint(len(b)) || b[i] != 0 {
		return 0
	}
	return i + 1
}

// longList reads a list of any number of blocks.
func (d *Decoder) longList(p *readPlan) *data.List {
	b := d.arena.List(0)
	for n, total := d.block(p.elem.least, 0), 0; n > 0; n = d.block(p.elem.least, total) {
		for range n {
			b.Append(d.value(p.elem))
			if d.bad != nil {
				return nil
			}
		}
		total += n
	}
	return b.Build()
}

// keyed reads an array of records of key and value as a map.
func (d *Decoder) keyed(p *readPlan) data.Value {
	n, total := d.block(p.least, 0), 0
	b := d.arena.Map(n)
	for ; n > 0; n = d.block(p.least, total) {
		for range n {
			var k, v data.Value
			if p.size == 0 {
				k = d.value(p.key)
				v = d.value(p.elem)
			} else {
				v = d.value(p.elem)
				k = d.value(p.key)
			}
			if d.bad != nil {
				return data.Null
			}
			b.Put(k, v)
		}
		total += n
	}
	b.JavaHashMap(total)
	return b.Build().Value()
}

// union reads a member of a union and puts it into its field of the struct.
func (d *Decoder) union(p *readPlan) data.Value {
	i := d.long()
	if i < 0 || i >= int64(len(p.branches)) {
		d.fail(errBranch)
		return data.Null
	}
	branch := &p.branches[i]
	if branch.null {
		if !p.schema.Optional() {
			return d.reject(dataException("Found null value for non-optional schema"))
		}
		return data.Null
	}
	start := d.i
	v := d.value(branch.plan)
	if d.bad != nil || d.wrong != nil {
		return data.Null
	}
	for c := range branch.choices {
		choice := &branch.choices[c]
		if choice.size >= 0 {
			if b, ok := v.Bytes(); ok && len(b) != choice.size {
				continue
			}
		}
		if choice.of != branch.plan {
			d.i = start
			v = d.value(choice.of)
		}
		if choice.err != nil {
			return d.reject(choice.err)
		}
		b := d.arena.Fill(p.layout)
		b.Set(choice.index, v)
		s, err := b.BuildPartial()
		if err != nil {
			return d.reject(err)
		}
		return s.Value()
	}
	return d.reject(dataException("Did not find matching union field for data"))
}

// anything reads a value without schema: of the fields of the record the first one that is set.
func (d *Decoder) anything() data.Value {
	found := data.Null
	for field := range anyFields {
		switch d.long() {
		case 0:
			continue
		case 1:
		default:
			d.fail(errBranch)
			return data.Null
		}
		v := d.anyField(field)
		if d.bad != nil {
			return data.Null
		}
		if found.IsNull() {
			found = v
		}
	}
	return found
}

func (d *Decoder) anyField(field int) data.Value {
	switch field {
	case anyBool:
		b := d.take(1)
		return data.Bool(len(b) > 0 && b[0] == 1)
	case anyBytes:
		return d.buffer(d.take(d.long()))
	case anyDouble:
		return data.Float64(d.float64())
	case anyFloat:
		return data.Float32(d.float32())
	case anyInt:
		return data.Int32(d.int())
	case anyLong:
		return data.Int64(d.long())
	case anyText:
		return data.TextOf(d.text())
	}
	if d.depth++; d.depth > maxDepth {
		d.fail(errTooDeep)
		return data.Null
	}
	defer func() { d.depth-- }()
	if field == anyArray {
		return d.anyList()
	}
	return d.anyMap()
}

func (d *Decoder) anyList() data.Value {
	n := d.block(anyFields, 0)
	b := d.arena.List(n)
	for ; n > 0; n = d.block(anyFields, 0) {
		for range n {
			b.Append(d.anything())
			if d.bad != nil {
				return data.Null
			}
		}
	}
	return b.Build().Value()
}

func (d *Decoder) anyMap() data.Value {
	n, total := d.block(2*anyFields, 0), 0
	b := d.arena.Map(n)
	for ; n > 0; n = d.block(2*anyFields, 0) {
		for range n {
			k := d.anything()
			v := d.anything()
			if d.bad != nil {
				return data.Null
			}
			b.Put(k, v)
		}
		total += n
	}
	b.JavaHashMap(total)
	return b.Build().Value()
}
