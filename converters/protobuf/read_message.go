package protobuf

import (
	"strconv"

	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/converters/protobuf/internal/protofile"
	"github.com/moldau/moldau/internal/slots"
)

// sub reads a message at a depth.
func (d *Decoder) sub(p *readValue, b []byte, depth int) data.Value {
	if depth > mostReadDepth {
		d.fail(errTooDeep)
		return data.Null
	}
	if p.kind == structValue {
		return d.message(p.message, b, depth)
	}
	return d.parts(p, b, depth)
}

// missing reads a message that the data does not have, or that does not count.
func (d *Decoder) missing(p *readValue, b []byte, depth int) data.Value {
	d.absent++
	v := d.sub(p, b, depth)
	d.absent--
	return v
}

// message reads a struct.
func (d *Decoder) message(p *readMessage, b []byte, depth int) data.Value {
	lists, spans, seen := len(d.lists), len(d.spans), len(d.seen)
	d.open(p)
	members := spans + len(p.spans)
	bits := uint64(0)
	s := d.arena.Fill(p.layout)
	first := s.Raw(slots.Inside{})
	for len(b) > 0 {
		key := uint32(b[0])
		if key < 0x80 {
			b = b[1:]
		} else {
			var n uint64
			if n, b = d.varint(b); d.bad != nil {
				return data.Null
			}
			key = uint32(n)
		}
		at := uint32(0)
		if int(key) < len(p.small) {
			at = p.small[key]
		} else if p.large != nil {
			at = p.large[key]
		}
		c := &p.cases[at]
		v := c.value
		if v == nil {
			if key>>3 == 0 {
				d.fail(errTag)
				return data.Null
			}
			if b = d.skip(key, b, depth); d.bad != nil {
				return data.Null
			}
			continue
		}
		switch c.op {
		case readScalar:
			if c.direct != notDirect {
				b = d.put(c.direct, v, slots.At(first, c.index), b)
				break
			}
			var known bool
			if b, known = d.set(&s, c, b); !known {
				if d.bad != nil {
					d.within(v.name)
					return data.Null
				}
				continue
			}
		case readSub:
			var t []byte
			if t, b = d.bytes(b); d.bad == nil {
				x := &d.spans[spans+c.at]
				x.add(t, x.c != nil)
				x.c = c
			}
		case readElement:
			b = d.element(lists+c.at, c, b, depth)
		case readEntry:
			b = d.entry(lists+c.at, c, b, depth)
		case readMember:
			b = d.member(members+c.at, c, b, depth)
			if d.bad != nil {
				d.within(v.name)
				return data.Null
			}
			continue
		}
		if d.bad != nil {
			d.within(v.name)
			return data.Null
		}
		if c.bit < 64 {
			bits |= 1 << c.bit
		} else {
			d.seen[seen+c.bit>>6-1] |= 1 << (c.bit & 63)
		}
	}
	return d.finish(p, &s, bits, lists, spans, seen, depth)
}

// open makes room for the lists, messages and oneofs of a message.
func (d *Decoder) open(p *readMessage) {
	for range p.lists {
		d.lists = append(d.lists, openList{})
	}
	for range len(p.spans) + p.oneofs {
		d.spans = append(d.spans, span{})
	}
	for range (p.bits - 1) >> 6 {
		d.seen = append(d.seen, 0)
	}
}

// hashMapBuckets is how many buckets a HashMap of Java has from the start.
const hashMapBuckets = 16

