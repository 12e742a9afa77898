package avro

import (
	"strconv"
	"strings"

	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/converters/avro/internal/avsc"
	"github.com/moldau/moldau/internal/javafmt"
)

// AvroSchema returns the Avro schema of values of a Connect schema; nil is the schema of data without schema.
func (d *Data) AvroSchema(s *data.Schema) (*avsc.Schema, error) {
	w := schemaWriter{Data: d, done: map[*data.Schema]*avsc.Schema{}, records: map[string]*avsc.Schema{}, seen: map[string]bool{}, open: map[*data.Schema]*avsc.Schema{}}
	return w.schema(s, false)
}

// schemaWriter makes one Avro schema.
type schemaWriter struct {
	*Data
	// done holds the required schemas that were converted, by pointer, with list in order for those that are equal and another pointer.
	done map[*data.Schema]*avsc.Schema
	list []*data.Schema
	// records holds the records that were begun, by the name of their Connect schema: what a schema that contains itself refers to.
	records map[string]*avsc.Schema
	// seen are the names of the schemas of fields so far.
	seen map[string]bool
	// open are the records of schemas that contain themselves, by their schema, until they are complete.
	open  map[*data.Schema]*avsc.Schema
	depth int
	// unnamed counts the types without name.
	unnamed int
}

// maxSchemaDepth is how deep schemas may nest: one without name that contains itself has no end.
const maxSchemaDepth = 1000

// anything is the schema of data without schema.
var anything = func() *avsc.Schema {
	s, err := avsc.Parse(`{"type":"record","name":"Anything","namespace":"io.confluent.connect.avro","fields":[
		{"name":"boolean","type":["null","boolean"],"default":null},
		{"name":"bytes","type":["null","bytes"],"default":null},
		{"name":"double","type":["null","double"],"default":null},
		{"name":"float","type":["null","float"],"default":null},
		{"name":"int","type":["null","int"],"default":null},
		{"name":"long","type":["null","long"],"default":null},
		{"name":"string","type":["null","string"],"default":null},
		{"name":"array","type":["null",{"type":"array","items":"Anything"}],"default":null},
		{"name":"map","type":["null",{"type":"array","items":{"type":"record","name":"MapEntry","fields":[
			{"name":"key","type":"Anything"},{"name":"value","type":"Anything"}]}}],"default":null}]}`)
	if err != nil {
		panic(err)
	}
	return s
}()

// converted returns what an equal schema became before.
func (w *schemaWriter) converted(s *data.Schema) *avsc.Schema {
	if a := w.done[s]; a != nil {
		return a
	}
	for _, o := range w.list {
		if o.Kind() == s.Kind() && o.Name() == s.Name() && o.Equal(s) {
			return w.done[o]
		}
	}
	return nil
}

// schema converts a schema; ignoreOptional leaves the union with null out.
func (w *schemaWriter) schema(s *data.Schema, ignoreOptional bool) (*avsc.Schema, error) {
	if s == nil {
		return anything, nil
	}
	if a := w.open[s]; a != nil {
		return a, nil
	}
	if w.depth++; w.depth > maxSchemaDepth {
		return nil, dataException("Connect schema is nested deeper than " + strconv.Itoa(maxSchemaDepth) + " levels")
	}
	defer func() { w.depth-- }()
	if !isUnion(s) && !s.Optional() {
		if a := w.converted(s); a != nil {
			return a, nil
		}
	}
	a, err := w.base(s)
	if err != nil {
		return nil, err
	}
	if a.Type != avsc.UnionType {
		if err := w.annotate(a, s); err != nil {
			return nil, err
		}
		if !ignoreOptional {
			if a, err = makeOptional(s, a); err != nil {
				return nil, err
			}
		}
	}
	if !s.Optional() {
		w.done[s] = a
		w.list = append(w.list, s)
	}
	return a, nil
}

// referring converts the schema of elements, map values and members of unions, which may refer to a record that was begun. Java looks for the
// very string of the name, which only a schema that contains itself has in common with an enclosing one.
func (w *schemaWriter) referring(s *data.Schema, ignoreOptional bool) (*avsc.Schema, error) {
	if s != nil && s.HasName() && s.Cyclic() {
		if a := w.records[s.Name()]; a != nil {
			if ignoreOptional {
				return a, nil
			}
			return makeOptional(s, a)
		}
	}
	return w.schema(s, ignoreOptional)
}

func makeOptional(s *data.Schema, a *avsc.Schema) (*avsc.Schema, error) {
	if !s.Optional() {
		return a, nil
	}
	if _, ok := s.Default(); ok {
		return avsc.NewUnion(a, avsc.New(avsc.NullType))
	}
	return avsc.NewUnion(avsc.New(avsc.NullType), a)
}

