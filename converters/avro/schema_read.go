package avro

import (
	"strconv"
	"strings"

	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/converters/avro/internal/avsc"
)

// ConnectSchema returns the Connect schema of data of an Avro schema. version, if not nil, becomes its version where the Avro schema states none.
// The schema of data without schema is nil.
func (d *Data) ConnectSchema(a *avsc.Schema, version *int32) (*data.Schema, error) {
	if a.String() == anything.String() {
		return nil, nil
	}
	return d.reader(a, version).schema(a, place{})
}

func (d *Data) reader(a *avsc.Schema, version *int32) *schemaReader {
	return &schemaReader{
		Data: d, top: a, version: version, selves: map[variantOf]*data.Schema{}, open: map[variantOf]bool{}, done: map[variantOf]*data.Schema{},
		recursive: map[*avsc.Schema]bool{},
	}
}

// schemaReader makes one Connect schema.
type schemaReader struct {
	*Data
	top     *avsc.Schema
	version *int32
	// selves holds the schemas of records that contain themselves, begun or complete.
	selves map[variantOf]*data.Schema
	// open are those of them that were begun only.
	open map[variantOf]bool
	// done are the other records, as they are in places that add nothing.
	done map[variantOf]*data.Schema
	// recursive remembers whether a record contains itself.
	recursive map[*avsc.Schema]bool
}

// variantOf is a record as it is, or as an optional one.
type variantOf struct {
	record   *avsc.Schema
	optional bool
}

// place says what the place of a schema adds to it.
type place struct {
	optional bool
	// def is the default of the field, nil where it has none.
	def *avsc.Node
	doc *string
}

// referring converts the schema of elements, map values and members of unions, which may be a record that is being converted.
func (r *schemaReader) referring(a *avsc.Schema, p place) (*data.Schema, error) {
	if self := r.selves[variantOf{a, p.optional}]; self != nil {
		return self, nil
	}
	return r.schema(a, p)
}

func (r *schemaReader) schema(a *avsc.Schema, p place) (*data.Schema, error) {
	if a.Type == avsc.UnionType {
		if len(a.Types) == 1 && !r.opts.KeepSingletonUnions {
			return r.referring(a.Types[0], place{doc: p.doc})
		}
		if len(a.Types) == 2 && a.Nullable() {
			for _, t := range a.Types {
				if t.Type != avsc.NullType {
					return r.referring(t, place{optional: true, doc: p.doc})
				}
			}
		}
	}
	key := variantOf{a, p.optional}
	if a.Type == avsc.RecordType && r.containsItself(a) {
		if r.open[key] {
			return r.selves[key], nil
		}
		r.open[key] = true
		defer delete(r.open, key)
		var err error
		s, buildErr := data.Recursive(func(self *data.Schema) *data.SchemaBuilder {
			r.selves[key] = self
			var b *data.SchemaBuilder
			if b, err = r.builder(a, p); err != nil {
				b = data.NewSchema(data.StructKind)
			}
			return b
		})
		if err == nil {
			err = buildErr
		}
		return s, err
	}
	// With generalized unions each place has names of its own.
	shared := a.Type == avsc.RecordType && p.def == nil && (p.doc == nil || !r.opts.DiscardTypeDoc) && !r.opts.Generalized
	if s := r.done[key]; shared && s != nil {
		return s, nil
	}
	b, err := r.builder(a, p)
	if err != nil {
		return nil, err
	}
	s, err := b.Build()
	if err == nil && shared {
		r.done[key] = s
	}
	return s, err
}

// containsItself reports whether a record can be reached from its own fields.
func (r *schemaReader) containsItself(a *avsc.Schema) bool {
	known, ok := r.recursive[a]
	if !ok {
		known = reaches(a, a, map[*avsc.Schema]bool{})
		r.recursive[a] = known
	}
	return known
}

func reaches(from, to *avsc.Schema, seen map[*avsc.Schema]bool) bool {
	step := func(x *avsc.Schema) bool { return x == to || reaches(x, to, seen) }
	if seen[from] {
		return false
	}
	seen[from] = true
	for _, f := range from.Fields {
		if step(f.Schema) {
			return true
		}
	}
	for _, t := range from.Types {
		if step(t) {
			return true
		}
	}
	return from.Elem != nil && step(from.Elem)
}

// draft is a schema in the making, with what a SchemaBuilder does not tell.
type draft struct {
	*data.SchemaBuilder
	kind data.Kind
	// name and version are those of a logical type.
	name       string
	hasVersion bool
}

func plain(k data.Kind) draft { return draft{SchemaBuilder: data.NewSchema(k), kind: k} }

func logical(b *data.SchemaBuilder, k data.Kind, name string) draft {
	return draft{SchemaBuilder: b, kind: k, name: name, hasVersion: true}
}

