package primitive

import (
	"strconv"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/converters/internal/describe"
	"github.com/moldau/moldau/internal/javafmt"
)

// boolean converts booleans: one byte, 0 or 1.
type boolean struct{ def *config.Def }

func (b *boolean) Configure(props map[string]string, isKey bool) error {
	_, err := describe.Parse(b.def, props, isKey)
	return err
}

// FromConnect appends the boolean. Unlike the converters of numbers, this one looks at the schema.
func (b *boolean) FromConnect(dst []byte, _ string, _ *connect.Headers, schema *data.Schema, v data.Value) ([]byte, bool, error) {
	if schema != nil && schema.Kind() != data.BoolKind {
		return dst, false, javafmt.NewException(javafmt.DataException, "Invalid schema type for BooleanConverter: "+schema.Kind().String(), nil)
	}
	if v.IsNull() {
		return dst, true, nil
	}
	x, ok := v.Bool()
	if !ok {
		return dst, false, javafmt.NewException(javafmt.DataException, "BooleanConverter is not compatible with objects of type class "+v.JavaClass(), nil)
	}
	if x {
		return append(dst, 1), false, nil
	}
	return append(dst, 0), false, nil
}

// ToConnect reads exactly one byte, 0 or 1.
func (b *boolean) ToConnect(_ *data.Arena, _ string, _ *connect.Headers, raw []byte) (*data.Schema, data.Value, error) {
	switch {
	case raw == nil:
		return data.OptionalBoolSchema, data.Null, nil
	case len(raw) != 1:
		return nil, data.Null, undecodable("boolean", "Size of data received by BooleanDeserializer is not 1")
	case raw[0] > 1:
		return nil, data.Null, undecodable("boolean", "Unexpected byte received by BooleanDeserializer: "+strconv.Itoa(int(int8(raw[0]))))
	}
	return data.OptionalBoolSchema, data.Bool(raw[0] == 1), nil
}
