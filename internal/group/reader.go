package group

import (
	"encoding/binary"
	"fmt"

	"github.com/moldau/moldau/internal/javafmt"
)

// reader reads Kafka's primitive types and stops at the first error, which names the field as Java's Schema.read does.
type reader struct {
	b   []byte
	err error
}

const underflow = "java.nio.BufferUnderflowException"

func (r *reader) fail(field, text string) {
	if r.err == nil {
		r.err = schemaException("Error reading field '" + field + "': " + text)
	}
}

// take returns the next n bytes of a field. A field without any bytes left is missing where Java's schema speaks of missing values.
func (r *reader) take(field string, n int, missing bool) []byte {
	switch {
	case r.err != nil:
	case missing && len(r.b) == 0:
		r.fail(field, "Missing value for field '"+field+"' which has no default value.")
	case n > len(r.b):
		r.fail(field, underflow)
	default:
		taken := r.b[:n]
		r.b = r.b[n:]
		return taken
	}
	return nil
}

func (r *reader) version() Protocol {
	v := int16(r.uint16("version", false))
	if r.err == nil && v < 0 {
		r.err = schemaException(fmt.Sprintf("Unsupported subscription version: %d", v))
	}
	return Protocol(v)
}

func (r *reader) uint16(field string, missing bool) uint16 {
	if b := r.take(field, 2, missing); b != nil {
		return binary.BigEndian.Uint16(b)
	}
	return 0
}

func (r *reader) uint32(field string) uint32 {
	if b := r.take(field, 4, false); b != nil {
		return binary.BigEndian.Uint32(b)
	}
	return 0
}

func (r *reader) uint64(field string, missing bool) uint64 {
	if b := r.take(field, 8, missing); b != nil {
		return binary.BigEndian.Uint64(b)
	}
	return 0
}

func (r *reader) text(field string, missing bool) string {
	n := int(int16(r.uint16(field, missing)))
	switch {
	case r.err != nil:
	case n < 0:
		r.fail(field, fmt.Sprintf("String length %d cannot be negative", n))
	case n > len(r.b):
		r.fail(field, fmt.Sprintf("Error reading string of length %d, only %d bytes available", n, len(r.b)))
	default:
		return javafmt.DecodeUTF8(r.take(field, n, false))
	}
	return ""
}

// bytes returns nil for null.
func (r *reader) bytes(field string) []byte {
	n := int(int32(r.uint32(field)))
	switch {
	case r.err != nil || n < 0:
	case n > len(r.b):
		r.fail(field, fmt.Sprintf("Error reading bytes of size %d, only %d bytes available", n, len(r.b)))
	default:
		return r.take(field, n, false)
	}
	return nil
}

// size reads the length of an array.
func (r *reader) size(field string, nullable bool) int {
	n := int(int32(r.uint32(field)))
	switch {
	case r.err != nil || n < 0 && nullable:
		return 0
	case n < 0:
		r.fail(field, fmt.Sprintf("Array size %d cannot be negative", n))
		return 0
	case n > len(r.b):
		r.fail(field, fmt.Sprintf("Error reading array of size %d, only %d bytes available", n, len(r.b)))
		return 0
	}
	return n
}

// work reads a nullable array of connectors with their tasks, none where nothing is left.
func (r *reader) work(field string) []workOf {
	if r.err != nil || len(r.b) == 0 {
		return nil
	}
	n := r.size(field, true)
	inner := &reader{b: r.b, err: r.err}
	var all []workOf
	for range n {
		of := workOf{connector: inner.text("connector", false)}
		for range inner.size("tasks", false) {
			of.tasks = append(of.tasks, int32(inner.uint32("tasks")))
		}
		if inner.err != nil {
			break
		}
		all = append(all, of)
	}
	if r.err == nil && inner.err != nil {
		r.fail(field, inner.err.Error())
	}
	r.b = inner.b
	return all
}