func (r *schemaReader) builder(a *avsc.Schema, p place) (*data.SchemaBuilder, error) {
	b, err := r.base(a)
	if err != nil {
		return nil, err
	}
	r.describe(&b, a, p)
	if err := r.setVersion(&b, a); err != nil {
		return nil, err
	}
	if err := r.setParameters(&b, a); err != nil {
		return nil, err
	}
	def := p.def
	fromField := def != nil
	if fromField {
		if !r.opts.DiscardTypeDoc && !r.opts.NoMetaData && a.Prop(connectDefault) == nil {
			b.Param(fieldDefaultParam, "true")
		}
	} else {
		def = a.Prop(connectDefault)
	}
	// A struct as default has the schema as it will be; for others Java checks the default before the name is known.
	last := b.kind == data.StructKind
	if def != nil && !last {
		r.setDefault(&b, a, def, fromField)
	}
	if err := r.setName(&b, a); err != nil {
		return nil, err
	}
	if p.optional {
		b.Optional()
	}
	if def != nil && last && !(a.Type == avsc.RecordType && r.containsItself(a)) {
		r.setDefault(&b, a, def, fromField)
	}
	return b.SchemaBuilder, b.Err()
}

func (r *schemaReader) base(a *avsc.Schema) (draft, error) {
	logicalName, _ := a.TextProp(logicalTypeProp)
	is := func(name string) bool { return strings.EqualFold(logicalName, name) }
	switch a.Type {
	case avsc.BooleanType:
		return plain(data.BoolKind), nil
	case avsc.BytesType, avsc.FixedType:
		return r.bytes(a, is("decimal"))
	case avsc.DoubleType:
		return plain(data.Float64Kind), nil
	case avsc.FloatType:
		return plain(data.Float32Kind), nil
	case avsc.IntType:
		kind, typed := a.TextProp(connectType)
		switch {
		case is("date"):
			return logical(data.DateBuilder(), data.Int32Kind, data.DateName), nil
		case is("time-millis"):
			return logical(data.TimeBuilder(), data.Int32Kind, data.TimeName), nil
		case logicalName != "" || !typed:
			return plain(data.Int32Kind), nil
		case kind == "int8":
			return plain(data.Int8Kind), nil
		case kind == "int16":
			return plain(data.Int16Kind), nil
		}
		return draft{}, dataException("Connect type annotation for Avro int field is null")
	case avsc.LongType:
		if is("timestamp-millis") {
			return logical(data.TimestampBuilder(), data.Int64Kind, data.TimestampName), nil
		}
		return plain(data.Int64Kind), nil
	case avsc.StringType:
		return plain(data.StringKind), nil
	case avsc.ArrayType:
		return r.array(a)
	case avsc.MapType:
		elem, err := r.referring(a.Elem, place{})
		if err != nil {
			return draft{}, err
		}
		return draft{SchemaBuilder: data.NewMapSchema(data.StringSchema, elem), kind: data.MapKind}, nil
	case avsc.RecordType:
		return r.record(a)
	case avsc.EnumType:
		return r.enum(a), nil
	case avsc.UnionType:
		return r.union(a)
	}
	return draft{}, dataException("Standalone null schemas are not supported by this converter")
}

func (r *schemaReader) bytes(a *avsc.Schema, decimal bool) (draft, error) {
	b := plain(data.BytesKind)
	if decimal {
		scale := int32(0)
		if n := a.Prop(scaleProp); n != nil && n.IsNumber() {
			scale = int32(n.AsInt())
		}
		b = logical(data.DecimalBuilder(scale), data.BytesKind, data.DecimalName)
		if n := a.Prop(precisionProp); n != nil {
			if !n.IsNumber() {
				return b, dataException(precisionProp + " property must be a JSON Integer. https://avro.apache.org/docs/1.9.1/spec.html#Decimal")
			}
			if precision := int32(n.AsInt()); precision != defaultPrecision {
				b.Param(precisionParam, strconv.Itoa(int(precision)))
			}
		}
	}
	if a.Type == avsc.FixedType {
		b.Param(fixedSizeParam, strconv.Itoa(a.Size))
	}
	return b, nil
}

// isMapEntry reports whether an array of the records stands for a map.
func isMapEntry(a *avsc.Schema) bool {
	if a.Type != avsc.RecordType {
		return false
	}
	internal, _ := a.TextProp(connectInternalType)
	return a.Space == namespace && a.Name == mapEntryName || internal == mapEntryName
}

func (r *schemaReader) array(a *avsc.Schema) (draft, error) {
	if !isMapEntry(a.Elem) {
		elem, err := r.referring(a.Elem, place{})
		if err != nil {
			return draft{}, err
		}
		return draft{SchemaBuilder: data.NewListSchema(elem), kind: data.ListKind}, nil
	}
	key, value := a.Elem.Field("key"), a.Elem.Field("value")
	if len(a.Elem.Fields) != 2 || key == nil || value == nil {
		return draft{}, dataException("Found map encoded as array of key-value pairs, but array elements do not match the expected format.")
	}
	k, err := r.schema(key.Schema, place{})
	if err != nil {
		return draft{}, err
	}
	v, err := r.schema(value.Schema, place{})
	if err != nil {
		return draft{}, err
	}
	return draft{SchemaBuilder: data.NewMapSchema(k, v), kind: data.MapKind}, nil
}

