package json

import (
	"hash/maphash"

	"github.com/moldau/moldau/connect/data"
)

const (
	openSchema  = `{"schema":`
	openPayload = `,"payload":`
)

// envelope is a schema with its text.
type envelope struct {
	// open is the document up to the payload, as a converter writes it, and text the schema's part of it.
	open, text string
	schema     *data.Schema
	plan       *readPlan

	// head is the hash of the first bytes of open, 0 where it is too short.
	head         uint64
	newer, older *envelope
}

// newEnvelope makes the plan of a schema's text, nil where the text is no schema.
func (r *reader) newEnvelope(text []byte) *envelope {
	n, _ := readNode(text, 0)
	s, err := treeReader{arena: data.NewArena(), replaceNulls: r.replaceNulls}.schema(n)
	if err != nil {
		return nil
	}
	open := openSchema + string(text) + openPayload
	return &envelope{open: open, text: open[len(openSchema) : len(openSchema)+len(text)], schema: s, plan: compileRead(s, r.replaceNulls)}
}

// envelopes holds the envelopes that were used last, by the text of their schemas.
type envelopes struct {
	// most is schemas.cache.size.
	most   int
	bytes  int
	byText map[string]*envelope
	// byHead finds the envelope of a document without looking for the end of its schema. Where two begin alike it finds the one used last.
	byHead map[uint64]*envelope
	seed   maphash.Seed
	// last is the one used last; the others follow it by older, in a ring.
	last *envelope
}

const (
	// headBytes is how much of a document is hashed.
	headBytes = 256
	// mostTextBytes bounds the texts that are kept.
	mostTextBytes = 64 << 20
)

func newEnvelopes(most int) envelopes {
	return envelopes{most: max(most, 1), byText: map[string]*envelope{}, byHead: map[uint64]*envelope{}, seed: maphash.MakeSeed()}
}

// expect returns the envelope that a document begins with, nil where it is none that can be told quickly.
func (e *envelopes) expect(doc []byte) *envelope {
	if x := e.last; x != nil && len(doc) >= len(x.open) && string(doc[:len(x.open)]) == x.open {
		return x
	}
	if len(doc) < headBytes || len(e.byHead) == 0 {
		return nil
	}
	x := e.byHead[maphash.Bytes(e.seed, doc[:headBytes])]
	if x == nil || len(doc) < len(x.open) || string(doc[:len(x.open)]) != x.open {
		return nil
	}
	e.use(x)
	return x
}

// find returns the envelope of a schema's text and makes it the last one, nil where there is none.
func (e *envelopes) find(text []byte) *envelope {
	x := e.byText[string(text)]
	if x != nil {
		e.use(x)
	}
	return x
}

func (e *envelopes) use(x *envelope) {
	if x == e.last {
		return
	}
	x.newer.older, x.older.newer = x.older, x.newer
	e.insert(x)
}

// insert puts an envelope before the last one, which it becomes.
func (e *envelopes) insert(x *envelope) {
	if e.last == nil {
		x.newer, x.older = x, x
	} else {
		x.older, x.newer = e.last, e.last.newer
		x.newer.older, x.older.newer = x, x
	}
	e.last = x
	if x.head != 0 {
		e.byHead[x.head] = x
	}
}

func (e *envelopes) add(x *envelope) {
	if len(x.open) >= headBytes {
		x.head = maphash.String(e.seed, x.open[:headBytes])
	}
	for len(e.byText) > 0 && (len(e.byText) >= e.most || e.bytes+len(x.open) > mostTextBytes) {
		e.remove(e.last.newer)
	}
	e.bytes += len(x.open)
	e.byText[x.text] = x
	e.insert(x)
}

// remove takes out the oldest envelope.
func (e *envelopes) remove(x *envelope) {
	delete(e.byText, x.text)
	if e.byHead[x.head] == x {
		delete(e.byHead, x.head)
	}
	e.bytes -= len(x.open)
	if x == e.last {
		e.last = nil
		return
	}
	x.newer.older, x.older.newer = x.older, x.newer
}
