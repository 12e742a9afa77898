package deadletter

import (
	"errors"

	"github.com/twmb/franz-go/pkg/kerr"

	"github.com/moldau/moldau/internal/herder"
)

// explain says of an error of Kafka what could not be done with the dead letter topic, and of a missing right which one it is. prefix is that
// of the keys whose principal was refused.
func (q *connectorQueue) explain(err error, verb, right, prefix string) error {
	return q.explainTopic(err, verb, q.topic, right, prefix)
}

func (q *connectorQueue) explainTopic(err error, verb, topic, right, prefix string) error {
	who := "the client that connector " + q.connector + " has by the keys " + prefix + " of the worker and " + prefix + "override. of the connector"
	switch {
	case errors.Is(err, kerr.TopicAuthorizationFailed):
		return herder.Internal(err, "Not allowed to %s topic %s: %s lacks the right %s on it", verb, topic, who, right)
	case errors.Is(err, kerr.TransactionalIDAuthorizationFailed):
		return herder.Internal(err, "Not allowed to %s topic %s: %s lacks the rights Write and Describe on the transactional id %s", verb, topic, who, transactionalID(q.topic))
	case errors.Is(err, kerr.ClusterAuthorizationFailed):
		return herder.Internal(err, "Not allowed to %s topic %s: %s lacks the right IdempotentWrite on the cluster", verb, topic, who)
	case errors.Is(err, kerr.UnknownTopicOrPartition):
		e := herder.NotFound("Topic %s does not exist", topic)
		e.Cause = err
		return e
	}
	return herder.Internal(err, "Could not %s topic %s: %v", verb, topic, err)
}

// transactionalID is that of all redrives of a dead letter topic, whichever worker makes them for whichever connector.
func transactionalID(topic string) string { return "moldau-redrive-" + topic }
