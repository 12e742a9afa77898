package connect

import "github.com/moldau/moldau/connect/data"

// Part is the half of a record that a transformation works on. The class names of such transformations end in $Key or $Value.
type Part uint8

const (
	ValuePart Part = iota
	KeyPart
)

// Of returns the schema and the value of the part.
func (p Part) Of(r *Record) (*data.Schema, data.Value) {
	if p == KeyPart {
		return r.keySchema, r.key
	}
	return r.valueSchema, r.value
}

// Set replaces the part.
func (p Part) Set(r *Record, schema *data.Schema, v data.Value) {
	if p == KeyPart {
		r.SetKey(schema, v)
		return
	}
	r.SetValue(schema, v)
}

// String returns what messages call the part: key or value.
func (p Part) String() string {
	if p == KeyPart {
		return "key"
	}
	return "value"
}
