package primitive

import (
	"encoding/binary"
	"math"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/converters/internal/describe"
	"github.com/moldau/moldau/internal/javafmt"
)

// format is what tells the five converters of numbers apart.
type format struct {
	// name is the type in messages and in the class name, size the width in bytes.
	name, class string
	size        int
	kind        data.Kind
	schema      *data.Schema
	// deserializer is the Java class that reads the number, as its message names it: those of float and double do not name themselves.
	deserializer string
}

func formats() []*format {
	return []*format{
		{"short", "ShortConverter", 2, data.Int16Kind, data.OptionalInt16Schema, "ShortDeserializer"},
		{"integer", "IntegerConverter", 4, data.Int32Kind, data.OptionalInt32Schema, "IntegerDeserializer"},
		{"long", "LongConverter", 8, data.Int64Kind, data.OptionalInt64Schema, "LongDeserializer"},
		{"float", "FloatConverter", 4, data.Float32Kind, data.OptionalFloat32Schema, "Deserializer"},
		{"double", "DoubleConverter", 8, data.Float64Kind, data.OptionalFloat64Schema, "Deserializer"},
	}
}

// number converts numbers of one width, big-endian.
type number struct {
	*format
	def *config.Def
}

func (n *number) Configure(props map[string]string, isKey bool) error {
	_, err := describe.Parse(n.def, props, isKey)
	return err
}

// FromConnect appends the number. Only the value's own type counts, whatever its schema says, and nothing is widened.
func (n *number) FromConnect(dst []byte, _ string, _ *connect.Headers, _ *data.Schema, v data.Value) ([]byte, bool, error) {
	if v.IsNull() {
		return dst, true, nil
	}
	if v.Kind() != n.kind {
		return dst, false, javafmt.NewException(javafmt.DataException, "Failed to serialize to "+n.name+" (was class "+v.JavaClass()+"): ",
			javafmt.NewException(javafmt.ClassCastException, "class "+v.JavaClass()+" is no "+n.name, nil))
	}
	switch n.kind {
	case data.Float32Kind:
		f, _ := v.Float32()
		return binary.BigEndian.AppendUint32(dst, math.Float32bits(f)), false, nil
	case data.Float64Kind:
		f, _ := v.Float64()
		return binary.BigEndian.AppendUint64(dst, math.Float64bits(f)), false, nil
	}
	x, _ := v.Int64()
	switch n.size {
	case 2:
		return binary.BigEndian.AppendUint16(dst, uint16(x)), false, nil
	case 4:
		return binary.BigEndian.AppendUint32(dst, uint32(x)), false, nil
	}
	return binary.BigEndian.AppendUint64(dst, uint64(x)), false, nil
}

// ToConnect reads a number of exactly the width.
func (n *number) ToConnect(_ *data.Arena, _ string, _ *connect.Headers, raw []byte) (*data.Schema, data.Value, error) {
	if raw == nil {
		return n.schema, data.Null, nil
	}
	if len(raw) != n.size {
		return nil, data.Null, undecodable(n.name, "Size of data received by "+n.deserializer+" is not "+string('0'+rune(n.size)))
	}
	var v data.Value
	switch n.kind {
	case data.Int16Kind:
		v = data.Int16(int16(binary.BigEndian.Uint16(raw)))
	case data.Int32Kind:
		v = data.Int32(int32(binary.BigEndian.Uint32(raw)))
	case data.Int64Kind:
		v = data.Int64(int64(binary.BigEndian.Uint64(raw)))
	case data.Float32Kind:
		v = data.Float32(math.Float32frombits(binary.BigEndian.Uint32(raw)))
	case data.Float64Kind:
		v = data.Float64(math.Float64frombits(binary.BigEndian.Uint64(raw)))
	}
	return n.schema, v, nil
}

func undecodable(name, cause string) error {
	return javafmt.NewException(javafmt.DataException, "Failed to deserialize "+name+": ", javafmt.NewException(javafmt.SerializationException, cause, nil))
}
