package logs

import (
	"context"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

// Attributes with a meaning of their own; all others follow the message as name=value.
const (
	// LoggerKey sets the logger's name, instead of that of the package that writes.
	LoggerKey = "logger"
	// ConnectorKey and TaskKey make the context before the message: [NAME|worker] or [NAME|task-N].
	ConnectorKey = "connector"
	TaskKey      = "task"
	// ScopeKey is the third part of the context, such as ScopeOffsets; ScopeValidate stands in place of the worker.
	ScopeKey = "scope"
	// TraceKey is text of several lines that follows the message's line, as a stack trace does in Java.
	TraceKey = "trace"
	// ErrorKey is an error; its Java class, its text and its causes follow the message's line as a stack trace does.
	ErrorKey = "error"
	// DistinctKey, with the value true, keeps an event from being counted as a repetition of an earlier one. It is not written.
	DistinctKey = "distinct"
)

// The scopes of org.apache.kafka.connect.util.LoggingContext beyond worker and task.
const (
	ScopeOffsets  = "offsets"
	ScopeValidate = "validate"
)

// Handler writes events in the layout of its output. All handlers made from one by WithAttrs and WithGroup share the output.
type Handler struct {
	out    *output
	levels *Levels
	fixed  event
	group  string
}

// output is where the events of a process go.
type output struct {
	places places
	format atomic.Int32
	hidden atomic.Pointer[Redactor]
	recent atomic.Pointer[Recent]

	repeats repeats

	mu sync.Mutex
	w  io.Writer
}

// NewHandler returns a handler that writes to w what levels let through; each event is one Write. It begins with Java's layout.
func NewHandler(w io.Writer, levels *Levels) *Handler {
	out := &output{w: w}
	out.repeats.write = out.write
	out.repeats.redact = func(text string) string { return out.hidden.Load().Redact(text) }
	return &Handler{out: out, levels: levels}
}

// Hiding takes the secrets that r knows out of everything that is written from now on, and returns the handler.
func (h *Handler) Hiding(r *Redactor) *Handler {
	h.out.hidden.Store(r)
	return h
}

// SetFormat changes the layout of what is written from now on.
func (h *Handler) SetFormat(f Format) { h.out.format.Store(int32(f)) }

// Collapse counts warnings and errors that repeat within the window instead of writing them, and writes the counts at its ends. Zero, with which a
// handler begins, writes all. It is called before there is much to write.
func (h *Handler) Collapse(window time.Duration) { h.out.repeats.setWindow(window) }

// Remember keeps what is written from now on in r, too.
func (h *Handler) Remember(r *Recent) *Handler {
	h.out.recent.Store(r)
	return h
}

// Recent returns what Remember was given, nil for nothing.
func (h *Handler) Recent() *Recent { return h.out.recent.Load() }

// Flush writes the counts of repetitions that were not written yet. It is called when the process ends, and may be called at any time.
func (h *Handler) Flush() { h.out.repeats.flush() }

// Enabled reports whether some logger that the event could belong to writes it; Handle decides.
func (h *Handler) Enabled(_ context.Context, level slog.Level) bool {
	if h.fixed.logger != "" {
		return h.levels.Enabled(h.fixed.logger, level)
	}
	return h.levels.Any(level)
}

// Handle writes an event. Where its attributes name no connector, the one of ctx is its context.
func (h *Handler) Handle(ctx context.Context, r slog.Record) error {
	at := h.out.places.find(r.PC)
	e := h.fixed
	e.fields = e.fields[:len(e.fields):len(e.fields)]
	r.Attrs(func(a slog.Attr) bool {
		e.add(h.group, a)
		return true
	})
	if e.logger == "" {
		e.logger = at.logger
	}
	if !h.levels.Enabled(e.logger, r.Level) {
		return nil
	}
	e.time, e.level, e.message, e.line = r.Time, r.Level, r.Message, at.line
	if e.time.IsZero() {
		e.time = time.Now()
	}
	if e.connector == "" {
		e.within(ctx)
	}
	if r.Level >= slog.LevelWarn && !e.distinct && h.out.repeats.again(&e) {
		return nil
	}
	return h.out.write(&e)
}

// write writes an event in the layout and keeps it among the recent ones.
func (o *output) write(e *event) error {
	b := make([]byte, 0, 256+len(e.message)+len(e.trace))
	if Format(o.format.Load()) == JSON {
		b = e.appendJSON(b, o.hidden.Load())
	} else {
		b = e.appendText(b)
		if hidden := o.hidden.Load(); hidden != nil {
			b = []byte(hidden.Redact(string(b)))
		}
	}
	if recent := o.recent.Load(); recent != nil {
		recent.add(b)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	_, err := o.w.Write(b)
	return err
}

// WithAttrs returns a handler that adds the attributes to every event.
func (h *Handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	c := *h
	c.fixed.fields = c.fixed.fields[:len(c.fixed.fields):len(c.fixed.fields)]
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
