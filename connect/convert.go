package connect

import "github.com/moldau/moldau/connect/data"

// Converter translates between bytes in Kafka and Connect data, for keys or for values. One instance serves one task and is used by one
// goroutine at a time; it never blocks, except a converter with a registry, on its registry.
//
// Errors are Java's DataException or SerializationException (javafmt.Exception) with Java's text, or retriable.
type Converter interface {
	// Configure is called once, before anything else, with the options without their prefix and with "converter.type" (key or value).
	Configure(props map[string]string, isKey bool) error
	// FromConnect appends the bytes of v to dst and returns the result; null is true, and dst unchanged, for a null (a tombstone).
	// It may append headers; their values are bytes that Kafka gets as they are. dst belongs to the caller; the converter must not keep it.
	FromConnect(dst []byte, topic string, headers *Headers, schema *data.Schema, v data.Value) (out []byte, null bool, err error)
	// ToConnect decodes raw, nil for a null. The value may refer to raw, which stays unchanged for as long as the value is used, and to
	// storage of the arena.
	ToConnect(a *data.Arena, topic string, headers *Headers, raw []byte) (*data.Schema, data.Value, error)
}

// HeaderConverter translates header values; rules as for Converter.
type HeaderConverter interface {
	Configure(props map[string]string) error
	FromConnectHeader(dst []byte, topic, key string, schema *data.Schema, v data.Value) (out []byte, null bool, err error)
	ToConnectHeader(a *data.Arena, topic, key string, raw []byte) (*data.Schema, data.Value, error)
}
