package debezium

import (
	"context"
	"slices"
	"strings"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/transforms/internal/smt"
)

// headerToValue puts headers into fields of the value (HeaderToValue).
type headerToValue struct {
	headers []string
	fields  []fieldTarget
	move    bool
	// schemas holds the new schemas by the old ones. As in Java the headers of the first record decide for the later ones.
	schemas smt.SchemaCache
	entries []newEntry
}

// fieldTarget is a field to make, by its whole name and by the steps to it.
type fieldTarget struct {
	path  string
	steps []string
}

func (t fieldTarget) nested() bool { return strings.Contains(t.path, ".") }

// newEntry is a field to make with what goes into it.
type newEntry struct {
	fieldTarget
	schema *data.Schema
	value  data.Value
}

var headerToValueKeys = declare(
	option{Key: config.Key{Name: "headers", Type: config.List, Default: nil, Importance: config.High,
		Doc: "Names of the headers to take. Required."}, checks: []check{checkRequired, checkNoEmptyElements, checkNoSpaces}},
	option{Key: config.Key{Name: "fields", Type: config.List, Default: nil, Importance: config.High,
		Doc: "Names of the fields to make of them, in the same order; dots lead into structs that exist. Required."},
		checks: []check{checkRequired, checkNoEmptyElements, checkNoSpaces}},
	option{Key: config.Key{Name: "operation", Type: config.String, Default: nil, Importance: config.High,
		Doc: "move takes the headers away from the record, copy leaves them. Required."}, checks: []check{checkRequired, oneOf("move", "copy")}},
)

func headerToValuePlugin() connect.Plugin {
	return smt.One(classPrefix+"HeaderToValue", "Moves or copies headers into fields of the value.", headerToValueKeys.def,
		func() connect.Transformation { return new(headerToValue) })
}

func (x *headerToValue) Configure(props map[string]string) error {
	o := headerToValueKeys.read(props)
	if err := o.validate(); err != nil {
		return err
	}
	x.headers = o.list("headers")
	for _, path := range o.list("fields") {
		x.fields = append(x.fields, fieldTarget{path, split(path, ".")})
	}
	if len(x.headers) != len(x.fields) {
		return config.Failed("'fields' config must have the same number of elements as 'headers' config.")
	}
	switch o.text("operation") {
	case "move":
		x.move = true
	case "copy":
	default: // Java reads the word in its own case only, although it validates it in any.
		return illegalArgument("operation")
	}
	return nil
}

func (x *headerToValue) Apply(_ context.Context, r *connect.Record) (bool, error) {
	if r.Value().IsNull() {
		return true, nil
	}
	value, err := smt.RequireStruct(r.Value(), "Header field insertion")
	if err != nil {
		return false, err
	}
	x.entries = x.entries[:0]
	for _, h := range r.Headers.All() {
		if i := slices.Index(x.headers, h.Key); i >= 0 {
			x.entries = append(x.entries, newEntry{x.fields[i], h.Schema, h.Value})
		}
	}
	if len(x.entries) == 0 {
		return true, nil
	}
	schema, err := x.schemas.Get(value.Schema(), func(s *data.Schema) (*data.Schema, error) {
		if err := checkNested(s, x.entries); err != nil {
			return nil, err
		}
		return extendSchema(rootField, s, x.entries, 0)
	})
	if err != nil {
		return false, err
	}
	out, err := extendValue(r.Arena(), rootField, value, schema, x.entries, 0)
	if err != nil {
		return false, err
	}
	r.SetValue(schema, out.Value())
	if x.move {
		r.Headers.Filter(func(h connect.Header) bool { return !slices.Contains(x.headers, h.Key) })
	}
	return true, nil
}

func (x *headerToValue) Close() error { return nil }
