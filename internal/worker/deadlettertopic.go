package worker

import (
	"errors"
	"fmt"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"

	"github.com/moldau/moldau/internal/javafmt"
)

// deadLetterFailure has the text with which a task fails whose dead letter queue cannot be used (DeadLetterQueueReporter.createAndSetup).
func deadLetterFailure(topic string, err error) error {
	err = creationCause(topic, err)
	return javafmt.NewException(javafmt.ConnectException, "Could not initialize dead letter queue with topic="+topic,
		javafmt.NewException("java.util.concurrent.ExecutionException", javafmt.ClassOf(err)+": "+err.Error(), err))
}

// ensureDeadLetterTopic creates the topic of the dead letter queue where it is missing, with one partition. A failure fails the task.
func (t *taskRun) ensureDeadLetterTopic() error {
	topic := t.settings.dlqTopic
	settings := t.w.clients().DeadLetterAdmin(t.id, t.props)
	admin, err := t.w.cfg.Kafka.NewAdmin(t.stopping, settings.Source, settings.Properties)
	if err != nil {
		return deadLetterFailure(topic, err)
	}
	defer admin.Close()
	existing, err := admin.DescribeTopics(t.stopping, topic)
	if err != nil {
		return deadLetterFailure(topic, err)
	}
	if len(existing) > 0 {
		return nil
	}
	t.logger.Error("Topic " + topic + " doesn't exist. Will attempt to create topic.")
	// Not by EnsureTopic, which takes a missing right for a topic that somebody else creates.
	created, err := kadm.NewClient(admin.Client()).CreateTopic(t.stopping, 1, t.settings.dlqReplication, nil, topic)
	if err == nil || errors.Is(err, kerr.TopicAlreadyExists) {
		return nil
	}
	if created.ErrMessage != "" {
		err = fmt.Errorf("%s: %w", created.ErrMessage, err)
	}
	return deadLetterFailure(topic, err)
}

// undelivered is what a task fails with whose dead letter did not get into its topic. Java fails it for records that a sink task reported, and
// only logs the loss of those that converters and transformations refused.
func undelivered(topic, record string, err error) error {
	cause := kafkaError(err)
	e := javafmt.NewException(javafmt.ConnectException, fmt.Sprintf("The dead letter of the %s could not be written to topic '%s': %s. "+
		"Nothing was committed past the record; let the connector write such records to the topic, then restart the task", record, topic, cause), cause)
	return e
}
