package worker

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/moldau/moldau/internal/javafmt"
	"github.com/moldau/moldau/internal/kafka"
)

// deadLetters sends failed records of a sink to its dead letter queue as they were consumed (DeadLetterQueueReporter).
type deadLetters struct {
	s      *sinkTask
	client *kgo.Client

	closing sync.Once
}

// newDeadLetters creates the topic where it is missing, and the producer. A failure fails the task.
func newDeadLetters(s *sinkTask) (*deadLetters, error) {
	if err := s.ensureDeadLetterTopic(); err != nil {
		return nil, err
	}
	settings := s.w.clients().DeadLetterProducer(s.id, s.props)
	client, err := s.w.cfg.Kafka.OpenProducer(s.stopping, settings.Source, settings.Properties)
	if err != nil {
		return nil, deadLetterFailure(s.settings.dlqTopic, err)
	}
	return &deadLetters{s: s, client: client}, nil
}

// close ends the producer when what is on its way has arrived, or the limit is over: the letter of the record that failed the task is sent too.
func (d *deadLetters) close(limit time.Duration) {
	d.closing.Do(func() {
		defer d.client.Close()
		if limit <= 0 || d.client.BufferedProduceRecords() == 0 {
			return
		}
		ctx, cancel := context.WithTimeout(d.s.killed, limit)
		defer cancel()
		if err := d.client.Flush(ctx); err != nil {
			d.s.logger.Warn("Not all dead letters could be sent before the task ended", "error", err)
		}
	})
}

// report sends the record; what comes back is awaited before its offset is committed.
func (d *deadLetters) report(p *processing) <-chan error {
	in := p.consumed
	if in == nil {
		return nil
	}
	out := &kgo.Record{Topic: d.s.settings.dlqTopic, Partition: kafka.AnyPartition, Key: in.Key, Value: in.Value, Headers: in.Headers}
	if at, _ := timestampOf(in); at >= 0 {
		out.Timestamp = in.Timestamp
	}
	if d.s.settings.dlqHeaders {
		out.Headers = append(out.Headers[:len(out.Headers):len(out.Headers)], d.context(p)...)
	}
	done := make(chan error, 1)
	d.s.op.counts.letters.Add(1)
	d.client.Produce(context.WithoutCancel(d.s.killed), out, func(_ *kgo.Record, err error) {
		if err != nil {
			d.s.logger.Error("Could not produce message to dead letter queue. topic="+out.Topic, "error", err)
			d.s.op.counts.letterFailures.Add(1)
			d.s.errant.undelivered(in, err)
		}
		done <- err
	})
	return done
}

// context are the headers that tell what happened, in Java's order.
func (d *deadLetters) context(p *processing) []kgo.RecordHeader {
	return append([]kgo.RecordHeader{
		errorHeader("topic", p.consumed.Topic),
		errorHeader("partition", strconv.Itoa(int(p.consumed.Partition))),
		errorHeader("offset", strconv.FormatInt(p.consumed.Offset, 10)),
	}, failureHeaders(d.s.id, p, d.s.w.redact)...)
}

const errorPrefix = "__connect.errors."

func errorHeader(key, value string) kgo.RecordHeader {
	return kgo.RecordHeader{Key: errorPrefix + key, Value: []byte(value)}
}

// failureHeaders are those that do not speak of the record. redact hides the secrets of configurations that an error quotes.
func failureHeaders(id TaskID, p *processing, redact func(string) string) []kgo.RecordHeader {
	headers := []kgo.RecordHeader{
		errorHeader("connector.name", id.Connector),
		errorHeader("task.id", strconv.Itoa(id.Task)),
		errorHeader("stage", string(p.stage)),
		errorHeader("class.name", p.class),
	}
	if p.err == nil {
		return headers
	}
	message := errorHeader("exception.message", redact(p.err.Error()))
	if p.err.Error() == "" {
		message.Value = nil // getMessage of an exception without text is null
	}
	return append(headers, errorHeader("exception.class.name", javafmt.ClassOf(p.err)), message, errorHeader("exception.stacktrace", redact(trace(p.err))))
}

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
	return javafmt.NewException(javafmt.ConnectException, fmt.Sprintf("The dead letter of the %s could not be written to topic '%s': %s. "+
		"Nothing was committed past the record; let the connector write such records to the topic, then restart the task", record, topic, cause), cause)
}

// redact hides the secrets of configurations in a text. A dry run has no worker.
func (w *Worker) redact(text string) string {
	if w == nil || w.cfg.Redact == nil {
		return text
	}
	return w.cfg.Redact(text)
}