// nameOf returns namespace and name of the type that a schema becomes.
func (w *schemaWriter) nameOf(s *data.Schema) (space, name string, err error) {
	if s.HasName() {
		return w.splitName(s.Name())
	}
	w.unnamed++
	if w.unnamed > 1 {
		return namespace, defaultName + strconv.Itoa(w.unnamed), nil
	}
	return namespace, defaultName, nil
}

var primitiveTypes = map[data.Kind]avsc.Type{
	data.Int8Kind: avsc.IntType, data.Int16Kind: avsc.IntType, data.Int32Kind: avsc.IntType, data.Int64Kind: avsc.LongType,
	data.Float32Kind: avsc.FloatType, data.Float64Kind: avsc.DoubleType, data.BoolKind: avsc.BooleanType,
	data.StringKind: avsc.StringType, data.BytesKind: avsc.BytesType, data.ListKind: avsc.ArrayType, data.MapKind: avsc.MapType,
}

func (w *schemaWriter) base(s *data.Schema) (*avsc.Schema, error) {
	switch s.Kind() {
	case data.StringKind:
		if (w.opts.Generalized || w.opts.Enhanced) && isEnum(s) {
			return w.enum(s)
		}
	case data.BytesKind:
		return w.bytes(s)
	case data.ListKind:
		elem, err := w.referring(s.Elem(), false)
		return &avsc.Schema{Type: avsc.ArrayType, Elem: elem}, err
	case data.MapKind:
		if w.stringKeys(s) {
			elem, err := w.referring(s.Elem(), false)
			return &avsc.Schema{Type: avsc.MapType, Elem: elem}, err
		}
		return w.entries(s)
	case data.StructKind:
		return w.structure(s)
	}
	return avsc.New(primitiveTypes[s.Kind()]), nil
}

func paramOf(s *data.Schema, key string) *string {
	if v, ok := s.Param(key); ok {
		return &v
	}
	return nil
}

func (w *schemaWriter) enum(s *data.Schema) (*avsc.Schema, error) {
	param := w.enumParam()
	var symbols []string
	for _, p := range s.ParamList() {
		if symbol, ok := strings.CutPrefix(p.Key, param+"."); ok {
			symbols = append(symbols, symbol)
		}
	}
	_, name, err := w.nameOf(s)
	if err != nil {
		return nil, err
	}
	enumName := paramOf(s, param)
	if enumName == nil {
		return nil, nullPointer("Type must have a name")
	}
	a, err := avsc.NewNamed(avsc.EnumType, *enumName, "")
	if err != nil {
		return nil, err
	}
	if w.opts.DiscardTypeDoc {
		a.Doc = paramOf(s, connectEnumDoc)
		return a, a.SetSymbols(symbols, nil)
	}
	a.Doc = paramOf(s, enumDocParam+name)
	return a, a.SetSymbols(symbols, paramOf(s, enumDefaultParam+name))
}

func parseInt(s *string) (int32, error) {
	if s == nil {
		return 0, javafmt.NewException(javafmt.NumberFormatException, `Cannot parse null string: null`, nil)
	}
	n, err := strconv.ParseInt(*s, 10, 32)
	if err != nil {
		return 0, javafmt.NewException(javafmt.NumberFormatException, `For input string: "`+*s+`"`, err)
	}
	return int32(n), nil
}

func (w *schemaWriter) bytes(s *data.Schema) (*avsc.Schema, error) {
	a := avsc.New(avsc.BytesType)
	if isFixed(s) {
		space, name, err := w.nameOf(s)
		if err != nil {
			return nil, err
		}
		size, err := parseInt(paramOf(s, fixedSizeParam))
		if err != nil {
			return nil, err
		}
		if a, err = avsc.NewNamed(avsc.FixedType, name, space); err != nil {
			return nil, err
		}
		if size < 0 {
			return nil, javafmt.NewException(javafmt.IllegalArgument, "Malformed data. Length is negative: "+strconv.Itoa(int(size)), nil)
		}
		a.Size = int(size)
	}
	if !named(s, data.DecimalName) {
		return a, nil
	}
	scale, err := parseInt(paramOf(s, data.ScaleParam))
	if err != nil {
		return nil, err
	}
	if err := a.AddProp(scaleProp, avsc.Int(scale)); err != nil {
		return nil, err
	}
	precision, err := precisionOf(s)
	if err != nil {
		return nil, err
	}
	return a, a.AddProp(precisionProp, avsc.Int(precision))
}

