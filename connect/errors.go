package connect

import (
	"errors"

	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/internal/javafmt"
)

// ErrorClass tells the runtime what an error of a plugin means.
type ErrorClass uint8

const (
	// Fatal fails the task or connector that returned it; it is the class of every error that names no other.
	Fatal ErrorClass = iota
	// Retriable means that the same call may succeed later. A sink's batch is put again, a source is polled again after a pause.
	Retriable
	// BadRecord means that one record cannot be processed; errors.tolerance decides whether the task goes on without it.
	BadRecord
	// BadConfig means that a configuration key has an unusable value; the key is in Error.Key.
	BadConfig
)

// Error gives an error a class and, for BadConfig and for tests of connections, the key. Java class names for traces and dead letters come from the error inside, if
// it has one, else from the class.
type Error struct {
	Class ErrorClass
	Key   string
	Err   error
}

func (e *Error) Error() string { return e.Err.Error() }

// Unwrap returns the error inside.
func (e *Error) Unwrap() error { return e.Err }

// JavaClass returns the name under which Java users know this kind of error.
func (e *Error) JavaClass() string {
	var x *javafmt.Exception
	if errors.As(e.Err, &x) {
		return x.Class
	}
	switch e.Class {
	case Retriable:
		return javafmt.RetriableException
	case BadRecord:
		return javafmt.DataException
	case BadConfig:
		return javafmt.ConfigException
	}
	return javafmt.ConnectException
}

// NewRetriable marks err as retriable.
func NewRetriable(err error) error { return &Error{Class: Retriable, Err: err} }

// NewBadRecord marks err as the fault of one record.
func NewBadRecord(err error) error { return &Error{Class: BadRecord, Err: err} }

// NewBadConfig marks err as the fault of the value of a configuration key.
func NewBadConfig(key string, err error) error { return &Error{Class: BadConfig, Key: key, Err: err} }

// ClassOf returns the class of err: that of the outermost Error in its chain, or what its Java class implies.
func ClassOf(err error) ErrorClass {
	var e *Error
	if errors.As(err, &e) {
		return e.Class
	}
	var x *javafmt.Exception
	if errors.As(err, &x) {
		switch x.Class {
		case javafmt.RetriableException:
			return Retriable
		case javafmt.DataException, javafmt.SerializationException, javafmt.SchemaBuilderException, javafmt.SchemaProjectorExc:
			return BadRecord
		case javafmt.ConfigException:
			return BadConfig
		}
		return Fatal
	}
	var c *config.Error
	if errors.As(err, &c) {
		return BadConfig
	}
	return Fatal
}

// NewFailure returns a fatal error with Java's way of naming causes: the message stands alone, the cause follows it in traces.
func NewFailure(message string, cause error) error {
	return javafmt.NewException(javafmt.ConnectException, message, cause)
}
