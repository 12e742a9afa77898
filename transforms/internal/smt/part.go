package smt

import "github.com/moldau/moldau/connect"

// Part is the half of a record that a transformation works on.
type Part = connect.Part

const (
	// ValuePart is the record's value.
	ValuePart = connect.ValuePart
	// KeyPart is the record's key.
	KeyPart = connect.KeyPart
)
