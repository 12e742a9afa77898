package debezium

import (
	"context"
	"strings"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/transforms/internal/smt"
)

// extractNewDocumentState replaces a change event of MongoDB by the document as it is after the change, as a struct (ExtractNewDocumentState).
type extractNewDocumentState struct {
	stateOptions
	converter mongoConverter
	flatten   connect.Transformation
	delimiter string
	withID    bool
}

var extractNewDocumentStateKeys = declare(append(stateKeys(),
	option{Key: config.Key{Name: "array.encoding", Type: config.String, Default: "array", Importance: config.Medium, Width: config.WidthShort,
		Doc: "array makes arrays lists, whose elements must be of one type; document makes them structs with fields _0, _1 and so on, for elements of different types."},
		checks: []check{oneOf("array", "document")}},
	option{Key: config.Key{Name: "flatten.struct", Type: config.Boolean, Default: false, Importance: config.Low, Width: config.WidthShort,
		Doc: "Whether structs in the document are replaced by their fields."}},
	option{Key: config.Key{Name: "flatten.struct.delimiter", Type: config.String, Default: "_", Importance: config.Low, Width: config.WidthShort,
		Doc: "Text between the names that lead to a field of a flattened document."}},
	option{unchecked: true, Key: config.Key{Name: "delete.tombstone.handling.mode.rewrite-with-id", Type: config.Boolean, Default: false, Importance: config.Low, Width: config.WidthShort,
		Doc: "Whether the rewriting modes put the id of the key into a deleted document as _id."}},
	fieldNameAdjustment(),
)...)

func extractNewDocumentStatePlugin() connect.Plugin {
	return smt.One("io.debezium.connector.mongodb.transforms.ExtractNewDocumentState",
		"Replaces a change event of MongoDB by the document as it is after the change, as a struct.", extractNewDocumentStateKeys.def,
		func() connect.Transformation { return new(extractNewDocumentState) })
}

func (x *extractNewDocumentState) Configure(props map[string]string) (err error) {
	o := extractNewDocumentStateKeys.read(props)
	if err := x.read(o); err != nil {
		return err
	}
	x.converter = mongoConverter{arraysAreStructs: o.word("array.encoding") == "document", names: fieldNames(o)}
	x.converter.dropEmpty = x.converter.names != nil
	x.delimiter, x.withID = o.text("flatten.struct.delimiter"), o.bool("delete.tombstone.handling.mode.rewrite-with-id")
	if o.bool("flatten.struct") {
		x.flatten, err = apache("Flatten$Value", map[string]string{"delimiter": x.delimiter})
	}
	return err
}

func (x *extractNewDocumentState) Apply(ctx context.Context, r *connect.Record) (bool, error) {
	if s := r.KeySchema(); s == nil || !strings.HasSuffix(s.Name(), ".Key") {
		return true, nil
	}
	saved := *r
	kept, err := x.apply(ctx, r)
	if err != nil || !kept {
		*r = saved
		return false, err
	}
	return true, nil
}

func (x *extractNewDocumentState) apply(ctx context.Context, r *connect.Record) (kept bool, err error) {
	event, err := castStruct(r.Value())
	if err != nil {
		return false, err
	}
	if event != nil {
		refs, err := resolve(x.addHeaders, event.Schema())
		if err != nil {
			return false, err
		}
		if err := addHeaders(&r.Headers, refs, event); err != nil {
			return false, err
		}
	}
	_, id, err := extract(r.KeySchema(), r.Key(), "id")
	if err != nil {
		return false, err
	}
	if id.IsNull() {
		return false, smt.NullPointer("The key has no id")
	}
	key, err := parseBSON(`{ "id" : ` + id.String() + "}")
	if err != nil {
		return false, err
	}
	if event == nil {
		return x.tombstone(&r.Headers), x.set(ctx, r, nil, key, &bsonValue{kind: bsonDocument})
	}
	if !isEnvelope(r.ValueSchema()) {
		return true, nil
	}
	doc, kept, err := x.document(r, key)
	if err != nil || !kept {
		return false, err
	}
	return true, x.set(ctx, r, event, key, doc)
}

