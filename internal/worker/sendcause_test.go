package worker

import (
	"context"
	"regexp"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/data"
)

// one polls a single record and then nothing.
func one(topic, value string) *counterTask {
	task := &counterTask{}
	task.poll = func(ctx context.Context, b *connect.SourceBatch) error {
		if task.next++; task.next > 1 {
			<-ctx.Done()
			return nil
		}
		b.Add(topic).SetValue(nil, data.String(value))
		b.Mark(task.partition, position64(7))
		return nil
	}
	return task
}

// A record that Kafka does not take is named in the task's error, so that it can be found at its source.
func TestRecordsThatKafkaRefusesAreNamed(t *testing.T) {
	const where = `\(connector src, task 0, topic numbers(, partition 0)?, read from \{stream=numbers\} before source offset \{position=7\}\)`
	for name, c := range map[string]struct {
		size  int
		code  int16
		props []string
		want  string
	}{
		"larger than a request": {2 << 20, 0, nil,
			`RecordTooLargeException: The message is 20972\d\d bytes when serialized which is larger than 1048576, which is the value of the max\.request\.size configuration\. ` + where},
		"larger than the topic takes": {100, kerr.MessageTooLarge.Code, nil,
			`RecordTooLargeException: The request included a message larger than the max message size the server will accept\. It has 200 bytes; max\.message\.bytes of the topic, or message\.max\.bytes of the brokers, is less\. ` + where},
		"refused as it is":        {100, kerr.InvalidTimestamp.Code, nil, `InvalidTimestampException: .*` + where},
		"not allowed":             {100, kerr.TopicAuthorizationFailed.Code, nil, `TopicAuthorizationException: Not authorized to access topics: \[numbers\] \(the producer of connector src needs the ACL operation Write`},
		"delivery.timeout.ms":     {100, kerr.NotEnoughReplicas.Code, []string{"producer.override.delivery.timeout.ms", "1000", "producer.override.request.timeout.ms", "500", "producer.override.linger.ms", "0"}, `TimeoutException: Expiring 1 record\(s\) for numbers: .*` + where},
		"retries":                 {100, kerr.NotEnoughReplicas.Code, []string{"producer.override.retries", "1"}, `NotEnoughReplicasException: .*` + where},
		"a topic that comes late": {100, -1, []string{"producer.override.max.block.ms", "500", "producer.override.retry.backoff.max.ms", "50"}, `TimeoutException: Topic numbers not present in metadata after the time of max\.block\.ms.*` + where},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			task := one("numbers", strings.Repeat("x", c.size))
			r.source = func() connect.SourceTask { return task }
			r.start()
			switch {
			case c.code == -1:
				r.cluster.ControlKey(int16(kmsg.Metadata), func(request kmsg.Request) (kmsg.Response, error, bool) {
					r.cluster.KeepControl()
					request.(*kmsg.MetadataRequest).AllowAutoTopicCreation = false
					return nil, nil, false
				})
			default:
				r.topic("numbers", 1)
			}
			if c.code > 0 {
				r.cluster.ControlKey(int16(kmsg.Produce), func(request kmsg.Request) (kmsg.Response, error, bool) {
					r.cluster.KeepControl()
					response := request.ResponseKind().(*kmsg.ProduceResponse)
					for _, topic := range request.(*kmsg.ProduceRequest).Topics {
						answer := kmsg.ProduceResponseTopic{Topic: topic.Topic, TopicID: topic.TopicID}
						for _, p := range topic.Partitions {
							answer.Partitions = append(answer.Partitions, kmsg.ProduceResponseTopicPartition{Partition: p.Partition, ErrorCode: c.code})
						}
						response.Topics = append(response.Topics, answer)
					}
					return response, nil, true
				})
			}
			id := TaskID{Connector: "src", Task: 0}
			r.startTask(id, with(sourceProps, c.props...))
			trace := r.statuses.awaitTask(t, id, Failed).Trace
			if !strings.HasPrefix(trace, "org.apache.kafka.connect.errors.ConnectException: Unrecoverable exception from producer send callback") ||
				!regexp.MustCompile(`Caused by: org\.apache\.kafka\.common\.errors\.`+c.want).MatchString(trace) {
				t.Errorf("%s\nwant %s", trace, c.want)
			}
		})
	}
}

// A poll of several source partitions does not say which of them it was.
func TestWhereOfSeveralPartitions(t *testing.T) {
	t.Parallel()
	s := &sourceTask{taskRun: &taskRun{id: TaskID{Connector: "c", Task: 3}}}
	f := &flight{}
	for i, name := range []string{"a", "b", "c", "d", "e"} {
		f.marks = append(f.marks, reached{connect.NewSourcePartition(map[string]any{"file": name, "x": 1}), position64(i)})
	}
	got := s.where(f, &kgo.Record{Topic: "t", Partition: -1})
	const want = " (connector c, task 3, topic t, read from {file=a, x=1} before source offset {position=0} or {file=b, x=1} before source offset {position=1} or " +
		"{file=c, x=1} before source offset {position=2} or 2 more)"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got := s.where(&flight{}, &kgo.Record{Topic: "t", Partition: 2}); got != " (connector c, task 3, topic t, partition 2)" {
		t.Error(got)
	}
}
