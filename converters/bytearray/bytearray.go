// Package bytearray is the converter of data that is bytes and stays so.
package bytearray

import (
	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/converters/internal/describe"
	"github.com/moldau/moldau/internal/javafmt"
)

const class = "org.apache.kafka.connect.converters.ByteArrayConverter"

// Plugins returns the converter and the header converter.
func Plugins() []connect.Plugin {
	return describe.Plugins(class, "Passes bytes through unchanged, without looking at them.", describe.Def(), func() connect.Converter { return Converter{} })
}

// Converter passes bytes through.
type Converter struct{}

// Configure accepts every configuration: there is nothing to configure.
func (Converter) Configure(map[string]string, bool) error { return nil }

// FromConnect appends the bytes of v.
func (Converter) FromConnect(dst []byte, _ string, _ *connect.Headers, schema *data.Schema, v data.Value) ([]byte, bool, error) {
	if schema != nil && schema.Kind() != data.BytesKind {
		return dst, false, javafmt.NewException(javafmt.DataException, "Invalid schema type for ByteArrayConverter: "+schema.Kind().String(), nil)
	}
	if v.IsNull() {
		return dst, true, nil
	}
	b, ok := v.Bytes()
	if !ok {
		return dst, false, javafmt.NewException(javafmt.DataException, "ByteArrayConverter is not compatible with objects of type class "+v.JavaClass(), nil)
	}
	if buffer := v.Buffer(); buffer != nil {
		// Java rewinds the buffer: its position does not count, its limit does.
		b = buffer.Array[:buffer.Limit]
	}
	return append(dst, b...), false, nil
}

// ToConnect returns raw itself as optional bytes.
func (Converter) ToConnect(_ *data.Arena, _ string, _ *connect.Headers, raw []byte) (*data.Schema, data.Value, error) {
	if raw == nil {
		return data.OptionalBytesSchema, data.Null, nil
	}
	return data.OptionalBytesSchema, data.BytesOf(raw), nil
}
