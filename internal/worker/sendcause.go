package worker

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/moldau/moldau/internal/javafmt"
	"github.com/moldau/moldau/internal/kafka"
)

// sendCause is the error of a record that Kafka did not take, as Java's producer has it, and with what a user needs to find the record at its
// source.
func (s *sourceTask) sendCause(f *flight, r *kgo.Record, err error) error {
	if cause := s.recordCause(f, r, err); cause != nil {
		return cause
	}
	var k *kerr.Error
	if cause := kafkaError(err); errors.As(err, &k) && !kafka.AuthenticationFailed(err) && k != kerr.UnknownTopicID {
		return javafmt.NewException(javafmt.ClassOf(cause), cause.Error()+s.where(f, r), nil)
	}
	return kafkaError(err)
}

// recordCause is nil for errors that are not of the record or of its topic.
func (s *sourceTask) recordCause(f *flight, r *kgo.Record, err error) error {
	exception := func(class, text string) error {
		return javafmt.NewException(kafkaErrors+class, text+s.where(f, r), nil)
	}
	switch {
	case errors.Is(err, kerr.MessageTooLarge):
		size := recordSize(r)
		if limit := s.batches.record; size > int(limit) {
			return exception("RecordTooLargeException", fmt.Sprintf("The message is %d bytes when serialized which is larger than %d, which is the value of the max.request.size configuration.", size, limit))
		}
		return exception("RecordTooLargeException", fmt.Sprintf("The request included a message larger than the max message size the server will accept. "+
			"It has %d bytes; max.message.bytes of the topic, or message.max.bytes of the brokers, is less.", size))
	case errors.Is(err, kgo.ErrRecordTimeout), errors.Is(err, kgo.ErrRecordRetries):
		return exception("TimeoutException", "Expiring 1 record(s) for "+r.Topic+": the time of delivery.timeout.ms or the number of retries is over: "+err.Error())
	case errors.Is(err, kerr.UnknownTopicOrPartition):
		return exception("TimeoutException", "Topic "+r.Topic+" not present in metadata after the time of max.block.ms, or without the partition.")
	}
	settings := s.producer()
	denied := kafka.Denied(err, kafka.Resource{Topic: r.Topic, TransactionalID: settings.Properties["transactional.id"], Client: kafka.Producer, Source: settings.Source})
	if denied != err {
		return denied
	}
	return nil
}

// where says which record it was. A poll is known by the offset at its end.
func (s *sourceTask) where(f *flight, r *kgo.Record) string {
	var b strings.Builder
	fmt.Fprintf(&b, " (connector %s, task %d, topic %s", s.id.Connector, s.id.Task, r.Topic)
	if r.Partition >= 0 {
		fmt.Fprintf(&b, ", partition %d", r.Partition)
	}
	const most = 3
	for i, m := range f.marks {
		switch {
		case i == most:
			fmt.Fprintf(&b, " or %d more", len(f.marks)-most)
		case i > most:
		case i > 0:
			fmt.Fprintf(&b, " or %s before source offset %s", fieldsText(m.partition.Fields()), fieldsText(m.offset.Fields()))
		default:
			fmt.Fprintf(&b, ", read from %s before source offset %s", fieldsText(m.partition.Fields()), fieldsText(m.offset.Fields()))
		}
	}
	return b.String() + ")"
}

// fieldsText is a map as Java prints it, in the order of its keys.
func fieldsText(fields map[string]any) string {
	parts := make([]string, 0, len(fields))
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		parts = append(parts, fmt.Sprintf("%s=%v", name, fields[name]))
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

// recordSize is about what a record takes in a request.
func recordSize(r *kgo.Record) int {
	size := batchOverhead + len(r.Key) + len(r.Value)
	for i := range r.Headers {
		size += len(r.Headers[i].Key) + len(r.Headers[i].Value) + 10
	}
	return size
}
