package avro

import (
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/converters/avro/internal/avsc"
	"github.com/moldau/moldau/internal/javafmt"
)

// object is the Java object that Avro's library makes of the JSON of a default: with the width its schema says, or that of the text.
type object struct {
	kind objectKind
	v    data.Value
	b    []byte
	list []object
	keys []string
}

type objectKind uint8

const (
	noObject objectKind = iota
	// nullObject stands for a JSON null, which is an object of its own.
	nullObject
	scalarObject
	bytesObject
	listObject
	mapObject
)

func (o object) class() string {
	switch o.kind {
	case nullObject:
		return "org.apache.avro.JsonProperties$Null"
	case bytesObject:
		return "[B"
	case listObject:
		return "java.util.ArrayList"
	case mapObject:
		return "java.util.LinkedHashMap"
	}
	return o.v.JavaClass()
}

func scalarOf(v data.Value) object { return object{kind: scalarObject, v: v} }

// objectOf is JacksonUtils.toObject; what does not fit the schema is no object.
func objectOf(n *avsc.Node, a *avsc.Schema) object {
	if a != nil && a.Type == avsc.UnionType {
		return objectOf(n, a.Types[0])
	}
	is := func(types ...avsc.Type) bool {
		for _, t := range types {
			if a != nil && a.Type == t {
				return true
			}
		}
		return false
	}
	switch n.Kind {
	case avsc.NullNode:
		return object{kind: nullObject}
	case avsc.BoolNode:
		return scalarOf(data.Bool(n.Bool))
	case avsc.IntNode, avsc.LongNode:
		switch {
		case n.Kind == avsc.IntNode && (a == nil || is(avsc.IntType)):
			return scalarOf(data.Int32(int32(n.Int)))
		case n.Kind == avsc.LongNode && a == nil, is(avsc.LongType):
			return scalarOf(data.Int64(n.Int))
		case is(avsc.FloatType):
			return scalarOf(data.Float32(float32(float64(n.Int))))
		case is(avsc.DoubleType):
			return scalarOf(data.Float64(float64(n.Int)))
		}
	case avsc.DoubleNode, avsc.FloatNode:
		if is(avsc.FloatType) {
			return scalarOf(data.Float32(float32(n.Float)))
		}
		if a == nil || is(avsc.DoubleType) {
			return scalarOf(data.Float64(n.Float))
		}
	case avsc.TextNode:
		if a == nil || is(avsc.StringType, avsc.EnumType) {
			return scalarOf(data.String(n.Text))
		}
		if is(avsc.BytesType, avsc.FixedType) {
			return object{kind: bytesObject, b: latin1(n.Text)}
		}
	case avsc.ArrayNode:
		o := object{kind: listObject}
		var elem *avsc.Schema
		if a != nil {
			elem = a.Elem
		}
		for _, e := range n.Items {
			o.list = append(o.list, objectOf(e, elem))
		}
		return o
	case avsc.ObjectNode:
		o := object{kind: mapObject, keys: n.Names}
		for i, e := range n.Items {
			var s *avsc.Schema
			if is(avsc.MapType) {
				s = a.Elem
			} else if is(avsc.RecordType) {
				if f := a.Field(n.Names[i]); f != nil {
					s = f.Schema
				}
			}
			o.list = append(o.list, objectOf(e, s))
		}
		return o
	}
	return object{}
}

// latin1 returns the bytes of a text that has a character for each; other characters become question marks.
func latin1(s string) []byte {
	b := make([]byte, 0, len(s))
	for _, r := range s {
		switch {
		case r > 0xffff:
			// Java's encoder writes one question mark for a pair of surrogates.
			b = append(b, '?')
		case r > 0xff:
			b = append(b, '?')
		default:
			b = append(b, byte(r))
		}
	}
	return b
}

func wrapped(b []byte) data.Value { return data.BufferOf(&data.Buffer{Array: b, Limit: len(b)}) }

// defaultReader makes Connect values of defaults.
type defaultReader struct{ *schemaReader }