// document returns the document as it is after the change; kept is false where there is to be no record.
func (x *extractNewDocumentState) document(r *connect.Record, key *bsonValue) (doc *bsonValue, kept bool, err error) {
	_, after, err := extract(r.ValueSchema(), r.Value(), afterField)
	if err != nil {
		return nil, false, err
	}
	_, update, err := extract(r.ValueSchema(), r.Value(), updateDescriptionField)
	if err != nil {
		return nil, false, err
	}
	deleted := after.IsNull() && update.IsNull()
	if deleted {
		if x.mode == modeDrop {
			return nil, false, nil
		}
		if x.mode.rewrites() {
			if _, after, err = extract(r.ValueSchema(), r.Value(), beforeField); err != nil {
				return nil, false, err
			}
		}
	}
	doc = &bsonValue{kind: bsonDocument}
	switch {
	case !after.IsNull():
		doc, err = parseBSON(after.String())
	case !update.IsNull():
		doc, err = x.partial(update, key)
	}
	if err != nil {
		return nil, false, err
	}
	if x.mode.rewrites() {
		flag := &bsonValue{kind: bsonBoolean}
		if deleted {
			flag.n = 1
		}
		doc.set("__deleted", flag)
		if i := key.index("id"); x.withID && doc.index("_id") < 0 && i >= 0 {
			doc.set("_id", key.items[i])
		}
	}
	return doc, true, nil
}

// partial returns what an update without the whole document changed.
func (x *extractNewDocumentState) partial(update data.Value, key *bsonValue) (*bsonValue, error) {
	s, err := smt.RequireStruct(update, updateDescriptionField)
	if err != nil {
		return nil, err
	}
	updated, null, err := textOf(s, "updatedFields")
	if err != nil {
		return nil, err
	}
	removed, err := s.LookupAs("removedFields", data.ListKind)
	if err != nil {
		return nil, err
	}
	doc := &bsonValue{kind: bsonDocument}
	if !null {
		if doc, err = parseBSON(updated); err != nil {
			return nil, err
		}
	}
	for _, v := range removed.List().All() {
		name, _ := v.Text()
		doc.remove(name)
	}
	if i := key.index("id"); doc.index("_id") < 0 && i >= 0 {
		doc.set("_id", key.items[i])
	}
	if x.flatten == nil {
		return doc, nil
	}
	flat := &bsonValue{kind: bsonDocument}
	for i, name := range doc.names {
		flat.set(strings.ReplaceAll(name, ".", x.delimiter), doc.items[i])
	}
	return flat, nil
}

// set makes the documents the key and the value of the record.
func (x *extractNewDocumentState) set(ctx context.Context, r *connect.Record, event *data.Struct, key, doc *bsonValue) error {
	keyStruct, err := x.convert(r.Arena(), &openStruct{}, key, nil, nil)
	if err != nil {
		return err
	}
	if len(doc.names) == 0 {
		r.SetKey(keyStruct.Schema(), keyStruct.Value())
		r.SetValue(nil, data.Null)
		return nil
	}
	var refs []resolvedReference
	if refs, err = x.references(event); err != nil {
		return err
	}
	name := strings.TrimSuffix(r.ValueSchema().Name(), envelopeSuffix)
	value, err := x.convert(r.Arena(), &openStruct{name: name, named: true}, doc, refs, event)
	if err != nil {
		return err
	}
	r.SetKey(keyStruct.Schema(), keyStruct.Value())
	r.SetValue(value.Schema(), value.Value())
	if x.flatten != nil {
		_, err = x.flatten.Apply(ctx, r)
	}
	return err
}

// references finds the fields to add, which all must be there.
func (x *extractNewDocumentState) references(event *data.Struct) ([]resolvedReference, error) {
	refs, err := resolve(x.addFields, event.Schema())
	if err != nil || len(refs) == len(x.addFields) {
		return refs, err
	}
	for i := range x.addFields {
		if _, ok, err := x.addFields[i].resolve(event.Schema()); !ok || err != nil {
			return nil, smt.DataError(x.addFields[i].field + " is not a valid field name")
		}
	}
	return refs, nil
}

// convert returns a document as a struct whose schema b begins, with further fields of the event behind the document's.
func (x *extractNewDocumentState) convert(a *data.Arena, b *openStruct, doc *bsonValue, refs []resolvedReference, event *data.Struct) (*data.Struct, error) {
	shape, err := x.converter.shape(doc)
	if err != nil {
		return nil, err
	}
	if err := x.converter.addDocument(shape, b); err != nil {
		return nil, err
	}
	for i := range refs {
		b.add(refs[i].name, refs[i].schema)
	}
	schema, err := b.build()
	if err != nil {
		return nil, err
	}
	s := a.Struct(schema)
	if err := x.converter.setDocument(&s, schema, doc); err != nil {
		return nil, err
	}
	for i := range refs {
		v, err := refs[i].value(event)
		if err != nil {
			return nil, err
		}
		s.Put(refs[i].name, v)
	}
	return s.BuildPartial()
}

func (x *extractNewDocumentState) Close() error {
	if x.flatten == nil {
		return nil
	}
	return x.flatten.Close()
}
