package smt

import (
	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/internal/javafmt"
)

// JavaClass returns the class that a message names for a value, null for a null.
func JavaClass(v data.Value) string {
	if v.IsNull() {
		return "null"
	}
	return v.JavaClass()
}

// RequireMap returns the map that a schemaless value must be (Requirements.requireMap).
func RequireMap(v data.Value, purpose string) (*data.Map, error) {
	if m := v.Map(); m != nil {
		return m, nil
	}
	return nil, DataError("Only Map objects supported in absence of schema for [" + purpose + "], found: " + JavaClass(v))
}

// RequireMapOrNull is RequireMap with nil for a null (Requirements.requireMapOrNull).
func RequireMapOrNull(v data.Value, purpose string) (*data.Map, error) {
	if v.IsNull() {
		return nil, nil
	}
	return RequireMap(v, purpose)
}

// RequireStruct returns the struct that a value must be (Requirements.requireStruct).
func RequireStruct(v data.Value, purpose string) (*data.Struct, error) {
	if s := v.Struct(); s != nil {
		return s, nil
	}
	return nil, DataError("Only Struct objects supported for [" + purpose + "], found: " + JavaClass(v))
}

// RequireStructOrNull is RequireStruct with nil for a null (Requirements.requireStructOrNull).
func RequireStructOrNull(v data.Value, purpose string) (*data.Struct, error) {
	if v.IsNull() {
		return nil, nil
	}
	return RequireStruct(v, purpose)
}

// RequireSchema refuses a value without schema (Requirements.requireSchema).
func RequireSchema(s *data.Schema, purpose string) error {
	if s == nil {
		return DataError("Schema required for [" + purpose + "]")
	}
	return nil
}

// RequireSinkRecord refuses the record of a source (Requirements.requireSinkRecord).
func RequireSinkRecord(r *connect.Record, purpose string) error {
	if _, _, ok := r.SinkOrigin(); !ok {
		return DataError("Only SinkRecord supported for [" + purpose + "], found: org.apache.kafka.connect.source.SourceRecord")
	}
	return nil
}

// DataError is a DataException of Connect.
func DataError(message string) error {
	return javafmt.NewException(javafmt.DataException, message, nil)
}

// NullPointer is the error of places where Java follows a null.
func NullPointer(what string) error {
	return javafmt.NewException(javafmt.NullPointerException, what, nil)
}

// CastError is the error of a value that Java casts to a class it is not of.
func CastError(v data.Value, class string) error {
	return javafmt.NewException(javafmt.ClassCastException, "class "+JavaClass(v)+" cannot be cast to class "+class, nil)
}