// finish reads the messages inside a message, and sets what the data lacks.
func (d *Decoder) finish(p *readMessage, s *data.StructBuilder, bits uint64, lists, spans, seen, depth int) data.Value {
	isSet := func(bit int) bool {
		if bit < 64 {
			return bits>>bit&1 != 0
		}
		return d.seen[seen+bit>>6-1]>>(bit&63)&1 != 0
	}
	for i := range p.required {
		if d.absent == 0 && !isSet(p.required[i].bit) {
			d.fail(protocolError("Message missing required fields: " + p.required[i].name))
			return data.Null
		}
	}
	for i := range p.always {
		if f := &p.always[i]; !isSet(f.bit) {
			s.Set(f.index, f.value)
		}
	}
	for i := range p.spans {
		f := &p.spans[i]
		x := d.spans[spans+i]
		if x.c == nil && !f.always {
			continue
		}
		var v data.Value
		if x.c == nil {
			v = d.missing(f.value, nil, depth+1)
		} else {
			v = d.sub(f.value, x.b, depth+1)
		}
		if d.bad != nil {
			d.within(f.name)
			return data.Null
		}
		s.Set(f.index, v)
	}
	for i := range p.oneofs {
		x := d.spans[spans+len(p.spans)+i]
		if x.c == nil {
			continue
		}
		d.setMember(p, s, x, depth)
		if d.bad != nil {
			d.within(x.c.value.name)
			return data.Null
		}
	}
	for i := range p.lists {
		f, x := &p.lists[i], &d.lists[lists+i]
		switch {
		case f.isMap && !x.open:
			m := d.arena.Map(0)
			m.JavaHashMap(hashMapBuckets)
			s.Set(f.index, m.Build().Value())
		case f.isMap:
			x.m.JavaHashMap(hashMapBuckets)
			s.Set(f.index, x.m.Build().Value())
		case !x.open:
			l := d.arena.List(0)
			s.Set(f.index, l.Build().Value())
		default:
			s.Set(f.index, x.list.Build().Value())
		}
	}
	d.lists, d.spans, d.seen = d.lists[:lists], d.spans[:spans], d.seen[:seen]
	if d.wrong != nil {
		return data.Null
	}
	// As in Java, a required field may lack its value until a converter writes the struct.
	x, err := s.BuildPartial()
	if err != nil {
		return d.reject(err)
	}
	return x.Value()
}

// setMember reads the member of a oneof that the data ended with.
func (d *Decoder) setMember(p *readMessage, s *data.StructBuilder, x span, depth int) {
	var v data.Value
	ok := true
	if x.c.value.typ == protofile.MessageT {
		v = d.sub(x.c.value, x.b, depth+1)
	} else {
		v, ok, _ = d.scalar(x.c.value, x.b)
	}
	if d.bad != nil || d.wrong != nil || !ok {
		return
	}
	union := x.c.bit
	if union < 0 {
		s.Set(x.c.index, v)
		return
	}
	u := d.arena.Fill(p.layout.Fields()[union].Schema.Layout())
	u.Set(x.c.index, v)
	built, err := u.BuildPartial()
	if err != nil {
		d.reject(err)
		return
	}
	s.Set(union, built.Value())
}

// set reads a scalar into its field. known is false after an error, and for a value that a closed enum does not have.
func (d *Decoder) set(s *data.StructBuilder, c *readCase, b []byte) (rest []byte, known bool) {
	v, known, b := d.scalar(c.value, b)
	if known && d.bad == nil {
		s.Set(c.index, v)
	}
	return b, known && d.bad == nil
}

// element adds to a list.
func (d *Decoder) element(at int, c *readCase, b []byte, depth int) []byte {
	if !d.lists[at].open {
		d.lists[at].open = true
		d.lists[at].list = d.arena.List(0)
	}
	p := c.value
	if p.typ == protofile.MessageT {
		t, b := d.bytes(b)
		if d.bad != nil {
			return nil
		}
		v := d.sub(p, t, depth+1)
		if d.bad != nil {
			d.within(strconv.Itoa(d.lists[at].list.Len()))
			return nil
		}
		d.lists[at].list.Append(v)
		return b
	}
	if !c.packed {
		v, ok, b := d.scalar(p, b)
		if ok && d.bad == nil {
			d.lists[at].list.Append(v)
		}
		return b
	}
	t, b := d.bytes(b)
	for len(t) > 0 && d.bad == nil {
		var v data.Value
		var ok bool
		if v, ok, t = d.scalar(p, t); ok && d.bad == nil {
			d.lists[at].list.Append(v)
		}
	}
	return b
}

