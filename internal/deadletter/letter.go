package deadletter

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// contextPrefix is that of the headers of org.apache.kafka.connect.runtime.errors.DeadLetterQueueReporter.
const contextPrefix = "__connect.errors."

// Coordinates are the place of a letter in its dead letter topic.
type Coordinates struct {
	Partition int32 `json:"partition"`
	Offset    int64 `json:"offset"`
}

// String returns the form PARTITION:OFFSET, which ParseCoordinates reads.
func (c Coordinates) String() string { return fmt.Sprintf("%d:%d", c.Partition, c.Offset) }

func (c Coordinates) before(d Coordinates) bool {
	return c.Partition < d.Partition || c.Partition == d.Partition && c.Offset < d.Offset
}

// following is the place after c. No log reaches the largest offset, so that its place is followed by itself.
func (c Coordinates) following() *Coordinates {
	if c.Offset < math.MaxInt64 {
		c.Offset++
	}
	return &c
}

// ParseCoordinates reads PARTITION:OFFSET.
func ParseCoordinates(text string) (Coordinates, error) {
	partition, offset, ok := strings.Cut(text, ":")
	p, err := strconv.ParseUint(partition, 10, 31)
	if err == nil {
		var o uint64
		if o, err = strconv.ParseUint(offset, 10, 63); err == nil && ok {
			return Coordinates{int32(p), int64(o)}, nil
		}
	}
	return Coordinates{}, fmt.Errorf("%q is no place of a letter: PARTITION:OFFSET is needed, such as 0:17", text)
}

// Origin is where the record of a letter was consumed.
type Origin struct {
	Topic     string `json:"topic"`
	Partition int32  `json:"partition"`
	Offset    int64  `json:"offset"`
}

// SourceOrigin is where the record of a source's letter came from.
type SourceOrigin struct {
	// Topic and Partition are those that the record was for when it was polled, Partition nil where the producer would choose.
	Topic     string `json:"topic"`
	Partition *int32 `json:"partition,omitempty"`
	// SourcePartition and SourceOffset are the source's, in JSON.
	SourcePartition string `json:"source_partition,omitempty"`
	SourceOffset    string `json:"source_offset,omitempty"`

	keyForm, valueForm string
}

// Letter is what the context headers of a dead letter say. The fields of a letter without them are empty.
type Letter struct {
	Coordinates
	// Timestamp is the record's, in milliseconds: that of the record that failed, unless the topic sets its own.
	Timestamp int64 `json:"timestamp"`
	// HasContext is false for a letter of a connector without errors.deadletterqueue.context.headers.enable.
	HasContext bool   `json:"has_context"`
	Connector  string `json:"connector,omitempty"`
	// Task is the number of the connector's task, nil where it is not known.
	Task  *int   `json:"task,omitempty"`
	Stage string `json:"stage,omitempty"`
	// Class is that of the plugin that failed.
	Class string `json:"class,omitempty"`
	// Exception is the class of the error, Message its text and RootCause the first line of its last cause.
	Exception string `json:"exception,omitempty"`
	Message   string `json:"message,omitempty"`
	RootCause string `json:"root_cause,omitempty"`
	// Original is nil where the letter does not tell, or tells nonsense, which Malformed describes then.
	Original *Origin `json:"original,omitempty"`
	// Source is there for letters of sources.
	Source    *SourceOrigin `json:"source,omitempty"`
	Malformed string        `json:"malformed,omitempty"`

	trace string
}

