package verifiable

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"

	"github.com/moldau/moldau/connect/data"
)

const (
	fieldName      = "name"
	fieldTask      = "task"
	fieldSinkTask  = "sinkTask"
	fieldTopic     = "topic"
	fieldTime      = "time_ms"
	fieldSeqno     = "seqno"
	fieldOffset    = "offset"
	fieldCommitted = "committed"
	fieldFlushed   = "flushed"
)

// lineOrder is that of the HashMap in which Java's tasks collect a line.
var lineOrder = [...]string{fieldCommitted, fieldTask, fieldSeqno, fieldOffset, fieldTime, fieldName, fieldTopic, fieldSinkTask, fieldFlushed}

// line is a JSON object to be printed.
type line map[string]any

// print writes the line at once, so that those of several tasks do not mix.
func (l line) print(out io.Writer) error {
	var text bytes.Buffer
	text.WriteByte('{')
	for _, name := range lineOrder {
		value, there := l[name]
		if !there {
			continue
		}
		encoded, err := encode(value)
		if err != nil {
			text.Reset()
			fmt.Fprintf(&text, "Bad data can't be written as json: %s (through reference chain: java.util.HashMap[%q])\n", err, name)
			return write(out, text.Bytes())
		}
		if text.Len() > 1 {
			text.WriteByte(',')
		}
		fmt.Fprintf(&text, "%q:", name)
		text.Write(encoded)
	}
	text.WriteString("}\n")
	return write(out, text.Bytes())
}

func write(out io.Writer, text []byte) error {
	if _, err := out.Write(text); err != nil {
		return fmt.Errorf("printing a line on standard output: %w", err)
	}
	return nil
}

// noSerializer is what Java's JSON library says of a struct, which it cannot look into.
type noSerializer struct{}

func (noSerializer) Error() string {
	return "No serializer found for class org.apache.kafka.connect.data.Struct and no properties discovered to create BeanSerializer " +
		"(to avoid exception, disable SerializationFeature.FAIL_ON_EMPTY_BEANS)"
}

// encode writes a value as JSON, one of a record as Java's JSON library writes the object that it is there.
func encode(x any) ([]byte, error) {
	if v, ok := x.(data.Value); ok {
		if holdsStruct(v) {
			return nil, noSerializer{}
		}
		x = plain(v)
	}
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	if err := e.Encode(x); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(text.Bytes(), []byte("\n")), nil
}

func holdsStruct(v data.Value) bool {
	switch v.Kind() {
	case data.StructKind:
		return true
	case data.ListKind:
		for _, e := range v.List().All() {
			if holdsStruct(e) {
				return true
			}
		}
	case data.MapKind:
		for _, e := range v.Map().All() {
			if holdsStruct(e) {
				return true
			}
		}
	}
	return false
}

// plain returns a value in a form that encoding/json knows: times as milliseconds, as Java prints its dates, and keys of maps as texts.
func plain(v data.Value) any {
	switch v.Kind() {
	case data.DateKind, data.TimeKind, data.TimestampKind:
		ms, _ := v.Millis()
		return ms
	case data.DecimalKind:
		return json.Number(v.String())
	case data.ListKind:
		list := []any{}
		for _, e := range v.List().All() {
			list = append(list, plain(e))
		}
		return list
	case data.MapKind:
		m := map[string]any{}
		for k, e := range v.Map().All() {
			m[k.String()] = plain(e)
		}
		return m
	}
	return v.Any()
}
