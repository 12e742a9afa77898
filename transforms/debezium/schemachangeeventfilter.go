package debezium

import (
	"context"
	"slices"
	"strings"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/internal/javafmt"
	"github.com/moldau/moldau/transforms/internal/smt"
)

// schemaChangeEventFilter drops schema change events of chosen types (SchemaChangeEventFilter).
type schemaChangeEventFilter struct{ excluded []string }

var schemaChangeTypes = []string{"CREATE", "ALTER", "DROP", "TRUNCATE", "DATABASE"}

var schemaChangeEventFilterKeys = declare(
	option{Key: config.Key{Name: "schema.change.event.exclude.list", Type: config.String, Default: nil, Importance: config.High, Width: config.WidthShort,
		Doc: "Types of schema changes to drop, by comma: CREATE, ALTER, DROP, TRUNCATE, DATABASE. Required."}, checks: []check{checkRequired}},
)

func schemaChangeEventFilterPlugin() connect.Plugin {
	return smt.One(classPrefix+"SchemaChangeEventFilter", "Drops the schema change events of chosen types.", schemaChangeEventFilterKeys.def,
		func() connect.Transformation { return new(schemaChangeEventFilter) })
}

func (x *schemaChangeEventFilter) Configure(props map[string]string) error {
	o := schemaChangeEventFilterKeys.read(props)
	if err := o.validate(); err != nil {
		return err
	}
	for _, name := range split(o.text("schema.change.event.exclude.list"), ",") {
		name = javafmt.Trim(name)
		if err := checkSchemaChangeType(name); err != nil {
			return err
		}
		x.excluded = append(x.excluded, name)
	}
	return nil
}

func checkSchemaChangeType(name string) error {
	if slices.Contains(schemaChangeTypes, name) {
		return nil
	}
	return illegalArgument("No enum constant io.debezium.schema.SchemaChangeEvent.SchemaChangeEventType." + name)
}

func (x *schemaChangeEventFilter) Apply(_ context.Context, r *connect.Record) (bool, error) {
	schema := r.ValueSchema()
	if r.Value().IsNull() || schema == nil ||
		!strings.HasSuffix(schema.Name(), ".SchemaChangeValue") && !strings.HasSuffix(schema.Name(), ".SchemaChangeKey") {
		return true, nil
	}
	event, err := smt.RequireStruct(r.Value(), "Read schema change event to filter")
	if err != nil {
		return false, err
	}
	v, err := event.LookupAs("tableChanges", data.ListKind)
	if err != nil || v.IsNull() {
		return false, err
	}
	change := "DATABASE"
	if list := v.List(); list.Len() > 0 {
		first, err := castStruct(list.At(0))
		if err != nil {
			return false, err
		}
		if first == nil {
			return false, smt.NullPointer("The table change is null")
		}
		kind, err := first.Lookup("type")
		if err != nil {
			return false, err
		}
		text, ok := kind.Text()
		if !ok {
			return false, smt.NullPointer("The table change has no type")
		}
		if err := checkSchemaChangeType(text); err != nil {
			return false, err
		}
		change = text
	}
	return !slices.Contains(x.excluded, change), nil
}

func (x *schemaChangeEventFilter) Close() error { return nil }
