package vectors

import (
	"fmt"
	"strconv"

	"github.com/moldau/moldau/connect/data"
)

// Record is a recorded source or sink record.
type Record struct {
	// Kind is "source" or "sink".
	Kind        string
	Topic       any
	Partition   any
	KeySchema   *data.Schema
	Key         data.Value
	ValueSchema *data.Schema
	Value       data.Value
	// Timestamp is nil where there is none.
	Timestamp *int64
	Headers   []RecordHeader
	// Offset, TimestampType and the original coordinates are those of a sink record, null where the recorded one has none.
	Offset, TimestampType                            any
	OriginalTopic, OriginalPartition, OriginalOffset any
	// SourcePartition and SourceOffset are those of a source record.
	SourcePartition, SourceOffset data.Value
}

// RecordHeader is a header of a Record.
type RecordHeader struct {
	Key    string
	Schema *data.Schema
	Value  data.Value
}

// DecodeRecord reads a recorded record.
func DecodeRecord(v any) (*Record, error) {
	m, ok := v.(map[string]any)
	if !ok {
		return nil, NotUnderstood("record %v", v)
	}
	r := &Record{Kind: fmt.Sprint(m["kind"]), Partition: m["partition"], Offset: m["offset"], TimestampType: m["timestampType"],
		OriginalPartition: m["originalPartition"], OriginalOffset: m["originalOffset"]}
	var err error
	if r.Topic, err = optionalText(m["topic"]); err != nil {
		return nil, err
	}
	if r.OriginalTopic, err = optionalText(m["originalTopic"]); err != nil {
		return nil, err
	}
	if r.KeySchema, r.Key, err = decodePair(m["keySchema"], m["key"]); err != nil {
		return nil, err
	}
	if r.ValueSchema, r.Value, err = decodePair(m["valueSchema"], m["value"]); err != nil {
		return nil, err
	}
	if r.SourcePartition, err = DecodeValue(m["sourcePartition"], nil); err != nil {
		return nil, err
	}
	if r.SourceOffset, err = DecodeValue(m["sourceOffset"], nil); err != nil {
		return nil, err
	}
	if t := m["timestamp"]; t != nil {
		ms, err := integer(t, 64)
		if err != nil {
			return nil, err
		}
		r.Timestamp = &ms
	}
	headers, _ := m["headers"].([]any)
	for _, h := range headers {
		header := RecordHeader{}
		if header.Key, err = Text(Member(h, "key")); err != nil {
			return nil, err
		}
		if header.Schema, header.Value, err = decodePair(Member(h, "schema"), Member(h, "value")); err != nil {
			return nil, err
		}
		r.Headers = append(r.Headers, header)
	}
	return r, nil
}

func optionalText(v any) (any, error) {
	if v == nil {
		return nil, nil
	}
	return Text(v)
}

func decodePair(schema, value any) (*data.Schema, data.Value, error) {
	s, err := DecodeSchema(schema)
	if err != nil {
		return nil, data.Null, err
	}
	v, err := DecodeValue(value, s)
	return s, v, err
}

// EncodeRecord writes a record in the recorded form, without the members that are null.
func EncodeRecord(r *Record) map[string]any {
	m := map[string]any{"kind": r.Kind, "topic": r.Topic, "partition": r.Partition, "keySchema": EncodeSchema(r.KeySchema),
		"key": EncodeValue(r.Key, r.KeySchema), "valueSchema": EncodeSchema(r.ValueSchema), "value": EncodeValue(r.Value, r.ValueSchema),
		"offset": r.Offset, "timestampType": r.TimestampType, "originalTopic": r.OriginalTopic, "originalPartition": r.OriginalPartition,
		"originalOffset": r.OriginalOffset, "sourcePartition": EncodeValue(r.SourcePartition, nil), "sourceOffset": EncodeValue(r.SourceOffset, nil)}
	if r.Timestamp != nil {
		m["timestamp"] = strconv.FormatInt(*r.Timestamp, 10)
	}
	headers := []any{}
	for _, h := range r.Headers {
		headers = append(headers, withoutNulls(map[string]any{"key": h.Key, "schema": EncodeSchema(h.Schema), "value": EncodeValue(h.Value, h.Schema)}))
	}
	if len(headers) > 0 {
		m["headers"] = headers
	}
	return withoutNulls(m)
}

func withoutNulls(m map[string]any) map[string]any {
	for k, v := range m {
		if v == nil {
			delete(m, k)
		}
	}
	return m
}

// EncodeChanges writes what a transformation changed, in the recorded form: the members in which output differs from input, null where output has
// none. Both are in recorded form themselves.
func EncodeChanges(input, output map[string]any) (map[string]any, error) {
	in, err := normal(input)
	if err != nil {
		return nil, err
	}
	out, err := normal(output)
	if err != nil {
		return nil, err
	}
	changes := map[string]any{}
	before, after := in.(map[string]any), out.(map[string]any)
	for _, k := range names(before, after) {
		if diff(k, before[k], after[k]) != nil {
			changes[k] = after[k]
		}
	}
	return changes, nil
}
