package debezium

import (
	"context"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/transforms/internal/smt"
)

// extractNewRecordState replaces a change event by the row as it is after the change (ExtractNewRecordState).
type extractNewRecordState struct {
	stateOptions
	drops dropFields
	plans smt.BySchema[*statePlan]
}

// statePlan is what becomes of the events of one envelope schema.
type statePlan struct {
	before, after   data.Field
	headers, fields []resolvedReference
	// beforeErr and fieldsErr are for the events that need the row before them, or the fields to add.
	beforeErr, fieldsErr error
	// rows holds the schema of the new value by that of the row.
	rows smt.SchemaCache
	// deleted says that a field __deleted follows the row's own.
	deleted bool
}

var extractNewRecordStateKeys = declare(append(stateKeys(),
	option{Key: config.Key{Name: "drop.fields.header.name", Type: config.String, Default: nil, Importance: config.Low, Width: config.WidthShort,
		Doc: "Name of a header that holds a list of names of fields to remove from the value. Without it nothing is removed."}},
	option{Key: config.Key{Name: "drop.fields.from.key", Type: config.Boolean, Default: false, Importance: config.Low, Width: config.WidthShort,
		Doc: "Whether the fields that drop.fields.header.name lists are removed from the key too."}},
	option{Key: config.Key{Name: "drop.fields.keep.schema.compatible", Type: config.Boolean, Default: true, Importance: config.Low, Width: config.WidthShort,
		Doc: "Whether only optional fields are removed, so that readers of the old schema can read the new one. With false required ones go too."}},
)...)

func extractNewRecordStatePlugin() connect.Plugin {
	return smt.One(classPrefix+"ExtractNewRecordState", "Replaces a change event by the row as it is after the change; deletes become tombstones, or rows that say so.",
		extractNewRecordStateKeys.def, func() connect.Transformation { return new(extractNewRecordState) })
}

func (x *extractNewRecordState) Configure(props map[string]string) error {
	o := extractNewRecordStateKeys.read(props)
	if err := x.read(o); err != nil {
		return err
	}
	x.drops = dropFields{header: o.text("drop.fields.header.name"), fromKey: o.bool("drop.fields.from.key"),
		onlyOptional: o.bool("drop.fields.keep.schema.compatible")}
	return nil
}

func (x *extractNewRecordState) Apply(ctx context.Context, r *connect.Record) (bool, error) {
	envelope, v := r.ValueSchema(), r.Value()
	if v.IsNull() {
		if x.tombstone(&r.Headers) {
			return true, nil
		}
		return false, nil
	}
	if !isEnvelope(envelope) {
		return true, nil
	}
	event, err := castStruct(v)
	if err != nil {
		return false, err
	}
	plan, err := x.plans.Get(event.Schema(), x.plan)
	if err != nil {
		return false, err
	}
	saved := *r
	kept, err := x.unwrap(ctx, r, plan, event)
	if err != nil || !kept {
		*r = saved
	}
	return kept, err
}

// unwrap makes the record of an event; kept is false where there is to be none.
func (x *extractNewRecordState) unwrap(ctx context.Context, r *connect.Record, plan *statePlan, event *data.Struct) (kept bool, err error) {
	if err := addHeaders(&r.Headers, plan.headers, event); err != nil {
		return false, err
	}
	row := event.Get(plan.after.Index)
	if !row.IsNull() {
		return true, x.change(ctx, r, plan, event, row)
	}
	if plan.beforeErr != nil {
		return false, plan.beforeErr
	}
	if event.Get(plan.before.Index).IsNull() {
		return false, nil // a truncate event
	}
	return x.deletion(ctx, r, plan, event)
}

// plan works out what becomes of an envelope schema.
func (x *extractNewRecordState) plan(envelope *data.Schema) (*statePlan, error) {
	p := &statePlan{deleted: x.mode.rewrites()}
	var err error
	if p.headers, err = resolve(x.addHeaders, envelope); err != nil {
		return nil, err
	}
	if p.after, err = fieldToExtract(envelope, afterField); err != nil {
		return nil, err
	}
	p.before, p.beforeErr = fieldToExtract(envelope, beforeField)
	if _, p.fieldsErr = textField(envelope, opField); p.fieldsErr == nil {
		p.fields, p.fieldsErr = resolve(x.addFields, envelope)
	}
	return p, nil
}