// readLetter reads the context of a record. It copies what it keeps.
func readLetter(r *kgo.Record) Letter {
	l := Letter{Coordinates: Coordinates{r.Partition, r.Offset}, Timestamp: millis(r.Timestamp)}
	context := r.Headers[contextAt(r.Headers):]
	texts := map[string]string{}
	for i := range context {
		if name, ok := strings.CutPrefix(context[i].Key, contextPrefix); ok {
			texts[name] = strings.ToValidUTF8(string(context[i].Value), "\uFFFD")
		}
	}
	if l.HasContext = len(texts) > 0; !l.HasContext {
		return l
	}
	l.Connector, l.Stage, l.Class = texts["connector.name"], texts["stage"], texts["class.name"]
	l.Exception, l.Message, l.trace = texts["exception.class.name"], texts["exception.message"], texts["exception.stacktrace"]
	l.RootCause = rootCause(l.trace)
	if n, err := strconv.ParseInt(texts["task.id"], 10, 32); err == nil && n >= 0 {
		task := int(n)
		l.Task = &task
	}
	if l.Source = readSource(texts); l.Source == nil {
		l.Original, l.Malformed = readOrigin(texts)
	}
	return l
}

// readSource returns nil for a letter of a sink.
func readSource(texts map[string]string) *SourceOrigin {
	form, ofSource := texts["value.format"]
	if _, consumed := texts["offset"]; !ofSource || consumed {
		return nil
	}
	s := &SourceOrigin{Topic: texts["topic"], SourcePartition: texts["source.partition"], SourceOffset: texts["source.offset"], keyForm: texts["key.format"], valueForm: form}
	if n, err := strconv.ParseUint(texts["partition"], 10, 31); err == nil {
		partition := int32(n)
		s.Partition = &partition
	}
	return s
}

// readOrigin reads where the record was consumed.
func readOrigin(texts map[string]string) (*Origin, string) {
	topic := texts["topic"]
	partition := texts["partition"]
	offset, hasOffset := texts["offset"]
	if topic == "" || !hasOffset {
		return nil, ""
	}
	p, err := strconv.ParseUint(partition, 10, 31)
	if err != nil {
		return nil, fmt.Sprintf("header %spartition is no partition: %s", contextPrefix, clip(partition, 100))
	}
	o, err := strconv.ParseUint(offset, 10, 63)
	if err != nil {
		return nil, fmt.Sprintf("header %soffset is no offset: %s", contextPrefix, clip(offset, 100))
	}
	return &Origin{topic, int32(p), int64(o)}, ""
}

// contextAt returns where the context of the last failure begins, len(headers) where there is none. A record of a dead letter topic that
// another connector consumed and failed on has two contexts, of which the first belongs to the record.
func contextAt(headers []kgo.RecordHeader) int {
	at := len(headers)
	for i := len(headers) - 1; i >= 0 && strings.HasPrefix(headers[i].Key, contextPrefix); i-- {
		at = i
		if headers[i].Key == contextPrefix+"topic" {
			break
		}
	}
	if at < len(headers) {
		return at
	}
	// Somebody's tool put headers after the context: it begins with the last topic then.
	for i := len(headers) - 1; i >= 0; i-- {
		if headers[i].Key == contextPrefix+"topic" {
			return i
		}
	}
	return len(headers)
}

// consumedHeaders returns the headers that the record had when it was consumed.
func consumedHeaders(headers []kgo.RecordHeader) []kgo.RecordHeader {
	at := contextAt(headers)
	out := append([]kgo.RecordHeader(nil), headers[:at]...)
	for _, h := range headers[at:] {
		if !strings.HasPrefix(h.Key, contextPrefix) {
			out = append(out, h)
		}
	}
	return out
}

// rootCause returns the class and message of the last cause in a Java stack trace, "" where there is but one.
func rootCause(trace string) string {
	const mark = "Caused by: "
	i := strings.LastIndex(trace, "\n"+mark)
	if i < 0 {
		return ""
	}
	line, _, _ := strings.Cut(trace[i+1+len(mark):], "\n")
	return strings.TrimSpace(line)
}

func millis(t time.Time) int64 {
	if t.IsZero() {
		return -1
	}
	return t.UnixMilli()
}

// clip shortens a text to about n bytes, at a character.
func clip(text string, n int) string {
	if len(text) <= n {
		return text
	}
	return strings.ToValidUTF8(text[:n], "") + "…"
}
