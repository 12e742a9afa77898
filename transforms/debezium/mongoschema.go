package debezium

import (
	"slices"
	"strconv"
	"strings"

	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/internal/javafmt"
	"github.com/moldau/moldau/transforms/internal/smt"
)

// mongoConverter makes schemas and structs of MongoDB's documents (MongoDataConverter).
type mongoConverter struct {
	// arraysAreStructs makes an array a struct with fields _0, _1 and so on, so that elements may be of different types.
	arraysAreStructs bool
	names            *adjuster
	// dropEmpty leaves out empty arrays, whose schema Avro does not take.
	dropEmpty bool
}

// openStruct is the schema of a struct while it gets its fields. Java's builder prints null for a name it does not have.
type openStruct struct {
	name     string
	named    bool
	optional bool
	fields   []data.Field
}

func namedStruct(name string) *openStruct {
	return &openStruct{name: name, named: true, optional: true}
}

// path returns the name of a struct in a field.
func (b *openStruct) path(field string) string {
	if !b.named {
		return "null." + field
	}
	return b.name + "." + field
}

func (b *openStruct) has(name string) bool {
	return slices.ContainsFunc(b.fields, func(f data.Field) bool { return f.Name == name })
}

// add adds a field; one of a name that is there already shows in build.
func (b *openStruct) add(name string, s *data.Schema) {
	b.fields = append(b.fields, data.Field{Name: name, Schema: s})
}

func (b *openStruct) build() (*data.Schema, error) {
	s := data.NewSchema(data.StructKind).SetOptional(b.optional)
	if b.named {
		s.Name(b.name)
	}
	for _, f := range b.fields {
		s.Field(strings.Clone(f.Name), f.Schema) // a schema is kept, the document that the name is a part of need not be
	}
	return s.Build()
}

// addBuilt adds a field with the schema of another struct.
func (b *openStruct) addBuilt(name string, inner *openStruct) error {
	s, err := inner.build()
	if err == nil {
		b.add(name, s)
	}
	return err
}

func listOf(elem *data.Schema) *data.Schema { return data.NewListSchema(elem).Optional().MustBuild() }

var (
	emptyStructSchema = data.NewSchema(data.StructKind).Optional().MustBuild()
	mongoRegexSchema  = data.NewSchema(data.StructKind).Name("io.debezium.mongodb.regex").Optional().
				Field("regex", data.OptionalStringSchema).Field("options", data.OptionalStringSchema).MustBuild()
)

// scalarSchema returns the schema of a type that is no container, nil for others.
func scalarSchema(kind bsonKind) *data.Schema {
	switch kind {
	case bsonNull, bsonString, bsonJavaScript, bsonObjectID, bsonDecimal128:
		return data.OptionalStringSchema
	case bsonDouble:
		return data.OptionalFloat64Schema
	case bsonBinary:
		return data.OptionalBytesSchema
	case bsonInt32:
		return data.OptionalInt32Schema
	case bsonInt64:
		return data.OptionalInt64Schema
	case bsonDateTime, bsonTimestamp:
		return data.OptionalTimestampSchema
	case bsonBoolean:
		return data.OptionalBoolSchema
	}
	return nil
}

// elementSchema returns the schema of a type within an array.
func (c *mongoConverter) elementSchema(kind bsonKind) (*data.Schema, error) {
	if s := scalarSchema(kind); s != nil {
		return s, nil
	}
	switch {
	case kind == bsonArray && !c.arraysAreStructs:
		return listOf(data.OptionalStringSchema), nil
	case kind == bsonArray || kind == bsonDocument:
		return emptyStructSchema, nil
	}
	return nil, illegalArgument("The value type " + kind.String() + " is not supported for sub schema")
}

// addDocument adds the members of a document to a struct.
func (c *mongoConverter) addDocument(d *documentShape, b *openStruct) error {
	for i, name := range d.names {
		if err := c.add(c.names.adjust(name), d.shapes[i], b); err != nil {
			return err
		}
	}
	return nil
}

// add adds a field of a shape to a struct that has none of that name.
func (c *mongoConverter) add(key string, s shapedValue, b *openStruct) error {
	if b.has(key) {
		return nil
	}
	if scalar := scalarSchema(s.kind); scalar != nil {
		b.add(key, scalar)
		return nil
	}
	switch s.kind {
	case bsonJavaScriptWithScope:
		return javafmt.NewException(javafmt.ClassCastException, "class org.bson.BsonJavaScriptWithScope cannot be cast to class java.util.Map", nil)
	case bsonRegex:
		b.add(key, mongoRegexSchema)
	case bsonDocument:
		d, ok := s.what.(*documentShape)
		if !ok {
			return nil
		}
		if len(d.names) == 0 {
			b.add(key, emptyStructSchema)
			return nil
		}
		inner := namedStruct(b.path(key))
		if err := c.addDocument(d, inner); err != nil {
			return err
		}
		return b.addBuilt(key, inner)
	case bsonArray:
		a, ok := s.what.(*arrayShape)
		if !ok || len(a.shapes) == 0 {
			if c.arraysAreStructs {
				return b.addBuilt(key, namedStruct(b.path(key)))
			}
			b.add(key, listOf(data.OptionalStringSchema))
			return nil
		}
		if c.arraysAreStructs {
			return c.addStructOfArray(key, a, b)
		}
		return c.addArray(key, a, b)
	}
	return nil
}

