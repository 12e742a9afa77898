package jsonschema

import (
	"strconv"

	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/converters/jsonschema/internal/everit"
	"github.com/moldau/moldau/converters/jsonschema/internal/tree"
	"github.com/moldau/moldau/internal/javafmt"
)

// ConnectSchema returns the Connect schema of data of a JSON Schema. version, if not nil, becomes its version where the JSON Schema states none.
func (d *Data) ConnectSchema(s *Schema, version *int32) (*data.Schema, error) {
	r := schemaReader{Data: d, structs: map[*Schema]*draft{}}
	root, err := r.schema(s, version, false)
	if err != nil {
		return nil, err
	}
	b := draftBuilder{Data: d, done: map[variantOf]*data.Schema{}, selves: map[variantOf]*data.Schema{}}
	return b.build(root)
}

// ParseSchema parses the text of a JSON Schema. documents are the texts it may refer to, by name. old reads newer drafts as draft 7.
func ParseSchema(text string, documents map[string]string, old bool) (*Schema, error) {
	fail := func(err error) (*Schema, error) { return nil, illegalArgument("Invalid JSON", err) }
	root, err := tree.Parse([]byte(text))
	if err != nil {
		return fail(err)
	}
	parsed := make(map[string]*tree.Node, len(documents))
	for name, text := range documents {
		if parsed[name], err = tree.Parse([]byte(text)); err != nil {
			return fail(err)
		}
	}
	s, err := everit.Load(root, parsed, old)
	if err != nil {
		return fail(err)
	}
	return s, nil
}

// draft is a Connect schema in the making. Drafts may refer to each other in circles, through ref.
type draft struct {
	kind       data.Kind
	name       string
	hasName    bool
	version    *int32
	doc        *string
	params     []Param
	optional   bool
	def        *tree.Node
	fields     []draftField
	key, elem  *draft
	ref        *draft
	referredTo bool
	// id is what those that refer to the draft call it; named says that the draft itself has that parameter too.
	id    string
	named bool
}

type draftField struct {
	name string
	of   *draft
}

func (d *draft) setName(name string) { d.name, d.hasName = name, true }

func (d *draft) param(key, value string) {
	for i := range d.params {
		if d.params[i].Key == key {
			d.params[i].Value = value
			return
		}
	}
	d.params = append(d.params, Param{Key: key, Value: value})
}

// schemaReader makes drafts of JSON Schemas, in the order in which Java does, since that decides about ids and the names of unions.
type schemaReader struct {
	*Data
	// structs are the schemas that became structs, to which references lead.
	structs map[*Schema]*draft
	ids     int
	unions  int
	depth   int
	count   int
}

func (r *schemaReader) schema(s *Schema, version *int32, forceOptional bool) (*draft, error) {
	if s == nil {
		return nil, nullPointer("a schema is missing: a map needs the schemas of its keys and values")
	}
	if s.Wrong != nil {
		return nil, javafmt.NewException(javafmt.ClassCastException, s.Wrong.Error(), nil)
	}
	if r.depth++; r.depth > mostNested {
		return nil, dataException("The schema refers to itself other than through an object, or is nested deeper than " + strconv.Itoa(mostNested) + " levels")
	}
	defer func() { r.depth-- }()
	if r.count++; r.count > mostSchemas {
		return nil, dataException("The schema consists of more than " + strconv.Itoa(mostSchemas) + " schemas")
	}
	switch s.Type {
	case everit.CombinedSchema:
		if d, done, err := r.combined(s, version, forceOptional); done || err != nil {
			return d, err
		}
	case everit.ReferenceSchema:
		return r.reference(s, version, forceOptional)
	}
	d, err := r.base(s)
	if err != nil {
		return nil, err
	}
	if s.Title != nil && !d.hasName {
		d.setName(*s.Title)
	}
	if d.version = s.ConnectVersion; d.version == nil {
		d.version = version
	}
	d.doc = s.Doc
	// Java has the parameters in a HashMap.
	for _, x := range everit.HashOrder(s.Params, javafmt.DefaultCapacity) {
		d.param(x.Key, x.Value)
	}
	d.def = s.Default
	d.optional = d.optional || forceOptional
	d.named = len(d.params) > 0 || d.id != ""
	return d, nil
}

// mostNested bounds how deep schemas may nest.
const mostNested = 500

// reference returns what a reference refers to: the struct that is known already, by an id, or else the schema.
func (r *schemaReader) reference(s *Schema, version *int32, forceOptional bool) (*draft, error) {
	known := r.structs[s.Target]
	if known == nil {
		return r.schema(s.Target, version, forceOptional)
	}
	r.ids++
	known.id, known.referredTo = idPrefix+strconv.Itoa(r.ids), true
	return &draft{ref: known, optional: forceOptional}, nil
}

