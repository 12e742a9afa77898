// Package httplookup enriches records with what an HTTP service says about them: fields of the record make a URL, and the JSON of the answer
// becomes a field.
package httplookup
