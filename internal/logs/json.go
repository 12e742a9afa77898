package logs

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
)

// Format is the layout of the log.
type Format int32

const (
	// Text is Java's layout.
	Text Format = iota
	// JSON is one object a line.
	JSON
)

// ParseFormat returns the format of a name: text or json.
func ParseFormat(name string) (Format, error) {
	switch strings.ToLower(strings.TrimSpace(name)) {
	case "text":
		return Text, nil
	case "json":
		return JSON, nil
	}
	return Text, fmt.Errorf("%q is no format of logs: text and json are", name)
}

// appendJSON writes the event as one object. Secrets are taken out of each text before it is put in, so that what stands in the place of one cannot
// break the object or the name of a member.
func (e *event) appendJSON(b []byte, hidden *Redactor) []byte {
	text := func(name, value string) {
		b = append(b, ',')
		b = appendString(b, name)
		b = append(b, ':')
		b = appendString(b, hidden.Redact(value))
	}
	b = append(b, `{"time":"`...)
	b = e.time.UTC().AppendFormat(b, "2006-01-02T15:04:05.000Z")
	b = append(b, `","level":"`...)
	b = append(b, LevelName(e.level)...)
	b = append(b, '"')
	text("logger", e.logger)
	b = append(b, `,"line":`...)
	b = strconv.AppendInt(b, int64(e.line), 10)
	if e.connector != "" {
		text("connector", e.connector)
		if n, err := strconv.Atoi(e.task); err == nil {
			b = append(b, `,"task":`...)
			b = strconv.AppendInt(b, int64(n), 10)
		} else if e.task != "" {
			text("task", e.task)
		}
		if e.scope != "" {
			text("scope", e.scope)
		}
	}
	text("message", e.message)
	if len(e.fields) > 0 {
		b = append(b, `,"fields":{`...)
		for i, f := range e.fields {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendString(b, hidden.Redact(f.Key))
			b = append(b, ':')
			b = appendValue(b, f.Value, hidden)
		}
		b = append(b, '}')
	}
	if summary := e.summary(); summary != "" && e.err != nil {
		text("error", summary)
	}
	if stack := e.stack(); stack != "" {
		text("trace", strings.TrimRight(stack, "\n"))
	}
	return append(b, '}', '\n')
}

// appendValue writes numbers and truth values as such, everything else as text.
func appendValue(b []byte, v slog.Value, hidden *Redactor) []byte {
	switch v.Kind() {
	case slog.KindInt64:
		return strconv.AppendInt(b, v.Int64(), 10)
	case slog.KindUint64:
		return strconv.AppendUint(b, v.Uint64(), 10)
	case slog.KindBool:
		return strconv.AppendBool(b, v.Bool())
	}
	return appendString(b, hidden.Redact(v.String()))
}

func appendString(b []byte, s string) []byte {
	var text bytes.Buffer
	to := json.NewEncoder(&text)
	to.SetEscapeHTML(false)
	if err := to.Encode(s); err != nil { // strings can always be written
		return append(b, `""`...)
	}
	return append(b, bytes.TrimSuffix(text.Bytes(), []byte("\n"))...)
}