// combined returns what a combined schema is if it is no union; done is false for unions.
func (r *schemaReader) combined(s *Schema, version *int32, forceOptional bool) (d *draft, done bool, err error) {
	if len(s.Members) == 1 && !r.opts.KeepSingletonUnions {
		d, err = r.schema(s.Members[0], nil, false)
		return d, true, err
	}
	if s.Criterion == everit.AllOf {
		d, err = r.allOf(s, version, forceOptional)
		return d, true, err
	}
	if !r.opts.Generalized && len(s.Members) != 2 {
		return nil, false, nil
	}
	if len(s.Members) == 2 {
		var other *Schema
		null := false
		for _, m := range s.Members {
			if m.Type == everit.NullSchema {
				null = true
			} else {
				other = m
			}
		}
		if null {
			if r.opts.Generalized {
				// Java counts it among the unions before it sees that it is none.
				r.unions++
			}
			d, err = r.schema(other, version, true)
			return d, true, err
		}
	}
	return nil, false, nil
}

func (r *schemaReader) base(s *Schema) (*draft, error) {
	is := func(name string) bool { return s.ConnectType != nil && *s.ConnectType == name }
	switch s.Type {
	case everit.BooleanSchema:
		return &draft{kind: data.BoolKind}, nil
	case everit.NumberSchema:
		return r.number(s)
	case everit.StringSchema:
		if is("bytes") {
			return &draft{kind: data.BytesKind}, nil
		}
		return &draft{kind: data.StringKind}, nil
	case everit.ConstSchema, everit.EnumSchema:
		return r.enum(s), nil
	case everit.CombinedSchema:
		return r.union(s)
	case everit.ArraySchema:
		return r.array(s, is("map"))
	case everit.EmptySchema, everit.TrueSchema:
		return variantDraft(), nil
	case everit.ObjectSchema:
		if !is("map") {
			return r.object(s)
		}
		elem, err := r.schema(s.Additional, nil, false)
		return &draft{kind: data.MapKind, key: &draft{kind: data.StringKind}, elem: elem}, err
	}
	return nil, dataException("Unsupported schema type org.everit.json.schema." + s.Type.String())
}

func variantDraft() *draft {
	d := &draft{kind: data.StructKind}
	d.setName(variantName)
	for _, name := range []string{"metadata", "value"} {
		d.fields = append(d.fields, draftField{name, &draft{kind: data.BytesKind}})
	}
	return d
}

var connectTypes = map[string]data.Kind{
	"int8": data.Int8Kind, "int16": data.Int16Kind, "int32": data.Int32Kind, "int64": data.Int64Kind, "float32": data.Float32Kind,
	"float64": data.Float64Kind, "bytes": data.BytesKind,
}

func (r *schemaReader) number(s *Schema) (*draft, error) {
	switch {
	case s.ConnectType != nil:
		kind, ok := connectTypes[*s.ConnectType]
		if !ok {
			return nil, illegalArgument("Unsupported type "+*s.ConnectType, nil)
		}
		return &draft{kind: kind}, nil
	case s.Integer:
		return &draft{kind: data.Int64Kind}, nil
	}
	return &draft{kind: data.Float64Kind}, nil
}

func (r *schemaReader) enum(s *Schema) *draft {
	d := &draft{kind: data.StringKind}
	name := r.enumParam()
	// An enum of JSON has no name.
	d.param(name, "")
	for i, v := range s.Values {
		symbol := nullSymbol
		if v.Kind != tree.Null {
			symbol = v.JavaText()
		}
		value := symbol
		if r.opts.Generalized {
			value = strconv.Itoa(i)
		}
		d.param(name+"."+symbol, value)
	}
	return d
}

func (r *schemaReader) union(s *Schema) (*draft, error) {
	d := &draft{kind: data.StructKind}
	prefix := unionField
	if r.opts.Generalized {
		name := generalizedPrefix + strconv.Itoa(r.unions)
		r.unions++
		d.setName(name)
		d.param(generalizedUnion, name)
		prefix = generalizedField
	} else {
		d.setName(unionName)
	}
	for _, m := range s.Members {
		if m.Type == everit.NullSchema {
			d.optional = true
			continue
		}
		f, err := r.schema(m, nil, true)
		if err != nil {
			return nil, err
		}
		d.fields = append(d.fields, draftField{prefix + strconv.Itoa(len(d.fields)), f})
	}
	return d, nil
}

func (r *schemaReader) array(s *Schema, isMap bool) (*draft, error) {
	if s.Items == nil {
		return nil, dataException("Array schema did not specify the items type")
	}
	if !isMap || s.Items.Type != everit.ObjectSchema {
		elem, err := r.schema(s.Items, nil, false)
		return &draft{kind: data.ListKind, elem: elem}, err
	}
	key, err := r.schema(s.Items.Property(keyField), nil, false)
	if err != nil {
		return nil, err
	}
	elem, err := r.schema(s.Items.Property(valueField), nil, false)
	return &draft{kind: data.MapKind, key: key, elem: elem}, err
}