// logical makes the value of a logical type of its wire form.
func (c defaultReader) logical(s *data.Schema, v data.Value) (data.Value, error) {
	if v.IsNull() || s.ValueKind() == s.Kind() {
		return v, nil
	}
	wrong := func(name, want string) error {
		return dataException("Invalid type for " + name + ", underlying representation should be " + want + " but was class " + v.JavaClass())
	}
	switch s.ValueKind() {
	case data.DecimalKind:
		b, ok := v.Bytes()
		if !ok {
			return data.Null, wrong("Decimal", "bytes")
		}
		if len(b) == 0 {
			return data.Null, javafmt.NewException(javafmt.NumberFormatException, "Zero length BigInteger", nil)
		}
		d, err := data.DecimalFromBytes(s, b)
		return d.Value(), err
	case data.DateKind:
		if v.Kind() != data.Int32Kind {
			return data.Null, wrong("Date", "int32")
		}
		x, _ := v.Int32()
		return data.DateFromDays(s, x)
	case data.TimeKind:
		if v.Kind() != data.Int32Kind {
			return data.Null, wrong("Time", "int32")
		}
		x, _ := v.Int32()
		return data.TimeFromMillis(s, x)
	}
	if v.Kind() != data.Int64Kind {
		return data.Null, wrong("Timestamp", "int64")
	}
	x, _ := v.Int64()
	return data.TimestampFromMillis(s, x)
}

// fromObject converts a default of a field. Only values inside others are made logical here.
func (c defaultReader) fromObject(s *data.Schema, o object, inner bool) (data.Value, error) {
	if o.kind == nullObject {
		return data.Null, nil
	}
	if o.kind == noObject {
		if !s.Optional() && inner {
			return data.Null, dataException("Found null value for non-optional schema")
		}
		return data.Null, nil
	}
	v, err := c.convert(s, o)
	if err == nil && inner {
		v, err = c.logical(s, v)
	}
	return v, err
}

func (c defaultReader) convert(s *data.Schema, o object) (data.Value, error) {
	mismatch := func() (data.Value, error) {
		return data.Null, dataException("Invalid type for " + s.Kind().String() + ": class " + o.class())
	}
	switch s.Kind() {
	case data.Int8Kind, data.Int16Kind:
		if o.kind != scalarObject || o.v.Kind() != data.Int32Kind {
			return mismatch()
		}
		x, _ := o.v.Int32()
		if s.Kind() == data.Int8Kind {
			return data.Int8(int8(x)), nil
		}
		return data.Int16(int16(x)), nil
	case data.BytesKind:
		if o.kind != bytesObject {
			return mismatch()
		}
		return wrapped(o.b), nil
	case data.ListKind:
		if o.kind != listObject {
			return mismatch()
		}
		list := data.NewArena().List(len(o.list))
		for _, e := range o.list {
			v, err := c.fromObject(s.Elem(), e, true)
			if err != nil {
				return data.Null, err
			}
			list.Append(v)
		}
		return list.Build().Value(), nil
	case data.MapKind:
		if o.kind != mapObject || s.Key().Kind() != data.StringKind || s.Key().Optional() {
			return mismatch()
		}
		m := data.NewArena().Map(len(o.list))
		m.JavaHashMap(len(o.list))
		for i, e := range o.list {
			v, err := c.fromObject(s.Elem(), e, true)
			if err != nil {
				return data.Null, err
			}
			m.Set(o.keys[i], v)
		}
		return m.Build().Value(), nil
	case data.StructKind:
		if isUnion(s) {
			return c.union(s, o)
		}
		if o.kind != mapObject {
			return mismatch()
		}
		return c.structure(s, o)
	}
	if o.kind != scalarObject || o.v.Kind() != s.Kind() {
		return mismatch()
	}
	return o.v, nil
}

func (c defaultReader) structure(s *data.Schema, o object) (data.Value, error) {
	b := data.NewStruct(s)
	for i, f := range s.Fields() {
		name := c.scrub(f.Name)
		x := object{}
		for k := range o.keys {
			if o.keys[k] == name {
				x = o.list[k]
			}
		}
		if d, ok := f.Schema.Default(); x.kind == noObject && ok {
			// The default of the field passes through the same conversion, which knows Avro's forms only.
			x = scalarOf(d)
			if buffer := d.Buffer(); buffer != nil {
				x = object{kind: bytesObject, b: buffer.Array}
			}
		}
		v, err := c.fromObject(f.Schema, x, true)
		if err != nil {
			return data.Null, err
		}
		b.Set(i, v)
	}
	built, err := b.BuildPartial()
	return built.Value(), err
}