// change makes a record of an event that leaves a row.
func (x *extractNewRecordState) change(ctx context.Context, r *connect.Record, plan *statePlan, event *data.Struct, row data.Value) error {
	if x.routeBy != "" {
		s, err := smt.RequireStruct(row, "Read record to set topic routing for CREATE / UPDATE")
		if err != nil {
			return err
		}
		if err := x.route(r, s); err != nil {
			return err
		}
	}
	if err := x.setRow(r, plan, event, row, "false"); err != nil {
		return err
	}
	return x.drops.apply(ctx, r)
}

// deletion makes a record of an event that removes a row; kept is false where there is to be none.
func (x *extractNewRecordState) deletion(ctx context.Context, r *connect.Record, plan *statePlan, event *data.Struct) (kept bool, err error) {
	before := event.Get(plan.before.Index)
	switch x.mode {
	case modeDrop:
		return false, nil
	case modeTombstone:
		// The null keeps its schema, by which the JDBC sink tells a flattened delete from a tombstone.
		r.SetValue(plan.after.Schema, data.Null)
	case modeDeleteToTombstone:
		r.SetValue(nil, data.Null)
	default:
		r.SetValue(plan.before.Schema, before)
	}
	if x.routeBy != "" {
		s, err := castStruct(event.At(plan.before.Index))
		if err != nil {
			return false, err
		}
		if s == nil {
			return false, smt.NullPointer("A delete event has no row before it")
		}
		if err := x.route(r, s); err != nil {
			return false, err
		}
	}
	if r.Value().IsNull() {
		return true, x.drops.apply(ctx, r)
	}
	if s := before.Struct(); s != nil && x.drops.wanted(r) {
		// Fields are dropped before further ones are added, so __deleted goes in first.
		if err := x.markDeleted(r, s); err != nil {
			return false, err
		}
		if err := x.drops.apply(ctx, r); err != nil {
			return false, err
		}
		return true, x.extend(r, plan, event, r.Value(), false, "")
	}
	return true, x.setRow(r, plan, event, before, "true")
}

// setRow makes the row the value of the record, with __deleted in the rewriting modes and the fields to add.
func (x *extractNewRecordState) setRow(r *connect.Record, plan *statePlan, event *data.Struct, row data.Value, deleted string) error {
	return x.extend(r, plan, event, row, plan.deleted, deleted)
}

func (x *extractNewRecordState) extend(r *connect.Record, plan *statePlan, event *data.Struct, row data.Value, mark bool, deleted string) error {
	s, err := smt.RequireStruct(row, "source field insertion")
	if err == nil {
		err = plan.fieldsErr
	}
	if err != nil {
		return err
	}
	build := func(row *data.Schema) (*data.Schema, error) { return rowSchema(row, mark, plan.fields) }
	var schema *data.Schema
	if mark == plan.deleted {
		schema, err = plan.rows.Get(s.Schema(), build)
	} else {
		schema, err = build(s.Schema())
	}
	if err != nil {
		return err
	}
	b := r.Arena().Struct(schema)
	smt.CopyFields(&b, s, mark && x.replaceNulls)
	next := s.Len()
	if mark {
		b.Set(next, data.String(deleted))
		next++
	}
	for i := range plan.fields {
		v, err := plan.fields[i].value(event)
		if err != nil {
			return err
		}
		b.Set(next+i, v)
	}
	out, err := b.BuildPartial()
	if err != nil {
		return err
	}
	r.SetValue(schema, out.Value())
	return nil
}

// markDeleted makes the row before its deletion the value, with __deleted.
func (x *extractNewRecordState) markDeleted(r *connect.Record, row *data.Struct) error {
	schema, err := rowSchema(row.Schema(), true, nil)
	if err != nil {
		return err
	}
	b := r.Arena().Struct(schema)
	smt.CopyFields(&b, row, x.replaceNulls)
	b.Set(row.Len(), data.String("true"))
	out, err := b.BuildPartial()
	if err != nil {
		return err
	}
	r.SetValue(schema, out.Value())
	return nil
}

// rowSchema returns the schema of a row with the fields that are added. As in Java it is required, whatever that of the row is.
func rowSchema(row *data.Schema, mark bool, fields []resolvedReference) (*data.Schema, error) {
	b := smt.WithFields(data.NewSchema(data.StructKind).CopyBasics(row), row)
	if mark {
		b.Field("__deleted", data.OptionalStringSchema)
	}
	for i := range fields {
		b.Field(fields[i].name, fields[i].schema)
	}
	return b.Build()
}

func (x *extractNewRecordState) Close() error { return x.drops.close() }
