package app

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"unicode/utf8"
)

// malformed is an error at a place of a line.
type malformed struct {
	column int // in characters, from 1; 0 where it is the line as a whole
	text   string
}

func (m *malformed) Error() string { return m.text }

// line is a line of the input, or a part of one that knows where it stands.
type line struct {
	whole []byte
	json  []byte // nil for plain text
	at    int    // of json in whole
	plain bool   // whole is a value as it stands
}

// bad returns an error at the beginning of the part.
func (l line) bad(format string, args ...any) error {
	return &malformed{columnAt(l.whole, l.at), fmt.Sprintf(format, args...)}
}

func columnAt(whole []byte, at int) int { return utf8.RuneCount(whole[:min(at, len(whole))]) + 1 }

// parseLine checks that a line is one JSON value.
func parseLine(text []byte) (line, error) {
	if !utf8.Valid(text) {
		at := 0
		for at < len(text) {
			r, n := utf8.DecodeRune(text[at:])
			if r == utf8.RuneError && n == 1 {
				break
			}
			at += n
		}
		return line{}, &malformed{columnAt(text, at), `the text is not UTF-8; other bytes are written {"base64": "..."}`}
	}
	var raw json.RawMessage
	err := json.Unmarshal(text, &raw)
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &syntax) && int(syntax.Offset) >= len(text) && err.Error() == "unexpected end of JSON input":
		return line{}, &malformed{columnAt(text, len(text)), "the JSON does not end on this line: each line is a value of its own"}
	case errors.As(err, &syntax):
		return line{}, &malformed{columnAt(text, max(int(syntax.Offset)-1, 0)), err.Error()}
	case err != nil:
		return line{}, &malformed{0, err.Error()}
	}
	start := len(text) - len(bytes.TrimLeft(text, " \t\r\n"))
	return line{whole: text, json: bytes.TrimSpace(text), at: start}, nil
}

func (l line) isNull() bool   { return string(l.json) == "null" }
func (l line) isObject() bool { return l.json[0] == '{' }
func (l line) isArray() bool  { return l.json[0] == '[' }

// text returns the text of a JSON string.
func (l line) text() (string, bool) {
	var s string
	return s, l.json[0] == '"' && json.Unmarshal(l.json, &s) == nil
}

// member is a member of an object, or an element of an array, which has no name.
type member struct {
	name  string
	named line
	value line
}

// members returns what an object or array holds, in order.
func (l line) members() []member {
	d := json.NewDecoder(bytes.NewReader(l.json))
	_, _ = d.Token() // the syntax was checked
	var all []member
	for d.More() {
		var m member
		if l.isObject() {
			before := l.json[d.InputOffset():]
			start := int(d.InputOffset()) + len(before) - len(bytes.TrimLeft(before, ", \t\r\n"))
			name, _ := d.Token()
			m.name, _ = name.(string)
			m.named = line{whole: l.whole, json: l.json[start:d.InputOffset()], at: l.at + start}
		}
		var raw json.RawMessage
		_ = d.Decode(&raw)
		end := int(d.InputOffset())
		m.value = line{whole: l.whole, json: l.json[end-len(raw) : end], at: l.at + end - len(raw)}
		all = append(all, m)
	}
	return all
}

// number returns an integer between the bounds.
func (l line) number(least, most int64) (int64, error) {
	n, err := strconv.ParseInt(string(l.json), 10, 64)
	if err != nil || n < least || n > most {
		return 0, l.bad("an integer from %d to %d is needed, not %s", least, most, shortened(l.json))
	}
	return n, nil
}

func shortened(text []byte) string {
	const most = 40
	if utf8.RuneCount(text) > most {
		return string([]rune(string(text))[:most]) + "..."
	}
	return string(text)
}

// inputRecord is a record as a line describes it. Parts that the line does not have are empty.
type inputRecord struct {
	topic     string
	partition *int32
	offset    *int64
	timestamp *int64
	key       line
	value     line
	headers   []inputHeader
	// passedOver is set for a line of results of this command that holds no record.
	passedOver bool
}

// inputHeader is a header; schema is that of {"key", "value", "schema"}.
type inputHeader struct {
	key           string
	value, schema line
}

// parseRecord reads a record object. It takes what this command prints, too: members that only results have are passed over.
func parseRecord(l line) (*inputRecord, error) {
	if !l.isObject() {
		return nil, l.bad("a record is an object with value and maybe topic, partition, offset, timestamp, key and headers; without --records lines are values")
	}
	r := &inputRecord{}
	seen := map[string]bool{}
	for _, m := range l.members() {
		if seen[m.name] {
			return nil, m.value.bad("a second %s", m.name)
		}
		seen[m.name] = true
		if err := r.set(m); err != nil {
			return nil, err
		}
	}
	if !seen["value"] && !r.passedOver {
		return nil, l.bad("the record has no value; a tombstone says null")
	}
	return r, nil
}

