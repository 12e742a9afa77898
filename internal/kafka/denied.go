package kafka

import (
	"errors"
	"strconv"
	"strings"

	"github.com/twmb/franz-go/pkg/kerr"
)

// A Resource is what a client asked for: those of its fields that are known.
type Resource struct {
	Topic, Group, TransactionalID string
	// Client is the kind of client, which says what right it needs.
	Client Client
	// Source names the client, as in notices.
	Source string
}

// A DeniedError says which right is missing on what. Brokers say less: only that something is not authorized.
type DeniedError struct {
	class string
	text  string
	err   error
}

// Error has Java's words first, then the missing right.
func (e *DeniedError) Error() string { return e.text }

// Is makes errors.Is find the broker's error.
func (e *DeniedError) Is(target error) bool { return errors.Is(e.err, target) }

// JavaClass returns the name of Java's exception.
func (e *DeniedError) JavaClass() string { return "org.apache.kafka.common.errors." + e.class }

// Denied returns a *DeniedError for an authorization error of a broker, and any other error as it is.
func Denied(err error, r Resource) error {
	var denied *DeniedError
	if errors.As(err, &denied) {
		return err
	}
	needs := func(operations, resource, name string) string {
		if name != "" {
			resource += " " + strconv.Quote(name)
		}
		return " (the " + r.Source + " needs the ACL operation " + operations + " on the " + resource + ")"
	}
	switch {
	case errors.Is(err, kerr.TopicAuthorizationFailed):
		operations := map[Client]string{Producer: "Write (with Describe, which Write brings)", Consumer: "Read (with Describe, which Read brings)", AdminClient: "Describe"}[r.Client]
		text := "Topic authorization failed."
		if r.Topic != "" {
			text = "Not authorized to access topics: [" + r.Topic + "]"
		}
		return &DeniedError{"TopicAuthorizationException", text + needs(operations, "topic", r.Topic), err}
	case errors.Is(err, kerr.GroupAuthorizationFailed):
		return &DeniedError{"GroupAuthorizationException", "Not authorized to access group: " + r.Group + needs("Read", "group", r.Group), err}
	case errors.Is(err, kerr.TransactionalIDAuthorizationFailed):
		return &DeniedError{"TransactionalIdAuthorizationException", "Transactional Id authorization failed." + needs("Write and Describe", "transactional id", r.TransactionalID), err}
	case errors.Is(err, kerr.ClusterAuthorizationFailed):
		operation := "ClusterAction"
		switch {
		case r.Client == Producer:
			operation = "IdempotentWrite"
		case strings.Contains(err.Error(), "reate"):
			operation = "Create"
		}
		return &DeniedError{"ClusterAuthorizationException", "Cluster authorization failed." + needs(operation, "cluster", ""), err}
	}
	return err
}
