// Package fuse compiles a run of transformations into one program for records of one layout. Applied one by one, each of n transformations
// builds a struct that the next one takes apart; the program builds the last struct straight from the first.
//
// A transformation that implements [Step] says once for a layout, in terms of expressions, what it makes of each field. The compiled program
// computes the same or gives up: it never fails itself. Whoever runs it then applies the transformations one by one, which gives the record the
// same result, or the error of the transformation at fault.
package fuse

import "github.com/moldau/moldau/connect"

// Step is a transformation that can be part of a program.
type Step interface {
	connect.Transformation
	// Part returns the part of the record that the transformation changes. It must change nothing else and, of the rest of the record, read
	// only what neither key nor value holds.
	Part() connect.Part
	// Fuse changes p, which describes the part so far, as Apply changes the part. It reports false, and may leave p in any state, where that
	// cannot be told from the layout alone; the transformation is then applied by itself. It is called on the goroutine that calls Apply.
	Fuse(p *Plan) bool
}

// FieldBlind is a predicate whose answer depends on no field of the record's key and value, only on whether they are null and on the rest of
// the record. It may be asked once for all transformations of a program.
type FieldBlind interface {
	connect.Predicate
	FieldBlind()
}