// entry adds to a map.
func (d *Decoder) entry(at int, c *readCase, b []byte, depth int) []byte {
	t, b := d.bytes(b)
	switch {
	case d.bad != nil:
		return nil
	case depth+1 > mostReadDepth:
		d.fail(errTooDeep)
		return nil
	}
	if !d.lists[at].open {
		d.lists[at].open = true
		d.lists[at].m = d.arena.Map(0)
	}
	var values [2]data.Value
	var subs [2]span
	var have [2]bool
	parts := c.value.parts
	for len(t) > 0 {
		var n uint64
		if n, t = d.varint(t); d.bad != nil {
			return nil
		}
		key := uint32(n)
		i := 0
		for i < 2 && parts[i].key != key {
			i++
		}
		switch {
		case i == 2:
			t = d.skip(key, t, depth+1)
		case parts[i].value.typ == protofile.MessageT:
			var x []byte
			if x, t = d.bytes(t); d.bad == nil {
				subs[i].add(x, have[i])
				have[i] = true
			}
		default:
			v, ok, rest := d.scalar(parts[i].value, t)
			if t = rest; ok {
				values[i], have[i] = v, true
			}
		}
		if d.bad != nil {
			return nil
		}
	}
	for i := range parts {
		switch p := parts[i].value; {
		case p.typ == protofile.MessageT && (have[i] || c.value.whole):
			values[i] = d.sub(p, subs[i].b, depth+2)
		case p.typ == protofile.MessageT:
			values[i] = d.missing(p, nil, depth+2)
		case !have[i]:
			values[i] = p.zero
		}
		if d.bad != nil {
			d.within(parts[i].value.name)
			return nil
		}
	}
	if d.wrong == nil {
		d.lists[at].m.Put(values[0], values[1])
	}
	return b
}

// member notes a member of a oneof: the last one counts, but a message that occurs again without another member between is one message.
func (d *Decoder) member(at int, c *readCase, b []byte, depth int) []byte {
	var t []byte
	if c.value.typ == protofile.MessageT {
		if t, b = d.bytes(b); d.bad != nil {
			return nil
		}
	} else {
		t = b
		var ok bool
		if _, ok, b = d.scalar(c.value, b); d.bad != nil || !ok {
			return b
		}
		t = t[:len(t)-len(b)]
	}
	x := &d.spans[at]
	again := x.c == c && c.value.typ == protofile.MessageT
	if x.c != nil && !again && x.c.value.typ == protofile.MessageT {
		// What is overwritten must be right all the same.
		wrong, old := d.wrong, *x
		d.missing(old.c.value, old.b, depth+1)
		if d.wrong = wrong; d.bad != nil {
			return nil
		}
	}
	x = &d.spans[at]
	x.add(t, again)
	x.c = c
	return b
}

// parts reads a small message: a wrapper, or one of a logical type.
func (d *Decoder) parts(p *readValue, b []byte, depth int) data.Value {
	var numbers [4]int64
	var unscaled []byte
	v := data.Null
	if p.kind == wrapperValue && len(p.parts) > 0 {
		v = p.parts[0].value.zero
	}
	for len(b) > 0 {
		var n uint64
		if n, b = d.varint(b); d.bad != nil {
			return data.Null
		}
		key := uint32(n)
		i := 0
		for i < len(p.parts) && (p.parts[i].value == nil || p.parts[i].key != key) {
			i++
		}
		switch {
		case i == len(p.parts) && key>>3 == 0:
			d.fail(errTag)
		case i == len(p.parts):
			b = d.skip(key, b, depth)
		case p.kind == wrapperValue:
			v, _, b = d.scalar(p.parts[i].value, b)
		case key&7 == 2:
			unscaled, b = d.bytes(b)
		case p.parts[i].value.typ == protofile.Int64:
			n, b = d.varint(b)
			numbers[i] = int64(n)
		case p.parts[i].value.typ == protofile.Int32:
			n, b = d.varint(b)
			numbers[i] = int64(int32(n))
		default:
			var x data.Value
			x, _, b = d.scalar(p.parts[i].value, b)
			numbers[i], _ = x.Int64()
		}
		if d.bad != nil {
			return data.Null
		}
	}
	if p.kind == wrapperValue {
		return v
	}
	v, err := p.logicalValue(numbers, unscaled)
	if err != nil {
		return d.reject(err)
	}
	return v
}

// logicalValue makes the value of a logical type of the fields of its message. A field with the value 0 is one that is not set.
func (p *readValue) logicalValue(n [4]int64, unscaled []byte) (data.Value, error) {
	switch p.kind {
	case decimalValue:
		if n[1] == 0 {
			return decimalOf(unscaled, nil, int32(n[2]))
		}
		precision := int32(n[1])
		return decimalOf(unscaled, &precision, int32(n[2]))
	case dateValue:
		return dateOf(int32(n[0]), int32(n[1]), int32(n[2]))
	case timeValue:
		return timeOf(int32(n[0]), int32(n[1]), int32(n[2]), int32(n[3]))
	}
	return timestampOf(n[0], int32(n[1]))
}
