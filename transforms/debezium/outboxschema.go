package debezium

import (
	"math"
	"strings"

	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/transforms/internal/smt"
)

// noVersion stands for the version of events that state none.
const noVersion int64 = math.MinInt64

// valueSchema returns the schema of a struct with the payload and further columns of a row.
func (x *outbox) valueSchema(fields *outboxFields, rowSchema *data.Schema, row *data.Struct, payload *data.Schema) (*data.Schema, error) {
	if x.hasVersion {
		v, err := row.LookupAs(x.version, data.Int32Kind)
		if err != nil {
			return nil, err
		}
		version, stated := v.Int32()
		key := int64(version)
		if !stated {
			key = noVersion
		}
		if s := x.versions[key]; s != nil {
			return s, nil
		}
		b, err := x.buildValueSchema(fields, rowSchema, row, payload)
		if err != nil {
			return nil, err
		}
		if stated {
			b.Version(version)
		}
		s, err := b.Build()
		if err == nil {
			x.versions[key] = s
		}
		return s, err
	}
	if s := x.schemas[payload]; s != nil {
		return s, nil
	}
	b, err := x.buildValueSchema(fields, rowSchema, row, payload)
	if err != nil {
		return nil, err
	}
	s, err := b.Build()
	if err != nil {
		return nil, err
	}
	if len(x.schemas) >= mostPayloads {
		clear(x.schemas)
	}
	x.schemas[payload] = s
	return s, nil
}

func (x *outbox) buildValueSchema(fields *outboxFields, rowSchema *data.Schema, row *data.Struct, payload *data.Schema) (*data.SchemaBuilder, error) {
	topic, null, err := textOf(row, fields.routeBy)
	if err != nil {
		return nil, err
	}
	if null {
		topic = "null"
	}
	// The topic goes before the last part of the row schema's name.
	name := strings.Clone(topic) // its memory is the record's and is used again
	if rowSchema.HasName() {
		at := strings.LastIndexByte(rowSchema.Name(), '.') + 1
		name = rowSchema.Name()[:at] + topic + "." + rowSchema.Name()[at:]
	}
	b := data.NewSchema(data.StructKind).Name(name).Field("payload", payload)
	for _, f := range x.placed {
		if f.to != inEnvelope {
			continue
		}
		column, ok := rowSchema.Field(f.name)
		if !ok {
			if b.Err() != nil {
				return nil, b.Err()
			}
			return nil, smt.NullPointer("The event has no field " + f.name)
		}
		b.Field(f.alias, column.Schema)
	}
	return b, b.Err()
}
