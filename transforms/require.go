package transforms

import (
	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/internal/javafmt"
)

// The checks of org.apache.kafka.connect.transforms.util.Requirements, with their texts.

func dataError(message string) error {
	return javafmt.NewException(javafmt.DataException, message, nil)
}

// javaClass returns the class that a message names for a value.
func javaClass(v data.Value) string {
	if v.IsNull() {
		return "null"
	}
	return v.JavaClass()
}

func requireMap(v data.Value, purpose string) (*data.Map, error) {
	if m := v.Map(); m != nil {
		return m, nil
	}
	return nil, dataError("Only Map objects supported in absence of schema for [" + purpose + "], found: " + javaClass(v))
}

func requireMapOrNull(v data.Value, purpose string) (*data.Map, error) {
	if v.IsNull() {
		return nil, nil
	}
	return requireMap(v, purpose)
}

func requireStruct(v data.Value, purpose string) (*data.Struct, error) {
	if s := v.Struct(); s != nil {
		return s, nil
	}
	return nil, dataError("Only Struct objects supported for [" + purpose + "], found: " + javaClass(v))
}

func requireStructOrNull(v data.Value, purpose string) (*data.Struct, error) {
	if v.IsNull() {
		return nil, nil
	}
	return requireStruct(v, purpose)
}

func requireSchema(s *data.Schema, purpose string) error {
	if s == nil {
		return dataError("Schema required for [" + purpose + "]")
	}
	return nil
}

func requireSinkRecord(r *connect.Record, purpose string) error {
	if _, _, ok := r.SinkOrigin(); !ok {
		return dataError("Only SinkRecord supported for [" + purpose + "], found: org.apache.kafka.connect.source.SourceRecord")
	}
	return nil
}
