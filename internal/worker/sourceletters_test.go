package worker

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/data"
	"github.com/moldau/moldau/internal/kafka"
	"github.com/moldau/moldau/internal/store"
)

// sourceDLQ are the properties of a source with a dead letter queue.
var sourceDLQ = map[string]string{"name": "src", "connector.class": "Source", "errors.tolerance": "all", "errors.deadletterqueue.topic.name": "dlq",
	"errors.deadletterqueue.topic.replication.factor": "1", "errors.deadletterqueue.context.headers.enable": "true"}

// oncePolled makes a source task poll the values once, with a mark after each, and then nothing more.
func oncePolled(fill func(b *connect.SourceBatch, p *connect.SourcePartition)) *counterTask {
	task := &counterTask{}
	sent := false
	task.poll = func(ctx context.Context, b *connect.SourceBatch) error {
		if sent {
			<-ctx.Done()
			return nil
		}
		sent = true
		fill(b, task.partition)
		return nil
	}
	return task
}

// exactlyOnce makes the rig's worker write in transactions where support is enabled.
func (r *rig) exactlyOnce(support string) {
	r.t.Helper()
	if support != "enabled" {
		return
	}
	env, clients := r.worker.cfg.Kafka, r.worker.clients()
	shared := clients.SharedAdmin()
	admin, err := env.NewAdmin(r.t.Context(), shared.Source, shared.Properties)
	if err != nil {
		r.t.Fatal(err)
	}
	topic := kafka.NewTopic{Name: "offsets", Partitions: 1, ReplicationFactor: 1}
	offsets, err := store.OpenOffsets(r.t.Context(), store.LogConfig{Topic: topic, Environment: env, Admin: admin,
		Producer: clients.InternalProducer(kafka.Offsets), Consumer: clients.InternalConsumer(kafka.Offsets, true)})
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() {
		if err := r.worker.Stop(context.Background()); err != nil {
			r.t.Log(err)
		}
		offsets.Close()
		admin.Close()
	})
	nothing := func(context.Context) error { return nil }
	r.worker.cfg.Group = &GroupConfig{Topic: topic, Offsets: offsets, ExactlyOnce: true, Preflight: func(TaskID) Preflight { return Preflight{nothing, nothing} }}
	r.worker.cfg.Offsets, r.offsets = offsets, offsets
}

func headersOf(r *kgo.Record) map[string]string {
	out := map[string]string{}
	for _, h := range r.Headers {
		out[strings.TrimPrefix(h.Key, "__connect.errors.")] = string(h.Value)
	}
	return out
}

// refuseX refuses values that begin with x, and changes all others.
type refuseX struct{}

func (refuseX) Configure(map[string]string) error { return nil }
func (refuseX) Close() error                      { return nil }
func (refuseX) Apply(_ context.Context, r *connect.Record) (bool, error) {
	v, _ := r.Value().Text()
	if strings.HasPrefix(v, "x") {
		return false, connect.NewBadRecord(errors.New("no x, please"))
	}
	if !strings.HasPrefix(v, "bad") {
		r.SetValue(nil, data.String(v+"!"))
	}
	return true, nil
}

// TestSourceDeadLetters wants what transformations and converters refuse in the topic as it was polled, in both modes of delivery.
func TestSourceDeadLetters(t *testing.T) {
	for _, support := range []string{"disabled", "enabled"} {
		t.Run("exactly once "+support, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			task := oncePolled(func(b *connect.SourceBatch, p *connect.SourcePartition) {
				for i, v := range []string{"a", "x1", "b", "bad", "c"} {
					rec := b.Add("numbers")
					rec.SetKey(nil, data.String("k"+v))
					rec.SetValue(nil, data.String(v))
					rec.Timestamp = 1_700_000_000_000 + int64(i)
					rec.Headers.Add("h", nil, data.String("of "+v))
					b.Mark(p, position64(int64(i+1)))
				}
			})
			r.source = func() connect.SourceTask { return task }
			r.transforms["RefuseX"] = func() connect.Transformation { return refuseX{} }
			r.props["group.id"], r.props["offset.storage.topic"] = "letters", "offsets"
			r.start()
			r.exactlyOnce(support)
			r.topic("numbers", 1)
			id := TaskID{Connector: "src", Task: 0}
			r.startTask(id, with(sourceDLQ, "transforms", "x", "transforms.x.type", "RefuseX"))
			dead := r.consume("dlq", 2)
			for i, want := range []struct {
				value, key string
				headers    map[string]string
			}{
				{"x1", "kx1", map[string]string{"h": "of x1", "topic": "numbers", "connector.name": "src", "task.id": "0", "stage": "TRANSFORMATION", "class.name": "RefuseX",
					"exception.class.name": "org.apache.kafka.connect.errors.DataException", "exception.message": "no x, please",
					"source.partition": `{"stream":"numbers"}`, "source.offset": `{"position":2}`, "key.format": "converter", "value.format": "converter"}},
				// What the connector's converter refuses is text here, for the worker has no JsonConverter.
				{"bad", "kbad", map[string]string{"h": "of bad", "topic": "numbers", "stage": "VALUE_CONVERTER", "class.name": "Bytes",
					"source.offset": `{"position":4}`, "key.format": "converter", "value.format": "text"}},
			} {
				got := dead[i]
				have := headersOf(got)
				if string(got.Value) != want.value || string(got.Key) != want.key || got.Timestamp.UnixMilli() < 1_700_000_000_000 || got.Timestamp.UnixMilli() > 1_700_000_000_009 {
					t.Errorf("dead letter %d: %s %s %v", i, got.Key, got.Value, got.Timestamp)
				}
				for k, v := range want.headers {
					if have[k] != v {
						t.Errorf("dead letter %d: %s is %q, want %q", i, k, have[k], v)
					}
				}
				if _, there := have["offset"]; there {
					t.Error("a source's record has no offset")
				}
			}
			var values []string
			for _, rec := range r.consume("numbers", 3) {
				values = append(values, string(rec.Value))
			}
			if fmt.Sprint(values) != "[a! b! c!]" {
				t.Errorf("the others are %v", values)
			}
			eventually(t, "offset 5", func() bool { return r.sourceOffset("src") == 5 })
			counts, ok := r.worker.TaskErrors(id)
			if !ok || counts.DeadLetters != 2 || counts.Skipped != 2 || counts.Errors != 2 || counts.LastError.IsZero() {
				t.Errorf("counts %+v", counts)
			}
		})
	}
}

