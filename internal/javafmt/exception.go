package javafmt

import (
	"errors"
	"runtime"
	"strconv"
	"strings"
)

// Java exception classes that users, dashboards and dead letter headers know. An error keeps its Go meaning (errors.Is, errors.As)
// and carries one of these names only where Java's name is part of what a client can see.
const (
	ConnectException       = "org.apache.kafka.connect.errors.ConnectException"
	DataException          = "org.apache.kafka.connect.errors.DataException"
	RetriableException     = "org.apache.kafka.connect.errors.RetriableException"
	SchemaBuilderException = "org.apache.kafka.connect.errors.SchemaBuilderException"
	SchemaProjectorExc     = "org.apache.kafka.connect.errors.SchemaProjectorException"
	IllegalWorkerState     = "org.apache.kafka.connect.errors.IllegalWorkerStateException"
	NotFoundException      = "org.apache.kafka.connect.errors.NotFoundException"
	AlreadyExistsException = "org.apache.kafka.connect.errors.AlreadyExistsException"
	ConfigException        = "org.apache.kafka.common.config.ConfigException"
	SerializationException = "org.apache.kafka.common.errors.SerializationException"
	KafkaException         = "org.apache.kafka.common.KafkaException"
	InvalidRecordException = "org.apache.kafka.common.InvalidRecordException"
	BadRequestException    = "org.apache.kafka.connect.runtime.rest.errors.BadRequestException"
	NullPointerException   = "java.lang.NullPointerException"
	IllegalArgument        = "java.lang.IllegalArgumentException"
	IllegalState           = "java.lang.IllegalStateException"
	ClassCastException     = "java.lang.ClassCastException"
	NumberFormatException  = "java.lang.NumberFormatException"
	ArithmeticException    = "java.lang.ArithmeticException"
	UnsupportedOperation   = "java.lang.UnsupportedOperationException"
)

// Exception is an error that clients see under a Java class name: in task traces, validation messages and dead letter headers.
type Exception struct {
	Class   string
	Message string
	Cause   error
	// Field is the path to the field that the error is about, "" where none is known. Java's messages do not name it, so it is no part of them.
	Field string
	// Where says where the error came up, in words; "" where that is not known. It stands in the trace where Java has a frame.
	Where string
}

// NewException returns an Exception of the class with the message and, if not nil, the cause.
func NewException(class, message string, cause error) *Exception {
	return &Exception{Class: class, Message: message, Cause: cause}
}

func (e *Exception) Error() string { return e.Message }

// InField notes that an error came up below the step of a path, such as the name of a field or [3], and returns the error. Only who made the error
// may call it, for it is noted in the Exception itself.
func InField(err error, step string) error {
	var e *Exception
	if errors.As(err, &e) {
		switch {
		case e.Field == "":
			e.Field = step
		case e.Field[0] == '[':
			e.Field = step + e.Field
		default:
			e.Field = step + "." + e.Field
		}
	}
	return err
}

// FieldOf returns the path to the field that an error, or one of its causes, is about.
func FieldOf(err error) string {
	for ; err != nil; err = errors.Unwrap(err) {
		if e, ok := err.(*Exception); ok && e.Field != "" {
			return e.Field
		}
	}
	return ""
}

// Unwrap returns the cause.
func (e *Exception) Unwrap() error { return e.Cause }

// JavaClass returns the class name.
func (e *Exception) JavaClass() string { return e.Class }

// classed is implemented by errors of any package that carry a Java class name.
type classed interface{ JavaClass() string }

// ClassOf returns the Java class name of err itself, not of its causes: ConnectException where err names none.
func ClassOf(err error) string {
	if c, ok := err.(classed); ok {
		return c.JavaClass()
	}
	// A plain wrapper (fmt.Errorf("...: %w", err)) adds context to an error; it does not hide the class of what it wraps.
	if inner := errors.Unwrap(err); inner != nil {
		return ClassOf(inner)
	}
	return ConnectException
}

// Trace renders err as Java prints a throwable: class and message, frames, and a "Caused by" line for each cause. Clients read the
// first line and the causes; the frames are those of this process.
func Trace(err error, frames []runtime.Frame) string {
	var b strings.Builder
	for first := true; err != nil; first = false {
		if !first {
			b.WriteString("Caused by: ")
		}
		b.WriteString(ClassOf(err))
		if m := err.Error(); m != "" {
			b.WriteString(": ")
			b.WriteString(m)
		}
		if e, ok := err.(*Exception); ok && e.Where != "" {
			b.WriteString("\n\tat ")
			b.WriteString(e.Where)
		}
		if first {
			for _, f := range frames {
				b.WriteString("\n\tat ")
				b.WriteString(f.Function)
				b.WriteByte('(')
				b.WriteString(f.File[strings.LastIndexByte(f.File, '/')+1:])
				b.WriteByte(':')
				b.WriteString(strconv.Itoa(f.Line))
				b.WriteByte(')')
			}
		} else {
			b.WriteString("\n\t... more")
		}
		b.WriteByte('\n')
		err = cause(err)
	}
	return b.String()
}

// cause returns the next error that Java would print as a cause: plain Go wrappers repeat the text of what they wrap and are not causes.
func cause(err error) error {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return nil
		}
		if _, ok := err.(classed); ok {
			return inner
		}
		err = inner
	}
}

// Root returns the last of the causes that Java would print, err itself where it has none.
func Root(err error) error {
	for {
		inner := cause(err)
		if inner == nil {
			return err
		}
		err = inner
	}
}

// WhereOf returns where an error, or the first of its causes that knows, came up.
func WhereOf(err error) string {
	for ; err != nil; err = errors.Unwrap(err) {
		if e, ok := err.(*Exception); ok && e.Where != "" {
			return e.Where
		}
	}
	return ""
}

// Callers returns the frames of the calling goroutine, for Trace; skip counts frames above the caller of Callers.
func Callers(skip int) []runtime.Frame {
	pcs := make([]uintptr, 32)
	pcs = pcs[:runtime.Callers(skip+2, pcs)]
	it := runtime.CallersFrames(pcs)
	var out []runtime.Frame
	for {
		f, more := it.Next()
		if f.Function != "" && !strings.HasPrefix(f.Function, "runtime.") {
			out = append(out, f)
		}
		if !more {
			return out
		}
	}
}
