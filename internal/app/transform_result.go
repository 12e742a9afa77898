package app

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/internal/worker"
)

// result is a line of output: what became of one line of input.
type result struct {
	Line   int         `json:"line"`
	Result worker.Fate `json:"result"`
	*shownRecord
	Decoded *decoded      `json:"decoded,omitempty"`
	By      *shownLink    `json:"by,omitempty"`
	Error   *shownFailure `json:"error,omitempty"`
	DLQ     *shownRecord  `json:"dlq,omitempty"`
	Steps   []shownStep   `json:"steps,omitempty"`
}

// unreadable is the result of a line that is no record.
const unreadable worker.Fate = "unreadable"

// shownRecord is a record in the form in which lines of input have it.
type shownRecord struct {
	Topic     string          `json:"topic"`
	Partition *int32          `json:"partition"`
	Offset    *int64          `json:"offset,omitempty"`
	Timestamp *int64          `json:"timestamp"`
	Key       json.RawMessage `json:"key"`
	Value     json.RawMessage `json:"value"`
	Headers   []shownHeader   `json:"headers,omitempty"`
}

type shownHeader struct {
	Key   string          `json:"key"`
	Value json.RawMessage `json:"value"`
}

// decoded is what the connector's own converters read from bytes that are no text.
type decoded struct {
	Key   json.RawMessage `json:"key,omitempty"`
	Value json.RawMessage `json:"value,omitempty"`
}

// shownLink is a transformation of the chain.
type shownLink struct {
	Index int    `json:"index"`
	Alias string `json:"alias"`
	Class string `json:"class"`
}

// shownStep is the record after the converters or a transformation.
type shownStep struct {
	After   string `json:"after"`
	Index   *int   `json:"index,omitempty"`
	Class   string `json:"class,omitempty"`
	Applied *bool  `json:"applied,omitempty"`
	Dropped bool   `json:"dropped,omitempty"`
	*shownRecord
}

// shownFailure is the step at fault with its error, or the place of a line that cannot be read.
type shownFailure struct {
	Stage  worker.Stage `json:"stage,omitempty"`
	Index  *int         `json:"index,omitempty"`
	Alias  string       `json:"alias,omitempty"`
	Class  string       `json:"class,omitempty"`
	Column int          `json:"column,omitempty"`

	Exception string      `json:"exception,omitempty"`
	Message   string      `json:"message"`
	Causes    []javaError `json:"causes,omitempty"`
}

func (f *shownFailure) String() string {
	var at []string
	if f.Stage != "" {
		at = append(at, string(f.Stage))
	}
	if f.Alias != "" {
		at = append(at, f.Alias)
	}
	if f.Class != "" {
		at = append(at, "("+f.Class+")")
	}
	text := strings.Join(at, " ")
	if text != "" {
		text += ": "
	}
	text += f.Exception + ": " + f.Message
	for _, c := range f.Causes {
		text += fmt.Sprintf("; caused by %s: %s", c.Exception, c.Message)
	}
	return text
}

func (t *transformRun) failure(trial *worker.Trial) *shownFailure {
	f := &shownFailure{Stage: trial.Failure.Stage, Class: trial.Failure.Class}
	if l := t.link(trial.Link); l != nil {
		f.Index, f.Alias = &l.Index, l.Alias
	}
	causes := causesOf(trial.Failure.Err)
	f.Exception, f.Message, f.Causes = causes[0].Exception, causes[0].Message, causes[1:]
	return f
}

// link describes a transformation of the chain, nil for an index of none.
func (t *transformRun) link(i int) *shownLink {
	if i < 0 {
		return nil
	}
	l := t.dry.Links()[i]
	return &shownLink{i, l.Alias, l.Class}
}

// showData shows a record of Connect data.
func (t *transformRun) showData(r *connect.Record) *shownRecord {
	s := &shownRecord{Topic: r.Topic, Key: t.text.print(r.KeySchema(), r.Key()), Value: t.text.print(r.ValueSchema(), r.Value())}
	if r.Partition != connect.NoPartition {
		p := r.Partition
		s.Partition = &p
	}
	if _, offset, ok := r.SinkOrigin(); ok {
		s.Offset = &offset
	}
	if r.Timestamp != connect.NoTimestamp {
		ms := r.Timestamp
		s.Timestamp = &ms
	}
	for _, h := range r.Headers.All() {
		s.Headers = append(s.Headers, shownHeader{h.Key, t.text.print(h.Schema, h.Value)})
	}
	return s
}

// showRaw shows a record of Kafka; binary tells which of key and value are no text.
func showRaw(r *kgo.Record) (s *shownRecord, binaryKey, binaryValue bool) {
	s = &shownRecord{Topic: r.Topic}
	if r.Partition >= 0 {
		s.Partition = &r.Partition
	}
	if !r.Timestamp.IsZero() && r.Timestamp.UnixMilli() >= 0 {
		ms := r.Timestamp.UnixMilli()
		s.Timestamp = &ms
	}
	s.Key, binaryKey = printRaw(r.Key)
	s.Value, binaryValue = printRaw(r.Value)
	for _, h := range r.Headers {
		value, _ := printRaw(h.Value)
		s.Headers = append(s.Headers, shownHeader{h.Key, value})
	}
	return s, binaryKey, binaryValue
}

// showLetter shows what a dead letter queue gets. Of the stack trace it keeps the errors and leaves out the frames: they are those of this
// process and not of a worker.
func showLetter(r *kgo.Record) *shownRecord {
	const trace = "__connect.errors.exception.stacktrace"
	headers := make([]kgo.RecordHeader, len(r.Headers))
	copy(headers, r.Headers)
	for i, h := range headers {
		if h.Key != trace {
			continue
		}
		var kept []string
		for l := range strings.Lines(string(h.Value)) {
			if !strings.HasPrefix(l, "\tat ") && !strings.HasPrefix(l, "\t... ") {
				kept = append(kept, l)
			}
		}
		headers[i].Value = []byte(strings.Join(kept, ""))
	}
	letter := *r
	letter.Headers, letter.Partition = headers, -1
	s, _, _ := showRaw(&letter)
	return s
}
