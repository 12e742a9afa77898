package debezium

import (
	"context"
	"fmt"
	"log/slog"
	"strings"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/internal/javafmt"
	"github.com/moldau/moldau/transforms/internal/smt"
)

// outbox routes the events of an outbox (EventRouterDelegate).
type outbox struct {
	fields outboxFields
	// oracle are the names for events of Oracle, nil where they are the same.
	oracle        *outboxFields
	placed        []placedField
	failOnMissing bool
	behavior      string
	tombstones    bool
	version       string
	hasVersion    bool
	regex         *javafmt.Regex
	replacement   string
	expand        *jsonExpansion
	// asStruct says that the value is a struct with the payload in a field.
	asStruct bool
	// schemas and versions hold the schemas of such structs by that of the payload, or by the version an event states. As in Java the first event
	// of each decides for the later ones, whatever their topic.
	schemas  map[*data.Schema]*data.Schema
	versions map[int64]*data.Schema
	// The topic seen last and what became of it.
	last, lastOut string
}

// mostPayloads bounds how many schemas of payloads are remembered, as in Java.
const mostPayloads = 10000

func (x *outbox) apply(r *connect.Record, convert converter) (bool, error) {
	if r.Value().IsNull() {
		return false, nil
	}
	if !isEnvelope(r.ValueSchema()) {
		return true, nil
	}
	event, err := smt.RequireStruct(r.Value(), "Detect Debezium Operation")
	if err != nil {
		return false, err
	}
	op, null, err := textOf(event, opField)
	switch {
	case err != nil:
		return false, err
	case null:
		return false, smt.NullPointer("The event has no operation")
	case op == opDelete:
		return false, nil
	case op == opUpdate:
		return false, x.unexpected(r)
	}
	schema, routed := r.ValueSchema(), event
	if convert != nil {
		schema, routed = convert(r, schema, event)
	}
	rowSchema, row, err := extract(schema, routed.Value(), afterField)
	if err != nil {
		return false, err
	}
	s, err := smt.RequireStruct(row, "Read Outbox Event")
	if err != nil {
		return false, err
	}
	saved := *r
	if err := x.route(r, x.fieldsOf(routed), event, rowSchema, s); err != nil {
		*r = saved
		return false, err
	}
	return true, nil
}

// unexpected deals with an update of the outbox.
func (x *outbox) unexpected(r *connect.Record) error {
	level := slog.LevelWarn
	switch x.behavior {
	case "fatal":
		return javafmt.NewException(javafmt.IllegalState, "Unexpected update message received "+r.Key().String()+", fail.", nil)
	case "error":
		level = slog.LevelError
	}
	slog.Log(context.Background(), level, "a row of the outbox was updated, which is no event: it is ignored", "topic", r.Topic)
	return nil
}

// fieldsOf returns the names of the columns, which depend on the database.
func (x *outbox) fieldsOf(event *data.Struct) *outboxFields {
	if x.oracle != nil {
		if source := event.Raw(sourceField).Struct(); source != nil {
			if connector, _ := source.Raw("connector").Text(); connector == "oracle" {
				return x.oracle
			}
		}
	}
	return &x.fields
}

// route makes the record that a row of the outbox stands for.
func (x *outbox) route(r *connect.Record, fields *outboxFields, event *data.Struct, rowSchema *data.Schema, row *data.Struct) error {
	payloadField, ok := rowSchema.Field(fields.payload)
	if !ok {
		return connectError("Unable to find payload field " + fields.payload + " in event")
	}
	timestamp, err := x.timestamp(fields, event, row)
	if err != nil {
		return err
	}
	id, err := row.Lookup(fields.id)
	if err != nil {
		return err
	}
	payload, err := row.Lookup(fields.payload)
	if err != nil {
		return err
	}
	idField, ok := rowSchema.Field(fields.id)
	if !ok {
		return connectError("Unable to find event-id field " + fields.id + " in event")
	}
	r.Headers.Add("id", idField.Schema, id)
	payloadSchema := payloadField.Schema
	if x.expand != nil {
		payloadSchema, payload = x.expand.apply(r, fields.payload, payloadSchema, payload)
	}
	value, err := x.place(r, fields, rowSchema, row, payloadSchema, payload)
	if err != nil {
		return err
	}
	key, keySchema := data.Null, data.StringSchema
	if fields.hasKey {
		if key, err = row.Lookup(fields.key); err != nil {
			return err
		}
		if f, ok := rowSchema.Field(fields.key); ok {
			keySchema = f.Schema
		}
	}
	topic, null, err := textOf(row, fields.routeBy)
	if err != nil {
		return err
	}
	if null {
		return smt.NullPointer("The event says no topic in " + fields.routeBy)
	}
	switch {
	case x.tombstones && isEmptyPayload(payload):
		r.SetValue(nil, data.Null)
	case x.asStruct:
		r.SetValue(value.Schema(), value.Value())
	default:
		r.SetValue(payloadSchema, payload)
	}
	r.SetKey(keySchema, key)
	r.Timestamp = timestamp
	return x.rename(r, topic)
}

