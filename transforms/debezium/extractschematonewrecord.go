package debezium

import (
	"context"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/internal/javafmt"
	"github.com/moldau/moldau/transforms/internal/smt"
)

// extractSchemaToNewRecord adds to change events a description of their table's columns (ExtractSchemaToNewRecord).
type extractSchemaToNewRecord struct {
	block *sourceSchemaBlock
	plans smt.BySchema[describedEnvelope]
}

// describedEnvelope is the new schema of an envelope and the description that its events get. As in Java the first event names the table.
type describedEnvelope struct {
	schema      *data.Schema
	description data.Value
}

// sourceSchemaBlock holds the schemas of the description.
type sourceSchemaBlock struct{ block, table, column *data.Schema }

var extractSchemaToNewRecordKeys = declare(schemaNameAdjustment())

func extractSchemaToNewRecordPlugin() connect.Plugin {
	return smt.One(classPrefix+"ExtractSchemaToNewRecord", "Adds to change events a field sourceSchema that describes the columns of their table.",
		extractSchemaToNewRecordKeys.def, func() connect.Transformation { return new(extractSchemaToNewRecord) })
}

func (x *extractSchemaToNewRecord) Configure(props map[string]string) (err error) {
	o := extractSchemaToNewRecordKeys.read(props)
	x.block, err = newSourceSchemaBlock(schemaNames(o))
	return err
}

func newSourceSchemaBlock(names *adjuster) (*sourceSchemaBlock, error) {
	var b sourceSchemaBlock
	var err error
	if b.column, err = data.NewSchema(data.StructKind).Name(names.adjust("io.debezium.connector.source.schema.Column")).Version(1).
		Field("name", data.StringSchema).Field("typeName", data.StringSchema).Field("length", data.OptionalInt32Schema).
		Field("scale", data.OptionalInt32Schema).Field("comment", data.OptionalStringSchema).Build(); err != nil {
		return nil, err
	}
	columns, err := data.NewListSchema(b.column).Build()
	if err != nil {
		return nil, err
	}
	if b.table, err = data.NewSchema(data.StructKind).Name("io.debezium.connector.source.schema.Table").Version(1).Field("columns", columns).Build(); err != nil {
		return nil, err
	}
	b.block, err = data.NewSchema(data.StructKind).Name(names.adjust("io.debezium.connector.source.Schema")).Version(1).
		Field("id", data.StringSchema).Field("table", b.table).Build()
	return &b, err
}

func (x *extractSchemaToNewRecord) Apply(_ context.Context, r *connect.Record) (bool, error) {
	if r.Value().IsNull() || !isEnvelope(r.ValueSchema()) {
		return true, nil
	}
	afterSchema, after, err := extract(r.ValueSchema(), r.Value(), afterField)
	if err != nil {
		return false, err
	}
	_, before, err := extract(r.ValueSchema(), r.Value(), beforeField)
	if err != nil {
		return false, err
	}
	if after.IsNull() && before.IsNull() {
		return true, nil
	}
	event := r.Value().Struct()
	plan, err := x.plans.Get(event.Schema(), func(s *data.Schema) (describedEnvelope, error) { return x.describe(s, event, afterSchema) })
	if err != nil {
		return false, err
	}
	b := r.Arena().Struct(plan.schema)
	b.CopyRange(0, event.Row(), 0, event.Len())
	for i := range event.Len() {
		if event.Row().IsNull(i) {
			if v := event.Get(i); !v.IsNull() {
				b.Set(i, v)
			}
		}
	}
	b.Set(event.Len(), plan.description)
	out, err := b.BuildPartial()
	if err != nil {
		return false, err
	}
	r.SetValue(plan.schema, out.Value())
	return true, nil
}

func (x *extractSchemaToNewRecord) describe(envelope *data.Schema, event *data.Struct, row *data.Schema) (out describedEnvelope, err error) {
	b := smt.WithFields(basics(envelope).SetOptional(envelope.Optional()), envelope)
	if out.schema, err = b.Field("sourceSchema", x.block.block).Build(); err != nil {
		return out, err
	}
	v, err := event.Lookup(sourceField)
	if err != nil {
		return out, err
	}
	source, err := castStruct(v)
	if err != nil {
		return out, err
	}
	if source == nil {
		return out, smt.NullPointer("The event has no source")
	}
	table, err := source.Lookup("table")
	if err != nil {
		return out, err
	}
	block := data.NewStruct(x.block.block)
	if block.Put("id", table.Detach()); block.Err() != nil {
		return out, block.Err()
	}
	columns, err := x.columns(row)
	if err != nil {
		return out, err
	}
	t := data.NewStruct(x.block.table).Put("columns", columns)
	described, err := t.BuildPartial()
	if err != nil {
		return out, err
	}
	s, err := block.Put("table", described.Value()).BuildPartial()
	out.description = s.Value()
	return out, err
}

// columns describes the columns by the parameters that Debezium's connectors put into the schemas of fields.
func (x *extractSchemaToNewRecord) columns(row *data.Schema) (data.Value, error) {
	if row.Kind() != data.StructKind {
		return data.Null, smt.DataError("Cannot list fields on non-struct type")
	}
	list := data.NewArena().List(len(row.Fields()))
	for _, f := range row.Fields() {
		param := func(name string) (string, bool) { return f.Schema.Param("__debezium.source.column." + name) }
		name, named := param("name")
		kind, typed := param("type")
		if !named || !typed {
			return data.Null, debeziumError(`Ensure that enable configurations "column.propagate.source.type" or "datatype.propagate.source.type" and the value is set to ".*"`, nil)
		}
		b := data.NewStruct(x.block.column).Put("name", data.String(name)).Put("typeName", data.String(kind))
		for _, field := range []string{"length", "scale"} {
			text, ok := param(field)
			if !ok {
				continue
			}
			n, err := javafmt.ParseInt(text)
			if err != nil {
				return data.Null, err
			}
			b.Put(field, data.Int32(n))
		}
		if comment, ok := param("comment"); ok {
			b.Put("comment", data.String(comment))
		}
		column, err := b.BuildPartial()
		if err != nil {
			return data.Null, err
		}
		list.Append(column.Value())
	}
	return list.Build().Value(), nil
}

func (x *extractSchemaToNewRecord) Close() error { return nil }
