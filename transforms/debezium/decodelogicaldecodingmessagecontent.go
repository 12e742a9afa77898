package debezium

import (
	"context"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/internal/javafmt"
	"github.com/moldau/moldau/transforms/internal/smt"
)

// decodeLogicalDecodingMessageContent turns the JSON text of PostgreSQL's logical decoding messages into change events
// (DecodeLogicalDecodingMessageContent).
type decodeLogicalDecodingMessageContent struct {
	expansion jsonExpansion
	// schemas holds the schemas of events by that of the content. As in Java the first message of each decides.
	schemas smt.SchemaCache
}

var decodeLogicalDecodingMessageContentKeys = declare(
	option{Key: config.Key{Name: "fields.null.include", Type: config.Boolean, Default: false, Importance: config.Medium, Width: config.WidthMedium,
		Doc: "Whether a null in the content becomes a field, as a null of the type BYTES. With false it is left out."}},
)

func decodeLogicalDecodingMessageContentPlugin() connect.Plugin {
	return smt.One("io.debezium.connector.postgresql.transforms.DecodeLogicalDecodingMessageContent",
		"Turns PostgreSQL's logical decoding messages with JSON in them into change events, which the outbox router can read.",
		decodeLogicalDecodingMessageContentKeys.def, func() connect.Transformation { return new(decodeLogicalDecodingMessageContent) })
}

func (x *decodeLogicalDecodingMessageContent) Configure(props map[string]string) error {
	x.expansion.nullsAreBytes = decodeLogicalDecodingMessageContentKeys.read(props).bool("fields.null.include")
	return nil
}

const messageField = "message"

func (x *decodeLogicalDecodingMessageContent) Apply(_ context.Context, r *connect.Record) (bool, error) {
	if r.ValueSchema() == nil {
		return false, smt.NullPointer("The value has no schema")
	}
	if r.ValueSchema().Name() != "io.debezium.connector.postgresql.MessageValue" {
		return true, nil
	}
	event, err := smt.RequireStruct(r.Value(), "Retrieve a record value")
	if err != nil {
		return false, err
	}
	content, err := x.content(r.Arena(), event)
	if err != nil {
		return false, err
	}
	schema, err := x.schemas.Get(content.Schema(), func(s *data.Schema) (*data.Schema, error) {
		b := data.NewSchema(data.StructKind).Name(event.Schema().Name() + envelopeSuffix)
		for _, f := range event.Schema().Fields() {
			if f.Name != messageField {
				b.Field(f.Name, f.Schema)
			}
		}
		return b.Field(afterField, s).Build()
	})
	if err != nil {
		return false, err
	}
	b := r.Arena().Struct(schema)
	for _, f := range schema.Fields() {
		switch f.Name {
		case afterField:
			b.Set(f.Index, content.Value())
		case opField:
			b.Set(f.Index, data.String(opCreate))
		default:
			v, err := event.Lookup(f.Name)
			if err != nil {
				return false, err
			}
			b.Set(f.Index, v)
		}
	}
	out, err := b.BuildPartial()
	if err != nil {
		return false, err
	}
	r.SetKey(nil, data.Null)
	r.SetValue(schema, out.Value())
	return true, nil
}

// content returns what the message says.
func (x *decodeLogicalDecodingMessageContent) content(a *data.Arena, event *data.Struct) (*data.Struct, error) {
	v, err := event.Lookup(messageField)
	if err != nil {
		return nil, err
	}
	message, err := smt.RequireStruct(v, "Retrieve content of a logical decoding message")
	if err != nil {
		return nil, err
	}
	f, ok := message.Schema().Field("content")
	if !ok {
		return nil, smt.NullPointer("The message has no field content")
	}
	if f.Schema.Kind() != data.BytesKind {
		return nil, debeziumError("The content of a logical decoding message is non-binary", nil)
	}
	raw, ok := message.At(f.Index).Bytes()
	if !ok {
		return nil, smt.NullPointer("The message has no content")
	}
	text := javafmt.DecodeUTF8(raw)
	if text == "" || text[0] != '{' && text[0] != '[' {
		return nil, debeziumError("Unable to parse logical decoding message content JSON string '"+text+"'", nil)
	}
	tree, err := readTree([]byte(text))
	if err != nil {
		return nil, debeziumError(err.Error(), err)
	}
	schema, err := x.expansion.schema("", &tree)
	if err != nil {
		return nil, err
	}
	s, err := structOf(a, &tree, schema)
	return s.Struct(), err
}

func (x *decodeLogicalDecodingMessageContent) Close() error { return nil }
