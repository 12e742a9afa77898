package debezium

import (
	"context"
	"errors"
	"log/slog"
	"strings"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/transforms/internal/smt"
)

// mongoEventRouter turns the documents of an outbox collection into events of their own topics (MongoEventRouter).
type mongoEventRouter struct {
	*outbox
	converter mongoConverter
	// expandPayload makes a payload that is a document a struct; else it becomes JSON text.
	expandPayload bool
}

var mongoEventRouterKeys = declare(outboxKeys("collection", "Collection", "field", "_id", "aggregateid")...)

func mongoEventRouterPlugin() connect.Plugin {
	return smt.One("io.debezium.connector.mongodb.transforms.outbox.MongoEventRouter",
		"Turns the documents that are inserted into an outbox collection of MongoDB into events, with the topic, key and headers that their fields say.",
		mongoEventRouterKeys.def, func() connect.Transformation { return new(mongoEventRouter) })
}

func (x *mongoEventRouter) Configure(props map[string]string) error {
	o := mongoEventRouterKeys.read(props)
	x.expandPayload = o.bool("collection.expand.json.payload")
	// The router itself knows tables only, and says so in its errors.
	tables := map[string]string{"table.field.event.id": o.text("collection.field.event.id")}
	for name, value := range props {
		switch rest, ok := strings.CutPrefix(name, "collection."); {
		case ok && rest != "expand.json.payload":
			tables["table."+rest] = value
		case strings.HasPrefix(name, "route."), name == "table.op.invalid.behavior":
			tables[name] = value
		}
	}
	box, err := readOutbox(eventRouterKeys.read(tables), "table")
	x.outbox = box
	return err
}

func (x *mongoEventRouter) Apply(_ context.Context, r *connect.Record) (bool, error) {
	return x.apply(r, func(r *connect.Record, schema *data.Schema, event *data.Struct) (*data.Schema, *data.Struct) {
		expanded, err := x.expandAfter(r.Arena(), event)
		if err != nil {
			slog.Warn("a document of the outbox cannot be read", "topic", r.Topic, "error", err)
			return schema, event
		}
		return expanded.Schema(), expanded
	})
}

// expandAfter returns the event with the document as a struct in place of its JSON text.
func (x *mongoEventRouter) expandAfter(a *data.Arena, event *data.Struct) (*data.Struct, error) {
	f, err := fieldToExtract(event.Schema(), afterField)
	if err != nil {
		return nil, err
	}
	text, ok := event.Get(f.Index).Text()
	if !ok {
		return nil, errors.New("the field after is no text")
	}
	doc, err := parseBSON(text)
	if err != nil {
		return nil, err
	}
	after, err := x.document(a, f.Schema.Name(), doc)
	if err != nil {
		return nil, err
	}
	b := data.NewSchema(data.StructKind).Name(event.Schema().Name())
	for _, f := range event.Schema().Fields() {
		if f.Name != afterField {
			b.Field(f.Name, f.Schema)
		}
	}
	schema, err := b.Field(afterField, after.Schema()).Build()
	if err != nil {
		return nil, err
	}
	out := a.Struct(schema)
	for i := range event.Len() {
		if name := event.Name(i); name != afterField {
			out.Put(name, event.Get(i))
		}
	}
	out.Put(afterField, after.Value())
	return out.BuildPartial()
}

// asText reports whether a member is the payload and becomes JSON text.
func (x *mongoEventRouter) asText(name string, v *bsonValue) bool {
	return name == x.fields.payload && !x.expandPayload && v.kind == bsonDocument
}

func (x *mongoEventRouter) isTimestamp(name string) bool {
	return x.fields.hasTimestamp && name == x.fields.timestamp
}

// document returns the document as a struct.
func (x *mongoEventRouter) document(a *data.Arena, name string, doc *bsonValue) (*data.Struct, error) {
	b := &openStruct{name: name, named: name != ""}
	for i, key := range doc.names {
		switch {
		case x.isTimestamp(key):
			b.add(key, mongoTimestampSchema)
		case x.asText(key, doc.items[i]):
			b.add(key, data.OptionalStringSchema)
		}
	}
	shape, err := x.converter.shape(doc)
	if err != nil {
		return nil, err
	}
	if err := x.converter.addDocument(shape, b); err != nil {
		return nil, err
	}
	schema, err := b.build()
	if err != nil {
		return nil, err
	}
	out := a.Struct(schema)
	for i, key := range doc.names {
		v := doc.items[i]
		switch {
		case x.isTimestamp(key):
			if v.kind != bsonInt64 {
				return nil, errors.New("the timestamp is no 64-bit integer")
			}
			out.Put(key, data.Int64(v.n))
		case x.asText(key, v):
			out.Put(key, data.String(extendedJSON(v)))
		default:
			if err := x.converter.set(&out, schema, key, v); err != nil {
				return nil, err
			}
		}
	}
	return out.BuildPartial()
}

var mongoTimestampSchema = data.NewSchema(data.Int64Kind).Name(timestampName).Version(1).MustBuild()

func (x *mongoEventRouter) Close() error { return nil }
