package config

// Error is a value or a configuration that cannot be accepted. Its text is that of Kafka's ConfigException.
type Error struct {
	// Key is the configuration key; empty where the text concerns no single value and Msg is the whole text.
	Key string
	// Value is the value as it was given.
	Value any
	// Msg is what is wrong.
	Msg string
	// Cause is the error behind it, or nil.
	Cause error
}

// Invalid returns the Error of a value of the key.
func Invalid(key string, value any, msg string) *Error {
	return &Error{Key: key, Value: value, Msg: msg}
}

// Failed returns an Error that is not about one value; msg is its whole text.
func Failed(msg string) *Error { return &Error{Msg: msg} }

// Error returns exactly the message of the Java exception.
func (e *Error) Error() string {
	if e.Key == "" {
		return e.Msg
	}
	text := "Invalid value " + Text(e.Value) + " for configuration " + e.Key
	if e.Msg != "" {
		text += ": " + e.Msg
	}
	return text
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

// JavaClass returns the class name that traces and REST answers show.
func (e *Error) JavaClass() string { return "org.apache.kafka.common.config.ConfigException" }
