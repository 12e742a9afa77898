// Package smt holds what the transformations of all vendors do alike: the part of a record they work on, memory of schemas, copies of structs and
// maps, checks with Java's messages, and the descriptions of plugins.
package smt
