package debezium

import (
	"strings"
	"testing"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/connecttest"
	"github.com/moldau/moldau/connect/data"
)

var (
	testKeySchema = data.NewStructSchema("s.t.Key", data.Field{Name: "id", Schema: data.Int32Schema}).MustBuild()
	testGeometry  = data.NewStructSchema(geometryName, data.Field{Name: "wkb", Schema: data.BytesSchema}, data.Field{Name: "srid", Schema: data.OptionalInt32Schema}).
			Optional().MustBuild()
	testRow = data.NewStructSchema("s.t.Value",
		data.Field{Name: "id", Schema: data.Int32Schema.Builder().Param("__debezium.source.column.name", "id").Param("__debezium.source.column.type", "INT").MustBuild()},
		data.Field{Name: "name", Schema: data.OptionalStringSchema.Builder().Param("__debezium.source.column.name", "name").
			Param("__debezium.source.column.type", "TEXT").MustBuild()},
	).Optional().MustBuild()
	testSource = data.NewStructSchema("source", data.Field{Name: "table", Schema: data.StringSchema}, data.Field{Name: "ts_ms", Schema: data.Int64Schema}).MustBuild()
)

// envelopeOf returns the schema of events about rows of a schema.
func envelopeOf(row *data.Schema) *data.Schema {
	return data.NewStructSchema("s.t.Envelope", data.Field{Name: "before", Schema: row}, data.Field{Name: "after", Schema: row},
		data.Field{Name: "source", Schema: testSource}, data.Field{Name: "op", Schema: data.StringSchema}, data.Field{Name: "ts_ms", Schema: data.OptionalInt64Schema}).MustBuild()
}

// event makes a record of an event; rows are null where they are nil.
func event(row *data.Schema, op string, before, after data.Value) func() *connect.Record {
	return func() *connect.Record {
		r := connect.NewSourceBatch(connect.BatchLimits{Records: 1, Bytes: 1}).Add("s.t")
		r.SetKey(testKeySchema, data.MustStruct(testKeySchema, data.Int32(1)).Value())
		schema := envelopeOf(row)
		source := data.MustStruct(testSource, data.String("t"), data.Int64(5))
		r.SetValue(schema, data.MustStruct(schema, before, after, source.Value(), data.String(op), data.Int64(7)).Value())
		r.Headers.Add("h", data.StringSchema, data.String("x"))
		return r
	}
}

func tombstone() *connect.Record {
	r := connect.NewSourceBatch(connect.BatchLimits{Records: 1, Bytes: 1}).Add("s.t")
	r.SetKey(testKeySchema, data.MustStruct(testKeySchema, data.Int32(1)).Value())
	return r
}

func TestContracts(t *testing.T) {
	old, row := data.MustStruct(testRow, data.Int32(1), data.String("Anne")).Value(), data.MustStruct(testRow, data.Int32(1), data.String("Anna")).Value()
	outboxRow := data.NewStructSchema("s.outbox.Value", data.Field{Name: "id", Schema: data.StringSchema}, data.Field{Name: "aggregatetype", Schema: data.StringSchema},
		data.Field{Name: "aggregateid", Schema: data.StringSchema}, data.Field{Name: "payload", Schema: data.OptionalStringSchema}).Optional().MustBuild()
	placed := data.NewStructSchema("s.places.Value", data.Field{Name: "where", Schema: testGeometry}).Optional().MustBuild()
	point := append([]byte{1, 1, 0, 0, 0}, make([]byte, 16)...)
	place := data.MustStruct(placed, data.MustStruct(testGeometry, data.BytesOf(point), data.Int32(4326)).Value()).Value()
	events := []func() *connect.Record{event(testRow, "c", data.Null, row), event(testRow, "u", old, row), event(testRow, "d", old, data.Null), tombstone}
	documents := []func() *connect.Record{event(data.OptionalStringSchema, "c", data.Null, data.String(`{"_id": 1, "a": [1, 2], "payload": {"x": "y"}}`)), tombstone}
	geometries := []func() *connect.Record{event(placed, "c", data.Null, place)}
	outbox := []func() *connect.Record{event(outboxRow, "c", data.Null,
		data.MustStruct(outboxRow, data.String("1"), data.String("order"), data.String("o1"), data.String(`{"a":[1]}`)).Value()), tombstone}
	cases := map[string]struct {
		props   map[string]string
		records []func() *connect.Record
	}{
		"ExtractNewRecordState":               {map[string]string{"add.fields": "op,source.ts_ms", "delete.tombstone.handling.mode": "rewrite"}, events},
		"EventRouter":                         {map[string]string{"table.expand.json.payload": "true"}, outbox},
		"ByLogicalTableRouter":                {map[string]string{"topic.regex": "(.*)", "topic.replacement": "$1x"}, events},
		"HeaderToValue":                       {map[string]string{"headers": "h", "fields": "f", "operation": "move"}, events},
		"PartitionRouting":                    {map[string]string{"partition.payload.fields": "change.id", "partition.topic.num": "3"}, events},
		"TimezoneConverter":                   {map[string]string{"converted.timezone": "+01:00", "include.list": "source:t:source.ts_ms"}, events},
		"SchemaChangeEventFilter":             {map[string]string{"schema.change.event.exclude.list": "DROP"}, events},
		"ExtractChangedRecordState":           {map[string]string{"header.changed.name": "c", "header.unchanged.name": "u"}, events},
		"ExtractSchemaToNewRecord":            {nil, events},
		"DecodeLogicalDecodingMessageContent": {nil, events},
		"GeometryFormatTransformer":           {nil, geometries},
		"SwapGeometryCoordinates":             {nil, geometries},
		"VectorToJsonConverter":               {nil, events},
		"ExtractNewDocumentState":             {nil, documents},
		"MongoEventRouter":                    {map[string]string{"route.by.field": "_id"}, documents},
		"Filter":                              {map[string]string{"language": "jsr223.groovy", "condition": "value.op == 'u'"}, events},
		"ContentBasedRouter":                  {map[string]string{"language": "jsr223.groovy", "topic.expression": "'t_' + value.op"}, events},
	}
	for _, p := range Plugins() {
		name := p.Class[strings.LastIndexByte(p.Class, '.')+1:]
		t.Run(name, func(t *testing.T) {
			c, ok := cases[name]
			if !ok {
				t.Fatal("there is no case")
			}
			connecttest.Transformation(t, connecttest.TransformationCase{Plugin: p, Props: c.props, Records: c.records})
		})
	}
}
