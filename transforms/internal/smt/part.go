package smt

import (
	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/data"
)

// Part is the half of a record that a transformation works on.
type Part uint8

const (
	// ValuePart is the record's value.
	ValuePart Part = iota
	// KeyPart is the record's key.
	KeyPart
)

// Of returns the schema and the value of the part.
func (p Part) Of(r *connect.Record) (*data.Schema, data.Value) {
	if p == KeyPart {
		return r.KeySchema(), r.Key()
	}
	return r.ValueSchema(), r.Value()
}

// Set replaces the part.
func (p Part) Set(r *connect.Record, schema *data.Schema, v data.Value) {
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
