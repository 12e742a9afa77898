package json

import (
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/internal/jsonscan"
)

// reader reads documents the usual way, with what it remembers of the documents before. Where it gives up, the document is read as a tree.
type reader struct {
	replaceNulls bool
	decoder      decoder
	spans        *spanDecoder
	sites        siteCache
	envelopes    envelopes
	// content is the plan of schema.content.
	content *readPlan
}

func newReader(replaceNulls bool, cacheSize int) *reader {
	return &reader{replaceNulls: replaceNulls, spans: newSpanDecoder(), envelopes: newEnvelopes(cacheSize)}
}

func (r *reader) begin(a *data.Arena, doc []byte) *decoder {
	a.UseSpans(r.spans)
	a.View(doc)
	d := &r.decoder
	d.b, d.arena, d.depth, d.spans, d.sites = doc, a, 0, true, &r.sites
	return d
}

// end forgets the document, which must not be kept alive.
func (r *reader) end() { r.decoder.b, r.decoder.arena = nil, nil }

// plainUTF8 reports whether Jackson reads a document as UTF-8 without a byte order mark. The few that begin otherwise need not be found.
func plainUTF8(doc []byte) bool { return len(doc) >= 2 && doc[0] < 0x80 && doc[0] != 0 && doc[1] != 0 }

// schemaless reads a whole document without schema.
func (r *reader) schemaless(a *data.Arena, doc []byte) (v data.Value, ok bool) {
	return r.value(a, doc, nil)
}

// value reads a whole document of a schema, or without schema.
func (r *reader) value(a *data.Arena, doc []byte, p *readPlan) (v data.Value, ok bool) {
	if !plainUTF8(doc) {
		return data.Null, false
	}
	d := r.begin(a, doc)
	defer r.end()
	start := jsonscan.Space(doc, 0)
	v, end := d.payload(p, start)
	if end < 0 || !rootEnds(doc, start, end) {
		return data.Null, false
	}
	return v, true
}

// rootEnds reports whether the root may end where it does. Literals are left to those who know.
func rootEnds(doc []byte, start, end int) bool {
	switch doc[start] {
	case '{', '[', '"':
		return true
	case 't', 'f', 'n':
		return end == len(doc)
	}
	return jsonscan.RootEnds(doc, start, end)
}

// envelope reads a document with schema and payload.
func (r *reader) envelope(a *data.Arena, doc []byte) (s *data.Schema, v data.Value, ok bool) {
	if !plainUTF8(doc) {
		return nil, data.Null, false
	}
	if x := r.envelopes.expect(doc); x != nil {
		d := r.begin(a, doc)
		defer r.end()
		d.depth = 1
		v, end := d.payload(x.plan, len(x.open))
		if end < 0 || d.at(end) != '}' {
			return nil, data.Null, false
		}
		return x.schema, v, true
	}
	members, ok := findMembers(doc)
	if !ok {
		return nil, data.Null, false
	}
	x := r.envelopes.find(doc[members.schema:members.schemaEnd])
	if x == nil {
		if x = r.newEnvelope(doc[members.schema:members.schemaEnd]); x == nil {
			return nil, data.Null, false
		}
		r.envelopes.add(x)
	}
	d := r.begin(a, doc)
	defer r.end()
	d.depth = 1
	v, end := d.payload(x.plan, members.payload)
	if end != members.payloadEnd {
		return nil, data.Null, false
	}
	return x.schema, v, true
}

func (d *decoder) payload(p *readPlan, i int) (data.Value, int) {
	if p == nil {
		return d.schemaless(&d.sites.root, i)
	}
	return d.value(p, i)
}

// members says where the members of an envelope are.
type members struct{ schema, schemaEnd, payload, payloadEnd int }

// findMembers checks a document and finds the members of its envelope; ok is false where they are not exactly the two.
func findMembers(doc []byte) (m members, ok bool) {
	i := jsonscan.Space(doc, 0)
	if i >= len(doc) || doc[i] != '{' {
		return m, false
	}
	for n := 0; ; n++ {
		i = jsonscan.Space(doc, i+1)
		end, _, value := jsonscan.Name(doc, i)
		if value < 0 {
			return m, false
		}
		name := doc[i+1 : end]
		if i = jsonscan.Skip(doc, value, 1); i < 0 {
			return m, false
		}
		switch {
		case string(name) == "schema" && m.schema == 0:
			m.schema, m.schemaEnd = value, i
		case string(name) == "payload" && m.payload == 0:
			m.payload, m.payloadEnd = value, i
		default:
			return m, false
		}
		if i = jsonscan.Space(doc, i); i >= len(doc) {
			return m, false
		}
		if doc[i] == '}' {
			return m, n == 1
		}
		if doc[i] != ',' {
			return m, false
		}
	}
}
