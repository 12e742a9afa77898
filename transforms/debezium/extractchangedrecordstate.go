package debezium

import (
	"context"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/transforms/internal/smt"
)

// extractChangedRecordState lists in headers which fields of a row changed and which did not (ExtractChangedRecordState).
type extractChangedRecordState struct{ changed, unchanged nameHeader }

// nameHeader is a header that lists names; without a schema it is not wanted.
type nameHeader struct {
	key    string
	schema *data.Schema
}

var extractChangedRecordStateKeys = declare(
	option{Key: config.Key{Name: "header.changed.name", Type: config.String, Default: nil, Importance: config.Low, Width: config.WidthLong,
		Doc: "Name of the header that lists the fields that changed. Without it there is no such header."}},
	option{Key: config.Key{Name: "header.unchanged.name", Type: config.String, Default: nil, Importance: config.Low, Width: config.WidthLong,
		Doc: "Name of the header that lists the fields that did not change. Without it there is no such header."}},
)

func extractChangedRecordStatePlugin() connect.Plugin {
	return smt.One(classPrefix+"ExtractChangedRecordState", "Lists in headers which fields of a row an update changed and which it did not.", extractChangedRecordStateKeys.def,
		func() connect.Transformation { return new(extractChangedRecordState) })
}

func (x *extractChangedRecordState) Configure(props map[string]string) (err error) {
	o := extractChangedRecordStateKeys.read(props)
	if x.changed, err = newNameHeader(o.text("header.changed.name")); err != nil {
		return err
	}
	x.unchanged, err = newNameHeader(o.text("header.unchanged.name"))
	return err
}

func newNameHeader(key string) (nameHeader, error) {
	if isBlank(key) {
		return nameHeader{}, nil
	}
	s, err := data.NewListSchema(data.OptionalStringSchema).Optional().Name(key).Build()
	return nameHeader{key, s}, err
}

func (h *nameHeader) add(to *connect.Headers, names *data.ListBuilder) {
	if h.schema != nil {
		to.Add(h.key, h.schema, names.Build().Value())
	}
}

func (x *extractChangedRecordState) Apply(_ context.Context, r *connect.Record) (bool, error) {
	if r.Value().IsNull() || !isEnvelope(r.ValueSchema()) {
		return true, nil
	}
	event, err := smt.RequireStruct(r.Value(), "Record value should be struct.")
	if err != nil {
		return false, err
	}
	after, err := event.Lookup(afterField)
	if err != nil {
		return false, err
	}
	before, err := event.Lookup(beforeField)
	if err != nil {
		return false, err
	}
	changed, unchanged := r.Arena().List(0), r.Arena().List(0)
	if !after.IsNull() && !before.IsNull() {
		if err := compareRows(after, before, &changed, &unchanged); err != nil {
			return false, err
		}
	}
	// The headers come with every event, even where nothing can have changed, so that transformations behind this one find them.
	x.changed.add(&r.Headers, &changed)
	x.unchanged.add(&r.Headers, &unchanged)
	return true, nil
}

func compareRows(after, before data.Value, changed, unchanged *data.ListBuilder) error {
	to, err := smt.RequireStruct(after, "After value should be struct.")
	if err != nil {
		return err
	}
	from, err := smt.RequireStruct(before, "Before value should be struct.")
	if err != nil {
		return err
	}
	same := to.Schema() == from.Schema()
	for i := range to.Len() {
		name := to.Name(i)
		var old data.Value
		if same {
			old = from.At(i)
		} else if old, err = from.LookupRaw(name); err != nil {
			return err
		}
		if javaEquals(to.At(i), old) {
			unchanged.Append(data.String(name))
		} else {
			changed.Append(data.String(name))
		}
	}
	return nil
}

// javaEquals is Objects.equals: two arrays of bytes are never equal, be they values or elements of lists and maps.
func javaEquals(a, b data.Value) bool {
	switch {
	case a.Kind() != b.Kind():
		return false
	case a.Kind() == data.BytesKind && a.Buffer() == nil:
		return false
	case a.Kind() == data.ListKind:
		x, y := a.List(), b.List()
		if x.Len() != y.Len() {
			return false
		}
		for i := range x.Len() {
			if !javaEquals(x.At(i), y.At(i)) {
				return false
			}
		}
		return true
	case a.Kind() == data.MapKind:
		x, y := a.Map(), b.Map()
		if x.Len() != y.Len() {
			return false
		}
		for key, v := range x.All() {
			if other, ok := y.Find(key); !ok || !javaEquals(v, other) {
				return false
			}
		}
		return true
	}
	return a.Equal(b)
}

func (x *extractChangedRecordState) Close() error { return nil }