func isEmptyPayload(v data.Value) bool {
	text, ok := v.Text()
	return v.IsNull() || ok && isBlank(text)
}

// timestamp returns the time of the event: that of its own column, else that of the change.
func (x *outbox) timestamp(fields *outboxFields, event, row *data.Struct) (int64, error) {
	if !fields.hasTimestamp {
		return millis(event.LookupAs("ts_ms", data.Int64Kind))
	}
	f, ok := row.Schema().Field(fields.timestamp)
	if !ok {
		return 0, connectError("Unable to find timestamp field " + fields.timestamp + " in event")
	}
	v, err := row.LookupAs(fields.timestamp, data.Int64Kind)
	if err != nil {
		return 0, err
	}
	if v.IsNull() {
		return millis(event.LookupAs("ts_ms", data.Int64Kind))
	}
	t, _ := v.Int64()
	switch f.Schema.Name() {
	case timestampName:
		return t, nil
	case microTimestampName:
		return t / 1_000, nil
	case nanoTimestampName:
		return t / 1_000_000, nil
	}
	if !f.Schema.HasName() {
		return 0, connectError(fmt.Sprintf("Unsupported field type %s (without logical schema name) for event timestamp", f.Schema.Kind()))
	}
	return 0, connectError("Unsupported field type " + f.Schema.Name() + " for event timestamp")
}

func millis(v data.Value, err error) (int64, error) {
	if err != nil {
		return 0, err
	}
	if t, ok := v.Int64(); ok {
		return t, nil
	}
	return connect.NoTimestamp, nil
}

// place puts the further columns where they belong and returns the struct of the value, nil where it is the payload alone. The partition is the
// producer's choice unless a column says it.
func (x *outbox) place(r *connect.Record, fields *outboxFields, rowSchema *data.Schema, row *data.Struct, payloadSchema *data.Schema, payload data.Value) (*data.Struct, error) {
	var b data.StructBuilder
	if x.asStruct {
		schema, err := x.valueSchema(fields, rowSchema, row, payloadSchema)
		if err != nil {
			return nil, err
		}
		b = r.Arena().Struct(schema)
		b.Put("payload", payload)
		if b.Err() != nil {
			return nil, b.Err()
		}
	}
	r.Partition = connect.NoPartition
	for _, f := range x.placed {
		column, found := row.Schema().Field(f.name)
		if !found && !x.failOnMissing {
			continue
		}
		switch f.to {
		case inEnvelope, inHeader:
			v, err := row.Lookup(f.name)
			if err != nil {
				return nil, err
			}
			if f.to == inEnvelope {
				b.Put(f.alias, v)
			} else {
				r.Headers.Add(f.alias, column.Schema, v)
			}
		case inPartition:
			v, err := row.LookupAs(f.name, data.Int32Kind)
			if err != nil {
				return nil, err
			}
			r.Partition = connect.NoPartition
			if n, ok := v.Int32(); ok {
				r.Partition = n
			}
		default:
			return nil, smt.NullPointer("The field " + f.name + " has no placement")
		}
	}
	if !x.asStruct {
		return nil, nil
	}
	return b.BuildPartial()
}

// rename sets the topic that the routed value stands for.
func (x *outbox) rename(r *connect.Record, topic string) error {
	if topic != x.last || x.last == "" {
		topic = strings.Clone(topic) // its memory is the record's and is used again
		matches, err := x.regex.Matches(topic)
		if err != nil {
			return err
		}
		out := topic
		if matches {
			if out, err = x.regex.ReplaceFirst(topic, x.replacement); err != nil {
				return err
			}
		}
		x.last, x.lastOut = topic, out
	}
	r.Topic = x.lastOut
	return nil
}
