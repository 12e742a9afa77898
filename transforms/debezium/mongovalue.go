package debezium

import (
	"encoding/hex"

	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/transforms/internal/smt"
)

// setDocument sets the fields of a struct to the members of a document.
func (c *mongoConverter) setDocument(b *data.StructBuilder, schema *data.Schema, doc *bsonValue) error {
	for i, v := range doc.items {
		if err := c.set(b, schema, doc.names[i], v); err != nil {
			return err
		}
	}
	return nil
}

// structOf returns a document as a struct.
func (c *mongoConverter) structOf(a *data.Arena, schema *data.Schema, doc *bsonValue) (data.Value, error) {
	if schema == nil {
		return data.Null, smt.NullPointer("The document has no schema")
	}
	b := a.Struct(schema)
	if err := c.setDocument(&b, schema, doc); err != nil {
		return data.Null, err
	}
	s, err := b.BuildPartial()
	return s.Value(), err
}

// set sets the field of a member.
func (c *mongoConverter) set(b *data.StructBuilder, schema *data.Schema, name string, v *bsonValue) error {
	key := c.names.adjust(name)
	f, has := schema.Field(key)
	var out data.Value
	var err error
	switch v.kind {
	case bsonUndefined:
		return nil
	case bsonRegex, bsonArray:
		if !has && !(v.kind == bsonArray && len(v.items) == 0) {
			return smt.NullPointer("The schema has no field " + key)
		}
		if v.kind == bsonRegex {
			out, err = mongoRegex(b.Arena(), f.Schema, v)
			break
		}
		if len(v.items) == 0 && c.dropEmpty {
			return nil
		}
		out, err = c.array(b.Arena(), f.Schema, v)
	case bsonDocument:
		if !has {
			return debeziumError("Can't find field: "+key+" in schema "+schema.String(), nil)
		}
		out, err = c.structOf(b.Arena(), f.Schema, v)
	default:
		out = mongoScalar(v)
	}
	if err != nil {
		return err
	}
	b.Put(key, out)
	return b.Err()
}

func mongoRegex(a *data.Arena, schema *data.Schema, v *bsonValue) (data.Value, error) {
	b := a.Struct(schema)
	b.Put("regex", data.String(v.text)).Put("options", data.String(v.more))
	s, err := b.BuildPartial()
	return s.Value(), err
}

// array returns an array as a list, or as a struct of its elements. The schema is that of the field.
func (c *mongoConverter) array(a *data.Arena, schema *data.Schema, v *bsonValue) (data.Value, error) {
	if !c.arraysAreStructs {
		if len(v.items) > 0 && schema.Kind() == data.ListKind {
			schema = schema.Elem()
		}
		return c.list(a, schema, v)
	}
	if schema == nil {
		return data.Null, smt.NullPointer("The array has no schema")
	}
	b := a.Struct(schema)
	for i, item := range v.items {
		if err := c.set(&b, schema, elementName(i), item); err != nil {
			return data.Null, err
		}
	}
	s, err := b.BuildPartial()
	return s.Value(), err
}

// list returns an array as a list. schema is that of elements, and of the elements of inner arrays its elements'.
func (c *mongoConverter) list(a *data.Arena, schema *data.Schema, v *bsonValue) (data.Value, error) {
	b := a.List(len(v.items))
	for _, item := range v.items {
		out := mongoScalar(item)
		var err error
		switch item.kind {
		case bsonArray:
			if len(item.items) == 0 {
				continue // empty inner arrays are left out
			}
			out, err = c.innerList(a, schema, item)
		case bsonDocument:
			out, err = c.structOf(a, schema, item)
		}
		if err != nil {
			return data.Null, err
		}
		b.Append(out)
	}
	return b.Build().Value(), nil
}

func (c *mongoConverter) innerList(a *data.Arena, schema *data.Schema, v *bsonValue) (data.Value, error) {
	b := a.List(len(v.items))
	for _, item := range v.items {
		out := mongoScalar(item)
		var err error
		switch item.kind {
		case bsonArray:
			out, err = c.list(a, schema, item)
		case bsonDocument:
			if schema == nil {
				return data.Null, smt.NullPointer("The document has no schema")
			}
			out, err = c.structOf(a, schema.Elem(), item)
		}
		if err != nil {
			return data.Null, err
		}
		b.Append(out)
	}
	return b.Build().Value(), nil
}

// mongoScalar returns a value that is no container; types without a counterpart are null.
func mongoScalar(v *bsonValue) data.Value {
	switch v.kind {
	case bsonString, bsonJavaScript, bsonDecimal128:
		return data.String(v.text)
	case bsonObjectID:
		return data.String(hex.EncodeToString(v.data))
	case bsonDouble:
		return data.Float64(v.float)
	case bsonBinary:
		return data.BytesOf(v.data)
	case bsonInt32:
		return data.Int32(int32(v.n))
	case bsonInt64:
		return data.Int64(v.n)
	case bsonBoolean:
		return data.Bool(v.n != 0)
	case bsonDateTime:
		return data.TimestampMillis(v.n)
	case bsonTimestamp:
		return data.TimestampMillis(1000 * v.seconds())
	}
	return data.Null
}
