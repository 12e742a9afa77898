package worker

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"time"

	"github.com/moldau/moldau/internal/javafmt"
)

// pluginLimit is how long a call of a connector may take before it is abandoned; it is the time that Java gives a REST request.
const pluginLimit = 90 * time.Second

// panicError is a panic of plugin code. It fails the task or connector it happened in and nothing else (I4).
type panicError struct {
	where  string
	value  any
	frames []runtime.Frame
}

func (e *panicError) Error() string { return fmt.Sprintf("panic in %s: %v", e.where, e.value) }

// Unwrap returns the value of the panic where it is an error.
func (e *panicError) Unwrap() error {
	err, _ := e.value.(error)
	return err
}

// JavaClass names what a panic would be in Java.
func (e *panicError) JavaClass() string {
	if _, ok := e.value.(runtime.Error); ok && strings.Contains(fmt.Sprint(e.value), "nil pointer") {
		return javafmt.NullPointerException
	}
	return "java.lang.RuntimeException"
}

// guard calls plugin code and turns a panic into an error.
func guard(where string, f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &panicError{where: where, value: p, frames: javafmt.Callers(1)}
		}
	}()
	return f()
}

// trace renders err as Java's status traces are. The frames are those of a panic where there was one, for a Go error has none of its own.
func trace(err error) string {
	var p *panicError
	if errors.As(err, &p) {
		return javafmt.Trace(err, p.frames)
	}
	return javafmt.Trace(err, javafmt.Callers(1))
}

// stuckError says that a call of a plugin did not return in time and was abandoned.
type stuckError struct {
	who, call string
	after     time.Duration
}

func (e *stuckError) Error() string {
	return fmt.Sprintf("%s did not return from %s within %s; the call was abandoned and may go on in the background", e.who, e.call, e.after.Round(time.Millisecond))
}

// JavaClass is that of a call that timed out.
func (e *stuckError) JavaClass() string { return "org.apache.kafka.common.errors.TimeoutException" }

// callAside runs f on a goroutine of its own and waits for it at most for the limit; f's context ends then. It is for plugin instances that
// are used for one call, such as alterOffsets.
func callAside(ctx context.Context, who, call string, limit time.Duration, f func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- guard(call, func() error { return f(ctx) }) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		select {
		case err := <-done:
			return err
		default:
		}
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			return &stuckError{who, call, limit}
		}
		return ctx.Err()
	}
}
