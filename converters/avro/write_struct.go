package avro

import (
	"strconv"

	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/converters/avro/internal/avsc"
	"github.com/moldau/moldau/internal/javafmt"
)

func (c *writeCompiler) structure(p *writePlan, s *data.Schema, own, as *avsc.Schema) {
	if isUnion(s) {
		p.op = writeUnion
		for i, f := range s.Fields() {
			p.fields = append(p.fields, c.field(i, f.Schema, own, as))
		}
		return
	}
	own, err := c.underlying(s, own)
	if err != nil {
		p.err = err
		return
	}
	if own.Type != avsc.RecordType {
		p.err = runtimeException("Not a record: " + own.String())
		return
	}
	t := p.target(own.FullName(), as)
	switch {
	case t == nil:
		return
	case t.Type != avsc.RecordType:
		p.err = castError(own.FullName(), t)
		return
	}
	p.op = writeStruct
	// Avro writes by position: a field gets the value that stands in its place in the record that was built, whatever its name.
	sources := make([]int, len(own.Fields))
	for i := range sources {
		sources[i] = -1
	}
	for i, f := range s.Fields() {
		at := own.FieldIndex(c.scrub(f.Name))
		if at < 0 {
			p.op, p.err = writeFail, nullPointer("no field "+f.Name+" in "+own.FullName())
			return
		}
		sources[at] = i
	}
	for at, f := range t.Fields {
		if at < len(sources) && sources[at] < 0 {
			// A record that stands for a schema of the same name and other fields has the defaults of those that the value lacks.
			constant, err := missingField(own.Fields[at], f.Schema)
			if err != nil {
				p.op, p.err = writeFail, err
				return
			}
			p.fields = append(p.fields, writeField{source: -1, plan: &writePlan{null: constant}})
			continue
		}
		if at >= len(sources) {
			p.op, p.err = writeFail, javafmt.NewException("java.lang.ArrayIndexOutOfBoundsException",
				"Index "+strconv.Itoa(at)+" out of bounds for length "+strconv.Itoa(len(sources))+": field "+f.Name+" of "+t.FullName(), nil)
			return
		}
		p.fields = append(p.fields, c.field(sources[at], s.Fields()[sources[at]].Schema, own.Fields[at].Schema, f.Schema))
	}
}

func missingField(f *avsc.Field, as *avsc.Schema) ([]byte, error) {
	if f.Default == nil {
		return nil, javafmt.NewException("org.apache.avro.AvroMissingFieldException", "Field "+f.Name+" not set and has no default value", nil)
	}
	return avsc.AppendDefault(nil, as, f.Default)
}

func (c *writeCompiler) field(source int, s *data.Schema, own, as *avsc.Schema) writeField {
	f := writeField{source: source, plan: c.compile(s, own, as)}
	if s != nil && !c.opts.IgnoreDefaults {
		f.def, _ = s.Default()
	}
	return f
}

// keyOrders remembers the order in which Java's HashMap has the keys of a map.
type keyOrders struct {
	last   orderKey
	order  []int
	others map[orderKey][]int
}

type orderKey struct {
	layout *data.Layout
	id     uint16
}

// mostOrders bounds how many orders are remembered.
const mostOrders = 1024

// of returns the order of the entries in a map that new HashMap() made and the entries of m were put into.
func (o *keyOrders) of(m *data.Map) []int {
	row := m.Row()
	if row == nil {
		return hashOrder(m)
	}
	key := orderKey{row.Layout(), m.JavaOrderID()}
	if o.order != nil && o.last == key {
		return o.order
	}
	order, ok := o.others[key]
	if !ok {
		order = hashOrder(m)
		if len(o.others) >= mostOrders || o.others == nil {
			o.others = map[orderKey][]int{}
		}
		o.others[key] = order
	}
	o.last, o.order = key, order
	return order
}

func hashOrder(m *data.Map) []int {
	h := javafmt.NewHashMap[string, int](javafmt.StringKeys(), javafmt.DefaultCapacity)
	for _, i := range m.JavaOrder() {
		key, _ := m.Key(i).Text()
		h.Put(key, i)
	}
	order := make([]int, 0, m.Len())
	for _, i := range h.All {
		order = append(order, i)
	}
	return order
}
