package herder

import (
	"fmt"
	"net/http"
	"time"

	"github.com/moldau/moldau/internal/javafmt"
)

// Error is a refusal with the HTTP status that the REST API answers with. Its text is the message that clients see.
type Error struct {
	Status  int
	Message string
	Cause   error
	// Private says that Message repeats what the client sent, such as a whole configuration: it is for the client, and no log shows it
	// (invariant I5).
	Private bool
}

func (e *Error) Error() string { return e.Message }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

// JavaClass returns the exception that Java Connect throws for the status.
func (e *Error) JavaClass() string {
	switch e.Status {
	case http.StatusNotFound:
		return javafmt.NotFoundException
	case http.StatusConflict:
		return javafmt.AlreadyExistsException
	case http.StatusBadRequest:
		return javafmt.BadRequestException
	}
	return javafmt.ConnectException
}

// NotFound returns an Error for something that does not exist.
func NotFound(format string, args ...any) *Error { return newError(http.StatusNotFound, format, args) }

// AlreadyExists returns an Error for a name that is taken.
func AlreadyExists(format string, args ...any) *Error {
	return newError(http.StatusConflict, format, args)
}

// BadRequest returns an Error for a request or configuration that cannot be accepted.
func BadRequest(format string, args ...any) *Error {
	return newError(http.StatusBadRequest, format, args)
}

// Internal returns an Error for a request that was in order and failed, with what it failed of.
func Internal(cause error, format string, args ...any) *Error {
	e := newError(http.StatusInternalServerError, format, args)
	e.Cause = cause
	return e
}

func newError(status int, format string, args []any) *Error {
	if len(args) > 0 {
		format = fmt.Sprintf(format, args...)
	}
	return &Error{Status: status, Message: format}
}

// RedirectError says that another worker must serve the request: the leader, or the owner of a connector or task. The REST API forwards
// the request there (NotLeaderException and NotAssignedException in Java). URL is "" where that worker is not known yet.
type RedirectError struct {
	Message string
	URL     string
}

func (e *RedirectError) Error() string { return e.Message }

// RebalanceError says that the request must wait for a rebalance; clients get a 409 and try again.
type RebalanceError struct{ Message string }

func (e *RebalanceError) Error() string { return e.Message }

// Stage is a step of the herder's work, with the words that Java uses (KAFKA-15563). Completed is zero while it goes on.
type Stage struct {
	Description string
	Started     time.Time
	Completed   time.Time
}

// Summary returns the sentence that time-outs end with, without its full stop.
func (s Stage) Summary() string {
	if s.Completed.IsZero() {
		return fmt.Sprintf("The worker is currently %s, which began at %s", s.Description, instant(s.Started))
	}
	return fmt.Sprintf("The last operation the worker completed was %s, which began at %s and completed at %s", s.Description, instant(s.Started), instant(s.Completed))
}

// instant writes a time as java.time.Instant does for times in milliseconds.
func instant(t time.Time) string {
	t = t.UTC().Truncate(time.Millisecond)
	if t.Nanosecond() == 0 {
		return t.Format("2006-01-02T15:04:05Z")
	}
	return t.Format("2006-01-02T15:04:05.000Z")
}

// TimeoutError says that the time for a request ran out, and what it was waiting for.
type TimeoutError struct {
	Stage Stage
	Err   error
}

func (e *TimeoutError) Error() string { return "timed out: " + e.Stage.Summary() }

// Unwrap returns the error of the context.
func (e *TimeoutError) Unwrap() error { return e.Err }