func (r *inputRecord) set(m member) (err error) {
	v := m.value
	switch m.name {
	case "topic":
		var ok bool
		if r.topic, ok = v.text(); !ok || r.topic == "" {
			return v.bad("topic: a text is needed, not %s", shortened(v.json))
		}
	case "partition", "offset", "timestamp":
		if v.isNull() {
			return nil
		}
		var n int64
		switch m.name {
		case "partition":
			n, err = v.number(0, math.MaxInt32)
			p := int32(n)
			r.partition = &p
		case "offset":
			n, err = v.number(0, math.MaxInt64-1)
			r.offset = &n
		case "timestamp":
			n, err = v.moment()
			r.timestamp = &n
		}
	case "key":
		r.key = v
	case "value":
		r.value = v
	case "headers":
		r.headers, err = parseHeaders(v)
	case "line", "steps", "decoded", "dlq", "by", "error":
	case "result":
		fate, _ := v.text()
		r.passedOver = fate != "kept"
	default:
		return m.named.bad("%q is no part of a record: those are topic, partition, offset, timestamp, key, value, headers", m.name)
	}
	if place := (*malformed)(nil); errors.As(err, &place) && m.name != "headers" {
		place.text = m.name + ": " + place.text
	}
	return err
}

func (l line) moment() (int64, error) {
	if text, ok := l.text(); ok {
		if ms, ok := parseMoment(text); ok {
			return ms, nil
		}
	} else if ms, err := l.number(0, math.MaxInt64); err == nil {
		return ms, nil
	}
	return 0, l.bad("milliseconds since 1970 or a time such as \"2026-11-21T13:00:00Z\" are needed, not %s", shortened(l.json))
}

// parseHeaders reads [{"key", "value", "schema"}, ...] or {"name": value, ...}.
func parseHeaders(l line) ([]inputHeader, error) {
	var headers []inputHeader
	switch {
	case l.isNull():
		return nil, nil
	case l.isObject():
		for _, m := range l.members() {
			headers = append(headers, inputHeader{key: m.name, value: m.value})
		}
		return headers, nil
	case !l.isArray():
		return nil, l.bad(`headers: a list of {"key", "value"} or an object is needed, not %s`, shortened(l.json))
	}
	for _, m := range l.members() {
		var h inputHeader
		hasKey := false
		if !m.value.isObject() {
			return nil, m.value.bad(`headers: {"key", "value"} is needed, not %s`, shortened(m.value.json))
		}
		for _, part := range m.value.members() {
			switch part.name {
			case "key":
				if h.key, hasKey = part.value.text(); !hasKey {
					return nil, part.value.bad("headers: the key is a text")
				}
			case "value":
				h.value = part.value
			case "schema":
				h.schema = part.value
			default:
				return nil, part.named.bad("headers: %q is no part of a header: those are key, value, schema", part.name)
			}
		}
		if !hasKey || h.value.json == nil {
			return nil, m.value.bad("headers: a header has a key and a value")
		}
		headers = append(headers, h)
	}
	return headers, nil
}

// raw returns the bytes that a value stands for in Kafka: a text is the text, null is a null, {"base64": ...} any bytes; everything else is its
// JSON as it stands.
func (l line) raw() ([]byte, error) {
	if l.plain {
		return l.whole, nil
	}
	if l.json == nil || l.isNull() {
		return nil, nil
	}
	if text, ok := l.text(); ok {
		return []byte(text), nil
	}
	if l.isObject() {
		if all := l.members(); len(all) == 1 && all[0].name == "base64" {
			encoded, ok := all[0].value.text()
			b, err := base64.StdEncoding.DecodeString(encoded)
			if !ok || err != nil {
				return nil, all[0].value.bad("base64: this is no base64 text")
			}
			return b, nil
		}
	}
	return l.json, nil
}

// isEnvelope reports whether the value is an object of schema and payload and nothing else.
func (l line) isEnvelope() bool {
	if !l.isObject() {
		return false
	}
	all := l.members()
	return len(all) == 2 && (all[0].name == "schema" && all[1].name == "payload" || all[0].name == "payload" && all[1].name == "schema")
}

// looksLikeRecord reports whether a value has the members of a record and nothing else.
func (l line) looksLikeRecord() bool {
	if !l.isObject() {
		return false
	}
	names := map[string]bool{}
	for _, m := range l.members() {
		switch m.name {
		case "topic", "partition", "offset", "timestamp", "key", "value", "headers", "line", "result":
			names[m.name] = true
		default:
			return false
		}
	}
	return names["value"] && len(names) > 1
}
