package sink

import (
	"fmt"
	"strings"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/data"
)

// event is where a change event of Debezium keeps what the sink needs, as indexes of its schema's fields; -1 is none.
type event struct {
	op, before, after, source int
	// inside is the field that holds the row of a record: before for a delete, after for all others.
	inside int
}

// eventOf returns how records of a schema are change events, nil where they are not: those whose name ends with Envelope, and those without name
// that have an op (KafkaDebeziumSinkRecord.isDebeziumMessage).
func eventOf(s *data.Schema) *event {
	if s == nil || s.Kind() != data.StructKind {
		return nil
	}
	at := func(name string) int {
		if f, ok := s.Field(name); ok {
			return f.Index
		}
		return -1
	}
	e := &event{op: at("op"), before: at("before"), after: at("after"), source: at("source")}
	e.inside = e.after
	if e.op < 0 || s.HasName() && !strings.HasSuffix(s.Name(), ".Envelope") {
		return nil
	}
	return e
}

// row returns what a change event says of its row.
func (e *event) row(r *connect.Record) data.Value {
	if e.inside < 0 {
		return data.Null
	}
	return r.Value().Struct().At(e.inside)
}

// The operations that are not plain writes.
const (
	opDelete   = "d"
	opTruncate = "t"
)

// action is what is done with a record.
type action uint8

const (
	writes action = iota
	deletes
	truncates
	passesOver
)

// actionOf says what a record asks for. The event is nil for records that are none.
func (s *settings) actionOf(r *connect.Record, e *event) (action, *event, error) {
	switch {
	case s.events && r.ValueSchema() != nil && strings.Contains(r.ValueSchema().Name(), "SchemaChangeValue"):
		return passesOver, nil, nil // of a topic of schema changes
	case r.Value().IsNull():
		switch {
		case !s.deletes && s.lenient:
			return passesOver, nil, nil
		case !s.deletes:
			return 0, nil, fmt.Errorf("the record has no value; with %s=true and %s=%s it would delete a row", s.words.deletes, s.words.pkMode, pkKey)
		case s.pkMode != pkKey:
			return passesOver, nil, nil // what says the row is not there
		}
		return deletes, nil, nil
	case e == nil:
		return writes, nil, nil
	}
	op, _ := r.Value().Struct().At(e.op).Text()
	switch op {
	case opTruncate:
		if !s.truncates {
			return passesOver, nil, nil
		}
		return truncates, e, nil
	case opDelete:
		if !s.deletes {
			return passesOver, nil, nil
		}
		gone := *e
		gone.inside = e.before
		if s.pkMode != pkKey && s.pkMode != pkHeader && gone.row(r).IsNull() {
			return 0, nil, fmt.Errorf("the delete says nothing of the row before it, which holds the primary key")
		}
		return deletes, &gone, nil
	}
	if e.row(r).IsNull() {
		return 0, nil, fmt.Errorf("the change event with op %q has no row in its field after", op)
	}
	return writes, e, nil
}
