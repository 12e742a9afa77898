package jcustenborder

import (
	"context"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/transforms/internal/smt"
)

// extractTimestamp makes a field of the value the record's timestamp (ExtractTimestamp). Version 0.1.0.14 has it for values only.
type extractTimestamp struct{ field string }

var extractTimestampKeys = config.NewDef(
	config.Key{Name: "field.name", Type: config.String, Default: config.NoDefault, Importance: config.High,
		Doc: "Name of the field with the timestamp: an INT64 of milliseconds, or a Timestamp. It must not be null."},
)

func extractTimestampPlugins() []connect.Plugin {
	return []connect.Plugin{smt.One(classPrefix+"ExtractTimestamp$Value", "Makes a field of the value the timestamp of the record.", extractTimestampKeys,
		func() connect.Transformation { return new(extractTimestamp) })}
}

func (x *extractTimestamp) Configure(props map[string]string) error {
	values, err := extractTimestampKeys.ParseStrings(props)
	if err != nil {
		return err
	}
	x.field = values.String("field.name")
	return nil
}

func (x *extractTimestamp) Apply(_ context.Context, r *connect.Record) (bool, error) {
	var v data.Value
	switch value := r.Value(); value.Kind() {
	case data.MapKind:
		v = value.Map().Field(x.field)
	case data.StructKind:
		f, ok := r.ValueSchema().Field(x.field)
		if !ok {
			return false, smt.DataError("Schema does not have field '{}'")
		}
		if f.Schema.Kind() != data.Int64Kind {
			return false, smt.DataError("Schema '{}' is not supported.")
		}
		v = value.Struct().Get(f.Index)
	default:
		return false, unsupported(typeOf(value))
	}
	if v.IsNull() {
		return false, smt.DataError("Field '" + x.field + "' cannot be null.")
	}
	ms, ok := v.Millis()
	if !ok && v.Kind() == data.Int64Kind {
		ms, ok = v.Int64()
	}
	if !ok {
		return false, smt.DataError("Cannot convert " + v.JavaClass() + " to timestamp.")
	}
	r.Timestamp = ms
	return true, nil
}

func typeOf(v data.Value) string {
	if v.IsNull() {
		return "null"
	}
	return v.JavaClass()
}

func (x *extractTimestamp) Close() error { return nil }
