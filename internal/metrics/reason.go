package metrics

import (
	"context"
	"errors"
	"strings"

	"github.com/twmb/franz-go/pkg/kerr"

	"github.com/moldau/moldau/internal/javafmt"
)

const timedOut = "TIMEOUT"

// Reason names an error in a label: a broker's error by its name, a time-out, else the class that Java gives it, without package.
func Reason(err error) string {
	var broker *kerr.Error
	switch {
	case err == nil:
		return ""
	case errors.As(err, &broker):
		return broker.Message
	case errors.Is(err, context.DeadlineExceeded):
		return timedOut
	case errors.Is(err, context.Canceled):
		return "CANCELLED"
	}
	class := javafmt.ClassOf(err)
	return class[strings.LastIndexByte(class, '.')+1:]
}

// Cause is Reason for what an error of a task or connector wraps: Java's wrappers say only that there is a cause.
func Cause(err error) string {
	var broker *kerr.Error
	if errors.As(err, &broker) {
		return broker.Message
	}
	for inner := errors.Unwrap(err); inner != nil; inner = errors.Unwrap(inner) {
		if class := javafmt.ClassOf(inner); class != javafmt.ConnectException {
			err = inner
		}
	}
	return Reason(err)
}