// named reports whether a schema has the name of a logical type, in any case, as AvroData looks at it when it makes schemas.
func named(s *data.Schema, name string) bool { return s.HasName() && strings.EqualFold(s.Name(), name) }

func precisionOf(s *data.Schema) (int32, error) {
	if hasParam(s, precisionParam) {
		return parseInt(paramOf(s, precisionParam))
	}
	return defaultPrecision, nil
}

// entries converts a map whose keys Avro cannot have: an array of records of key and value.
func (w *schemaWriter) entries(s *data.Schema) (*avsc.Schema, error) {
	entry, err := avsc.NewNamed(avsc.RecordType, mapEntryName, namespace)
	if s.HasName() {
		var space, name string
		if space, name, err = w.nameOf(s); err != nil {
			return nil, err
		}
		if entry, err = avsc.NewNamed(avsc.RecordType, name, space); err != nil {
			return nil, err
		}
		err = entry.AddProp(connectInternalType, avsc.Text(mapEntryName))
	}
	if err != nil {
		return nil, err
	}
	key, err := w.field("key", s.Key(), nil)
	if err != nil {
		return nil, err
	}
	value, err := w.field("value", s.Elem(), nil)
	if err != nil {
		return nil, err
	}
	return &avsc.Schema{Type: avsc.ArrayType, Elem: entry}, entry.SetFields([]*avsc.Field{key, value})
}

func (w *schemaWriter) structure(s *data.Schema) (*avsc.Schema, error) {
	switch {
	case isVariant(s):
		return variantSchema(), nil
	case isUnion(s):
		var types []*avsc.Schema
		if s.Optional() {
			types = append(types, avsc.New(avsc.NullType))
		}
		for _, f := range s.Fields() {
			t, err := w.referring(f.Schema.AsOptional(false), true)
			if err != nil {
				return nil, err
			}
			types = append(types, t)
		}
		return avsc.NewUnion(types...)
	case s.Optional():
		t, err := w.referring(s.AsOptional(false), false)
		if err != nil {
			return nil, err
		}
		return avsc.NewUnion(avsc.New(avsc.NullType), t)
	}
	space, name, err := w.nameOf(s)
	if err != nil {
		return nil, err
	}
	a, err := avsc.NewNamed(avsc.RecordType, name, space)
	if err != nil {
		return nil, err
	}
	a.Doc = paramOf(s, recordDocParam)
	if w.opts.DiscardTypeDoc {
		a.Doc = paramOf(s, connectRecordDoc)
	}
	if s.HasName() {
		w.records[s.Name()] = a
	}
	if s.Cyclic() {
		w.open[s] = a
		defer delete(w.open, s)
	}
	fields := make([]*avsc.Field, len(s.Fields()))
	for i, f := range s.Fields() {
		var doc *string
		if !w.opts.DiscardTypeDoc {
			doc = paramOf(s, fieldDocParam+f.Name)
		}
		if fields[i], err = w.field(w.scrub(f.Name), f.Schema, doc); err != nil {
			return nil, err
		}
	}
	return a, a.SetFields(fields)
}

func (w *schemaWriter) field(name string, s *data.Schema, doc *string) (*avsc.Field, error) {
	var def *avsc.Node
	if s == nil {
		return nil, nullPointer("schema of field " + name)
	}
	if v, ok := s.Default(); ok {
		n, err := w.defaultNode(s, v)
		if err != nil {
			return nil, err
		}
		def = n
	} else if s.Optional() {
		def = avsc.Null()
	}
	again := false
	if s.HasName() {
		scrubbed := w.scrubFull(s.Name())
		again = w.seen[scrubbed]
		w.seen[scrubbed] = true
	}
	a, err := w.schema(s, false)
	if err != nil {
		return nil, err
	}
	if err := avsc.ValidName(name); err != nil {
		return nil, err
	}
	if w.opts.DiscardTypeDoc {
		if doc = nil; s.HasDoc() {
			text := s.Doc()
			doc = &text
		}
	}
	f := &avsc.Field{Name: name, Schema: a, Doc: doc}
	// A default that Avro rejects is left out.
	if def != nil && avsc.ValidDefault(a, def) {
		f.Default = def
	}
	if !w.opts.NoMetaData && again && len(s.ParamList()) > 0 && namedType(a) {
		if params := w.parameters(s); len(params.Names) > 0 {
			f.Props = append(f.Props, avsc.Prop{Name: connectParameters, Value: params})
		}
	}
	return f, nil
}

// namedType reports whether a schema, or a member of a union, is of a type with a name.
func namedType(a *avsc.Schema) bool {
	for _, t := range a.Types {
		if t.Type.Named() {
			return true
		}
	}
	return a.Type.Named()
}