// union puts a default into the field of the member that it is of.
func (c defaultReader) union(s *data.Schema, o object) (data.Value, error) {
	for i, f := range s.Fields() {
		fits := false
		switch {
		case isEnum(f.Schema):
		case o.kind == bytesObject:
			fits = f.Schema.Kind() == data.BytesKind
			if size, err := parseInt(paramOf(f.Schema, fixedSizeParam)); fits && isFixed(f.Schema) {
				fits = err == nil && len(o.b) == int(size)
			}
		case o.kind == listObject:
			fits = f.Schema.Kind() == data.ListKind
		case o.kind == mapObject:
			fits = f.Schema.Kind() == data.MapKind
		default:
			fits = o.v.Kind() == f.Schema.Kind() && f.Schema.Kind() != data.Int8Kind && f.Schema.Kind() != data.Int16Kind
		}
		if !fits {
			continue
		}
		v, err := c.fromObject(f.Schema, o, true)
		if err != nil {
			return data.Null, err
		}
		name, err := c.memberOfConnect(f.Schema, i)
		if err != nil {
			return data.Null, err
		}
		built, err := data.NewStruct(s).Put(name, v).BuildPartial()
		return built.Value(), err
	}
	return data.Null, dataException("Did not find matching union field for data")
}

// fromNode converts a default that stands in connect.default.
func (c defaultReader) fromNode(s *data.Schema, a *avsc.Schema, n *avsc.Node) (data.Value, error) {
	if n == nil {
		return data.Null, nil
	}
	switch a.Type {
	case avsc.IntType:
		switch x := n.AsInt(); s.Kind() {
		case data.Int8Kind:
			return data.Int8(int8(int32(x))), nil
		case data.Int16Kind:
			return data.Int16(int16(x)), nil
		case data.Int32Kind:
			return data.Int32(int32(x)), nil
		}
	case avsc.LongType:
		return data.Int64(n.AsInt()), nil
	case avsc.FloatType:
		return data.Float32(float32(n.AsFloat())), nil
	case avsc.DoubleType:
		return data.Float64(n.AsFloat()), nil
	case avsc.BooleanType:
		switch {
		case n.Kind == avsc.TextNode:
			return data.Bool(n.Text == "true"), nil
		case n.IsNumber():
			return data.Bool(n.AsFloat() != 0), nil
		}
		return data.Bool(n.Bool), nil
	case avsc.StringType, avsc.EnumType:
		return data.String(n.AsText()), nil
	case avsc.BytesType, avsc.FixedType:
		if n.Kind != avsc.TextNode {
			return data.Null, nil
		}
		return wrapped(latin1(n.Text)), nil
	case avsc.ArrayType, avsc.MapType, avsc.RecordType, avsc.UnionType:
		return c.containerFromNode(s, a, n)
	}
	return data.Null, nil
}

// innerNode converts a default inside another one.
func (c defaultReader) innerNode(s *data.Schema, a *avsc.Schema, n *avsc.Node) (data.Value, error) {
	v, err := c.fromNode(s, a, n)
	if err != nil {
		return v, err
	}
	return c.logical(s, v)
}

func (c defaultReader) containerFromNode(s *data.Schema, a *avsc.Schema, n *avsc.Node) (data.Value, error) {
	switch a.Type {
	case avsc.ArrayType:
		if n.Kind != avsc.ArrayNode {
			return data.Null, dataException("Invalid JSON for array default value")
		}
		list := data.NewArena().List(len(n.Items))
		for _, e := range n.Items {
			v, err := c.innerNode(s.Elem(), a.Elem, e)
			if err != nil {
				return data.Null, err
			}
			list.Append(v)
		}
		return list.Build().Value(), nil
	case avsc.MapType:
		if n.Kind != avsc.ObjectNode {
			return data.Null, dataException("Invalid JSON for map default value")
		}
		m := data.NewArena().Map(len(n.Items))
		m.JavaHashMap(len(n.Items))
		for i, e := range n.Items {
			v, err := c.innerNode(s.Elem(), a.Elem, e)
			if err != nil {
				return data.Null, err
			}
			m.Set(n.Names[i], v)
		}
		return m.Build().Value(), nil
	case avsc.UnionType:
		// A default is one of the first member.
		if a.Types[0].Type == avsc.NullType {
			return data.Null, nil
		}
		name, err := c.memberOfAvro(a.Types[0], 0)
		if err != nil {
			return data.Null, err
		}
		f, ok := s.Field(name)
		if !ok {
			return data.Null, dataException("Cannot look up fields on non-struct type")
		}
		return c.innerNode(f.Schema, a.Types[0], n)
	}
	if n.Kind != avsc.ObjectNode {
		return data.Null, dataException("Invalid JSON for record default value")
	}
	b := data.NewStruct(s)
	for _, field := range a.Fields {
		f, ok := s.Field(field.Name)
		if !ok {
			return data.Null, nullPointer("field " + field.Name)
		}
		v, err := c.innerNode(f.Schema, field.Schema, n.Get(f.Name))
		if err != nil {
			return data.Null, err
		}
		b.Put(f.Name, v)
	}
	built, err := b.BuildPartial()
	return built.Value(), err
}
