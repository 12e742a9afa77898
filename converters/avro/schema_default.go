package avro

import (
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/converters/avro/internal/avsc"
	"github.com/moldau/moldau/internal/javafmt"
)

// defaultNode returns the JSON of a default.
func (w *schemaWriter) defaultNode(s *data.Schema, v data.Value) (*avsc.Node, error) {
	if v.IsNull() {
		return avsc.Null(), nil
	}
	if s == nil {
		return nil, nullPointer("default without schema")
	}
	if s.ValueKind() != s.Kind() {
		return w.logicalDefault(s, v)
	}
	mismatch := func() error {
		of := v
		if d, ok := s.Default(); ok {
			of = d
		}
		return dataException("Invalid type used for default value of " + s.Kind().String() + " field: class " + of.JavaClass())
	}
	if v.Kind() != s.Kind() {
		return nil, mismatch()
	}
	switch s.Kind() {
	case data.Int8Kind, data.Int16Kind, data.Int32Kind:
		x, _ := v.Int32()
		return avsc.Int(x), nil
	case data.Int64Kind:
		x, _ := v.Int64()
		return avsc.Long(x), nil
	case data.Float32Kind:
		x, _ := v.Float32()
		return avsc.Float(x), nil
	case data.Float64Kind:
		x, _ := v.Float64()
		return avsc.Double(x), nil
	case data.BoolKind:
		x, _ := v.Bool()
		return avsc.Bool(x), nil
	case data.StringKind:
		x, _ := v.Text()
		return avsc.Text(x), nil
	case data.BytesKind:
		return latin1Node(v), nil
	case data.ListKind:
		n := &avsc.Node{Kind: avsc.ArrayNode}
		for _, e := range v.List().All() {
			x, err := w.defaultNode(s.Elem(), e)
			if err != nil {
				return nil, err
			}
			n.Items = append(n.Items, x)
		}
		return n, nil
	case data.MapKind:
		return w.mapDefault(s, v.Map())
	}
	return w.structDefault(s, v.Struct())
}

// logicalDefault returns the JSON of the wire form of a logical value.
func (w *schemaWriter) logicalDefault(s *data.Schema, v data.Value) (*avsc.Node, error) {
	switch s.ValueKind() {
	case data.DecimalKind:
		d, ok := v.Decimal()
		if !ok {
			return nil, logicalMismatch(s, v)
		}
		b, err := data.DecimalToBytes(s, d)
		return latin1Node(data.BytesOf(b)), err
	case data.DateKind, data.TimeKind, data.TimestampKind:
		if !v.Kind().IsTemporal() {
			return nil, logicalMismatch(s, v)
		}
	}
	switch s.ValueKind() {
	case data.DateKind:
		days, err := data.DateToDays(s, v)
		return avsc.Int(days), err
	case data.TimeKind:
		ms, err := data.TimeToMillis(s, v)
		return avsc.Int(ms), err
	}
	ms, err := data.TimestampToMillis(s, v)
	return avsc.Long(ms), err
}

// logicalMismatch is the error for a value that is none of a logical type.
func logicalMismatch(s *data.Schema, v data.Value) error {
	switch s.ValueKind() {
	case data.DecimalKind:
		return dataException("Invalid type for Decimal, expected BigDecimal but was class " + v.JavaClass())
	case data.DateKind:
		return dataException("Invalid type for Date, expected Date but was class " + v.JavaClass())
	case data.TimeKind:
		return dataException("Invalid type for Time, expected Date but was class " + v.JavaClass())
	}
	return dataException("Invalid type for Timestamp, expected Date but was class " + v.JavaClass())
}

// latin1Node returns bytes as Avro's JSON has them: a text with a character for each byte. Of a ByteBuffer Java takes the whole array.
func latin1Node(v data.Value) *avsc.Node {
	b, _ := v.Bytes()
	if buffer := v.Buffer(); buffer != nil {
		b = buffer.Array
	}
	text := make([]rune, len(b))
	for i, c := range b {
		text[i] = rune(c)
	}
	return avsc.Text(string(text))
}

func (w *schemaWriter) mapDefault(s *data.Schema, m *data.Map) (*avsc.Node, error) {
	n := &avsc.Node{Kind: avsc.ArrayNode}
	object := w.stringKeys(s)
	if object {
		n.Kind = avsc.ObjectNode
	}
	for _, i := range m.JavaOrder() {
		value, err := w.defaultNode(s.Elem(), m.At(i))
		if err != nil {
			return nil, err
		}
		if object {
			key, ok := m.Key(i).Text()
			if !ok {
				return nil, javafmt.NewException(javafmt.IllegalArgument, "a map's default has a key that is null or no text", nil)
			}
			n.Put(key, value)
			continue
		}
		key, err := w.defaultNode(s.Key(), m.Key(i))
		if err != nil {
			return nil, err
		}
		n.Items = append(n.Items, &avsc.Node{Kind: avsc.ArrayNode, Items: []*avsc.Node{key, value}})
	}
	return n, nil
}

func (w *schemaWriter) structDefault(s *data.Schema, x *data.Struct) (*avsc.Node, error) {
	n := &avsc.Node{Kind: avsc.ObjectNode}
	for _, f := range s.Fields() {
		v, err := x.Lookup(f.Name)
		if err != nil {
			return nil, err
		}
		value, err := w.defaultNode(f.Schema, v)
		if err != nil {
			return nil, err
		}
		if isUnion(s) {
			return value, nil
		}
		n.Put(w.scrub(f.Name), value)
	}
	return n, nil
}
