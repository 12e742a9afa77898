package debezium

import (
	"strings"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/internal/javafmt"
	"github.com/moldau/moldau/transforms/internal/smt"
)

// stateOptions are the options that ExtractNewRecordState and ExtractNewDocumentState have in common.
type stateOptions struct {
	mode                  deleteMode
	addFields, addHeaders []fieldReference
	routeBy               string
	replaceNulls          bool
	// lastTopic is the topic that a row named last.
	lastTopic string
}

// deleteMode says what becomes of delete events and of the tombstones after them.
type deleteMode string

const (
	modeDrop                 deleteMode = "drop"
	modeTombstone            deleteMode = "tombstone"
	modeRewrite              deleteMode = "rewrite"
	modeRewriteWithTombstone deleteMode = "rewrite-with-tombstone"
	modeDeleteToTombstone    deleteMode = "delete-to-tombstone"
)

func (m deleteMode) rewrites() bool { return m == modeRewrite || m == modeRewriteWithTombstone }

func stateKeys() []option {
	words := []string{string(modeDrop), string(modeTombstone), string(modeRewrite), string(modeRewriteWithTombstone), string(modeDeleteToTombstone)}
	return []option{
		{Key: config.Key{Name: "delete.tombstone.handling.mode", Type: config.String, Default: string(modeTombstone), Importance: config.Medium, Width: config.WidthMedium,
			Doc: "What becomes of a delete event and of the tombstone after it. drop removes both; tombstone turns the event into a null value with a schema and " +
				"removes the tombstone; rewrite gives the old row with a field __deleted and removes the tombstone; rewrite-with-tombstone keeps the tombstone " +
				"too; delete-to-tombstone turns the event into a true tombstone. With JsonConverter tombstone writes a text, not an empty value: prefer delete-to-tombstone."},
			checks: []check{oneOf(words...)}},
		{Key: config.Key{Name: "route.by.field", Type: config.String, Default: "", Importance: config.Low, Width: config.WidthLong,
			Doc: "Name of a text field of the row whose value becomes the topic. Empty keeps the topic."}},
		{Key: config.Key{Name: "add.fields.prefix", Type: config.String, Default: "__", Importance: config.Low, Width: config.WidthShort,
			Doc: "Text before the names of the fields that add.fields adds."}},
		{Key: config.Key{Name: "add.fields", Type: config.List, Default: "", Importance: config.Low, Width: config.WidthLong,
			Doc: "Fields of the event to add to the row, such as op, source.ts_ms, transaction.id or lsn:position for another name. A field that the event lacks is left out."}},
		{Key: config.Key{Name: "add.headers.prefix", Type: config.String, Default: "__", Importance: config.Low, Width: config.WidthShort,
			Doc: "Text before the names of the headers that add.headers adds."}},
		{Key: config.Key{Name: "add.headers", Type: config.List, Default: "", Importance: config.Low, Width: config.WidthLong,
			Doc: "Fields of the event to add as headers, written as in add.fields. Tombstones get op only, as d."}},
		{Key: config.Key{Name: "replace.null.with.default", Type: config.Boolean, Default: true, Importance: config.Low, Width: config.WidthShort,
			Doc: "Whether a null in a field with a default becomes that default when a record is rewritten with __deleted."}, unchecked: true},
	}
}

// read reads the common options after validating all of them.
func (x *stateOptions) read(o *options) (err error) {
	if o.wrong() {
		return unable()
	}
	if x.addFields, err = fieldReferences(o.text("add.fields.prefix"), o.text("add.fields")); err != nil {
		return err
	}
	if x.addHeaders, err = fieldReferences(o.text("add.headers.prefix"), o.text("add.headers")); err != nil {
		return err
	}
	x.mode, x.routeBy, x.replaceNulls = deleteMode(o.word("delete.tombstone.handling.mode")), o.text("route.by.field"), o.bool("replace.null.with.default")
	return nil
}

// tombstone reports whether a tombstone is kept, and adds its headers where it is.
func (x *stateOptions) tombstone(h *connect.Headers) bool {
	if x.mode != modeRewriteWithTombstone {
		return false
	}
	for _, ref := range x.addHeaders {
		if ref.field == opField {
			h.Add(ref.name, data.StringSchema, data.String(opDelete))
		}
	}
	return true
}

func addHeaders(h *connect.Headers, refs []resolvedReference, event *data.Struct) error {
	for i := range refs {
		v, err := refs[i].value(event)
		if err != nil {
			return err
		}
		h.Add(refs[i].name, refs[i].schema, v)
	}
	return nil
}

// route makes a field of the row the topic.
func (x *stateOptions) route(r *connect.Record, row *data.Struct) error {
	if x.routeBy == "__deleted" && x.mode.rewrites() {
		if _, ok := row.Schema().Field(x.routeBy); !ok {
			r.Topic = "false"
			return nil
		}
	}
	topic, _, err := textOf(row, x.routeBy)
	if err != nil {
		return err
	}
	if isBlank(topic) {
		return nil
	}
	if topic != x.lastTopic {
		x.lastTopic = strings.Clone(topic) // its memory is the record's and is used again
	}
	r.Topic = x.lastTopic
	return nil
}

func isBlank(s string) bool { return javafmt.Trim(s) == "" }

// fieldToExtract returns a field of an envelope as ExtractField finds it.
func fieldToExtract(envelope *data.Schema, name string) (data.Field, error) {
	f, ok := envelope.Field(name)
	if !ok {
		return f, javafmt.NewException(javafmt.IllegalArgument, "Unknown field: "+name, nil)
	}
	return f, nil
}

// textField returns a field that Struct.getString would read.
func textField(s *data.Schema, name string) (data.Field, error) {
	f, ok := s.Field(name)
	if !ok {
		return f, smt.DataError(name + " is not a valid field name")
	}
	if f.Schema.Kind() != data.StringKind {
		return f, smt.DataError("Field '" + name + "' is not of type STRING")
	}
	return f, nil
}
