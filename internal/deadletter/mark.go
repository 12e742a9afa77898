package deadletter

import (
	"encoding/json"
	"fmt"

	"github.com/twmb/franz-go/pkg/kgo"
)

// markHeader is on every mark, with its kind as value. Consumers of the dead letter topic know marks by it: Java's Filter drops them with the
// predicate HasHeaderKey.
const markHeader = "__moldau.redrive.mark"

// markKind says what happened to a letter.
type markKind string

const (
	// markBegun is written before a connector gets the letter.
	markBegun markKind = "begun"
	// markRedriven is written with the record in one transaction, or after a connector confirmed the letter.
	markRedriven markKind = "redriven"
	// markFailed is written when a connector refused the letter: it is open again.
	markFailed markKind = "failed"
)

// mark is the value of a mark. Its members are for people and tools too, so names are spelled out.
type mark struct {
	Kind markKind `json:"mark"`
	// Queue is the dead letter topic, for a mark may be copied elsewhere, where its coordinates mean nothing.
	Queue string `json:"dead_letter_topic"`
	Coordinates
	// Redrive is the id of the request.
	Redrive string `json:"redrive"`
	At      int64  `json:"at"`
	Target  Target `json:"target"`
	// To is the topic or the connector.
	To      string   `json:"to"`
	Failure *Failure `json:"failure,omitempty"`
}

// Failure is why a connector refused a letter again.
type Failure struct {
	At        int64  `json:"at,omitempty"`
	Stage     string `json:"stage,omitempty"`
	Class     string `json:"class,omitempty"`
	Exception string `json:"exception,omitempty"`
	Message   string `json:"message"`
}

// record returns the mark as a record for the letter's partition. It has a key of its own, so that a compacted topic takes it and keeps the
// newest mark of each letter.
func (m *mark) record() (*kgo.Record, error) {
	value, err := json.Marshal(m)
	if err != nil {
		return nil, fmt.Errorf("write the mark of letter %s: %w", m.Coordinates, err)
	}
	return &kgo.Record{
		Topic:     m.Queue,
		Partition: m.Partition,
		Key:       []byte("moldau.redrive:" + m.Coordinates.String()),
		Value:     value,
		Headers:   []kgo.RecordHeader{{Key: markHeader, Value: []byte(m.Kind)}},
	}, nil
}

// isMark reports whether a record is a mark of any topic. A mark on which a connector failed is a letter: its context comes after.
func isMark(r *kgo.Record) bool {
	return len(r.Headers) > 0 && r.Headers[len(r.Headers)-1].Key == markHeader
}

// readMark returns the mark that a record of the dead letter topic is; nil where it is a letter, or a mark that says nothing here: of another
// topic or partition, of a letter yet to come, or not readable.
func readMark(r *kgo.Record) *mark {
	if !isMark(r) {
		return nil
	}
	m := &mark{}
	if json.Unmarshal(r.Value, m) != nil || m.Queue != r.Topic || m.Partition != r.Partition || m.Offset >= r.Offset {
		return nil
	}
	switch m.Kind {
	case markBegun, markRedriven, markFailed:
		return m
	}
	return nil
}