// TestSourceDeadLetterThatIsRefused wants the task to fail, and no offset past the record, where the letter cannot be written (I1).
func TestSourceDeadLetterThatIsRefused(t *testing.T) {
	for _, support := range []string{"disabled", "enabled"} {
		t.Run("exactly once "+support, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			task := oncePolled(func(b *connect.SourceBatch, p *connect.SourcePartition) {
				for i, v := range []string{"a", "x" + strings.Repeat("y", 2000), "c"} {
					b.Add("numbers").SetValue(nil, data.String(v))
					b.Mark(p, position64(int64(i+1)))
				}
			})
			r.source = func() connect.SourceTask { return task }
			r.transforms["RefuseX"] = func() connect.Transformation { return refuseX{} }
			r.props["group.id"], r.props["offset.storage.topic"] = "letters", "offsets"
			r.start()
			r.exactlyOnce(support)
			r.topic("numbers", 1)
			r.topicTaking("dlq", "500")
			id := TaskID{Connector: "src", Task: 0}
			r.startTask(id, with(sourceDLQ, "transforms", "x", "transforms.x.type", "RefuseX"))
			st := r.statuses.awaitTask(t, id, Failed)
			if !strings.Contains(st.Trace, "RecordTooLargeException") {
				t.Error(st.Trace)
			}
			if support == "disabled" && !strings.Contains(st.Trace, `The dead letter of the record with the source offset {"position":2} could not be written to topic 'dlq'`) {
				t.Error(st.Trace)
			}
			if err := r.worker.StopTasks(t.Context(), id); err != nil {
				t.Error(err)
			}
			if at := r.sourceOffset("src"); at != -1 {
				t.Errorf("offset %d is committed", at)
			}
		})
	}
}

// TestDeadLettersAmongOffsets wants a task to fail whose dead letters would go to the topic of its offsets.
func TestDeadLettersAmongOffsets(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	task := oncePolled(func(*connect.SourceBatch, *connect.SourcePartition) {})
	r.source = func() connect.SourceTask { return task }
	r.props["group.id"], r.props["offset.storage.topic"] = "letters", "offsets"
	r.start()
	r.exactlyOnce("enabled")
	id := TaskID{Connector: "src", Task: 0}
	r.startTask(id, with(sourceDLQ, "errors.deadletterqueue.topic.name", "offsets"))
	if st := r.statuses.awaitTask(t, id, Failed); !strings.Contains(st.Trace, "errors.deadletterqueue.topic.name: it is the topic of the connector's offsets") {
		t.Error(st.Trace)
	}
}

// TestDeadLetterTopicThatMayNotBeMade wants tasks of both kinds to fail with the cause before anything is read.
func TestDeadLetterTopicThatMayNotBeMade(t *testing.T) {
	r := newRig(t)
	polled := false
	task := oncePolled(func(*connect.SourceBatch, *connect.SourcePartition) { polled = true })
	r.source = func() connect.SourceTask { return task }
	list := newListTask()
	r.sink = func() connect.SinkTask { return list }
	r.start()
	r.topic("in", 1)
	r.produce("in", 0, "a")
	r.cluster.ControlKey(int16(kmsg.CreateTopics), func(req kmsg.Request) (kmsg.Response, error, bool) {
		r.cluster.KeepControl()
		answer := req.ResponseKind().(*kmsg.CreateTopicsResponse)
		answer.Version = req.GetVersion()
		topic := kmsg.NewCreateTopicsResponseTopic()
		topic.Topic = req.(*kmsg.CreateTopicsRequest).Topics[0].Topic
		topic.ErrorCode = 29 // TOPIC_AUTHORIZATION_FAILED
		answer.Topics = append(answer.Topics, topic)
		return answer, nil, true
	})
	for id, props := range map[TaskID]map[string]string{{Connector: "src", Task: 0}: sourceDLQ, {Connector: "snk", Task: 0}: dlqProps} {
		r.startTask(id, props)
		trace := r.statuses.awaitTask(t, id, Failed).Trace
		if firstLine(trace) != "org.apache.kafka.connect.errors.ConnectException: Could not initialize dead letter queue with topic=dlq" ||
			!strings.Contains(trace, "Caused by: java.util.concurrent.ExecutionException: org.apache.kafka.common.errors.TopicAuthorizationException") {
			t.Error(trace)
		}
	}
	if polled || list.count() > 0 {
		t.Error("records were read without a place for dead letters")
	}
}