func (c *mongoConverter) addArray(key string, a *arrayShape, b *openStruct) error {
	for _, s := range a.shapes {
		var err error
		if list, ok := s.what.(listShape); ok {
			err = c.addList(key, list, b, false)
		} else {
			err = c.addNested(key, s.what, b, namedStruct(b.path(key)), false)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// addNested adds an array of documents, or of arrays, whose elements have the shape what. inner collects the fields of documents.
func (c *mongoConverter) addNested(key string, what any, b, inner *openStruct, nested bool) error {
	switch what := what.(type) {
	case *documentShape:
		for i, name := range what.names {
			if _, err := c.elementSchema(what.shapes[i].kind); err != nil {
				return err
			}
			if err := c.add(c.names.adjust(name), what.shapes[i], inner); err != nil {
				return err
			}
		}
	case *arrayShape:
		for _, s := range what.shapes {
			var err error
			switch {
			case isList(s.what):
				err = c.addList(key, s.what.(listShape), b, true)
			case s.kind == bsonDocument:
				err = c.addNested(key, s.what, b, &openStruct{optional: true}, true)
			case !b.has(key):
				// Java takes the types of the inner arrays' elements for values.
				err = javafmt.NewException(javafmt.ClassCastException, "class org.bson.BsonType cannot be cast to class org.bson.BsonValue", nil)
			}
			if err != nil {
				return err
			}
		}
	}
	if len(inner.fields) == 0 || b.has(key) {
		return nil
	}
	s, err := inner.build()
	if err != nil {
		return err
	}
	if s = listOf(s); nested {
		s = listOf(s)
	}
	b.add(key, s)
	return nil
}

func isList(what any) bool {
	_, ok := what.(listShape)
	return ok
}

// addList adds an array of values, which must all be of one type.
func (c *mongoConverter) addList(key string, list listShape, b *openStruct, nested bool) error {
	if b.has(key) {
		return nil
	}
	var first *data.Schema
	for _, v := range list {
		s, err := c.elementSchema(v.kind)
		if err != nil {
			return err
		}
		if first == nil {
			first = s
		} else if !first.Equal(s) {
			return debeziumError("Array elements with different Bson types are not supported: "+list.String(), nil)
		}
	}
	s := listOf(first)
	if nested {
		s = listOf(s)
	}
	b.add(key, s)
	return nil
}

func elementName(i int) string { return "_" + strconv.Itoa(i) }

// addStructOfArray adds an array as a struct with a field for each element.
func (c *mongoConverter) addStructOfArray(key string, a *arrayShape, b *openStruct) error {
	if !b.named {
		return smt.NullPointer("The struct has no name")
	}
	doc := namedStruct(b.path(key))
	if strings.HasSuffix(b.name, key) {
		doc.name = b.name
	}
	next := 0
	for _, s := range a.shapes {
		if list, ok := s.what.(listShape); ok {
			if err := c.addElements(doc, list); err != nil {
				return err
			}
			continue
		}
		if empty, _ := emptyShape(s.what); empty {
			continue
		}
		inner := namedStruct(doc.path(elementName(next)))
		if err := c.addElementFields(inner, s.what); err != nil {
			return err
		}
		if len(inner.fields) > 0 {
			if err := doc.addBuilt(elementName(next), inner); err != nil {
				return err
			}
			next++
		}
	}
	built, err := doc.build()
	if err != nil {
		return err
	}
	if doc.name != b.name {
		b.add(key, built)
		return nil
	}
	b.fields = append(b.fields, doc.fields...)
	return nil
}

func (c *mongoConverter) addElements(b *openStruct, list listShape) error {
	for i, v := range list {
		s, err := c.elementSchema(v.kind)
		if err != nil {
			return err
		}
		b.add(elementName(i), s)
	}
	return nil
}

// addElementFields adds the members of an element that is a document or array.
func (c *mongoConverter) addElementFields(b *openStruct, what any) error {
	if a, ok := what.(*arrayShape); ok {
		for _, s := range a.shapes {
			if list, ok := s.what.(listShape); ok {
				if err := c.addElements(b, list); err != nil {
					return err
				}
			}
		}
		return nil
	}
	d := what.(*documentShape)
	for i, name := range d.names {
		if err := c.addElementField(b, c.names.adjust(name), d.shapes[i]); err != nil {
			return err
		}
	}
	return nil
}

func (c *mongoConverter) addElementField(b *openStruct, key string, s shapedValue) error {
	empty, container := emptyShape(s.what)
	switch {
	case container && empty && s.kind == bsonArray:
		return b.addBuilt(key, namedStruct(c.names.adjust(b.path(key))))
	case container && !empty && s.kind == bsonArray:
		inner := namedStruct(b.path(key))
		if err := c.add(key, s, inner); err != nil {
			return err
		}
		return b.addBuilt(key, inner)
	case container && !empty:
		return c.add(key, s, b)
	case container:
		return javafmt.NewException(javafmt.ClassCastException, "class java.util.LinkedHashMap cannot be cast to class org.bson.BsonValue", nil)
	}
	schema, err := c.elementSchema(s.kind)
	if err == nil {
		b.add(key, schema)
	}
	return err
}
