package protobuf

import (
	"strconv"

	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/converters/protobuf/internal/protofile"
	"github.com/moldau/moldau/internal/javafmt"
)

// maxSchemaDepth is how deep messages may contain each other. Java runs out of stack at a few thousand.
const maxSchemaDepth = 1000

// ConnectSchema returns the Connect schema of a message. version, if any, becomes the version of the schema.
func (d *Data) ConnectSchema(m *Message, version *int32) (*data.Schema, error) {
	r := &schemaReader{
		Data: d, root: m, version: version, first: map[*Message]*protofile.Field{}, cyclic: map[*Message]bool{}, schemas: map[place]*data.Schema{},
	}
	if kind, ok := wrapperKinds[m.FullName]; ok && !d.opts.KeepRawWrappers {
		b := data.NewSchema(kind)
		if version != nil {
			b.Version(*version)
		}
		return b.Build()
	}
	r.survey(m, nil, 0)
	return r.structure(place{message: m}, 0)
}

// place is where a message is used. Java gives each place its own schema, with the tag of its field.
type place struct {
	message *Message
	tag     string
	// elem says that it is the element of a list, and again that Java has met the message before.
	elem, again bool
}

// schemaReader makes the schema of one message.
type schemaReader struct {
	*Data
	root    *Message
	version *int32
	// first holds the field by which Java meets a message first, nil for that of the root.
	first map[*Message]*protofile.Field
	// optionalRoot says that the message refers to itself, by which Java makes it optional.
	optionalRoot bool
	cyclic       map[*Message]bool
	schemas      map[place]*data.Schema
	// built counts the fields of all schemas.
	built int
}

// maxBuilt bounds the fields of all schemas that one schema of a registry leads to.
const maxBuilt = 1 << 20

// survey visits the messages in the order in which Java meets them.
func (r *schemaReader) survey(m *Message, first *protofile.Field, depth int) {
	r.first[m] = first
	if depth > maxSchemaDepth {
		return
	}
	visit := func(f *protofile.Field) {
		if f.Message == nil || !r.isStruct(f.Message) {
			return
		}
		if isMap(f) {
			for _, part := range f.Message.Fields {
				if part.Message == nil || !r.isStruct(part.Message) {
					continue
				}
				r.meet(part, depth)
			}
			return
		}
		r.meet(f, depth)
	}
	for _, o := range m.Oneofs {
		for _, f := range o.Fields {
			visit(f)
		}
	}
	for _, f := range m.Fields {
		if f.Oneof == nil {
			visit(f)
		}
	}
}

func (r *schemaReader) meet(f *protofile.Field, depth int) {
	if _, met := r.first[f.Message]; met {
		r.optionalRoot = r.optionalRoot || f.Message == r.root
		return
	}
	r.survey(f.Message, f, depth+1)
}

// isStruct reports whether a message is read as a struct.
func (r *schemaReader) isStruct(m *Message) bool {
	switch m.FullName {
	case decimalType, dateType, timeType, timestampType, variantType:
		return false
	}
	return !r.unwraps(m)
}

// unwraps reports whether a wrapper message inside another one is read as the scalar in it.
func (r *schemaReader) unwraps(m *Message) bool {
	return wrapperKinds[m.FullName] != 0 && (r.opts.Wrappers || !r.opts.KeepRawWrappers)
}

// isMap reports whether a field holds the entries of a map.
func isMap(f *protofile.Field) bool {
	m := f.Message
	if !f.Repeated || m == nil || len(m.Fields) != 2 || len(m.Name) < len("Entry") || m.Name[len(m.Name)-len("Entry"):] != "Entry" {
		return false
	}
	return m.Fields[0].Name == keyField && m.Fields[1].Name == valueField && !m.Fields[0].Repeated && !m.Fields[1].Repeated
}

func (r *schemaReader) name(simple, full string) string {
	if r.opts.Enhanced {
		return full
	}
	return simple
}

