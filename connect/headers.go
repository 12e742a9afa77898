package connect

import (
	"slices"

	"github.com/moldau/moldau/connect/data"
)

// Header is one header of a record. Duplicate keys are legal and keep their order.
type Header struct {
	Key    string
	Schema *data.Schema
	Value  data.Value
}

// Headers is the ordered list of a record's headers; the zero value is empty. Changing methods never write into a list that another
// Headers value shares, so a copy of a Headers is a snapshot.
type Headers struct{ list []Header }

// HeadersOf returns headers in the given order; the slice belongs to the result from then on.
func HeadersOf(list ...Header) Headers { return Headers{list: slices.Clip(list)} }

// Len returns the number of headers.
func (h *Headers) Len() int { return len(h.list) }

// All returns the headers in order; the slice must not be changed.
func (h *Headers) All() []Header { return h.list }

// Last returns the last header with the key.
func (h *Headers) Last(key string) (Header, bool) {
	for i := len(h.list) - 1; i >= 0; i-- {
		if h.list[i].Key == key {
			return h.list[i], true
		}
	}
	return Header{}, false
}

// Add appends a header.
func (h *Headers) Add(key string, schema *data.Schema, value data.Value) {
	h.list = append(slices.Clip(h.list), Header{key, schema, value})
}

// Remove drops all headers with the key.
func (h *Headers) Remove(key string) {
	h.Filter(func(x Header) bool { return x.Key != key })
}

// Filter keeps the headers for which keep returns true.
func (h *Headers) Filter(keep func(Header) bool) {
	for i := range h.list {
		if !keep(h.list[i]) {
			out := slices.Clone(h.list[:i])
			for _, x := range h.list[i+1:] {
				if keep(x) {
					out = append(out, x)
				}
			}
			h.list = out
			return
		}
	}
}
