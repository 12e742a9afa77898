package registry

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/internal/javafmt"
)

// Java classes of the errors that have no constant elsewhere.
const (
	timeoutException        = "org.apache.kafka.common.errors.TimeoutException"
	networkException        = "org.apache.kafka.common.errors.NetworkException"
	disconnectException     = "org.apache.kafka.common.errors.DisconnectException"
	authenticationException = "org.apache.kafka.common.errors.AuthenticationException"
	authorizationException  = "org.apache.kafka.common.errors.AuthorizationException"
	quotaException          = "org.apache.kafka.common.errors.ThrottlingQuotaExceededException"
	restClientException     = "io.confluent.kafka.schemaregistry.client.rest.exceptions.RestClientException"
)

// RestError is an answer of the registry that says no.
type RestError struct {
	// Status is that of HTTP, Code the registry's own: 40401 is an unknown subject, 40403 an unknown schema.
	Status, Code int
	Message      string
	// Request says what was asked for, without user and password.
	Request string
}

func (e *RestError) Error() string {
	return fmt.Sprintf("%s; error code: %d (%s)", e.Message, e.Code, e.Request)
}

// JavaClass names the class of Confluent's client.
func (e *RestError) JavaClass() string { return restClientException }

// passing reports whether the same request may succeed later.
func (e *RestError) passing() bool {
	switch e.Status {
	case 408, 429, 500, 502, 503, 504:
		return true
	}
	return false
}

// networkError is a request that got no answer.
type networkError struct {
	request string
	err     error
}

func (e *networkError) Error() string { return e.request + ": " + e.err.Error() }

func (e *networkError) Unwrap() error { return e.err }

func (e *networkError) timeout() bool {
	var n net.Error
	return errors.Is(e.err, os.ErrDeadlineExceeded) || errors.As(e.err, &n) && n.Timeout()
}

// Words are the messages of a converter's errors, each with one %s for the topic: those for time-outs and those for everything else.
type Words struct {
	// Format names the format.
	Format string
	// ToTimeout, To, FromTimeout and From are the messages when bytes are written (To) and read (From).
	ToTimeout, To, FromTimeout, From string
}

// Written returns the error of a converter for one that occurred when a value was written. message says what was being done, as Confluent's
// serializers do.
func (w Words) Written(topic, message string, err error) error {
	return w.failure(topic, message, "serializing", w.ToTimeout, w.To, err)
}

// Read is Written for a value that was read.
func (w Words) Read(topic, message string, err error) error {
	return w.failure(topic, message, "deserializing", w.FromTimeout, w.From, err)
}

func (w Words) failure(topic, message, doing, timeoutWords, words string, err error) error {
	exception := func(class, text string, cause error) error { return javafmt.NewException(class, text, cause) }
	cause := explained(message, err)
	var rest *RestError
	var network *networkError
	switch {
	case errors.As(err, &rest):
		switch rest.Status {
		case 401:
			return exception(authenticationException, message, err)
		case 403:
			return exception(authorizationException, message, err)
		case 429:
			return connect.NewRetriable(exception(quotaException, rest.Error(), err))
		case 408, 500, 503, 504:
			return connect.NewRetriable(exception(javafmt.RetriableException, fmt.Sprintf(timeoutWords, topic), exception(timeoutException, cause, err)))
		case 502:
			return connect.NewRetriable(exception(disconnectException, message, err))
		}
	case errors.As(err, &network):
		if network.timeout() {
			return connect.NewRetriable(exception(javafmt.RetriableException, fmt.Sprintf(timeoutWords, topic), exception(timeoutException, cause, err)))
		}
		text := fmt.Sprintf("Network connection error while %s %s data for topic %s: %s", doing, w.Format, topic, network.Error())
		return connect.NewRetriable(exception(networkException, text, exception(javafmt.SerializationException, cause, err)))
	case javafmt.ClassOf(err) == javafmt.ConfigException:
		return exception(javafmt.ConfigException, fmt.Sprintf("Failed to access %s data from topic %s : %s", w.Format, topic, err.Error()), nil)
	}
	return exception(javafmt.DataException, fmt.Sprintf(words, topic), exception(javafmt.SerializationException, cause, err))
}

// explained is the message of the cause.
func explained(message string, err error) string {
	if message == "" {
		return err.Error()
	}
	return message
}

// decodeError reads the body of an answer that says no.
func decodeError(status int, body []byte, request string) error {
	var x struct {
		Code    int    `json:"error_code"`
		Message string `json:"message"`
	}
	if err := json.Unmarshal(bytes.TrimSpace(body), &x); err != nil || x.Message == "" {
		text := strings.TrimSpace(string(body[:min(len(body), 200)]))
		if text == "" {
			text = http.StatusText(status)
		}
		return &RestError{Status: status, Code: 50005, Message: "Unable to parse error message from schema registry: '(" + text + ")'", Request: request}
	}
	return &RestError{Status: status, Code: x.Code, Message: x.Message, Request: request}
}