// structure returns the schema of a message at a place.
func (r *schemaReader) structure(p place, depth int) (*data.Schema, error) {
	if s := r.schemas[p]; s != nil {
		return s, nil
	}
	if depth > maxSchemaDepth {
		return nil, javafmt.NewException("java.lang.StackOverflowError",
			"message "+p.message.FullName+": messages contain each other more than "+strconv.Itoa(maxSchemaDepth)+" levels deep", nil)
	}
	if !r.containsItself(p.message) {
		b, err := r.builder(p, depth)
		if err != nil {
			return nil, err
		}
		s, err := b.Build()
		if err == nil {
			r.schemas[p] = s
		}
		return s, err
	}
	var err error
	s, buildErr := data.Recursive(func(self *data.Schema) *data.SchemaBuilder {
		r.schemas[p] = self
		var b *data.SchemaBuilder
		if b, err = r.builder(p, depth); err != nil {
			b = data.NewSchema(data.StructKind)
		}
		return b
	})
	if err == nil {
		err = buildErr
	}
	return s, err
}

func (r *schemaReader) builder(p place, depth int) (*data.SchemaBuilder, error) {
	m := p.message
	if r.built += len(m.Fields); r.built > maxBuilt {
		return nil, dataException("message " + r.root.FullName + " has more than " + strconv.Itoa(maxBuilt) + " fields inside it")
	}
	b := data.NewStructSchema("").Name(r.name(m.Name, m.FullName))
	isRoot := m == r.root
	if !isRoot || r.optionalRoot {
		b.Optional()
	}
	if isRoot && r.version != nil {
		b.Version(*r.version)
	}
	switch {
	case p.tag != "":
		b.Param(tagParam, p.tag)
	case p.again && r.first[m] != nil && !r.first[m].Repeated:
		// Java's schema of a later place shows the parameters of the first one through.
		b.Param(tagParam, strconv.Itoa(int(r.first[m].Number)))
	case p.again:
		b.EmptyParams()
	}
	for _, o := range m.Oneofs {
		if r.opts.Flatten {
			for _, f := range o.Fields {
				s, err := r.field(f, true, depth)
				if err != nil {
					return nil, err
				}
				b.Field(f.Name, s)
			}
			continue
		}
		s, err := r.union(o, depth)
		if err != nil {
			return nil, err
		}
		b.Field(r.unionField(o), s)
	}
	for _, f := range m.Fields {
		if f.Oneof != nil {
			continue
		}
		s, err := r.field(f, false, depth)
		if err != nil {
			return nil, err
		}
		b.Field(f.Name, s)
	}
	return b, nil
}

// unionField returns the name of the field that holds a oneof.
func (d *Data) unionField(o *protofile.Oneof) string {
	if d.opts.NoUnionIndex {
		return o.Name
	}
	return o.Name + "_" + strconv.Itoa(o.Index)
}

func (r *schemaReader) union(o *protofile.Oneof, depth int) (*data.Schema, error) {
	b := data.NewStructSchema("")
	if r.opts.Generalized {
		b.Name(o.Name).Param(generalizedUnion, o.Name)
	} else {
		b.Name(unionPrefix + r.name(o.Name, o.FullName))
	}
	for _, f := range o.Fields {
		s, err := r.field(f, true, depth)
		if err != nil {
			return nil, err
		}
		b.Field(f.Name, s)
	}
	return b.Optional().Build()
}

// field returns the schema of a field.
func (r *schemaReader) field(f *protofile.Field, member bool, depth int) (*data.Schema, error) {
	tag := strconv.Itoa(int(f.Number))
	var b *data.SchemaBuilder
	switch {
	case isMap(f) && r.isStruct(f.Message):
		key, err := r.field(f.Message.Fields[0], false, depth)
		if err != nil {
			return nil, err
		}
		value, err := r.field(f.Message.Fields[1], false, depth)
		if err != nil {
			return nil, err
		}
		b = data.NewMapSchema(key, value).Name(protofile.MapField(r.name(f.Message.Name, f.Message.FullName))).Optional()
	case f.Message != nil && r.isStruct(f.Message):
		p := place{message: f.Message, tag: tag}
		if f.Repeated {
			p = place{message: f.Message, elem: true, again: r.first[f.Message] != f}
		}
		s, err := r.structure(p, depth+1)
		if err != nil || !f.Repeated {
			return s, err
		}
		b = data.NewListSchema(s)
	default:
		x := r.scalar(f)
		if f.Message != nil || f.Enum != nil {
			x.Optional()
		}
		if f.Repeated {
			elem, err := x.Optional().Build()
			if err != nil {
				return nil, err
			}
			x = data.NewListSchema(elem).Optional()
		}
		b = x
	}
	if f.Repeated {
		b.Optional()
	}
	switch {
	case member:
		b.Optional()
		if r.opts.Wrappers && f.Message != nil && (wrapperKinds[f.Message.FullName] != 0) {
			b.Param(wrapperParam, "true")
		}
	case r.opts.Optional:
		if f.Keyword {
			b.Optional()
		}
	case !r.opts.Wrappers:
		b.Optional()
	}
	return b.Param(tagParam, tag).Build()
}