func (r *schemaReader) record(a *avsc.Schema) (draft, error) {
	if isVariantRecord(a) {
		return draft{SchemaBuilder: variantBuilder(), kind: data.StructKind, name: variantName}, nil
	}
	b := plain(data.StructKind)
	withDocs := !r.opts.DiscardTypeDoc && !r.opts.NoMetaData
	if withDocs && a.Doc != nil {
		b.Param(recordDocParam, *a.Doc)
	}
	for _, f := range a.Fields {
		if withDocs && f.Doc != nil {
			b.Param(fieldDocParam+f.Name, *f.Doc)
		}
		s, err := r.schema(f.Schema, place{def: f.Default, doc: f.Doc})
		if err != nil {
			return b, err
		}
		if params := f.Prop(connectParameters); params != nil && params.Kind == avsc.ObjectNode && !r.opts.NoMetaData {
			if s, err = withParameters(s, params); err != nil {
				return b, err
			}
		}
		b.Field(f.Name, s)
	}
	return b, nil
}

// withParameters returns the schema of a field whose parameters are not those of its type.
func withParameters(s *data.Schema, params *avsc.Node) (*data.Schema, error) {
	same := true
	for i, name := range params.Names {
		v, ok := s.Param(name)
		same = same && ok && v == params.Items[i].JavaString()
	}
	if same || s.Cyclic() {
		return s, nil
	}
	b := s.Builder()
	for i, name := range params.Names {
		b.Param(name, params.Items[i].JavaString())
	}
	return b.Build()
}

func (r *schemaReader) enum(a *avsc.Schema) draft {
	b := plain(data.StringKind)
	if !r.opts.NoMetaData {
		if a.Doc != nil {
			key := enumDocParam + a.Name
			if r.opts.DiscardTypeDoc {
				key = connectEnumDoc
			}
			b.Param(key, *a.Doc)
		}
		if !r.opts.DiscardTypeDoc && a.EnumDefault != nil {
			b.Param(enumDefaultParam+a.Name, *a.EnumDefault)
		}
	}
	param := r.enumParam()
	b.Param(param, a.FullName())
	for i, symbol := range a.Symbols {
		value := symbol
		if r.opts.Generalized {
			value = strconv.Itoa(i)
		}
		b.Param(param+"."+symbol, value)
	}
	return b
}

func (r *schemaReader) union(a *avsc.Schema) (draft, error) {
	name := unionName
	if r.opts.Generalized {
		name = generalizedPrefix + strconv.Itoa(r.unions)
		r.unions++
	}
	b := plain(data.StructKind)
	b.Name(name)
	b.name = name
	if r.opts.Generalized {
		b.Param(generalizedUnion, name)
	}
	seen := map[string]bool{}
	for i, t := range a.Types {
		if t.Type == avsc.NullType {
			b.Optional()
			continue
		}
		field, err := r.memberOfAvro(t, i)
		if err != nil {
			return b, err
		}
		if seen[field] {
			return b, dataException("Multiple union schemas map to the Connect union field name")
		}
		seen[field] = true
		s, err := r.referring(t, place{optional: true})
		if err != nil {
			return b, err
		}
		b.Field(field, s)
	}
	return b, nil
}

// memberOfAvro returns the name of a union struct's field for a member of the union.
func (d *Data) memberOfAvro(a *avsc.Schema, index int) (string, error) {
	switch {
	case d.opts.Generalized:
		return generalizedField + strconv.Itoa(index), nil
	case !a.Type.Named():
		return a.Type.String(), nil
	case d.opts.Enhanced:
		return a.FullName(), nil
	}
	_, name, err := d.splitName(a.Name)
	return name, err
}

// memberOfConnect returns the name of a union struct's field as the schema of the field has it, which is where values are put.
func (d *Data) memberOfConnect(s *data.Schema, index int) (string, error) {
	switch {
	case d.opts.Generalized:
		return generalizedField + strconv.Itoa(index), nil
	case s.Kind() != data.StructKind && !isEnum(s) && !isFixed(s):
		t, ok := primitiveTypes[s.Kind()]
		if !ok || s.Kind() == data.Int8Kind || s.Kind() == data.Int16Kind {
			return "", nullPointer("no Avro type for " + s.Kind().String())
		}
		return t.String(), nil
	case d.opts.Enhanced:
		return d.scrubFull(s.Name()), nil
	}
	_, name, err := d.splitName(s.Name())
	return name, err
}
