package logs

import (
	"context"
	"io"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/moldau/moldau/internal/javafmt"
)

// Attributes with a meaning of their own; all others follow the message as name=value.
const (
	// LoggerKey sets the logger's name, instead of that of the package that writes.
	LoggerKey = "logger"
	// ConnectorKey and TaskKey make the context before the message: [NAME|worker] or [NAME|task-N].
	ConnectorKey = "connector"
	TaskKey      = "task"
	// ScopeKey is the third part of the context, such as "offsets".
	ScopeKey = "scope"
	// TraceKey is text of several lines that follows the message's line, as a stack trace does in Java.
	TraceKey = "trace"
	// ErrorKey is an error; its Java class, its text and its causes follow the message's line as a stack trace does.
	ErrorKey = "error"
)

// Handler writes events in Java's layout.
type Handler struct {
	out    *output
	levels *Levels
	fixed  line
	group  string
	hidden *Redactor
}

type output struct {
	mu     sync.Mutex
	w      io.Writer
	places places
}

// line is what attributes contribute to an event.
type line struct {
	logger, connector, task, scope, trace string
	rest                                  []byte
}

// NewHandler returns a handler that writes to w what levels let through; each event is one Write.
func NewHandler(w io.Writer, levels *Levels) *Handler {
	return &Handler{out: &output{w: w}, levels: levels}
}

// Hiding returns a handler that takes the secrets that r knows out of everything it writes.
func (h *Handler) Hiding(r *Redactor) *Handler {
	c := *h
	c.hidden = r
	return &c
}

// Enabled reports whether some logger that the event could belong to writes it; Handle decides.
func (h *Handler) Enabled(_ context.Context, level slog.Level) bool {
	if h.fixed.logger != "" {
		return h.levels.Enabled(h.fixed.logger, level)
	}
	return h.levels.Any(level)
}

// Handle writes an event.
func (h *Handler) Handle(_ context.Context, r slog.Record) error {
	at := h.out.places.find(r.PC)
	l := h.fixed
	l.rest = l.rest[:len(l.rest):len(l.rest)]
	r.Attrs(func(a slog.Attr) bool {
		l.add(h.group, a)
		return true
	})
	if l.logger == "" {
		l.logger = at.logger
	}
	if !h.levels.Enabled(l.logger, r.Level) {
		return nil
	}
	b := make([]byte, 0, 256+len(r.Message)+len(l.rest)+len(l.trace))
	b = appendTime(b, r.Time)
	b = append(b, LevelName(r.Level)...)
	b = append(b, ' ')
	b = l.appendContext(b)
	b = append(b, r.Message...)
	b = append(b, l.rest...)
	b = append(b, " ("...)
	b = append(b, l.logger...)
	b = append(b, ':')
	b = strconv.AppendInt(b, int64(at.line), 10)
	b = append(b, ")\n"...)
	if l.trace != "" {
		b = append(b, strings.TrimRight(l.trace, "\n")...)
		b = append(b, '\n')
	}
	if h.hidden != nil {
		b = []byte(h.hidden.Redact(string(b)))
	}
	h.out.mu.Lock()
	defer h.out.mu.Unlock()
	_, err := h.out.w.Write(b)
	return err
}

func appendTime(b []byte, t time.Time) []byte {
	if t.IsZero() {
		t = time.Now()
	}
	b = append(b, '[')
	b = t.AppendFormat(b, "2006-01-02 15:04:05,000")
	return append(b, "] "...)
}

// appendContext writes what log4j has as %X{connector.context}.
func (l *line) appendContext(b []byte) []byte {
	if l.connector == "" {
		return b
	}
	b = append(b, '[')
	b = append(b, l.connector...)
	if l.task != "" {
		b = append(b, "|task-"...)
		b = append(b, l.task...)
	} else {
		b = append(b, "|worker"...)
	}
	if l.scope != "" {
		b = append(b, '|')
		b = append(b, l.scope...)
	}
	return append(b, "] "...)
}

func (l *line) add(group string, a slog.Attr) {
	v := a.Value.Resolve()
	if a.Equal(slog.Attr{}) {
		return
	}
	if v.Kind() == slog.KindGroup {
		if a.Key != "" {
			group += a.Key + "."
		}
		for _, member := range v.Group() {
			l.add(group, member)
		}
		return
	}
	if group == "" {
		switch a.Key {
		case LoggerKey:
			l.logger = v.String()
			return
		case ConnectorKey:
			l.connector = v.String()
			return
		case TaskKey:
			l.task = v.String()
			return
		case ScopeKey:
			l.scope = v.String()
			return
		case TraceKey:
			l.trace = v.String()
			return
		case ErrorKey:
			if err, ok := v.Any().(error); ok {
				l.trace = javafmt.Trace(err, nil)
				return
			}
		}
	}
	l.rest = append(l.rest, ' ')
	l.rest = append(l.rest, group+a.Key...)
	l.rest = append(l.rest, '=')
	l.rest = append(l.rest, quoted(v.String())...)
}

// quoted puts a value with blanks into quotes, so that one sees where it ends.
func quoted(s string) string {
	if s == "" || strings.ContainsAny(s, " \t\r\n\"") {
		return strconv.Quote(s)
	}
	return s
}

// WithAttrs returns a handler that adds the attributes to every event.
func (h *Handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	c := *h
	c.fixed.rest = c.fixed.rest[:len(c.fixed.rest):len(c.fixed.rest)]
	for _, a := range attrs {
		c.fixed.add(h.group, a)
	}
	return &c
}

// WithGroup returns a handler that puts the group's name before those of attributes.
func (h *Handler) WithGroup(name string) slog.Handler {
	if name == "" {
		return h
	}
	c := *h
	c.group += name + "."
	return &c
}
