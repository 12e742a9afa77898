package store

import (
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"

	"github.com/moldau/moldau/internal/kafka"
)

// lasting reports whether asking again is useless.
func lasting(err error) bool {
	var broker *kerr.Error
	return errors.As(err, &broker) && !broker.Retriable
}

// written says of an error of the producer which right is missing.
func (l *KafkaLog) written(err error) error {
	return kafka.Denied(err, kafka.Resource{Topic: l.cfg.Topic.Name, Client: kafka.Producer, Source: l.cfg.Producer.Source})
}

// read says of an error of the consumer which right is missing.
func (l *KafkaLog) read(err error) error {
	return kafka.Denied(err, kafka.Resource{Topic: l.cfg.Topic.Name, Client: kafka.Consumer, Source: l.cfg.Consumer.Source})
}

// described adds to Java's text of a refusal, which names the topic, the right that is missing.
func (l *KafkaLog) described(err error) error {
	if errors.Is(err, kerr.TopicAuthorizationFailed) {
		return fmt.Errorf("%w (the admin client of the worker needs the ACL operation Describe, and Create where the topic %q does not exist)", err, l.cfg.Topic.Name)
	}
	return err
}

// needsCreate names the right that is missing where brokers refuse to create the topic. They ask for it on the cluster or on the topic.
func (l *KafkaLog) needsCreate() string {
	return fmt.Sprintf("(the admin client of the worker needs the ACL operation Create on the topic %q, or on the cluster, where the topic does not exist)", l.cfg.Topic.Name)
}

// trouble is what keeps a partition from being read.
type trouble struct {
	err  error
	told time.Time
}

// repeatTrouble is how often the log repeats what keeps a partition from being read: the client asks again all the time.
const repeatTrouble = time.Minute

// refused returns why a partition cannot be read although its broker answers, nil where all can be.
func (l *KafkaLog) refused() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, t := range l.troubles {
		var denied *kafka.DeniedError
		if errors.As(t.err, &denied) {
			return t.err
		}
	}
	return nil
}

// troubled notes why a partition cannot be read and says so in the log, once and then every now and then.
func (l *KafkaLog) troubled(partition int32, err error) {
	err = l.read(err)
	now := time.Now()
	l.mu.Lock()
	before, known := l.troubles[partition]
	if known && before.err.Error() == err.Error() && now.Sub(before.told) < repeatTrouble {
		l.mu.Unlock()
		return
	}
	l.troubles[partition] = trouble{err, now}
	l.mu.Unlock()
	l.log.Error("Error polling", "partition", partition, "error", err)
}
