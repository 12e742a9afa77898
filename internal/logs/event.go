package logs

import (
	"context"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"github.com/moldau/moldau/internal/javafmt"
)

// event is what a line of the log is made of.
type event struct {
	time    time.Time
	level   slog.Level
	message string
	logger  string
	line    int

	connector, task, scope string

	// err and trace follow the line; at most one of them is set.
	err   error
	trace string
	// fields are the other attributes.
	fields []slog.Attr
	// distinct keeps the event from being counted as a repetition.
	distinct bool
}

func (e *event) add(group string, a slog.Attr) {
	v := a.Value.Resolve()
	if a.Equal(slog.Attr{}) {
		return
	}
	if v.Kind() == slog.KindGroup {
		if a.Key != "" {
			group += a.Key + "."
		}
		for _, member := range v.Group() {
			e.add(group, member)
		}
		return
	}
	if group == "" && e.addKnown(a.Key, v) {
		return
	}
	e.fields = append(e.fields, slog.Attr{Key: group + a.Key, Value: v})
}

// addKnown takes an attribute with a meaning of its own; false means that it has none.
func (e *event) addKnown(key string, v slog.Value) bool {
	switch key {
	case LoggerKey:
		e.logger = v.String()
	case ConnectorKey:
		e.connector = v.String()
	case TaskKey:
		e.task = v.String()
	case ScopeKey:
		e.scope = v.String()
	case TraceKey:
		e.trace = v.String()
	case DistinctKey:
		e.distinct = v.Kind() == slog.KindBool && v.Bool()
	case ErrorKey:
		err, ok := v.Any().(error)
		if !ok {
			return false
		}
		e.err = err
	default:
		return false
	}
	return true
}

// stack is the text that follows the line, "" for none.
func (e *event) stack() string {
	if e.err != nil {
		return javafmt.Trace(e.err, nil)
	}
	return e.trace
}

// summary is the error in one line, "" for none.
func (e *event) summary() string {
	text := e.trace
	if e.err != nil {
		text = javafmt.ClassOf(e.err) + ": " + e.err.Error()
	}
	text, _, _ = strings.Cut(text, "\n")
	return text
}

// appendText writes the event in the layout of Java's log4j2.yaml, [%d] %p %X{connector.context}%m (%c:%L)%n.
func (e *event) appendText(b []byte) []byte {
	b = append(b, '[')
	b = e.time.AppendFormat(b, "2006-01-02 15:04:05,000")
	b = append(b, "] "...)
	b = append(b, LevelName(e.level)...)
	b = append(b, ' ')
	b = e.appendContext(b)
	b = append(b, e.message...)
	for _, f := range e.fields {
		b = append(b, ' ')
		b = append(b, f.Key...)
		b = append(b, '=')
		b = append(b, quoted(f.Value.String())...)
	}
	b = append(b, " ("...)
	b = append(b, e.logger...)
	b = append(b, ':')
	b = strconv.AppendInt(b, int64(e.line), 10)
	b = append(b, ")\n"...)
	if stack := e.stack(); stack != "" {
		b = append(b, strings.TrimRight(stack, "\n")...)
		b = append(b, '\n')
	}
	return b
}

// appendContext writes what log4j has as %X{connector.context} (LoggingContext.prefixFor).
func (e *event) appendContext(b []byte) []byte {
	if e.connector == "" {
		return b
	}
	b = append(b, '[')
	b = append(b, e.connector...)
	switch {
	case e.task != "":
		b = append(b, "|task-"...)
		b = append(b, e.task...)
		if e.scope != "" {
			b = append(b, '|')
			b = append(b, e.scope...)
		}
	case e.scope != "":
		b = append(b, '|')
		b = append(b, e.scope...)
	default:
		b = append(b, "|worker"...)
	}
	return append(b, "] "...)
}

// quoted puts a value with blanks into quotes, so that one sees where it ends.
func quoted(s string) string {
	if s == "" || strings.ContainsAny(s, " \t\r\n\"") {
		return strconv.Quote(s)
	}
	return s
}

// contextKey is the key of origin in a context.
type contextKey struct{}

type origin struct{ connector, task, scope string }

// NewContext returns a context whose events belong to a connector, and to a task of it where task is not negative. It is for code that is given no
// logger but a context: transformations, and the Kafka clients that a connector's tasks use.
func NewContext(ctx context.Context, connector string, task int) context.Context {
	o := origin{connector: connector}
	if task >= 0 {
		o.task = strconv.Itoa(task)
	}
	return context.WithValue(ctx, contextKey{}, o)
}

// NewValidation returns a context whose events belong to the check of a connector's configuration (LoggingContext.forValidation).
func NewValidation(ctx context.Context, connector string) context.Context {
	return context.WithValue(ctx, contextKey{}, origin{connector: connector, scope: ScopeValidate})
}

// Within returns a logger whose events belong to the connector and task of ctx, the same logger where ctx has none.
func Within(ctx context.Context, log *slog.Logger) *slog.Logger {
	o, ok := ctx.Value(contextKey{}).(origin)
	switch {
	case !ok:
		return log
	case o.scope != "":
		return log.With(ConnectorKey, o.connector, ScopeKey, o.scope)
	case o.task == "":
		return log.With(ConnectorKey, o.connector)
	}
	return log.With(ConnectorKey, o.connector, TaskKey, o.task)
}

func (e *event) within(ctx context.Context) {
	if o, ok := ctx.Value(contextKey{}).(origin); ok {
		e.connector, e.task, e.scope = o.connector, o.task, o.scope
	}
}
