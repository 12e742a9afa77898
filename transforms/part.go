package transforms

import (
	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/data"
)

// part is the half of a record that a transformation works on.
type part uint8

const (
	valuePart part = iota
	keyPart
)

// of returns the schema and the value of the part.
func (p part) of(r *connect.Record) (*data.Schema, data.Value) {
	if p == keyPart {
		return r.KeySchema(), r.Key()
	}
	return r.ValueSchema(), r.Value()
}

// set replaces the part.
func (p part) set(r *connect.Record, schema *data.Schema, v data.Value) {
	if p == keyPart {
		r.SetKey(schema, v)
		return
	}
	r.SetValue(schema, v)
}
