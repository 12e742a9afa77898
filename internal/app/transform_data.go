package app

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/internal/javafmt"
	"github.com/moldau/moldau/internal/jsonscan"
	"github.com/moldau/moldau/internal/plugin"
)

const jsonConverter = "org.apache.kafka.connect.json.JsonConverter"

// dataText reads and prints Connect data as JSON: data with a schema in the envelope of JsonConverter, other data as plain JSON.
type dataText struct {
	enveloped, plain connect.Converter
	payloads         bool // print no schemas
}

func newDataText(registry *plugin.Registry, payloads bool) (*dataText, error) {
	d := &dataText{payloads: payloads}
	p, ok := registry.Find(connect.KindConverter, jsonConverter)
	if !ok {
		return nil, errors.New("this build has no " + jsonConverter + ", in whose form data is read and printed")
	}
	for schemas, c := range map[string]*connect.Converter{"true": &d.enveloped, "false": &d.plain} {
		*c = p.NewConverter()
		// Numbers can be read by people, and nulls stay what they are.
		options := map[string]string{"schemas.enable": schemas, "decimal.format": "NUMERIC", "replace.null.with.default": "false", "converter.type": "value"}
		if err := (*c).Configure(options, false); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// read returns the data of a part of a line: an object of schema and payload has a schema, everything else has none;
// plain text is a string with its schema, as file sources read it.
func (d *dataText) read(a *data.Arena, l line) (*data.Schema, data.Value, error) {
	if l.plain {
		return data.StringSchema, data.String(connect.DecodeUTF8(l.whole)), nil
	}
	if l.json == nil || l.isNull() {
		return nil, data.Null, nil
	}
	if l.isEnvelope() {
		for _, m := range l.members() {
			if m.name == "payload" {
				return d.readEnvelope(a, m.value, l.json)
			}
		}
	}
	schema, v, err := d.plain.ToConnect(a, "", &connect.Headers{}, l.json)
	if err != nil {
		return nil, data.Null, l.bad("%s", reasons(err))
	}
	return schema, v, nil
}

// readEnvelope reads an envelope with a payload.
func (d *dataText) readEnvelope(a *data.Arena, payload line, envelope []byte) (*data.Schema, data.Value, error) {
	schema, v, err := d.enveloped.ToConnect(a, "", &connect.Headers{}, envelope)
	if err != nil {
		return nil, data.Null, payload.bad("the payload does not fit the schema, or the schema is none: %s", reasons(err))
	}
	return schema, v, fits(schema, payload)
}

// readHeader reads the value of a header with its schema, which may stand beside it.
func (d *dataText) readHeader(a *data.Arena, h inputHeader) (*data.Schema, data.Value, error) {
	if h.schema.json == nil || h.schema.isNull() {
		return d.read(a, h.value)
	}
	return d.readEnvelope(a, h.value, fmt.Appendf(nil, `{"schema":%s,"payload":%s}`, h.schema.json, h.value.json))
}

// reasons joins the messages of an error and its causes, without repeating any.
func reasons(err error) string {
	text := err.Error()
	for cause := errors.Unwrap(err); cause != nil; cause = errors.Unwrap(cause) {
		if m := cause.Error(); m != "" && !strings.Contains(text, m) {
			text += ": " + m
		}
	}
	return text
}

// print returns data as read takes it. What cannot be printed so says why.
func (d *dataText) print(schema *data.Schema, v data.Value) json.RawMessage {
	var out []byte
	var err error
	switch {
	case schema == nil:
		out, err = d.appendPlain(nil, v)
		if l := (line{whole: out, json: out}); err == nil && !d.payloads && l.isEnvelope() {
			out = fmt.Appendf(nil, `{"schema":null,"payload":%s}`, out)
		}
	case d.payloads:
		out, err = d.appendPayload(nil, schema, v)
	default:
		out, _, err = d.enveloped.FromConnect(nil, "", &connect.Headers{}, schema, v)
	}
	if err != nil {
		out = jsonscan.AppendQuoted([]byte(`{"unprintable":`), reasons(err))
		out = jsonscan.AppendQuoted(append(out, `,"text":`...), v.String())
		out = append(out, '}')
	}
	return out
}

func (d *dataText) appendPayload(dst []byte, schema *data.Schema, v data.Value) ([]byte, error) {
	out, null, err := d.plain.FromConnect(dst, "", &connect.Headers{}, schema, v)
	if null {
		out = append(out, "null"...)
	}
	return out, err
}

// appendPlain appends data without schema. JsonConverter refuses what has no form in JSON, such as a date: that is printed as people write it.
func (d *dataText) appendPlain(dst []byte, v data.Value) ([]byte, error) {
	switch v.Kind() {
	case data.MapKind:
		return d.appendMap(dst, v.Map())
	case data.ListKind:
		dst = append(dst, '[')
		for i, e := range v.List().All() {
			if i > 0 {
				dst = append(dst, ',')
			}
			var err error
			if dst, err = d.appendPlain(dst, e); err != nil {
				return dst, err
			}
		}
		return append(dst, ']'), nil
	case data.StructKind:
		return d.appendPayload(dst, v.Struct().Schema(), v)
	case data.DecimalKind:
		x, _ := v.Decimal()
		return append(dst, x.PlainString()...), nil
	case data.DateKind, data.TimeKind, data.TimestampKind:
		t, _ := v.Time()
		layout := map[data.Kind]string{data.DateKind: time.DateOnly, data.TimeKind: "15:04:05.000", data.TimestampKind: "2006-01-02T15:04:05.000Z"}[v.Kind()]
		return jsonscan.AppendQuoted(dst, t.Format(layout)), nil
	case data.ForeignKind:
		return jsonscan.AppendQuoted(dst, v.Foreign().Text), nil
	}
	return d.appendPayload(dst, nil, v)
}

// appendMap appends a map in the order in which Java iterates over it: an object, or pairs where keys are no texts.
func (d *dataText) appendMap(dst []byte, m *data.Map) (_ []byte, err error) {
	object := m.StringKeys()
	brackets := "[]"
	if object {
		brackets = "{}"
	}
	dst = append(dst, brackets[0])
	for n, i := range m.JavaOrder() {
		if n > 0 {
			dst = append(dst, ',')
		}
		if !object {
			dst = append(dst, '[')
		}
		if dst, err = d.appendPlain(dst, m.Key(i)); err != nil {
			return dst, err
		}
		dst = append(dst, map[bool]byte{true: ':', false: ','}[object])
		if dst, err = d.appendPlain(dst, m.At(i)); err != nil {
			return dst, err
		}
		if !object {
			dst = append(dst, ']')
		}
	}
	return append(dst, brackets[1]), nil
}

// printRaw returns bytes as raw of a line takes them: as they are where they are an object or array in JSON without blanks, as a text where they
// are one, else in base64. binary tells that it is base64.
func printRaw(b []byte) (out json.RawMessage, binary bool) {
	if b == nil {
		return json.RawMessage("null"), false
	}
	if !isText(b) {
		return fmt.Appendf(nil, `{"base64":"%s"}`, base64.StdEncoding.EncodeToString(b)), true
	}
	if len(b) > 0 && (b[0] == '{' || b[0] == '[') && json.Valid(b) {
		var compact bytes.Buffer
		back, err := line{whole: b, json: b}.raw()
		if err == nil && bytes.Equal(back, b) && json.Compact(&compact, b) == nil && bytes.Equal(compact.Bytes(), b) {
			return b, false
		}
	}
	return jsonscan.AppendQuoted(nil, string(b)), false
}

// isText reports whether bytes are text that can be shown.
func isText(b []byte) bool {
	for _, c := range b {
		if c < ' ' && c != '\t' && c != '\n' && c != '\r' {
			return false
		}
	}
	return utf8.Valid(b)
}

// javaError is an error as Java names it.
type javaError struct {
	Exception string `json:"exception"`
	Message   string `json:"message"`
}

// causesOf returns an error and its causes as Java would print them: plain Go wrappers repeat the text of what they wrap and are none.
func causesOf(err error) []javaError {
	var all []javaError
	for err != nil {
		if one := (javaError{javafmt.ClassOf(err), err.Error()}); len(all) == 0 || all[len(all)-1] != one {
			all = append(all, one)
		}
		for classed := false; err != nil && !classed; err = errors.Unwrap(err) {
			_, classed = err.(interface{ JavaClass() string })
		}
	}
	return all
}