// scalar starts the schema of a field that is no struct, list or map.
func (r *schemaReader) scalar(f *protofile.Field) *data.SchemaBuilder {
	typed := func(k data.Kind, plain protofile.Type) *data.SchemaBuilder {
		b := data.NewSchema(k)
		if f.Type != plain {
			b.Param(typeParam, protofile.TypeName(f.Type))
		}
		return b
	}
	switch f.Type {
	case protofile.Int32, protofile.Sint32, protofile.Sfixed32:
		switch t, _ := f.Param(connectType); t {
		case connectInt8:
			return data.NewSchema(data.Int8Kind)
		case connectInt16:
			return data.NewSchema(data.Int16Kind)
		}
		return typed(data.Int32Kind, protofile.Int32)
	case protofile.Float:
		return data.NewSchema(data.Float32Kind)
	case protofile.Double:
		return data.NewSchema(data.Float64Kind)
	case protofile.Bool:
		return data.NewSchema(data.BoolKind)
	case protofile.String:
		return data.NewSchema(data.StringKind)
	case protofile.Bytes:
		return data.NewSchema(data.BytesKind)
	case protofile.EnumT:
		return r.enum(f.Enum)
	case protofile.MessageT:
		return r.logical(f)
	}
	return typed(data.Int64Kind, protofile.Int64)
}

func (r *schemaReader) enum(e *protofile.Enum) *data.SchemaBuilder {
	b := data.NewSchema(data.StringKind)
	if r.opts.IntEnums {
		b = data.NewSchema(data.Int32Kind)
	}
	param := r.enumParam()
	b.Name(r.name(e.Name, e.FullName)).Param(param, e.Name)
	for _, v := range e.Values {
		b.Param(param+"."+v.Name, strconv.Itoa(int(v.Number)))
	}
	return b
}

// logical starts the schema of a message that stands for a logical type or a scalar.
func (r *schemaReader) logical(f *protofile.Field) *data.SchemaBuilder {
	switch f.Message.FullName {
	case decimalType:
		number := func(key string) (int32, bool) {
			text, ok := f.Param(key)
			n, err := javafmt.ParseInt(text)
			return n, ok && err == nil
		}
		scale, _ := number(scaleProp)
		b := data.DecimalBuilder(scale)
		if n, ok := number(precisionProp); ok {
			b.Param(precisionParam, strconv.Itoa(int(n)))
		}
		return b
	case dateType:
		return data.DateBuilder()
	case timeType:
		return data.TimeBuilder()
	case timestampType:
		return data.TimestampBuilder()
	case variantType:
		return data.NewStructSchema(variantName).Field("metadata", data.BytesSchema).Field("value", data.BytesSchema)
	}
	return data.NewSchema(wrapperKinds[f.Message.FullName])
}

// containsItself reports whether a message can be reached from its own fields.
func (r *schemaReader) containsItself(m *Message) bool {
	known, ok := r.cyclic[m]
	if !ok {
		known = r.reaches(m, m, map[*Message]bool{})
		r.cyclic[m] = known
	}
	return known
}

func (r *schemaReader) reaches(from, to *Message, seen map[*Message]bool) bool {
	if seen[from] {
		return false
	}
	seen[from] = true
	for _, f := range from.Fields {
		if f.Message != nil && r.isStruct(f.Message) && (f.Message == to || r.reaches(f.Message, to, seen)) {
			return true
		}
	}
	return false
}
