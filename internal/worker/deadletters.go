package worker

import (
	"context"
	"strconv"
	"sync"

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

func (d *deadLetters) close() { d.closing.Do(d.client.Close) }

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
	}, failureHeaders(d.s.id, p)...)
}

const errorPrefix = "__connect.errors."

func errorHeader(key, value string) kgo.RecordHeader {
	return kgo.RecordHeader{Key: errorPrefix + key, Value: []byte(value)}
}

// failureHeaders are those that do not speak of the record.
func failureHeaders(id TaskID, p *processing) []kgo.RecordHeader {
	headers := []kgo.RecordHeader{
		errorHeader("connector.name", id.Connector),
		errorHeader("task.id", strconv.Itoa(id.Task)),
		errorHeader("stage", string(p.stage)),
		errorHeader("class.name", p.class),
	}
	if p.err == nil {
		return headers
	}
	message := errorHeader("exception.message", p.err.Error())
	if p.err.Error() == "" {
		message.Value = nil // getMessage of an exception without text is null
	}
	return append(headers, errorHeader("exception.class.name", javafmt.ClassOf(p.err)), message, errorHeader("exception.stacktrace", trace(p.err)))
}
